"""Kinds of container, one file each."""
