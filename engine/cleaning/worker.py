"""A process that cleans chunks of a corpus for another: `python -m engine.cleaning.worker`, spoken to over pipes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from engine.cleaning.chunk import Chunk, Cleaning, clean_chunk, documents_in
from engine.cleaning.frames import message_of, read_frame, write_cleaned, write_frame, write_keys
from engine.cleaning.spec import CleaningSpec
from engine.corpora.corpus import Corpus
from engine.errors import EngineError
from engine.settings import from_plain


def serve(into: IO[bytes], out: IO[bytes]) -> None:
    """Clean the chunks that are asked for, until the other side closes."""
    first = read_frame(into)
    if first is None:
        return
    corpus = Corpus(Path(first[0]["folder"]))
    spec = from_plain(CleaningSpec, first[0]["spec"])
    under_way: dict[int, Cleaning] = {}
    while (frame := read_frame(into)) is not None:
        header, parts = frame
        number = header["chunk"]
        try:
            if header["what"] == "begin":
                chunk = Chunk(number, *header["place"])
                under_way[number] = clean_chunk(documents_in(corpus, chunk), spec, first[0]["sources"])
                write_keys(out, number, next(under_way[number]))
            else:
                write_keys(out, number, under_way[number].send(message_of(header, parts).keys or ()))
        except StopIteration as end:
            del under_way[number]
            write_cleaned(out, number, end.value)
        except (EngineError, OSError) as error:
            expected, fix = (error.expected, error.fix) if isinstance(error, EngineError) else ("", "")
            write_frame(out, {"what": "error", "text": [str(error), expected, fix]})


def main() -> None:
    """Speak over standard input and output; whatever else is printed goes to the standard error."""
    out = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    os.dup2(2, 1)
    try:
        serve(sys.stdin.buffer, out)
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(1)  # the other side is gone: nothing is left to say, nor to flush


if __name__ == "__main__":
    main()
