"""What can stand in the way of the set-up: each as one sentence that names the thing and the command that helps."""

from __future__ import annotations

import errno
import os
import platform
import re
import shutil
import sys
import tempfile
from importlib import util
from pathlib import Path

ROOM_BYTES = 3_000_000_000
"""Free space asked for before the first set-up: an environment with a CPU build of torch takes 1.6 GB, and pip unpacks
beside it. A CUDA build takes about 7 GB; a disk that fills up later is named then."""

_NO_NETWORK = ("NewConnectionError", "NameResolutionError", "Temporary failure in name resolution",
               "getaddrinfo failed", "Network is unreachable", "ConnectTimeoutError", "ReadTimeoutError",
               "Connection refused", "ProxyError",
               "SSLError", "CERTIFICATE_VERIFY_FAILED", "nodename nor servname", "Max retries exceeded")


class Obstacle(Exception):  # noqa: N818  (read as a sentence: raise Obstacle)
    """Why the set-up cannot go on, in one sentence."""


def start_command() -> str:
    """How this program is started, for sentences."""
    return "py studio" if os.name == "nt" else "python3 studio"


def of_this_python() -> Obstacle | None:
    """What is wrong with this machine or this Python, before anything is tried."""
    system, machine = platform.system(), platform.machine().lower()
    if sys.maxsize < 2**32:
        return Obstacle("This is a 32-bit Python and torch needs a 64-bit one: install it from "
                        "https://www.python.org/downloads.")
    if (system, machine) == ("Darwin", "x86_64"):
        return Obstacle("torch has no build for Python on Intel Macs: on Apple silicon install the universal "
                        "Python from https://www.python.org/downloads and start `python3 studio` in a "
                        "terminal that doesn't use Rosetta; on an Intel Mac use another computer.")
    if (system, machine) == ("Windows", "arm64"):
        return Obstacle("torch has no build for Windows on ARM: install the \"Windows installer (64-bit)\" of Python, "
                        "which Windows runs as Intel code, from https://www.python.org/downloads/windows.")
    if util.find_spec("venv") is None or util.find_spec("ensurepip") is None:
        return of_missing_venv()
    return None


def of_missing_venv() -> Obstacle:
    """Debian and its kin split the venv module from Python."""
    minor = sys.version_info[1]
    if shutil.which("apt-get"):
        helps = f"install it with `sudo apt install python3-venv` (or python3.{minor}-venv) and start again."
    else:
        helps = "install a whole Python from https://www.python.org/downloads and start again with it."
    return Obstacle(f"This Python (3.{minor}) comes without its module venv: {helps}")


def of_little_room(folder: Path) -> Obstacle | None:
    """Whether the disk has room for a first set-up."""
    free = shutil.disk_usage(folder).free
    if free >= ROOM_BYTES:
        return None
    return Obstacle(f"The disk of {folder} has {free / 1e9:.1f} GB free and the set-up needs "
                    f"{ROOM_BYTES / 1e9:.0f} GB: free some (`pip cache purge` empties pip's cache) and start again.")


def of_system_error(error: OSError, folder: Path) -> Obstacle:
    """The same error, in words that say what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _forbidden(folder)
    return Obstacle(f"{folder} could not be made ({error.strerror or error}): check the disk, "
                    f"then `{start_command()} --set-up-again`.")


def of_venv(output: str, folder: Path) -> Obstacle:
    """Why `python -m venv` failed."""
    if "ensurepip" in output:
        return of_missing_venv()
    if "No space left" in output:
        return _full(folder)
    if "Permission denied" in output:
        return _forbidden(folder)
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "without a word")
    return Obstacle(f"The environment could not be made ({last.strip()}): try `{start_command()} --set-up-again`.")


def of_pip(log: str, folder: Path, log_file: Path) -> Obstacle:
    """Why pip failed, from its log."""
    if "No space left on device" in log or "[Errno 28]" in log:
        return _full(folder)
    if re.search(r"ERROR: .*(Permission denied|Access is denied)", log):
        return _forbidden(folder)
    if any(sign in log for sign in _NO_NETWORK):
        return Obstacle("The package index could not be reached: check the network (behind a proxy: `pip config set "
                        f"global.proxy http://HOST:PORT`) and start again; pip's words are in {log_file}.")
    missing = re.search(r"ERROR: (?:No matching distribution found for|Could not find a version that satisfies the "
                        r"requirement) ([A-Za-z0-9._-]+)", log)
    if missing:
        return _no_build(missing.group(1))
    last = re.findall(r"ERROR: (.*)", log)
    return Obstacle(f"pip failed{f' ({last[-1].strip()})' if last else ''}: read {log_file}, "
                    f"then try `{start_command()} --set-up-again`.")


def _no_build(name: str) -> Obstacle:
    here = f"Python {sys.version_info[0]}.{sys.version_info[1]} on {platform.system()} {platform.machine()}"
    return Obstacle(f"The package index has no build of {name} for {here}: install Python 3.12 from "
                    "https://www.python.org/downloads and start `python3.12 studio`.")


def _full(folder: Path) -> Obstacle:
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    return Obstacle(f"The disk is full: {free / 1e9:.1f} GB are free for {folder} and "
                    f"{shutil.disk_usage(tempfile.gettempdir()).free / 1e9:.1f} GB in {tempfile.gettempdir()}; "
                    "free some (`pip cache purge` empties pip's cache) and start again.")


def _forbidden(folder: Path) -> Obstacle:
    owner = f"`sudo chown -R \"$USER\" \"{folder.parent}\"`" if os.name != "nt" else "copy Wenlu to your own folder"
    return Obstacle(f"{folder} may not be written: {owner} gives it to you; then start again.")
