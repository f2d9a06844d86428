"""What a hidden Markov model does along a text: how likely each hidden state is, and the likeliest walk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.models.insight import MOST_TOKENS, Focus, Grid
from engine.tokenizers.tokenizer import BOS_ID

if TYPE_CHECKING:
    from engine.models.kinds.hmm.model import HiddenMarkovModel, Table

MOST_STATES = 24
"""So many states are shown, those that are likeliest somewhere in the text."""


def posteriors(model: HiddenMarkovModel, tokens: Sequence[int]) -> Table:
    """The probability of each state at each token, given all of the tokens, (n_states, tokens).

    The tokens are one document without `bos`. Forward and backward: Rabiner 1989 (Proc. IEEE 77), section III.
    """
    count, seen = len(tokens), model.emission[:, list(tokens)]  # (n_states, tokens)
    forward, backward = np.empty((model.n_states, count)), np.ones((model.n_states, count))
    belief = model.start
    for place in range(count):
        belief = belief * seen[:, place]
        forward[:, place] = belief = belief / max(belief.sum(), 1e-300)
        belief = belief @ model.transition
    for place in range(count - 2, -1, -1):
        after = model.transition @ (seen[:, place + 1] * backward[:, place + 1])
        backward[:, place] = after / max(after.sum(), 1e-300)
    both = forward * backward
    return np.asarray(both / np.maximum(both.sum(axis=0), 1e-300))


def states_along(model: HiddenMarkovModel, ids: Sequence[int], focus: Focus) -> Grid:
    """How likely each state is at each token, the likeliest walk marked; states are named by their favourite tokens."""
    tokens = [each for each in ids if each != BOS_ID]
    if not tokens:
        return Grid((), 0, np.zeros((0, 0)))
    found = posteriors(model, tokens)
    walk = model.walk(np.asarray(tokens))[0]
    shift = len(ids) - len(tokens)
    end = max(1, min(len(tokens), focus.place + 1 - shift))
    first = max(0, end - MOST_TOKENS)
    found, walk = found[:, first:end], walk[first:end]
    on_walk = np.isin(np.arange(model.n_states), walk)
    shown = np.sort(np.argsort(-(found.max(axis=1) + on_walk), kind="stable")[:MOST_STATES])
    row_of = {int(state): row for row, state in enumerate(shown)}
    return Grid(tuple(str(state) for state in shown), first + shift, found[shown],
                path=tuple(row_of.get(int(state), -1) for state in walk))
