"""What is learned from: the documents of a corpus, or the examples of a task, with the tokenizer that suits them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.cleaning.spec import CleaningSpec
from engine.corpora.corpus import Corpus
from engine.corpora.document import Document
from engine.corpora.split import SplitSpec, Splitter
from engine.events import Advised, Notice
from engine.settings import changed
from engine.tasks.examples import Examples
from engine.tasks.kinds.continuation import Continuation
from engine.tasks.task import Task
from engine.tokenizers.spec import TokenizerSpec
from engine.tokenizers.token_file import Documents


@dataclass(frozen=True)
class Texts:
    """`corpus` holds the documents to be cut into tokens, `split_of` says on which side each is."""

    corpus: Documents
    split_of: Callable[[Document], str]
    tokenizer: TokenizerSpec
    advised: tuple[Advised, ...]

    def left_out(self) -> Notice | None:
        """What to tell of documents that are no examples, once all were read."""
        count = self.corpus.left_out.total() if isinstance(self.corpus, Examples) else 0
        return Notice(level="warn", code="no-examples", values={"count": count, "total": len(self.corpus)},
                      text="{count} of {total} documents lack a part that the task needs, and are left out."
                      ) if count else None


def texts_of(cleaned: Corpus, task: Task, split: SplitSpec, cleaning: CleaningSpec,
             tokenizer: TokenizerSpec) -> Texts:
    """The texts for a task; raises EngineError where there is too little."""
    if isinstance(task, Continuation):
        splitter = Splitter(cleaned, split)
        return Texts(splitter.corpus, splitter.split_of, tokenizer, tuple(splitter.advised()))
    examples = Examples(cleaned, task, split, cleaning)
    missing = tuple(each for each in task.special_tokens if each not in tokenizer.user_symbols)
    if not missing:
        return Texts(examples, examples.split_of, tokenizer, ())
    symbols = (*tokenizer.user_symbols, *missing)
    advised = Advised(path="tokenizer.user_symbols", value=list(symbols),
                      reason="The task writes these markers between the parts of an example.")
    return Texts(examples, examples.split_of, changed(tokenizer, "user_symbols", symbols), (advised,))
