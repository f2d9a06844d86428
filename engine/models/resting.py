"""Using a network without disturbing its training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def resting(network: nn.Module) -> Iterator[None]:
    """No gradients and no dropout inside; whatever was the mode before is restored.

    Only the network itself reads its mode, so that one flag is enough.
    """
    was_training, network.training = network.training, False
    try:
        with torch.inference_mode():
            yield
    finally:
        network.training = was_training
