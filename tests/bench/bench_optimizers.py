"""What a step of each optimizer costs beside one of AdamW, and what it remembers, at two sizes of model."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import torch

from engine.models.kinds.transformer.spec import TransformerSpec
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import members_of

_SIZES = {"small": TransformerSpec(shape="fast", n_layers=2, d_model=128, n_heads=2, context_length=64,
                                   ngram_buckets=16_384),
          "large": TransformerSpec(shape="llama", n_layers=6, d_model=384, n_heads=6, context_length=64)}
_VOCAB_SIZE, _BATCH, _ROUNDS = 2000, 16, 15


def measure() -> Iterator[dict[str, Any]]:
    """Milliseconds of the change of weights alone, and of a whole step beside a whole step of AdamW."""
    torch.set_num_threads(1)
    for name, spec in _SIZES.items():
        network = spec.build(_VOCAB_SIZE, 1)
        ids = torch.randint(3, _VOCAB_SIZE, (_BATCH, 65), generator=torch.Generator().manual_seed(1))
        backward = statistics.median(_gradients(network, ids) for _ in range(3))
        optimizers = {each.kind: each(learning_rate=1e-6).build(network.groups()) for each in members_of(OptimizerSpec)}
        took: dict[str, list[float]] = {kind: [] for kind in optimizers}
        for _ in range(_ROUNDS):  # in turn, so that another busy program meets all of them alike
            for kind, optimizer in optimizers.items():
                took[kind].append(_took(optimizer))
        adamw = statistics.median(took["adamw"][2:])
        for kind, optimizer in optimizers.items():
            seconds = statistics.median(took[kind][2:])
            kept = sum(tensor.nbytes for tensor in optimizer.state_tensors().values())
            yield {"size": name, "optimizer": kind, "change_ms": round(1000 * seconds, 2),
                   "of_adamw": round(seconds / adamw, 2),
                   "step_of_adamw": round((backward + seconds) / (backward + adamw), 3),
                   "remembers_mb": round(kept / 1e6, 2),
                   "weights_mb": round(sum(each.nbytes for each in network.parameters()) / 1e6, 2)}


def _gradients(network: Any, ids: torch.Tensor) -> float:
    network.zero_grad()
    began = time.thread_time()
    network.loss(ids[:, :-1], ids[:, 1:]).backward()
    return time.thread_time() - began


def _took(optimizer: Optimizer) -> float:
    began = time.thread_time()
    optimizer.step(1.0)
    return time.thread_time() - began
