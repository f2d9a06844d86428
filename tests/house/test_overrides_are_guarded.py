"""A fault in a method that Qt calls ends the process; the guard turns it into a report."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import FunctionType

from PySide6.QtCore import QObject

from studio.guard import guarded
from tests.house.sources import module_of, product_files

GUARD = guarded()(lambda: None).__code__


def unguarded(kind: type) -> list[str]:
    """Methods of a class that stand in for one of Qt's and don't wear the guard."""
    qt_bases = [base for base in kind.__mro__ if base.__module__.startswith("PySide6")]
    return [f"{kind.__module__}.{kind.__name__}.{name}" for name, value in vars(kind).items()
            if isinstance(value, FunctionType) and not name.startswith("__") and value.__code__ is not GUARD
            and any(callable(vars(base).get(name)) for base in qt_bases)]


def kinds_of_the_window() -> Iterator[type]:
    """Every class that is written in a module of the window."""
    for name in (module_of(file) for file in product_files()):
        if name.startswith("studio.") and name != "studio.__main__":
            module = importlib.import_module(name)
            yield from (kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == name)


def test_the_check_sees_a_bare_override():
    class Bare(QObject):
        def event(self, event):
            return super().event(event)

        @guarded(returns=False)
        def eventFilter(self, watched, event):
            return False

        def own(self):
            return None

    assert [name.rpartition(".")[2] for name in unguarded(Bare)] == ["event"]


def test_whatever_qt_calls_is_guarded():
    assert not [name for kind in kinds_of_the_window() for name in unguarded(kind)]
