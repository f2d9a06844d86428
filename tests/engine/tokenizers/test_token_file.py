"""Token files: what goes in comes out, and bits per byte means one thing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.corpora.document import Document
from engine.errors import EngineError
from engine.tokenizers.encoding import LEARNED_SPANS
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
        assert figures == {"tokens": len(file.ids), "documents": len(file.document_starts), "bytes": file.bytes,
                           "predicted": len(file.ids) - len(file.document_starts), "has_mask": False}


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


def test_only_what_a_task_wants_learned_counts(tokenizer, tmp_path):
    asked, answered = "Who sang before the guest? ", "The old kettle 掌柜."
    documents = Shelf([Document("whole.txt", "All of this is learned."),
                       Document("asked.txt", asked + answered, metadata={
                           LEARNED_SPANS: [[len(asked), len(asked + answered)]]}),
                       Document("whole-again.txt", "And this.")])
    write_token_files(documents, tokenizer, lambda document: "train", tmp_path, Work())
    file = TokenFile(tmp_path, "train")
    assert file.mask is not None
    begin = int(file.document_starts[1])
    one = np.asarray(file.mask[begin:int(file.document_starts[2])])
    ids = file.document(1)
    learned = tokenizer.decode(ids[1:][one[1:] == 1].tolist())
    assert learned == answered and one[0] == 0 and one[-1] == 1  # the end is learned: the answer reaches it
    rest = np.concatenate([np.asarray(file.mask[:begin]), np.asarray(file.mask[int(file.document_starts[2]):])])
    assert rest.sum() == len(rest) - 2
    assert file.predicted_tokens == int(np.asarray(file.mask).sum())
    assert file.bytes == len(b"All of this is learned.And this.") + len(answered.encode())
    losses = np.arange(len(file.ids) - 1, dtype=np.float32)
    by_hand = [loss for loss, counts in zip(losses, file.mask[1:], strict=True) if counts]
    assert mean_loss(losses, np.asarray(file.ids), file.mask) == pytest.approx(np.mean(by_hand))


def test_a_stretch_that_ends_before_the_document_leaves_its_end_out(tokenizer, tmp_path):
    documents = Shelf([Document("a.txt", "learned, not", metadata={LEARNED_SPANS: [[0, 8]]}), Document("b.txt", "b")])
    write_token_files(documents, tokenizer, lambda document: "train", tmp_path, Work())
    file = TokenFile(tmp_path, "train")
    assert file.mask is not None and file.mask[int(file.document_starts[1]) - 1] == 0


def test_the_files_do_not_depend_on_how_many_processes_cut_the_text(tokenizer, tmp_path, monkeypatch):
    from engine.corpora.corpus import Corpus, read_corpus
    from engine.corpora.source import pasted
    from engine.tokenizers import encoding

    monkeypatch.setattr(encoding, "PART_BYTES", 4_000)
    (tmp_path / "corpus").mkdir()
    read_corpus([pasted(english(seed, sentences=60) + chinese(seed), str(seed)) for seed in range(9)],
                tmp_path / "corpus", Work())
    corpus = Corpus(tmp_path / "corpus")
    for workers in (1, 3):
        (tmp_path / str(workers)).mkdir()
        write_token_files(corpus, tokenizer, lambda document: "train", tmp_path / str(workers), Work(), workers)
    for path in sorted((tmp_path / "1").iterdir()):
        assert path.read_bytes() == (tmp_path / "3" / path.name).read_bytes(), path.name
    assert sorted(path.name for path in (tmp_path / "3").iterdir()) == sorted(
        path.name for path in (tmp_path / "1").iterdir())


def test_a_stop_ends_the_processes_too(tokenizer, tmp_path):
    from engine.corpora.corpus import Corpus, read_corpus
    from engine.corpora.source import pasted

    (tmp_path / "corpus").mkdir()
    (tmp_path / "tokens").mkdir()
    read_corpus([pasted(english(seed), str(seed)) for seed in range(3)], tmp_path / "corpus", Work())
    with pytest.raises(Stopped):
        write_token_files(Corpus(tmp_path / "corpus"), tokenizer, lambda document: "train", tmp_path / "tokens",
                          Work(is_stopping=lambda: True), workers=2)
    assert not [path for path in (tmp_path / "tokens").iterdir() if path.is_dir()]


def test_one_changed_bit_is_found_on_opening(folder):
    path = folder / "train.bin"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    with pytest.raises(EngineError, match="damaged"):
        TokenFile(folder, "train")


def test_what_a_killed_cutting_left_behind_is_removed(tokenizer, tmp_path):
    left = tmp_path / "cut-killed"
    left.mkdir()
    (left / "ids-0.npy").write_bytes(b"half")
    write_token_files(DOCUMENTS, tokenizer, split_of, tmp_path, Work())
    assert not any(path.name.startswith("cut-") for path in tmp_path.iterdir())
