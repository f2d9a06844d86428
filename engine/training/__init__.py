"""Loops that lower the loss, with checkpoints, plans and probes."""
