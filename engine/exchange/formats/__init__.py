"""Formats that a run can be written in, one file each."""
