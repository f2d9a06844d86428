"""Parameters sorted by what they do, since each sort learns best in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Role = Literal["matrix", "embedding", "table", "head", "vector"]


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that are treated alike, by name.

    Role: "matrix" weights inside the blocks, "embedding" one row a token or position, "table" many rows of which a
    step touches few (their gradients are sparse), "head" the matrix that scores the vocabulary, "vector" gains and
    biases. `decay` says whether weight decay applies.
    """

    role: Role
    parameters: dict[str, Tensor]
    decay: bool


def decaying(groups: Sequence[ParameterGroup], *, embeddings: bool, output: bool,
             vectors: bool) -> list[ParameterGroup]:
    """The same groups with weight decay where it is wanted: always on matrices, never on tables."""
    wanted: dict[Role, bool] = {"embedding": embeddings, "head": output, "vector": vectors}
    return [replace(group, decay=wanted.get(group.role, group.decay)) for group in groups]


def learning(groups: Sequence[ParameterGroup]) -> list[ParameterGroup]:
    """The same groups without frozen parameters."""
    found = (replace(group, parameters={name: each for name, each in group.parameters.items() if each.requires_grad})
             for group in groups)
    return [group for group in found if group.parameters]
