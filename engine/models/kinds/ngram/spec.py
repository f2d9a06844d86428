"""Settings of the n-gram model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from engine.models.kinds.ngram.counting import BYTES_PER_TOKEN, train_ngram
from engine.models.kinds.ngram.model import NGram
from engine.models.kinds.ngram.smoothing import Smoothing, Ways
from engine.models.language_model import LanguageModel
from engine.models.spec import ModelSpec, Size
from engine.settings import setting
from engine.work import Work

_KEPT_BYTES, _LOWER_BYTES = 20, 60
"""Memory for each n-gram of the model, and while smoothing for each of the order below the highest."""

_DISTINCT_SHARE = (0.0, 0.0, 0.18, 0.57, 0.84, 0.95, 0.98, 0.995, 1.0)
"""Different n-grams of each order (index) for each token of text: Jane Austen, 4 MB, 4 000 BPE pieces."""

_ASSUMED_TOKENS = 1_000_000


class NGramSpec(ModelSpec, kind="n-gram", title="n-gram"):
    """Counts which tokens follow each short sequence; trained in seconds, and a fair baseline for every other model.

    Interpolated modified Kneser-Ney smoothing, unless another is chosen: how often a short sequence counts is how many
    different tokens came before it. Source: Chen and Goodman 1998 (TR-10-98), as in KenLM (Heafield et al. 2013,
    P13-2121). Witten-Bell: Witten and Bell 1991. Stupid back-off: Brants et al. 2007 (D07-1090); here the scores after
    each context are divided by their sum, so that they are probabilities. Add-k: Lidstone 1920, after the longest
    context that was seen.
    """

    trained_by: ClassVar[Literal["gradient", "counting", "expectation"]] = "counting"

    free_to_change: ClassVar[frozenset[str]] = frozenset({"counting_megabytes", "added_count"})

    order: int = setting(5, "Order", "Length of the longest sequence counted: the model sees one token less than this.",
                         unit="tokens", low=1, high=8)
    smoothing: Smoothing = setting("kneser-ney", "Smoothing", "How tokens not seen after a sequence get their chance; "
                                   "the others are for comparison.", level="advanced", choices={
                                       "kneser-ney": "Kneser-Ney", "witten-bell": "Witten-Bell",
                                       "stupid-back-off": "Stupid back-off", "add-k": "Add-k"})
    added_count: float = setting(0.1, "Added to every count", "1 is the add-one of textbooks; less is nearly always "
                                 "better. Add-k only.", low=0.0001, high=1.0, level="advanced", scale="log")
    min_count: int = setting(1, "Seen at least", "Sequences of three or more tokens seen more rarely are forgotten, "
                             "which saves memory.", unit="times", low=1, high=10, level="advanced")
    counting_megabytes: int = setting(2000, "Memory for counting", "A text that needs more is counted on disk, with "
                                      "the same result; the finished counts come on top.", unit="MB", low=100,
                                      high=1_000_000, level="advanced", scale="log")

    def size(self, vocab_size: int) -> Size:
        """An estimate for a text of a million tokens: how many n-grams there are depends on the text."""
        return self.size_for(vocab_size, _ASSUMED_TOKENS)

    def size_for(self, vocab_size: int, tokens: int) -> Size:
        """An estimate for a text of so many tokens; with a `min_count` above 1 it is an upper bound."""
        numbers = [vocab_size, *(round(_DISTINCT_SHARE[order] * tokens) for order in range(2, self.order + 1))]
        parts = tuple((f"{order}-grams", "counts", number) for order, number in enumerate(numbers, 1))
        return Size(parameters=sum(numbers), parts=parts, repeated=1, flops_per_token=4.0 * self.order,
                    training_bytes=min(BYTES_PER_TOKEN * tokens, self._bytes_on_disk(numbers)))

    def _bytes_on_disk(self, numbers: list[int]) -> int:
        """The peak of memory when a text is counted on disk: while it is counted, or smoothed."""
        lower = numbers[-2] if len(numbers) > 1 else 0
        return 1_000_000 * self.counting_megabytes + _KEPT_BYTES * sum(numbers) + _LOWER_BYTES * lower

    def parameters_of(self, model: LanguageModel) -> int:
        """How many n-grams were counted: known only after training."""
        return model.parameters if isinstance(model, NGram) else super().parameters_of(model)

    def count(self, token_ids: npt.NDArray[Any], vocab_size: int, work: Work, start: NGram | None = None) -> NGram:
        """A trained model: counts ids in which every document begins with `bos`; see `train_ngram`.

        With an earlier model, `start`, its counts are added.
        """
        ways = Ways(self.smoothing, self.added_count, self.min_count)
        return train_ngram(token_ids, self.order, vocab_size, work, ways, 1_000_000 * self.counting_megabytes, start)

    def grown(self, tensors: Mapping[str, npt.NDArray[Any]], pieces: Sequence[Sequence[int]]
              ) -> dict[str, npt.NDArray[Any]]:
        """The same counts for a larger vocabulary; new tokens were seen never, and get the smallest chance there is."""
        old = len(tensors["1.keys"])
        size, found = old + len(pieces), dict(tensors)
        for order in range(2, self.order + 1):
            keys = tensors[f"{order}.keys"]
            found[f"{order}.keys"] = keys // old * size + keys % old
        found["1.keys"] = np.arange(size)
        found["1.counts"] = np.pad(tensors["1.counts"], (0, len(pieces)))
        found["1.probability"] = np.pad(tensors["1.probability"], (0, len(pieces)), mode="minimum")
        if self.order > 1:
            found["2.back_off"] = np.pad(tensors["2.back_off"], (0, len(pieces)), constant_values=1)
        return found

    def build(self, vocab_size: int, seed: int) -> NGram:
        """A model that has counted nothing: all tokens are equally likely. `count` makes a real one."""
        return NGram.uniform(vocab_size, self.order)

    def load(self, vocab_size: int, tensors: Mapping[str, npt.NDArray[Any]]) -> NGram:
        """A model ready to write, made of saved tensors; strict about names, shapes and order."""
        return NGram.from_tensors(vocab_size, self.order, tensors, mixes=self.smoothing != "add-k")
