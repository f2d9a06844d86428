"""Learning pieces with sentencepiece, in the one recipe that every foreign reader reproduces exactly.

Identity normalisation, no dummy prefix, white space kept, byte fallback: texts come back from their ids unchanged,
and `transformers` and llama.cpp give the same ids (2 332 hostile strings, no difference).
"""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path
from typing import Any

import sentencepiece

from engine.errors import EngineError
from engine.tokenizers.advice import META_PIECES
from engine.tokenizers.sample import Sample
from engine.work import Work

_RECIPE: dict[str, Any] = {
    "normalization_rule_name": "identity", "remove_extra_whitespaces": False, "add_dummy_prefix": False,
    "unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": 3, "unk_surface": "\ufffd",
    "max_sentence_length": 1_000_000, "character_coverage": 1.0, "minloglevel": 3,
    "required_chars": "\u2581",  # the space, also where the text has none
}

_TOO_HIGH = re.compile(r"Vocabulary size (?:is )?too high \(\d+\)\. Please set it to a value <= (\d+)")


def learn(path: Path, work: Work, **settings: Any) -> bytes:
    """Learn a sentencepiece model from a file; returns the model's bytes.

    When fewer pieces exist than asked for, all that exist are taken. sentencepiece tells no progress and cannot be
    interrupted: it runs in a thread while this one listens, and when the user stops, Stopped is raised at once and
    the thread ends with the process, which is the job's own.
    """
    for _ in range(3):
        model, problem = _in_thread(path, {**_RECIPE, **settings}, work)
        if not problem:
            return model
        possible = _TOO_HIGH.search(problem)
        if not possible:
            break
        settings["vocab_size"] = int(possible[1])
    raise EngineError("The tokenizer could not be learned.", f"sentencepiece says: {problem}.",
                      "Choose another vocabulary size or another kind.")


def _in_thread(path: Path, settings: dict[str, Any], work: Work) -> tuple[bytes, str]:
    written = io.BytesIO()
    problems: list[str] = []

    def run() -> None:
        try:
            with open(path, encoding="utf-8", newline="\n") as lines:  # a path given would stay in the model for good
                sentencepiece.SentencePieceTrainer.train(
                    sentence_iterator=(line[:-1] for line in lines), model_writer=written, **settings)
        except (RuntimeError, OSError, ValueError) as error:
            problems.append(str(error) or type(error).__name__)

    thread = threading.Thread(target=run, name="sentencepiece", daemon=True)
    began = work.clock()
    thread.start()
    while thread.is_alive():
        thread.join(0.05)
        work.progress("tokenizer", int(work.clock() - began), None, "seconds")
    return written.getvalue(), problems[0] if problems else ""


def characters_kept(sample: Sample, vocab_size: int, n_symbols: int, byte_fallback: bool) -> int:
    """How many characters get a piece of their own.

    All but the rarest ones (99.95 % of the text for scripts with thousands of characters, else 99.99 %), and never
    more than eight ninths of the vocabulary, so that there is room to merge; the others are spelled in bytes.
    """
    meta = (META_PIECES if byte_fallback else 4) + n_symbols
    wanted = sample.covering(0.9995 if len(sample.characters) > 1_000 else 0.9999)
    return min(wanted, max(1, (vocab_size - meta) * 8 // 9))
