"""Speed of Baum-Welch beside hmmlearn's, and equality of what both learn, on the characters of a sample text."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.assets import asset
from engine.models.kinds.hmm.estimation import Estimation
from engine.models.kinds.hmm.spec import HmmSpec
from engine.tokenizers.tokenizer import BOS_ID
from engine.work import Work

_CHARACTERS, _PIECE, _ROUNDS = 40_000, 128, 5


def measure() -> Iterator[dict[str, Any]]:
    """One pass over 40 000 characters of Emma in pieces of 128, both in turn, medians; hmmlearn in its faster mode."""
    text = asset("corpora/emma.txt").read_text("utf-8")[:_CHARACTERS]
    known = {each: number for number, each in enumerate(sorted(set(text)), 4)}
    ids = np.array([known[each] for each in text])
    lengths = [len(ids[first:first + _PIECE]) for first in range(0, len(ids), _PIECE)]
    documents = np.insert(ids, np.arange(0, len(ids), _PIECE), BOS_ID)
    for states in (32, 128):
        yield {"states": states, **_compared(states, len(known) + 4, ids, lengths, documents)}


def _compared(states: int, vocab_size: int, ids: np.ndarray, lengths: list[int],
              documents: np.ndarray) -> dict[str, Any]:
    from hmmlearn.hmm import CategoricalHMM

    spec = HmmSpec(n_states=states, method="batch", pseudo_count=1e-9, piece_length=_PIECE)
    ours = Estimation(spec, spec.build(vocab_size, 1), documents, 1, "cpu", None)
    theirs = CategoricalHMM(states, init_params="", n_features=vocab_size, n_iter=1, tol=-np.inf,
                            implementation="scaling")
    start = ours.model
    theirs.startprob_, theirs.transmat_, theirs.emissionprob_ = start.start, start.transition, start.emission
    took: dict[str, list[float]] = {"ours": [], "theirs": []}
    differences = []
    for number in range(_ROUNDS):
        began = time.perf_counter()
        likelihood = -ours.one_pass(number, Work()) * ours.tokens
        took["ours"].append(time.perf_counter() - began)
        began = time.perf_counter()
        theirs.fit(ids[:, None], lengths)
        took["theirs"].append(time.perf_counter() - began)
        differences.append(abs(likelihood / theirs.monitor_.history[0] - 1))
    seconds = {name: statistics.median(each) for name, each in took.items()}
    return {"seconds": round(seconds["ours"], 4), "hmmlearn_scaling_seconds": round(seconds["theirs"], 4),
            "times_as_fast": round(seconds["theirs"] / seconds["ours"], 1),
            "largest_relative_difference_of_likelihood": float(f"{max(differences):.1e}")}
