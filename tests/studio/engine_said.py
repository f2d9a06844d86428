"""All sentences that the engine can say, as its source has them: what is filled in stands as {a}, {b} and so on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEAKERS = {"EngineError": ("what", "expected", "fix"), "Problem": (None, "what", "fix"), "Reason": ("what", "fix"),
            "Dropped": ("reason",), "Notice": ("text",), "Advised": ("reason",),
            "JobEnded": ("what", "expected", "fix"), "Finding": (None, None, "text"), "Fix": ("title",),
            "Mark": (None, "label"), "Skipped": (None, "reason", "fix"),
            "Trial": (None, "reason", "fix")}
"""Whose calls hold sentences, and in which arguments: in this order, or by these names."""
ADVICE = "models/kinds/transformer/advice.py"
"""Its Reason is another one: setting and text."""
FILES = sorted(path for path in [*(ROOT / "engine").rglob("*.py"), *(ROOT / "studio").rglob("*.py")]
               if "cli" not in path.parts)
"""The command line speaks English alone."""


def sentences_said(path: Path) -> Iterator[tuple[str, int]]:
    """Template and line of every sentence in a file."""
    tree = ast.parse(path.read_text("utf-8"))
    known = _assigned(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            for argument in _told(node, _names_of(name, path)):
                for text in _templates(argument, known):
                    if re.search("[A-Za-z]{2}", re.sub(r"\{[a-z]\}", "", text)):
                        yield text, node.lineno


def _names_of(name: str, path: Path) -> tuple[str | None, ...]:
    if name == "Reason" and path.as_posix().endswith(ADVICE):
        return (None, "text")
    return SPEAKERS.get(name, ())


def _told(call: ast.Call, names: tuple[str | None, ...]) -> Iterator[ast.expr]:
    yield from (argument for argument, name in zip(call.args, names, strict=False) if name)
    yield from (keyword.value for keyword in call.keywords if keyword.arg in names and keyword.arg)


def _assigned(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """What is assigned to each name anywhere in the file: reasons often stand in constants."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _templates(node: ast.expr, known: dict[str, list[ast.expr]]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _templates(node.body, known)
        yield from _templates(node.orelse, known)
    elif isinstance(node, ast.Name):
        for value in known.get(node.id, ()):
            if isinstance(value, ast.Constant | ast.JoinedStr | ast.IfExp):
                yield from _templates(value, known)
    elif isinstance(node, ast.JoinedStr):
        parts, letters = [], iter("abcdefghijklmnop")
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                parts.append("{" + next(letters) + "}")
                yield from (text for text in _templates(part.value, known) if " " in text)
            elif isinstance(part, ast.Constant):
                parts.append(str(part.value).replace("{", "{{").replace("}", "}}"))
        yield "".join(parts)
