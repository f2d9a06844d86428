"""Cleaning steps, and the pipeline that runs them."""
