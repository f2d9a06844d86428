"""Prompt formats: a text with {roles} in it; what stands before a role is its marker, and goes where the role goes."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SPECIAL_TOKEN = re.compile(r"<\|[^|\s<>]{1,40}\|>")
"""What becomes a special token of the tokenizer wherever it stands in a format."""


@dataclass(frozen=True)
class Slot:
    """A role with the marker before it."""

    marker: str
    role: str


@dataclass(frozen=True)
class Template:
    """A format such as "Question: {question}\\nAnswer: {answer}". `tail` stands after the last role."""

    slots: tuple[Slot, ...]
    tail: str = ""

    @classmethod
    def parse(cls, text: str) -> Template:
        """Read a format; raises ValueError where its brackets do not fit."""
        slots, tail = [], ""
        for marker, role, form, conversion in string.Formatter().parse(text):
            if role is None:
                tail += marker
                continue
            if form or conversion or not role:
                raise ValueError("a role in brackets is a name and nothing else")
            slots.append(Slot(tail + marker, role))
            tail = ""
        return cls(tuple(slots), tail)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles, in order."""
        return tuple(slot.role for slot in self.slots)

    def special_tokens(self) -> tuple[str, ...]:
        """The special tokens in the format, in order."""
        found = SPECIAL_TOKEN.findall("".join(slot.marker for slot in self.slots) + self.tail)
        return tuple(dict.fromkeys(found))

    def prompt(self, given: Mapping[str, str]) -> str:
        """All before the last role. White space before that role is no part of it: the answer begins with it."""
        return self._before(given) + self.slots[-1].marker.rstrip()

    def whole(self, given: Mapping[str, str], answer: str) -> tuple[str, int]:
        """The whole text of an example, and where the answer begins in it."""
        prompt, marker = self.prompt(given), self.slots[-1].marker
        return prompt + marker[len(marker.rstrip()):] + answer + self.tail, len(prompt)

    def _before(self, given: Mapping[str, str]) -> str:
        parts = "".join(slot.marker + given[slot.role] for slot in self.slots[:-1] if given.get(slot.role))
        return parts.lstrip()


def problem_of(text: str, needed: Sequence[str], optional: Sequence[str]) -> str | None:
    """What is wrong with a format, None if nothing is; the last of the needed roles must stand last."""
    try:
        roles = Template.parse(text).roles
    except ValueError:
        return "its brackets do not fit together"
    if unknown := [role for role in roles if role not in (*needed, *optional)]:
        return f"there is no role called {unknown[0]}"
    if missing := [role for role in needed if role not in roles]:
        return f"the role {missing[0]} is missing"
    if len(set(roles)) < len(roles):
        return "a role stands in it twice"
    return None if roles[-1] == needed[-1] else f"{needed[-1]} must stand last"
