"""The optimizers that come with torch, as rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.optimization.combined import Named
from engine.optimization.portions import Portion


class TorchRule:
    """An optimizer of torch, whose state can be read and set by the names of the parameters."""

    def __init__(self, kind: type[torch.optim.Optimizer], portions: Sequence[Portion], **settings: Any) -> None:
        portions = [portion for portion in portions if portion.named]
        self.named: Named = {name: each for portion in portions for name, each in portion.named.items()}
        self._rates = [portion.rate for portion in portions]
        self._optimizer = kind([{"params": list(portion.named.values()), "lr": portion.rate,
                                 "weight_decay": portion.decay} for portion in portions], **settings)

    def step(self, scale: float) -> None:
        """Change the weights once."""
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * scale
        self._optimizer.step()

    def state_tensors(self) -> Named:
        """Averages and step counts; empty before the first step."""
        return {f"{name}.{key}": value for name, parameter in self.named.items()
                for key, value in self._optimizer.state.get(parameter, {}).items() if isinstance(value, Tensor)}

    def load_state_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Set what `state_tensors` gave."""
        for name, parameter in self.named.items():
            own = {full.removeprefix(f"{name}."): value for full, value in tensors.items()
                   if full.startswith(f"{name}.") and "." not in full.removeprefix(f"{name}.")}
            for key, value in own.items():
                if value.dim() and value.shape != parameter.shape:
                    raise EngineError(f"The state {key} of {name} has the shape {tuple(value.shape)}.",
                                      f"{tuple(parameter.shape)} was expected.",
                                      "Continue with the settings of the run.")
            if own:
                self._optimizer.state[parameter] = {
                    key: value.clone() if key == "step" else value.to(parameter.device, copy=True)
                    for key, value in own.items()}
