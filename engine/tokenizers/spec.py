"""Settings of a tokenizer: what all kinds have, and how those that learn from text are trained."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator

from engine.events import Advised, Notice
from engine.settings import Family, Problem, setting
from engine.tokenizers.advice import META_PIECES, advised_vocab_size
from engine.tokenizers.normalization import TITLES, Normalization, normalized
from engine.tokenizers.sample import Sample, gathered
from engine.tokenizers.tokenizer import Tokenizer
from engine.work import Work


class TokenizerSpec(Family, folder="engine.tokenizers.kinds"):
    """How text is cut into tokens."""

    user_symbols: tuple[str, ...] = setting(
        (), "Special tokens", "Texts that always stay one token, such as markers of a conversation.", level="advanced")

    def check(self) -> Iterator[Problem]:
        """Symbols must be usable."""
        for symbol in self.user_symbols:
            if not symbol or any(character.isspace() for character in symbol) or "\u2581" in symbol:
                yield Problem(("user_symbols",), f"{symbol!r} is empty or has white space",
                              "write it without spaces, such as <|user|>")
            if symbol in ("<unk>", "<s>", "</s>", "<pad>"):
                yield Problem(("user_symbols",), f"{symbol} exists already", "remove it from the list")
        if len(set(self.user_symbols)) < len(self.user_symbols):
            yield Problem(("user_symbols",), "a symbol is there twice", "remove one of them")

    @property
    def wanted_size(self) -> int | None:
        """How many pieces were asked for; None where that is not known before the training."""
        return None

    @abstractmethod
    def train(self, texts: Iterable[str], text_bytes: int, work: Work) -> Tokenizer:
        """Make the tokenizer, where need be from texts, read once; `text_bytes` is their size, as far as it is known.

        What is chosen on the way is reported as Advised. Raises EngineError when there is no text, Stopped when the
        user stops.
        """


class LearnedSpec(TokenizerSpec):
    """A tokenizer whose pieces are learned from the text."""

    vocab_size: int | None = setting(
        None, "Vocabulary size", "How many different pieces the tokenizer knows. More pieces make shorter sequences "
        "but leave fewer examples for each.", unit="pieces", low=64, high=128_000, scale="log",
        auto="Chosen from the size of the corpus")
    normalization: Normalization = setting(
        "none", "Normal form", "What is done to every text before it is cut. Anything but the first loses what it "
        "folds: the model will never write it.", level="advanced", choices=TITLES)

    def check(self) -> Iterator[Problem]:
        """The vocabulary must also have room for what it must hold."""
        yield from super().check()
        if self.vocab_size is not None and self.vocab_size < self.smallest_size():
            yield Problem(("vocab_size",), f"{self.vocab_size} pieces leave no room for text beside bytes and symbols",
                          f"choose {self.smallest_size()} or more")

    @property
    def wanted_size(self) -> int | None:
        """How many pieces were asked for."""
        return self.vocab_size

    def smallest_size(self) -> int:
        """The smallest vocabulary that leaves room for 16 pieces of text."""
        return META_PIECES + len(self.user_symbols) + 16

    def train(self, texts: Iterable[str], text_bytes: int, work: Work) -> Tokenizer:
        """Learn the pieces; see the base."""
        self.require_valid()
        if self.normalization != "none":
            texts = (normalized(text, self.normalization) for text in texts)
        with gathered(texts, text_bytes, work) as sample:
            return self.train_on(sample, work)

    def train_on(self, sample: Sample, work: Work) -> Tokenizer:
        """Learn the pieces from a gathered sample."""
        wanted = self.vocab_size
        if wanted is None:
            wanted = self.default_size(sample)
        model = self.fit(sample, wanted, work)
        tokenizer = Tokenizer(model, self.kind, self.user_symbols, self.normalization)
        if self.vocab_size is None:
            work.report(Advised(
                path="tokenizer.vocab_size", value=tokenizer.vocab_size,
                reason="Suits {megabytes} MB of text with {characters} different characters.",
                values={"megabytes": round(sample.text_bytes / 1e6, 1), "characters": len(sample.characters)}))
        elif tokenizer.vocab_size < wanted:
            work.report(Advised(path="tokenizer.vocab_size", value=tokenizer.vocab_size,
                                reason="Only {pieces} different pieces exist in this text.",
                                values={"pieces": tokenizer.vocab_size}))
        return tokenizer

    def default_size(self, sample: Sample) -> int:
        """The vocabulary size chosen for a text."""
        size = advised_vocab_size(sample.text_bytes, sample.covering(0.9995))
        return max(size, self.smallest_size())

    @abstractmethod
    def fit(self, sample: Sample, vocab_size: int, work: Work) -> bytes:
        """Learn at most `vocab_size` pieces; returns the model's bytes."""


class SpelledSpec(LearnedSpec):
    """A tokenizer of characters: those without a piece are spelled in bytes, or lost."""

    byte_fallback: bool = setting(
        True, "Fall back to bytes", "Spell characters that have no piece in bytes, so that any text can be read. "
        "Otherwise they are lost.")

    def smallest_size(self) -> int:
        """The smallest vocabulary that leaves room for 16 pieces of text."""
        return (META_PIECES if self.byte_fallback else 5) + len(self.user_symbols) + 16

    def report_kept(self, kept: int, sample: Sample, work: Work) -> None:
        """Say when a good part of the characters gets no piece of its own."""
        if kept < sample.covering(0.9995):
            text = ("{kept} of {characters} characters have a piece of their own; the rarer ones are spelled in "
                    "bytes." if self.byte_fallback else
                    "{kept} of {characters} characters have a piece of their own; the rarer ones are lost.")
            work.report(Notice(level="info" if self.byte_fallback else "warn", code="tokenizer-coverage", text=text,
                               values={"kept": kept, "characters": len(sample.characters)}))

    def symbols(self) -> tuple[str, ...]:
        """The user's symbols, and the line end where there are no bytes to spell it."""
        return self.user_symbols if self.byte_fallback else ("\n", *self.user_symbols)
