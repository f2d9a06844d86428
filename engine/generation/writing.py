"""Writing text: tokens from the sampler, whole characters from the decoder, up to the first stop text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.generation.loading import LoadedModel
from engine.generation.sampler import WrittenToken, generate
from engine.generation.spec import SamplingSpec
from engine.generation.stops import StopWatch
from engine.generation.wording import rules_of
from engine.models.language_model import LanguageModel
from engine.tokenizers.tokenizer import BOS_ID, StreamDecoder, Tokenizer


@dataclass(frozen=True, slots=True)
class Piece:
    """A written token and the text that became certain with it.

    `text` may be empty: half a character, or what may be the beginning of a stop text, waits for the next token.
    `start` and `end` are the token's characters within all that was written; they are equal while a character is
    not whole yet, and the token that completes it carries it.
    """

    token: WrittenToken
    text: str
    start: int
    end: int


def write(loaded: LoadedModel, prompt: str, spec: SamplingSpec) -> Iterator[Piece]:
    """Continue a text; the texts of the pieces together are what was written."""
    writing = Writing(loaded.model, loaded.tokenizer, [int(each) for each in loaded.tokenizer.encode(prompt)], spec)
    last: Piece | None = None
    for piece in writing:
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield replace(last, text=last.text + writing.rest)


class Writing:
    """Continues a text. Iterate to get the pieces; then `reason` and `rest` say how it ended.

    `reason` is "end" (the model ended the document), "stop" (a stop text came), "length" or "cancelled". `rest` is
    text that was held back and is certain only now; it belongs after the last piece.
    """

    def __init__(self, model: LanguageModel, tokenizer: Tokenizer, prompt_ids: Sequence[int], spec: SamplingSpec,
                 is_stopping: Callable[[], bool] = lambda: False) -> None:
        self.reason = "length"
        self.rest = ""
        self.n_tokens = 0
        self._model = model
        self._tokenizer = tokenizer
        self._prompt = [BOS_ID, *prompt_ids]
        self._spec = spec
        self._is_stopping = is_stopping

    def __iter__(self) -> Iterator[Piece]:
        decoder, watch = StreamDecoder(self._tokenizer), StopWatch(self._spec.stop)
        length = 0
        rules = rules_of(self._spec, self._tokenizer, len(self._prompt))
        for token in generate(self._model, self._prompt, self._spec, self._is_stopping, rules):
            self.n_tokens += 1
            decoded = "" if token.is_end else decoder.feed(token.id)
            yield Piece(token, watch.feed(decoded), length, length + len(decoded))
            length += len(decoded)
            if watch.stop is not None:
                self.reason = "stop"
                return
            if token.is_end:
                self.reason = "end"
        if self.reason == "length" and self.n_tokens < self._spec.max_tokens:
            self.reason = "cancelled"
        self.rest = watch.feed(decoder.finish()) + watch.finish()
