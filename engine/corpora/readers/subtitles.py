"""Subtitles."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from engine.corpora import pieces
from engine.corpora.document import Document, Skipped
from engine.corpora.files import TextFile
from engine.corpora.layout import join
from engine.corpora.parts import Part, documents_of
from engine.corpora.reader import Reader

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[,.](\d{1,3})"
_TIMES = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}")
_TAGS = re.compile(r"</?[^\W\d][^<>]{0,200}>|<\d[\d:.]{3,12}>|\{\\[^{}]{0,200}\}|\{[yY]:[^{}]{0,20}\}")
_END = re.compile("[.!?。！？…♪][\"'”’」』）)]*$|[\\]）)】]$")
_SPEAKER = re.compile(r"^\s*[-–—‐]\s*\S|^\s*>>|^[^\W\d_]{2,20}:\s")
_PAUSE_SECONDS = 3.0
_LONG_PAUSE_SECONDS = 15.0


class Cue(NamedTuple):
    """What is shown at one time: from and to in seconds, and its lines."""

    begin: float
    end: float
    lines: tuple[str, ...]


class SubtitlesReader(Reader, kind="subtitles", title="Subtitles"):
    """Read what is said in subtitles: sentences that run over several of them are joined, numbers and times left out.

    Source: SubRip and WebVTT (W3C). Sounds in brackets, such as [door slams], stay: they are text as well.
    """

    extensions = (".srt", ".vtt")
    magic = (b"WEBVTT",)
    in_process = True

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document with a line a sentence or speaker, and a blank line at a long pause."""
        flow = (Part(text) for text in pieces.whole(line + "\n" for line in sentences(cues(file.pieces()))))
        yield from documents_of((Part(part.text.rstrip("\n")) for part in flow), file.options.documents, {})


def cues(text: Iterable[str]) -> Iterator[Cue]:
    """The cues of SubRip or WebVTT; text before a line with times belongs to none."""
    begin = end = 0.0
    gathered: list[str] | None = None
    for line in pieces.lines(text, 10_000):
        times = _TIMES.match(line)
        if times:
            if gathered:
                yield Cue(begin, end, tuple(gathered))
            begin, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
            gathered = []
        elif gathered is not None:
            if not line.strip():
                yield Cue(begin, end, tuple(gathered))
                gathered = None
            elif shown := " ".join(html.unescape(_TAGS.sub("", line)).split()):
                gathered.append(shown)
    if gathered:
        yield Cue(begin, end, tuple(gathered))


def _seconds(parts: Iterable[str | None]) -> float:
    hours, minutes, seconds, thousandths = (part or "0" for part in parts)
    return 3600 * int(hours) + 60 * int(minutes) + int(seconds) + int(thousandths.ljust(3, "0")) / 1000


def sentences(found: Iterable[Cue]) -> Iterator[str]:
    """What is said, a sentence or a speaker a line; lines that roll from one cue into the next come once."""
    line = ""
    last: Cue | None = None
    for cue in found:
        rolled = set(last.lines) if last is not None and cue.begin - last.end < 0.5 else set()
        pause = cue.begin - last.end if last is not None else 0.0
        for shown in cue.lines:
            if shown in rolled:
                continue
            if line and not _END.search(line) and not _SPEAKER.match(shown) and pause < _PAUSE_SECONDS:
                line = join(line, shown)
            else:
                if line:
                    yield line
                    if pause >= _LONG_PAUSE_SECONDS:
                        yield ""
                line = shown
            pause = 0.0
        last = cue
    if line:
        yield line
