"""The warm process of the playground: `python -m engine talk` answers JSON lines on its standard input.

A request is one JSON object on a line with an `id` (text or whole number, given back in every answer) and a `verb`.
Answers are JSON objects on lines of standard output. Each request gets any number of lines of its own and then
exactly one with `done` or one with `error` ({"what", "expected", "fix", "path"}; `path` names the field at fault).
Requests are answered in their order, one at a time; `cancel` acts at once. When its input ends, the process
answers what was asked and ends; when nobody reads its answers, it ends at once.
Its first line is {"id": null, "done": {"ready": true, "process": its number}}.

    run: folder of the run    checkpoint: "best" (default), "last", "step-N", "baseline"
    A running run may be asked: "last" and "best" mean the newest at the moment of each request.

    {"id", "verb": "load", "run", "checkpoint"}
        done: MODEL = {"run", "title" (the run's name), "checkpoint", "step" (or null), "kind", "vocab_size",
        "context_length" (or null)}
    {"id", "verb": "checkpoints", "run"}
        done: {"checkpoints": [{"checkpoint": "step-N" | "baseline", "step", "loss" (nats per token on the validation
        text, or null), "is_best", "is_last"}]}
    {"id", "verb": "generate", "run", "checkpoint", "text" | "ids", "replace": {"index", "id"}, "sampling": {...}}
        Continue a text, given as text or as token ids (without the document's beginning). `replace` writes another
        token in the place of one of them and continues from there: "click an alternative". `sampling` are the
        settings of `SamplingSpec`; those left out have their defaults.
        started: {"model": MODEL, "ids", "text": what is continued, "out_of_reach": {"tokens", "characters"} of its
        beginning that the model cannot see}; then for each token
        token: {"id", "piece", "start", "end", "bits", "rank", "entropy", "is_end", "alternatives": [{"id", "piece",
        "probability", "kept"}]} with text: what became certain. `start` and `end` count characters (code points) of
        the continuation and run ahead of `text` while a stop text is possible. `probability` is before the
        sampling's filters, `kept` whether they would allow it.
        done: {"reason": "length" | "end" | "stop" | "cancelled", "rest": text still to be added, "tokens",
        "characters", "seconds", "tokens_per_second", "bits_per_byte" (or null)}
    {"id", "verb": "inspect", "run", "checkpoint", "text" | "ids", "index", "count", "sampling"}
        What was expected in the place of token `index`; without index, after the last one.
        done: {"index", "id", "piece", "bits", "rank", "entropy", "is_next", "alternatives", "others": {"count",
        "probability"}}; with is_next, `id` is the likeliest token.
    {"id", "verb": "look", "run", "checkpoint", "text" | "ids", "place", "view", "layer", "part", "temperature"}
        What goes on inside the model at token `place`, by default the last one.
        done: {"tokens": [{"id", "piece"}], "place", "views": names, "view": the one shown, "next": [{"id", "piece",
        "probability" at the temperature}]}; with a view, "shown": {"shape": "grid", "rows", "rows_are_tokens", "first":
        the token of the first column, "values" by row, "layers", "parts", "path": row of each column, "high"} or
        {"shape": "steps", "steps": [{"context", "seen", "followers", "count", "back_off", "probability"}]}; with an
        embedding, "neighbours": [{"id", "piece", "cosine"}] and "map": {"share", "points": [{"id", "piece", "x",
        "y"}]}.
    {"id", "verb": "score", "run", "checkpoint", "text", "details"}
        progress: {"done", "total"} in tokens, while it takes long;
        done: {"model": MODEL, "bits_per_byte", "perplexity", "total_bits", "bytes", "n_tokens", "tokens": [{"id",
        "piece", "start", "end", "bits", "rank", "entropy", "alternatives"}]}; the last token ends the document.
    {"id", "verb": "cancel", "request": id}
        Call back one request, or all without `request`. done: {"cancelled": how many}. A request that was called
        back ends with done {"reason": "cancelled", ...}.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

import psutil

from engine.errors import EngineError
from engine.generation.talker import Talker

MAX_LINE_BYTES = 32_000_000


class Mouth:
    """Writes answers as lines; when nobody reads them any more, `on_shut` is called and it stays silent."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.is_shut = False
        self.on_shut: Callable[[], object] = lambda: None

    def say(self, answer: dict[str, Any]) -> None:
        """Write one answer."""
        line = json.dumps(answer, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
        with self._lock:
            if self.is_shut:
                return
            try:
                self._file.write(line)
                self._file.flush()
                return
            except (OSError, ValueError):
                self.is_shut = True
        self.on_shut()


def serve(threads: int = 1) -> int:
    """Answer requests until standard input ends; returns the exit code.

    Runs on one thread at low priority unless told otherwise, so that a model in training loses little to it.
    """
    prepare(threads)
    sys.stdout.flush()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not come between the answers
    mouth = Mouth(answers)
    talker = Talker(mouth.say)
    mouth.on_shut = talker.call_back_all
    mouth.say({"id": None, "done": {"ready": True, "process": os.getpid()}})  # the first line, before any answer
    threading.Thread(target=listen, args=(talker, sys.stdin.buffer, mouth), daemon=True, name="listen").start()
    talker.answer_all()
    return 0


def prepare(threads: int) -> None:
    """Take few threads and a low priority; must run before torch is loaded."""
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process()
        if os.name == "nt":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        elif process.nice() < 10:
            process.nice(10)


def listen(talker: Talker, lines: IO[bytes], mouth: Mouth) -> None:
    """Pass lines to the talker until there are no more or nobody reads the answers."""
    while not mouth.is_shut and (line := lines.readline(MAX_LINE_BYTES)):
        if line.endswith(b"\n") or len(line) < MAX_LINE_BYTES:
            if line.strip():
                talker.hear(line)
            continue
        while line and not line.endswith(b"\n"):
            line = lines.readline(MAX_LINE_BYTES)
        talker.refuse(EngineError(f"A request is longer than {MAX_LINE_BYTES} bytes.", "", "Send a shorter text."))
    talker.close()
