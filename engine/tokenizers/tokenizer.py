"""A trained tokenizer: text to ids and back without loss."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sentencepiece

from engine import storage
from engine.errors import EngineError
from engine.tokenizers.words import words

UNK_ID, BOS_ID, EOS_ID, PAD_ID = 0, 1, 2, 3
"""Unknown, beginning of document, end of document, padding: the same in every tokenizer."""

Ids = npt.NDArray[np.int32]

_RETURNS_ARRAYS = hasattr(sentencepiece.SentencePieceProcessor, "EncodeAsNumpy")


class Tokenizer:
    """Turns text into ids and ids into text; `decode(encode(text))` is the text, whatever it holds.

    (Without byte fallback, characters that have no piece become U+FFFD.) `kind` is the kind that trained it,
    `model` the sentencepiece model as bytes, `symbols` the user's special tokens.
    """

    unk_id, bos_id, eos_id, pad_id = UNK_ID, BOS_ID, EOS_ID, PAD_ID

    def __init__(self, model: bytes, kind: str, symbols: Sequence[str] = ()) -> None:
        self.model = model
        self.kind = kind
        self.symbols = tuple(symbols)
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        self.vocab_size: int = self._processor.get_piece_size()
        ids = list(range(self.vocab_size))
        self._names: list[str] = [self._processor.id_to_piece(each) for each in ids]
        self._is_byte: list[bool] = [self._processor.is_byte(each) for each in ids]
        self._bytes = [self._bytes_of(each) for each in ids]
        self._byte_ids = {self._bytes[each][0]: each for each in ids if self._is_byte[each]}
        self._by_name = {name: each for each, name in enumerate(self._names) if each > PAD_ID and
                         not self._is_byte[each]}

    def _bytes_of(self, each: int) -> bytes:
        name = self._names[each]
        if self._is_byte[each]:
            return bytes([int(name[3:5], 16)])
        if self._processor.is_control(each):
            return b""
        return "\ufffd".encode() if each == UNK_ID else name.replace("\u2581", " ").encode()

    @property
    def has_byte_fallback(self) -> bool:
        """Whether characters without a piece are spelled in bytes."""
        return bool(self._byte_ids)

    # text to ids

    def encode(self, text: str) -> Ids:
        """Ids of a text, (n_tokens,) int32, without beginning and end; lone surrogates count as question marks."""
        text = self._readable(text)
        if self.kind == "word":
            return np.array([each for each, _ in self._spell(words(text, self.symbols))], dtype=np.int32)
        if "\u2581" not in text:
            return self._encode_plain(text)
        parts = [self._special(part) if part == "\u2581" else self._encode_plain(part)
                 for part in re.split("(\u2581)", text) if part]
        return np.concatenate(parts)

    def _readable(self, text: str) -> str:
        """The text as it can be kept: sentencepiece's own mark for spaces needs bytes to be told from a space."""
        text = clean_surrogates(text)
        return text if self._byte_ids else text.replace("\u2581", " ")

    def _encode_plain(self, text: str) -> Ids:
        if _RETURNS_ARRAYS:
            found: Ids = self._processor.encode(text, out_type="numpy")
            return found
        return np.array(self._processor.encode(text, out_type=int), dtype=np.int32)

    def _special(self, character: str) -> Ids:
        """A character that sentencepiece keeps for itself, spelled in bytes."""
        return np.array([self._byte_ids[byte] for byte in character.encode()], dtype=np.int32)

    def _spell(self, parts: Iterable[str]) -> Iterator[tuple[int, int]]:
        """Ids of whole words with their sizes in bytes; an unknown word is spelled in characters, then bytes."""
        known = self._by_name
        for part in parts:
            whole = known.get(part.replace(" ", "\u2581")) if part != "\u2581" else None
            if whole is not None:
                yield whole, len(self._bytes[whole])
            elif len(part) > 1:
                yield from self._spell(part)
            elif self._byte_ids:
                yield from ((self._byte_ids[byte], 1) for byte in part.encode())
            else:
                yield UNK_ID, len(part.encode())

    def spans(self, text: str) -> list[tuple[int, int, int]]:
        """Tokens of a text as (id, start, end) in characters.

        Where a character takes several tokens, the last of them carries it; those before are empty.
        """
        text = self._readable(text)
        whole = np.cumsum([0] + [len(character.encode()) for character in text])  # byte offsets of characters
        found, start, at_byte = [], 0, 0
        for each, size in self._sizes(text):
            at_byte += size
            end = int(np.searchsorted(whole, at_byte, side="right")) - 1
            found.append((each, start, end))
            start = end
        return found

    def _sizes(self, text: str) -> Iterator[tuple[int, int]]:
        """Each token of a text with the bytes of the text that it stands for."""
        if self.kind == "word":
            yield from self._spell(words(text, self.symbols))
            return
        ids = self.encode(text).tolist()
        surfaces = iter(()) if self._byte_ids else iter(self._processor.encode(text, out_type=str))
        for each in ids:
            surface = next(surfaces, "")
            yield each, len(surface.replace("\u2581", " ").encode()) if each == UNK_ID else len(self._bytes[each])

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
        """An id as people read it: its text, `<0xE5>` for a part of a character, `<s>` and the like for the others."""
        raw = self.piece_bytes(each)
        if self._is_byte[each]:
            return raw.decode() if raw[0] < 0x80 else self._names[each]
        return raw.decode() if raw and each != UNK_ID else self._names[each]

    def id_of(self, text: str) -> int | None:
        """The id of a piece by its text; None where there is no such piece."""
        return self._by_name.get(text.replace(" ", "\u2581"))

    def is_byte(self, each: int) -> bool:
        """Whether an id stands for a single byte rather than a piece of text."""
        return self._is_byte[each]

    # files

    def save(self, folder: Path) -> None:
        """Write `tokenizer.model` (sentencepiece's format) and `tokenizer.json` into a folder."""
        storage.write_bytes(folder / "tokenizer.model", self.model)
        storage.write_json(folder / "tokenizer.json", {"kind": self.kind, "vocab_size": self.vocab_size,
                                                       "symbols": list(self.symbols)})

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Read a tokenizer; raises EngineError naming the file that is missing or damaged."""
        path = folder / "tokenizer.model"
        try:
            described: dict[str, Any] = storage.read_json(folder / "tokenizer.json")
            tokenizer = cls(path.read_bytes(), str(described["kind"]), described.get("symbols", ()))
        except FileNotFoundError as error:
            raise EngineError(f"{folder} has no tokenizer.", "tokenizer.model and tokenizer.json were expected.",
                              "Train the tokenizer again.") from error
        except (RuntimeError, KeyError, TypeError) as error:
            raise EngineError(f"{path} is damaged.", "A tokenizer written by Wenlu was expected.",
                              "Train the tokenizer again.") from error
        if tokenizer.vocab_size != described.get("vocab_size"):
            raise EngineError(f"{path} does not belong to the tokenizer.json beside it.",
                              f"{described.get('vocab_size')} pieces were expected, it has {tokenizer.vocab_size}.",
                              "Train the tokenizer again.")
        return tokenizer


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


def clean_surrogates(text: str) -> str:
    """The same text with lone surrogates, which UTF-8 cannot hold, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
