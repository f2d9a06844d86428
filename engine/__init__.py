"""The training engine of Wenlu: everything the window can do, without a window."""

__version__ = "0.1.0"
