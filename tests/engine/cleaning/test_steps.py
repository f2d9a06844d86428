"""Steps against independent ways to do the same."""

from __future__ import annotations

import unicodedata

import hypothesis
import hypothesis.strategies as st
import pytest

from engine.cleaning.recipes import RECIPES
from engine.cleaning.spec import CleaningSpec
from engine.cleaning.step import CleaningStep
from engine.cleaning.steps.control_characters import ControlCharacters
from engine.cleaning.steps.document_length import DocumentLength
from engine.cleaning.steps.duplicate_documents import DuplicateDocuments
from engine.cleaning.steps.duplicate_lines import DuplicateLines
from engine.cleaning.steps.fix_encoding import FixEncoding
from engine.cleaning.steps.unicode_form import UnicodeForm
from engine.cleaning.steps.whitespace import Whitespace
from engine.corpora import reasons
from engine.corpora.container import Container
from engine.corpora.document import Document, Dropped
from engine.corpora.language import LANGUAGES
from engine.corpora.reader import Reader
from engine.corpora.source import Source
from engine.corpora.split import SplitSpec
from engine.settings import members_of
from engine.settings.words import every_text

ENGLISH = "She said “yes” – it’s a naïve idea… and paid £5 for café crème."
CHINESE = "鲁镇的酒店的格局，是和别处不同的：“都是当街一个曲尺形的大柜台”。"


@pytest.mark.parametrize("wrong", ["cp1252", "latin-1"])
@pytest.mark.parametrize("text", [ENGLISH, "Über die Brücke führt’s", "El Niño está aquí"])
def test_text_read_in_the_wrong_encoding_is_restored(text, wrong):
    try:
        garbled = text.encode().decode(wrong)
    except UnicodeDecodeError:
        pytest.skip("has bytes that this encoding lacks")
    assert FixEncoding().apply(Document("d", garbled)).text == text


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, "Ürümqi, Ã la carte? “Ça va” Â", "ÅÄÖ åäö ñ ß",
                                  "锛是一个字。这是好文章。" * 9])
def test_good_text_is_left_alone(text):
    assert FixEncoding().apply(Document("d", text)).text == text


def test_chinese_read_as_gbk_is_restored_where_no_byte_was_lost():
    text = "中国人民大学图书馆里有很多好书，今天开门。" * 3
    garbled = text.encode().decode("gb18030", "surrogateescape")
    if any(0xDC80 <= ord(character) <= 0xDCFF for character in garbled):
        garbled = (text + "好").encode().decode("gb18030", "replace")
    result = FixEncoding().apply(Document("d", garbled))
    assert isinstance(result, Dropped) or result.text.startswith("中国人民大学")


@hypothesis.given(st.text())
def test_nfc_is_what_unicode_says(text):
    assert UnicodeForm().apply(Document("d", text)).text == unicodedata.normalize("NFC", text)


@hypothesis.given(st.text())
def test_control_characters_are_those_of_the_unicode_tables(text):
    left = ControlCharacters().apply(Document("d", text)).text
    joiners = "\u200c\u200d\ufff9\ufffa\ufffb\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\t\n"
    for character in left:
        category = unicodedata.category(character)
        assert category != "Cc" or character in "\t\n"
        assert category != "Cf" or character in joiners or ord(character) > 0x10000
    removed = [c for c in text if c not in left and c not in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"]
    assert all(unicodedata.category(c) in ("Cc", "Cf", "Cn", "So", "Mn") for c in removed)


@hypothesis.given(st.text(st.sampled_from("ab 春\t\n\u3000\u00a0.")))
def test_white_space_changes_nothing_but_white_space_and_only_once(text):
    once = Whitespace().apply(Document("d", text))
    if isinstance(once, Dropped):
        assert not text.strip()
        return
    assert "".join(once.text.split()) == "".join(text.split())
    assert Whitespace().apply(once) == once
    assert "\n\n\n" not in once.text and not any(line != line.rstrip() for line in once.text.split("\n"))


def test_verse_and_tables_keep_their_lines():
    verse = ("Shall I compare thee to a summer's day? Thou art more lovely and,\n"
             "Rough winds do shake the darling buds of May, and so summer's gone,\n" * 3)
    table = "name      count\ntea          12\ncups          4\n" * 5
    poem = "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。"
    for text in (table, poem):
        assert Whitespace().apply(Document("d", text)).text.count("\n") == text.strip().count("\n")
    assert Whitespace(join_lines=False).apply(Document("d", verse)).text == verse.strip()


@hypothesis.given(st.lists(st.sampled_from(["a", "A!", "b", "c c", "cc", "1", "2"]), max_size=30))
def test_repeated_documents_are_those_a_plain_set_finds(texts):
    act, seen, kept = DuplicateDocuments().start(), set(), []
    for number, text in enumerate(texts):
        key = "".join(filter(str.isalnum, text.lower()))
        if key not in seen:
            kept.append(number)
        seen.add(key)
    results = [next(iter(act(Document(str(number), text)))) for number, text in enumerate(texts)]
    assert [int(result.name) for result in results if isinstance(result, Document)] == kept


@hypothesis.given(st.lists(st.text(st.sampled_from("ab\n"), max_size=20), max_size=6))
def test_repeated_lines_are_those_a_plain_set_finds(texts):
    act, seen = DuplicateLines(shortest=2).start(), set()
    for text in texts:
        kept = []
        for line in text.split("\n"):
            if len(line) < 2 or line not in seen:
                kept.append(line)
            if len(line) >= 2:
                seen.add(line)
        result = next(iter(act(Document("d", text))))
        expected = "\n".join(kept)
        assert isinstance(result, Dropped) if expected != text and not expected.strip() else result.text == expected


def test_lengths_are_counted_in_words_or_characters():
    step = DocumentLength(shortest=5, longest=10)
    results = [step.apply(Document("d", text)) for text in ("a b c d", "a b c d e", "春眠不觉晓", "a " * 10, "a " * 11)]
    assert [isinstance(result, Document) for result in results] == [False, True, True, True, False]
    assert DocumentLength(shortest=50, longest=10).problems()


def test_every_word_of_this_part_has_a_chinese_one():
    catalogue = pytest.importorskip("studio.i18n.catalogue").catalogue("zh")
    texts = every_text(CleaningSpec, Source, Reader, Container, SplitSpec) | set(LANGUAGES.values())
    texts |= {text for reason in reasons.ALL for text in reason if text}
    texts |= {reason for step in members_of(CleaningStep) for reason in step.reasons}
    texts |= {text for each in RECIPES for text in (each.title, each.help)}
    assert not sorted(texts - set(catalogue))
