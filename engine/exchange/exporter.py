"""The family of export formats: each says whether it fits a run, writes, and proves what it wrote by reading it."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.exchange.source import ExportSource
from engine.settings import Family


class Exporter(Family, folder="engine.exchange.formats"):
    """How a run is written for other programs."""

    @abstractmethod
    def refusal(self, source: ExportSource) -> EngineError | None:
        """Why a run can't be written in this format; None where it can."""

    def expected_bytes(self, parameters: int) -> int | None:
        """About how large an export of so many weights becomes; None where that depends on other things."""
        return None

    @abstractmethod
    def write(self, source: ExportSource, folder: Path) -> None:
        """Fill an empty folder."""

    @abstractmethod
    def compare(self, source: ExportSource, folder: Path) -> dict[str, Any]:
        """Read back what was written; returns what was compared. Raises EngineError where anything differs."""


def differs(file: str, what: str) -> EngineError:
    """The error of an export that does not come back as it was written."""
    return EngineError(f"{file} does not say the same as the run: {what}.", "Exactly the same was expected. Nothing "
                       "was exported.", "Try again; if it stays so, choose another format.")
