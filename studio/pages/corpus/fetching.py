"""What a row of the table says of a source on the network: how far fetching is, what is stored, how fresh it is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.corpora.corpus import marks_of
from engine.corpora.fetched import FetchedSource
from engine.corpora.manifest import SourceFigures
from engine.corpora.source import Source
from engine.corpora.web.store import StoreFigures
from engine.events import Progress, StageDone
from engine.runs.series import RunSeries
from studio.i18n import counted, tr
from studio.i18n.numbers import ago, grouped

State = tuple[str, str, str]
"""Mark, words and colour."""

_CODE = re.compile(r"answered (\d{3})")


@dataclass(frozen=True)
class Fetching:
    """What is being fetched now: sources still to come by id, and how far the first of them is."""

    waiting: tuple[str, ...] = ()
    progress: Progress | None = None

    def state_of(self, id: str) -> State | None:
        """What the row of a source says while it is fetched or waits for that."""
        if id not in self.waiting:
            return None
        if id != self.waiting[0]:
            return "running", tr("Waits to be fetched"), "text2"
        if self.progress is None or not self.progress.total:
            return "running", tr("Fetching"), "ember"
        return "running", tr("Fetching {done} of {total}", done=grouped(self.progress.done),
                             total=grouped(self.progress.total)), "ember"


NOTHING = Fetching()


@dataclass(frozen=True)
class OnDisk:
    """What was found on the disk, by id: what stands in the way of a source, what is stored for it, and its mark."""

    problems: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, StoreFigures] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)

    def is_as_read(self, figures: SourceFigures | None) -> bool | None:
        """Whether a source is what it was when it was read; None where that is not known."""
        mark = self.marks.get(figures.id) if figures is not None else None
        return mark == figures.mark if mark and figures is not None and figures.mark else None


def look_at_disk(sources: Sequence[Source]) -> OnDisk:
    """Look whether files are there, and into the stores of fetched pages. Asks no other computer."""
    return OnDisk({each.id: each.problem() for each in sources},
                  {each.id: each.figures() for each in sources if isinstance(each, FetchedSource)},
                  marks_of(sources))


def fetching_now(verb: str, about: object, series: RunSeries, sources: Sequence[Source]) -> Fetching:
    """What the job at hand fetches; `about` are the ids that were asked for, all where it is empty."""
    if verb != "refresh":
        return NOTHING
    done = {event.summary.get("source") for event in series.stages
            if isinstance(event, StageDone) and event.stage == "fetch"}
    asked = about if isinstance(about, tuple) and about else [each.id for each in sources
                                                              if isinstance(each, FetchedSource)]
    return Fetching(tuple(id for id in asked if id not in done), series.progress)


def stored_state(stored: StoreFigures, was_read: bool, is_current: bool) -> State | None:
    """What the row says of stored pages; None where it is as with any other source."""
    if not stored.pages and not stored.left_out:
        return "todo", tr("Not fetched yet"), "text2"
    if not stored.pages:
        return "error", trouble(stored), "error"
    if not was_read:
        return "todo", counted("{count} page fetched", "{count} pages fetched", stored.pages), "text2"
    if is_current and not stored.left_out:
        return "done", freshness(stored.checked), "text2"
    return None


def trouble(stored: StoreFigures) -> str:
    """The commonest reason for leaving pages out, short: '403 from example.org'."""
    code = _CODE.search(stored.reason)
    if code is not None:
        return tr("{code} from {host}", code=code[1], host=stored.host)
    return tr("Nothing from {host}", host=stored.host) if stored.host else tr("Nothing could be fetched")


def stored_more(stored: StoreFigures) -> list[str]:
    """What else the tool tip of the state says."""
    lines = []
    if stored.left_out:
        lines.append(counted("{count} page left out", "{count} pages left out", stored.left_out))
    if stored.old:
        lines.append(counted("{count} page is as it was fetched before, because it could not be had this time",
                             "{count} pages are as they were fetched before, because they could not be had this time",
                             stored.old))
    if stored.reason:
        lines.append(tr("Most often: {reason}", reason=tr(stored.reason)))
    if stored.checked:
        lines.append(freshness(stored.checked))
    return lines


def freshness(checked: float, now: Callable[[], float] = time.time) -> str:
    """'Fetched 20 min ago'."""
    return tr("Fetched {when}", when=ago(max(0.0, now() - checked)))


def found_licence(stored: StoreFigures | None) -> str:
    """The licence that all pages with text state; empty where they differ or state none."""
    return stored.licences[0] if stored is not None and len(stored.licences) == 1 else ""
