"""What the model writes along the run: always the same beginning and the same chance, so that samples compare."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.events import SampleWritten
from engine.generation.sampler import generate
from engine.generation.spec import SamplingSpec
from engine.models.language_model import LanguageModel
from engine.tokenizers.tokenizer import BOS_ID, Tokenizer

_PIECES_PER_SECOND = 10
_PROMPT_TOKENS = 12


@dataclass(frozen=True)
class SampleWriter:
    """Writes samples from one prompt. `ids` are the prompt's tokens, the document's beginning first."""

    tokenizer: Tokenizer
    prompt: str
    ids: tuple[int, ...]
    spec: SamplingSpec

    def with_prompt(self, prompt: str) -> SampleWriter:
        """The same writer with another prompt, which may be empty."""
        return replace(self, prompt=prompt, ids=(BOS_ID, *map(int, self.tokenizer.encode(prompt))))

    def write(self, model: LanguageModel, step: int, is_stopping: Callable[[], bool]) -> Iterator[SampleWritten]:
        """Pieces of one sample, at most ten a second; the last one is marked done. Touches no other chance."""
        written: list[int] = []
        last = time.monotonic()
        for token in generate(model, self.ids, self.spec, is_stopping):
            if token.is_end:
                break
            written.append(token.id)
            if time.monotonic() - last > 1 / _PIECES_PER_SECOND:
                last = time.monotonic()
                yield self._piece(step, written, done=False)
        yield self._piece(step, written, done=True)

    def _piece(self, step: int, written: Sequence[int], done: bool) -> SampleWritten:
        text = self.tokenizer.decode([*self.ids[1:], *written])[len(self.tokenizer.decode(list(self.ids[1:]))):]
        return SampleWritten(step=step, prompt=self.prompt, text=text.rstrip("\ufffd"), seed=self.spec.seed, done=done)


def sample_writer(tokenizer: Tokenizer, prompt: str | None, validation: npt.NDArray[np.unsignedinteger],
                  starts: npt.NDArray[np.int64], seed: int, max_tokens: int) -> SampleWriter:
    """A writer for a prompt, or for the first words of a document of the validation split (ids and starts)."""
    writer = SampleWriter(tokenizer, "", (BOS_ID,), SamplingSpec(max_tokens=max_tokens, seed=seed))
    return writer.with_prompt(prompt if prompt is not None else _first_words(tokenizer, validation, starts))


def _first_words(tokenizer: Tokenizer, ids: npt.NDArray[np.unsignedinteger], starts: npt.NDArray[np.int64]) -> str:
    """The beginning of the first document that is long enough, cut before a word that is not whole."""
    ends = [*(int(each) for each in starts[1:]), len(ids)]
    long_enough = [int(start) for start, end in zip(starts, ends, strict=True) if end - start > 4 * _PROMPT_TOKENS]
    start = long_enough[0] if long_enough else int(starts[0]) if len(starts) else 0
    text = tokenizer.decode([int(each) for each in ids[start + 1:start + 1 + _PROMPT_TOKENS]]).rstrip("\ufffd")
    text = text.partition("\n\n")[0].strip("\n")
    words, space, _ = text.rpartition(" ")
    return words if space and len(words) > 8 else text
