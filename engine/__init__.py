"""The training engine of Wenlu: everything the window can do, without a window."""

import os

__version__ = "0.1.0"

# numpy's threads wait for one another by spinning: a vector times a matrix took three times as long on two as on one
# while other programs were busy. Must be set before numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
