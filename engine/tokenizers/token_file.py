"""A corpus as ids on disk, read by memory map; and what "bits per byte" means everywhere in Wenlu.

A document is `bos`, its ids, `eos`. Every token but `bos` is predicted. Bits per byte is the sum of the nats of all
predicted tokens, over ln 2, over the bytes of the texts in UTF-8: comparable across tokenizers.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt

from engine import storage
from engine.corpora.document import Document
from engine.errors import EngineError
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID, Tokenizer
from engine.work import Work

SPLITS = ("train", "validation", "test")

IGNORED = -1
"""Stands in targets for tokens that are not predicted."""


class Documents(Protocol):
    """What can be written to token files: a corpus, or anything that yields documents and knows how many."""

    def documents(self) -> Iterable[Document]:
        """All documents, in order."""
        ...

    def __len__(self) -> int: ...


class _Writer:
    """One split being written."""

    def __init__(self, file: IO[bytes], dtype: npt.DTypeLike) -> None:
        self.file = file
        self.dtype = dtype
        self.starts = array("q")
        self.tokens = 0
        self.bytes = 0

    def add(self, ids: npt.NDArray[np.int32], size_bytes: int) -> None:
        whole = np.empty(len(ids) + 2, dtype=self.dtype)
        whole[0], whole[1:-1], whole[-1] = BOS_ID, ids, EOS_ID
        self.file.write(whole.tobytes())
        self.starts.append(self.tokens)
        self.tokens += len(whole)
        self.bytes += size_bytes


def write_token_files(corpus: Documents, tokenizer: Tokenizer, split_of: Callable[[Document], str], into: Path,
                      work: Work) -> dict[str, Any]:
    """Cut all documents into tokens, one document in memory at a time; returns what `tokens.json` holds.

    Empty documents are left out. Raises EngineError when the training split has no text.
    """
    dtype = np.dtype("<u2") if tokenizer.vocab_size <= 1 << 16 else np.dtype("<u4")
    writers = {split: _Writer(open(into / f"{split}.bin", "wb"), dtype) for split in SPLITS}  # noqa: SIM115
    try:
        total = len(corpus)
        for number, document in enumerate(corpus.documents()):
            work.progress("tokens", number, total, "documents")
            if document.text:
                size_bytes = len(document.text.encode("utf-8", "replace"))
                writers[split_of(document)].add(tokenizer.encode(document.text), size_bytes)
        work.progress("tokens", total, total, "documents")
    except OSError as error:
        raise storage.as_engine_error(error, into / "train.bin") from error
    finally:
        for writer in writers.values():
            writer.file.close()
    if not writers["train"].tokens:
        raise EngineError("No document is left to train on.", "The training split was expected to have some text.",
                          "Add text, or lower the shares for validation and test.")
    splits = {}
    for split, writer in writers.items():
        np.save(into / f"{split}-documents.npy", np.array(writer.starts, dtype=np.int64))
        splits[split] = {"tokens": writer.tokens, "documents": len(writer.starts), "bytes": writer.bytes}
    described = {"vocab_size": tokenizer.vocab_size, "dtype": dtype.name, "splits": splits}
    storage.write_json(into / "tokens.json", described)
    return described


class TokenFile:
    """One split of a corpus as ids: `ids` (memory-mapped), `document_starts`, `documents`, `bytes`."""

    def __init__(self, folder: Path, split: str) -> None:
        described = _described(folder)
        if split not in described["splits"]:
            raise EngineError(f"{split} is not a split.", f"One of {', '.join(SPLITS)} was expected.",
                              "Choose one of these.")
        figures = described["splits"][split]
        self.split = split
        self.vocab_size: int = described["vocab_size"]
        self.tokens: int = figures["tokens"]
        self.documents: int = figures["documents"]
        self.bytes: int = figures["bytes"]
        self.path = folder / f"{split}.bin"
        dtype = np.dtype(described["dtype"]).newbyteorder("<")
        if self.path.stat().st_size != self.tokens * dtype.itemsize:
            raise EngineError(f"{self.path} is damaged.", f"{self.tokens} tokens were expected.",
                              "Delete its folder; it is made again.")
        self.ids: npt.NDArray[np.unsignedinteger[Any]] = (
            np.memmap(self.path, dtype=dtype, mode="r") if self.tokens else np.zeros(0, dtype=dtype))
        self.document_starts: npt.NDArray[np.int64] = np.load(folder / f"{split}-documents.npy", allow_pickle=False)

    def __len__(self) -> int:
        return self.tokens

    def document(self, number: int) -> npt.NDArray[np.int64]:
        """The ids of one document, with its beginning and end."""
        starts = self.document_starts
        end = int(starts[number + 1]) if number + 1 < len(starts) else self.tokens
        return np.asarray(self.ids[int(starts[number]):end], dtype=np.int64)

    def each_document(self) -> Iterator[npt.NDArray[np.int64]]:
        """All documents, one after another."""
        return (self.document(number) for number in range(self.documents))

    @property
    def predicted_tokens(self) -> int:
        """Tokens that a model is asked for: all but the beginnings."""
        return self.tokens - self.documents

    @property
    def bytes_per_token(self) -> float:
        """Bytes of text for each predicted token."""
        return self.bytes / max(1, self.predicted_tokens)


def bits_per_byte(nats_per_token: float, token_file: TokenFile) -> float:
    """A loss in nats per predicted token as bits per byte of this split's texts."""
    return nats_per_token / math.log(2) / token_file.bytes_per_token


def targets_of(ids: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """What is to be predicted after each of `ids[:-1]`: the next id, or IGNORED where a new document begins."""
    targets = ids[1:].astype(np.int64)
    targets[targets == BOS_ID] = IGNORED
    return targets


def mean_loss(losses: npt.NDArray[np.floating[Any]], ids: npt.NDArray[Any]) -> float:
    """Nats per predicted token from the losses of `ids[1:]`; beginnings do not count."""
    counted = ids[1:] != BOS_ID
    return float(losses[counted].sum(dtype=np.float64) / max(1, int(counted.sum())))


def _described(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = storage.read_json(folder / "tokens.json")
    except FileNotFoundError as error:
        raise EngineError(f"{folder} has no tokens.", "tokens.json was expected.",
                          "Run the tokenizer again.") from error
    return found
