"""Baum-Welch: what each state is expected to have done, and the tables that this makes likeliest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.errors import EngineError
from engine.models.kinds.hmm.model import HiddenMarkovModel
from engine.models.kinds.hmm.spec import HmmSpec
from engine.randomness import generator_for
from engine.tokenizers.tokenizer import BOS_ID
from engine.work import Work

USUAL_BATCH_TOKENS = 8192
"""Tokens between two renewals of the tables where they are renewed after each batch."""

_LONG_RUN, _REMEMBERED = 200, 8
"""Steps of a walk after which it has forgotten its beginning, and for how many batches an earlier model counts."""

_NUMBERS_AT_ONCE = 4_000_000
_LEAST = 1e-300


@dataclass
class Counts:
    """How often something is expected to have happened: (n_states,), (n_states, n_states), (vocab_size, n_states).

    `entry` is how often each state was visited at all: where a piece goes on with a document, it begins there.
    """

    start: Tensor
    transition: Tensor
    emission: Tensor
    entry: Tensor

    def mix(self, other: Counts, share: float, scale: float) -> None:
        """Fade what was counted so far and add another count, brought to the same size by `scale`."""
        for own, new in zip(vars(self).values(), vars(other).values(), strict=True):
            own.mul_(1 - share).add_(new, alpha=share * scale)


@dataclass(frozen=True)
class Pieces:
    """Pieces of documents that are equally long: ids (pieces, time), and which of them begin a document."""

    ids: npt.NDArray[np.int64]
    is_first: npt.NDArray[np.bool_]


class Estimation:
    """Learns the tables of a hidden Markov model, pass by pass.

    Scaled forward and backward sums (Rabiner 1989, section V.A) over many pieces at once, in float64 where the device
    has it. The pieces of a pass come in an order that depends on the seed and the pass alone.
    """

    def __init__(self, spec: HmmSpec, model: HiddenMarkovModel, token_ids: npt.NDArray[Any], seed: int, device: str,
                 batch_size: int | None) -> None:
        self.spec, self.device, self._seed = spec, device, seed
        self._dtype = torch.float32 if device == "mps" else torch.float64
        self._start, self._transition = self._on_device(model.start), self._on_device(model.transition)
        self._emission = self._on_device(model.emission.T)  # (vocab_size, n_states)
        self._entry = torch.full_like(self._start, 1 / spec.n_states)
        self._pieces = pieces_of(token_ids, spec.piece_length)
        self.tokens = sum(each.ids.size for each in self._pieces)
        if not self.tokens:
            raise EngineError("There is no text to learn from.", "At least one token was expected.", "Add text.")
        self._batch_tokens = USUAL_BATCH_TOKENS if batch_size is None else batch_size * spec.piece_length
        self._mixed: Counts | None = None
        self._renewals = 0

    def remember(self) -> None:
        """Hold the tables for something learnt, so that the first batches do not take their place.

        They count like a text of the present length that they would expect; its states come as often as in the long
        run of their walk.
        """
        visits = self._start.clone()
        for _ in range(_LONG_RUN):
            visits = visits @ self._transition
        self._entry, often = visits / visits.sum(), visits / visits.sum() * self.tokens
        documents = sum(int(each.is_first.sum()) for each in self._pieces)
        self._mixed = Counts(self._start * documents, self._transition * often[:, None], self._emission * often, often)
        self._renewals = _REMEMBERED

    def one_pass(self, number: int, work: Work) -> float:
        """Read the whole text once and renew the tables; returns mean nats per token, by the tables as they were."""
        total, seen = 0.0, 0
        gathered, gathered_tokens = self._no_counts(), 0
        for pieces in self._in_order(number):
            total -= self._expect(pieces, gathered)
            seen += pieces.ids.size
            gathered_tokens += pieces.ids.size
            work.progress("expectation", seen, self.tokens, "tokens")
            if self.spec.method == "online" and gathered_tokens >= self._batch_tokens:
                self._renew_stepwise(gathered, self.tokens / gathered_tokens)
                gathered, gathered_tokens = self._no_counts(), 0
        if self.spec.method == "batch":
            self._renew(gathered)
        elif gathered_tokens:
            self._renew_stepwise(gathered, self.tokens / gathered_tokens, gathered_tokens / self._batch_tokens)
        return total / self.tokens

    def seconds_per_token(self, clock: Any) -> float:
        """How long reading takes, measured on a few pieces; the tables stay as they are."""
        pieces = self._pieces[0]
        few = Pieces(pieces.ids[:64], pieces.is_first[:64])
        self._expect(few, self._no_counts())
        began = clock()
        self._expect(few, self._no_counts())
        return float(clock() - began) / few.ids.size

    @property
    def model(self) -> HiddenMarkovModel:
        """The model with the tables as they are now."""
        return HiddenMarkovModel(*(each.double().cpu().numpy().copy()
                                   for each in (self._start, self._transition, self._emission.T)))

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """All but the model that must be known to go on as if nothing had happened."""
        found = {"entry": self._entry, "renewals": torch.tensor([self._renewals])}
        if self._mixed is not None:
            found |= {f"mixed.{name}": each for name, each in vars(self._mixed).items()}
        return {name: each.cpu().numpy().copy() for name, each in found.items()}

    def load(self, model: HiddenMarkovModel, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from saved tables."""
        self._start, self._transition = self._on_device(model.start), self._on_device(model.transition)
        self._emission = self._on_device(model.emission.T)
        self._entry = self._on_device(tensors["entry"])
        self._renewals = int(tensors["renewals"][0])
        mixed = {name.removeprefix("mixed."): self._on_device(each) for name, each in tensors.items()
                 if name.startswith("mixed.")}
        self._mixed = Counts(**mixed) if mixed else None

    # expectation

    def _expect(self, pieces: Pieces, counts: Counts) -> float:
        """Add what is expected in these pieces to `counts`; returns the natural log of their probability."""
        ids = torch.from_numpy(pieces.ids.T.copy()).to(self.device)  # (time, pieces)
        is_first = torch.from_numpy(pieces.is_first).to(self.device)
        fits = self._emission[ids]  # (time, pieces, n_states)
        forward, scale = self._forward(fits, torch.where(is_first[:, None], self._start, self._entry))
        weighted = fits.div_(scale[..., None])
        expected, after = torch.empty_like(forward), torch.ones_like(forward[0])
        for place in range(len(ids) - 1, -1, -1):
            torch.mul(forward[place], after, out=expected[place])
            weighted[place] *= after  # what comes from here on, as each state would have it
            after = weighted[place] @ self._transition.T
        counts.start += expected[0][is_first].sum(0)
        counts.transition += self._transition * (forward[:-1].flatten(0, 1).T @ weighted[1:].flatten(0, 1))
        counts.emission.index_add_(0, ids.flatten(), expected.flatten(0, 1))
        counts.entry += expected.sum((0, 1))
        return float(scale.log().sum())

    def _forward(self, fits: Tensor, begin: Tensor) -> tuple[Tensor, Tensor]:
        """Belief in each state after each token, and the probability of each token given those before it."""
        forward, scale = torch.empty_like(fits), fits.new_empty(fits.shape[:2])
        belief = begin * fits[0]
        for place in range(len(fits)):
            if place:
                belief = (forward[place - 1] @ self._transition) * fits[place]
            scale[place] = belief.sum(1).clamp_min(_LEAST if fits.dtype == torch.float64 else 1e-37)
            torch.div(belief, scale[place][:, None], out=forward[place])
        return forward, scale

    # maximisation

    def _renew(self, counts: Counts) -> None:
        """The tables that make the counts likeliest, with the added count."""
        added = self.spec.pseudo_count
        self._start = (counts.start + added) / (counts.start + added).sum()
        self._transition = (counts.transition + added) / (counts.transition + added).sum(1, keepdim=True)
        self._emission = (counts.emission + added) / (counts.emission + added).sum(0)
        self._entry = counts.entry / counts.entry.sum()

    def _renew_stepwise(self, counts: Counts, scale: float, weight: float = 1.0) -> None:
        """Renew after one batch: earlier counts fade as (k + 2) to the power of -`forgetting`.

        `scale` brings the batch to the size of the text; a last, shorter batch weighs less.
        """
        share = (self._renewals + 2) ** -self.spec.forgetting * min(1.0, weight)
        if self._mixed is None:
            self._mixed, share = self._no_counts(), 1.0
        self._mixed.mix(counts, share, scale)
        self._renewals += 1
        self._renew(self._mixed)

    # pieces

    def _in_order(self, number: int) -> Iterator[Pieces]:
        """All pieces, few enough at once; where tables are renewed on the way, in an order of chance."""
        most = _NUMBERS_AT_ONCE // self.spec.n_states
        if self.spec.method == "online":
            most = min(most, self._batch_tokens)
        chance = generator_for(self._seed, "hmm", number)
        parts: list[tuple[int, npt.NDArray[np.int64]]] = []
        for group, pieces in enumerate(self._pieces):
            count, length = pieces.ids.shape
            order = chance.permutation(count) if self.spec.method == "online" else np.arange(count)
            at_once = max(1, most // length)
            parts += [(group, order[first:first + at_once]) for first in range(0, count, at_once)]
        turns = chance.permutation(len(parts)) if self.spec.method == "online" else np.arange(len(parts))
        for turn in turns:
            group, chosen = parts[turn]
            yield Pieces(self._pieces[group].ids[chosen], self._pieces[group].is_first[chosen])

    def _no_counts(self) -> Counts:
        return Counts(*(torch.zeros_like(each) for each in (self._start, self._transition, self._emission,
                                                            self._start)))

    def _on_device(self, table: npt.NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(table)).to(self._dtype).to(self.device)


def pieces_of(token_ids: npt.NDArray[Any], most: int) -> list[Pieces]:
    """Documents cut into pieces of at most `most` tokens, gathered by length, the longest first; `bos` is left out."""
    tokens = np.asarray(token_ids, dtype=np.int64)
    edges = np.concatenate(([-1], np.flatnonzero(tokens == BOS_ID), [len(tokens)]))
    starts, lengths, firsts = [], [], []
    for before, after in zip(edges[:-1] + 1, edges[1:], strict=True):
        begins = np.arange(before, after, most)
        starts.append(begins)
        lengths.append(np.minimum(most, after - begins))
        firsts.append(begins == before)
    start, length, first = np.concatenate(starts), np.concatenate(lengths), np.concatenate(firsts)
    found = []
    for each in np.unique(length)[::-1]:
        same = length == each
        found.append(Pieces(tokens[start[same][:, None] + np.arange(each)], first[same]))
    return found
