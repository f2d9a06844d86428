"""The copy meter's index: the longest match from any place, and where it stands, against plain searching."""

import random

import numpy as np
import pytest

from engine.corpora import copies as module
from engine.corpora.copies import Copies, CopiesBuilder, is_whole
from engine.corpora.document import Document
from engine.corpora.samples import SAMPLES
from engine.tokenizers.copied import copied
from engine.tokenizers.kinds.character import Character
from engine.tokenizers.kinds.word import Word
from engine.work import Work


def index_of(folder, texts, part_bytes=module.PART_BYTES):
    documents = [(number, Document(f"text-{number}", text)) for number, text in enumerate(texts)]
    builder = CopiesBuilder(folder, documents, part_bytes)
    while builder.make_part():
        pass
    return Copies(folder)


def longest_by_searching(text, start, texts):
    end = start
    while end < len(text) and any(text[start:end + 1] in each for each in texts):
        end += 1
    return end - start


def test_1000_random_cases_agree_with_plain_searching(tmp_path):
    chance = random.Random(5)
    cases = 0
    for corpus in range(10):
        letters = ["ab", "abc ", "天地人a", "é𠀀ab"][corpus % 4]
        texts = ["".join(chance.choices(letters, k=chance.randrange(1, 120))) for _ in range(6)]
        found = index_of(tmp_path / str(corpus), texts, part_bytes=[1 << 20, 150][corpus % 2])
        for _ in range(10):
            text = "".join(chance.choices(letters, k=10))
            places = [len(text[:number].encode()) for number in range(len(text))]
            lengths = found.longest(text.encode(), places, [1] * len(places))
            for number, length in enumerate(lengths.tolist()):
                wanted = longest_by_searching(text, number, texts)
                assert length == len(text[number:number + wanted].encode())
                cases += 1
                if length:
                    match = found.locate(text.encode(), places[number], places[number] + length)
                    stretch = text[number:number + wanted]
                    first = next(place for place, each in enumerate(texts) if stretch in each)
                    assert (match.document, match.offset) == (f"text-{first}", texts[first].index(stretch))
    assert cases == 1000


def test_a_long_document_is_found_across_its_pieces(tmp_path):
    text = "".join(random.Random(3).choices("abcdefgh", k=5000))
    found = index_of(tmp_path, [text], part_bytes=1000)
    for start in range(0, 4900, 97):
        match = found.locate(text[start:start + 90].encode(), 0, 90)
        assert (match.document, match.offset) == ("text-0", start)


def test_an_index_that_was_cut_off_is_gone_on_with(tmp_path):
    texts = ["".join(random.Random(number).choices("abcd ", k=300)) for number in range(5)]
    documents = [(number, Document(f"text-{number}", text)) for number, text in enumerate(texts)]
    builder = CopiesBuilder(tmp_path / "cut-off", documents, 400)
    assert builder.make_part() and builder.make_part() and not is_whole(tmp_path / "cut-off")
    again = CopiesBuilder(tmp_path / "cut-off", documents, 400)
    assert again.parts == 2
    while again.make_part():
        pass
    index_of(tmp_path / "whole", texts, 400)
    for each in sorted((tmp_path / "whole").iterdir()):
        assert (tmp_path / "cut-off" / each.name).read_bytes() == each.read_bytes()


@pytest.fixture(scope="module")
def emma(tmp_path_factory):
    text = SAMPLES[0].path.read_text("utf-8")
    texts = [text[place:place + 3000] for place in range(0, 120_000, 3000)]
    return texts, index_of(tmp_path_factory.mktemp("emma"), texts)


@pytest.fixture(scope="module")
def by_words(emma):
    return Word(vocab_size=2000).train(emma[0], 120_000, Work())


def test_planted_passages_are_all_found_with_their_places(emma, by_words):
    texts, found = emma
    chance = random.Random(1)
    for number in range(0, len(texts), 4):
        start = texts[number].index(" ", 500) + 1
        passage = texts[number][start:start + 300].rsplit(" ", 1)[0]
        strange = " ".join("".join(chance.choices("qxzj", k=5)) for _ in range(20))
        result = copied(f"{strange} {passage} {strange}", by_words, found)
        span = max(result.spans, key=lambda span: span.end - span.start)
        assert span.document == f"text-{number}" and span.offset <= start
        assert span.start <= len(strange) + 1 and span.end >= len(strange) + 1 + len(passage)


def test_random_words_are_not_copied_and_the_text_itself_is(emma, by_words):
    texts, found = emma
    words = sorted(set(" ".join(texts).split()))
    mixed = " ".join(np.random.default_rng(7).choice(words, 200))
    assert copied(mixed, by_words, found).share == 0
    assert copied(texts[3], by_words, found).share == 1


def test_chinese_counts_from_twelve_characters_on(tmp_path):
    text = "掌柜笑着说客官这茶可是今年的新茶"
    found = index_of(tmp_path, [text])
    tokenizer = Character(vocab_size=300).train([text], len(text.encode()), Work())
    assert copied("好" + text[:11] + "好", tokenizer, found).share == 0
    result = copied("好" + text[:12] + "好", tokenizer, found)
    assert [(span.start, span.end, span.offset) for span in result.spans] == [(1, 13, 0)]
    assert result.share == pytest.approx(12 / 14)
