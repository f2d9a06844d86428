"""One token a word."""

from __future__ import annotations

from collections import Counter

from engine.tokenizers.advice import META_PIECES
from engine.tokenizers.learning import learn
from engine.tokenizers.sample import Sample
from engine.tokenizers.spec import SpelledSpec
from engine.tokenizers.words import words
from engine.work import Work


class Word(SpelledSpec, kind="word", title="Words"):
    """Makes every frequent word a token and spells the others; for languages that write spaces between words.

    Each Chinese character counts as a word. A word carries the space before it; marks and digits stand alone.
    Source: sentencepiece's word model (arXiv:1808.06226), fed with words cut by engine.tokenizers.words.
    """

    def default_size(self, sample: Sample) -> int:
        """Four times the advice for pieces: whole words are rarer."""
        return 4 * super().default_size(sample)

    def fit(self, sample: Sample, vocab_size: int, work: Work) -> bytes:
        """Take the most frequent words, and the most frequent characters for spelling the others."""
        room = vocab_size - (META_PIECES if self.byte_fallback else 4) - len(self.symbols())
        letters = min(room * 8 // 9, sample.covering(0.9995))
        counts: Counter[str] = Counter()
        for piece in sample.pieces():
            work.check()
            counts.update(words(piece))
        characters = {" ", *(character for character, _ in sample.characters.most_common(letters))}
        always = sum(counts.values()) + 1  # more than any word: characters come first
        for character in characters:
            counts[character] += always
        self.report_kept(letters, sample, work)
        path = sample.path.with_name("words.tsv")
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{word.replace(' ', chr(0x2581))}\t{times}\n" for word, times in counts.most_common()
                            if word not in ("\t", "\r"))
        return learn(path, work, model_type="word", input_format="tsv", vocab_size=vocab_size,
                     byte_fallback=self.byte_fallback, user_defined_symbols=list(self.symbols()))
