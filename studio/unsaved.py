"""What is asked when the last changes of a project cannot be written and the project is to be left."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from engine.errors import EngineError
from studio.i18n import said, tr, words
from studio.widgets import Button, DangerButton, PrimaryButton, Text, row

Answer = Literal["again", "draft", "lose", "stay"]


class UnsavedQuestion(QDialog):
    """Try again, keep the changes as a draft, or stay; leaving without them is offered where no draft can be kept."""

    def __init__(self, problem: EngineError, no_draft: EngineError | None = None,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unsaved")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        words(self.setWindowTitle, "Changes not saved")
        self.answer: Answer = "stay"
        again = PrimaryButton(tr("Try again"), "", lambda: self._choose("again"), "unsaved.again")
        stay = Button(tr("Stay"), "", self.reject, "unsaved.stay")
        draft = Button(tr("Keep as a draft and close"), "", lambda: self._choose("draft"), "unsaved.draft")
        lose = DangerButton(tr("Close without saving"), "", lambda: self._choose("lose"), "unsaved.lose")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(12)
        layout.addWidget(Text(tr("Your last changes could not be saved."), "card", wrap=True))
        layout.addWidget(Text(said(problem.what, problem.expected, problem.fix), "body", wrap=True, name="unsaved.why"))
        about_drafts = tr("A draft is kept apart from the project. It is back when you open the project again.")
        layout.addWidget(Text(about_drafts, "body", "text2", wrap=True) if no_draft is None else
                         Text(said(no_draft.what, no_draft.expected, no_draft.fix), "body", "error", wrap=True,
                              name="unsaved.no-draft"))
        layout.addLayout(row(None, stay, draft if no_draft is None else lose, again))
        self.setMinimumWidth(480)
        again.setFocus()

    def _choose(self, answer: Answer) -> None:
        self.answer = answer
        self.accept()


def ask_unsaved(problem: EngineError, no_draft: EngineError | None, parent: QWidget | None) -> Answer:
    """Ask, and wait for the answer; "stay" when the window goes meanwhile."""
    question = UnsavedQuestion(problem, no_draft, parent)
    question.exec()
    answer = question.answer
    question.deleteLater()
    return answer
