"""Take a model, its curves or its story elsewhere: formats that other programs read."""
