"""Answers in the shapes of OpenAI's interface (API reference, 2026)."""

from __future__ import annotations

import math
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.generation.loading import LoadedModel
from engine.serving.courses import Told

Plain = dict[str, Any]


@dataclass(frozen=True)
class Usage:
    """How many tokens were read and written."""

    prompt_tokens: int
    completion_tokens: int

    def plain(self) -> Plain:
        """As clients know it."""
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens,
                "total_tokens": self.prompt_tokens + self.completion_tokens}


class Reply(ABC):
    """Makes the objects of one answer, whole or in chunks; both say the same."""

    kind = ""
    chunk_kind = ""
    prefix = ""

    def __init__(self, loaded: LoadedModel, model: str, top: int | None, note: str | None = None) -> None:
        self._loaded, self._top = loaded, top
        self._head: Plain = {"id": f"{self.prefix}-{uuid.uuid4().hex}", "created": int(time.time()), "model": model,
                             "system_fingerprint": f"step-{loaded.step}" if loaded.step is not None else loaded.which}
        if note is not None:
            self._head["note"] = note
        self._offsets: dict[int, int] = {}

    def whole(self, choices: Sequence[Plain], usage: Usage) -> Plain:
        """An answer at once."""
        return {**self._head, "object": self.kind, "choices": list(choices), "usage": usage.plain()}

    def chunk(self, choices: Sequence[Plain], usage: Usage | None = None) -> Plain:
        """A part of an answer; the one with `usage` has no choices."""
        made = {**self._head, "object": self.chunk_kind, "choices": list(choices)}
        return made if usage is None else {**made, "usage": usage.plain()}

    @abstractmethod
    def choice(self, index: int, text: str, told: Sequence[Told], reason: str | None) -> Plain:
        """One of the answers, whole."""

    @abstractmethod
    def delta(self, index: int, text: str, told: Sequence[Told], reason: str | None, is_first: bool = False) -> Plain:
        """What one of the answers grows by."""

    def _name(self, token: int) -> str:
        return self._loaded.tokenizer.piece(token)


class CompletionReply(Reply):
    """Plain completions."""

    kind = chunk_kind = "text_completion"
    prefix = "cmpl"

    def choice(self, index: int, text: str, told: Sequence[Told], reason: str | None) -> Plain:
        """Text, the figures of its tokens, and why it ended."""
        return {"index": index, "text": text, "logprobs": self._figures(index, told), "finish_reason": reason}

    def delta(self, index: int, text: str, told: Sequence[Told], reason: str | None, is_first: bool = False) -> Plain:
        """A part has the same shape."""
        return self.choice(index, text, told, reason)

    def _figures(self, index: int, told: Sequence[Told]) -> Plain | None:
        if self._top is None:
            return None
        offsets = []
        for each in told:
            offsets.append(self._offsets.get(index, 0))
            self._offsets[index] = offsets[-1] + len(each.text)
        return {"tokens": [self._name(each.id) for each in told],
                "token_logprobs": [each.log_prob for each in told],
                "top_logprobs": [None if each.log_prob is None else self._top_of(each) for each in told],
                "text_offset": offsets}

    def _top_of(self, each: Told) -> dict[str, float]:
        found = {self._name(other.id): _log(other.probability) for other in each.alternatives[:self._top]}
        if each.log_prob is not None:  # the same float in both places: programs compare them to see what was likeliest
            found[self._name(each.id)] = each.log_prob
        return found


class ChatReply(Reply):
    """Turns of a conversation."""

    kind = "chat.completion"
    chunk_kind = "chat.completion.chunk"
    prefix = "chatcmpl"

    def choice(self, index: int, text: str, told: Sequence[Told], reason: str | None) -> Plain:
        """A message, the figures of its tokens, and why it ended."""
        return {"index": index, "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": self._figures(told), "finish_reason": reason}

    def delta(self, index: int, text: str, told: Sequence[Told], reason: str | None, is_first: bool = False) -> Plain:
        """What the message grows by; the first says whose it is."""
        grown: Plain = {"role": "assistant", "content": text} if is_first else {"content": text} if text else {}
        return {"index": index, "delta": grown, "logprobs": self._figures(told) if told else None,
                "finish_reason": reason}

    def _figures(self, told: Sequence[Told]) -> Plain | None:
        if self._top is None:
            return None
        return {"content": [{**self._entry(each.id, each.log_prob or 0.0), "top_logprobs": [
            self._entry(other.id, _log(other.probability)) for other in each.alternatives[:self._top]]}
            for each in told], "refusal": None}

    def _entry(self, token: int, log_prob: float) -> Plain:
        return {"token": self._name(token), "logprob": log_prob,
                "bytes": list(self._loaded.tokenizer.piece_bytes(token)) or None}


def error(message: str, type: str = "invalid_request_error", param: str | None = None,
          code: str | None = None) -> Plain:
    """Every error has this shape."""
    return {"error": {"message": message, "type": type, "param": param, "code": code}}


def _log(probability: float) -> float:
    return math.log(probability) if probability > 0 else -9999.0

