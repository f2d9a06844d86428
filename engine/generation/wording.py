"""What may be written, as texts: some never, or nothing but one of a few answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.generation.filter import Rule, Scores, kept_only
from engine.generation.spec import SamplingSpec
from engine.tokenizers.tokenizer import EOS_ID, Tokenizer


def rules_of(spec: SamplingSpec, tokenizer: Tokenizer, prompt_length: int) -> list[Rule]:
    """The rules that a spec's texts ask for, to be applied before its filters."""
    contents = [tokenizer.piece_bytes(each) for each in range(tokenizer.vocab_size)] if spec.ban or spec.choose else []
    rules: list[Rule] = []
    if spec.choose:
        rules.append(OneOf(contents, spec.choose, prompt_length))
    if spec.ban:
        rules.append(Banned(contents, spec.ban))
    return rules


class Banned:
    """No token is written that would complete one of these texts, however the tokenizer cuts them.

    `contents` are the bytes that each id adds to the text.
    """

    def __init__(self, contents: Sequence[bytes], texts: Sequence[str]) -> None:
        self._contents = contents
        self._completing: list[tuple[bytes, np.ndarray[tuple[int], np.dtype[np.intp]]]] = []
        for text in texts:
            banned = text.encode()
            whole = [each for each, content in enumerate(contents) if banned in content]
            self._completing.append((b"", np.array(whole, dtype=np.intp)))
            for cut in range(1, len(banned)):
                rest = [each for each, content in enumerate(contents) if content.startswith(banned[cut:])]
                if rest:
                    self._completing.append((banned[:cut], np.array(rest, dtype=np.intp)))
        self._longest = max(len(begun) for begun, _ in self._completing) if self._completing else 0

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores without the completing tokens; the end of the document is always left."""
        tail, place = b"", len(written)
        while place and len(tail) < self._longest:
            place -= 1
            tail = self._contents[written[place]] + tail
        result = scores.copy()
        for begun, ids in self._completing:
            if tail.endswith(begun):
                result[ids] = -np.inf
        return result if np.isfinite(result.max()) else kept_only(np.zeros_like(scores), np.array([EOS_ID]))


class OneOf:
    """What is written after the prompt is one of these texts, then the document ends."""

    def __init__(self, contents: Sequence[bytes], texts: Sequence[str], prompt_length: int) -> None:
        self._contents = contents
        self._answers = [text.encode() for text in texts]
        self._prompt_length = prompt_length

    def apply(self, scores: Scores, written: Sequence[int]) -> Scores:
        """Scores of the tokens that go on with an answer; of the end where one is whole or none can be gone on with."""
        begun = b"".join(self._contents[each] for each in written[self._prompt_length:])
        rests = [answer[len(begun):] for answer in self._answers if answer.startswith(begun)]
        allowed = [each for each, content in enumerate(self._contents)
                   if content and any(rest.startswith(content) for rest in rests)]
        if b"" in rests or not allowed:
            allowed.append(EOS_ID)
        result = kept_only(scores, np.array(allowed, dtype=np.intp))
        return result if np.isfinite(result.max()) else kept_only(np.zeros_like(scores), np.array(allowed[-1:]))
