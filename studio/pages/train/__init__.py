"""The Train page."""

from studio.pages.train.page import TrainPage

__all__ = ["TrainPage"]
