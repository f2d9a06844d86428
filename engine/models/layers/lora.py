"""Low-rank adapters: two small matrices beside each frozen one learn in its place.

Source: Hu et al. 2021 (LoRA, arXiv:2106.09685): weight + alpha / rank · up · down, where up begins at zero, so that
an adapted network begins as the network itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.errors import EngineError
from engine.models.layers.linear import Linear
from engine.models.spec import Targets
from engine.randomness import seed_for

_MARK = "lora_"
_CELLS = {"RNN_TANH": torch.rnn_tanh, "GRU": torch.gru, "LSTM": torch.lstm}


@dataclass(frozen=True)
class Adapter:
    """How adapters are shaped: `scale` multiplies what they add, `dropout` hides parts of what they read."""

    rank: int
    scale: float
    dropout: float


class LoraLinear(nn.Module):
    """A frozen matrix with an adapter; stands wherever a Linear stood, under the same names."""

    def __init__(self, base: Linear | nn.Linear, adapter: Adapter, generator: torch.Generator) -> None:
        super().__init__()
        self.weight, self.bias = base.weight, base.bias
        self.lora_down, self.lora_up = _pair(self.weight, adapter, generator)
        self._adapter, self._kept = adapter, None

    _kept: Tensor | None

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., width_in) to (..., width_out)."""
        result = nn.functional.linear(inputs, self.weight, self.bias)
        if self._kept is not None:
            return result
        dropout = self._adapter.dropout if self.training and torch.is_grad_enabled() else 0.0
        seen = nn.functional.dropout(inputs, dropout, training=dropout > 0)
        added = nn.functional.linear(nn.functional.linear(seen, self.lora_down), self.lora_up)
        return result + self._adapter.scale * added

    def merge(self) -> None:
        """Add the adapter to the matrix until `part`."""
        self._kept = self.weight.data
        self.weight.data = _sum(self._kept, self.lora_down.data, self.lora_up.data, self._adapter.scale)

    def part(self) -> None:
        """Put the matrix back, to the bit."""
        if self._kept is not None:
            self.weight.data, self._kept = self._kept, None


class LoraCell(nn.Module):
    """A frozen recurrent cell of torch, both of whose matrices have an adapter.

    Dropout hides the same inputs of the adapters for all tokens of a batch.
    """

    def __init__(self, cell: nn.RNNBase, adapter: Adapter, generator: torch.Generator) -> None:
        super().__init__()
        self._call, self._is_lstm, self._width = _CELLS[cell.mode], cell.mode == "LSTM", cell.hidden_size
        self._names = tuple(name for name, _ in cell.named_parameters())
        self._matrices = tuple(name for name in self._names if name.startswith("weight"))
        self._adapter, self._kept = adapter, {}
        for name, weight in cell.named_parameters():
            self.register_parameter(name, weight)
        for name in self._matrices:
            down, up = _pair(getattr(self, name), adapter, generator)
            self.register_parameter(f"{_MARK}down_{name}", down)
            self.register_parameter(f"{_MARK}up_{name}", up)

    _kept: dict[str, Tensor]

    def forward(self, inputs: Tensor, before: Tensor | tuple[Tensor, Tensor] | None = None
                ) -> tuple[Tensor, Tensor | tuple[Tensor, Tensor]]:
        """(batch, time, width_in) to (batch, time, d_hidden), and what is remembered, as torch's cells give it."""
        if before is None:
            empty = inputs.new_zeros(1, inputs.shape[0], self._width)
            before = (empty, empty) if self._is_lstm else empty
        weights = [self._effective(name) for name in self._names]
        found = self._call(inputs, before, weights, True, 1, 0.0, self.training, False, True)  # type: ignore[operator]
        return (found[0], (found[1], found[2])) if self._is_lstm else (found[0], found[1])

    def merge(self) -> None:
        """Add the adapters to the matrices until `part`."""
        for name in self._matrices:
            weight = getattr(self, name)
            self._kept[name] = weight.data
            down, up = self._pair_of(name)
            weight.data = _sum(weight.data, down.data, up.data, self._adapter.scale)

    def part(self) -> None:
        """Put the matrices back, to the bit."""
        while self._kept:
            name, weight = self._kept.popitem()
            getattr(self, name).data = weight

    def _pair_of(self, name: str) -> tuple[Tensor, Tensor]:
        return getattr(self, f"{_MARK}down_{name}"), getattr(self, f"{_MARK}up_{name}")

    def _effective(self, name: str) -> Tensor:
        weight: Tensor = getattr(self, name)
        if self._kept or name not in self._matrices:
            return weight
        down, up = self._pair_of(name)
        if self._adapter.dropout and self.training and torch.is_grad_enabled():
            down = down * nn.functional.dropout(torch.ones_like(down[:1]), self._adapter.dropout)
        return _sum(weight, down, up, self._adapter.scale)


def adapt(network: nn.Module, adapter: Adapter, targets: Targets, seed: int) -> None:
    """Freeze all weights of a network and put adapters beside its matrices; raises EngineError where none is meant.

    The output, embeddings and routers of experts have none. The same seed gives the same adapters on every machine.
    """
    generator = torch.Generator().manual_seed(seed_for(seed, "adapters"))
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    meant = [(name, module) for name, module in network.named_modules() if _is_meant(name, module, targets)]
    if not meant:
        raise EngineError(f"This kind of model has no matrices of the kind {targets!r} to adapt.",
                          "A Transformer has attention and feed-forward parts; other networks have neither.",
                          "Set start.method.targets to all.", path=("start", "method", "targets"))
    for name, module in meant:
        parent, _, last = name.rpartition(".")
        made = LoraCell(module, adapter, generator) if isinstance(module, nn.RNNBase) \
            else LoraLinear(module, adapter, generator)
        setattr(network.get_submodule(parent), last, made.to(next(module.parameters()).device))


def is_adapter(name: str) -> bool:
    """Whether a parameter belongs to an adapter, by its name in the network."""
    return name.rpartition(".")[2].startswith(_MARK)


@contextmanager
def merged(network: nn.Module) -> Iterator[None]:
    """The network with all adapters added to their matrices inside; afterwards it is as before, to the bit."""
    layers = [module for module in network.modules() if isinstance(module, LoraLinear | LoraCell)]
    try:
        for layer in layers:
            layer.merge()
        yield
    finally:
        for layer in layers:
            layer.part()


def _is_meant(name: str, module: nn.Module, targets: Targets) -> bool:
    *inside, last = name.split(".")
    if last in ("head", "router"):
        return False
    if isinstance(module, nn.RNNBase):
        return targets == "all"
    if not isinstance(module, Linear | nn.Linear):
        return False
    words = " ".join(inside)
    return targets == "all" or (targets == "attention" and "attention" in words) \
        or (targets == "feed-forward" and "feed_forward" in words)


def _pair(weight: Tensor, adapter: Adapter, generator: torch.Generator) -> tuple[nn.Parameter, nn.Parameter]:
    width_out, width_in = weight.shape
    down = torch.empty(adapter.rank, width_in).uniform_(-1, 1, generator=generator) / math.sqrt(width_in)
    return nn.Parameter(down), nn.Parameter(torch.zeros(width_out, adapter.rank))


def _sum(weight: Tensor, down: Tensor, up: Tensor, scale: float) -> Tensor:
    return weight + scale * (up @ down)
