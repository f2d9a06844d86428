"""The Home page."""

from studio.pages.home.page import HomePage

__all__ = ["HomePage"]
