"""Settings of an evaluation: on what, how much of it, and how answers are written."""

from __future__ import annotations

from typing import Literal

from engine.settings import Spec, setting


class EvaluateSpec(Spec):
    """How the answers of a model are measured."""

    split: Literal["validation", "test"] = setting(
        "validation", "Text", "The test split is looked at once: whoever chooses a model by it measures the choice.",
        choices={"validation": "Validation split", "test": "Test split"})
    again: bool = setting(False, "Look again", "Measure on the test split even if this was done before; each look is "
                          "counted.", level="advanced")
    checkpoint: str = setting("best", "Checkpoint", "Which weights answer: best, last or step-N.", level="advanced")
    examples: int = setting(200, "Examples", "At most so many are answered, drawn by chance.", unit="examples", low=1,
                            high=100_000, scale="log")
    beams: int = setting(1, "Beams", "Answers followed side by side, to find the likeliest; 1 takes the likeliest "
                         "token each time.", low=1, high=16)
    length_penalty: float = setting(1.0, "Length penalty", "Higher prefers longer answers; with one beam it does "
                                    "nothing.", low=0.0, high=3.0, level="advanced")
    max_tokens: int | None = setting(None, "Longest answer", "An answer ends after so many tokens.", unit="tokens",
                                     low=1, high=10_000, scale="log", level="advanced",
                                     auto="A little more than the longest in training")
    seed: int = setting(42, "Seed", "Another number draws other examples.", low=0, high=2**32 - 1, level="advanced")
