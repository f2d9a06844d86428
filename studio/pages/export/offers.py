"""Which formats fit a model, how large each becomes, and who must be named: asked beside the window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError


@dataclass(frozen=True)
class Offer:
    """A format as it stands for one model: `why_not` is empty where it fits, `size_bytes` None where nobody knows."""

    format: str
    title: str
    help: str
    why_not: str
    expected: str
    fix: str
    size_bytes: int | None
    precisions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Offers:
    """All formats for one model, and the sources of its text that ask for credit, as (label, licence)."""

    formats: tuple[Offer, ...]
    credits: tuple[tuple[str, str], ...]


def offers_for(run: Path, which: str, precision: str) -> Offers:
    """Look at a checkpoint's head and at every format; takes a moment the first time."""
    from engine.exchange.exporter import Exporter
    from engine.exchange.exporting import fitting
    from engine.exchange.notices import credited
    from engine.exchange.source import ExportSource
    from engine.settings import members_of

    source = ExportSource(run, which)
    refusals = fitting(source)
    parameters = _parameters(source)
    found = []
    for kind in members_of(Exporter):  # type: ignore[type-abstract]
        refusal = refusals[kind.kind]
        precisions = _precisions(kind)
        made = kind(precision=precision) if precision in dict(precisions) else kind()
        size = made.expected_bytes(parameters) if parameters is not None and refusal is None else None
        found.append(Offer(kind.kind, kind.title, kind.summary(), refusal.what if refusal else "",
                           refusal.expected if refusal else "", refusal.fix if refusal else "", size, precisions))
    return Offers(tuple(found), tuple((each.label, each.licence) for each in credited(source)))


def _precisions(kind: type) -> tuple[tuple[str, str], ...]:
    from engine.settings import fields_of

    choices = next((field.choices for field in fields_of(kind) if field.name == "precision"), None)  # type: ignore[arg-type]
    return tuple((choices or {}).items())


def _parameters(source: object) -> int | None:
    try:
        return int(source.spec.size(source.tokenizer.vocab_size).parameters)  # type: ignore[attr-defined]
    except EngineError:
        return None
