"""The n-gram model: counts of short sequences, smoothed; trained by counting, without torch."""
