def compare(): "x"
