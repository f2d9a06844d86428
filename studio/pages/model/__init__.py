"""The Model page."""

from studio.pages.model.page import ModelPage

__all__ = ["ModelPage"]
