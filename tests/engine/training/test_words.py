"""All that training says has its Chinese words, with the same placeholders and values for them."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

import engine.training
from engine.settings import fields_of
from engine.training.spec import TrainSpec
from engine.training.state import WORDS
from studio.i18n.catalogue import catalogue

FOLDER = Path(engine.training.__file__).parent


def _names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def _said(path: Path) -> list[tuple[str, set[str] | None]]:
    """The sentences of the notices and advice in a file, with the names of the values given where they stand."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Notice", "Advised"):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            sentence = given.get("text") or given.get("reason")
            values = given.get("values")
            names = {key.value for key in values.keys if isinstance(key, ast.Constant)} \
                if isinstance(values, ast.Dict) else set() if values is None else None
            if isinstance(sentence, ast.Constant):
                found.append((sentence.value, names))
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_every_sentence_has_chinese_and_its_values(path: Path) -> None:
    chinese = catalogue("zh")
    for sentence, names in _said(path):
        assert sentence in chinese
        assert _names(sentence) == _names(chinese[sentence])
        assert names is None or _names(sentence) <= names, sentence


def test_every_setting_has_chinese() -> None:
    chinese = catalogue("zh")
    for field in fields_of(TrainSpec):
        for text in (field.title, field.help, field.unit, field.auto, *field.choices.values()):
            assert not text or text.isdigit() or text in chinese, text


def test_what_may_be_missing_after_a_restart_has_chinese() -> None:
    assert not [words for words in WORDS.values() if words not in catalogue("zh")]
