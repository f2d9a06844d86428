"""The window: it shows and asks, and knows learning only through the engine's public names."""
