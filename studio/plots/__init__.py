"""Curves that grow while a model learns; a million points pan and zoom smoothly. Plots know no page."""
