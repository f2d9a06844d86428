"""Which encoding a text is in: own rules against the truth and against charset-normalizer."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from engine.corpora.encodings import decode, detect, is_binary, well_formed

CHINESE = ("鲁镇的酒店的格局，是和别处不同的：都是当街一个曲尺形的大柜台，柜里面预备着热水，"
           "可以随时温酒。做工的人，傍午傍晚散了工，每每花四文铜钱，买一碗酒，这是二十多年前的事，现在每碗要涨到十文。")
TRADITIONAL = ("魯鎮的酒店的格局，是和別處不同的：都是當街一個曲尺形的大櫃臺，"
               "櫃裡面預備著熱水，可以隨時溫酒。做工的人，傍午傍晚散了工，每每花四文銅錢，買一碗酒，這是二十多年前的事，現在每碗要漲到十文。")
POEM = "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n春眠不觉晓，处处闻啼鸟。\n夜来风雨声，花落知多少。\n"
FRENCH = "L’été, le garçon naïf a mangé des crêpes à l’œuf près de la forêt – « c’était délicieux »."
GERMAN = "Über den Fluß führt eine schöne, große Brücke; natürlich gehören dort Bäume hin."
ENGLISH = "It was a café near the station. “Quoted” words, plain words, and a naïve façade for £5."

CASES = [(text, encoding) for text, encodings in (
    (CHINESE, ("utf-8", "utf-8-sig", "gb18030", "utf-16-le", "utf-16-be", "utf-16", "utf-32")),
    (TRADITIONAL, ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")),
    (POEM, ("utf-8", "gb18030", "utf-16-le", "utf-16-be")),
    (FRENCH, ("utf-8", "cp1252", "utf-16-le", "utf-16-be", "utf-8-sig")),
    (GERMAN, ("utf-8", "cp1252", "utf-16")),
    (ENGLISH, ("utf-8", "cp1252", "utf-16-le", "utf-16-be")),
) for encoding in encodings]


@pytest.mark.parametrize(("text", "encoding"), CASES, ids=lambda value: str(value)[:12])
@pytest.mark.parametrize("repeats", [1, 20])
def test_text_comes_back_as_it_was(text, encoding, repeats):
    content = (text * repeats).encode(encoding)
    assert decode(content) == text * repeats
    assert not is_binary(content, detect(content).encoding)


@pytest.mark.parametrize(("text", "encoding"), [case for case in CASES if case[1] in ("utf-8", "gb18030", "big5hkscs")])
def test_a_second_opinion_reads_the_same_letters(text, encoding):
    normalizer = pytest.importorskip("charset_normalizer")
    content = (text * 20).encode(encoding)
    best = normalizer.from_bytes(content).best()
    assert best is not None and str(best) == decode(content) == text * 20


def test_marks_are_certain_and_guesses_are_not():
    assert detect(CHINESE.encode("utf-16")).confidence == 1.0
    assert detect(CHINESE.encode()).confidence == 1.0
    assert detect(FRENCH.encode("cp1252")).confidence < 1.0


def test_a_few_wrong_bytes_do_not_unmake_utf8():
    content = CHINESE.encode() * 10
    damaged = content[:300] + b"\xff" + content[300:600] + b"\xfe" + content[600:]
    assert detect(damaged).encoding == "utf-8"
    assert decode(damaged).count("\ufffd") == 2


def test_noise_is_binary_and_text_is_not():
    generator = np.random.default_rng(1)
    for size in (300, 5000, 100_000):
        noise = generator.integers(0, 256, size, dtype="uint8").tobytes()
        assert is_binary(noise, detect(noise).encoding)
    numbers = generator.integers(0, 1000, 4000, dtype="int32").tobytes()
    assert is_binary(numbers, detect(numbers).encoding)
    sound = (generator.normal(0, 3000, 4000)).astype("int16").tobytes()
    assert is_binary(sound, detect(sound).encoding)


@hypothesis.given(st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff\0"), min_size=1))
def test_any_utf8_is_lossless(text):
    assert decode(text.encode()) == text


@hypothesis.given(st.text(st.characters(codec="gb18030", min_codepoint=0x4e00, max_codepoint=0x9fff), max_size=40))
def test_a_chosen_encoding_is_obeyed(text):
    assert decode(text.encode("gb18030"), "gb18030") == text
    assert decode(text.encode("utf-16-be"), "utf-16-be") == text


def test_line_ends_become_newlines():
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"


@hypothesis.given(st.text(st.characters(exclude_categories=())))
def test_what_files_cannot_hold_is_replaced(text):
    mended = well_formed(text)
    mended.encode("utf-8")
    assert mended == "".join("\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text) or max(text) >= "\ud800"
