"""Parts of a model that never do anything."""

from __future__ import annotations

from typing import ClassVar

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Fix, Mark

_MOST_DEAD, _MOST_UNUSED = 0.3, 0.9
_NOT_BEFORE = 0.2
"""At this share of the run it is looked at first."""

_LEAST_BUCKETS = 256


class DeadUnits(Rule, kind="dead-units", title="Units that never act"):
    """At two checks in a row, more than three tenths of the units in feed-forward layers were never active.

    Or, after the text was read once, nine tenths of a table of token groups, of a size that the user set, were never
    met: it takes memory for nothing.
    Source: Lu et al. 2019 (arXiv:1903.06733) on units that die; steps that are too long are the usual cause.
    """

    silences: ClassVar = ()

    def look(self, case: Case) -> Finding | None:
        """Goes by the last checks."""
        if case.progress < _NOT_BEFORE:
            return None
        checks = [each for each in case.checks[-2:] if each.dead_units is not None]
        if len(checks) == 2 and min(each.dead_units or 0.0 for each in checks) > _MOST_DEAD:
            last = checks[-1]
            return Finding(
                self.kind, "warn", "{share} % of the units inside the model never act on any text, so they learn "
                "nothing. Steps that are too long are the usual cause.", {"share": round(100 * (last.dead_units or 0))},
                marks=(Mark(last.step, "dead units"),), fix=case.rate_fix(0.5, "Half the rate: {rate}"))
        return _table(case)


def _table(case: Case) -> Finding | None:
    buckets = case.setting("model.ngram_buckets")
    unused = case.checks[-1].unused_rows if case.checks else None
    has_read_all = bool(case.points) and case.points[-1].epoch >= 1
    if unused is None or unused < _MOST_UNUSED or not has_read_all or not isinstance(buckets, int) \
            or not case.was_set("model.ngram_buckets"):
        return None
    fewer = max(_LEAST_BUCKETS, buckets // 4)
    return Finding(
        DeadUnits.kind, "info", "{share} % of the table of token groups was never met in the whole text: a smaller one "
        "does as well, in less memory.", {"share": round(100 * unused)}, marks=(Mark(case.checks[-1].step, "unused"),),
        fix=Fix("{buckets} rows", "model", {**case.setting("model"), "ngram_buckets": fewer}, {"buckets": fewer})
        if fewer < buckets else None)
