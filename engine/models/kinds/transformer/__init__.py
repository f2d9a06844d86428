"""Transformers: the fast shape of Wenlu, and the shapes of Llama and GPT-2."""
