"""Makes the environment that Wenlu runs in: a folder of its own with torch, Qt and the rest.

An interrupted set-up heals itself. The stamp is written last, so that an environment without one is not trusted; a
mark tells one that was being filled, whose files may be torn, and that one is made anew.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from engine import storage
from engine.errors import EngineError
from studio import obstacles
from studio.bootstrap import ROOT, STAMP, Wanted, python_of, read_stamp

LOCK = "wenlu-set-up.lock"
LOG = "wenlu-set-up.log"
UNFINISHED = "wenlu-set-up-unfinished"
_KEPT = (LOCK,)


def set_up(folder: Path, wanted: Wanted, again: bool = False) -> None:
    """Make or renew the environment; raises Obstacle with one sentence.

    Two starts at once: the second waits, then finds it done.
    """
    if (obstacle := obstacles.of_this_python()) is not None:
        raise obstacle
    try:
        folder.mkdir(exist_ok=True)
        with _alone(folder) as lock:
            if again or not wanted.fits(read_stamp(folder)):
                _SetUp(folder, wanted, lock).make(again)
    except OSError as error:
        raise obstacles.of_system_error(error, folder) from error
    except EngineError as error:
        raise obstacles.Obstacle(f"{error.what.rstrip('.')}: {error.fix}") from error


class _SetUp:
    """One set-up, while the folder is locked."""

    def __init__(self, folder: Path, wanted: Wanted, lock: IO[bytes]) -> None:
        self.folder = folder
        self.wanted = wanted
        # A child has the lock as well: should this process be killed, it stays shut until the child ends.
        self._held = () if os.name == "nt" else (lock.fileno(),)
        self.log = folder / LOG
        self.began = time.monotonic()

    def make(self, again: bool) -> None:
        stamp = read_stamp(self.folder)
        if again or self._is_torn() or not self._is_of_this_python():
            self._clear()
        (self.folder / STAMP).unlink(missing_ok=True)
        storage.write_text(self.folder / UNFINISHED, "")
        if not python_of(self.folder).exists():
            self._make_empty()
        torch_before = str((stamp or {}).get("torch") or "index")
        torch = self.wanted.torch or torch_before
        kept = (stamp or {}).get("extras")
        extras = sorted({*self.wanted.extras, *(kept if isinstance(kept, list) else [])})
        self._install_torch(torch, torch_before)
        self._say("Fetching and installing torch, Qt and the rest; the first time this may take some minutes ...")
        self._pip("--editable", f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT))
        if hasattr(os, "sync"):
            os.sync()  # the stamp must not survive a power cut that the files it vouches for did not
        self.log.unlink(missing_ok=True)
        (self.folder / UNFINISHED).unlink()
        storage.write_json(self.folder / STAMP, {"digest": self.wanted.digest, "python": self.wanted.python,
                                                 "extras": extras, "torch": torch})
        self._say(f"Done in {time.monotonic() - self.began:.0f} s.")

    def _is_torn(self) -> bool:
        if (self.folder / UNFINISHED).exists():
            self._say("An earlier set-up was interrupted; it begins anew.")
            return True
        return False

    def _is_of_this_python(self) -> bool:
        """Whether the environment's Python starts and is the one that is asked for; true of an empty folder."""
        python = python_of(self.folder)
        if not os.path.lexists(python):
            return True
        try:
            answer = subprocess.run([python, "-I", "-c", "import sys, pip; print(sys.implementation.cache_tag)"],
                                    capture_output=True, text=True)
        except OSError:
            return False
        return answer.stdout.strip() == self.wanted.python

    def _clear(self) -> None:
        for child in self.folder.iterdir():
            if child.name in _KEPT:
                continue
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()

    def _make_empty(self) -> None:
        if (obstacle := obstacles.of_little_room(self.folder)) is not None:
            (self.folder / UNFINISHED).unlink()
            raise obstacle
        self._say(f"Making an environment in {self.folder} (once; the next start takes no time) ...")
        base = getattr(sys, "_base_executable", None) or sys.executable
        made = subprocess.run([base, "-m", "venv", "--prompt", "wenlu", str(self.folder)], env=_surroundings(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=self._held)
        if made.returncode:
            raise obstacles.of_venv(made.stdout, self.folder)
        version = subprocess.run([python_of(self.folder), "-m", "pip", "--version"], env=_surroundings(),
                                 capture_output=True, text=True).stdout
        numbers = re.match(r"pip (\d+)\.(\d+)", version)
        if numbers and (int(numbers[1]), int(numbers[2])) < (21, 3):  # older ones cannot install a folder in place
            self._pip("--upgrade", "pip>=23")

    def _install_torch(self, build: str, before: str) -> None:
        """Take torch from the index that was asked for; plain pip, a moment later, leaves it where it fits."""
        is_there = any(self.folder.glob("[Ll]ib*/**/site-packages/torch"))
        anew = ["--force-reinstall", "--no-deps"] if is_there and build != before else []
        if build != "index":
            self._say(f"Fetching torch, build {build} ...")
            self._pip("--index-url", f"https://download.pytorch.org/whl/{build}", *anew, _torch_requirement())
        elif anew:
            self._pip(*anew, _torch_requirement())
        elif sys.platform == "linux" and not is_there and not Path("/proc/driver/nvidia").exists():
            self._say("No NVIDIA card was found. If pip now begins to fetch nvidia packages (2.7 GB), stop it and type "
                      f"`{obstacles.start_command()} --torch cpu` for a smaller build.")

    def _pip(self, *words: str) -> None:
        """Install with pip, whose own configuration counts; its progress goes straight to the terminal."""
        self.log.unlink(missing_ok=True)
        to_terminal = sys.stdout is not None and sys.stdout.isatty()
        quiet = [] if to_terminal else ["--progress-bar", "off"]
        command = [str(python_of(self.folder)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
                   "--log", str(self.log), *quiet, *words]
        output = subprocess.DEVNULL if sys.stdout is None else None
        code = subprocess.run(command, env=_surroundings(), cwd=ROOT, stdout=output, stderr=output,
                              pass_fds=self._held).returncode
        if code:
            log = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
            if "Installing collected packages" not in log:  # nothing was touched: what is there stays good
                (self.folder / UNFINISHED).unlink(missing_ok=True)
            raise obstacles.of_pip(log, self.folder, self.log)

    def _say(self, line: str) -> None:
        _say(line)


def _say(line: str) -> None:
    if sys.stdout is not None:
        print(f"wenlu: {line}", flush=True)


def _surroundings() -> dict[str, str]:
    """The user's variables, but for those that would let other packages shine through."""
    kept = {name: value for name, value in os.environ.items()
            if name not in ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__")}
    return {**kept, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}


def _torch_requirement() -> str:
    found = re.search(r'"(torch[<>=~!][^"]*)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    return found.group(1) if found else "torch"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[IO[bytes]]:
    """Hold the folder's lock, waiting for whoever has it."""
    with open(folder / LOCK, "ab") as file:
        if not _try_lock(file):
            _say("Another start is making the environment; waiting for it ...")
            _wait_for_lock(file)
        yield file


def _try_lock(file: IO[bytes]) -> bool:
    if os.name == "nt":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for_lock(file: IO[bytes]) -> None:
    if os.name == "nt":
        while not _try_lock(file):
            time.sleep(0.5)
        return
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX)
