"""Honest numbers: how good answers are, measured on text kept apart and against trivial baselines."""
