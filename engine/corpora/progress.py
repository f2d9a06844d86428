"""How far a corpus in the making has come, so that a killed process is taken up where it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine import __version__, storage
from engine.errors import EngineError

_FILE = "progress.json"


def load(folder: Path, of: Any) -> dict[str, Any] | None:
    """What was last saved in a folder for the same work, `of` being plain data that names it; None to begin anew."""
    path = folder / _FILE
    if not path.exists():
        return None
    try:
        plain = storage.read_json(path)
    except EngineError:
        return None
    state = plain.get("state") if isinstance(plain, dict) and plain.get("of") == _mark(of) else None
    return state if isinstance(state, dict) else None


def save(folder: Path, of: Any, state: dict[str, Any]) -> None:
    """Say how far the work is; what `state` speaks of must be durable before."""
    storage.write_json(folder / _FILE, {"of": _mark(of), "state": state})


def finish(folder: Path, of: Any) -> None:
    """Say that nothing is left to do but to tidy up and put the folder in place."""
    save(folder, of, {"is_finished": True})


def is_finished(state: dict[str, Any] | None) -> bool:
    """Whether a state that was loaded is the one that `finish` saved."""
    return bool(state and state.get("is_finished"))


def _mark(of: Any) -> str:
    return storage.fingerprint([__version__, of])
