"""The card of the local server: a switch, its address, how to ask it, and what was asked."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from PySide6.QtGui import QGuiApplication, QIntValidator
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from studio.i18n import said, tr, words
from studio.i18n.numbers import decimal, grouped
from studio.local_server import LocalServer
from studio.widgets import (
    Card,
    ElidedText,
    FormRow,
    IconButton,
    Line,
    LinkButton,
    QuietButton,
    Scroll,
    Segment,
    Spinner,
    Strip,
    Switch,
    Text,
    bare,
    column,
    row,
    set_shown,
)

PORT = 8011
KEPT = 100
"""Requests in the log."""

SNIPPETS = {
    "curl": 'curl {address}/completions \\\n  -H "Content-Type: application/json" \\\n{key_header}'
            '  -d \'{{"model": "{model}", "prompt": "Once", "max_tokens": 40}}\'',
    "python": 'from openai import OpenAI\n\nclient = OpenAI(base_url="{address}", api_key="{key}")\n'
              'print(client.completions.create(model="{model}", prompt="Once", max_tokens=40).choices[0].text)',
}
"""The same for everyone: what is copied must run as it stands."""


class ServerCard(Card):
    """Starts and ends the server of a project's runs."""

    def __init__(self, session: Any, server: LocalServer) -> None:
        self._switch = Switch(False, tr("Local server"), "export.server.switch")
        self._spinner = Spinner()
        super().__init__(tr("Local server"), actions=[self._spinner, self._switch], name="export.server", padding=14)
        self.session, self.server = session, server
        self._asked: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._switch.edited.connect(self._on_switched)
        self._about = Text("", "caption", "text2", wrap=True, name="export.server.about")
        self.add(self._about)
        self._strip = Strip("error", name="export.server.strip")
        self._other = LinkButton("", "", self._on_other, "export.server.other-port")
        self.add(self._strip)
        self.add(row(self._other, None))
        self.port = QLineEdit(str(PORT))
        self.port.setObjectName("export.server.port")
        self.port.setValidator(QIntValidator(1, 65535, self.port))
        self.port.setMaximumWidth(96)
        words(self.port.setAccessibleName, "Port")
        self._key = Switch(False, tr("Ask for an access key"), "export.server.key")
        self._network = Switch(False, tr("Other machines may ask too"), "export.server.network")
        self._network.edited.connect(self._on_network)
        self._settings = bare(column(*(FormRow(title, bare(row(part, None)), label_width=96) for title, part in (
            (tr("Port"), self.port), (tr("Access key"), self._key), (tr("Network"), self._network))), spacing=6))
        self.add(self._settings)
        self._address = Text("", "strong", selectable=True, name="export.server.address")
        copy = IconButton("copy", tr("Copy the address"), self.copy_address, "export.server.copy", "small")
        self._shown_key = ElidedText("", "body", name="export.server.shown-key")
        copy_key = IconButton("copy", tr("Copy the key"), lambda: _copy(self.server.key or ""),
                              "export.server.copy-key", "small")
        keys = row(self._shown_key, copy_key)
        keys.setStretch(0, 1)
        self._key_row = bare(keys)
        self._kind = Segment([("curl", "curl"), ("python", "Python")], name="export.server.snippet-kind",
                             label=tr("Try it"))
        self._kind.chosen.connect(lambda _key: self._say_snippet())
        self._snippet = Text("", "caption", selectable=True, wrap=True, name="export.server.snippet")
        copy_snippet = IconButton("copy", tr("Copy"), lambda: _copy(self._snippet.text()),
                                  "export.server.copy-snippet", "small")
        self._log_title = Text(tr("Requests"), "label-strong")
        self._clear = QuietButton(tr("Clear"), "", self._on_clear, "export.server.clear")
        self._log = Scroll(QWidget())
        self._living = [bare(row(self._address, None, copy)), self._key_row,
                        bare(row(Text(tr("Try it"), "label"), None, self._kind, copy_snippet)), self._snippet]
        for part in self._living:
            self.add(part)
        self.add(Line())
        self.add(row(self._log_title, None, self._clear))
        self.add(self._log, 1)
        server.state_changed.connect(lambda _state: self.show_state())
        server.handled.connect(self._on_handled)
        server.failed.connect(self._on_failed)
        session.closed.connect(self._on_closed)
        session.opened.connect(self._on_closed)
        set_shown(self._strip, False)
        set_shown(self._other, False)
        self._list()
        self.show_state()

    def show_state(self) -> None:
        """Show what the process has said."""
        state = self.server.state()
        self._switch.setChecked(state != "off")
        set_shown(self._spinner, state == "starting")
        set_shown(self._settings, state == "off")
        for part in self._living:
            set_shown(part, state == "on")
        set_shown(self._key_row, state == "on" and self.server.key is not None)
        if state == "on":
            self._address.say(self.server.addresses[-1])
            self._shown_key.say(tr("Key: {key}", key=self.server.key or ""))
            self._about.say(tr("Speaks as OpenAI's server does. Other machines can reach it, with the key.")
                            if len(self.server.addresses) > 1 else
                            tr("Speaks as OpenAI's server does. Only this machine can reach it."))
            self._say_snippet()
        elif state == "starting":
            self._about.say(tr("Starting"))
        else:
            self._about.say(tr("Lets other programs use the models of this project, as they use OpenAI's. "
                               "With network on, everyone in your network who has the key can ask."))

    def copy_address(self) -> None:
        """Put the address on the clipboard."""
        if self.server.addresses:
            _copy(self.server.addresses[-1])

    def _say_snippet(self) -> None:
        if self.server.state() != "on":
            return
        key = self.server.key
        header = f'  -H "Authorization: Bearer {key}" \\\n' if key else ""
        self._snippet.say(SNIPPETS[self._kind.value()].format(
            address=self.server.addresses[-1], model=self.server.models[0] if self.server.models else "run-1",
            key=key or "none", key_header=header))

    def _on_network(self, is_on: bool) -> None:
        """Other machines always need the key."""
        self._key.setChecked(is_on or self._key.isChecked())
        self._key.setEnabled(not is_on)

    def _on_switched(self, is_on: bool) -> None:
        set_shown(self._strip, False)
        set_shown(self._other, False)
        if not is_on:
            self.server.end()
        elif self.session.project is not None:
            self.server.begin(self.session.project.path, int(self.port.text() or PORT),
                              network=self._network.isChecked(), key=self._key.isChecked())

    def _on_failed(self, error: dict[str, Any]) -> None:
        self._strip.tell("error", said(error["what"]), said(error["fix"]))
        set_shown(self._strip, True)
        if error.get("path") == ["port"]:
            other = self._other_port()
            self._other.say(tr("Use {port}", port=str(other)))
            set_shown(self._other, True)

    def _other_port(self) -> int:
        port = int(self.port.text() or PORT)
        return port + 1 if port < 65535 else PORT

    def _on_other(self) -> None:
        self.port.setText(str(self._other_port()))
        self._on_switched(True)

    def _on_closed(self, *_: object) -> None:
        self.server.end()
        self._on_clear()

    def _on_handled(self, handled: dict[str, Any]) -> None:
        self._asked.appendleft(handled)
        self._list()

    def _on_clear(self) -> None:
        self._asked.clear()
        self._list()

    def _list(self) -> None:
        """The log, newest first: no text of anyone's, only counts."""
        grid = QGridLayout()
        inner = bare(grid)
        grid.setContentsMargins(0, 0, 4, 0)
        grid.setHorizontalSpacing(10)
        grid.setColumnStretch(1, 1)
        for number, each in enumerate(self._asked):
            tokens = tr("{read} + {written} tokens", read=grouped(each["prompt_tokens"]),
                        written=grouped(each["completion_tokens"])) if each["model"] else ""
            status = Text(tr("left") if each["left"] else str(each["status"]), "caption",
                          "ok" if each["status"] == 200 else "error")
            cells = (Text(time.strftime("%H:%M:%S", time.localtime(each["at"])), "caption"),
                     Text(each["path"], "caption"), Text(tokens, "caption"),
                     Text(tr("{seconds} s", seconds=decimal(each["seconds"])), "caption"), status)
            for place, cell in enumerate(cells):
                grid.addWidget(cell, number, place)
        grid.setRowStretch(len(self._asked), 1)
        self._log.setWidget(inner)
        set_shown(self._clear, bool(self._asked))
        self._log_title.say(tr("Requests") if self._asked else tr("No requests yet"))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
