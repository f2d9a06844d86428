"""From a bare Python to a program that runs in its own environment; the second start is only a look at a stamp.

Standard library only, and as little of it as possible: every start passes here.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
STAMP = "wenlu-environment.json"
"""Written last, when the environment is whole; without it the environment is not trusted."""

HELP = """usage: python3 {program} [--prepare] [--set-up-again] [--torch BUILD] [...]

{purpose}

options:
  --prepare        make or renew the environment (.venv beside the code) and stop
  --set-up-again   make the environment anew
  --torch BUILD    take torch from https://download.pytorch.org/whl/BUILD, such as cpu
                   (Linux without an NVIDIA card: saves about 2.7 GB), cu126 or rocm6.4;
                   "index" goes back to the index that pip is set to
  --help           this text
{rest}"""


@dataclass(frozen=True)
class Wanted:
    """What an environment must hold: the project's requirements, extra groups, and a build of torch."""

    digest: str
    python: str
    extras: tuple[str, ...] = ()
    torch: str | None = None  # None: whichever is there

    def fits(self, stamp: dict[str, object] | None) -> bool:
        """Whether the environment that left this stamp will do."""
        if stamp is None or (stamp.get("digest"), stamp.get("python")) != (self.digest, self.python):
            return False
        extras = stamp.get("extras")
        return isinstance(extras, list) and set(self.extras) <= set(extras) and self.torch in (None, stamp.get("torch"))


@dataclass(frozen=True)
class Options:
    """What was typed: the words for the set-up, and the rest for the program."""

    rest: tuple[str, ...]
    prepare: bool = False
    again: bool = False
    torch: str | None = None
    help: bool = False


def read_options(words: Sequence[str]) -> Options:
    """Take the set-up's own words out of a command line; raises ValueError with a sentence."""
    rest: list[str] = []
    found: dict[str, object] = {}
    flags = {"--prepare": "prepare", "--set-up-again": "again", "--help": "help", "-h": "help"}
    waiting = iter(words)
    for word in waiting:
        if word in flags:
            found[flags[word]] = True
        elif word == "--torch" or word.startswith("--torch="):
            build = word[len("--torch="):] if "=" in word else next(waiting, "")
            if not build.replace(".", "").isalnum():
                raise ValueError("--torch needs the name of a build, such as `--torch cpu`.")
            found["torch"] = build
        else:
            rest.append(word)
    return Options(tuple(rest), **found)  # type: ignore[arg-type]


def wanted(extras: Sequence[str] = (), torch: str | None = None) -> Wanted:
    """What this checkout needs on this Python."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return Wanted(digest, str(sys.implementation.cache_tag), tuple(extras), torch)


def read_stamp(folder: Path = FOLDER) -> dict[str, object] | None:
    """The stamp of the environment, or None when it is absent or damaged."""
    try:
        stamp = json.loads((folder / STAMP).read_bytes())
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def python_of(folder: Path) -> Path:
    """The Python of an environment."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def open_studio() -> int:
    """Open the window, after set-up where needed."""

    def main() -> int:
        from studio import start  # looks at Qt, which only the environment has

        return start.main()

    return begin("studio", (), main, "Opens the window, after making what it needs.",
                 "Other words go to the window; `.venv/bin/wenlu --help` lists them.")


def begin(program: str, extras: Sequence[str], main: Callable[[], int], purpose: str, rest: str) -> int:
    """Set up what is missing, then run `main` inside the environment; gives the exit code."""
    try:
        options = read_options(sys.argv[1:])
    except ValueError as error:
        return _refuse(str(error))
    if options.help:
        print(HELP.format(program=program, purpose=purpose, rest=rest))
        return 0
    need = wanted(extras, options.torch)
    if options.again or not (need.fits(read_stamp()) and python_of(FOLDER).exists()):
        from studio import environment, obstacles

        try:
            environment.set_up(FOLDER, need, options.again)
        except obstacles.Obstacle as obstacle:
            return _refuse(str(obstacle))
        except KeyboardInterrupt:
            return _refuse("Set-up was stopped; the next start takes it up again.", 130)
    if options.prepare:
        print(f"The environment in {FOLDER} is ready.")
        return 0
    if Path(sys.prefix).resolve() == FOLDER.resolve():
        sys.argv[1:] = options.rest
        return main()
    return _start_again_inside(program, options.rest)


def _refuse(sentence: str, code: int = 2) -> int:
    print(sentence, file=sys.stderr)
    return code


def _start_again_inside(program: str, words: Sequence[str]) -> int:
    """Replace this process by the environment's Python; the user's folder stays the current one."""
    command = [str(python_of(FOLDER)), str(ROOT / program), *words]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    surroundings.pop("PYTHONHOME", None)
    if os.name != "nt":
        sys.stdout.flush()
        os.execve(command[0], command, surroundings)
    import subprocess

    return subprocess.call(command, env=surroundings)
