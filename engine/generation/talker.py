"""The playground's answers: takes requests one after another, keeps two models warm, survives every request."""

from __future__ import annotations

import json
import math
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from engine.errors import EngineError
from engine.generation.loading import LoadedModel, WarmModels, checkpoints_of
from engine.generation.request import (
    GenerateRequest,
    InspectRequest,
    LoadRequest,
    RunRequest,
    ScoreRequest,
)
from engine.generation.sampler import Alternative, check_ids, described, filtered
from engine.generation.scoring import out_of_reach, score_text
from engine.generation.writing import Piece, Writing
from engine.settings import from_plain
from engine.tokenizers.tokenizer import BOS_ID, clean_surrogates
from engine.work import Stopped, Work

Say = Callable[[dict[str, Any]], None]


@dataclass
class Question:
    """A request on its way: its id, what it asks, and whether it was called back."""

    id: str | int | None
    verb: str
    values: dict[str, Any]
    called_back: threading.Event = field(default_factory=threading.Event)


class Talker:
    """Hears requests as lines, in one thread, and answers them in another; `say` gets every answer as an object."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._models = WarmModels()
        self._waiting: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._open: list[Question] = []
        self._lock = threading.Lock()
        self._verbs = {"load": self._load, "checkpoints": self._checkpoints, "generate": self._generate,
                       "inspect": self._inspect, "score": self._score}

    def hear(self, line: bytes | str) -> None:
        """Take one request; `cancel` acts at once, all others wait their turn. Wrong requests are answered too."""
        identity: Any = None
        try:
            asked = json.loads(line, parse_constant=_refuse_constant)
            if not isinstance(asked, dict):
                raise EngineError("A request is one JSON object on a line.", "", "")
            identity = asked.pop("id", None)
            question = self._question(identity, asked)
        except EngineError as error:
            self._say_error(identity if isinstance(identity, str | int | None) else None, error)
        except (ValueError, RecursionError) as error:
            self._say_error(None, EngineError(f"A request could not be read: {error}.",
                                              "One JSON object on a line, in UTF-8, was expected.", ""))
        else:
            if question.verb == "cancel":
                self._cancel(question)
                return
            with self._lock:
                self._open.append(question)
            self._waiting.put(question)

    def refuse(self, error: EngineError) -> None:
        """Answer something that could not even be heard."""
        self._say_error(None, error)

    def close(self) -> None:
        """End `answer_all` after what was asked so far."""
        self._waiting.put(None)

    def call_back_all(self) -> int:
        """End all open requests as soon as can be; returns how many there are."""
        with self._lock:
            for question in self._open:
                question.called_back.set()
            return len(self._open)

    def answer_all(self) -> None:
        """Answer requests, in their order, until `close`."""
        while (question := self._waiting.get()) is not None:
            self.answer(question)

    def answer(self, question: Question) -> None:
        """Answer one request: lines as they come, then exactly one `done` or `error`."""
        try:
            if question.called_back.is_set():
                raise Stopped
            self._say({"id": question.id, "done": self._verbs[question.verb](question)})
        except Stopped:
            self._say({"id": question.id, "done": {"reason": "cancelled"}})
        except EngineError as error:
            self._say_error(question.id, error)
        except OSError as error:
            self._say_error(question.id, EngineError(f"{error.filename} could not be read: {error.strerror}.", "",
                                                     "Check that the disk and the folder are still there."))
        except MemoryError:
            self._models.forget()
            self._say_error(question.id, EngineError("This machine ran out of memory.", "",
                                                     "Choose a smaller model or text, or close other programs."))
        except Exception as error:  # the edge of a process that others rely on: one bad request must not end it
            traceback.print_exc(file=sys.stderr)
            self._say_error(question.id, EngineError(f"Wenlu has a fault in itself: {type(error).__name__}: {error}.",
                                                     "Other requests are still answered.", ""))
        finally:
            with self._lock:
                self._open.remove(question)

    def _question(self, identity: Any, asked: dict[str, Any]) -> Question:
        if not isinstance(identity, str | int | None) or isinstance(identity, bool):
            raise EngineError("The id of a request is a text or a whole number.", "", "")
        verb = asked.pop("verb", None)
        known = [*self._verbs, "cancel"]
        if not isinstance(verb, str) or verb not in known:
            raise EngineError(f"{verb!r:.80} is not a verb.", f"One of {', '.join(known)} was expected.", "")
        return Question(identity, verb, asked)

    def _cancel(self, question: Question) -> None:
        """Call back the request named by `request`, or all."""
        with self._lock:
            met = [each for each in self._open
                   if "request" not in question.values or each.id == question.values["request"]]
            for each in met:
                each.called_back.set()
        self._say({"id": question.id, "done": {"cancelled": len(met)}})

    def _say_error(self, identity: str | int | None, error: EngineError) -> None:
        self._say({"id": identity, "error": {"what": error.what, "expected": error.expected, "fix": error.fix,
                                             "path": list(error.path)}})

    def _model(self, request: LoadRequest) -> LoadedModel:
        return self._models.get(request.run, request.checkpoint)

    def _load(self, question: Question) -> dict[str, Any]:
        return about(self._model(from_plain(LoadRequest, question.values)))

    def _checkpoints(self, question: Question) -> dict[str, Any]:
        request = from_plain(RunRequest, question.values)
        return {"checkpoints": [{"checkpoint": each.which, "step": each.step, "loss": each.loss,
                                 "is_best": each.is_best, "is_last": each.is_last}
                                for each in checkpoints_of(request.run)]}

    def _generate(self, question: Question) -> dict[str, Any]:
        request = from_plain(GenerateRequest, question.values)
        request.sampling.require_valid()
        loaded = self._model(request)
        ids = request.ids_by(loaded.tokenizer.encode)
        if request.replace is not None:
            ids = _replaced(ids, request.replace.index, request.replace.id)
        check_ids([BOS_ID, *ids], loaded.model.vocab_size)
        self._say({"id": question.id, "started": {
            "model": about(loaded), "ids": ids, "text": loaded.tokenizer.decode(ids),
            "out_of_reach": unseen(loaded, ids)}})
        writing = Writing(loaded.model, loaded.tokenizer, ids, request.sampling, question.called_back.is_set)
        began, written, bits, places = time.monotonic(), [], 0.0, 0
        for piece in writing:
            written.append(piece.text)
            bits, places = bits + piece.token.bits, piece.end
            self._say({"id": question.id, "token": told(loaded, piece), "text": piece.text})
        seconds = max(time.monotonic() - began, 1e-9)
        written.append(writing.rest)
        size_bytes = len("".join(written).encode())
        return {"reason": writing.reason, "rest": writing.rest, "tokens": writing.n_tokens, "characters": places,
                "seconds": seconds, "tokens_per_second": writing.n_tokens / seconds,
                "bits_per_byte": bits / size_bytes if size_bytes else None}

    def _inspect(self, question: Question) -> dict[str, Any]:
        request = from_plain(InspectRequest, question.values)
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

    def _score(self, question: Question) -> dict[str, Any]:
        request = from_plain(ScoreRequest, question.values)
        loaded = self._model(request)
        work = Work(lambda event: self._say({"id": question.id, "progress": {
            "done": getattr(event, "done", 0), "total": getattr(event, "total", None)}}), question.called_back.is_set)
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


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
