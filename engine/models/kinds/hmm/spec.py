"""Settings of a hidden Markov model; no torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy.typing as npt

from engine.models.kinds.hmm.model import HiddenMarkovModel
from engine.models.spec import ModelSpec, Size
from engine.settings import setting

if TYPE_CHECKING:
    from engine.models.kinds.hmm.estimation import Estimation

Method = Literal["batch", "online"]


class HmmSpec(ModelSpec, kind="hmm", title="Hidden Markov model"):
    """Walks from hidden state to hidden state, and each state has its own favourite tokens.

    Source: Rabiner 1989 (doi:10.1109/5.18626); Baum-Welch training in stepwise (online) form after Cappé and Moulines
    2009 (arXiv:0712.4273) and Liang and Klein 2009 (N09-1069).
    """

    trained_by: ClassVar[Literal["gradient", "counting", "expectation"]] = "expectation"

    free_to_change: ClassVar[frozenset[str]] = frozenset({"method", "pseudo_count", "forgetting", "piece_length"})
    by_token: ClassVar[dict[str, int]] = {"emission": 1}

    n_states: int = setting(32, "States", "How many hidden states there are; each tends to become a kind of word.",
                            low=1, high=2048, scale="log")
    method: Method = setting("online", "Renewed", "When the tables are renewed from what was expected; "
                             "after each batch learns sooner.",
                             choices={"batch": "After each pass over the text", "online": "After each batch"})
    pseudo_count: float = setting(0.01, "Added count", "Added to every count, so that nothing is held impossible.",
                                  low=1e-9, high=100.0, scale="log")
    forgetting: float = setting(0.7, "Forgetting", "How soon the counts of early batches fade: 1 slowly, 0.5 fast; "
                                "only where tables are renewed after each batch.", low=0.5, high=1.0, level="advanced")
    piece_length: int = setting(128, "Piece", "Longer documents are learnt from in pieces of this length.",
                                unit="tokens", low=2, high=65_536, level="advanced", scale="log")

    def size(self, vocab_size: int) -> Size:
        """Exact counts. Training holds every table twice in float64: as probabilities and as expected counts."""
        states = self.n_states
        parts = (("First state", f"{states}", states), ("State to state", f"{states} × {states}", states * states),
                 ("State to token", f"{states} × {vocab_size}", states * vocab_size))
        parameters = sum(count for _, _, count in parts)
        return Size(parameters, parts, repeated=1, training_bytes=24 * parameters,
                    flops_per_token=6.0 * states * states + 20.0 * states,
                    activation_bytes_per_token=8 * 6 * states)

    def build(self, vocab_size: int, seed: int) -> HiddenMarkovModel:
        """Tables of chance, so that states differ from the beginning."""
        self.require_valid()
        return HiddenMarkovModel.of_chance(self.n_states, vocab_size, seed)

    def load(self, vocab_size: int, tensors: Mapping[str, npt.NDArray[Any]]) -> HiddenMarkovModel:
        """A model ready to write; raises EngineError where a table is missing, unknown or of another shape."""
        return HiddenMarkovModel.from_tensors(self.n_states, vocab_size, tensors)

    def grown(self, tensors: Mapping[str, npt.NDArray[Any]], pieces: Sequence[Sequence[int]]
              ) -> dict[str, npt.NDArray[Any]]:
        """As for other models; what each state emits still adds up to 1."""
        found = super().grown(tensors, pieces)
        return {**found, "emission": found["emission"] / found["emission"].sum(1, keepdims=True)}

    def estimation(self, token_ids: npt.NDArray[Any], vocab_size: int, seed: int, device: str,
                   batch_size: int | None, start: HiddenMarkovModel | None = None) -> Estimation:
        """What learns such a model from ids in which every document begins with `bos`, pass by pass.

        It begins with tables of chance, or with those of an earlier model, `start`.
        """
        from engine.models.kinds.hmm.estimation import Estimation

        made = Estimation(self, start or self.build(vocab_size, seed), token_ids, seed, device, batch_size)
        if start is not None:
            made.remember()
        return made
