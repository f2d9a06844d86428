"""Looking at tokenizers: chips, the vocabulary, merges, sizes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from engine.corpora.document import Document
from engine.tokenizers.inspection import (
    made_of,
    piece_lengths,
    text_tokens,
    token_counts,
    vocabulary,
)
from engine.tokenizers.kinds.bpe import Bpe
from engine.tokenizers.token_file import TokenFile, write_token_files
from engine.work import Work
from tests.engine.tokenizers.small_texts import english
from tests.engine.tokenizers.test_token_file import Shelf


@pytest.fixture(scope="module")
def tokenizer():
    return Bpe(vocab_size=400).train([english()], 20_000, Work())


def test_ids_that_spell_one_character_stay_together(tokenizer):
    tokens = text_tokens(tokenizer, "the 囍!")
    assert "".join(token.text for token in tokens) == "the 囍!"
    spelled = next(token for token in tokens if token.text == "囍")
    assert len(spelled.ids) == 3
    assert [each for token in tokens for each in token.ids] == tokenizer.encode("the 囍!").tolist()


def test_the_vocabulary_counts_what_is_in_the_token_file(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.tokenizers.inspection.COUNTED_AT_ONCE", 100)
    write_token_files(Shelf([Document("a", english(seed=2))]), tokenizer, lambda document: "train", tmp_path, Work())
    file = TokenFile(tmp_path, "train")
    rows = vocabulary(tokenizer, token_counts(file))
    expected = Counter(np.asarray(file.ids).tolist())
    assert [row.count for row in rows] == [expected[row.id] for row in rows]
    assert vocabulary(tokenizer)[300].count is None


def test_a_merged_piece_is_made_of_two_earlier_ones(tokenizer):
    merged = [each for each in range(260, 400) if len(tokenizer.piece(each)) > 1]
    assert merged
    for each in merged:
        parts = made_of(tokenizer, each)
        assert parts is not None and "".join(parts) == tokenizer.piece(each)
        for part in parts:
            known = tokenizer.id_of(part)
            assert known is not None and (len(part) == 1 or known < each)
    assert made_of(tokenizer, tokenizer.id_of("t")) is None


def test_piece_lengths_are_shares(tokenizer):
    assert sum(piece_lengths(tokenizer).values()) == pytest.approx(1)
