"""Every sentence of the window has its Chinese one, with the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.i18n.catalogue import catalogue, sentences_in, translation_files

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


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(STUDIO)))
def test_every_sentence_has_a_chinese_one_with_the_same_placeholders(path: Path) -> None:
    chinese = catalogue("zh")
    missing = [(line, text) for text, line in sentences_of(path) if text not in chinese and text not in SAME_IN_BOTH]
    assert not missing, f"add to assets/translations/zh: {missing}"
    for text, line in sentences_of(path):
        if text in chinese:
            assert placeholders(text) == placeholders(chinese[text]), f"{path.name}:{line} {text!r}"


def test_every_setting_of_the_engine_has_a_chinese_title_help_and_unit() -> None:
    settings = pytest.importorskip("engine.settings")
    if not hasattr(settings, "every_text"):
        pytest.skip("the settings do not list their texts")
    chinese = catalogue("zh")
    missing = sorted({text for text in settings.every_text() if text not in chinese})
    assert not missing, missing


@pytest.mark.parametrize("path", translation_files("zh"), ids=lambda path: path.name)
def test_chinese_sentences_keep_the_house_style(path: Path) -> None:
    for source, text in sentences_in(path).items():
        assert text, source
        assert "您" not in text, source
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", text), f"space missing: {text}"
        assert not re.search(r"[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\.(\s|$)", text), f"half-width mark: {text}"


def test_files_do_not_contradict_each_other() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for path in translation_files("zh"):
        for source, text in sentences_in(path).items():
            assert seen.get(source, (text, ""))[0] == text, f"{source!r} differs in {path.name} and {seen[source][1]}"
            seen[source] = (text, path.name)
