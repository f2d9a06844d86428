"""Weights of a torch module as plain arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from engine.errors import EngineError


def arrays_of(module: nn.Module) -> dict[str, npt.NDArray[Any]]:
    """All weights by name, as copies on the processor; bfloat16 becomes float32, which holds it exactly."""
    found = {}
    for name, tensor in module.state_dict().items():
        plain = tensor.detach().cpu()
        found[name] = (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy().copy()
    return found


def fill(module: nn.Module, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
    """Set all weights from arrays; raises EngineError if a name is missing or unknown, or a shape differs."""
    own = module.state_dict()
    missing, unknown = sorted(own.keys() - tensors.keys()), sorted(tensors.keys() - own.keys())
    if missing or unknown:
        raise EngineError("These weights do not belong to a model of these settings.",
                          f"Missing: {_some(missing)}; unknown: {_some(unknown)}.",
                          "Open them with the settings they were saved with.")
    for name, tensor in own.items():
        if tuple(tensor.shape) != tensors[name].shape:
            raise EngineError(f"The weights of {name} have the shape {tensors[name].shape}.",
                              f"{tuple(tensor.shape)} was expected.",
                              "Open them with the settings they were saved with.")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(tensors[name])))


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3]) or "none"
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")
