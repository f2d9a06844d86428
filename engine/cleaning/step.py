"""What every cleaning step is: settings that can act on a document."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy.typing as npt

from engine.cleaning.record import Record
from engine.corpora.document import Document, Dropped
from engine.settings import Family, from_plain, setting

Result = Document | Dropped


@dataclass(frozen=True)
class Measure:
    """The one number of a document by which a step judges it, for a histogram with the limits drawn.

    `lows` and `highs` name the settings below and above which documents are dropped, Chinese text's own ones last.
    """

    title: str
    lows: tuple[str, ...] = ()
    highs: tuple[str, ...] = ()
    unit: str = ""
    scale: Literal["linear", "log"] = "linear"


Action = Callable[[Document], Iterable[Result]]


@dataclass(frozen=True)
class Example:
    """What a step does to a text, for its help and its tests.

    `before` is one text, or several documents one after another; `after` are the texts left, `dropped` the reason
    for one that is not. `settings` differ from the step's defaults.
    """

    before: str | tuple[str, ...]
    after: str | tuple[str, ...] = ()
    dropped: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def results(self, step: type[CleaningStep]) -> list[Result]:
        """What the step gives for this example."""
        texts = (self.before,) if isinstance(self.before, str) else self.before
        act = from_plain(step, self.settings).start()
        return [result for number, text in enumerate(texts) for result in act(Document(f"example-{number}", text))]

    def agrees_with(self, results: Result | Iterable[Result]) -> bool:
        """Whether results are what the example says."""
        found = [results] if isinstance(results, Document | Dropped) else list(results)
        after = (self.after,) if isinstance(self.after, str) else self.after
        reasons = {result.reason for result in found if isinstance(result, Dropped)}
        texts = tuple(result.text for result in found if isinstance(result, Document))
        return texts == after and reasons == ({self.dropped} if self.dropped else set())


class CleaningStep(Family, folder="engine.cleaning.steps"):
    """Something that mends a document, takes parts out of it, or drops it.

    A step says `apply` when it looks at one document alone, and `expand` when it may make several of one; both must
    give the same for the same document in any process. One that must remember earlier documents is a
    `RememberingStep`. `start` is made from these and is not to be written anew.
    """

    examples: ClassVar[tuple[Example, ...]] = ()
    reasons: ClassVar[tuple[str, ...]] = ()
    """Every sentence that this step may give as the reason for dropping a document."""
    measure: ClassVar[Measure | None] = None
    """What `value_of` gives; None for a step without one clear figure."""
    notes: ClassVar[str] = ""
    """Under this name the metadata of a document says what the step counted in it; empty for most steps."""

    enabled: bool = setting(True, "On", "Whether this step is done.")

    @property
    def compares_with(self) -> tuple[str, ...]:
        """Paths of texts that the step reads besides the corpus; cleaning is out of date when they change."""
        return ()

    def apply(self, document: Document) -> Result:
        """The document as it is after this step, or why it is dropped."""
        raise NotImplementedError(f"{type(self).__name__} has neither apply nor expand nor start")

    def expand(self, document: Document) -> Iterable[Result]:
        """The documents that one document becomes."""
        return (self.apply(document),)

    def start(self) -> Action:
        """The step as a function for one pass over a corpus, with a memory of its own."""
        return self.expand

    def value_of(self, document: Document) -> float | None:
        """The figure of a document that comes to this step; None where the step does not look at it."""
        return None

    def noted_in(self, document: Document) -> Mapping[str, int]:
        """What the step counted in a document that it noted something of, by kind."""
        noted = document.metadata[self.notes]
        return noted if isinstance(noted, Mapping) else {self.notes: noted}


Keys = tuple[npt.NDArray[Any], ...]
"""What a step must know of some documents to decide on them: arrays of whole numbers or floats, of any shape."""


class Memory(ABC):
    """What a step knows of earlier documents, in one process, asked in the order of the corpus."""

    @abstractmethod
    def decide(self, keys: Keys) -> Keys:
        """Decide on the documents whose keys these are, and remember them. Must be quick: all workers wait for it."""


class RememberingStep(CleaningStep):
    """A step that must remember earlier documents, in three parts so that a corpus is cleaned on all cores.

    `prepare` does the costly part, in any process and in any order; a `Memory` decides in the order of the corpus;
    `carry_out` turns decisions into results, in the process that prepared. How documents are grouped into calls must
    make no difference. What a memory must know after a kill, it appends to a log of its `Record` and reads back when
    it is made anew.
    """

    @property
    def remembers(self) -> bool:
        """Whether these settings need a memory; if not, `apply` or `expand` is asked."""
        return True

    @abstractmethod
    def prepare(self, documents: Sequence[Document]) -> Keys:
        """The keys of some documents, one after another."""

    @abstractmethod
    def remember(self, record: Record) -> Memory:
        """A memory that knows what the record holds: nothing yet, or what it noted before a kill."""

    @abstractmethod
    def carry_out(self, documents: Sequence[Document], decisions: Keys) -> list[Iterable[Result]]:
        """The results for each of the documents that were prepared, as the memory decided."""

    def start(self) -> Action:
        """The step as a function for one document after another."""
        if not self.remembers:
            return self.expand
        memory = self.remember(Record())

        def act(document: Document) -> Iterable[Result]:
            return self.carry_out([document], memory.decide(self.prepare([document])))[0]

        return act
