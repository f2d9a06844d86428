"""What may be asked of the playground's process, as checked values; see `talk` for the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from engine.errors import EngineError
from engine.generation.spec import SamplingSpec
from engine.settings import Spec

MAX_CHARACTERS = 2_000_000
MAX_ALTERNATIVES = 100


class RunRequest(Spec):
    """`checkpoints`: which checkpoints a run has."""

    run: Path


class LoadRequest(RunRequest):
    """`load`: have a model ready. `checkpoint` is best, last, baseline or step-N."""

    checkpoint: str = Field("best", max_length=100)


class Replacement(Spec):
    """Write token `id` in the place of the one at `index`, and forget what came after."""

    index: int = Field(ge=0)
    id: int = Field(ge=0)


class TextRequest(LoadRequest):
    """A text for the model: as `text`, or as the `ids` of its tokens without the document's beginning."""

    text: str | None = Field(None, max_length=MAX_CHARACTERS)
    ids: tuple[int, ...] | None = Field(None, max_length=MAX_CHARACTERS)

    def ids_by(self, encode: Any) -> list[int]:
        """The tokens meant, whichever way they were given; `encode` is the tokenizer's."""
        if (self.text is None) == (self.ids is None):
            raise EngineError("A request needs either text or ids.", "Exactly one of the two was expected.", "",
                              path=("text",))
        return list(self.ids) if self.ids is not None else [int(each) for each in encode(self.text or "")]


class GenerateRequest(TextRequest):
    """`generate`: continue a text; with `replace`, from another choice at an earlier token."""

    replace: Replacement | None = None
    sampling: SamplingSpec = SamplingSpec()


class InspectRequest(TextRequest):
    """`inspect`: what the model expected in the place of the token at `index`; by default, after the last one."""

    index: int | None = Field(None, ge=0)
    count: int = Field(8, ge=1, le=MAX_ALTERNATIVES)
    sampling: SamplingSpec | None = None


class ScoreRequest(LoadRequest):
    """`score`: how expected each token of a text is; without `details`, the totals only."""

    text: str = Field(max_length=MAX_CHARACTERS)
    details: bool = True
