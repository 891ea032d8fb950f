"""How the editor looks: palettes, spaces, type, icons and the style sheet made of them."""
