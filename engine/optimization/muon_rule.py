"""How weight matrices learn under Muon: every direction by the same amount."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.optimization.combined import Named

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # chosen by Jordan et al. for speed: singular values end in 0.7 to 1.2


class MuonRule:
    """Replace the averaged gradient of a matrix by the nearest matrix whose directions are all equally strong.

    Matrices of the same shape are treated together, which spares small models most of the overhead.
    Source: Jordan et al. 2024, kellerjordan.github.io/posts/muon; weight decay as in Liu et al. 2025
    (arXiv:2502.16982).
    """

    def __init__(self, named: Named, rate: float, decay: float, momentum: float, iterations: int) -> None:
        self.named, self._rate, self._decay = named, rate, decay
        self._momentum, self._iterations = momentum, iterations
        self._averages = {name: torch.zeros_like(each) for name, each in named.items()}
        self._alike: dict[torch.Size, list[str]] = {}
        for name, each in named.items():
            self._alike.setdefault(each.shape, []).append(name)

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Change all matrices that have a gradient."""
        for names in self._alike.values():
            live = [name for name in names if self.named[name].grad is not None]
            if not live:
                continue
            gradients = [self.named[name].grad.float() for name in live]  # type: ignore[union-attr]
            averages = [self._averages[name] for name in live]
            torch._foreach_lerp_(averages, gradients, 1 - self._momentum)
            ahead = torch.stack(torch._foreach_lerp(gradients, averages, self._momentum))  # Nesterov
            changes = orthogonalised(ahead, self._iterations)
            rows, columns = ahead.shape[-2:]
            rate = self._rate * scale
            weights = [self.named[name] for name in live]
            if self._decay:
                torch._foreach_mul_(weights, 1 - rate * self._decay)
            torch._foreach_add_(weights, list(changes.unbind(0)), alpha=-rate * max(1.0, rows / columns) ** 0.5)

    def state_tensors(self) -> Named:
        """The averaged gradients."""
        return {f"{name}.average": each for name, each in self._averages.items()}

    def load_state_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Set what `state_tensors` gave."""
        for name, average in self._averages.items():
            found = tensors.get(f"{name}.average")
            if found is None or found.shape != average.shape:
                raise EngineError(f"The state of {name} is missing or of another shape.",
                                  f"{tuple(average.shape)} was expected.", "Continue with the settings of the run.")
            average.copy_(found)


def orthogonalised(matrices: Tensor, iterations: int) -> Tensor:
    """(n, rows, columns): each matrix with its singular values driven near one, by Newton-Schulz iteration."""
    a, b, c = _COEFFICIENTS
    wide = matrices.shape[-2] <= matrices.shape[-1]
    found = matrices if wide else matrices.mT
    found = found / (found.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(iterations):
        gram = found @ found.mT
        found = torch.baddbmm(found, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), found, beta=a)
    return found if wide else found.mT
