"""The curve of bytes per token by vocabulary size, measured in a process of its own.

`python -m engine.tokenizers.size_curve` reads one JSON object, {"corpus": folder, "tokenizer": settings, "sizes":
[...]}, and writes one, {"points": [[size, bytes per token], ...]} or {"error": {"what", "expected", "fix"}}.
sentencepiece cannot be interrupted and needs hundreds of megabytes for a moment: a process can be ended.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.corpora.corpus import Corpus
from engine.errors import EngineError
from engine.settings import from_plain, member
from engine.tokenizers.inspection import CURVE_BYTES, SizePoint, bytes_per_token_by_size
from engine.tokenizers.spec import TokenizerSpec
from engine.work import Work

SIZES = (500, 1_000, 2_000, 4_000, 8_000, 16_000)

LONGEST_PIECE = 50_000
"""Characters taken of one document, so that a long one does not make up the whole sample."""


def sample_of(corpus: Corpus, size_bytes: int = CURVE_BYTES) -> Iterator[str]:
    """Texts from all over a corpus, about `size_bytes` of them, without reading the rest."""
    count = len(corpus)
    if not count:
        return
    mean = max(1, corpus.manifest.bytes // count)
    wanted = min(count, max(1, size_bytes // min(mean, LONGEST_PIECE)))
    for number in range(wanted):
        yield corpus.document(number * count // wanted).text[:LONGEST_PIECE]


def size_curve(corpus: Corpus, spec: TokenizerSpec, sizes: Sequence[int] = SIZES) -> list[SizePoint]:
    """Measure several sizes on a sample of a corpus; raises EngineError where there is too little text."""
    texts = list(sample_of(corpus))
    return bytes_per_token_by_size(spec, texts, sum(len(text.encode()) for text in texts), sizes, Work())


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """What is written for what was asked."""
    try:
        kind = member(TokenizerSpec, asked["tokenizer"]["kind"])  # type: ignore[type-abstract]
        spec = from_plain(kind, asked["tokenizer"])
        points = size_curve(Corpus(Path(asked["corpus"])), spec, asked["sizes"])
    except EngineError as error:
        return {"error": {"what": error.what, "expected": error.expected, "fix": error.fix}}
    return {"points": [[point.vocab_size, point.bytes_per_token] for point in points]}


def main() -> int:
    """Answer one question on standard input."""
    said = answer(json.loads(sys.stdin.read()))
    sys.stdout.write(json.dumps(said) + "\n")
    return 1 if "error" in said else 0


if __name__ == "__main__":
    sys.exit(main())
