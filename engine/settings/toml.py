"""TOML in and out, and `path=value` from the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from engine.errors import EngineError
from engine.settings.spec import Spec, changed, from_plain, to_plain

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

S = TypeVar("S", bound=Spec)


def to_toml(spec: Spec) -> str:
    """A spec as TOML; settings left to Wenlu (None) do not appear."""
    return tomli_w.dumps(to_plain(spec), multiline_strings=True)


def from_toml(spec: type[S], text: str, name: str = "settings") -> S:
    """Read a spec; raises EngineError naming the line or the setting at fault."""
    return from_plain(spec, read_toml(text, name))


def read_toml(text: str, name: str = "settings") -> dict[str, Any]:
    """Parse TOML; raises EngineError naming the file and line."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise EngineError(f"{name} is not valid TOML: {error}.", "Lines such as `batch_size = 32` were expected.",
                          "Mend that line, or restore the copy beside it.") from error


def read_toml_file(path: Path) -> dict[str, Any]:
    """Parse a TOML file; a missing one is an error that names it."""
    try:
        return read_toml(path.read_text("utf-8"), path.name)
    except FileNotFoundError as error:
        raise EngineError(f"{path} does not exist.", "A file written by Wenlu was expected.",
                          "Check the path.") from error
    except UnicodeDecodeError as error:
        raise EngineError(f"{path.name} is damaged: it is not UTF-8.", "", "Restore the copy beside it.") from error


def assignment(text: str) -> tuple[str, Any]:
    """Split `model.n_layers=6` into its path and value; a value that is not TOML counts as text; `none` resets."""
    path, sign, value = text.partition("=")
    if not sign or not path.strip():
        raise EngineError(f"--set {text} has no value.", "PATH=VALUE was expected, such as model.n_layers=6.",
                          "Add an equals sign and a value.")
    value = value.strip()
    if value.lower() == "none":
        return path.strip(), None
    try:
        return path.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return path.strip(), value


def as_assignment(path: str, value: Any) -> str:
    """The text that `assignment` splits into this path and value."""
    return f"{path}={'none' if value is None else _inline(value)}"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_inline(part)}" for key, part in value.items() if part is not None) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(part) for part in value) + "]"
    return json.dumps(value)  # strings, numbers and booleans look alike in TOML and JSON


def assign(spec: S, *texts: str) -> S:
    """Apply `path=value` texts one after another."""
    for text in texts:
        spec = changed(spec, *assignment(text))
    return spec
