"""What every cleaning step must do, also those not written yet."""

from __future__ import annotations

import sys
import time

import pytest

from engine.cleaning import steps as steps_package
from engine.cleaning.chain import Chain
from engine.cleaning.spec import GENTLE, CleaningSpec
from engine.cleaning.step import CleaningStep
from engine.corpora.document import Document, Dropped
from engine.settings import assign, fields_of, from_plain, from_toml, members_of, to_plain, to_toml

HOSTILE = ["", " ", "\n", "\n\n\n", "\0", "\ufeff", "a", "。", "\u202eabc", "e\u0301" * 50, "👩\u200d🚀", "&&&&;",
           "<b>&lt;</b>", "# ", "CHAPTER I", "第一章", "\r\n\r\n", "\u3000\u3000春", "x" * 3000, "long line, " * 500,
           "A\n" * 400, "Ã", "锛銆鐨鏄", "\ud83d", "\x85\u2028\u2029", "١٢٣ سلام", "1\n2\n3"]
REPEATED = ["a", " ", "\n", " \n", "\t", "。", "&", "Ã©", "# ", "\u3000", "\r", "中 ", "a\u0301", "'a", "CHAPTER I\n"]


def says_in_words_what_it_does(step):
    assert "Source:" in (step.__doc__ or "")
    assert step.title and step.summary().endswith(".") and "Source:" not in step.summary()
    assert all(field.title and field.help for field in fields_of(step))
    assert step.examples, "examples are the help and the tests of a step"


def does_what_its_examples_say(step):
    for example in step.examples:
        assert example.agrees_with(example.results(step)), (example, example.results(step))
        assert not example.dropped or example.dropped in step.reasons


def comes_back_from_toml(step):
    spec = CleaningSpec(steps=(step(enabled=False),))
    assert from_toml(CleaningSpec, to_toml(spec)) == spec
    assert from_plain(step, to_plain(step())) == step()


def is_set_from_the_command_line(step):
    spec = CleaningSpec(steps=(step(),))
    assert not assign(spec, f"steps.{step.kind}.enabled=false").steps[0].enabled


def stands_hostile_text_and_gives_only_the_reasons_it_declares(step):
    act = step().start()
    for number, text in enumerate(HOSTILE):
        document = Document(f"d{number}", text, "s", {"title": "T"})
        for result in act(document):
            if isinstance(result, Dropped):
                assert result.reason in step.reasons
            else:
                assert result.source == "s" and result.metadata["title"] == "T"
                assert result.name.startswith(document.name)


def does_the_same_to_the_same(step):
    texts = [*HOSTILE, *HOSTILE]
    one, other = step().start(), step().start()
    for text in texts:
        assert list(one(Document("d", text))) == list(other(Document("d", text)))


def does_not_slow_down_on_repetitions(step):
    for text in REPEATED:
        began = time.process_time()
        list(step().start()(Document("d", text * 60_000 + "b")))
        assert time.process_time() - began < 5, repr(text)


def makes_no_empty_document(step):
    for text in HOSTILE:
        if text.strip():
            results = [result for result in step().start()(Document("d", text)) if isinstance(result, Document)]
            assert not results or any(result.text for result in results) or not text.strip("\0\ufeff\x85\u2028\u2029")


def works_in_a_chain(step):
    chain = Chain(CleaningSpec(steps=(step(enabled=True),)))
    for number in range(3):
        chain.process(Document(f"d{number}", "Some words that make a line.\n\nAnd another one."))
    raw, own = chain.figures()
    assert (raw.documents, own.kind, own.title) == (3, step.kind, step.title)
    assert own.documents + own.dropped >= 3


CHECKS = [says_in_words_what_it_does, does_what_its_examples_say, comes_back_from_toml, is_set_from_the_command_line,
          stands_hostile_text_and_gives_only_the_reasons_it_declares, does_the_same_to_the_same,
          does_not_slow_down_on_repetitions, makes_no_empty_document, works_in_a_chain]


@pytest.mark.parametrize("step", members_of(CleaningStep), ids=lambda step: step.kind)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_step(check, step):
    check(step)


def test_the_gentle_recipe_has_every_step_that_comes_with_wenlu():
    assert {type(step) for step in GENTLE} == set(members_of(CleaningStep))


SHOUTING = '''"""Lower shouting."""

from __future__ import annotations

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document
from engine.settings import setting


class LowerShouting(CleaningStep, kind="lower-shouting"):
    """Turn lines that are all capitals into small letters.

    Source: own rule.
    """

    min_letters: int = setting(8, "Shortest line", "Shorter lines stay.", unit="characters", low=1, high=80)

    examples = (Example("HELLO OUT THERE\\nNASA", "hello out there\\nNASA"),)

    def apply(self, document: Document) -> Result:
        lines = (line.lower() if line.isupper() and len(line) >= self.min_letters else line
                 for line in document.text.split("\\n"))
        return document.with_text("\\n".join(lines))
'''


def test_a_new_step_is_one_file_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "lower_shouting.py").write_text(SHOUTING, "utf-8")
    monkeypatch.setattr(steps_package, "__path__", [*steps_package.__path__, str(tmp_path)])
    monkeypatch.setattr(CleaningStep, "_members", dict(CleaningStep._members))
    monkeypatch.delitem(sys.modules, "engine.cleaning.steps.lower_shouting", raising=False)
    try:
        step = next(each for each in members_of(CleaningStep) if each.kind == "lower-shouting")
        for check in CHECKS:
            check(step)
        assert step.title == "Lower shouting"
        assert [field.name for field in fields_of(step)] == ["enabled", "min_letters"]
        spec = assign(CleaningSpec(steps=(*GENTLE, step())), "steps.lower-shouting.min_letters=3")
        assert from_toml(CleaningSpec, to_toml(spec)).steps[-1].min_letters == 3
        assert Chain(spec).process(Document("d", "NASA HAS SIX LOUD WORDS")).kept[0].text == "nasa has six loud words"
    finally:
        sys.modules.pop("engine.cleaning.steps.lower_shouting", None)
