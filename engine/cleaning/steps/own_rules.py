"""Your own search patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.settings import Problem, setting

_ARROW = " => "
_FOUND = "One of your patterns was found."
_NOTHING_LEFT = "Your patterns left nothing."


class OwnRules(CleaningStep, kind="own-rules", title="Use own patterns"):
    r"""Replace text, remove lines or drop documents by regular expressions of your own.

    Patterns are those of RE2, in which ^ and $ stand for the ends of a line, (?i) makes capitals equal and \1 in a
    replacement is the first group. RE2 needs no more time for a bad pattern than for a good one; what it cannot do,
    such as looking ahead or \1 inside a pattern, is refused with the reason.
    Source: RE2 (Cox 2010, swtch.com/~rsc/regexp/regexp3.html).
    """

    replace: tuple[str, ...] = setting((), "Find and replace", "One rule a line, as pattern => replacement; a pattern "
                                       "alone is taken out.", holds="patterns")
    lines: tuple[str, ...] = setting((), "Remove lines with", "Lines in which a pattern is found are removed, "
                                     "one pattern a line.", holds="patterns")
    documents: tuple[str, ...] = setting((), "Drop documents with", "Documents in which a pattern is found are "
                                         "dropped, one pattern a line.", holds="patterns")

    reasons = (_FOUND, _NOTHING_LEFT)
    examples = (
        Example("Mr. Smith met Mr. Brown.", "Mister Smith met Mister Brown.",
                settings={"replace": [r"Mr\. => Mister"]}),
        Example("Mr. Smith, p. 12", "Smith, Mr.",
                settings={"replace": [r"(Mr\.) (\w+) => \2, \1", r", p\. \d+"]}),
        Example("第１章\n——广告——\n茶馆", "第１章\n茶馆", settings={"lines": ["^——.*——$"]}),
        Example("TOP SECRET: tea", dropped=_FOUND, settings={"documents": ["(?i)top secret"]}),
        Example("gone", dropped=_NOTHING_LEFT, settings={"replace": ["gone"]}),
        Example("stays as it is", "stays as it is"),
    )

    def check(self) -> Iterator[Problem]:
        """Every pattern must be one that RE2 understands."""
        for name in ("replace", "lines", "documents"):
            for place, rule in enumerate(getattr(self, name)):
                pattern, _, replacement = rule.partition(_ARROW) if name == "replace" else (rule, "", "")
                if what := _complaint(pattern, replacement):
                    yield Problem((name, str(place)), f"{pattern!r} cannot be used: {what}", "change the pattern")

    def apply(self, document: Document) -> Result:
        """Apply the patterns to one document; those that cannot be used are left out, and named by `check`."""
        text = document.text
        if not (self.replace or self.lines or self.documents):
            return document
        text = _without_surrogates(text)
        if any(pattern.search(text) for pattern in _usable(self.documents)):
            return Dropped(_FOUND)
        for rule in self.replace:
            pattern, _, replacement = rule.partition(_ARROW)
            if not _complaint(pattern, replacement):
                text = _compiled(pattern).sub(replacement, text)
        if unwanted := _usable(self.lines):
            text = "\n".join(line for line in text.split("\n") if not any(each.search(line) for each in unwanted))
        if text == document.text:
            return document
        return document.with_text(text) if text.strip() else Dropped(_NOTHING_LEFT)


def _without_surrogates(text: str) -> str:
    """RE2 reads UTF-8, which has no halves of pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _usable(patterns: tuple[str, ...]) -> list[Any]:
    return [_compiled(pattern) for pattern in patterns if not _complaint(pattern, "")]


@cache
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.max_mem = 32 << 20
    options.log_errors = False
    return re2.compile(f"(?m){pattern}", options)


@cache
def _complaint(pattern: str, replacement: str) -> str:
    """Why a rule cannot be used; nothing where it can."""
    import re2

    if not pattern:
        return "it is empty"
    try:
        compiled = _compiled(pattern)
        if compiled.search("") is not None and not replacement:
            return "it matches where there is nothing"
        re2.sub(compiled, replacement, "")
        highest = max(map(int, re.findall(r"\\([0-9])", replacement)), default=0)
        return f"it has no group {highest}" if highest > compiled.groups else ""
    except (re2.error, UnicodeError) as error:
        text = error.args[0] if error.args else ""
        said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return said.partition(": (?m)")[0]  # the pattern itself is named before
