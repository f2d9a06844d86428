"""How a trained model cuts text: what every way of cutting has in common, and the ways of sentencepiece."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import sentencepiece

from engine.tokenizers.words import words

UNK_ID, BOS_ID, EOS_ID, PAD_ID = 0, 1, 2, 3
"""Unknown, beginning of document, end of document, padding: the same in every tokenizer."""

Ids = npt.NDArray[np.int32]
Span = tuple[int, int, int]
"""A token as (id, start, end) in characters of the text."""

UNKNOWN = "\ufffd".encode()
SPACE_MARK = "\u2581"
"""What sentencepiece writes for a space."""

_BETWEEN_SPACES = re.compile(" ?[^ ]+| ")
_CACHED_WORDS = 200_000
_LONGEST_CACHED = 40


class Cutter(ABC):
    """Cuts text into ids. For every id it knows a name, the bytes it stands for, and whether it is a single byte."""

    names: list[str]
    contents: list[bytes]
    singles: list[bool]

    @abstractmethod
    def ids(self, text: str) -> Ids:
        """Ids of a text without lone surrogates, (n_tokens,) int32."""

    def spans(self, text: str) -> list[Span]:
        """Tokens with their places; where a character takes several tokens, the last of them carries it."""
        whole = np.cumsum([0] + [len(character.encode()) for character in text])  # byte offsets of characters
        found, start, at_byte = [], 0, 0
        for each, size in self.sizes(text):
            at_byte += size
            end = int(np.searchsorted(whole, at_byte, side="right")) - 1
            found.append((each, start, end))
            start = end
        return found

    def sizes(self, text: str) -> Iterator[tuple[int, int]]:
        """Each token of a text with the bytes of the text that it stands for."""
        return ((each, len(self.contents[each])) for each in self.ids(text).tolist())


class PieceCutter(Cutter):
    """Cuts as a sentencepiece model learned by Wenlu does: nothing is normalised, nothing added.

    A BPE model cuts every stretch between spaces by itself, because no piece reaches over a space; so each different
    stretch is cut once and remembered, with the same ids (4 times as fast on English).
    """

    def __init__(self, model: bytes, remembers_words: bool = False) -> None:
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        all_ids = range(self._processor.get_piece_size())
        self.names = [self._processor.id_to_piece(each) for each in all_ids]
        self.singles = [self._processor.is_byte(each) for each in all_ids]
        self.contents = [piece_content(self._processor, each) for each in all_ids]
        self._byte_ids = {self.contents[each][0]: each for each in all_ids if self.singles[each]}
        reaches_over = any(SPACE_MARK in name[1:] for name in self.names)
        self._remembers = remembers_words and not reaches_over
        self._known: dict[str, bytes] = {}

    def ids(self, text: str) -> Ids:
        """The ids of sentencepiece itself, but for its own mark for spaces, which is spelled in bytes."""
        if SPACE_MARK not in text:
            return self._plain(text)
        if not self._byte_ids:
            return self._plain(text.replace(SPACE_MARK, " "))
        parts = [self._spelled(part) if part == SPACE_MARK else self._plain(part)
                 for part in re.split(f"({SPACE_MARK})", text) if part]
        return np.concatenate(parts)

    def sizes(self, text: str) -> Iterator[tuple[int, int]]:
        """An unknown stretch has the size of its text; all other tokens have their own."""
        surfaces = iter(()) if self._byte_ids else iter(self._processor.encode(text, out_type=str))
        for each in self.ids(text).tolist():
            surface = next(surfaces, "")
            yield each, (len(surface.replace(SPACE_MARK, " ").encode()) if each == UNK_ID
                         else len(self.contents[each]))

    def _plain(self, text: str) -> Ids:
        if not self._remembers or text.count(" ") * _LONGEST_CACHED < len(text):
            return self._encode(text)
        stretches = _BETWEEN_SPACES.findall(text)
        known = self._known
        missing = [stretch for stretch in set(stretches) if stretch not in known]
        if len(known) + len(missing) > _CACHED_WORDS:
            known.clear()
            missing = list(set(stretches))
        for stretch in missing:
            known[stretch] = self._encode(stretch).tobytes()
        return np.frombuffer(b"".join([known[stretch] for stretch in stretches]), dtype=np.int32)

    def _encode(self, text: str) -> Ids:
        found: Ids = self._processor.encode(text, return_type="numpy")
        return found

    def _spelled(self, character: str) -> Ids:
        return np.array([self._byte_ids[byte] for byte in character.encode()], dtype=np.int32)


class WordCutter(PieceCutter):
    """Cuts whole words and marks; an unknown word is spelled in characters, then bytes."""

    def __init__(self, model: bytes, symbols: Sequence[str]) -> None:
        super().__init__(model)
        self._symbols = symbols
        self._by_name = {name: each for each, name in enumerate(self.names) if each > PAD_ID and
                         not self.singles[each]}

    def ids(self, text: str) -> Ids:
        """The ids of the words of a text."""
        return np.array([each for each, _ in self.sizes(text)], dtype=np.int32)

    def sizes(self, text: str) -> Iterator[tuple[int, int]]:
        """Each token with its size in bytes."""
        text = text if self._byte_ids else text.replace(SPACE_MARK, " ")
        return self._spell(words(text, self._symbols))

    def _spell(self, parts: Iterable[str]) -> Iterator[tuple[int, int]]:
        known = self._by_name
        for part in parts:
            whole = known.get(part.replace(" ", SPACE_MARK)) if part != SPACE_MARK else None
            if whole is not None:
                yield whole, len(self.contents[whole])
            elif len(part) > 1:
                yield from self._spell(part)
            elif self._byte_ids:
                yield from ((self._byte_ids[byte], 1) for byte in part.encode())
            else:
                yield UNK_ID, len(part.encode())


def piece_content(processor: sentencepiece.SentencePieceProcessor, each: int) -> bytes:
    """The bytes that an id of sentencepiece adds to a text."""
    name: str = processor.id_to_piece(each)
    if processor.is_byte(each):
        return bytes([int(name[3:5], 16)])
    if processor.is_control(each):
        return b""
    return UNKNOWN if processor.is_unknown(each) else name.replace(SPACE_MARK, " ").encode()
