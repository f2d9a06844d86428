"""Twenty kills each while text is cleaned, a tokenizer learned, and the text cut: are the bytes the same at the end?"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.corpora.samples import SAMPLES
from engine.corpora.source import source_of
from engine.project import Project
from tests.stories.driving import REPOSITORY, surroundings

KILLS = 20
TEXT_BYTES = 40_000_000
"""More than the 16 MB from which on several processes cut a text."""
STAGES = ("cleaned", "tokenizer", "tokens")


def measure() -> Iterator[dict[str, Any]]:
    """One JSON line a stage with what was killed, then the verdict."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        texts = _texts(folder / "texts")
        calm = _project(folder / "calm", texts)
        times = _run(calm, None, 0.0)
        killed = _project(folder / "killed", texts)
        chance = random.Random(11)
        for stage in STAGES:
            moments = [round(_run(killed, stage, chance.random() * times[stage])["killed_at"], 2)
                       for _ in range(KILLS)]
            yield {"stage": stage, "kills": KILLS, "calm_seconds": round(times[stage], 1), "killed_at": moments}
        _run(killed, None, 0.0)
        differing = _differing(calm / "stages", killed / "stages")
        yield {"kills": KILLS * len(STAGES), "text_megabytes": TEXT_BYTES // 1_000_000,
               "same_bytes": not differing, "differing": differing}


def _texts(folder: Path) -> Path:
    """Files of both languages, each with its lines in another order, so that none is dropped as a duplicate."""
    folder.mkdir()
    written = number = 0
    while written < TEXT_BYTES:
        for sample in SAMPLES:
            lines = sample.path.read_text("utf-8").splitlines()
            random.Random(number).shuffle(lines)
            text = "\n".join(lines)
            (folder / f"{sample.id}-{number:04d}.txt").write_text(text, "utf-8")
            written += len(text.encode())
            number += 1
    return folder


def _project(path: Path, texts: Path) -> Path:
    Project.create(path).save(sources=(source_of(texts),))
    return path


def _run(project: Path, stage: str | None, seconds: float) -> dict[str, float]:
    """Tokenize; with a stage, kill the process so many seconds after that begins. Gives how long each stage took."""
    child = subprocess.Popen([sys.executable, "-m", "engine", "tokenize", str(project), "--json",
                              "--set", "tokenizer.vocab_size=2000"], env=surroundings(), cwd=REPOSITORY,
                             stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    began: dict[str, float] = {}
    times: dict[str, float] = {}
    for line in child.stdout:
        said = json.loads(line)
        if said.get("event") == "stage-started":
            began[said["stage"]] = time.monotonic()
            if said["stage"] == stage:
                break
        elif said.get("event") == "stage-done" and said["stage"] in began:
            times[said["stage"]] = time.monotonic() - began[said["stage"]]
    if stage is not None:
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
        times["killed_at"] = seconds
    child.stdout.close()
    child.wait()
    return times


def _differing(one: Path, other: Path) -> list[str]:
    """Files of finished stages that are not the same; how long a step took is no part of the result."""
    def content(path: Path) -> bytes:
        if path.name in ("manifest.json", "summary.json"):
            plain = json.loads(path.read_text("utf-8"))
            for step in plain.get("steps", []) if isinstance(plain.get("steps"), list) else []:
                step.pop("seconds", None)
            return json.dumps(plain, sort_keys=True).encode()
        return path.read_bytes()

    names = {path.relative_to(place) for place in (one, other) for path in place.rglob("*")
             if path.is_file() and path.name != "times.json"}
    return sorted(str(name) for name in names
                  if not ((one / name).exists() and (other / name).exists()
                          and content(one / name) == content(other / name)))
