"""How large tables learn: only the rows that a step looked up."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.optimization.combined import Named

_STEADY = 1e-16


class RowRule:
    """Divide each row's gradient by the root of the sum of all its mean squares so far.

    A row that was seen often moves less, a rare one at full rate. Its memory is one number a row, and the cost of a
    step depends on the rows touched, not on the size of the table. A gradient may be sparse or dense; rows of zeros
    are left alone.
    Source: Adagrad (Duchi, Hazan and Singer 2011, JMLR 12) with one sum a row, as for the tables of DLRM (Mudigere et
    al. 2021, arXiv:2104.05158).
    """

    def __init__(self, named: Named, rate: float) -> None:
        self.named, self._rate = named, rate
        self._sums = {name: torch.zeros(len(table), device=table.device) for name, table in named.items()}

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Change the rows that have a gradient."""
        for name, table in self.named.items():
            if table.grad is None:
                continue
            rows, gradients = touched(table.grad)
            sums = self._sums[name][rows] + gradients.square().mean(1)
            self._sums[name][rows] = sums
            table.index_add_(0, rows, gradients / (sums + _STEADY).sqrt().unsqueeze(1), alpha=-self._rate * scale)

    def state_tensors(self) -> Named:
        """The sum of each row."""
        return {f"{name}.row_sums": sums for name, sums in self._sums.items()}

    def load_state_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Set what `state_tensors` gave."""
        for name, sums in self._sums.items():
            found = tensors.get(f"{name}.row_sums")
            if found is None or found.shape != sums.shape:
                raise EngineError(f"The state of the table {name} is missing or of another size.",
                                  f"{len(sums)} rows were expected.", "Continue with the settings of the run.")
            sums.copy_(found)


def touched(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers of the rows with a gradient, each once, and their gradients in float32."""
    if gradient.is_sparse:
        gathered = gradient.coalesce()
        return gathered.indices()[0], gathered.values().float()
    rows = gradient.abs().sum(1).nonzero().flatten()
    return rows, gradient[rows].float()
