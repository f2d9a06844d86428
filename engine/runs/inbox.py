"""What a running job is told: one small file a command, read between steps."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from engine import storage
from engine.errors import EngineError

CommandName = Literal["pause", "resume", "stop", "sample", "save", "speed"]


@dataclass(frozen=True)
class Command:
    """One wish: pause, resume, stop, sample (values: prompt), save, speed (values: quiet, balanced, full)."""

    name: CommandName
    values: dict[str, Any] = field(default_factory=dict)


class Inbox:
    """A folder of command files in the order they were dropped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._left: set[str] = set()

    def drop(self, command: Command) -> None:
        """Leave a command for the job."""
        if command.name not in get_args(CommandName):
            raise EngineError(f"{command.name!r} is not a command.", f"One of {', '.join(get_args(CommandName))}.", "")
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns():020d}-{secrets.token_hex(3)}.json"
        storage.write_json(self.folder / name, {"name": command.name, "values": command.values})

    def take(self) -> list[Command]:
        """All commands since the last call, oldest first; damaged files are removed and ignored.

        On a disk that has failed, commands may be out of reach until it is mended, but none is taken twice.
        """
        commands = []
        for path in self._waiting():
            try:
                plain = storage.read_json(path)
                if plain["name"] in get_args(CommandName):
                    commands.append(Command(plain["name"], dict(plain.get("values") or {})))
            except (EngineError, OSError, KeyError, TypeError, ValueError):
                pass
            try:
                path.unlink(missing_ok=True)
            except OSError:  # the disk is read-only by now
                self._left.add(path.name)
        return commands

    def _waiting(self) -> list[Path]:
        try:
            paths = sorted(self.folder.glob("[0-9]*.json"))  # a file still being written has another name
        except OSError:
            return []
        return [path for path in paths if path.name not in self._left]

    def clear(self) -> None:
        """Forget commands that were meant for an earlier life of the job."""
        self.take()
