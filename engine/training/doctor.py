"""The run doctor: looks at a run's log by fixed rules and says in plain words what goes well or badly, and why.

A pure function of the log: a run that trains now, one that ended long ago and one started from a terminal are alike.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from engine.runs.series import RunSeries
from engine.settings import Family, members_of
from engine.training.case import Case
from engine.training.finding import Finding

_SERIOUS = {"error": 0, "warn": 1, "info": 2, "ok": 3}


class Rule(Family, folder="engine.training.rules"):
    """One thing that the doctor knows about: what it looks like in a log, and what to do about it.

    `silences` names the kinds of rules whose findings have the same cause, or say the same, as this one's.
    """

    silences: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def look(self, case: Case) -> Finding | None:
        """What there is to say about a run, or None."""


def examine(series: RunSeries, settings: Mapping[str, Any] | None = None) -> list[Finding]:
    """All that there is to say about a run, the most serious first; each cause is spoken of once.

    `settings` is `run.toml` as plain data; without it some findings come without a fix.
    """
    case = Case(series, settings or {})
    found = {rule.kind: finding for rule in members_of(Rule)  # type: ignore[type-abstract]
             if (finding := rule().look(case)) is not None}
    silenced = {kind for rule in members_of(Rule) if rule.kind in found  # type: ignore[type-abstract]
                for kind in rule.silences}
    kept = [finding for kind, finding in found.items() if kind not in silenced]
    return sorted(kept, key=lambda finding: _SERIOUS[finding.level])
