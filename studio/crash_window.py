"""The window that tells of a fault in Wenlu itself: what happened, what is safe, and how to report it."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from engine.errors import EngineError
from studio import crash
from studio.crash import CrashReport
from studio.i18n import tr, words
from studio.widgets import Button, Glyph, PrimaryButton, Strip, Text, row


class CrashWindow(QDialog):
    """Not modal: the work behind it goes on."""

    def __init__(self, report: CrashReport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("crash")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words(self.setWindowTitle, "Something in Wenlu went wrong")
        self.resize(600, 380)
        self._report = report
        self._told = Strip(name="crash.told")
        text = QPlainTextEdit(report.text)
        text.setObjectName("crash.report")
        text.setReadOnly(True)
        words(text.setAccessibleName, "The report")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        head = row(Glyph("bug", "error", 20), Text(tr("Something in Wenlu went wrong"), "card"), None)
        layout.addLayout(head)
        safe = Text(tr("Your project is saved as you edit it, and a training run works in a process of its own and "
                       "goes on. The report below holds no text and no paths of yours."), "body", "text2", wrap=True)
        layout.addWidget(safe)
        layout.addWidget(text, 1)
        layout.addWidget(self._told)
        layout.addLayout(row(
            Button(tr("Copy report"), "copy", self._on_copy, "crash.copy"),
            Button(tr("Save report…"), "save", self._on_save, "crash.save"),
            None,
            PrimaryButton(tr("Continue"), "", self.close, "crash.continue")))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report.text)
        self._told.tell("ok", tr("The report is in the clipboard."))

    def _on_save(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save report"), "wenlu-crash.txt")
        if chosen:
            self.save_to(Path(chosen))

    def save_to(self, path: Path) -> None:
        """Write the report to a file and say so."""
        try:
            crash.save(self._report, path)
        except EngineError as error:
            self._told.tell("error", str(error))
        else:
            self._told.tell("ok", tr("The report is saved."))


class CrashTeller(QObject):
    """Brings faults of all threads to the window's thread, and shows one window at a time."""

    _noted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._window: CrashWindow | None = None
        self._noted.connect(self._on_noted, Qt.ConnectionType.QueuedConnection)
        crash.log.listener = self._noted.emit

    def window(self) -> CrashWindow | None:
        """The window now open, or None."""
        return self._window

    def _on_noted(self, report: CrashReport) -> None:
        if self._window is not None or threading.current_thread() is not threading.main_thread():
            return
        self._window = CrashWindow(report, QApplication.activeWindow())
        self._window.destroyed.connect(self._on_closed)
        self._window.show()

    def _on_closed(self) -> None:
        self._window = None
