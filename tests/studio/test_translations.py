"""Every sentence of the window has its Chinese one, with the same placeholders."""

from __future__ import annotations

import ast
import importlib
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cleaning.recipes import RECIPES
from engine.corpora.language import LANGUAGES
from engine.evaluation.spec import EvaluateSpec
from engine.generation.spec import SamplingSpec
from engine.project import ProjectFile
from engine.recipe import Recipe
from engine.settings import Spec
from engine.settings.words import every_text
from studio.i18n.catalogue import catalogue, sentences_in, translation_files
from tests.studio.engine_said import FILES as FILES_THAT_SAY
from tests.studio.engine_said import sentences_said

ENGINE = Path(__file__).resolve().parents[2] / "engine"
STUDIO = Path(__file__).resolve().parents[2] / "studio"
SPEAKERS = {"tr": 1, "words": 2, "counted": 2}
"""Function name to how many of its first arguments may be sentences."""
SAME_IN_BOTH = {"Enter", "Esc"}


def sentences_of(path: Path) -> Iterator[tuple[str, int]]:
    """The literal sentences in a file, with their lines."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            for argument in node.args[: SPEAKERS.get(name, 0)]:
                for literal in ast.walk(argument):
                    if isinstance(literal, ast.Constant) and isinstance(literal.value, str) and literal.value:
                        yield literal.value, literal.lineno
                        if not isinstance(argument, ast.IfExp):
                            break


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


FILES = sorted(STUDIO.rglob("*.py"))


def test_every_sentence_has_a_chinese_one_with_the_same_placeholders() -> None:
    chinese = catalogue("zh")
    said = [(f"{path.relative_to(STUDIO)}:{line}", text) for path in FILES for text, line in sentences_of(path)]
    missing = [(place, text) for place, text in said if text not in chinese and text not in SAME_IN_BOTH]
    assert not missing, f"add to assets/translations/zh: {missing}"
    for place, text in said:
        assert text in SAME_IN_BOTH or placeholders(text) == placeholders(chinese[text]), f"{place} {text!r}"


def families() -> list[type[Spec]]:
    """All families, found by the line that opens each one."""
    opened = re.compile(r"^class (\w+)\(Family, folder=", re.MULTILINE)
    return [getattr(importlib.import_module(".".join(path.relative_to(ENGINE.parent).with_suffix("").parts)), name)
            for path in ENGINE.rglob("*.py") for name in opened.findall(path.read_text("utf-8"))]


def test_every_setting_of_the_engine_has_a_chinese_title_help_and_unit() -> None:
    chinese = catalogue("zh")
    texts = every_text(Recipe, ProjectFile, SamplingSpec, EvaluateSpec, *families())
    texts |= {text for each in RECIPES for text in (each.title, each.help)} | set(LANGUAGES.values())
    assert len(texts) > 300
    missing = sorted(text for text in texts - SAME_IN_BOTH if text not in chinese)
    assert not missing, f"add to assets/translations/zh: {missing}"


def test_every_sentence_of_the_engine_has_a_chinese_one() -> None:
    """What an f-string fills in is {a}, {b} and so on, in order; a text with `values` keeps its own {names}."""
    chinese = catalogue("zh")
    missing = {text: path.relative_to(ENGINE.parent).as_posix()
               for path in FILES_THAT_SAY for text, _ in sentences_said(path) if text not in chinese}
    assert not missing, f"add to assets/translations/zh/engine-….toml: {missing}"


@pytest.mark.parametrize("path", translation_files("zh"), ids=lambda path: path.name)
def test_chinese_sentences_keep_the_house_style(path: Path) -> None:
    for source, text in sentences_in(path).items():
        assert text, source
        assert placeholders(source) == placeholders(text), source
        assert "您" not in text, source
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", text), f"space missing: {text}"
        assert not re.search(r"[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\.(\s|$)", text), f"half-width mark: {text}"


def test_files_do_not_contradict_each_other() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for path in translation_files("zh"):
        for source, text in sentences_in(path).items():
            assert seen.get(source, (text, ""))[0] == text, f"{source!r} differs in {path.name} and {seen[source][1]}"
            seen[source] = (text, path.name)
