"""What is kept after every step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.cleaning.step import CleaningStep
from engine.corpora.manifest import StepFigures
from engine.events import CleaningCounted
from engine.settings import member
from studio.guard import guarded
from studio.i18n import language, tr
from studio.i18n.numbers import grouped, short
from studio.pages.clean.effect_line import EffectLine
from studio.theme import theme
from studio.widgets import Card, Line, Scroll, Text, row

LINE = 19
"""Least height of a line of the chart."""
SERIES = (("documents", "p1"), ("characters", "p2"))


class Dot(QWidget):
    """A dot in the colour of a series."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token
        self.setFixedSize(9, 9)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(self._token))
        painter.drawEllipse(self.rect())


def figures_so_far(counted: CleaningCounted) -> tuple[StepFigures, ...]:
    """What cleaning that is under way has left so far, as figures."""
    return tuple(StepFigures(kind, member(CleaningStep, kind).title if kind else "Raw", documents, characters)
                 for kind, (documents, characters) in counted.left.items())


class KeptChart(QWidget):
    """Two bars a step: documents and characters left, each as a share of the most there were, or will be."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("clean.kept-chart")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._figures: tuple[StepFigures, ...] = ()
        self._most = {series: 1 for series, _ in SERIES}
        self._chosen = ""
        theme.changed.connect(self.update)
        language.changed.connect(self._name)

    def show_figures(self, figures: Sequence[StepFigures], chosen: str, whole: CleaningCounted | None = None) -> None:
        """Show other figures, the first of the corpus before any step; bars are full at the `whole` corpus if given."""
        self._figures, self._chosen = tuple(figures), chosen
        self._most = {series: max((getattr(each, series) for each in (*figures, *([whole] if whole else ()))),
                                  default=0) or 1 for series, _ in SERIES}
        self.setMinimumHeight(theme.px(LINE) * max(4, len(self._figures)))
        self._name()
        self.update()

    def middle_of(self, kind: str) -> int:
        """How far down the line of a step is; 0 where it has none."""
        kinds = [each.kind for each in self._figures]
        return round((kinds.index(kind) + 0.5) * self.height() / len(kinds)) if kind in kinds else 0

    def _name(self) -> None:
        self.setAccessibleName("; ".join(
            tr("{step}: {documents} documents, {characters} characters", step=tr(each.title),
               documents=grouped(each.documents), characters=grouped(each.characters)) for each in self._figures))
        self.update()

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """Comfortable for nine steps."""
        return QSize(300, 220)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw names, bars and figures."""
        if not self._figures:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = min(27.0, self.height() / len(self._figures))
        painter.setFont(theme.font(12))
        names = min(self.width() * 0.34, 2 + max(
            painter.fontMetrics().horizontalAdvance(tr(each.title)) for each in self._figures))
        for number, each in enumerate(self._figures):
            self._draw_line(painter, each, QRectF(0, number * line, self.width(), line), names)

    def _draw_line(self, painter: QPainter, each: StepFigures, box: QRectF, names: float) -> None:
        chosen = each.kind == self._chosen
        painter.setFont(theme.font(12, 600 if chosen else 400))
        painter.setPen(theme.colour("accent" if chosen else "text2"))
        middle = Qt.AlignmentFlag.AlignVCenter
        name = painter.fontMetrics().elidedText(tr(each.title), Qt.TextElideMode.ElideRight, int(names))
        painter.drawText(QRectF(0, box.top(), names, box.height()), int(middle | Qt.AlignmentFlag.AlignLeft), name)
        figures = 56.0
        left, right = names + 12, box.width() - 2 * figures - 4
        thick = max(3.0, min(8.0, box.height() / 2 - 3))
        for row_number, (series, token) in enumerate(SERIES):
            track = QRectF(left, box.center().y() - thick - 0.5 + row_number * (thick + 1), right - left, thick)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("line"))
            painter.drawRoundedRect(track, 2, 2)
            count = getattr(each, series)
            track.setWidth(max(2.0 if count else 0.0, track.width() * count / self._most[series]))
            painter.setBrush(theme.colour(token))
            painter.drawRoundedRect(track, 2, 2)
            painter.setFont(theme.font(12, 600 if chosen else 400))
            painter.setPen(theme.colour("text2"))
            written = grouped(count) if count < 100_000 else short(count)
            painter.drawText(QRectF(box.width() - figures * (2 - row_number), box.top(), figures, box.height()),
                             int(middle | Qt.AlignmentFlag.AlignRight), written)


class KeptCard(Card):
    """The chart with its legend; its caption says whether it is the sample or the whole corpus."""

    def __init__(self) -> None:
        legend = [widget for series, token in SERIES for widget in (Dot(token), Text(tr(series), "label"))]
        super().__init__(tr("What is kept"), " ", name="clean.kept")
        self._chosen = ""
        self.head.addLayout(row(*legend, spacing=6))
        self._chart = KeptChart()
        self._area = Scroll(self._chart, "clean.kept.scroll")
        self.effect = EffectLine()
        self.add(self._area, 1)
        self.add(Line())
        self.add(self.effect)

    def show_figures(self, figures: Sequence[StepFigures], chosen: str, caption: str,
                     counted: CleaningCounted | None = None) -> None:
        """Show other figures; while cleaning goes on, what it has `counted` so far instead."""
        self.set_caption(tr("whole corpus so far") if counted is not None else caption)
        self._chart.show_figures(figures_so_far(counted) if counted is not None else figures, chosen, counted)
        if chosen != self._chosen:
            self._chosen = chosen
            self._area.ensureVisible(0, self._chart.middle_of(chosen), 0, 40)
