"""What a run's model may have copied: the index of its training text, and what a text has in common with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine import storage
from engine.corpora.copies import BYTES_PER_BYTE, Copies, CopiesBuilder, is_whole
from engine.corpora.corpus import Corpus
from engine.corpora.document import Document
from engine.errors import EngineError
from engine.recipe import Recipe
from engine.runs.folder import RunFolder
from engine.settings import from_plain, to_plain
from engine.tasks.texts import texts_of
from engine.tokenizers.copied import Copied, copied
from engine.tokenizers.tokenizer import Tokenizer
from engine.work import Work

AROUND = 160
"""Characters of the source that are shown before and after a copied run."""

SHOWN = 50
"""So many runs are told with their surroundings; the figures are of all."""


@dataclass(frozen=True)
class Indexed:
    """How far an index is, in bytes of text; `bytes` it will take on the disk."""

    done: int
    total: int
    bytes: int
    is_whole: bool


class TrainingText:
    """The text that a run learned from, as far as it can be asked for copies.

    The index lies among the project's stages, under the name of what it was made of; runs on the same text share it.
    Raises EngineError where the cleaned text is gone.
    """

    def __init__(self, run: Path) -> None:
        settings = RunFolder(run).settings()
        mark = str(settings.get("fingerprints", {}).get("cleaned", ""))
        recipe = settings.get("recipe", {})
        self._recipe = from_plain(Recipe, {name: recipe[name] for name in ("task", "split", "cleaning", "tokenizer")
                                           if name in recipe})
        stages = Path(run).resolve().parent.parent / "stages"
        self._cleaned = stages / f"cleaned-{mark}"
        made_of = [mark, to_plain(self._recipe.task), to_plain(self._recipe.split)]
        self.folder = stages / f"copies-{storage.fingerprint(made_of)}"
        if not is_whole(self.folder) and not (mark and self._cleaned.is_dir()):
            raise EngineError(f"The text that {Path(run).name} was trained on is gone.",
                              "Its cleaned text was expected among the project's stages.",
                              "Bring the project's stages back, or train again.")
        self._tokenizer_folder = Path(run) / "tokenizer"
        self._tokenizer: Tokenizer | None = None
        self._copies: Copies | None = None
        self._builder: CopiesBuilder | None = None
        self._work = Work()
        self._done = self._total = 0

    def state(self) -> Indexed:
        """How far the index is; cheap."""
        total = self._total = self._total or int(Corpus(self._cleaned).manifest.bytes) if self._cleaned.is_dir() else 0
        return Indexed(self._done, total, BYTES_PER_BYTE * total, is_whole(self.folder))

    def make_part(self, work: Work) -> Indexed:
        """Make one more part of the index, which goes on where it was ended. Raises Stopped."""
        self._work = work
        if not is_whole(self.folder):
            if self._builder is None:
                self._builder = CopiesBuilder(self.folder, self._documents())
            try:
                self._builder.make_part()
            except BaseException:
                self._builder = None  # what it had read on the way to the next part is read again
                raise
        return self.state()

    def _documents(self) -> Iterator[tuple[int, Document]]:
        recipe = self._recipe
        texts = texts_of(Corpus(self._cleaned), recipe.task, recipe.split, recipe.cleaning, recipe.tokenizer)
        self._done = 0
        for number, document in enumerate(texts.corpus.documents()):
            self._work.check()
            self._done += len(document.text.encode())
            if texts.split_of(document) == "train":
                yield number, document

    def find(self, text: str) -> Copied:
        """What a text has word for word in common with the training text; the index must be whole."""
        self._tokenizer = self._tokenizer or Tokenizer.load(self._tokenizer_folder)
        self._copies = self._copies or Copies(self.folder)
        return copied(text, self._tokenizer, self._copies)

    def told(self, text: str) -> dict[str, Any]:
        """As `find`, as plain data, with what stands around each run in its document."""
        found = self.find(text)
        copies = self._copies
        spans = [asdict(span) for span in found.spans]
        for span, plain in zip(found.spans[:SHOWN], spans, strict=False):
            if copies is not None:
                plain["text"] = text[span.start:span.end]
                plain["before"], plain["after"] = copies.around(text[span.start:span.end].encode(), AROUND)
        return {"share": found.share, "tokens": found.n_tokens, "copied": found.n_copied, "spans": spans}
