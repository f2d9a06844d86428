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
from engine.tokenizers.token_file import TokenFile
from engine.tokenizers.tokenizer import BOS_ID, Tokenizer
from engine.training.spec import TrainSpec

_PIECES_PER_SECOND = 10
_PROMPT_TOKENS = 16
_DOCUMENTS_LOOKED_AT = 200
_QUESTIONS_LOOKED_AT = 5


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


def sample_writer(tokenizer: Tokenizer, spec: TrainSpec, validation: TokenFile) -> SampleWriter:
    """A writer for the prompt that was set, or for the first words of a document of the validation split."""
    writer = SampleWriter(tokenizer, "", (BOS_ID,), SamplingSpec(max_tokens=spec.sample_tokens, seed=spec.seed))
    return writer.with_prompt(spec.sample_prompt if spec.sample_prompt is not None
                              else _first_words(tokenizer, validation))


def _first_words(tokenizer: Tokenizer, validation: TokenFile) -> str:
    """The beginning of the first document that is long enough, cut before a word that is not whole.

    Where a task wants only a part learned, the whole of what comes before that, as it is when the model is to answer.
    """
    if validation.mask is not None:
        return _first_question(tokenizer, validation, validation.mask)
    numbers = range(min(validation.documents, _DOCUMENTS_LOOKED_AT))
    long_enough = (each for each in numbers if len(validation.document(each)) > 4 * _PROMPT_TOKENS)
    document = validation.document(next(long_enough, 0))
    text = tokenizer.decode(document[1:1 + _PROMPT_TOKENS].tolist()).rstrip("\ufffd")
    words, space, _ = text.lstrip().rpartition(" ")
    return words if space and len(words) > 8 else text.strip()


def _first_question(tokenizer: Tokenizer, validation: TokenFile, mask: npt.NDArray[np.uint8]) -> str:
    """What comes before the first learned token of a document, the shortest of a few."""
    prompts = []
    for number in range(min(validation.documents, _QUESTIONS_LOOKED_AT)):
        ids, start = validation.document(number), int(validation.document_starts[number])
        learned = np.flatnonzero(mask[start:start + len(ids)])
        if learned.size and learned[0] > 1:
            prompts.append(ids[1:learned[0]])
    return tokenizer.decode(min(prompts, key=len).tolist()) if prompts else ""
