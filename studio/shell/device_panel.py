"""The pop-up behind the device: what trains, with how many threads and how much memory, and how fast it is."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from engine.settings import fields_of
from engine.training.spec import TrainSpec
from studio.forms import Editor, editor_for
from studio.i18n import said, tr
from studio.i18n.numbers import decimal
from studio.machine import Machine, Speed
from studio.widgets import BusyBar, Button, FormRow, Line, Text, bare, row, set_shown
from studio.widgets.combo import Combo
from studio.widgets.pop_up import PopUp

PART = "training"
WIDTH = 440
PRECISIONS = {"float32": "32 bits", "bfloat16": "16 bits (bfloat16)", "float16": "16 bits (float16)"}


class DevicePanel(PopUp):
    """What is chosen here is a setting of the project, and counts from the next run on."""

    def __init__(self, session: Any, machine: Machine, parent: QWidget) -> None:
        super().__init__(parent, tr("What trains"), "device")
        self.setFixedWidth(WIDTH)
        self._session, self._machine = session, machine
        fields = {field.name: field for field in fields_of(TrainSpec)}
        device = fields["device"]
        self._titles = device.choices
        self.device = Combo(name="device.device", label=tr("Device"))
        self.device.chosen.connect(lambda key: session.edit(f"{PART}.device", key))
        self._editors: dict[str, Editor] = {}
        self.add(FormRow(tr("Device"), self.device, tr(device.help)))
        for name in ("threads", "memory_gigabytes"):
            editor = self._editors[name] = editor_for(fields[name], f"{PART}.{name}")
            editor.edited.connect(session.edit)
            self.add(FormRow(tr(fields[name].title), editor, tr(fields[name].help)))
        self._note = Text("", "caption", wrap=True, name="device.note")
        self.add(self._note)
        self.add(Line())
        self._found = Text("", "body", wrap=True, name="device.found")
        self._speeds = Text("", "label", wrap=True, name="device.speeds")
        self._busy = BusyBar(tr("Measuring this machine"), "device.busy")
        self._busy.cancel.hide()
        self.measure = Button(tr("Measure speed"), "gauge", machine.measure, "device.measure", size="small")
        self._measure_row = bare(row(self.measure, None))
        for widget in (self._found, self._speeds, self._busy, self._measure_row):
            self.add(widget)
        machine.changed.connect(self._show)
        session.changed.connect(self._show)
        self._show()
        machine.look()

    def _show(self) -> None:
        training, machine = self._session.recipe.training, self._machine
        can_edit = self._session.project is not None and not self._session.read_only_because
        known = {device.key: device.name for device in machine.devices}
        keys = ["auto", *(known or {"cpu": "CPU"})]
        keys += [training.device] if training.device not in keys else []
        options = [(key, tr(known.get(key) or self._titles[key])) for key in keys]
        self.device.set_options(options, training.device)
        for name, editor in self._editors.items():
            editor.show_value(getattr(training, name))
        for widget in (self.device, *self._editors.values()):
            widget.setEnabled(can_edit)
        self._note.say(tr("Counts from the next run on.") if can_edit else tr("Open a project to choose."))
        self._show_machine()

    def _show_machine(self) -> None:
        machine = self._machine
        lines = [tr("{device}: {memory} GB of memory free", device=tr(device.name),
                    memory=decimal(device.memory_gigabytes, 1)) for device in machine.devices]
        self._found.say(_lines(lines) if lines else said(machine.problem.what, machine.problem.fix)
                        if machine.problem else tr("Looking for devices"))
        self._speeds.say(_lines([_words(speed) for speed in machine.speeds]))
        set_shown(self._speeds, bool(machine.speeds))
        set_shown(self._busy, machine.is_measuring)
        set_shown(self._measure_row, not machine.is_measuring)
        self.adjustSize()


def _words(speed: Speed) -> str:
    return tr("{threads} threads, {precision}: {speed} billion operations a second" if speed.threads > 1 else
              "1 thread, {precision}: {speed} billion operations a second", threads=speed.threads,
              precision=tr(PRECISIONS[speed.precision]), speed=decimal(speed.gigaflops, 0))


def _lines(texts: list[str]) -> str:
    return "\n".join(texts)
