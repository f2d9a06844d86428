"""An average of the weights along a run, which often foresees text better than the last weights do."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.optimization.combined import Named
from engine.optimization.row_rule import touched


class WeightAverage:
    """Exponential moving average of weights; early on it forgets faster, so that the first weights don't linger.

    Step t (from 1) keeps min(decay, (1 + t) / (10 + t)) of the average. Rows of tables are brought up to date only
    when a step touches them, with the same result, so that the cost of a step does not grow with the table. Keeps one
    number a weight.
    Source: Polyak and Juditsky 1992, SIAM Journal on Control and Optimization 30; the faster start as in TensorFlow's
    ExponentialMovingAverage.
    """

    def __init__(self, dense: Named, tables: Named, decay: float) -> None:
        self._dense, self._tables, self._decay = dense, tables, decay
        self._averages = {name: each.detach().clone() for name, each in (dense | tables).items()}
        self._row_logs = {name: torch.zeros(len(each), dtype=torch.float64, device=each.device)
                          for name, each in tables.items()}
        self._log = torch.zeros((), dtype=torch.float64)  # of the product of all decays so far
        self._steps = torch.zeros((), dtype=torch.float64)
        self._touched: dict[str, Tensor] = {}

    @torch.no_grad()
    def before_step(self) -> None:
        """Bring rows that are about to change up to date; called with the gradients in place."""
        self._touched = {name: touched(table.grad)[0] for name, table in self._tables.items() if table.grad is not None}
        for name, rows in self._touched.items():
            self._averages[name][rows] = self._up_to_date(name, rows)

    @torch.no_grad()
    def after_step(self) -> None:
        """Take the changed weights in."""
        self._steps += 1
        decay = min(self._decay, (1 + float(self._steps)) / (10 + float(self._steps)))
        self._log += torch.tensor(decay, dtype=torch.float64).log()
        if self._dense:
            torch._foreach_lerp_([self._averages[name] for name in self._dense],
                                 [each.detach() for each in self._dense.values()], 1 - decay)
        for name, rows in self._touched.items():
            new = self._tables[name].detach()[rows]
            self._averages[name][rows] = torch.lerp(self._averages[name][rows], new, 1 - decay)
            self._row_logs[name][rows] = float(self._log)

    def _up_to_date(self, name: str, rows: Tensor | slice) -> Tensor:
        """Averages of rows that have not changed since they were last brought up to date."""
        weights, kept = self._tables[name].detach()[rows], (float(self._log) - self._row_logs[name][rows]).exp()
        return torch.lerp(weights, self._averages[name][rows], kept.float().unsqueeze(1))

    @torch.no_grad()
    def averaged(self) -> Named:
        """The averages of all weights, by name."""
        return {name: self._up_to_date(name, slice(None)) if name in self._tables else average
                for name, average in self._averages.items()}

    def state_tensors(self) -> Named:
        """What must be kept beside the averages of all weights outside tables."""
        found = {"log": self._log, "steps": self._steps}
        found |= {f"{name}.rows": self._averages[name] for name in self._tables}
        return found | {f"{name}.row_logs": each for name, each in self._row_logs.items()}

    def load_state_tensors(self, tensors: Mapping[str, Tensor], averages: Mapping[str, Tensor]) -> None:
        """Set what `state_tensors` and `averaged` gave; raises EngineError where something is missing."""
        own = self.state_tensors()
        found = {**{name: averages[name] for name in self._dense}, **tensors}
        for name, tensor in {**{name: self._averages[name] for name in self._dense}, **own}.items():
            if name not in found or found[name].shape != tensor.shape:
                raise EngineError(f"The averaged weights {name} are missing or of another shape.",
                                  f"{tuple(tensor.shape)} was expected.", "Continue with the settings of the run.")
            tensor.copy_(found[name])
