"""A trained tokenizer: text to ids and back without loss."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from engine import storage
from engine.errors import EngineError
from engine.tokenizers.cutter import (
    BOS_ID,
    EOS_ID,
    PAD_ID,
    SPACE_MARK,
    UNK_ID,
    Cutter,
    Ids,
    PieceCutter,
    Span,
    WordCutter,
)
from engine.tokenizers.growth import GrownCutter, Growth, learn_rounds
from engine.tokenizers.normalization import Normalization, clean_surrogates, normalized, places_before
from engine.work import Work

__all__ = ["BOS_ID", "EOS_ID", "PAD_ID", "UNK_ID", "Ids", "StreamDecoder", "Tokenizer", "clean_surrogates"]

FILES = {"sentencepiece": "tokenizer.model", "library": "tokenizer-library.json"}
"""The file of the model, in sentencepiece's format or in that of the `tokenizers` library."""


class Tokenizer:
    """Turns text into ids and ids into text; `decode(encode(text))` is `readable(text)`, whatever it holds.

    (Without byte fallback, characters that have no piece become U+FFFD; an imported tokenizer may change more.)
    `kind` is the kind that trained it, `model` the model as bytes, `symbols` the user's special tokens. `growth` are
    pieces that were added later, growth by growth.
    """

    unk_id, bos_id, eos_id, pad_id = UNK_ID, BOS_ID, EOS_ID, PAD_ID

    def __init__(self, model: bytes, kind: str, symbols: Sequence[str] = (),
                 normalization: Normalization = "none", growth: Sequence[Growth] = ()) -> None:
        self.model = model
        self.kind = kind
        self.growth = tuple(growth)
        self._own_symbols = tuple(symbols)
        self.symbols = (*symbols, *(symbol for each in self.growth for symbol in each.symbols))
        self.normalization: Normalization = normalization
        self.format = "library" if model[:1] == b"{" else "sentencepiece"
        self._cutter = _cutter_for(model, kind, self._own_symbols)
        self._foreign: list[int] | None = getattr(self._cutter, "order", None)
        for each in self.growth:
            self._cutter = GrownCutter(self._cutter, each)
        self._names, self._bytes, self._is_byte = self._cutter.names, self._cutter.contents, self._cutter.singles
        self.vocab_size = len(self._names)
        self._by_byte = {self._bytes[each][0]: each for each in range(self.vocab_size) if self._is_byte[each]}
        self._by_content = {content: each for each, content in enumerate(self._bytes)
                            if each > PAD_ID and (self.format == "library" or not self._is_byte[each])}

    @property
    def has_byte_fallback(self) -> bool:
        """Whether characters without a piece are spelled in bytes."""
        return sum(self._is_byte) >= 256

    @property
    def foreign_ids(self) -> list[int] | None:
        """For each id the one that an imported tokenizer itself gives it, -1 where it has none; None for our own."""
        if self._foreign is None:
            return None
        return [*self._foreign, *[-1] * (self.vocab_size - len(self._foreign))]

    # text to ids

    def encode(self, text: str) -> Ids:
        """Ids of a text, (n_tokens,) int32, without beginning and end."""
        return self._cutter.ids(self.readable(text))

    def readable(self, text: str) -> str:
        """The text as it is kept: in the normal form that was chosen, lone surrogates as question marks.

        Without bytes, sentencepiece's own mark for spaces cannot be told from a space.
        """
        text = normalized(clean_surrogates(text), self.normalization)
        return text if self.has_byte_fallback or self.kind == "imported" else text.replace(SPACE_MARK, " ")

    def spans(self, text: str) -> list[Span]:
        """Tokens of a text as (id, start, end) in characters.

        Where a character takes several tokens, the last of them carries it; those before are empty.
        """
        readable = self.readable(text)
        spans = self._cutter.spans(readable)
        if len(readable) == len(text):
            return spans
        places = places_before(clean_surrogates(text), self.normalization)
        return [(each, places[start], places[end]) for each, start, end in spans]

    # growing

    def with_growth(self, texts: Iterable[str], symbols: Sequence[str], pieces: int, work: Work) -> Tokenizer:
        """A larger tokenizer: symbols that this one lacks, and so many pieces learned on texts. All old ids stay."""
        new = tuple(symbol for symbol in symbols if symbol not in self.symbols)
        protected = [each for each in map(self.id_of, self.symbols) if each is not None]
        readable = (self.readable(text) for text in texts)
        larger = GrownCutter(self._cutter, Growth(new))
        protected += range(self.vocab_size, len(larger.names))
        rounds = learn_rounds(larger, readable, pieces, protected, work) if pieces else ()
        growth = Growth(new, rounds)
        return Tokenizer(self.model, self.kind, self._own_symbols, self.normalization,
                         [*self.growth, growth] if growth.pieces else self.growth)

    def older_ids(self, larger: Tokenizer) -> list[list[int]]:
        """For each piece that a larger tokenizer has beyond this one, the ids into which this one cuts it."""
        found = []
        for each in range(self.vocab_size, larger.vocab_size):
            content = larger.piece_bytes(each)
            ids = self.encode(content.decode()).tolist() if _is_text(content) else \
                [self._by_byte[byte] for byte in content if byte in self._by_byte]
            found.append(ids or [UNK_ID])
        return found

    # ids to text

    def decode(self, ids: Iterable[int]) -> str:
        """Text of ids; beginning, end and padding say nothing, broken UTF-8 becomes U+FFFD."""
        return b"".join([self.piece_bytes(int(each)) for each in ids]).decode("utf-8", "replace")

    def piece_bytes(self, each: int) -> bytes:
        """The bytes that an id adds to the text; none for beginning, end and padding."""
        if not 0 <= each < self.vocab_size:
            raise EngineError(f"{each} is not an id of this tokenizer.", f"0 to {self.vocab_size - 1} were expected.",
                              "Use the ids of the same tokenizer.")
        return self._bytes[each]

    def piece(self, each: int) -> str:
        """An id as people read it: its text, `<0xE5>` for parts of characters, `<s>` and the like for the others."""
        raw = self.piece_bytes(each)
        if not raw or each == UNK_ID:
            return self._names[each]
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return "".join(f"<0x{byte:02X}>" if byte >= 0x80 else chr(byte) for byte in raw)

    def id_of(self, text: str) -> int | None:
        """The id of a piece by its text; None where there is no such piece."""
        return self._by_content.get(clean_surrogates(text).encode())

    def is_byte(self, each: int) -> bool:
        """Whether an id stands for a single byte rather than a piece of text."""
        return self._is_byte[each]

    # files

    def save(self, folder: Path) -> None:
        """Write the model and `tokenizer.json`, which describes it, into a folder."""
        storage.write_bytes(folder / FILES[self.format], self.model)
        storage.write_json(folder / "tokenizer.json", {
            "kind": self.kind, "format": self.format, "vocab_size": self.vocab_size,
            "symbols": list(self._own_symbols), "normalization": self.normalization,
            **({"growth": [each.plain() for each in self.growth]} if self.growth else {})})

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Read a tokenizer; raises EngineError naming the file that is missing or damaged."""
        path = folder / "tokenizer.json"
        try:
            described: dict[str, Any] = storage.read_json(path)
            path = folder / FILES[described.get("format", "sentencepiece")]
            tokenizer = cls(path.read_bytes(), str(described["kind"]), described.get("symbols", ()),
                            described.get("normalization", "none"),
                            [Growth.from_plain(each) for each in described.get("growth", ())])
        except FileNotFoundError as error:
            raise EngineError(f"{folder} has no tokenizer.", f"{path.name} was expected.",
                              "Train the tokenizer again.") from error
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            raise EngineError(f"{path} is damaged.", "A tokenizer written by Wenlu was expected.",
                              "Train the tokenizer again.") from error
        if tokenizer.vocab_size != described.get("vocab_size"):
            raise EngineError(f"{path} does not belong to the tokenizer.json beside it.",
                              f"{described.get('vocab_size')} pieces were expected, it has {tokenizer.vocab_size}.",
                              "Train the tokenizer again.")
        return tokenizer


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _cutter_for(model: bytes, kind: str, symbols: Sequence[str]) -> Cutter:
    if kind == "imported":
        from engine.tokenizers.imported import cutter_of

        return cutter_of(model, symbols)
    if kind == "byte-level":
        from engine.tokenizers.byte_level import ByteLevelCutter  # its library takes a tenth of a second to load

        return ByteLevelCutter(model, symbols)
    return WordCutter(model, symbols) if kind == "word" else PieceCutter(model, remembers_words=kind == "bpe")


class StreamDecoder:
    """Text from ids as they come; a character is given out when its last byte is there, never in halves."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, each: int) -> str:
        """The text that became certain with this id."""
        return self._decoder.decode(self._tokenizer.piece_bytes(each))

    def finish(self) -> str:
        """What remains: U+FFFD for a character that was never completed."""
        return self._decoder.decode(b"", final=True)
