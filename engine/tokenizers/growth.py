"""New pieces for a tokenizer that exists: all old ids stay, and each new piece is made of older ones.

Symbols are cut out of a text first. Then the older tokenizer cuts the rest, and pairs of its ids are joined, round
after round, as learned by byte-pair encoding on top of it (Sennrich, Haddow and Birch 2016, arXiv:1508.07909). So any
kind of tokenizer can grow, and what it could read and write before, it reads and writes as before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.tokenizers.cutter import BOS_ID, PAD_ID, Cutter, Ids, Span
from engine.work import Work

Pair = tuple[int, int]

_LONGEST = 16
_LEAST_COUNT = 4
"""A pair seen more rarely is no piece worth a row."""

_ROUNDS = 40


@dataclass(frozen=True)
class Growth:
    """What one growth added, in the order of the new ids: symbols, then the pairs of ids joined in each round."""

    symbols: tuple[str, ...] = ()
    rounds: tuple[tuple[Pair, ...], ...] = ()

    def plain(self) -> dict[str, Any]:
        """As plain data for a file."""
        return {"symbols": list(self.symbols), "rounds": [[list(pair) for pair in each] for each in self.rounds]}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Growth:
        """Read back; raises KeyError, TypeError or ValueError where it is none."""
        return cls(tuple(map(str, plain["symbols"])),
                   tuple(tuple((int(first), int(second)) for first, second in each) for each in plain["rounds"]))

    @property
    def pieces(self) -> int:
        """How many there are."""
        return len(self.symbols) + sum(map(len, self.rounds))


class GrownCutter(Cutter):
    """Cuts as an older tokenizer does, then joins what has become one piece."""

    def __init__(self, older: Cutter, growth: Growth) -> None:
        self._older = older
        first = len(older.names)
        self.names = [*older.names, *growth.symbols]
        self.contents = [*older.contents, *(symbol.encode() for symbol in growth.symbols)]
        self._symbols = {symbol: first + place for place, symbol in enumerate(growth.symbols)}
        longest_first = sorted(growth.symbols, key=len, reverse=True)
        self._at_symbols = re.compile(f"({'|'.join(map(re.escape, longest_first))})") if longest_first else None
        total = first + growth.pieces
        self._rounds: list[tuple[Ids, Ids]] = []
        for pairs in growth.rounds:
            second, joint = np.full(total, -1, dtype=np.int32), np.full(total, -1, dtype=np.int32)
            for one, other in pairs:
                if not (PAD_ID < one < len(self.names) and PAD_ID < other < len(self.names)):
                    raise ValueError(f"{one} and {other} are no older pieces")
                second[one], joint[one] = other, len(self.names)
                self.names.append(self.names[one] + self.names[other])
                self.contents.append(self.contents[one] + self.contents[other])
            self._rounds.append((second, joint))
        self.singles = [*older.singles, *[False] * growth.pieces]

    def ids(self, text: str) -> Ids:
        """The ids of a text without lone surrogates."""
        parts = [np.array([self._symbols[part]], dtype=np.int32) if is_symbol
                 else joined(self._older.ids(part), self._rounds)[0] for part, is_symbol in self._parts(text)]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)

    def spans(self, text: str) -> list[Span]:
        """Tokens with their places: a joined piece reaches from its first part to its last."""
        found: list[Span] = []
        begin = 0
        for part, is_symbol in self._parts(text):
            if is_symbol:
                found.append((self._symbols[part], begin, begin + len(part)))
            else:
                older = self._older.spans(part)
                ids, starts = joined(np.array([each for each, _, _ in older], dtype=np.int32), self._rounds)
                ends = [*starts[1:].tolist(), len(older)]
                found += [(each, begin + older[start][1], begin + older[end - 1][2])
                          for each, start, end in zip(ids.tolist(), starts.tolist(), ends, strict=True)]
            begin += len(part)
        return found

    def _parts(self, text: str) -> list[tuple[str, bool]]:
        if self._at_symbols is None:
            return [(text, False)] if text else []
        return [(part, bool(place % 2)) for place, part in enumerate(self._at_symbols.split(text)) if part]


def joined(ids: Ids, rounds: Iterable[tuple[Ids, Ids]]) -> tuple[Ids, npt.NDArray[np.int64]]:
    """Ids with all pairs joined, and the place of the first part of each; no two pairs of a round share an id."""
    starts = np.arange(len(ids))
    for second, joint in rounds:
        if len(ids) < 2:
            break
        at = np.flatnonzero(second[ids[:-1]] == ids[1:])
        if len(at):
            ids = ids.copy()
            ids[at] = joint[ids[at]]
            stays = np.ones(len(ids), dtype=bool)
            stays[at + 1] = False
            ids, starts = ids[stays], starts[stays]
    return ids, starts


def learn_rounds(cutter: Cutter, texts: Iterable[str], count: int, protected: Sequence[int],
                 work: Work) -> tuple[tuple[Pair, ...], ...]:
    """Up to `count` new pieces for a cutter, learned on texts: in each round the pairs of ids seen most often.

    A piece is letters, with a space before it at most, or the bytes of a character; `protected` ids, such as symbols,
    are never part of one. Raises Stopped.
    """
    stream = _stream(cutter, texts, work)
    contents, found = list(cutter.contents), list[tuple[Pair, ...]]()
    never = {*range(PAD_ID + 1), *protected}
    while count > sum(map(len, found)) and len(found) < _ROUNDS:
        work.check()
        left = count - sum(map(len, found))
        work.progress("tokenizer", count - left, count, "pieces")
        pairs = _best_pairs(stream, contents, never, max(1, -(-left // 8)), left)
        if not pairs:
            break
        second, joint = (np.full(len(contents) + len(pairs), -1, dtype=np.int32) for _ in range(2))
        for one, other in pairs:
            second[one], joint[one] = other, len(contents)
            contents.append(contents[one] + contents[other])
        stream = joined(stream, [(second, joint)])[0]
        found.append(tuple(pairs))
    return tuple(found)


def _stream(cutter: Cutter, texts: Iterable[str], work: Work) -> Ids:
    """All texts cut, a beginning between them."""
    parts = []
    for text in texts:
        work.check()
        parts += [np.array([BOS_ID], dtype=np.int32), cutter.ids(text)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)


def _best_pairs(stream: Ids, contents: Sequence[bytes], never: set[int], most: int, left: int) -> list[Pair]:
    """The pairs seen most often that make a piece, at most `most`, no id in two of them."""
    keys, counts = np.unique(stream[:-1].astype(np.int64) * len(contents) + stream[1:], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    found: list[Pair] = []
    used: set[int] = set()
    there = set(contents)
    for place in order[:200 * most]:
        if counts[place] < _LEAST_COUNT or len(found) == min(most, left):
            break
        one, other = divmod(int(keys[place]), len(contents))
        joint = contents[one] + contents[other]
        if one != other and not {one, other} & (used | never) and joint not in there and _is_piece(joint):
            found.append((one, other))
            used |= {one, other}
    return found


def _is_piece(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:  # the beginning of a single character may grow into it
        return len(content) < 4 and error.start == 0 and "unexpected end" in error.reason
    letters = text[1:] if text[:1] == " " else text
    return len(text) <= _LONGEST and letters.isalpha()
