"""A number or text that may be left to Wenlu."""

from __future__ import annotations

from typing import Any

from engine.settings import SettingField
from studio.forms.editor import Editor
from studio.i18n import tr
from studio.i18n.numbers import grouped
from studio.widgets import Switch, Text, set_shown, set_tip


class OptionalEditor(Editor):
    """A switch "chosen by Wenlu" with what that means in words, and the editor that takes its place."""

    def __init__(self, field: SettingField, path: str, inner: Editor) -> None:
        super().__init__(field, path)
        self._inner = inner
        self._advice: Any = None
        self._is_auto = field.default is None
        title = tr("{setting}: chosen by Wenlu", setting=tr(field.title))
        self._auto = Switch(self._is_auto, title, self.name_of("auto"))
        set_tip(self._auto, tr("Chosen by Wenlu"))
        self._words = Text("", "body", "text2", wrap=True)
        inner.setObjectName(self.name_of("own"))
        inner.edited.connect(self._on_inner_edited)
        self._auto.edited.connect(self._on_switched)
        for widget, stretch in ((self._auto, 0), (self._words, 1), (inner, 1)):
            self.room.addWidget(widget, stretch)
        self.setFocusProxy(self._auto)
        self._show()

    def value(self) -> Any:
        """The value; None when it is left to Wenlu."""
        return None if self._is_auto else self._inner.value()

    def show_value(self, value: Any) -> None:
        """Show another value."""
        self._is_auto = value is None
        if value is not None:
            self._inner.show_value(value)
        self._show()

    def show_advice(self, value: Any) -> None:
        """Say what Wenlu chose the last time; it is where the user's own choice begins."""
        self._advice = value
        if self._is_auto and value is not None:
            self._inner.show_value(value)
        self._show()

    def _show(self) -> None:
        auto = tr(self.field.auto) if self.field.auto else tr("Chosen by Wenlu")
        if self._advice is not None:
            auto = tr("{words}: {value}", words=auto, value=_written(self._advice))
        self._words.say(auto)
        self._auto.setChecked(self._is_auto)
        set_shown(self._words, self._is_auto)
        set_shown(self._inner, not self._is_auto)

    def _on_switched(self, is_auto: bool) -> None:
        self._is_auto = is_auto
        self._show()
        if is_auto:
            self._tell(None)
        elif self._inner.value() != "":
            self._tell(self._inner.value())
        else:  # a text is chosen once something is written
            self._inner.setFocus()

    def _on_inner_edited(self, _path: str, value: Any) -> None:
        self._tell(value)


def _written(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return grouped(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
