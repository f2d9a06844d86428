"""N-gram models for SRILM, KenLM, nltk and speech recognisers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine import storage
from engine.errors import EngineError
from engine.exchange.arpa_file import arpa_lines, arpa_words, read_arpa
from engine.exchange.exporter import Exporter, differs
from engine.exchange.source import ExportSource
from engine.models.kinds.ngram.model import NGram
from engine.models.kinds.ngram.spec import NGramSpec
from engine.tokenizers.tokenizer import Tokenizer


class Arpa(Exporter, kind="arpa", title="ARPA"):
    """A text file of n-grams with their probabilities, and the tokenizer that cuts text into its words.

    Source: the format as SRILM and KenLM read it (Heafield 2011, W11-2123).
    """

    def refusal(self, source: ExportSource) -> EngineError | None:
        """Only n-gram models, and not those smoothed by add-k, which do not mix orders."""
        if isinstance(source.spec, NGramSpec):
            return None if source.spec.smoothing != "add-k" else EngineError(
                "The format has no place for add-k: it always multiplies with shorter contexts.",
                "Another smoothing was expected.", "Train an n-gram model with another smoothing.")
        return EngineError("This model does not count n-grams.", "An n-gram model was expected.",
                           "Choose another format, or export the checkpoint called baseline.")

    def write(self, source: ExportSource, folder: Path) -> None:
        """The model, the tokenizer, and the words in the order of the ids."""
        words = _words(source.loaded.tokenizer)
        with storage.replacing(folder / "model.arpa") as file:
            for line in arpa_lines(_ngram(source), words):
                file.write(line.encode() + b"\n")
        storage.write_text(folder / "words.txt", "\n".join(words) + "\n")
        source.loaded.tokenizer.save(folder)

    def compare(self, source: ExportSource, folder: Path) -> dict[str, Any]:
        """Every n-gram, probability and weight, bit for bit; and the tokenizer.

        The weight of the empty n-gram has no place in the format: it is in the probabilities of the 1-grams already.
        """
        words = (folder / "words.txt").read_text("utf-8").splitlines()
        with open(folder / "model.arpa", encoding="utf-8", newline="\n") as lines:
            read, _ = read_arpa(lines, words)
        own = _ngram(source)
        for order, (mine, theirs) in enumerate(zip(own.tables, read.tables, strict=True), 1):
            if not (np.array_equal(mine.keys, theirs.keys) and np.array_equal(mine.probability, theirs.probability)
                    and (order == 1 or np.array_equal(mine.back_off, theirs.back_off))):
                raise differs("model.arpa", f"{order}-grams")
        if Tokenizer.load(folder).model != source.loaded.tokenizer.model:
            raise differs("tokenizer.json", "the model of the tokenizer")
        return {"orders": own.order, "ngrams": own.parameters}


def _ngram(source: ExportSource) -> NGram:
    model = source.loaded.model
    if not isinstance(model, NGram):
        raise TypeError(type(model).__name__)
    return model


def _words(tokenizer: Tokenizer) -> list[str]:
    return arpa_words([tokenizer.piece(each).replace(" ", "\u2581") for each in range(tokenizer.vocab_size)])
