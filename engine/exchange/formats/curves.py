"""The curves of a run as tables."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine import storage
from engine.errors import EngineError
from engine.events import BaselineScored, Event, StepDone, Validated
from engine.exchange.exporter import Exporter, differs
from engine.exchange.source import ExportSource

_KINDS: dict[str, type[Event]] = {"training": StepDone, "validation": Validated, "baselines": BaselineScored}


class Curves(Exporter, kind="curves", title="Curves"):
    """Every point of the curves as CSV, for spreadsheets, and as JSON. Losses are in nats per token.

    Source: RFC 4180 for CSV, RFC 8259 for JSON.
    """

    def refusal(self, source: ExportSource) -> EngineError | None:
        """A run that has logged no point has no curves."""
        return no_points(source)

    def write(self, source: ExportSource, folder: Path) -> None:
        """A CSV file for each curve that has points, and all of them in one JSON file."""
        curves = curves_of(source)
        storage.write_json(folder / "curves.json", {"run": source.name, "title": source.title, **curves})
        for name, rows in curves.items():
            if rows:
                text = io.StringIO()
                writer = csv.DictWriter(text, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
                storage.write_text(folder / f"{name}.csv", text.getvalue())

    def compare(self, source: ExportSource, folder: Path) -> dict[str, Any]:
        """Every number of both formats."""
        curves = curves_of(source)
        read = storage.read_json(folder / "curves.json")
        for name, rows in curves.items():
            if read[name] != rows:
                raise differs("curves.json", name)
            if rows:
                plain = io.StringIO((folder / f"{name}.csv").read_bytes().decode())
                texts = [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
                if list(csv.DictReader(plain)) != texts:
                    raise differs(f"{name}.csv", name)
        return {name: len(rows) for name, rows in curves.items()}


def curves_of(source: ExportSource) -> dict[str, list[dict[str, Any]]]:
    """All points as plain rows, by curve."""
    series = source.series
    found: dict[str, Sequence[Event]] = {"training": series.steps, "validation": series.validations,
                                         "baselines": series.baselines}
    return {name: [{each.name: getattr(event, each.name) for each in dataclasses.fields(_KINDS[name])}
                   for event in events] for name, events in found.items()}


def no_points(source: ExportSource) -> EngineError | None:
    """The refusal of a run without a single point."""
    if any(curves_of(source).values()):
        return None
    return EngineError(f"{source.name} has logged no point of a curve yet.", "At least one training step was expected.",
                       "Train for a moment, then export again.")
