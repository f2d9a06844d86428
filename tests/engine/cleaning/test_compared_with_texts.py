"""Steps that compare with texts of the user's: evaluation texts are found, unusual text is told from good."""

from __future__ import annotations

import random

import numpy as np
import pytest

from engine.cleaning.fluency import CharacterModel, judges_of
from engine.cleaning.spec import CleaningSpec
from engine.cleaning.steps.decontamination import RUN_OF_CHARACTERS, RUN_OF_WORDS, Decontamination
from engine.cleaning.steps.perplexity import Perplexity
from engine.corpora.document import Document, Dropped
from engine.corpora.samples import sample
from engine.errors import EngineError
from engine.project import Project
from engine.recipe import Recipe
from engine.settings import changed
from tests.engine.cleaning import planting

ENGLISH = sample("austen").path.read_text("utf-8")
CHINESE = sample("poems").path.read_text("utf-8")


def texts_of(text, length, count):
    pieces = planting.pieces_of(text, length)
    return random.Random(9).sample(pieces, min(count, len(pieces)))


@pytest.mark.parametrize(("text", "run"), [(ENGLISH, RUN_OF_WORDS), (CHINESE, RUN_OF_CHARACTERS)])
def test_every_planted_passage_is_found_and_no_other_paragraph_goes(tmp_path, text, run):
    pieces = ["".join(piece.replace("\n", " ")) for piece in texts_of(text, 600, 120)]
    evaluation, training = pieces[:40], pieces[40:]
    (tmp_path / "test.txt").write_text("\n\n".join(evaluation), "utf-8")
    step = Decontamination(evaluation=(str(tmp_path / "test.txt"),))
    chance = random.Random(1)
    passages = {run_ for each in evaluation for run_ in runs_in(each, run)}
    for number in range(60):
        paragraphs = chance.sample(training, 5)
        planted = sorted(chance.sample(range(5), number % 4))
        for place in planted:
            words = words_with_marks(chance.choice(evaluation))
            begin = chance.randrange(len(words) - run - 5)
            paragraphs[place] = paragraphs[place] + " " + "".join(words[begin:begin + run + 3]).upper()
        expected = [place for place, each in enumerate(paragraphs) if passages & set(runs_in(each, run))]
        result = step.apply(Document("d", "\n".join(paragraphs)))
        if len(expected) >= 3:
            assert isinstance(result, Dropped) and result.value == len(expected)
        else:
            kept = [each for place, each in enumerate(paragraphs) if place not in expected]
            assert result.text == "\n".join(kept).strip("\n")
        assert set(planted) <= set(expected)


def words_with_marks(text):
    import re

    return re.findall(r"[\u3400-\u9fff][^\w]*|[^\W\u3400-\u9fff_]+[^\w]*", text)


def runs_in(text, run):
    """Passages by the plain definition."""
    words = planting.words_of(text)
    return [tuple(words[place:place + run]) for place in range(len(words) - run + 1)]


def test_a_document_that_is_all_evaluation_text_goes(tmp_path):
    (tmp_path / "test.txt").write_text(ENGLISH[:3000].replace("\n", " "), "utf-8")
    step = Decontamination(evaluation=(str(tmp_path / "test.txt"),))
    assert isinstance(step.apply(Document("d", ENGLISH[500:1500].replace("\n", " "))), Dropped)


def test_evaluation_texts_that_are_gone_are_told():
    with pytest.raises(EngineError):
        Decontamination(evaluation=("/no/such/file",)).apply(Document("d", "text"))


def test_changed_evaluation_texts_make_the_cleaning_stale(tmp_path):
    (tmp_path / "test.txt").write_text("one", "utf-8")
    spec = changed(CleaningSpec(), "steps.decontamination.evaluation", (str(tmp_path / "test.txt"),))
    spec = changed(spec, "steps.decontamination.enabled", True)
    project = Project.create(tmp_path / "p", recipe=Recipe(cleaning=spec))
    before = project.fingerprints()
    (tmp_path / "test.txt").write_text("another", "utf-8")
    after = project.fingerprints()
    assert before["corpus"] == after["corpus"] and before["cleaned"] != after["cleaned"]


def shuffled(text, chance):
    words = text.split() if " " in text[:100] else list(text)
    chance.shuffle(words)
    return (" " if " " in text[:100] else "").join(words)


def with_wrong_letters(text, chance):
    letters = list(text)
    for place in chance.sample(range(len(letters)), len(letters) // 10):
        letters[place] = chance.choice(text)
    return "".join(letters)


def area_under_curve(good, bad):
    """How often a bad text is judged stranger than a good one."""
    return float(np.mean([[b > g for g in good] for b in bad]))


@pytest.mark.parametrize(("text", "damage", "least"), [
    (ENGLISH, with_wrong_letters, 0.99), (CHINESE, with_wrong_letters, 0.75),
    (ENGLISH, lambda text, chance: text[::-1], 0.99), (CHINESE, shuffled, 0.85)])
def test_damaged_text_takes_more_bits(text, damage, least):
    pieces, chance = texts_of(text, 500, 700), random.Random(2)
    model = CharacterModel()
    for piece in pieces[:500]:
        model.fit(piece)
    good = [model.bits_per_character(piece) for piece in pieces[500:]]
    bad = [model.bits_per_character(damage(piece, chance)) for piece in pieces[500:]]
    assert area_under_curve(good, bad) > least


def test_the_model_gives_what_its_formula_gives():
    text, asked = "abracadabra", "abrab"
    model = CharacterModel()
    model.fit(text)
    bits = []
    for place in range(len(asked)):
        probability = 1 / 20_000
        for n in range(4):
            if place < n:
                continue
            before, gram = asked[place - n:place], asked[place - n:place + 1]
            places = range(n, len(text))
            total = sum(text[at - n:at] == before for at in range(n, len(text) + 1)) if n else len(text)
            if total:
                follow = len({text[at] for at in places if text[at - n:at] == before}) or 1
                seen = sum(text[at - n:at + 1] == gram for at in places)
                probability = (seen + follow * probability) / (total + follow)
        bits.append(-np.log2(probability))
    assert model.bits_per_character(asked) == pytest.approx(np.mean(bits), rel=1e-5)


def test_good_text_stays_and_the_other_language_is_judged_by_its_own(tmp_path):
    chance = random.Random(3)
    english, chinese = texts_of(ENGLISH, 800, 1000), texts_of(CHINESE, 400, 1000)
    (tmp_path / "good.txt").write_text("\n\n".join(
        piece.replace("\n\n", "\n") for piece in english[:700] + chinese[:700]), "utf-8")
    step = Perplexity(trusted=(str(tmp_path / "good.txt"),))
    for own in (english, chinese):
        judged = own[700:] if own is english else own[700:1000]
        kept = [isinstance(step.apply(Document("d", text)), Document) for text in judged]
        assert sum(kept) > 0.95 * len(kept)
    bad = [with_wrong_letters(with_wrong_letters(text, chance), chance) for text in english[700:]]
    assert sum(isinstance(step.apply(Document("d", text)), Dropped) for text in bad) > 0.9 * len(bad)
    assert isinstance(Perplexity(trusted=step.trusted, lowest=5).apply(Document("d", "the " * 100)), Dropped)


def test_a_language_with_little_trusted_text_is_not_judged():
    assert set(judges_of([ENGLISH[:50_000], CHINESE[:3000]], 0.5, 99.5)) == {"en"}
