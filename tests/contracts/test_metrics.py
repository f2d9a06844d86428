"""What every metric must do; and the figures of sacrebleu, rouge-score and plain counting on a hundred cases."""

from __future__ import annotations

import random
import re
import string
from collections import Counter

import pytest
import sacrebleu
from rouge_score import rouge_scorer, tokenizers

from engine.evaluation.metric import Metric
from engine.evaluation.metrics.accuracy import Accuracy
from engine.evaluation.metrics.bleu import Bleu
from engine.evaluation.metrics.chrf import Chrf
from engine.evaluation.metrics.exact_match import ExactMatch
from engine.evaluation.metrics.f1 import F1
from engine.evaluation.metrics.macro_f1 import MacroF1
from engine.settings import member, members_of

ENGLISH = "the cat sat on a mat and the dog ran to an old Mill. It's 3.5 miles, isn't it? (yes) well-known".split()
CHINESE = [*"他笑着说这茶是今年的新茶，客官请坐。掌柜不在？在！", "Tea", "2026"]


def cases(words: list[str], glue: str, seed: int) -> list[tuple[str, str]]:
    """Fifty pairs of texts that have more or less in common."""
    chance = random.Random(seed)
    found = []
    for _ in range(50):
        expected = chance.choices(words, k=chance.randint(1, 14))
        answer = [chance.choice(words) if chance.random() < 0.3 else word for word in expected]
        found.append((glue.join(answer[:chance.randint(1, 14)]), glue.join(expected)))
    return found


PAIRS = {"en": cases(ENGLISH, " ", 1), "zh": cases(CHINESE, "", 2)}
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@pytest.mark.parametrize("metric", members_of(Metric), ids=lambda each: each.kind)
class TestEveryMetric:
    def test_gives_100_for_the_same_and_0_for_nothing_in_common(self, metric):
        for text in ("The old kettle sang before the guest sat down.", "掌柜笑着说：客官，这茶可是今年的新茶。"):
            assert metric().score_one(text, text) == pytest.approx(100)
            assert metric().score([text] * 3, [text] * 3) == pytest.approx(100)
            assert metric().score_one("zzz", text) == pytest.approx(0, abs=1e-6)
            assert metric().score_one("", text) == 0

    def test_stays_between_0_and_100(self, metric):
        for answer, expected in (*PAIRS["en"], *PAIRS["zh"]):
            assert 0 <= metric().score_one(answer, expected) <= 100 + 1e-9
        assert metric().score([], []) == 0

    def test_names_its_source(self, metric):
        assert "Source:" in metric.__doc__


@LANGUAGES
def test_bleu_and_chrf_are_those_of_sacrebleu(language):
    answers, expected = zip(*PAIRS[language], strict=True)
    words = {"en": "13a", "zh": "zh"}[language]
    assert Bleu().score(answers, expected) == sacrebleu.corpus_bleu(answers, [expected], tokenize=words).score
    assert Chrf().score(answers, expected) == sacrebleu.corpus_chrf(answers, [expected]).score
    assert Chrf(word_order=2).score(answers, expected) == sacrebleu.corpus_chrf(answers, [expected], word_order=2).score
    for answer, right in PAIRS[language]:
        assert Chrf().score_one(answer, right) == sacrebleu.sentence_chrf(answer, [right]).score


class ByCharacter(tokenizers.Tokenizer):
    """Chinese by character, as rouge-score lets one say."""

    def tokenize(self, text):
        return re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]", text.lower())


@LANGUAGES
@pytest.mark.parametrize("kind", ["rouge-1", "rouge-2", "rouge-l"])
def test_rouge_is_that_of_rouge_score(language, kind):
    name = kind.replace("-", "").replace("rougel", "rougeL")
    scorer = rouge_scorer.RougeScorer([name], tokenizer=ByCharacter() if language == "zh" else None)
    for answer, expected in PAIRS[language]:
        wanted = scorer.score(expected, answer)[name].fmeasure
        assert member(Metric, kind)().score_one(answer, expected) == pytest.approx(100 * wanted)


def squad_words(text: str) -> list[str]:
    """The steps of SQuAD's script one after another; Chinese marks left out, Chinese characters one by one."""
    lower = "".join(each for each in text.lower() if each not in string.punctuation + "，。？！")
    plain = re.sub(r"\b(a|an|the)\b", " ", lower)
    return re.sub("([\u4e00-\u9fff])", r" \1 ", plain).split()


@LANGUAGES
def test_f1_and_exact_match_are_those_of_squad(language):
    for answer, expected in PAIRS[language]:
        one, other = squad_words(answer), squad_words(expected)
        common = sum((Counter(one) & Counter(other)).values())
        precision, recall = common / max(1, len(one)), common / max(1, len(other))
        wanted = 2 * precision * recall / (precision + recall) if common else float(one == other and not one)
        assert F1().score_one(answer, expected) == pytest.approx(100 * wanted)
        assert ExactMatch().score_one(answer, expected) == 100 * (one == other)


def test_accuracy_and_macro_f1_are_as_counted_by_hand():
    chance = random.Random(3)
    labels = ["news", "poem", "mail"]
    expected = [chance.choice(labels) for _ in range(100)]
    answers = [label if chance.random() < 0.6 else chance.choice([*labels, "other"]) for label in expected]
    right = sum(one == other for one, other in zip(answers, expected, strict=True))
    assert Accuracy().score(answers, expected) == pytest.approx(right)
    found = []
    for label in {*answers, *expected}:
        true = sum(one == other == label for one, other in zip(answers, expected, strict=True))
        precision = true / max(1, answers.count(label))
        recall = true / max(1, expected.count(label))
        found.append(2 * precision * recall / (precision + recall) if true else 0)
    assert MacroF1().score(answers, expected) == pytest.approx(100 * sum(found) / len(found))
