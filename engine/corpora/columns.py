"""Which columns of a table or fields of an object make up a document, found by their names or chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

FIELDS = ("text", "content", "body", "document", "article", "passage", "story", "paragraphs", "output", "completion",
          "answer", "response", "sentence", "raw_content", "markdown", "正文", "内容", "內容", "文本", "description",
          "summary")
"""Names under which text is usually kept, the surest first."""

LANGUAGES = frozenset("en zh zh-cn zh-tw zh-hans zh-hant zho cmn eng ja jpn ko kor fr fra de deu es spa pt por it ita "
                      "ru rus ar ara hi hin tr tur vi vie th tha id ind nl nld pl pol cs ces sv sve uk ukr el ell "
                      "he heb fa fas ro ron hu hun fi fin da dan no nb nn ms la lat eo english chinese japanese "
                      "korean french german spanish russian 中文 英文 英语 汉语".split())

_SHAPES: tuple[tuple[tuple[str, tuple[str, ...], bool], ...], ...] = (
    (("instruction", ("instruction",), True), ("input", ("input",), False), ("output", ("output", "response"), True)),
    (("context", ("context", "passage"), False), ("question", ("question", "query", "问题", "問題", "问", "問"), True),
     ("answer", ("answer", "answers", "response", "答案", "回答", "答"), True)),
    (("prompt", ("prompt",), True), ("completion", ("completion", "response", "chosen"), True)),
    (("source", ("source", "src", "source_text", "原文"), True),
     ("target", ("target", "tgt", "target_text", "译文", "譯文"), True)),
    (("document", ("document", "article", "dialogue", "全文"), True),
     ("summary", ("summary", "highlights", "abstract", "摘要"), True)),
    (("text", ("text", "sentence", "review"), True), ("label", ("label", "labels", "class", "category"), True)),
)
"""Shapes of public data sets: for every role the names its column may have, and whether it must be there.

Source: Alpaca; SQuAD and its kin; OpenAI's and TRL's prompts; OPUS and WMT; CNN/DailyMail, XSum and SAMSum; the
classification sets of GLUE and CLUE.
"""
_CHATS = ("messages", "conversations", "conversation", "dialog")
_SPEAKERS = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant", "chatgpt": "assistant"}
_NOT_IN_TEXT = frozenset(("label",))
_MAY_LACK = frozenset(("input", "context"))


@dataclass(frozen=True)
class Columns:
    """Roles with the columns that play them, in the order of the text.

    One role called "text" is a plain text. "chat" is a column that holds a list of turns. "pair" is a column that
    holds an object of two languages.
    """

    roles: tuple[tuple[str, str], ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(column for _, column in self.roles)

    @cached_property
    def words(self) -> str:
        """What is shown: "question, answer", or "source=en, target=zh" where roles and columns have other names."""
        if all(role in (column, "text", "chat", "pair") for role, column in self.roles):
            return ", ".join(self.names)
        return ", ".join(f"{role}={column}" for role, column in self.roles)

    def of(self, row: Any) -> dict[str, str] | None:
        """The texts of a row by role, None if one that is needed is missing; an empty one is left out."""
        if not isinstance(row, Mapping):
            return {"text": text} if (text := as_text(row)) is not None else None
        if len(self.roles) == 1:
            role, column = self.roles[0]
            value = row.get(column)
            if role in ("chat", "pair"):
                return _turns(value) if role == "chat" else _languages_in(value)
            text = as_text(value)
            return None if text is None else {"text": text}
        given: dict[str, str] = {}
        for role, column in self.roles:
            text = as_text(row.get(column), of_a_role=True)
            if text and not text.isspace():
                given[role] = text
            elif role not in _MAY_LACK:
                return None
        return given


def joined(roles: Mapping[str, str]) -> str:
    """The text of a document made of roles: the parts in order, a line each; a label is no part of it."""
    parts = [text for role, text in roles.items() if role not in _NOT_IN_TEXT or len(roles) == 1]
    return "\n".join(parts)


def chosen(words: str) -> Columns:
    """What a user wrote: "source=en, target=zh", "question, answer" or one name."""
    pairs = [part.partition("=") for part in words.replace("，", ",").split(",") if part.strip()]
    roles = tuple((role.strip(), column.strip() or role.strip()) for role, _, column in pairs)
    return Columns((("text", roles[0][1]),)) if len(roles) == 1 else Columns(roles)


def found_in(row: Any) -> Columns | None:
    """The columns of a row that make a document: a known shape, else one of the usual names, else the longest text."""
    if not isinstance(row, Mapping):
        return Columns((("text", "text"),)) if as_text(row) is not None else None
    names = {str(name).strip().lower(): name for name in row}
    return (_chat(row, names) or _shape(row, names) or _usual(row, names) or _two_languages(row, names)
            or _longest(row))


def _chat(row: Mapping[str, Any], names: Mapping[str, str]) -> Columns | None:
    for name in _CHATS:
        if name in names and _turns(row[names[name]]):
            return Columns((("chat", names[name]),))
    if "translation" in names and _languages_in(row[names["translation"]]):
        return Columns((("pair", names["translation"]),))
    return None


def _shape(row: Mapping[str, Any], names: Mapping[str, str]) -> Columns | None:
    for shape in _SHAPES:
        roles = []
        for role, possible, _ in shape:
            roles += [(role, names[name]) for name in possible if name in names][:1]
        had = {role for role, _ in roles}
        if all(role in had for role, _, is_needed in shape if is_needed) and Columns(tuple(roles)).of(row):
            return Columns(tuple(roles))
    return None


def _usual(row: Mapping[str, Any], names: Mapping[str, str]) -> Columns | None:
    for name in FIELDS:
        if name in names and (as_text(row[names[name]]) or "").strip():
            return Columns((("text", names[name]),))
    return None


def _two_languages(row: Mapping[str, Any], names: Mapping[str, str]) -> Columns | None:
    spoken = [name for low, name in names.items() if low.replace("_", "-") in LANGUAGES and as_text(row[name])]
    return Columns((("source", spoken[0]), ("target", spoken[1]))) if len(spoken) >= 2 else None


def _longest(row: Mapping[str, Any]) -> Columns | None:
    lengths = {name: len(text) for name in row if (text := as_text(row[name]))}
    return Columns((("text", max(lengths, key=lambda name: lengths[name])),)) if lengths else None


def as_text(value: Any, of_a_role: bool = False) -> str | None:
    """A value as text; a list of strings counts as lines, of a role's answers the first is taken."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if not of_a_role:
        return None
    if isinstance(value, Mapping) and "text" in value:
        value = value["text"]
        return as_text(value[0] if isinstance(value, list) and value else value)
    return str(value) if isinstance(value, int | float) and value == value else None


def _turns(value: Any) -> dict[str, str] | None:
    """The turns of a conversation by who speaks; a second turn of the same speaker is "user 2"."""
    if not isinstance(value, list) or not all(isinstance(turn, Mapping) for turn in value):
        return None
    roles: dict[str, str] = {}
    counts: dict[str, int] = {}
    for turn in value:
        speaker = turn.get("role") or turn.get("from")
        text = _said(turn.get("content") if "content" in turn else turn.get("value"))
        if not isinstance(speaker, str) or not text:
            continue
        speaker = _SPEAKERS.get(speaker.lower(), speaker)
        counts[speaker] = counts.get(speaker, 0) + 1
        roles[speaker if counts[speaker] == 1 else f"{speaker} {counts[speaker]}"] = text
    return roles or None


def _said(content: Any) -> str | None:
    """What a turn says; content in parts, as with pictures, gives its text."""
    if isinstance(content, list):
        return "\n".join(_texts_of(content))
    return content if isinstance(content, str) else None


def _texts_of(parts: Iterable[Any]) -> list[str]:
    return [part["text"] for part in parts if isinstance(part, Mapping) and isinstance(part.get("text"), str)]


def _languages_in(value: Any) -> dict[str, str] | None:
    """An object such as {"en": …, "zh": …} as source and target."""
    texts = [text for text in value.values() if isinstance(text, str) and text] if isinstance(value, Mapping) else []
    return {"source": texts[0], "target": texts[1]} if len(texts) >= 2 else None
