"""The Clean page."""

from studio.pages.clean.page import CleanPage

__all__ = ["CleanPage"]
