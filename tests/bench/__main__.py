"""Measure this machine: `python -m tests.bench [NAME ...]` prints one JSON line a measurement.

Each `bench_NAME.py` beside this file has `measure()`, which yields plain objects; no name means all of them.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import platform
import time
from pathlib import Path

_NAMES = sorted(file.stem.removeprefix("bench_") for file in Path(__file__).parent.glob("bench_*.py"))


def main() -> int:
    """Run the named measurements one after the other."""
    parser = argparse.ArgumentParser("python -m tests.bench", description="Measure this machine, as JSON lines.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run, of: {', '.join(_NAMES)} (default all)")
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="time to train, for first_light (default 60)")
    parser.add_argument("--full", action="store_true", help="also what takes an hour and gigabytes of disk")
    arguments = parser.parse_args()
    names = arguments.names or _NAMES
    if unknown := sorted(set(names) - set(_NAMES)):
        parser.error(f"there is no {', '.join(unknown)}; choose from {', '.join(_NAMES)}")
    print(json.dumps({"machine": platform.machine(), "system": platform.system(), "python": platform.python_version(),
                      "cores": os.cpu_count()}), flush=True)
    for name in names:
        began = time.monotonic()
        measure = importlib.import_module(f"tests.bench.bench_{name}").measure
        given = {"budget_seconds": arguments.budget, "full": arguments.full or None}
        taken = inspect.signature(measure).parameters
        for result in measure(**{name: value for name, value in given.items() if value is not None and name in taken}):
            print(json.dumps({"bench": name, **result}, ensure_ascii=False), flush=True)
        print(json.dumps({"bench": name, "seconds": round(time.monotonic() - began, 1)}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
