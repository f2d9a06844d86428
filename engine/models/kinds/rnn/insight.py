"""What a recurrent net does along a text: how far its gates are open, and what its memory holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from engine.models.insight import MOST_TOKENS, Focus, Grid
from engine.models.resting import resting

if TYPE_CHECKING:
    from engine.models.kinds.rnn.network import RecurrentNet

GATES = {"elman": (), "lstm": ("input", "forget", "output"), "gru": ("reset", "update")}
"""The gates of each cell; after them comes the memory itself as the last part."""

MOST_UNITS = 32


def gates_along(network: RecurrentNet, ids: Sequence[int], focus: Focus) -> Grid:
    """One gate, or the memory, of the first units of a layer at each token; gates from 0 to 1, memory from -1 to 1."""
    names = GATES[network.spec.cell]
    layer, part = min(focus.layer, network.spec.n_layers - 1), min(focus.part, len(names))
    place = max(0, min(focus.place, len(ids) - 1))
    first = max(0, place + 1 - MOST_TOKENS)
    with resting(network):
        gates, memory = layer_along(network, list(ids[:place + 1]), layer)
        chosen = memory if part == len(names) else gates[names[part]]
    units = min(MOST_UNITS, network.spec.d_hidden)
    values = chosen[first:, :units].T.cpu().numpy()
    return Grid(tuple(str(number + 1) for number in range(units)), first, values, network.spec.n_layers,
                (*names, "memory"), high=1.0)


def layer_along(network: RecurrentNet, ids: Sequence[int], layer: int) -> tuple[dict[str, Tensor], Tensor]:
    """The gates of a layer and what it gives on, (time, d_hidden) each, from an empty memory."""
    flow = nn.functional.embedding(torch.tensor([list(ids)], device=network.embedding.device), network.embedding)
    for number, cell in enumerate(network.cells):
        given, _ = cell(flow)
        if number == layer:
            return _gates(network, cell, flow[0], given[0]), given[0]
        flow = network.norms[number](given) if network.norms else given
    raise IndexError(layer)


def _gates(network: RecurrentNet, cell: nn.Module, flow: Tensor, given: Tensor) -> dict[str, Tensor]:
    """torch's layout: input, forget, cell, output of an LSTM; reset, update, new of a GRU."""
    weights = dict(cell.named_parameters())
    before = nn.functional.pad(given, (0, 0, 1, 0))[:-1]
    sums = nn.functional.linear(flow, weights["weight_ih_l0"], weights["bias_ih_l0"]) \
        + nn.functional.linear(before, weights["weight_hh_l0"], weights["bias_hh_l0"])
    parts = sums.chunk(network.spec.gates, dim=1)
    order = {"lstm": (("input", 0), ("forget", 1), ("output", 3)), "gru": (("reset", 0), ("update", 1))}
    return {name: parts[place].sigmoid() for name, place in order.get(network.spec.cell, ())}
