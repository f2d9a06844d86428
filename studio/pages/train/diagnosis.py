"""What there is to say about the run in focus: the strip with the most serious finding, and a list of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.events import Notice
from engine.runs.series import RunSeries
from engine.settings import kinds, members_of
from engine.training.doctor import Rule, examine
from engine.training.finding import Finding, Fix
from studio.i18n import said, tr
from studio.widgets import Button, QuietButton, Strip, Text, row
from studio.widgets.pop_up import PopUp
from studio.widgets.strip import Glyph

SERIOUS = {"error": 3, "warn": 2, "info": 1, "ok": 0}
ICONS = {"ok": "circle-check", "info": "info", "warn": "triangle-alert", "error": "circle-alert"}
COMMANDS = {"stop": "Stop and keep best", "speed": "Full speed"}


class Diagnosis(Strip):
    """`fix_asked` gives a change for the next run, `command_asked` what to do with the one that trains."""

    fix_asked = Signal(object)      # engine.training.finding.Fix
    command_asked = Signal(str)     # stop or speed
    changed = Signal()

    def __init__(self) -> None:
        super().__init__(name="train.alert")
        self._known: tuple[object, ...] = ()
        self._found: list[Finding] = []
        self._shown: tuple[object, ...] = ()
        self._put_away: set[tuple[str, str]] = set()
        self._key, self._is_live, self._gives_way = "", False, False
        self.finding: Finding | None = None
        self.closed.connect(self._on_put_away)
        self.fix_asked.connect(lambda _fix: self._forget_shown())

    def show_series(self, key: str, series: RunSeries, settings: Mapping[str, Any], is_live: bool) -> Finding | None:
        """Look at a run; gives the finding that is shown."""
        known = (key, series.generation, len(series.steps) // 40, len(series.validations), len(series.notices),
                 len(series.baselines), series.ended, series.is_paused, bool(settings))
        if known != self._known:
            self._known, self._key = known, key
            self._found = all_findings(series, settings)
        self._is_live = is_live
        waiting = [each for each in self._found if (key, each.rule) not in self._put_away]
        self.finding = waiting[0] if waiting else None
        shown = (key, self.finding, len(self._found), is_live)
        if shown != self._shown:
            self._shown = shown
            self._say()
        return self.finding

    def give_way(self, gives_way: bool) -> None:
        """Hide while another strip has something to say: a page shows one at a time."""
        self._gives_way = gives_way
        self._say()

    def _say(self) -> None:
        if self.finding is None or self._gives_way:
            self.hide()
            return
        actions: list[QWidget] = self._buttons(self.finding, "train.alert")
        if len(self._found) > 1:
            actions.append(QuietButton(tr("All {count}", count=len(self._found)), "", self.open_all, "train.alert.all",
                                       size="small"))
        titles = {rule.kind: rule.title for rule in members_of(Rule)}  # type: ignore[type-abstract]
        title = titles.get(self.finding.rule)
        said_here = sentence(self.finding)
        self.tell(self.finding.level, tr(title) if title else said_here, said_here if title else "", actions)

    def _buttons(self, finding: Finding, name: str) -> list[QWidget]:
        made: list[QWidget] = []
        if finding.command and self._is_live:
            command = finding.command
            made.append(Button(tr(COMMANDS[command]), "", lambda: self.command_asked.emit(command),
                               f"{name}.{command}", size="small"))
        if finding.fix is not None:
            fix = finding.fix
            made.append(Button(fix_title(fix), "", lambda: self.fix_asked.emit(fix), f"{name}.fix",
                               tr("Changes the settings of the next run; undo takes it back."), size="small"))
        return made

    def open_all(self) -> None:
        """Show all findings of the run, the most serious first."""
        pop_up = PopUp(self.window(), tr("What stands out in this run"), "train.findings")
        pop_up.setFixedWidth(620)
        for finding in self._found:
            line = row(Glyph(ICONS[finding.level], finding.level), spacing=10)
            line.addWidget(Text(sentence(finding), "body", wrap=True), 1)
            for button in self._buttons(finding, f"train.findings.{finding.rule}"):
                button.clicked.connect(pop_up.close)  # type: ignore[attr-defined]
                line.addWidget(button)
            pop_up.body.addLayout(line)
        pop_up.open_at(self)

    def _on_put_away(self) -> None:
        if self.finding is not None:
            self._put_away.add((self._key, self.finding.rule))
        self._forget_shown()

    def _forget_shown(self) -> None:
        self._shown = ()
        self.changed.emit()


def all_findings(series: RunSeries, settings: Mapping[str, Any]) -> list[Finding]:
    """What the doctor finds, and what the run itself said besides; the most serious first, of equals the newest."""
    found = examine(series, settings)
    known = {*kinds(Rule), *({"memory"} if any(each.rule == "memory-near-limit" for each in found) else ())}
    told = [_of(notice) for notice in reversed(series.notices) if notice.code not in known]
    return sorted([*found, *told], key=lambda each: -SERIOUS[each.level])


def _of(notice: Notice) -> Finding:
    return Finding(notice.code, notice.level, notice.text, notice.values)


def sentence(finding: Finding) -> Any:
    """The sentence in the language of the window."""
    values = {name: said(value) if isinstance(value, str) else value for name, value in finding.values.items()}
    return tr(finding.text, **values)


def fix_title(fix: Fix) -> Any:
    """What the button of a fix says."""
    return tr(fix.title, **dict(fix.values))
