"""One file a checkpoint: tensors, state and a digest over the whole file; whole and durable, or not there.

The file is a safetensors file: any program can read its tensors. The header's metadata holds `state` (JSON) and
`sha256`, the digest of the file with that field blanked, so that a change of any byte is noticed: a damaged
safetensors file otherwise loads without complaint. Nothing else is needed to go on with training.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from engine import storage
from engine.errors import EngineError

Tensors = Mapping[str, npt.NDArray[Any]]

MODEL = "model."
OPTIMIZER = "optimizer."
RANDOM = "random."
CARRIED = "carried."
TRAINED = "trained."
AVERAGE = "average."
ADAPTER = "adapter."
"""Prefixes of the tensors' names in a file. Where weights are averaged, the model is the average, beside it lie the
weights that are trained. Where only some weights learn, those lie beside the model as adapter, and the model is the
sum of both."""

BASELINE = "baseline.safetensors"
FORMAT = "wenlu-checkpoint-1"
_BLANK = "0" * 64
_MAX_HEADER_BYTES = 50_000_000
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
           "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1"}
_NAMES = {np.dtype(code): name for name, code in _DTYPES.items()}
_FILE = re.compile(r"step-(\d{8,})\.safetensors")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint in memory: every tensor by its prefixed name, and the state as plain data."""

    tensors: dict[str, npt.NDArray[Any]]
    state: dict[str, Any]

    def part(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """The tensors of one part (such as MODEL or OPTIMIZER), without the prefix."""
        return {name[len(prefix):]: tensor for name, tensor in self.tensors.items() if name.startswith(prefix)}


@dataclass(frozen=True)
class CheckpointInfo:
    """A checkpoint on disk, read from its header only; `loss` is the validation loss (nats per token) at its step."""

    path: Path
    step: int
    why: str
    loss: float | None
    size_bytes: int


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies in a run's `checkpoints` folder."""
    return folder / f"step-{step:08d}.safetensors"


def save(path: Path, checkpoint: Checkpoint) -> int:
    """Write a checkpoint, durably; returns its size in bytes. Raises EngineError; the old file is then untouched."""
    arrays = {name: np.asarray(checkpoint.tensors[name], order="C") for name in sorted(checkpoint.tensors)}
    header = _header(arrays, checkpoint.state)
    digest = hashlib.sha256(header)
    blocks = [_bytes_of(array) for array in arrays.values()]
    for block in blocks:
        digest.update(block)
    signed = header.replace(_digest_field(_BLANK), _digest_field(digest.hexdigest()), 1)
    parts: list[bytes | memoryview] = [signed, *blocks]
    path.parent.mkdir(exist_ok=True)
    storage.retry_after_failed_sync(lambda: storage.write_bytes(path, *parts))
    return sum(len(part) for part in parts)


def _header(arrays: Mapping[str, npt.NDArray[Any]], state: Mapping[str, Any]) -> bytes:
    """Length and JSON header, digest blanked, padded so that the tensors begin at a multiple of 64 bytes."""
    entries: dict[str, Any] = {"__metadata__": {
        "sha256": _BLANK, "format": FORMAT, "state": json.dumps(state, allow_nan=False, sort_keys=True)}}
    position = 0
    for name, array in arrays.items():
        size = array.nbytes
        entries[name] = {"dtype": _NAMES[array.dtype.newbyteorder("<")], "shape": list(array.shape),
                         "data_offsets": [position, position + size]}
        position += size
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    return len(text).to_bytes(8, "little") + text


def _digest_field(digest: str) -> bytes:
    return b'{"__metadata__":{"sha256":"' + digest.encode() + b'"'


def _bytes_of(array: npt.NDArray[Any]) -> memoryview:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return little.reshape(-1).view(np.uint8).data if little.size else memoryview(b"")


def load(path: Path) -> Checkpoint:
    """Read and verify a checkpoint; raises EngineError where a single byte is not as it was written."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    header, length = _parse_header(path, content)
    metadata = header.pop("__metadata__")
    claimed = str(metadata.get("sha256"))
    digest = hashlib.sha256(content[:length].replace(_digest_field(claimed), _digest_field(_BLANK), 1))
    digest.update(memoryview(content)[length:])
    if digest.hexdigest() != claimed:
        _refuse(path)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        flat = np.frombuffer(content, np.uint8, end - start, length + start)
        tensors[name] = flat.view(_DTYPES[entry["dtype"]]).reshape(entry["shape"]).copy()
    return Checkpoint(tensors, json.loads(metadata["state"]))


def verify(path: Path) -> None:
    """Read a checkpoint in small parts, as it may be larger than memory has room for; raises as `load` does."""
    try:
        with open(path, "rb") as file:
            start = file.read(8)
            content = start + file.read(min(int.from_bytes(start, "little"), _MAX_HEADER_BYTES))
            header, _ = _parse_header(path, content)
            claimed = str(header["__metadata__"].get("sha256"))
            digest = hashlib.sha256(content.replace(_digest_field(claimed), _digest_field(_BLANK), 1))
            while part := file.read(1 << 20):
                digest.update(part)
    except OSError as error:
        raise _unreadable(path, error) from error
    if digest.hexdigest() != claimed:
        _refuse(path)


def read_state(path: Path) -> dict[str, Any]:
    """The state of a checkpoint from its header alone, not verified; raises as `load` does."""
    try:
        with open(path, "rb") as file:
            start = file.read(8)
            content = start + file.read(min(int.from_bytes(start, "little"), _MAX_HEADER_BYTES))
    except OSError as error:
        raise _unreadable(path, error) from error
    state: dict[str, Any] = json.loads(_parse_header(path, content)[0]["__metadata__"]["state"])
    return state


def _unreadable(path: Path, error: OSError) -> EngineError:
    return EngineError(f"The checkpoint {path.name} could not be read: {error.strerror}.", "It was not changed.",
                       "Make it readable, or choose another checkpoint.")


def is_whole(path: Path) -> bool:
    """Whether a checkpoint can be read and is as it was written."""
    try:
        verify(path)
    except EngineError:
        return False
    return True


def _parse_header(path: Path, content: bytes) -> tuple[dict[str, Any], int]:
    """The header and the position at which the tensors begin."""
    length = int.from_bytes(content[:8], "little") + 8
    if len(content) < 8 or length > min(len(content), _MAX_HEADER_BYTES):
        _refuse(path)
    try:
        header: dict[str, Any] = json.loads(content[8:length])
        is_ours = header["__metadata__"]["format"] == FORMAT
    except (ValueError, KeyError, TypeError, RecursionError):
        _refuse(path)
    if not is_ours:
        _refuse(path)
    return header, length


def _refuse(path: Path) -> NoReturn:
    raise EngineError(f"The checkpoint {path.name} is damaged.", "A whole file, as Wenlu wrote it, was expected.",
                      "Nothing was deleted. Use another checkpoint of this run.")


def _info(path: Path) -> CheckpointInfo | None:
    """What a file's header says of it; None where it can't be read."""
    try:
        with open(path, "rb") as file:
            start = file.read(8)
            content = start + file.read(min(int.from_bytes(start, "little"), _MAX_HEADER_BYTES))
        header, _ = _parse_header(path, content)
        state = json.loads(header["__metadata__"]["state"])
        return CheckpointInfo(path, int(state["step"]), str(state["why"]), state.get("loss"), path.stat().st_size)
    except (OSError, EngineError, KeyError, TypeError, ValueError):
        return None


def list_checkpoints(folder: Path) -> list[CheckpointInfo]:
    """All checkpoints of a run's `checkpoints` folder whose header can be read, by step, oldest first."""
    found = [_info(path) for path in folder.glob("step-*.safetensors") if _FILE.fullmatch(path.name)]
    return sorted((info for info in found if info is not None), key=lambda info: info.step)


def last(folder: Path) -> CheckpointInfo | None:
    """The checkpoint of the highest step."""
    return next(reversed(list_checkpoints(folder)), None)


def best(folder: Path) -> CheckpointInfo | None:
    """The checkpoint with the lowest validation loss at its own step; None where none was validated."""
    scored = [info for info in list_checkpoints(folder) if info.loss is not None]
    return min(scored, key=lambda info: (info.loss, info.step), default=None)


def newest_whole(folder: Path) -> tuple[Checkpoint | None, list[Path]]:
    """The newest checkpoint that is whole, and the damaged ones that were met, which are put aside by name.

    Raises EngineError where one can't be read at all: it may be whole, and what it holds must not be passed over.
    """
    damaged: list[Path] = []
    for path in sorted(folder.glob("step-*.safetensors"), key=_step_in_name, reverse=True):
        if not _FILE.fullmatch(path.name):
            continue
        try:
            return load(path), damaged
        except EngineError as error:
            if isinstance(error.__cause__, OSError):
                raise
            aside = path.with_name(f"damaged-{path.name}")
            path.rename(aside)
            damaged.append(aside)
    return None, damaged


def _step_in_name(path: Path) -> int:
    match = _FILE.fullmatch(path.name)
    return int(match[1]) if match else -1


def retain(folder: Path, keep: int = 2, verified: Collection[Path] = ()) -> list[Path]:
    """Delete old checkpoints but the newest `keep` and the best; returns those deleted.

    Deletes nothing unless all that stay are whole; those in `verified` were read back already.
    """
    infos = list_checkpoints(folder)
    best_path = getattr(best(folder), "path", None)
    staying = {info.path for info in infos[-keep:]} | ({best_path} if best_path else set())
    leaving = [info.path for info in infos if info.path not in staying]
    if not leaving or not all(path in verified or is_whole(path) for path in staying):
        return []
    for path in leaving:
        path.unlink(missing_ok=True)
    return leaving
