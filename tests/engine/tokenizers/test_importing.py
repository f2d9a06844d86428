"""Tokenizers from elsewhere: the same cuts as their own libraries make, in Wenlu's order of ids."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import sentencepiece
from tokenizers import Tokenizer as LibraryTokenizer
from tokenizers import models, normalizers, pre_tokenizers, trainers

from engine.errors import EngineError
from engine.tokenizers.imported import ABSENT, ImportedCutter, cutter_of
from engine.tokenizers.kinds.imported import Imported, imported, is_tokenizer
from engine.tokenizers.tokenizer import Tokenizer
from engine.work import Work
from tests.engine.tokenizers.small_texts import HOSTILE, chinese, english

TEXTS = [english(seed=9, sentences=20), chinese(seed=9, sentences=20), "Ｆull ﬁne  Spaces \t and 囍 😀\n", *HOSTILE]


def foreign_pieces(**settings) -> bytes:
    """A sentencepiece model with everything that Wenlu's own recipe leaves off."""
    written = io.BytesIO()
    lines = (english() + chinese()).splitlines()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=written, vocab_size=700,
                                             hard_vocab_limit=False, minloglevel=3, **settings)
    return written.getvalue()


def foreign_library(model, pre_tokenizer, trainer, normalizer=None) -> bytes:
    made = LibraryTokenizer(model)
    made.pre_tokenizer = pre_tokenizer
    if normalizer:
        made.normalizer = normalizer
    made.train_from_iterator((english() + chinese()).splitlines(), trainer)
    return made.to_str().encode()


def byte_level() -> bytes:
    return foreign_library(models.BPE(), pre_tokenizers.ByteLevel(), trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))


def word_pieces() -> bytes:
    return foreign_library(
        models.WordPiece(unk_token="[UNK]"), pre_tokenizers.BertPreTokenizer(), trainers.WordPieceTrainer(
            vocab_size=300, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"], show_progress=False),
        normalizers.BertNormalizer())


def theirs(cutter: ImportedCutter, ids) -> list[int]:
    return [cutter.order[each] for each in ids]


@pytest.mark.parametrize("settings", [
    {"model_type": "unigram"}, {"model_type": "bpe", "byte_fallback": True},
    {"model_type": "unigram", "unk_id": 2, "bos_id": 0, "eos_id": 1, "pad_id": 3},
    {"model_type": "bpe", "bos_id": -1, "eos_id": -1}], ids=str)
def test_a_piece_model_gives_sentencepieces_own_ids(settings):
    model = foreign_pieces(**settings)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    cutter = cutter_of(model, ())
    for text in TEXTS:
        assert theirs(cutter, cutter.ids(text).tolist()) == processor.encode(text)


@pytest.mark.parametrize("model", [byte_level(), word_pieces()], ids=["byte-level", "word-pieces"])
def test_a_tokenizer_json_gives_the_librarys_own_ids(model):
    library = LibraryTokenizer.from_str(model.decode())
    library.encode_special_tokens = True
    cutter = cutter_of(model, ())
    for text in TEXTS:
        assert theirs(cutter, cutter.ids(text).tolist()) == library.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("model", [foreign_pieces(model_type="unigram"), byte_level(), word_pieces()],
                         ids=["pieces", "byte-level", "word-pieces"])
def test_every_id_has_one_place_and_marks_come_first(model):
    cutter = cutter_of(model, ("<|user|>",))
    known = [each for each in cutter.order if each != ABSENT]
    assert len(known) == len(set(known)) and sorted(known) == list(range(len(known)))
    assert len(cutter.order) == len(cutter.names) == len(cutter.contents) == len(cutter.singles)
    assert cutter.names[:4] == ["<unk>", "<s>", "</s>", "<pad>"]


@pytest.mark.parametrize("model", [foreign_pieces(model_type="unigram"), byte_level(), word_pieces()],
                         ids=["pieces", "byte-level", "word-pieces"])
def test_places_follow_each_other_from_the_beginning_to_the_end(model):
    tokenizer = Tokenizer(model, "imported", ["<|user|>"])
    for text in (text for text in [*TEXTS, "a<|user|>b"] if text.strip()):
        spans = tokenizer.spans(text)
        assert [each for each, _, _ in spans] == tokenizer.encode(text).tolist()
        assert [start for _, start, _ in spans[1:]] == [end for _, _, end in spans[:-1]]
        assert not spans or (spans[0][1], spans[-1][2]) == (0, len(text))


def test_a_special_token_of_the_other_tokenizer_is_never_read_from_text():
    cutter = cutter_of(byte_level(), ())
    assert len(cutter.ids("<|endoftext|>")) > 1


def test_a_file_that_changed_is_named(tmp_path):
    path = tmp_path / "their.model"
    path.write_bytes(foreign_pieces(model_type="unigram"))
    spec = imported(path)
    made = spec.train((), 0, Work())
    assert np.array_equal(made.encode("the"), Tokenizer(path.read_bytes(), "imported").encode("the"))
    path.write_bytes(foreign_pieces(model_type="bpe"))
    with pytest.raises(EngineError, match="has changed"):
        spec.train((), 0, Work())


@pytest.mark.parametrize("content", [b"", b"\n\x01nonsense", b"{}", b'{"model": {"type": "BPE"}}', b"PK\x03\x04",
                                     json.dumps({"model": {"type": "BPE", "vocab": {"a": 2 ** 40}}}).encode()])
def test_a_file_that_is_no_tokenizer_is_refused_in_words(content, tmp_path):
    path = tmp_path / "wrong.json"
    path.write_bytes(content)
    with pytest.raises(EngineError, match="no tokenizer"):
        imported(path)


def test_what_a_tokenizer_does_not_give_back_is_told(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(word_pieces())
    said = []
    Imported(path=str(path)).train(["Two  spaces and CAPITALS\nthe old kettle"], 0, Work(report=said.append))
    told = [event for event in said if event.name == "notice"]
    assert [event.code for event in told] == ["tokenizer-loses"]
    assert told[0].values["lines"] == 2


def test_tokenizers_are_recognised_by_what_they_hold(tmp_path):
    for name, content, expected in (("a.model", foreign_pieces(model_type="bpe"), True), ("b.json", byte_level(), True),
                                    ("c.json", b'{"text": "hello"}', False), ("d.model", b"text", False),
                                    ("e.json", b"[" * 100_000, False)):
        (tmp_path / name).write_bytes(content)
        assert is_tokenizer(tmp_path / name) is expected, name
