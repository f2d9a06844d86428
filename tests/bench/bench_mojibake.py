"""How much text that was read in the wrong encoding comes back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.cleaning.steps.fix_encoding import FixEncoding
from engine.corpora.document import Document, Dropped
from engine.corpora.samples import sample

WESTERN = ["She said “yes” – it’s a naïve idea…", "Über die Brücke führt’s", "El Niño está aquí, señor",
           "crème brûlée à la façon de l’été", "50 € für die Straße", "Ærøskøbing på Ærø"]


def _lines() -> dict[str, list[str]]:
    poems = [line for line in sample("poems").path.read_text("utf-8").split("\n") if len(line) > 4]
    return {"western": WESTERN * 20, "zh": poems[:2000]}


def _garbled(line: str, wrong: str) -> str:
    return line.encode().decode(wrong, "replace")


def measure() -> Iterator[dict[str, Any]]:
    """For each wrong encoding: lines that lost no byte and came back, and what became of the others."""
    for wrong, language in (("latin-1", "western"), ("cp1252", "western"), ("latin-1", "zh"), ("gbk", "zh"),
                            ("gb18030", "zh")):
        pairs = [(line, _garbled(line, wrong)) for line in _lines()[language]]
        whole = [(line, bad) for line, bad in pairs if "\ufffd" not in bad]
        restored = sum(_mended(bad) == line for line, bad in whole)
        lost = "\n".join(bad for _, bad in pairs if "\ufffd" in bad)
        fate = "" if not lost else "dropped" if _mended(lost) is None else "kept"
        yield {"read_as": wrong, "language": language, "lines": len(pairs), "lost_bytes": len(pairs) - len(whole),
               "restored_of_whole": round(restored / max(1, len(whole)), 3), "text_of_lossy_lines": fate}


def _mended(text: str) -> str | None:
    result = FixEncoding().apply(Document("d", text))
    return None if isinstance(result, Dropped) else result.text
