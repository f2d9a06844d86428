"""Token files: what goes in comes out, and bits per byte means one thing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.corpora.document import Document
from engine.errors import EngineError
from engine.tokenizers.kinds.bpe import Bpe
from engine.tokenizers.token_file import (
    IGNORED,
    TokenFile,
    bits_per_byte,
    mean_loss,
    targets_of,
    write_token_files,
)
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID
from engine.work import Stopped, Work
from tests.engine.tokenizers.small_texts import chinese, english


class Shelf(list):
    """A corpus in memory."""

    def documents(self):
        return iter(self)


DOCUMENTS = Shelf(Document(f"{number}.txt", text) for number, text in enumerate(
    [english(seed=1, sentences=30), chinese(seed=1, sentences=30), "", *(f"short {n}\n" for n in range(7))]))


def split_of(document: Document) -> str:
    return {3: "validation", 4: "test"}.get(int(document.name.split(".")[0]), "train")


@pytest.fixture(scope="module")
def tokenizer():
    return Bpe(vocab_size=400).train([document.text for document in DOCUMENTS], 10_000, Work())


@pytest.fixture
def folder(tokenizer, tmp_path):
    write_token_files(DOCUMENTS, tokenizer, split_of, tmp_path, Work())
    return tmp_path


def test_every_document_comes_back_between_its_beginning_and_end(folder, tokenizer):
    expected = {split: [document.text for document in DOCUMENTS if document.text and split_of(document) == split]
                for split in ("train", "validation", "test")}
    for split, texts in expected.items():
        file = TokenFile(folder, split)
        found = list(file.each_document())
        assert [tokenizer.decode(ids) for ids in found] == texts
        assert all(ids[0] == BOS_ID and ids[-1] == EOS_ID for ids in found)
        assert file.bytes == sum(len(text.encode()) for text in texts)
        assert np.array_equal(np.flatnonzero(np.asarray(file.ids) == BOS_ID), file.document_starts)


def test_figures_in_the_summary_are_those_of_the_files(tokenizer, tmp_path):
    summary = write_token_files(DOCUMENTS, tokenizer, split_of, tmp_path, Work())
    assert summary["vocab_size"] == 400 and summary["dtype"] == "uint16"
    for split, figures in summary["splits"].items():
        file = TokenFile(tmp_path, split)
        assert figures == {"tokens": len(file.ids), "documents": len(file.document_starts), "bytes": file.bytes}


def test_bits_per_byte_is_all_nats_over_all_bytes(folder):
    file = TokenFile(folder, "train")
    ids = np.asarray(file.ids).astype(np.int64)
    losses = np.random.default_rng(0).random(len(ids) - 1).astype(np.float32)
    by_hand = sum(float(loss) for loss, each in zip(losses, ids[1:], strict=True) if each != BOS_ID)
    # the first token of the file is a beginning, so every predicted token is among ids[1:]
    assert bits_per_byte(mean_loss(losses, ids), file) == pytest.approx(by_hand / math.log(2) / file.bytes, rel=1e-6)


def test_a_uniform_model_costs_the_same_bits_whatever_the_tokenizer_says(folder):
    file = TokenFile(folder, "train")
    expected = file.predicted_tokens * math.log2(400) / file.bytes
    assert bits_per_byte(math.log(400), file) == pytest.approx(expected)


def test_beginnings_are_never_targets():
    ids = np.array([BOS_ID, 7, EOS_ID, BOS_ID, 8, EOS_ID], dtype=np.uint16)
    assert targets_of(ids).tolist() == [7, EOS_ID, IGNORED, 8, EOS_ID]
    assert ids[3] == BOS_ID


def test_large_vocabularies_take_four_bytes_a_token(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(tokenizer, "vocab_size", 70_000)
    assert write_token_files(DOCUMENTS, tokenizer, split_of, tmp_path, Work())["dtype"] == "uint32"
    assert tokenizer.decode(TokenFile(tmp_path, "test").document(0)) == DOCUMENTS[4].text


def test_nothing_to_train_on_is_said(tokenizer, tmp_path):
    with pytest.raises(EngineError, match="No document is left"):
        write_token_files(DOCUMENTS, tokenizer, lambda document: "test", tmp_path, Work())


def test_writing_stops_when_asked(tokenizer, tmp_path):
    with pytest.raises(Stopped):
        write_token_files(DOCUMENTS, tokenizer, split_of, tmp_path, Work(is_stopping=lambda: True))


def test_a_file_cut_short_is_named(folder):
    path = folder / "train.bin"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(EngineError, match=r"train\.bin is damaged"):
        TokenFile(folder, "train")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(EngineError, match="has no tokens"):
        TokenFile(tmp_path / "gone", "train")
