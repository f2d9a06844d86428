"""Learning tokenizers: nothing is dropped in silence, sizes fit the text, bad settings name their fix."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile

import numpy as np
import pytest
import sentencepiece

from engine.errors import EngineError
from engine.settings import from_plain
from engine.tokenizers.advice import advised_vocab_size
from engine.tokenizers.kinds.bpe import Bpe
from engine.tokenizers.kinds.character import Character
from engine.tokenizers.kinds.word import Word
from engine.tokenizers.sample import PIECE_CHARACTERS, cut, gathered
from engine.tokenizers.tokenizer import Tokenizer
from engine.tokenizers.words import words
from engine.work import Work
from tests.engine.tokenizers.small_texts import HOSTILE, chinese, english


def test_bpe_is_the_recipe_that_other_readers_reproduce():
    """The same as sentencepiece gives when it is trained and asked directly."""
    text = english()
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line for line in text.split("\n") if line]), model_writer=written, model_type="bpe",
        vocab_size=400, byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
        add_dummy_prefix=False, split_digits=True, unk_id=0, bos_id=1, eos_id=2, pad_id=3, character_coverage=1.0,
        user_defined_symbols=["<|user|>"], minloglevel=3)
    plain = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    ours = from_plain(Bpe, {"vocab_size": 400, "user_symbols": ["<|user|>"]}).train([text], len(text), Work())
    reader = sentencepiece.SentencePieceProcessor(model_proto=ours.model)
    assert [reader.id_to_piece(each) for each in range(400)] == [plain.id_to_piece(each) for each in range(400)]
    for each in [*HOSTILE, text[:3000], "<|user|> hello"]:
        if "\u2581" not in each:
            assert ours.encode(each).tolist() == plain.encode(each) == reader.encode(each)
            assert reader.decode(ours.encode(each).tolist()) == each


def test_a_line_longer_than_sentencepiece_reads_is_learned_from():
    """Default settings would leave it out and say nothing."""
    filler = "abcdefg " * 2_000
    text = filler + "zweckfrei " * 500 + filler
    assert len(text) > 30_000 and "\n" not in text
    made = Bpe(vocab_size=330).train([text], len(text), Work())
    assert " zweckfrei" in [made.piece(each) for each in range(made.vocab_size)]


@pytest.mark.parametrize("character", ["\0", "\u2581", "\u2585", "\t"])
def test_a_line_with_a_character_that_sentencepiece_refuses_is_learned_from(character):
    text = f"zweckfrei {character} zweckfrei\n" * 50
    made = Bpe(vocab_size=330).train([text], len(text), Work())
    assert "zweckfrei" in [made.piece(each) for each in range(made.vocab_size)]


def test_long_text_is_cut_after_sentences_and_loses_nothing():
    text = english(sentences=800).replace("\n", " ") + "茶" * 5_000 + "。" + chinese(sentences=900).replace("\n", "")
    pieces = list(cut(text))
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= PIECE_CHARACTERS
    assert pieces[0].endswith(".")


def test_the_sample_is_bounded_fair_and_the_same_again():
    texts = [f"document {number} says nothing new\n" * 20 for number in range(500)]
    size = sum(map(len, texts))
    seen = []
    for _ in range(2):
        with gathered(texts, size, Work(), limit=size // 10) as sample:
            seen.append(list(sample.pieces()))
            assert sample.size_bytes == pytest.approx(size / 10, rel=0.1)
            assert sample.text_bytes == size
            folder = sample.path.parent
        assert not folder.exists()
    assert seen[0] == seen[1]
    numbers = [int(piece.split()[1]) for piece in seen[0]]
    assert np.mean(numbers) == pytest.approx(250, abs=25)


def test_chinese_larger_than_its_vocabulary_is_spelled_and_said():
    text = "".join(chr(0x4e00 + number % 2_000) for number in range(40_000))
    said = []
    made = Bpe(vocab_size=600).train([text], len(text.encode()), Work(report=said.append))
    assert made.vocab_size == 600
    assert made.decode(made.encode(text[:3_000])) == text[:3_000]
    notice = next(event for event in said if event.name == "notice")
    assert notice.values["characters"] == 2_000 and notice.values["kept"] < 320


def test_chinese_gets_room_for_its_characters():
    text = "".join(chr(0x4e00 + number % 2_000) for number in range(40_000))
    made = Bpe().train([text], len(text.encode()), Work())
    pieces = {made.piece(each) for each in range(made.vocab_size)}
    assert len(set(text) & pieces) > 0.99 * 2_000


def test_advice_grows_with_the_text_and_holds_its_characters():
    sizes = [advised_vocab_size(size, 100) for size in (100_000, 1_000_000, 5_000_000, 50_000_000, 5_000_000_000)]
    assert sizes == [1_000, 2_000, 4_000, 8_000, 16_000]
    assert advised_vocab_size(500_000, 4_000) >= 4_260


def test_characters_are_single_and_words_are_whole():
    text = english()
    characters = Character().train([text], len(text), Work())
    assert len(characters.encode("the old kettle")) == len("the old kettle")
    made = Word(vocab_size=500).train([text], len(text), Work())
    assert [made.piece(each) for each in made.encode(" the old kettle")] == [" the", " old", " kettle"]
    assert "".join(made.piece(each) for each in made.encode("kettles")) == "kettles"


def test_words_are_cut_as_people_would():
    assert words("Don't stop, it's 42 old-time!") == ["Don't", " stop", ",", " it's", " 4", "2", " old", "-", "time",
                                                      "!"]
    assert words("他说 OK。") == ["他", "说", " OK", "。"]
    for text in HOSTILE:
        assert "".join(words(text)) == text


@pytest.mark.parametrize("texts", [[], [""], ["\n\n", "\0"]])
def test_no_text_is_an_error_that_says_so(texts):
    with pytest.raises(EngineError, match="no text"):
        Bpe().train(texts, 0, Work())


@pytest.mark.parametrize(("plain", "path"), [
    ({"vocab_size": 270}, "vocab_size"), ({"user_symbols": ["a b"]}, "user_symbols"),
    ({"user_symbols": [""]}, "user_symbols"), ({"user_symbols": ["<s>"]}, "user_symbols"),
    ({"user_symbols": ["<|a|>", "<|a|>"]}, "user_symbols"),
])
def test_settings_that_cannot_work_name_their_field(plain, path):
    problems = from_plain(Bpe, plain).problems()
    assert problems and problems[0].path == (path,) and problems[0].fix


def test_one_word_of_text_is_enough():
    made = Bpe().train(["tea"], 3, Work())
    assert made.decode(made.encode("tea for two")) == "tea for two"


def test_a_damaged_tokenizer_is_named(tmp_path):
    Bpe(vocab_size=300).train([english()], 1000, Work()).save(tmp_path)
    (tmp_path / "tokenizer.model").write_bytes(b"not a model")
    with pytest.raises(EngineError, match="damaged"):
        Tokenizer.load(tmp_path)
    with pytest.raises(EngineError, match="no tokenizer"):
        Tokenizer.load(tmp_path / "elsewhere")


def test_a_lone_surrogate_is_read_as_a_question_mark():
    made = Bpe(vocab_size=300).train(["tea \ud800 tea"], 20, Work())
    assert made.decode(made.encode("a\ud800b")) == "a?b"


def test_the_sample_of_a_killed_process_is_removed_and_that_of_a_living_one_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    dead, living = tmp_path / f"wenlu-sample-{ended.pid}-a", tmp_path / f"wenlu-sample-{os.getppid()}-b"
    dead.mkdir()
    living.mkdir()
    with gathered(["some text"], 9, Work()):
        assert not dead.exists() and living.exists()
    assert list(tmp_path.iterdir()) == [living]
