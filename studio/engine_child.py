"""A process of the engine that ends with the window and is spoken with over its standard input and output."""

from __future__ import annotations

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment

from studio import engine_process


def engine_child(parent: QObject) -> QProcess:
    """A process that is ready to be started with `python -m engine…`; what it prints as errors goes nowhere."""
    child = QProcess(parent)
    surroundings = QProcessEnvironment()
    for name, value in engine_process.environment().items():
        surroundings.insert(name, value)
    child.setProcessEnvironment(surroundings)
    child.setWorkingDirectory(str(engine_process.ENGINE_ROOT))
    child.setStandardErrorFile(QProcess.nullDevice())
    return child
