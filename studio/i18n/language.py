"""The language of the window: which one it is, and a sentence in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from studio.i18n.catalogue import catalogue
from studio.i18n.engine_sentences import translated

Code = Literal["en", "zh"]
LANGUAGES: tuple[Code, ...] = ("en", "zh")


class Language(QObject):
    """The current language; `changed` is emitted after each switch, when `tr` already speaks the new one."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._code: Code = "en"
        self._qt_words: QTranslator | None = None

    def current(self) -> Code:
        """'en' or 'zh'."""
        return self._code

    def use(self, code: str) -> None:
        """Switch the whole window; an unknown code is taken as English."""
        chosen: Code = "zh" if code == "zh" else "en"
        if chosen != self._code:
            self._code = chosen
            self._load_words_of_qt()
            self.changed.emit()

    def _load_words_of_qt(self) -> None:
        """Qt's own sentences: file dialogs and context menus."""
        application = QCoreApplication.instance()
        if application is None:
            return
        if self._qt_words is not None:
            application.removeTranslator(self._qt_words)
            self._qt_words = None
        if self._code == "zh":
            translator = QTranslator(self)
            folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
            if translator.load("qtbase_zh_CN", folder):
                application.installTranslator(translator)
                self._qt_words = translator


language = Language()


def system_language() -> Code:
    """The language the computer is set to, where Wenlu has it; else English."""
    return "zh" if QLocale.system().language() == QLocale.Language.Chinese else "en"


class Translated(str):
    """A sentence that remembers its source and values, so that it can be said again in another language."""

    __slots__ = ("source", "values")
    source: str
    values: Mapping[str, Any]

    def __new__(cls, text: str, source: str, values: Mapping[str, Any]) -> Translated:
        """Text as shown now, its English source with {placeholders}, and what fills them."""
        made = super().__new__(cls, text)
        made.source = source
        made.values = values
        return made

    def again(self) -> Translated:
        """The same sentence in the language of now."""
        return tr(self.source, **self.values)

    def in_english(self) -> str:
        """The same sentence in English, for searching in either language."""
        english = {name: value.in_english() if isinstance(value, Translated) else _spoken(value)
                   for name, value in self.values.items()}
        return _filled(self.source, english)


def tr(source: str, **values: Any) -> Translated:
    """The sentence in the current language with its {placeholders} filled.

    A value may be a function, such as `lambda: duration(40)`: it is asked anew at each change of language.
    A sentence of the engine, with its names and figures in it, is found by its template; one that the catalogue
    lacks stays English.
    """
    code = language.current()
    template = catalogue(code).get(source) or (not values and translated(source, code)) or source
    return Translated(_filled(template, values), source, values)


def said(*sentences: str) -> Translated:
    """Sentences of the engine one after the other, such as what an error expected and how to mend it."""
    together = " ".join(sentence for sentence in sentences if sentence)
    return tr(together)


def _filled(template: str, values: Mapping[str, Any]) -> str:
    if not values:
        return template
    spoken = {name: _spoken(value) for name, value in values.items()}
    try:
        return template.format_map(spoken)
    except (KeyError, IndexError, ValueError):  # a brace in a sentence of someone else's making
        return template


def _spoken(value: Any) -> Any:
    if isinstance(value, Translated):
        return value.again()
    return value() if callable(value) else value
