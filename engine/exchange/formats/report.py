"""The report of a run as one file to read, print or send."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

from engine import storage
from engine.errors import EngineError
from engine.exchange.exporter import Exporter, differs
from engine.exchange.report_page import report_page
from engine.exchange.source import ExportSource
from engine.settings import setting

_ACTIVE = {"script", "iframe", "object", "embed", "link", "img", "a", "form", "base", "audio", "video", "use", "image"}
_REACHING = {"src", "href", "xlink:href", "action", "srcset", "data", "poster"}


class Report(Exporter, kind="report", title="Report"):
    """One HTML file with curves, samples, settings, and cards of the data and the model; needs no network.

    Source: what the run logged; model cards after Mitchell et al. 2019 (arXiv:1810.03993).
    """

    language: Literal["en", "zh"] = setting("en", "Language", "In which language the report is written.",
                                            choices={"en": "English", "zh": "Chinese"})

    def refusal(self, source: ExportSource) -> EngineError | None:
        """None: every run that has a model can be told of. Raises EngineError where it has none."""
        _ = source.spec
        return None

    def write(self, source: ExportSource, folder: Path) -> None:
        """One file."""
        storage.write_text(folder / "report.html", report_page(source, self.language))

    def compare(self, source: ExportSource, folder: Path) -> dict[str, Any]:
        """Whether a parser finds all samples and settings in it, and nothing that runs or reaches out."""
        content = (folder / "report.html").read_bytes().decode()
        page = _Page()
        page.feed(content)
        page.close()
        if page.wrong:
            raise differs("report.html", page.wrong)
        if content != report_page(source, self.language):
            raise differs("report.html", "the text")
        return {"sections": page.sections, "characters": len(content)}


class _Page(HTMLParser):
    """Counts sections, and notes the first thing that has no place in a report."""

    def __init__(self) -> None:
        super().__init__()
        self.sections = 0
        self.wrong = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sections += tag == "section"
        names = {name for name, _ in attrs}
        if tag in _ACTIVE or names & _REACHING or any(name.startswith("on") for name in names):
            self.wrong = self.wrong or f"it has a <{tag}> that reaches out"
