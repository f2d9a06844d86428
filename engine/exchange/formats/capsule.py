"""The whole run in one file, for another computer with Wenlu."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine import storage
from engine.errors import EngineError
from engine.exchange.capsule import ENDING, check_capsule, write_capsule
from engine.exchange.exporter import Exporter, differs
from engine.exchange.opening import only_model, open_capsule, scratch
from engine.exchange.report_page import report_page
from engine.exchange.source import ExportSource


class Capsule(Exporter, kind="capsule", title="Run capsule"):
    """One file with model, tokenizer, settings, curves, samples and report; opens in Wenlu on any computer.

    Nothing in it is run, and a file of which a byte was changed is refused. Source: the format is that of
    engine.exchange.capsule.
    """

    def refusal(self, source: ExportSource) -> EngineError | None:
        """None: every run that has a model fits. Raises EngineError where it has none."""
        _ = source.spec
        return None

    def write(self, source: ExportSource, folder: Path) -> None:
        """The capsule."""
        with scratch() as name:
            work = Path(name)
            files = only_model(source, work)
            storage.write_text(work / "report.html", report_page(source, "en"))
            files["report.html"] = work / "report.html"
            if source.data is not None:
                (work / "data").mkdir()
                source.data.save(work / "data")
                files["data/manifest.json"] = work / "data" / "manifest.json"
            write_capsule(folder / f"{source.name}{ENDING}", files, source.title)

    def compare(self, source: ExportSource, folder: Path) -> dict[str, Any]:
        """Every digest; and the run that comes out: its weights bit for bit, its curves and its tokenizer."""
        path = folder / f"{source.name}{ENDING}"
        found = check_capsule(path)
        with scratch() as name:
            run, _ = open_capsule(path, Path(name), "run")
            which = "best" if source.which in ("best", "last") else source.which
            back = ExportSource(run.path, which)
            own, read = source.loaded.model.tensors(), back.loaded.model.tensors()
            if own.keys() != read.keys() or not all(np.array_equal(own[key], read[key]) for key in own):
                raise differs(path.name, "its weights")
            if back.tokenizer.model != source.tokenizer.model or len(back.series.steps) != len(source.series.steps):
                raise differs(path.name, "its tokenizer or its curves")
        return {"files": len(found) - 1, "tensors": len(own)}
