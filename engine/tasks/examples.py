"""A cleaned corpus as the examples of a task, each on the side of the split that its document is on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from engine.cleaning.spec import CleaningSpec
from engine.cleaning.step import RememberingStep
from engine.corpora.columns import joined
from engine.corpora.corpus import Corpus
from engine.corpora.document import Document
from engine.corpora.split import SplitSpec, Splitter
from engine.errors import EngineError
from engine.tasks.example import Example
from engine.tasks.task import Task
from engine.tokenizers.encoding import LEARNED_SPANS

SPLIT = "split"
"""In the metadata of an example's document: on which side it is."""

FEWEST = 3
_SHOWN = 3


class Examples:
    """`documents()` are the examples as documents that say what is learned of them; `len` counts the corpus.

    What cleaning changed in a document is changed in its roles too. Documents that lack a role are left out, and
    counted in `left_out` by the roles they have. Raises EngineError where too few could be kept apart.
    """

    def __init__(self, corpus: Corpus, task: Task, split: SplitSpec, cleaning: CleaningSpec) -> None:
        self._corpus, self._task = corpus, task
        self._splitter = Splitter(corpus, split)
        if self._splitter.corpus is not corpus:
            raise EngineError(f"{len(corpus)} documents are too few to learn from examples.",
                              f"At least {FEWEST} different ones were expected, so that some can be kept apart.",
                              "Add more examples.")
        self._repairs = Repairs(cleaning)
        self.left_out: Counter[str] = Counter()

    def __len__(self) -> int:
        """The number of documents in the corpus."""
        return len(self._corpus)

    def documents(self) -> Iterator[Document]:
        """All examples in order, as documents. Raises EngineError where there is none at all."""
        count = 0
        for example, document, split in self._all():
            count += 1
            yield Document(example.name, example.text, document.source,
                           {LEARNED_SPANS: [list(span) for span in example.spans], SPLIT: split})
        if not count:
            raise self._nothing_fits()

    def split_of(self, document: Document) -> str:
        """The split of one of `documents`."""
        split: str = document.metadata[SPLIT]
        return split

    def of(self, split: str) -> Iterator[Example]:
        """The examples of one side, in order."""
        return (example for example, _, side in self._all() if side == split)

    def _all(self) -> Iterator[tuple[Example, Document, str]]:
        left_out: Counter[str] = Counter()  # of this reading alone: the corpus may be read twice side by side
        before: Mapping[str, str] | None = None
        for document in self._corpus.documents():
            roles = document.metadata.get("roles")
            if roles is not None and roles == before:  # the second part of a document that was split
                continue
            before = roles
            found = self._repairs.of(document) if roles else {"text": document.text}
            example = self._task.example_of(document.name, found)
            if example is None:
                left_out[", ".join(found)] += 1
            else:
                yield example, document, self._splitter.split_of(document)
        self.left_out = left_out

    def _nothing_fits(self) -> EngineError:
        wanted = ", ".join(role.name for role in self._task.roles if role.is_needed)
        had = "; ".join(roles for roles, _ in self.left_out.most_common(_SHOWN))
        chosen = ", ".join(f"{role.name}=…" for role in self._task.roles if role.is_needed)
        return EngineError(f"No document has what the task {self._task.kind} needs: {wanted}.",
                           f"The documents have: {had or 'nothing'}.",
                           f"Choose the columns of the source, such as {chosen}, or another task.")


class Repairs:
    """What cleaning does to one text alone, done to the roles of a document that it changed."""

    def __init__(self, cleaning: CleaningSpec) -> None:
        self._steps = [step for step in cleaning.enabled_steps if not isinstance(step, RememberingStep)]

    def of(self, document: Document) -> dict[str, str]:
        """The roles of a document, cleaned as its text was; a step that would drop a part of it leaves it as it is."""
        roles: dict[str, str] = document.metadata["roles"]
        if document.text == joined(roles):
            return dict(roles)
        return {role: self._repaired(text, document) for role, text in roles.items()}

    def _repaired(self, text: str, document: Document) -> str:
        language = {key: value for key, value in document.metadata.items() if key == "language"}
        for step in self._steps:
            results = list(step.expand(Document(document.name, text, document.source, language)))
            if len(results) == 1 and isinstance(results[0], Document):
                text = results[0].text
        return text
