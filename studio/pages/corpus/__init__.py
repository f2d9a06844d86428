"""The Corpus page."""

from studio.pages.corpus.page import CorpusPage

__all__ = ["CorpusPage"]
