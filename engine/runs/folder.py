"""The run folder: all that a job is told and says; a live plot and a run from last year read the same files."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import tomli_w

from engine import storage
from engine.errors import EngineError
from engine.events import JobEnded
from engine.runs.inbox import Inbox
from engine.runs.log import last_event
from engine.settings import read_toml_file


class RunFolder:
    """One job's folder: `run.toml`, `events.jsonl`, `inbox/`, `checkpoints/` and a lock held while it runs.

    Jobs other than training (clean, tokenize) use the same shape without checkpoints.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "events.jsonl"
        self.settings_file = path / "run.toml"
        self.checkpoints = path / "checkpoints"
        self.output = path / "output.txt"
        self.inbox = Inbox(path / "inbox")
        self.lock = storage.FolderLock(path / "lock")

    @property
    def name(self) -> str:
        """The folder's name, which is the run's name."""
        return self.path.name

    @classmethod
    def create(cls, path: Path, settings: dict[str, Any]) -> RunFolder:
        """Make a new folder with its settings; raises EngineError if there is one already."""
        if path.exists():
            raise EngineError(f"{path.name} exists already.", "A new name was expected.", "Choose another name.")
        with storage.replacing_folder(path) as temporary:
            (temporary / "checkpoints").mkdir()
            (temporary / "inbox").mkdir()
            (temporary / "run.toml").write_bytes(tomli_w.dumps(settings).encode())
        return cls(path)

    def settings(self) -> dict[str, Any]:
        """`run.toml` as plain data."""
        return read_toml_file(self.settings_file)

    def write_settings(self, settings: dict[str, Any]) -> None:
        """Replace `run.toml`, the resolved truth about this run."""
        storage.write_text(self.settings_file, tomli_w.dumps(settings))

    def is_running(self) -> bool:
        """Whether a living process holds this run."""
        return self.lock.holder() is not None

    def status(self) -> str:
        """"running", "done", "stopped", "failed", or "cut-off" when it ended without a last word; "new" before."""
        if self.is_running():
            return "running"
        last = last_event(self.log)
        if last is None:
            return "new"
        return last.status if isinstance(last, JobEnded) else "cut-off"

    def last_output(self, lines: int = 20) -> str:
        """The end of what the process printed, for a crash report."""
        if not self.output.exists():
            return ""
        with open(self.output, "rb") as file:
            file.seek(max(0, self.output.stat().st_size - 20_000))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])


def next_name(folder: Path, stem: str) -> str:
    """The next free name such as "run-3": one more than the highest number in use."""
    pattern = re.compile(rf"{re.escape(stem)}-(\d+)")
    matches = [pattern.fullmatch(path.name) for path in folder.glob(f"{stem}-*")] if folder.exists() else []
    return f"{stem}-{max((int(match[1]) for match in matches if match), default=0) + 1}"


def checked_name(name: str) -> str:
    """A run name that is safe as a folder on every system; raises EngineError otherwise."""
    reserved = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
    plain = name.strip()
    if not plain or len(plain.encode()) > 100 or plain.strip(".") != plain or plain.lower().split(".")[0] in reserved \
            or re.search(r'[\x00-\x1f<>:"/\\|?*]', plain):
        raise EngineError(f"{json.dumps(name)} may not be used as a name.",
                          "A name of 1 to 100 bytes without / \\ : * ? \" < > | was expected.",
                          f"Try run-{time.strftime('%m%d')}.")
    return plain
