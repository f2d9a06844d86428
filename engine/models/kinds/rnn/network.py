"""The recurrent net itself: torch's cells between an embedding and a linear head."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from engine.models.kinds.rnn.spec import RnnSpec
from engine.models.layers.losses import losses_of
from engine.optimization.groups import ParameterGroup
from engine.randomness import seed_for

if TYPE_CHECKING:
    from engine.models.kinds.rnn.reading import RecurrentModel

SCORED_LENGTH = 256
"""Windows to validate with are at least so long: a memory needs a while to fill, whatever it was trained with."""

Memory = tuple[Tensor, ...]
"""What is remembered, (layers, batch, d_hidden): the output of each layer and, of an LSTM, its store."""

_CELLS: dict[str, Callable[..., nn.RNNBase]] = {"elman": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class RecurrentNet(nn.Module):
    """Scores for the next token after each token of a window, given what was remembered before it."""

    def __init__(self, spec: RnnSpec, vocab_size: int) -> None:
        super().__init__()
        self.spec, self.vocab_size, self.context_length = spec, vocab_size, spec.context_length
        self.scored_length = max(SCORED_LENGTH, spec.context_length)
        self.carries_memory = spec.carry_state
        widths = [spec.d_embedding, *[spec.d_hidden] * (spec.n_layers - 1)]
        with torch.random.fork_rng(devices=[]):  # torch fills its cells from the chance that training draws from
            self.embedding = nn.Parameter(torch.zeros(vocab_size, spec.d_embedding))
            self.cells = nn.ModuleList(_CELLS[spec.cell](width, spec.d_hidden, batch_first=True) for width in widths)
            self.norms = nn.ModuleList(nn.LayerNorm(spec.d_hidden) for _ in widths if spec.layer_norm)
            self.projection = nn.Linear(spec.d_hidden, spec.d_embedding, bias=False) if spec.has_projection else None
            self.head = None if spec.tie_embeddings else nn.Linear(spec.d_hidden, vocab_size, bias=False)
            self.head_bias = nn.Parameter(torch.zeros(vocab_size))

    def initialise(self, seed: int) -> None:
        """Fill all weights from this seed; nothing else draws from its generator.

        Recurrent matrices begin orthogonal, so that a memory neither fades nor grows; an LSTM's forget gates begin
        open (Jozefowicz et al. 2015, proceedings.mlr.press/v37/jozefowicz15).
        """
        generator = torch.Generator().manual_seed(seed_for(seed, "weights"))
        width, gates = self.spec.d_hidden, self.spec.gates
        with torch.no_grad():
            self.embedding.normal_(0.0, 1 / math.sqrt(self.spec.d_embedding) if self.head is None else 0.5,
                                   generator=generator)
            for cell in self.cells:
                for name, weights in cell.named_parameters():
                    if name.startswith("weight_hh"):
                        for gate in weights.view(gates, width, width):
                            nn.init.orthogonal_(gate, generator=generator)
                    elif name.startswith("weight_ih"):
                        weights.normal_(0.0, 1 / math.sqrt(weights.shape[1]), generator=generator)
                    else:
                        weights.zero_()
                        if self.spec.cell == "lstm" and name.startswith("bias_hh"):
                            weights[width:2 * width] = 1.0
            for linear in (self.projection, self.head):
                if linear is not None:
                    linear.weight.normal_(0.0, 0.5 / math.sqrt(width), generator=generator)

    def forward(self, ids: Tensor) -> Tensor:
        """Scores, (batch, time) int64 to (batch, time, vocab_size) float32, from an empty memory."""
        return self.scores(self.read(ids)[0])

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Mean nats of the targets, (batch, time) as the ids; targets of -1 are left out."""
        return self.smoothed_loss(ids, targets, 0.0)[1]

    def smoothed_loss(self, ids: Tensor, targets: Tensor, label_smoothing: float,
                      z_loss: float = 0.0) -> tuple[Tensor, Tensor]:
        """What to learn from, and the mean nats without additions, as `loss`; see `losses_of`."""
        return self.carried_loss(ids, targets, label_smoothing, None, z_loss)[:2]

    def carried_loss(self, ids: Tensor, targets: Tensor, label_smoothing: float, memory: Memory | None,
                     z_loss: float = 0.0) -> tuple[Tensor, Tensor, Memory]:
        """As `smoothed_loss`, going on from `memory`; also the memory afterwards, through which no gradient flows."""
        hidden, memory = self.read(ids, memory)
        learned, plain = losses_of(self.scores(hidden).flatten(0, 1), targets.flatten(), label_smoothing, z_loss)
        return learned, plain, tuple(each.detach() for each in memory)

    def read(self, ids: Tensor, memory: Memory | None = None) -> tuple[Tensor, Memory]:
        """What the last layer says after each token, (batch, time, d_hidden), and the memory after the last one."""
        flow = self._dropped(nn.functional.embedding(ids, self.embedding))
        remembered: list[Memory] = []
        for number, cell in enumerate(self.cells):
            before = None if memory is None else tuple(each[number:number + 1] for each in memory)
            if before is not None and self.spec.cell != "lstm":
                before = before[0]  # type: ignore[assignment]
            flow, after = cell(flow, before)
            remembered.append(after if isinstance(after, tuple) else (after,))
            if self.norms:
                flow = self.norms[number](flow)
            flow = self._dropped(flow)
        return flow, tuple(torch.cat(each) for each in zip(*remembered, strict=True))

    def empty_memory(self) -> Memory:
        """What is remembered of one text before its first token."""
        return tuple(self.embedding.new_zeros(self.spec.n_layers, 1, self.spec.d_hidden)
                     for _ in range(2 if self.spec.cell == "lstm" else 1))

    def scores(self, hidden: Tensor) -> Tensor:
        """(..., d_hidden) to (..., vocab_size) in float32."""
        if self.projection is not None:
            hidden = self.projection(hidden)
        weight = self.embedding if self.head is None else self.head.weight
        return nn.functional.linear(hidden, weight, self.head_bias).float()

    def groups(self) -> list[ParameterGroup]:
        """All parameters, sorted by what they do."""
        named: dict[str, Tensor] = dict(self.named_parameters())
        inside = {name: each for name, each in named.items()
                  if each.dim() == 2 and name.startswith(("cells.", "projection."))}
        found = [
            ParameterGroup("matrix", inside, decay=True),
            ParameterGroup("embedding", {"embedding": named["embedding"]}, decay=False),
            ParameterGroup("head", {n: named[n] for n in ("head.weight",) if n in named}, decay=True),
            ParameterGroup("vector", {name: each for name, each in named.items() if each.dim() == 1}, decay=False),
        ]
        return [group for group in found if group.parameters]

    def language_model(self) -> RecurrentModel:
        """A view of these weights that can write and score; using it does not disturb training."""
        from engine.models.kinds.rnn.reading import RecurrentModel

        return RecurrentModel(self)

    def _dropped(self, flow: Tensor) -> Tensor:
        if not self.training or not self.spec.dropout:
            return flow
        return nn.functional.dropout(flow, self.spec.dropout)
