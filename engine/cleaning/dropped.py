"""Documents that cleaning dropped, written down beside the cleaned corpus."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from engine.cleaning.chain import Removed
from engine.cleaning.spec import place_of
from engine.corpora.block import json_line

DROPPED = "dropped.jsonl"
DROPPED_KEPT = 1000
"""The most dropped documents of one step that are written down, with their first 2 000 characters."""
EXCERPT = 2000


@dataclass(frozen=True)
class DroppedDocument:
    """A document that cleaning dropped: `place` is how `keep` in the settings names it."""

    place: str
    name: str
    step: str
    reason: str
    value: float | None
    text: str


def line_of(removed: Removed) -> bytes:
    """A line about a dropped document."""
    document, dropped = removed.document, removed.dropped
    return json_line(dataclasses.asdict(DroppedDocument(
        place_of(document), document.name, removed.step.kind, dropped.reason, dropped.value, document.text[:EXCERPT])))


def dropped_from(cleaned: Path) -> list[DroppedDocument]:
    """The dropped documents that are listed beside a cleaned corpus, in order."""
    path = cleaned / DROPPED
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [DroppedDocument(**json.loads(line)) for line in lines]
