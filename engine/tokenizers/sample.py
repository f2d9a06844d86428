"""The part of a corpus that a tokenizer learns from: short pieces of text in a file of bounded size."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from engine.errors import EngineError
from engine.randomness import generator_for
from engine.work import Work

SAMPLE_BYTES = 20_000_000
"""Enough for 16 000 pieces; learning BPE takes up to 42 times as much memory for Chinese text."""

PIECE_CHARACTERS = 2_000
"""sentencepiece leaves out longer lines (4 192 bytes, raised by us to 1 000 000) without a word."""

_UNUSABLE = re.compile("[\n\0\u2581\u2585]")
"""Line ends, and characters for which sentencepiece would leave out the whole line."""

_SENTENCE_END = re.compile(r"[.!?。！？…；;][\"'”’」』）)]*")


_FOLDER = "wenlu-sample-"


@dataclass
class Sample:
    """Text to learn from: one piece a line in `path`, and how often each character occurs in it."""

    path: Path
    size_bytes: int = 0
    text_bytes: int = 0  # of all texts, not only of the sample
    characters: Counter[str] = field(default_factory=Counter)

    def pieces(self) -> Iterator[str]:
        """The pieces again, one by one."""
        with open(self.path, encoding="utf-8", newline="\n") as file:
            for line in file:
                yield line[:-1]

    def covering(self, share: float) -> int:
        """How many of the most frequent characters make up this share of the text."""
        wanted, count, total = share * self.characters.total(), 0, 0
        for _, times in self.characters.most_common():
            if total >= wanted:
                break
            total += times
            count += 1
        return count

    def with_characters(self, number: int) -> Path:
        """A file of the same text, cut wherever a character is not among the most frequent ones.

        sentencepiece's own character_coverage cannot go below 0.98, which is too much for small vocabularies.
        """
        rare = {ord(character): "\n" for character, _ in self.characters.most_common()[number:]}
        if not rare:
            return self.path
        path = self.path.with_name("kept.txt")
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(piece.translate(rare) + "\n" for piece in self.pieces())
        return path


@contextlib.contextmanager
def gathered(texts: Iterable[str], text_bytes: int, work: Work, limit: int = SAMPLE_BYTES) -> Iterator[Sample]:
    """Read all texts once and keep a fair share of their pieces, at most about `limit` bytes.

    `text_bytes` is the size of all texts, as far as it is known. Raises EngineError when there is no text.
    """
    chance = generator_for(0, "tokenizer-sample")
    share = min(1.0, limit / max(1, text_bytes))
    _sweep()
    with tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-") as folder:
        sample = Sample(Path(folder) / "sample.txt")
        with open(sample.path, "wb") as file:
            for text in texts:
                for piece in cut(text):
                    sample.text_bytes += len(piece.encode("utf-8", "replace")) + 1
                    if share < 1 and (chance.random() >= share or sample.size_bytes >= 2 * limit):
                        continue
                    line = piece.encode("utf-8", "replace") + b"\n"
                    file.write(line)
                    sample.size_bytes += len(line)
                    sample.characters.update(piece)
                work.progress("tokenizer", min(sample.text_bytes, text_bytes), text_bytes, "bytes")
        if not sample.characters:
            raise EngineError("There is no text to learn a tokenizer from.", "At least one line was expected.",
                              "Add text, or check what cleaning removed.")
        yield sample


def _sweep() -> None:
    """Remove what killed processes left: a sample is the user's text."""
    for left in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        process = left.name.removeprefix(_FOLDER).partition("-")[0]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def cut(text: str, limit: int = PIECE_CHARACTERS) -> Iterator[str]:
    """Lines of a text, longer ones cut after a sentence, else before a space, else anywhere."""
    for line in _UNUSABLE.split(text):
        while len(line) > limit:
            ends = [match.end() for match in _SENTENCE_END.finditer(line, 0, limit)]
            place = (ends[-1] if ends else 0) or line.rfind(" ", 1, limit)
            place = place if place > 0 else limit
            yield line[:place]
            line = line[place:]
        if line:
            yield line
