"""What every kind of tokenizer must do."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.settings import fields_of, from_plain, members_of, to_plain
from engine.tokenizers.kinds.imported import imported
from engine.tokenizers.spec import LearnedSpec, SpelledSpec, TokenizerSpec
from engine.tokenizers.tokenizer import StreamDecoder, Tokenizer
from engine.work import Stopped, Work
from tests.engine.tokenizers.small_texts import HOSTILE, chinese, english

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


def is_text(content: bytes) -> bool:
    """Whether a piece is whole characters: those of bytes may end in the middle of one."""
    return content.decode("utf-8", "replace").encode() == content


def trained(spec: TokenizerSpec, text: str, work: Work | None = None) -> Tokenizer:
    return spec.train([text], len(text.encode()), work or Work())


KINDS = members_of(TokenizerSpec)
LEARNED = [kind for kind in KINDS if issubclass(kind, LearnedSpec)]
SYMBOLS = ["<|user|>", "<|end|>"]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.kind, scope="module")
def kind(request):
    return request.param


@pytest.fixture(params=LEARNED, ids=lambda kind: kind.kind, scope="module")
def learned(request):
    return request.param


@pytest.fixture(scope="module", params=["english", "chinese"])
def tokenizer(kind, request, tmp_path_factory):
    text = {"english": english, "chinese": chinese}[request.param]()
    if kind in LEARNED:
        return trained(from_plain(kind, {"vocab_size": 420, "user_symbols": SYMBOLS}), text)
    folder = tmp_path_factory.mktemp("elsewhere")  # what is imported: one file of each format
    from_kind = {"english": "bpe", "chinese": "byte-level"}[request.param]
    other = trained(from_plain(TokenizerSpec, {"kind": from_kind, "vocab_size": 420}), text)
    other.save(folder)
    path = next(path for path in folder.iterdir() if path.name != "tokenizer.json")
    return trained(from_plain(kind, {**to_plain(imported(path)), "user_symbols": SYMBOLS}), text)


class TestEveryTokenizer:
    @pytest.mark.parametrize("text", [*HOSTILE, "<|user|>hello<|end|>"], ids=lambda text: ascii(text[:12]))
    def test_gives_a_hostile_text_back_unchanged(self, tokenizer, text):
        if (tokenizer.kind, tokenizer.format) == ("imported", "sentencepiece"):
            text = text.replace("\u2581", " ")  # as sentencepiece itself does: its ids are what is wanted here
        assert tokenizer.decode(tokenizer.encode(text)) == text

    @settings(max_examples=60, deadline=None)
    @given(text=ANY_TEXT)
    def test_gives_any_text_back_unchanged(self, tokenizer, text):
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert ids.dtype == np.int32 and (len(ids) == 0 or ids.min() > 3)

    @settings(max_examples=60, deadline=None)
    @given(text=ANY_TEXT)
    def test_spans_are_the_ids_with_the_places_of_their_text(self, tokenizer, text):
        spans = tokenizer.spans(text)
        assert [each for each, _, _ in spans] == tokenizer.encode(text).tolist()
        assert [start for _, start, _ in spans[1:]] == [end for _, _, end in spans[:-1]]
        assert not spans or (spans[0][1], spans[-1][2]) == (0, len(text))
        for each, start, end in spans:
            if end > start and not tokenizer.is_byte(each) and is_text(tokenizer.piece_bytes(each)):
                assert tokenizer.piece_bytes(each).decode() == text[start:end]

    @settings(max_examples=60, deadline=None)
    @given(ids=st.lists(st.integers(0, 419), max_size=40))
    def test_decodes_piece_by_piece_as_all_at_once(self, tokenizer, ids):
        ids = [each for each in ids if each < tokenizer.vocab_size]
        decoder = StreamDecoder(tokenizer)
        parts = [decoder.feed(each) for each in ids]
        assert "".join(parts) + decoder.finish() == tokenizer.decode(ids)

    def test_never_gives_out_half_a_character(self, tokenizer):
        decoder = StreamDecoder(tokenizer)
        parts = [decoder.feed(each) for each in tokenizer.encode("a囍b")]
        assert "\ufffd" not in "".join(parts) and "".join(parts) == "a囍b"

    def test_keeps_a_special_token_whole(self, tokenizer):
        pieces = [tokenizer.piece(each) for each in tokenizer.encode("so<|user|>now")]
        assert pieces.count("<|user|>") == 1

    def test_a_line_end_is_a_token_of_its_own(self, tokenizer):
        pieces = [tokenizer.piece(each) for each in tokenizer.encode("the\n\nold")]
        assert pieces.count("\n") == 2

    def test_special_ids_are_the_same_everywhere_and_say_nothing(self, tokenizer):
        assert (tokenizer.unk_id, tokenizer.bos_id, tokenizer.eos_id, tokenizer.pad_id) == (0, 1, 2, 3)
        assert tokenizer.decode([1, 2, 3]) == ""
        assert [tokenizer.piece(each) for each in range(4)] == ["<unk>", "<s>", "</s>", "<pad>"]

    def test_comes_back_the_same_from_its_folder(self, tokenizer, tmp_path):
        tokenizer.save(tmp_path)
        loaded = Tokenizer.load(tmp_path)
        text = english(seed=3, sentences=20) + "<|user|>" + chinese(seed=3, sentences=20)
        assert np.array_equal(loaded.encode(text), tokenizer.encode(text))
        assert (loaded.kind, loaded.symbols, loaded.vocab_size) == (tokenizer.kind, tokenizer.symbols,
                                                                    tokenizer.vocab_size)

    def test_learns_the_same_pieces_again(self, learned):
        spec = from_plain(learned, {"vocab_size": 400})
        assert trained(spec, english()).model == trained(spec, english()).model

    def test_never_has_more_pieces_than_asked_for(self, learned):
        for size in (300, 400, 5000):
            assert trained(from_plain(learned, {"vocab_size": size}), english() + chinese()).vocab_size <= size

    def test_says_how_many_pieces_it_took_when_there_are_no_more(self, learned):
        said = []
        made = trained(from_plain(learned, {"vocab_size": 50_000}), english(sentences=40), Work(report=said.append))
        advised = [event for event in said if event.name == "advised"]
        assert [(event.path, event.value) for event in advised] == [("tokenizer.vocab_size", made.vocab_size)]
        assert made.vocab_size < 50_000

    @pytest.mark.parametrize("spelled", [kind for kind in LEARNED if issubclass(kind, SpelledSpec)])
    def test_without_bytes_an_unknown_character_becomes_the_mark_for_unknown(self, spelled):
        made = trained(from_plain(spelled, {"vocab_size": 300, "byte_fallback": False}), english())
        ids = made.encode("the 囍 kettle\n")
        assert made.decode(ids) == "the \ufffd kettle\n"
        assert made.spans("the 囍 kettle\n")[-1][2] == len("the 囍 kettle\n")

    @pytest.mark.parametrize("how", ["nfc", "nfkc", "nfkc-lower"])
    def test_keeps_a_text_in_the_normal_form_that_was_chosen(self, learned, how):
        made = trained(from_plain(learned, {"vocab_size": 420, "normalization": how}), english())
        text = "Ｔｈｅ old ﬁre cafe\u0301 İ 한"
        form = {"nfc": "NFC"}.get(how, "NFKC")
        expected = unicodedata.normalize(form, text)
        if how == "nfkc-lower":
            expected = unicodedata.normalize(form, expected.lower())
        assert made.decode(made.encode(text)) == made.readable(text) == expected
        spans = made.spans(text)
        assert [start for _, start, _ in spans[1:]] == [end for _, _, end in spans[:-1]]
        assert (spans[0][1], spans[-1][2]) == (0, len(text))

    def test_stops_when_asked(self, learned):
        with pytest.raises(Stopped):
            trained(learned(), english(), Work(is_stopping=lambda: True))

    def test_survives_toml_and_words_every_setting(self, kind):
        spec = from_plain(kind, {"vocab_size": 500} if kind in LEARNED else {"path": "there.model"})
        assert from_plain(TokenizerSpec, to_plain(spec)) == spec
        assert "Source:" in (kind.__doc__ or "")
        assert all(field.title and field.help for field in fields_of(kind))
