"""Kinds of tokenizer, one file each."""
