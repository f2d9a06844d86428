"""How the next token is chosen: what the sliders of the playground set."""

from __future__ import annotations

from collections.abc import Iterator

from engine.generation.filter import SamplingFilter
from engine.generation.filters.min_p import MinP
from engine.generation.filters.repetition_penalty import RepetitionPenalty
from engine.generation.filters.temperature import Temperature
from engine.generation.filters.top_k import TopK
from engine.generation.filters.top_p import TopP
from engine.settings import Problem, Spec, changed, setting

MAX_STOPS = 16
MAX_STOP_LENGTH = 200
MAX_TEXTS = 100


class SamplingSpec(Spec):
    """How much is written, and how daringly each token is chosen."""

    max_tokens: int = setting(200, "Length", "Writing ends after so many tokens.", unit="tokens",
                              low=1, high=100_000, scale="log")
    seed: int = setting(42, "Seed", "The same seed and settings write the same text again.", low=0, high=2**32 - 1)
    temperature: float = setting(0.8, "Temperature",
                                 "0 takes the likeliest token, 1 writes as the model was trained, more is wilder.",
                                 low=0, high=2)
    top_k: int = setting(40, "Keep top k", "Only so many of the likeliest tokens may be written.",
                         unit="tokens", low=1, high=100_000, scale="log")
    top_p: float = setting(0.95, "Keep top p", "Only the likeliest tokens that reach this share together are kept.",
                           low=0, high=1)
    min_p: float = setting(0.0, "Keep min p", "A token must be at least this share as likely as the likeliest one.",
                           low=0, high=1)
    repetition_penalty: float = setting(1.1, "Repeat penalty", "1 does nothing; higher avoids what was just written.",
                                        low=1, high=3)
    stop: tuple[str, ...] = setting((), "Stop at", "Writing ends before any of these texts.")
    ban: tuple[str, ...] = setting((), "Never write", "None of these texts is written, however it is cut into tokens.",
                                   level="advanced")
    choose: tuple[str, ...] = setting((), "Only one of", "The answer is one of these texts, letter for letter.",
                                      level="advanced")
    more_filters: tuple[SamplingFilter, ...] = setting((), "More filters",
                                                       "Further rules, applied after the ones above.",
                                                       level="advanced")

    def check(self) -> Iterator[Problem]:
        """Limits on the texts."""
        if len(self.stop) > MAX_STOPS:
            yield Problem(("stop",), f"{len(self.stop)} stop texts are too many", fix=f"Keep at most {MAX_STOPS}")
        for number, text in enumerate(self.stop[:MAX_STOPS]):
            if not 0 < len(text) <= MAX_STOP_LENGTH:
                yield Problem(("stop", str(number)), f"A stop text of {len(text)} characters does not work",
                              fix=f"Use 1 to {MAX_STOP_LENGTH} characters")
        for name, texts in (("ban", self.ban), ("choose", self.choose)):
            if len(texts) > MAX_TEXTS:
                yield Problem((name,), f"{len(texts)} texts are too many", fix=f"Keep at most {MAX_TEXTS}")
            for number, text in enumerate(texts[:MAX_TEXTS]):
                if not 0 < len(text) <= MAX_STOP_LENGTH:
                    yield Problem((name, str(number)), f"A text of {len(text)} characters does not work here",
                                  fix=f"Use 1 to {MAX_STOP_LENGTH} characters")

    def filters(self) -> tuple[SamplingFilter, ...]:
        """The rules in the order in which they apply."""
        return (RepetitionPenalty(value=self.repetition_penalty), Temperature(value=self.temperature),
                TopK(value=self.top_k), TopP(value=self.top_p), MinP(value=self.min_p), *self.more_filters)


PRESETS: dict[str, dict[str, float]] = {
    "Safe": {"temperature": 0.5, "top_k": 20, "top_p": 0.9, "min_p": 0.0, "repetition_penalty": 1.1},
    "Balanced": {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.0, "repetition_penalty": 1.1},
    "Wild": {"temperature": 1.2, "top_k": 200, "top_p": 0.98, "min_p": 0.0, "repetition_penalty": 1.05},
}
"""Named settings of the sliders; length, seed and stop texts are left as they are."""


def with_preset(spec: SamplingSpec, name: str) -> SamplingSpec:
    """The same spec with the sliders of a preset."""
    for path, value in PRESETS[name].items():
        spec = changed(spec, path, value)
    return spec


def preset_of(spec: SamplingSpec) -> str | None:
    """The preset whose sliders these are, or None for settings of one's own."""
    return next((name for name, values in PRESETS.items()
                 if all(getattr(spec, path) == value for path, value in values.items())), None)
