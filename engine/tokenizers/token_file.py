"""A corpus as ids on disk, read by memory map; and what "bits per byte" means everywhere in Wenlu.

A document is `bos`, its ids, `eos`. Every token but `bos` is predicted, unless a task wants only a part of the
documents learned: then a mask lies beside the ids. Bits per byte is the sum of the nats of all predicted tokens, over
ln 2, over the bytes of their text in UTF-8: comparable across tokenizers.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt
import xxhash

from engine import storage
from engine.corpora.document import Document
from engine.errors import EngineError
from engine.tokenizers.encoding import Cut, cut_documents
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID, Tokenizer
from engine.work import Work

SPLITS = ("train", "validation", "test")

BLOCK_BYTES = 16 << 20
CHECKED_BLOCKS = 16
"""Blocks of a token file that are compared with their digests when it is opened."""

MASK = "-learned.bin"
_SCRATCH = "cut-"

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

    def __init__(self, into: Path, split: str, dtype: npt.DTypeLike) -> None:
        self.file: IO[bytes] = open(into / f"{split}.bin", "wb")  # noqa: SIM115  (closed by `close`)
        self._mask: IO[bytes] | None = None
        self._mask_path = into / f"{split}{MASK}"
        self.dtype = dtype
        self.starts = array("q")
        self.tokens = self.bytes = self.predicted = 0

    def add(self, cut: Cut) -> None:
        whole = np.empty(len(cut.ids) + 2, dtype=self.dtype)
        whole[0], whole[1:-1], whole[-1] = BOS_ID, cut.ids, EOS_ID
        self.file.write(whole.tobytes())
        if cut.learned is not None and self._mask is None:
            self._begin_mask()
        if self._mask is not None:
            learned = np.ones(len(whole), dtype=np.uint8)
            learned[0] = 0
            learned[1:] = 1 if cut.learned is None else cut.learned
            self._mask.write(learned.tobytes())
        self.starts.append(self.tokens)
        self.tokens += len(whole)
        self.predicted += len(whole) - 1 if cut.learned is None else int(cut.learned.sum())
        self.bytes += cut.size_bytes

    def _begin_mask(self) -> None:
        """Until the first document with a mask, all but the beginnings are learned."""
        self._mask = open(self._mask_path, "wb")  # noqa: SIM115  (closed by `close`)
        starts = np.frombuffer(self.starts, dtype=np.int64) if self.starts else np.zeros(0, dtype=np.int64)
        for begin in range(0, self.tokens, BLOCK_BYTES):
            learned = np.ones(min(BLOCK_BYTES, self.tokens - begin), dtype=np.uint8)
            learned[starts[(starts >= begin) & (starts < begin + BLOCK_BYTES)] - begin] = 0
            self._mask.write(learned.tobytes())

    @property
    def has_mask(self) -> bool:
        return self._mask is not None

    def close(self) -> None:
        self.file.close()
        if self._mask is not None:
            self._mask.close()


def write_token_files(corpus: Documents, tokenizer: Tokenizer, split_of: Callable[[Document], str], into: Path,
                      work: Work, workers: int | None = None) -> dict[str, Any]:
    """Cut all documents into tokens, a few documents in memory at a time; returns what `tokens.json` holds.

    Empty documents are left out. `workers` None: as many as the machine has cores, where the text is large enough;
    the files do not depend on it. Raises EngineError when the training split has no text.
    """
    dtype = np.dtype("<u2") if tokenizer.vocab_size <= 1 << 16 else np.dtype("<u4")
    for left in into.glob(f"{_SCRATCH}*"):  # by a process that was killed; `into` has one writer at a time
        shutil.rmtree(left, ignore_errors=True)
    writers = {split: _Writer(into, split, dtype) for split in SPLITS}
    try:
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=into) as scratch:
            total = len(corpus)
            cuts = cut_documents(corpus, tokenizer, Path(scratch), work, workers)
            for number, (document, cut) in enumerate(zip(corpus.documents(), cuts, strict=True)):
                work.progress("tokens", number, total, "documents")
                if document.text:
                    writers[split_of(document)].add(cut)
            work.progress("tokens", total, total, "documents")
    except OSError as error:
        raise storage.as_engine_error(error, into / "train.bin") from error
    finally:
        for writer in writers.values():
            writer.close()
    if not writers["train"].tokens:
        raise EngineError("No document is left to train on.", "The training split was expected to have some text.",
                          "Add text, or lower the shares for validation and test.")
    described = {"vocab_size": tokenizer.vocab_size, "dtype": dtype.name,
                 "splits": {split: _finished(writer, into, split) for split, writer in writers.items()}}
    digests = {split: _digests(into / f"{split}.bin") for split in SPLITS}
    storage.write_json(into / "tokens.json", {**described, "digests": digests})
    return described


def _finished(writer: _Writer, into: Path, split: str) -> dict[str, Any]:
    np.save(into / f"{split}-documents.npy", np.array(writer.starts, dtype=np.int64))
    return {"tokens": writer.tokens, "documents": len(writer.starts), "bytes": writer.bytes,
            "predicted": writer.predicted, "has_mask": writer.has_mask}


def _digests(path: Path) -> list[str]:
    """A hash (XXH3, 64 bit) of every block of a file."""
    with open(path, "rb") as file:
        return [xxhash.xxh3_64_hexdigest(block) for block in iter(lambda: file.read(BLOCK_BYTES), b"")]


class TokenFile:
    """One split of a corpus as ids: `ids` and `mask` (memory-mapped), `document_starts`, `documents`, `bytes`.

    `mask` says of every token whether it is learned, (tokens,) uint8; None where all but the beginnings are. Opening
    checks the size, and up to CHECKED_BLOCKS blocks of 16 MB, of which the whole of most corpora is made.
    """

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
            raise self._damaged()
        self._digests: list[str] = described.get("digests", {}).get(split, [])
        self.verify(CHECKED_BLOCKS)
        self.ids: npt.NDArray[np.unsignedinteger[Any]] = (
            np.memmap(self.path, dtype=dtype, mode="r") if self.tokens else np.zeros(0, dtype=dtype))
        self.document_starts: npt.NDArray[np.int64] = np.load(folder / f"{split}-documents.npy", allow_pickle=False)

        self.mask: npt.NDArray[np.uint8] | None = None
        if figures.get("has_mask"):
            path = folder / f"{split}{MASK}"
            if not path.exists() or path.stat().st_size != self.tokens:
                raise self._damaged()
            self.mask = np.memmap(path, dtype=np.uint8, mode="r")
        self._predicted: int = figures.get("predicted", self.tokens - self.documents)

    def __len__(self) -> int:
        return self.tokens

    def verify(self, most: int | None = None) -> None:
        """Compare blocks of the file with their digests: all, or `most` from all over it; raises EngineError."""
        count = len(self._digests)
        chosen = range(count) if most is None or most >= count else sorted({
            place * (count - 1) // max(1, most - 1) for place in range(most)})
        with open(self.path, "rb") as file:
            for number in chosen:
                file.seek(number * BLOCK_BYTES)
                if xxhash.xxh3_64_hexdigest(file.read(BLOCK_BYTES)) != self._digests[number]:
                    raise self._damaged()

    def _damaged(self) -> EngineError:
        return EngineError(f"{self.path} is damaged.", f"{self.tokens} tokens, as they were written, were expected.",
                           "Delete its folder; it is made again.")

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
        """Tokens that a model is asked for: all but the beginnings, or those that a task wants learned."""
        return self._predicted

    @property
    def text_bytes(self) -> int:
        """Bytes of all the text, about, also of what is not to be learned."""
        return self.bytes if self.mask is None else round(self.bytes_per_token * (self.tokens - self.documents))

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


def mean_loss(losses: npt.NDArray[np.floating[Any]], ids: npt.NDArray[Any],
              mask: npt.NDArray[Any] | None = None) -> float:
    """Nats per predicted token from the losses of `ids[1:]`; beginnings, and what `mask` leaves out, do not count."""
    counted = ids[1:] != BOS_ID if mask is None else mask[1:] != 0
    return float(losses[counted].sum(dtype=np.float64) / max(1, int(counted.sum())))


def _described(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = storage.read_json(folder / "tokens.json")
    except FileNotFoundError as error:
        raise EngineError(f"{folder} has no tokens.", "tokens.json was expected.",
                          "Run the tokenizer again.") from error
    return found
