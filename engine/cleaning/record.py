"""What the memory of a step writes down, so that cleaning goes on after a kill."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.resuming import ByteLog


class Record:
    """Append-only logs of one step, in a folder of its own; without a folder they stay in memory.

    `lengths` are those of the logs when the work was last saved: what was written after that is cut off. Other files
    in the folder are left to the memory, which makes them anew.
    """

    def __init__(self, folder: Path | None = None, lengths: Mapping[str, int] | None = None) -> None:
        self.folder = folder
        self._lengths = dict(lengths or {})
        self._logs: dict[str, ByteLog] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def log(self, name: str) -> ByteLog:
        """The log of that name, open to append, with what it held when the work was last saved."""
        if name not in self._logs:
            path = None if self.folder is None else self.folder / name
            self._logs[name] = ByteLog(path, self._lengths.get(name, 0))
        return self._logs[name]

    @property
    def lengths(self) -> dict[str, int]:
        """How long each log is now."""
        return {name: log.length for name, log in self._logs.items()}

    def sync(self) -> None:
        """Wait until all logs would survive a power cut."""
        for log in self._logs.values():
            log.sync()

    def close(self) -> None:
        """Close all logs."""
        for log in self._logs.values():
            log.close()
