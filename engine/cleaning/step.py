"""What every cleaning step is: settings that can act on a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from engine.corpora.document import Document, Dropped
from engine.settings import Family, from_plain, setting

Result = Document | Dropped
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

    A step says `apply` when it looks at one document alone, `expand` when it may make several of one, and `start`
    when it must remember earlier documents; each of the three has a default made from the one before.
    """

    examples: ClassVar[tuple[Example, ...]] = ()
    reasons: ClassVar[tuple[str, ...]] = ()
    """Every sentence that this step may give as the reason for dropping a document."""

    enabled: bool = setting(True, "On", "Whether this step is done.")

    def apply(self, document: Document) -> Result:
        """The document as it is after this step, or why it is dropped."""
        raise NotImplementedError(f"{type(self).__name__} has neither apply nor expand nor start")

    def expand(self, document: Document) -> Iterable[Result]:
        """The documents that one document becomes."""
        return (self.apply(document),)

    def start(self) -> Action:
        """The step as a function for one pass over a corpus, with a memory of its own."""
        return self.expand
