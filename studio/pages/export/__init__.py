"""The Export page: take the model with you."""

from studio.pages.export.page import ExportPage

__all__ = ["ExportPage"]
