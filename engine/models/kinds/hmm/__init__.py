"""Hidden Markov models over tokens."""
