"""The Playground page."""

from studio.pages.playground.page import PlaygroundPage

__all__ = ["PlaygroundPage"]
