"""The curve of sizes, measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from engine.corpora.corpus import Corpus, read_corpus
from engine.corpora.source import pasted
from engine.tokenizers.kinds.bpe import Bpe
from engine.tokenizers.size_curve import sample_of, size_curve
from engine.work import Work
from tests.engine.tokenizers.small_texts import english


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    read_corpus([pasted(english(seed), f"Tale {seed}") for seed in range(4)], folder, Work())
    return Corpus(folder)


def test_the_sample_comes_from_all_over_the_corpus_and_is_bounded(corpus):
    whole = [document.text for document in corpus.documents()]
    assert list(sample_of(corpus, 10_000_000)) == whole
    half = list(sample_of(corpus, sum(len(text.encode()) for text in whole) // 2))
    assert half == [whole[0], whole[2]]


def test_a_process_of_its_own_gives_the_same_curve(corpus):
    question = {"corpus": str(corpus.folder), "tokenizer": {"kind": "bpe"}, "sizes": [300, 340]}
    said = subprocess.run([sys.executable, "-m", "engine.tokenizers.size_curve"], input=json.dumps(question),
                          capture_output=True, text=True, check=True).stdout
    measured = [(point.vocab_size, point.bytes_per_token) for point in size_curve(corpus, Bpe(), [300, 340])]
    assert [tuple(point) for point in json.loads(said)["points"]] == measured
    assert measured[0][1] < measured[1][1]


def test_a_corpus_that_is_gone_is_told_and_not_thrown(tmp_path):
    question = {"corpus": str(tmp_path / "gone"), "tokenizer": {"kind": "bpe"}, "sizes": [300]}
    said = subprocess.run([sys.executable, "-m", "engine.tokenizers.size_curve"], input=json.dumps(question),
                          capture_output=True, text=True, check=False)
    assert said.returncode == 1 and json.loads(said.stdout)["error"]["what"]
