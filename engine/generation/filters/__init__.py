"""Sampling filters, one file each."""
