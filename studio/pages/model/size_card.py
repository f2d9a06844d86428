"""One dial for the size, with its consequences in sight."""

from __future__ import annotations

import psutil
from PySide6.QtCore import Qt, Signal

from engine.models.spec import ModelSpec, Size
from engine.settings import from_plain, to_plain
from engine.training.memory import does_not_fit, is_tight
from studio.i18n import tr
from studio.i18n.numbers import duration, short, size_bytes
from studio.widgets import BigNumber, Card, Segment, Tag, Text, row

DIAL: dict[str, dict[str, dict[str, int]]] = {
    "transformer": {"tiny": {"n_layers": 2, "d_model": 128, "n_heads": 2, "context_length": 128},
                    "small": {"n_layers": 4, "d_model": 256, "n_heads": 4, "context_length": 256},
                    "medium": {"n_layers": 6, "d_model": 384, "n_heads": 6, "context_length": 256},
                    "large": {"n_layers": 8, "d_model": 512, "n_heads": 8, "context_length": 512}},
    "rnn": {"tiny": {"n_layers": 1, "d_embedding": 64, "d_hidden": 128},
            "small": {"n_layers": 1, "d_embedding": 128, "d_hidden": 256},
            "medium": {"n_layers": 2, "d_embedding": 192, "d_hidden": 384},
            "large": {"n_layers": 2, "d_embedding": 256, "d_hidden": 768}},
    "hmm": {"tiny": {"n_states": 8}, "small": {"n_states": 32}, "medium": {"n_states": 96},
            "large": {"n_states": 256}},
    "n-gram": {"tiny": {"order": 2}, "small": {"order": 3}, "medium": {"order": 5}, "large": {"order": 7}},
}
"""What each place of the dial sets; all other settings stay as they are."""

TITLES = (("tiny", "Tiny"), ("small", "Small"), ("medium", "Medium"), ("large", "Large"))


def place_on(spec: ModelSpec) -> str:
    """The place of the dial that a model stands at, or nothing when it stands between them."""
    places = DIAL.get(spec.kind, {})
    return next((key for key, values in places.items()
                 if all(getattr(spec, name) == value for name, value in values.items())), "")


def resized(spec: ModelSpec, key: str) -> ModelSpec:
    """The model at another place of the dial; what depends on each other changes at once.

    A kind that the dial does not know stays as it is.
    """
    return from_plain(type(spec), {**to_plain(spec), **DIAL.get(spec.kind, {}).get(key, {})})


class SizeCard(Card):
    """`dialled` carries the place the user chose."""

    dialled = Signal(str)

    def __init__(self) -> None:
        self._fit = Tag("", "ok")
        super().__init__(tr("Size"), actions=[self._fit], name="model.size", padding=14)
        self._dial = Segment([("own", tr("Own")), *((key, tr(title)) for key, title in TITLES)], name="model.dial",
                             label=tr("Size"))
        self._dial.chosen.connect(self._on_dialled)
        self._parameters = BigNumber(tr("parameters"), name="model.parameters")
        self._learning = BigNumber(tr("parameters that learn"), name="model.learning")
        self._memory = BigNumber(tr("memory to train"), name="model.memory")
        self._time = BigNumber(tr("one pass"), name="model.time")
        self._note = Text("", "caption", wrap=True)
        self.add(self._dial)
        figures = row(self._parameters, self._learning, self._memory, self._time, spacing=20)
        for figure in (self._parameters, self._learning, self._memory, self._time):
            figures.setAlignment(figure, Qt.AlignmentFlag.AlignTop)  # Chinese units are taller than figures
        self.add(figures)
        self.add(self._note)

    def show_model(self, spec: ModelSpec, size: Size, needed: int, tokens: int | None,
                   flops_per_second: float | None, is_estimate: bool) -> None:
        """Show what a model costs here; `needed` are the bytes that training it takes."""
        place = place_on(spec)
        self._dial.setVisible(spec.kind in DIAL)
        self._learning.hide()
        self._parameters.show()
        self._dial.button("own").setVisible(not place)
        self._dial.choose(place or "own")
        self._parameters.set_value(short(size.parameters))
        self._memory.set_value(size_bytes(needed))
        seconds = tokens * size.flops_per_token / flops_per_second if tokens and flops_per_second else None
        self._time.set_value(duration(seconds) if seconds is not None else "–")
        notes = [tr("{count} parameters work on each token.", count=short(size.active_parameters))] \
            if size.active_parameters is not None else []
        if is_estimate or seconds is None:
            notes.append(tr("Estimate for a vocabulary of 8 000, until there is a tokenizer.") if is_estimate else
                         tr("The time is known after a first run on this machine."))
        self._note.say(" ".join(notes))
        free = psutil.virtual_memory().available
        if does_not_fit(needed, free):
            self._fit.set_level("error")
            self._fit.say(tr("Does not fit: needs {needed}, {free} are there", needed=size_bytes(needed),
                             free=size_bytes(free)))
        elif is_tight(needed, free):
            self._fit.set_level("warn")
            self._fit.say(tr("Tight"))
        else:
            self._fit.set_level("ok")
            self._fit.say(tr("Fits this machine"))

    def show_learning(self, size: Size) -> None:
        """Show how many parameters of an earlier model learn on, in place of all; its size cannot be dialled."""
        self._dial.hide()
        self._parameters.hide()
        self._learning.set_value(short(size.parameters if size.learning_parameters is None
                                       else size.learning_parameters))
        self._learning.show()

    def _on_dialled(self, key: str) -> None:
        if key != "own":
            self.dialled.emit(key)
