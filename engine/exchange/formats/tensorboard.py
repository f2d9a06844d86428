"""The curves and samples of a run for TensorBoard."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomli_w

from engine import storage
from engine.errors import EngineError
from engine.exchange.event_log import fields, first_event, frames, scalar_event, text_event
from engine.exchange.exporter import Exporter, differs
from engine.exchange.formats.curves import no_points
from engine.exchange.source import ExportSource

_TRAINING = ("loss", "bits_per_byte", "learning_rate", "gradient_norm", "tokens_per_second")

Point = tuple[float, int, str, float]
Text = tuple[float, int, str, str]


class TensorBoard(Exporter, kind="tensorboard", title="TensorBoard"):
    """An event log with every point of the curves, the samples and the settings; open its folder with TensorBoard.

    Source: the formats named in engine.exchange.event_log.
    """

    def refusal(self, source: ExportSource) -> EngineError | None:
        """A run that has logged no point has nothing to draw."""
        return no_points(source)

    def write(self, source: ExportSource, folder: Path) -> None:
        """One log in a folder named after the run."""
        began = _began(source)
        inside = folder / source.name
        inside.mkdir()
        with storage.replacing(inside / f"events.out.tfevents.{int(began)}.wenlu") as file:
            file.write(first_event(began))
            for point in points(source):
                file.write(scalar_event(*point))
            for text in texts(source):
                file.write(text_event(*text))

    def compare(self, source: ExportSource, folder: Path) -> dict[str, Any]:
        """Checksums, and every point as far as float32 goes."""
        file = next((folder / source.name).glob("events.*"))
        try:
            read = [_scalar(each) for each in frames(file.read_bytes())]
        except (ValueError, IndexError, KeyError) as error:
            raise differs(file.name, str(error)) from error
        wanted = [(time, step, tag, _single(value)) for time, step, tag, value in points(source)]
        if [each for each in read if each is not None] != wanted:
            raise differs(file.name, "the points")
        return {"points": len(wanted), "texts": len(read) - len(wanted) - 1}


def points(source: ExportSource) -> Iterator[Point]:
    """Wall time, step, tag and value; the wall time leaves pauses out, as the run's own clock does."""
    began, series = _began(source), source.series
    for each in series.steps:
        for name in _TRAINING:
            value = getattr(each, name)
            if value is not None:
                yield began + each.seconds, each.step, f"training/{name}", value
    for check in series.validations:
        for name in ("loss", "bits_per_byte"):
            if getattr(check, name) is not None:
                yield began + check.seconds, check.step, f"validation/{name}", getattr(check, name)
    last = series.steps[-1].step if series.steps else 0
    for baseline in series.baselines:
        for step in (0, last) if last else (0,):
            if baseline.bits_per_byte is None:
                continue
            yield began + baseline.seconds, step, f"baseline/{baseline.title}", baseline.bits_per_byte


def texts(source: ExportSource) -> Iterator[Text]:
    """Finished samples, and the settings as TOML."""
    began = _began(source)
    for sample in source.series.samples:
        if sample.done:
            yield began + sample.seconds, sample.step, "sample", _code(sample.prompt + sample.text)
    yield began, 0, "settings", _code(tomli_w.dumps(source.settings))


def _code(text: str) -> str:
    """Indented, so that Markdown shows it as it is."""
    return "\n".join(f"    {line}" for line in text.split("\n"))


def _began(source: ExportSource) -> float:
    started = source.series.started
    return started.time - started.seconds if started is not None else float(source.settings.get("created", 0.0))


def _single(value: float) -> float:
    found: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return found


def _scalar(record: bytes) -> Point | None:
    """The point in a record; None where it holds something else."""
    event = dict(fields(record))
    summary = dict(fields(dict(fields(event[5]))[1])) if 5 in event else {}
    return (event[1], event.get(2, 0), summary[1].decode(), summary[2]) if 2 in summary else None
