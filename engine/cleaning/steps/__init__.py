"""Cleaning steps, one file each."""
