"""The training engine of Wenlu: everything the window can do, without a window."""
