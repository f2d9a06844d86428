"""What a model is to learn to do with the text: shape of the data, prompt format, and what is learned of it."""
