"""Kinds of model, one folder each: spec.py without torch, and what it builds."""
