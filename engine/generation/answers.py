"""What the playground is answered: one method a verb, plain data in and out; see `talk` for the protocol."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, NoReturn

from engine.errors import EngineError
from engine.generation.loading import LoadedModel, WarmModels, checkpoints_of
from engine.generation.looking import LookRequest, look
from engine.generation.request import GenerateRequest, InspectRequest, LoadRequest, RunRequest, ScoreRequest
from engine.generation.sampler import Alternative, check_ids, described, filtered
from engine.generation.scoring import out_of_reach, score_text
from engine.generation.writing import Piece, Writing
from engine.settings import from_plain
from engine.tokenizers.tokenizer import BOS_ID, clean_surrogates
from engine.work import Work

Values = dict[str, Any]
Say = Callable[[dict[str, Any]], None]
Verb = Callable[[Values, Say, Callable[[], bool]], dict[str, Any]]


class Answers:
    """Keeps the models used last warm. Every verb takes the values of a request, says lines on the way and returns
    what it is done with; it raises EngineError or Stopped.
    """

    def __init__(self) -> None:
        self.models = WarmModels()

    def verbs(self) -> dict[str, Verb]:
        """The verbs by name."""
        return {"load": self.load, "checkpoints": self.checkpoints, "generate": self.generate,
                "inspect": self.inspect, "score": self.score, "look": self.look}

    def _model(self, request: LoadRequest) -> LoadedModel:
        return self.models.get(request.run, request.checkpoint)

    def load(self, values: Values, say: Say, is_stopping: Callable[[], bool]) -> dict[str, Any]:
        """Have a model ready."""
        return about(self._model(from_plain(LoadRequest, values)))

    def checkpoints(self, values: Values, say: Say, is_stopping: Callable[[], bool]) -> dict[str, Any]:
        """What a run has."""
        request = from_plain(RunRequest, values)
        return {"checkpoints": [{"checkpoint": each.which, "step": each.step, "loss": each.loss,
                                 "is_best": each.is_best, "is_last": each.is_last}
                                for each in checkpoints_of(request.run)]}

    def generate(self, values: Values, say: Say, is_stopping: Callable[[], bool]) -> dict[str, Any]:
        """Continue a text, token by token."""
        request = from_plain(GenerateRequest, values)
        request.sampling.require_valid()
        loaded = self._model(request)
        ids = request.ids_by(loaded.tokenizer.encode)
        if request.replace is not None:
            ids = _replaced(ids, request.replace.index, request.replace.id)
        check_ids([BOS_ID, *ids], loaded.model.vocab_size)
        say({"started": {
            "model": about(loaded), "ids": ids, "text": loaded.tokenizer.decode(ids),
            "out_of_reach": unseen(loaded, ids)}})
        writing = Writing(loaded.model, loaded.tokenizer, ids, request.sampling, is_stopping)
        began, written, bits, places = time.monotonic(), [], 0.0, 0
        for piece in writing:
            written.append(piece.text)
            bits, places = bits + piece.token.bits, piece.end
            say({"token": told(loaded, piece), "text": piece.text})
        seconds = max(time.monotonic() - began, 1e-9)
        written.append(writing.rest)
        size_bytes = len("".join(written).encode())
        return {"reason": writing.reason, "rest": writing.rest, "tokens": writing.n_tokens, "characters": places,
                "seconds": seconds, "tokens_per_second": writing.n_tokens / seconds,
                "bits_per_byte": bits / size_bytes if size_bytes else None}

    def inspect(self, values: Values, say: Say, is_stopping: Callable[[], bool]) -> dict[str, Any]:
        """What was expected in one place."""
        request = from_plain(InspectRequest, values)
        loaded = self._model(request)
        ids = request.ids_by(loaded.tokenizer.encode)
        index = len(ids) if request.index is None else request.index
        if index > len(ids):
            _no_token(index, len(ids))
        before = [BOS_ID, *ids[:index]]
        check_ids([*before, *ids[index:index + 1]], loaded.model.vocab_size)
        log_probs, _ = loaded.model.next_log_probs(before)
        scores = None if request.sampling is None else filtered(log_probs, request.sampling.filters(), before)
        chosen = ids[index] if index < len(ids) else int(log_probs.argmax())
        found = described(log_probs, chosen, scores, request.count)
        shown = sum(each.probability for each in found.alternatives)
        return {"index": index, "id": chosen, "piece": loaded.tokenizer.piece(chosen), "bits": _number(found.bits),
                "rank": found.rank, "entropy": found.entropy, "is_next": index == len(ids),
                "alternatives": listed(loaded, found.alternatives),
                "others": {"count": len(log_probs) - len(found.alternatives), "probability": max(0.0, 1 - shown)}}

    def look(self, values: Values, say: Say, is_stopping: Callable[[], bool]) -> dict[str, Any]:
        """What goes on inside at one token."""
        request = from_plain(LookRequest, values)
        return look(self._model(request), request)

    def score(self, values: Values, say: Say, is_stopping: Callable[[], bool]) -> dict[str, Any]:
        """How expected each token of a text is."""
        request = from_plain(ScoreRequest, values)
        loaded = self._model(request)
        work = Work(lambda event: say({"progress": {
            "done": getattr(event, "done", 0), "total": getattr(event, "total", None)}}), is_stopping)
        score = score_text(loaded.model, loaded.tokenizer, clean_surrogates(request.text), work, request.details)
        tokens = [{"id": each.id, "piece": loaded.tokenizer.piece(each.id), "start": each.start, "end": each.end,
                   "bits": _number(each.bits), "rank": each.rank, "entropy": each.entropy,
                   "alternatives": listed(loaded, each.alternatives)} for each in score.tokens]
        return {"model": about(loaded), "bits_per_byte": _number(score.bits_per_byte), "perplexity": score.perplexity,
                "total_bits": _number(score.total_bits), "bytes": score.size_bytes, "n_tokens": score.n_tokens,
                "tokens": tokens}


def about(loaded: LoadedModel) -> dict[str, Any]:
    """Which model answers."""
    return {"run": str(loaded.run), "title": loaded.run.name, "checkpoint": loaded.which, "step": loaded.step,
            "kind": loaded.kind, "vocab_size": loaded.model.vocab_size, "context_length": loaded.context_length}


def told(loaded: LoadedModel, piece: Piece) -> dict[str, Any]:
    """A written token as plain data."""
    token = piece.token
    return {"id": token.id, "piece": loaded.tokenizer.piece(token.id), "start": piece.start, "end": piece.end,
            "bits": _number(token.bits), "rank": token.rank, "entropy": token.entropy, "is_end": token.is_end,
            "alternatives": listed(loaded, token.alternatives)}


def listed(loaded: LoadedModel, alternatives: tuple[Alternative, ...]) -> list[dict[str, Any]]:
    """Alternatives as plain data, likeliest first."""
    return [{"id": each.id, "piece": loaded.tokenizer.piece(each.id), "probability": each.probability,
             "kept": each.kept} for each in alternatives]


def unseen(loaded: LoadedModel, ids: list[int]) -> dict[str, int]:
    """How many tokens and characters at the beginning of a prompt the model cannot see."""
    count = max(0, out_of_reach(loaded.model, len(ids) + 1) - 1)
    return {"tokens": count, "characters": len(loaded.tokenizer.decode(ids[:count]))}


def _replaced(ids: list[int], index: int, token: int) -> list[int]:
    if index > len(ids):
        _no_token(index, len(ids))
    return [*ids[:index], token]


def _no_token(index: int, count: int) -> NoReturn:
    raise EngineError(f"The text has no token {index}.", f"It has {count} tokens, counted from 0.",
                      "Ask again with the text as it is now.", path=("index",))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
