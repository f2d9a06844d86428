"""Tokenizers side by side, measured in a process of its own."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from engine.corpora.corpus import Corpus, read_corpus
from engine.corpora.source import pasted
from engine.corpora.stretches import STRETCH, stretches_of
from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.tokenizers.kinds.bpe import Bpe
from engine.tokenizers.kinds.character import Character
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID
from engine.training.tokenizer_comparison import SAMPLE_BYTES, Row, compare, recommended
from engine.work import Work
from tests.engine.tokenizers.small_texts import chinese, english


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    sources = [pasted(english(seed, sentences=300), f"Tale {seed}") for seed in range(4)]
    read_corpus([*sources, pasted(chinese(9, sentences=200), "Tale 9")], folder, Work())
    return Corpus(folder)


def row(kind: str, size: int, bits: float, rare: float = 0.1) -> Row:
    return Row(kind, size, 3.0, bits, 0.1, 1.0, rare, 1.0, 1e6)


def test_a_small_corpus_is_its_own_sample(corpus):
    whole = "".join(document.text for document in corpus.documents())
    assert "".join(stretches_of(corpus, 10 * len(whole))).replace("\n", "") == whole.replace("\n", "")


def test_the_sample_of_a_large_corpus_is_bounded_and_from_all_over(corpus):
    whole = corpus.manifest.bytes
    stretches = list(stretches_of(corpus, whole // 4))
    assert 0.15 * whole < sum(len(stretch.encode()) for stretch in stretches) < 0.35 * whole
    assert all(len(stretch) <= STRETCH + 10 for stretch in stretches)
    documents = [document.text for document in corpus.documents()]
    assert {number for number, text in enumerate(documents) for stretch in stretches
            if stretch[:200] in text} == set(range(len(documents)))


def test_figures_are_those_of_a_plain_count(corpus):
    measured = next(compare(corpus, [Bpe()], [500], None, Work()))
    stretches = list(stretches_of(corpus, SAMPLE_BYTES))
    held_out = stretches[::10]
    learned = [stretch for number, stretch in enumerate(stretches) if number % 10]
    tokenizer = Bpe(vocab_size=500).train(learned, 10_000_000, Work())
    unseen = [tokenizer.encode(text).tolist() for text in held_out]
    text_bytes = sum(len(text.encode()) for text in held_out)
    assert measured.bytes_per_token == pytest.approx(text_bytes / sum(map(len, unseen)))
    characters = Counter("".join(held_out))
    known = sum(times for character, times in characters.items() if len(tokenizer.encode(character)) == 1)
    assert measured.coverage == pytest.approx(known / characters.total())
    lines = [line for text in learned for line in text.split("\n") if line]
    counts = Counter(each for line in lines for each in tokenizer.encode(line).tolist())
    pieces = [each for each in range(4, 500) if not tokenizer.is_byte(each) and tokenizer.piece(each) != "\n"]
    rare = sum(counts[each] < 5 for each in pieces) / len(pieces)
    assert measured.rare_share == pytest.approx(rare, abs=0.02)
    stream = np.concatenate([[BOS_ID, *ids, EOS_ID] for text in learned for ids in [tokenizer.encode(text).tolist()]])
    model = NGramSpec(order=5).count(stream.astype(np.int64), 500, Work())
    nats = 0.0
    for ids in unseen:
        document = np.array([BOS_ID, *ids, EOS_ID], dtype=np.int64)
        nats += float(model.token_losses(document).sum(dtype=np.float64))
    assert measured.bits_per_byte == pytest.approx(nats / math.log(2) / text_bytes, rel=0.05)  # other documents


def test_the_share_of_the_embedding_is_that_of_the_model_given(corpus):
    model = TransformerSpec(shape="llama", n_layers=2, d_model=64, n_heads=2)
    found = next(compare(corpus, [Character()], [400], model, Work()))
    size = model.size(found.vocab_size)
    ends = sum(number for title, _, number in size.parts if title in ("Tokens", "Output"))
    assert found.embedding_share == pytest.approx(ends / size.parameters)


def test_a_size_that_the_text_cannot_fill_comes_once(corpus):
    sizes = [found.vocab_size for found in compare(corpus, [Character()], [16_000, 100_000], None, Work())]
    assert len(sizes) == 1


def test_bpe_is_taken_when_it_is_about_as_good():
    best = recommended([row("unigram", 2000, 1.990), row("bpe", 1000, 2.05), row("bpe", 2000, 2.0)])
    assert best is not None and (best.kind, best.vocab_size) == ("bpe", 2000)


def test_a_better_kind_is_taken_when_bpe_is_worse():
    best = recommended([row("unigram", 2000, 1.9), row("bpe", 2000, 2.0)])
    assert best is not None and best.kind == "unigram"


def test_a_vocabulary_of_rare_pieces_is_not_taken():
    best = recommended([row("bpe", 16_000, 1.9, rare=0.8), row("bpe", 2000, 2.0)])
    assert best is not None and best.vocab_size == 2000
    assert recommended([]) is None


def asked(question) -> tuple[int, list[dict]]:
    done = subprocess.run([sys.executable, "-m", "engine.training.tokenizer_comparison"], input=json.dumps(question),
                          capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_process_of_its_own_says_the_same_rows_one_by_one(corpus):
    code, said = asked({"corpus": str(corpus.folder), "tokenizers": [{"kind": "bpe"}], "sizes": [300, 340]})
    rows = [line["row"] for line in said if "row" in line]
    timed = {"learning_seconds": 0.0, "bytes_per_second": 0.0}
    expected = [dataclasses.asdict(found) | timed for found in compare(corpus, [Bpe()], [300, 340], None, Work())]
    assert code == 0 and [found | timed for found in rows] == expected
    assert [line["done"] for line in said if "done" in line] == [0, 1, 2]
    assert said[-1]["recommended"]["kind"] == "bpe"


def test_a_corpus_that_is_gone_is_told_and_not_thrown(tmp_path):
    code, said = asked({"corpus": str(tmp_path / "gone"), "tokenizers": [{"kind": "bpe"}], "sizes": [300]})
    assert code == 1 and said[-1]["error"]["what"]
