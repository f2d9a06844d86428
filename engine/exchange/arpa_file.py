"""The ARPA text format of n-gram models, out and in.

Each line is the base-10 logarithm of a probability, the n-gram, and that of its back-off weight. Ten digits bring every
float32 back exactly. Counts have no place in the format.
Source: the format as SRILM, KenLM and nltk write and read it (Heafield 2011, W11-2123).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.models.kinds.ngram.model import NGram, Table

NEVER = -99.0
"""What the format writes for the logarithm of nothing."""

MOST_ORDERS = 16
_LONGEST_LINE = 1 << 16

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\\]")


def arpa_words(names: Sequence[str]) -> list[str]:
    """Names of tokens without white space or control characters, which would end a word; all different."""
    found, taken = [], set()
    for name in names:
        word = _BREAKS.sub(lambda each: f"<U+{ord(each[0]):04X}>", name) or "<empty>"
        while word in taken:
            word += "_"
        taken.add(word)
        found.append(word)
    return found


def arpa_lines(model: NGram, words: Sequence[str]) -> Iterator[str]:
    """The file, line by line; `words` names every id."""
    sizes = (f"ngram {order}={len(table.keys)}" for order, table in enumerate(model.tables, 1))
    yield from ("", "\\data\\", *sizes, "")
    grams: list[str] = []
    for order, table in enumerate(model.tables, 1):
        last = (table.keys % model.vocab_size).tolist()
        before = (table.keys // model.vocab_size).tolist()
        grams = [words[token] if order == 1 else f"{grams[rank]} {words[token]}"
                 for rank, token in zip(before, last, strict=True)]
        scores = _logarithms(table.probability)
        weights = _logarithms(model.tables[order].back_off) if order < model.order else None
        yield f"\\{order}-grams:"
        for number, gram in enumerate(grams):
            yield f"{scores[number]}\t{gram}" + (f"\t{weights[number]}" if weights is not None else "")
        yield ""
    yield "\\end\\"


def _logarithms(numbers: npt.NDArray[np.float32]) -> list[str]:
    with np.errstate(divide="ignore"):
        return [f"{max(NEVER, each):.10g}" for each in np.log10(numbers.astype(np.float64)).tolist()]


def read_arpa(lines: Iterable[str], words: Sequence[str] | None = None) -> tuple[NGram, list[str]]:
    """A model and the name of every id.

    With `words` the ids are those of the names; without, `<unk>`, `<s>`, `</s>` and padding come first, then the words
    in the file's order. Raises EngineError naming the line that is wrong.
    """
    return _Reader(lines).read(words)


class _Reader:
    """Reads a file once, from the first line to the last."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._number = 0

    def read(self, words: Sequence[str] | None) -> tuple[NGram, list[str]]:
        sizes = self._sizes()
        tables: list[Table] = []
        names = list(words or ())
        ids: dict[str, int] = {}
        ranks: dict[tuple[int, ...], int] = {(): 0}
        weights = np.ones(1, np.float32)
        for order, size in enumerate(sizes, 1):
            rows = self._rows(order, size, has_weight=order < len(sizes))
            if order == 1:
                names = names or _names([row[1][0] for row in rows])
                ids = {name: each for each, name in enumerate(names)}
            table, ranks, weights = self._table(rows, ids, ranks, weights, len(names))
            tables.append(table)
        if self._next() != "\\end\\":
            raise self._wrong("\\end\\ was expected")
        return NGram(len(names), tables), names

    def _table(self, rows: list[tuple[float, list[str], float]], ids: dict[str, int],
               before: dict[tuple[int, ...], int], weights: npt.NDArray[np.float32],
               vocab_size: int) -> tuple[Table, dict[tuple[int, ...], int], Any]:
        """The rows of one order, sorted; also where each n-gram stands, and the weights that belong to them."""
        is_first = not any(before)
        found: dict[int, tuple[float, tuple[int, ...], float]] = {}
        for score, gram, weight in rows:
            try:
                numbers = tuple(ids[word] for word in gram)
                key = before[numbers[:-1]] * vocab_size + numbers[-1]
            except KeyError:
                raise self._wrong(f"{' '.join(gram)[:60]!r} has words or a beginning without lines of their own") \
                    from None
            if key in found:
                raise self._wrong(f"{' '.join(gram)[:60]!r} is there twice")
            found[key] = score, numbers, weight
        if is_first:  # every id needs a row: those that the file lacks never come
            for each in range(vocab_size):
                found.setdefault(each, (NEVER, (each,), 0.0))
        keys = sorted(found)
        ordered = [found[key] for key in keys]
        table = Table(np.array(keys, np.int64), np.zeros(len(keys), np.int32),
                      (10 ** np.array([each[0] for each in ordered], np.float64)).astype(np.float32), weights)
        return table, {each[1]: rank for rank, each in enumerate(ordered)}, \
            (10 ** np.array([each[2] for each in ordered], np.float64)).astype(np.float32)

    def _sizes(self) -> list[int]:
        while self._next() != "\\data\\":
            pass
        sizes: list[int] = []
        while match := re.fullmatch(r"ngram (\d+)\s*=\s*(\d{1,12})", line := self._next()):
            if int(match[1]) != len(sizes) + 1 or len(sizes) == MOST_ORDERS:
                raise self._wrong("the orders do not follow each other")
            sizes.append(int(match[2]))
        self._held = line
        if not sizes:
            raise self._wrong("no order is announced")
        return sizes

    _held: str | None = None

    def _rows(self, order: int, size: int, has_weight: bool) -> list[tuple[float, list[str], float]]:
        if self._next() != f"\\{order}-grams:":
            raise self._wrong(f"\\{order}-grams: was expected")
        rows = []
        for _ in range(size):
            parts = self._next().split()
            if not order + 1 <= len(parts) <= order + 1 + has_weight:
                raise self._wrong(f"a number, {order} words and a weight were expected")
            try:
                score, weight = float(parts[0]), float(parts[order + 1]) if len(parts) > order + 1 else 0.0
            except ValueError:
                raise self._wrong("a number was expected") from None
            if not (score <= 1e-6 and math.isfinite(weight) and weight < 30):
                raise self._wrong("the logarithm of a probability was expected")
            rows.append((max(NEVER, score), parts[1:order + 1], max(NEVER, weight)))
        return rows

    def _next(self) -> str:
        """The next line that is not empty."""
        if self._held is not None:
            line, self._held = self._held, None
            return line
        for line in self._lines:
            self._number += 1
            if len(line) > _LONGEST_LINE:
                raise self._wrong("it is too long")
            if line.strip():
                return line.strip()
        raise self._wrong("the file ends too soon")

    def _wrong(self, what: str) -> EngineError:
        return EngineError(f"Line {self._number} of the ARPA file is wrong: {what}.", "A model as SRILM, KenLM or "
                           "Wenlu write it was expected.", "Make the file again.")


def _names(found: list[str]) -> list[str]:
    marks = ["<unk>", "<s>", "</s>", "<pad>"]
    return [*marks, *(word for word in found if word not in marks)]
