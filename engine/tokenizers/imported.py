"""Tokenizers that were trained elsewhere: a sentencepiece model, or a tokenizer.json of the `tokenizers` library.

Their ids are put in Wenlu's order: unknown, beginning, end and padding first, then all others as they were, then
what is new. A mark that the other tokenizer lacks gets an id that it never gives out. `ImportedCutter.order` says
which id of the other tokenizer each id is, for the rows of an imported model's embedding.
"""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import sentencepiece

from engine.tokenizers.byte_level import MARKS, byte_alphabet, read_model
from engine.tokenizers.cutter import PAD_ID, UNKNOWN, Cutter, Ids, Span, piece_content

ABSENT = -1

_USUAL_MARKS = (("<unk>", "[UNK]", "<|unk|>"),
                ("<s>", "[CLS]", "<|begin_of_text|>", "<bos>", "<|startoftext|>"),
                ("</s>", "[SEP]", "<|endoftext|>", "<|end_of_text|>", "<eos>", "<|im_end|>"),
                ("<pad>", "[PAD]", "<|pad|>", "<|finetune_right_pad_id|>"))
"""Names of unknown, beginning, end and padding, as tokenizers of public models have them, the surest first."""

_BYTE_NAME = re.compile("<0x[0-9A-Fa-f]{2}>")


class ImportedCutter(Cutter):
    """Cuts with another tokenizer's own rules and says its ids in Wenlu's order."""

    def __init__(self, names: Sequence[str], contents: Sequence[bytes], marks: Sequence[int],
                 symbols: Sequence[str]) -> None:
        others = [each for each in range(len(names)) if each not in marks]
        self.order = [*marks, *others]
        known = {name: PAD_ID + 1 + place for place, name in enumerate(names[each] for each in others)}
        new = [symbol for symbol in symbols if symbol not in known]
        self.names = [*MARKS, *(names[each] for each in others), *new]
        self.contents = [UNKNOWN, b"", b"", b"", *(contents[each] for each in others),
                         *(symbol.encode() for symbol in new)]
        self._symbols = {symbol: known.get(symbol, len(self.names) - len(new) + new.index(symbol)
                                           if symbol in new else 0) for symbol in symbols}
        for symbol, each in self._symbols.items():
            self.contents[each] = symbol.encode()
        self.order += [ABSENT] * len(new)
        self.singles = [each > PAD_ID and len(content) == 1 and bool(_BYTE_NAME.fullmatch(self.names[each]))
                        for each, content in enumerate(self.contents)]
        self._ours = np.zeros(len(names), dtype=np.int32)
        for ours, theirs in enumerate(self.order):
            if theirs != ABSENT:
                self._ours[theirs] = ours
        longest_first = sorted(self._symbols, key=len, reverse=True)
        self._at_symbols = re.compile(f"({'|'.join(map(re.escape, longest_first))})") if longest_first else None

    def ids(self, text: str) -> Ids:
        """The other tokenizer's ids for the stretches between symbols, said in Wenlu's order."""
        parts = [np.array([self._symbols[part]], dtype=np.int32) if is_symbol else self._ours[self._ids(part)]
                 for part, is_symbol in self._parts(text)]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)

    def spans(self, text: str) -> list[Span]:
        """Places as the other tokenizer tells them, made to follow each other without gaps."""
        found: list[tuple[int, int, int]] = []
        begin = 0
        for part, is_symbol in self._parts(text):
            if is_symbol:
                found.append((self._symbols[part], begin, begin + len(part)))
            else:
                found += [(int(self._ours[each]), begin + start, begin + end) for each, start, end in self._spans(part)]
            begin += len(part)
        return _joined(found, len(text))

    def _parts(self, text: str) -> list[tuple[str, bool]]:
        if self._at_symbols is None:
            return [(text, False)] if text else []
        return [(part, bool(place % 2)) for place, part in enumerate(self._at_symbols.split(text)) if part]

    @abstractmethod
    def _ids(self, text: str) -> Sequence[int]:
        """The other tokenizer's own ids."""

    @abstractmethod
    def _spans(self, text: str) -> list[Span]:
        """The other tokenizer's own ids and places."""


class ImportedPieceCutter(ImportedCutter):
    """A sentencepiece model with its own normalisation."""

    def __init__(self, model: bytes, symbols: Sequence[str]) -> None:
        self._processor = found = sentencepiece.SentencePieceProcessor(model_proto=model)
        all_ids = range(found.get_piece_size())
        marks = [each if each >= 0 else ABSENT for each in (found.unk_id(), found.bos_id(), found.eos_id(),
                                                            found.pad_id())]
        super().__init__([found.id_to_piece(each) for each in all_ids], [piece_content(found, each)
                                                                         for each in all_ids], marks, symbols)

    def _ids(self, text: str) -> Sequence[int]:
        found: list[int] = self._processor.encode(text, out_type=int)
        return found

    def _spans(self, text: str) -> list[Span]:
        found = self._processor.encode(text, return_type="offset_mapping")
        return [(each, start, end) for each, (start, end) in zip(found["ids"], found["offsets"], strict=True)]


class ImportedLibraryCutter(ImportedCutter):
    """A tokenizer.json of the `tokenizers` library, such as most public models carry."""

    def __init__(self, model: bytes, symbols: Sequence[str]) -> None:
        self._model = read_model(model)
        self._model.no_truncation()
        self._model.no_padding()
        described: dict[str, Any] = json.loads(model)
        added = {each["id"]: each for each in described.get("added_tokens", ())}
        names = [self._model.id_to_token(each) or f"<unused {each}>" for each in range(_size(self._model, added))]
        places = {name: each for each, name in enumerate(names)}
        marks = []
        for usual in _USUAL_MARKS:
            marks.append(next((places[name] for name in usual if name in places and places[name] not in marks), ABSENT))
        unknown = described["model"].get("unk_token")
        marks[0] = places.get(unknown, marks[0]) if unknown else marks[0]
        content = _contents(described)
        contents = [(b"" if added[each]["special"] else name.encode()) if each in added else content(name)
                    for each, name in enumerate(names)]
        super().__init__(names, contents, marks, symbols)
        self._model.encode_special_tokens = True

    def _ids(self, text: str) -> Sequence[int]:
        found: list[int] = self._model.encode(text, add_special_tokens=False).ids
        return found

    def _spans(self, text: str) -> list[Span]:
        found = self._model.encode(text, add_special_tokens=False)
        return [(each, start, end) for each, (start, end) in zip(found.ids, found.offsets, strict=True)]


def cutter_of(model: bytes, symbols: Sequence[str]) -> ImportedCutter:
    """The cutter for the bytes of a foreign file; raises RuntimeError or ValueError where it is none."""
    if not model:
        raise ValueError("the file is empty")
    return (ImportedLibraryCutter if model[:1] == b"{" else ImportedPieceCutter)(model, symbols)


def _size(model: Any, added: dict[int, Any]) -> int:
    return max(int(model.get_vocab_size(with_added_tokens=True)), max(added, default=-1) + 1)


def _contents(described: dict[str, Any]) -> Any:
    """How a piece's name becomes bytes: by the decoder that the file names."""
    text = json.dumps([described.get("decoder"), described.get("pre_tokenizer")])
    if '"ByteLevel"' in text:
        of_byte = byte_alphabet()
        return lambda name: (bytes([of_byte[sign] for sign in name]) if all(sign in of_byte for sign in name)
                             else name.encode())
    if described["model"].get("type") == "WordPiece":
        joint = described["model"].get("continuing_subword_prefix", "##")
        return lambda name: name[len(joint):].encode() if name.startswith(joint) else (" " + name).encode()
    return lambda name: (bytes([int(name[3:5], 16)]) if _BYTE_NAME.fullmatch(name)
                         else name.replace("\u2581", " ").encode())


def _joined(found: list[Span], length: int) -> list[Span]:
    """Spans without gaps from the beginning to the end; of several on one place the last carries it."""
    ends = [min(end, found[place + 1][1]) if place + 1 < len(found) else length
            for place, (_, _, end) in enumerate(found)]
    spans, start = [], 0
    for (each, _, _), end in zip(found, ends, strict=True):
        end = max(start, end)
        spans.append((each, start, end))
        start = end
    return spans
