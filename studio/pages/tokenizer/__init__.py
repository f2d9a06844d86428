"""The Tokenizer page."""

from studio.pages.tokenizer.page import TokenizerPage

__all__ = ["TokenizerPage"]
