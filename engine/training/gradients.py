"""What is done to gradients between measuring and using them."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def clip(parameters: Iterable[Tensor], limit: float, unscale: float = 1.0) -> float:
    """Multiply all gradients by `unscale`, then shorten them to `limit`; returns their length before shortening.

    Gradients of tables are sparse; repeated rows in them are added up first.
    """
    found = _numbers_of(parameters)
    if not found:
        return 0.0
    norms = torch.stack(torch._foreach_norm(found))
    norm = float(torch.linalg.vector_norm(norms)) * unscale
    factor = unscale * min(1.0, limit / norm) if norm > 0 else unscale
    if factor != 1.0 and norm - norm == 0:
        torch._foreach_mul_(found, factor)
    return norm


def add_noise(parameters: Iterable[Tensor], strength: float, step: int) -> None:
    """Add normal noise of variance `strength` / (1 + step) ^ 0.55 to all gradients; in tables, to rows that have one.

    Source: Neelakantan et al. 2015 (arXiv:1511.06807), equation 1.
    """
    deviation = (strength / (1 + step) ** 0.55) ** 0.5
    for numbers in _numbers_of(parameters):
        numbers.add_(torch.randn_like(numbers), alpha=deviation)


def _numbers_of(parameters: Iterable[Tensor]) -> list[Tensor]:
    """The numbers of each gradient; each row of a sparse one once."""
    found: list[Tensor] = []
    for parameter in parameters:
        if parameter.grad is None:
            continue
        if parameter.grad.is_sparse:
            parameter.grad = parameter.grad.coalesce()
            found.append(parameter.grad._values())
        else:
            found.append(parameter.grad)
    return found
