"""What every task is: settings that turn a document with roles into an example, and say how an answer is judged."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.settings import Family
from engine.tasks.example import Example


@dataclass(frozen=True)
class Role:
    """A part of an example. `names` are those under which it may come: of columns, or of who speaks."""

    name: str
    title: str
    names: tuple[str, ...] = ()
    is_needed: bool = True

    def of(self, found: Mapping[str, str]) -> str | None:
        """The text that plays this role, the surest name first."""
        return next((found[name] for name in (self.name, *self.names) if found.get(name, "").strip()), None)


class Task(Family, folder="engine.tasks.kinds"):
    """What the model is to learn to do."""

    roles: ClassVar[tuple[Role, ...]] = ()
    """The parts of an example, the answer last; none where all of a text is learned."""
    metrics: ClassVar[tuple[str, ...]] = ()
    """Kinds of the metrics by which answers are judged, the one that ranks first."""
    mode: ClassVar[str] = "complete"
    """The mode of the playground in which a model that has learned this is used."""
    chooses: ClassVar[bool] = False
    """Whether an answer is one of those that stand in the training examples."""

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """The special tokens that the prompt format needs."""
        return ()

    @property
    def stops(self) -> tuple[str, ...]:
        """Texts before which an answer ends, besides the end of the document."""
        return ()

    @abstractmethod
    def example_of(self, name: str, found: Mapping[str, str]) -> Example | None:
        """The example that a document's texts by role make; None where one is missing."""

    @abstractmethod
    def prompt(self, given: Mapping[str, str]) -> str:
        """What a model that has learned this is shown, up to where it answers; the same as in training."""

    def answer_of(self, written: str) -> str:
        """The answer in what a model wrote."""
        places = [place for stop in self.stops if (place := written.find(stop)) >= 0]
        return written[:min(places, default=len(written))].strip()
