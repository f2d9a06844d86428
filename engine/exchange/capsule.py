"""A run as one file: a zip archive of stored files, a manifest of their digests, and a digest over the whole.

The last 64 bytes, the end of the archive's comment, are the SHA-256 of all bytes before them, so a change of any byte
is noticed. That tells damage, not who made it: whatever a capsule holds is read as data, and nothing in it is run.
Source: the layout of zip archives (PKWARE APPNOTE 6.3); SHA-256: FIPS 180-4.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NoReturn

from engine import storage
from engine.errors import EngineError

FORMAT = "wenlu-capsule-1"
ENDING = ".wenlu"
MANIFEST = "manifest.json"

MOST_BYTES = 64 << 30
_MOST_MANIFEST_BYTES = 1 << 20
_MOST_TEXT_BYTES = 256 << 20
_DIGEST_SIZE = 64
_NAMES = re.compile(r"run\.toml|events\.jsonl|report\.html|data/manifest\.json|tokenizer/(?:tokenizer\.json|"
                    r"tokenizer\.model|tokenizer-library\.json)|checkpoints/(?:step-\d{8,12}|baseline)\.safetensors")
_NEEDED = {"run.toml", "events.jsonl", "tokenizer/tokenizer.json"}
_DATE = (1980, 1, 1, 0, 0, 0)


def write_capsule(path: Path, files: Mapping[str, Path], title: str) -> None:
    """Put files, named as in `_NAMES`, into a capsule; the same files give the same bytes."""
    manifest = {"format": FORMAT, "title": title, "files": {
        name: {"bytes": file.stat().st_size, "sha256": storage.digest_file(file)} for name, file in files.items()}}
    with storage.replacing(path, needed_bytes=sum(file.stat().st_size for file in files.values())) as target:
        signed = _Signed(target)
        with zipfile.ZipFile(signed, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_entry(MANIFEST), json.dumps(manifest, ensure_ascii=False, indent=1))
            for name, file in files.items():
                with open(file, "rb") as source, archive.open(_entry(name), "w", force_zip64=True) as into:
                    while part := source.read(1 << 20):
                        into.write(part)
            archive.comment = b"-" * _DIGEST_SIZE
        signed.finish()


def check_capsule(path: Path) -> dict[str, str]:
    """Read a capsule from the first byte to the last; returns its title and the digest of each file.

    Raises EngineError where a byte has changed, a name has no place in a capsule, or a file is packed.
    """
    try:
        size = path.stat().st_size
        if not _DIGEST_SIZE < size <= MOST_BYTES:
            _refuse(path, "its size is not that of a capsule")
        _require_digest(path, size)
        with zipfile.ZipFile(path) as archive:
            return _checked(path, archive, size)
    except OSError as error:
        raise EngineError(f"{path.name} could not be read: {error.strerror}.", "A run capsule was expected.",
                          "Check the path.") from error
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, RecursionError, NotImplementedError,
            EOFError) as error:
        _refuse(path, type(error).__name__, error)


def unpack_capsule(path: Path, folder: Path) -> str:
    """Check a capsule and lay its files into an empty folder; returns its title. Raises as `check_capsule` does."""
    found = check_capsule(path)
    with zipfile.ZipFile(path) as archive:
        for name, digest in found.items():
            if name == "title":
                continue
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, storage.replacing(target) as into:
                while part := source.read(1 << 20):
                    into.write(part)
            if storage.digest_file(target) != digest:  # it changed between two looks
                _refuse(path, name)
    return found["title"]


def _checked(path: Path, archive: zipfile.ZipFile, size: int) -> dict[str, str]:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(names) != len(set(names)) or len(names) > 32:
        _refuse(path, "a name is there twice")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries) \
            or sum(entry.file_size for entry in entries) > size:
        _refuse(path, "a file in it is packed")
    if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST_BYTES:
        _refuse(path, "its manifest is too long")
    manifest = json.loads(archive.read(MANIFEST))
    if manifest["format"] != FORMAT:
        _refuse(path, "its format is unknown")
    files = manifest["files"]
    if set(files) | {MANIFEST} != set(names) or not set(files) >= _NEEDED \
            or not all(_NAMES.fullmatch(name) for name in files):
        _refuse(path, "a file in it has no place in a capsule")
    found = {"title": str(manifest["title"])[:200]}
    for name in files:
        if archive.getinfo(name).file_size > (MOST_BYTES if name.startswith("checkpoints/") else _MOST_TEXT_BYTES):
            _refuse(path, "a file in it is too long")
        digest = hashlib.sha256()
        with archive.open(name) as file:
            while part := file.read(1 << 20):
                digest.update(part)
        if digest.hexdigest() != files[name]["sha256"]:
            _refuse(path, name)
        found[name] = digest.hexdigest()
    return found


def _require_digest(path: Path, size: int) -> None:
    digest, left = hashlib.sha256(), size - _DIGEST_SIZE
    with open(path, "rb") as file:
        while left:
            part = file.read(min(left, 1 << 20))
            if not part:
                break
            digest.update(part)
            left -= len(part)
        if file.read() != digest.hexdigest().encode():
            _refuse(path, "a byte is not as it was written")


def _refuse(path: Path, why: str, error: BaseException | None = None) -> NoReturn:
    raise EngineError(f"{path.name} is no whole run capsule: {why}.", "A file that Wenlu wrote and nobody changed was "
                      "expected. Nothing of it was opened.", "Ask for the file again.") from error


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.external_attr = 0o644 << 16
    return entry


class _Signed:
    """Passes bytes on, counts them and keeps their digest; zipfile takes it for a pipe, so it never goes back."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._digest, self._held = target, hashlib.sha256(), b""

    def write(self, content: bytes) -> int:
        """Hold back as many bytes as the digest is long: it will take the place of the last ones."""
        whole = self._held + bytes(content)
        ready, self._held = whole[:-_DIGEST_SIZE], whole[-_DIGEST_SIZE:]
        self._digest.update(ready)
        self._target.write(ready)
        return len(content)

    def flush(self) -> None:
        """Nothing to do before the end."""

    def close(self) -> None:
        """Nothing to do: the target is closed by who opened it."""

    def finish(self) -> None:
        """Write the digest."""
        self._target.write(self._digest.hexdigest().encode())
