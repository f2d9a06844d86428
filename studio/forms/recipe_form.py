"""A form tied to a part of the open project."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.events import Advised
from studio.forms.spec_form import SpecForm
from studio.session import Session


class RecipeForm(QWidget):
    """Edits a part of the recipe, such as "training" or "tokenizer"; another kind of member gets another form.

    It is empty while the part is left to Wenlu. Options are those of SpecForm.
    """

    def __init__(self, session: Session, part: str, **options: Any) -> None:
        super().__init__()
        self.form: SpecForm | None = None
        self._session = session
        self._part = part
        self._options = options
        self._room = QVBoxLayout(self)
        self._room.setContentsMargins(0, 0, 0, 0)
        session.changed.connect(self.refresh)
        session.opened.connect(self.refresh)
        session.closed.connect(self.refresh)
        session.job_ended.connect(self._show_advice)
        self.refresh()

    def refresh(self) -> None:
        """Show values and problems as they are."""
        value = getattr(self._session.recipe, self._part)
        if self.form is None or type(value) is not self.form.spec:
            self._change_form(None if value is None else type(value))
        if self.form is not None:
            self.form.show_value(value)
            self.form.show_problems(self._session.problems())
            self.form.setEnabled(self._session.project is not None and not self._session.read_only_because)

    def _change_form(self, spec: type[Any] | None) -> None:
        if self.form is not None:
            self._room.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        if spec is not None:
            self.form = SpecForm(spec, self._part, **self._options)
            self.form.edited.connect(self._session.edit)
            self._room.addWidget(self.form)
            self._show_advice()

    def _show_advice(self) -> None:
        advised = [event for event in self._session.job_series().advice if isinstance(event, Advised)]
        if self.form is not None and advised:
            self.form.show_advice({event.path: event.value for event in advised})
