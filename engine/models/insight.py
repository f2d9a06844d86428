"""Looking inside a model: each family says which views it has, and gives each as numbers that any screen can draw.

A view is a grid (rows by tokens), a table of back-off steps, or points in the plane. All numbers are the model's own,
of the same arithmetic that writes and scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.floating[Any]]

MOST_TOKENS = 48
"""So many of the last tokens up to the one in focus are shown in a grid."""

PROJECTED = 60
"""So many tokens are put on the map of the vocabulary."""


@dataclass(frozen=True)
class Focus:
    """What is looked at: the token at `place` of the ids, and for grids one `layer` and one `part` (a head, a gate)."""

    place: int
    layer: int = 0
    part: int = 0


@dataclass(frozen=True)
class Grid:
    """`values` (rows, columns); the columns are the tokens from `first` on. `rows` are names, or numbers of tokens
    where `rows_are_tokens`. `path` is for each column the row that is marked, empty where none is. Of `layers` layers
    with the named `parts` one is shown; colours go from 0 to `high`, or from -`high` where values may be negative.
    """

    rows: tuple[str, ...]
    first: int
    values: Matrix
    layers: int = 1
    parts: tuple[str, ...] = ()
    path: tuple[int, ...] = ()
    high: float = 1.0
    rows_are_tokens: bool = False


@runtime_checkable
class LooksInside(Protocol):
    """A model with views of its own: "back-off" (steps of `BackOffStep`), or the name of a `Grid`."""

    views: tuple[str, ...]

    def look(self, view: str, ids: Sequence[int], focus: Focus) -> Any:
        """The view of a text; `ids` begin with the document's beginning."""
        ...


@runtime_checkable
class HasEmbedding(Protocol):
    """A model that describes each token by numbers."""

    def token_vectors(self) -> Matrix:
        """(vocab_size, width)."""
        ...


def nearest(vectors: Matrix, token: int, count: int, allowed: npt.NDArray[np.bool_]) -> list[tuple[int, float]]:
    """The tokens whose vectors point most nearly the same way, with the cosine, nearest first."""
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ vectors[token] / np.maximum(lengths * lengths[token], 1e-12)
    cosines = np.where(allowed, cosines, -np.inf)
    cosines[token] = -np.inf
    order = np.argsort(-cosines, kind="stable")[:count]
    return [(int(each), float(cosines[each])) for each in order if np.isfinite(cosines[each])]


def projected(vectors: Matrix) -> tuple[Matrix, float]:
    """Points in the plane, (tokens, 2), along the two directions in which they differ most, and the share of their
    differences that this shows (principal component analysis: Pearson 1901). Signs are fixed: the greatest is positive.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    left, strengths, _ = np.linalg.svd(centred, full_matrices=False)
    points = left[:, :2] * strengths[:2]
    if points.shape[1] < 2:
        points = np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
    signs = np.sign(points[np.abs(points).argmax(axis=0), np.arange(2)])
    total = float((strengths ** 2).sum())
    return points * np.where(signs == 0, 1, signs), float((strengths[:2] ** 2).sum()) / total if total else 0.0
