"""Credit for those whose texts a model was trained on."""

from __future__ import annotations

import re
from pathlib import Path

from engine import storage
from engine.corpora.manifest import SourceFigures
from engine.exchange.source import ExportSource

FILE = "NOTICE.txt"

_FREE = re.compile(r"\s*(cc0|public.domain|pd\b|公有领域|无版权)", re.IGNORECASE)


def credited(source: ExportSource) -> list[SourceFigures]:
    """The sources of the training text that came with a licence, but for those in the public domain."""
    sources = source.data.sources if source.data is not None else ()
    return [each for each in sources if each.licence and not _FREE.match(each.licence)]


def write_notice(source: ExportSource, folder: Path) -> None:
    """Name them with their licences in a file beside what was exported; none where there is nobody to name."""
    found = credited(source)
    if found:
        storage.write_text(folder / FILE, "\n".join([
            "This was made from texts of others:", "", *(f"- {each.label}: {each.licence}" for each in found), ""]))
