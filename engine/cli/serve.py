"""The verb that serves models to other programs."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
from typing import Any

from engine.cli.output import Output
from engine.errors import EngineError
from engine.runs.job import DONE

KEY_VARIABLE = "WENLU_KEY"
SHORTEST_KEY = 16


def serve(arguments: argparse.Namespace, output: Output) -> int:
    """Serve until told to stop (Ctrl+C, the signal TERM or, with --attached, the end of standard input)."""
    if arguments.threads is not None and arguments.threads < 1:
        raise EngineError(f"{arguments.threads} threads are too few.", "At least 1 was expected.",
                          "Leave --threads out.")
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads or os.cpu_count() or 1)
    from engine.serving.admission import Door
    from engine.serving.catalogue import Catalogue
    from engine.serving.office import Office
    from engine.serving.server import Server, own_address

    key = _key() if arguments.key or arguments.network else None
    office = Office(Catalogue(arguments.path, arguments.checkpoint))
    server = Server(office, "0.0.0.0" if arguments.network else "127.0.0.1", arguments.port,
                    lambda port: Door(port, arguments.network, key, tuple(arguments.origin)),
                    lambda handled: output.object({"request": handled.plain()}, _line(handled.plain())))
    over = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: over.set())
    if arguments.attached:
        threading.Thread(target=_when_input_ends, args=(over,), daemon=True, name="attached").start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True, name="accept").start()
    addresses = [f"http://127.0.0.1:{server.port}/v1", *([f"http://{own_address()}:{server.port}/v1"]
                                                         if arguments.network else [])]
    models = [each["id"] for each in office.models()["data"]]
    output.object({"serving": {"addresses": addresses, "models": models, "key": key}},
                  f"serving {', '.join(models) or 'no model yet'} at {' and '.join(addresses)}"
                  + (f"\naccess key: {key}" if key else "") + "\nCtrl+C ends it")
    sys.stdout.flush()
    while not over.wait(0.5):
        pass
    server.stop()
    return DONE


def _when_input_ends(over: threading.Event) -> None:
    sys.stdin.buffer.read()
    over.set()


def _key() -> str:
    """The key of the environment, where it is long enough, or a new one of 256 bits."""
    given = os.environ.get(KEY_VARIABLE)
    if given is None:
        return secrets.token_urlsafe(32)
    if len(given) < SHORTEST_KEY or not given.isascii() or " " in given:
        raise EngineError(f"The key in {KEY_VARIABLE} is too easy to guess.",
                          f"At least {SHORTEST_KEY} letters and digits were expected.",
                          "Leave it out to have one made.")
    return given


def _line(handled: dict[str, Any]) -> str:
    tokens = f", {handled['prompt_tokens']} + {handled['completion_tokens']} tokens" if handled["model"] else ""
    status = "left" if handled["left"] else handled["status"]
    return f"{handled['method']} {handled['path']} {status} {handled['seconds']:.2f} s{tokens}"
