"""Rules for every test: no network, no foreign pickles, no file of the user's, no fault that passes unseen."""

from __future__ import annotations

import atexit
import ipaddress
import os
import shutil
import sys
import tempfile
from typing import Any

import hypothesis
import pytest

_HOME = tempfile.mkdtemp(prefix="wenlu-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["WENLU_HOME"] = _HOME
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads make tests ten times slower on a busy machine
os.environ.setdefault("GOMP_SPINCOUNT", "0")

hypothesis.settings.register_profile("house", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("house")

_forbidden: list[str] = []


def _is_here(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def _is_of_multiprocessing() -> bool:
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(("multiprocessing", "concurrent.futures")):
            return True
        frame = frame.f_back
    return False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        wrong = isinstance(address, tuple) and not _is_here(address[0])
    elif event == "socket.getaddrinfo":
        wrong = not _is_here(arguments[0])
    elif event == "pickle.find_class":
        wrong = not _is_of_multiprocessing()
    else:
        return
    if wrong:
        _forbidden.append(f"{event} {arguments[-1]}")
        raise PermissionError(f"a test may not do this: {event} {arguments}")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def nothing_forbidden():
    """Fail a test that reached for the network or unpickled, even where the program hid the refusal."""
    _forbidden.clear()
    yield
    assert not _forbidden


@pytest.fixture(autouse=True)
def no_fault_passes_unseen(request):
    """Fail a test in which a guarded method broke; one that breaks on purpose wears the mark `faults`."""
    crash = sys.modules.get("studio.crash")
    before = set(map(id, crash.log.reports)) if crash else set()
    yield
    crash = sys.modules.get("studio.crash")
    new = [report.text for report in crash.log.reports if id(report) not in before] if crash else []
    assert not new or request.node.get_closest_marker("faults"), "\n".join(new)
