"""Training of captures; the only room that knows torch, in the modules that train and export."""
