"""Between desks and widgets: what the engine found is shown, what a user does is passed on."""
