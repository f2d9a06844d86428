"""All settings as Markdown, made from their declarations."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from engine.settings import Family, SettingField, Spec, fields_of, is_family, members_of


def reference(root: type[Spec]) -> str:
    """One section a spec or family member, one table row a setting, with the path for `--set`."""
    return "\n".join(["# Settings", "", "Every setting, with its path for `--set PATH=VALUE`.", "",
                      *_section(root, "", 2)])


def _section(spec: type[Spec], path: str, depth: int) -> Iterator[str]:
    rows = fields_of(spec)
    if rows:
        yield from ("| path | title | default | range | what it does |", "|---|---|---|---|---|")
        yield from (_row(row, path) for row in rows)
        yield ""
    for row in rows:
        if isinstance(row.annotation, type) and issubclass(row.annotation, Spec):
            yield from _inner(row, f"{path}{row.name}", depth)


def _inner(row: SettingField, path: str, depth: int) -> Iterator[str]:
    heading = "#" * min(depth, 6)
    yield from (f"{heading} {row.title} (`{path}`)", "", row.help, "")
    if not is_family(row.annotation):
        yield from _section(row.annotation, f"{path}.", depth + 1)
        return
    members: list[type[Family]] = members_of(row.annotation)
    for each in members:
        place = f"{path}.{each.kind}" if row.type == "family-list" else path
        yield from (f"{heading}# `{each.kind}`: {each.title}", "", inspect.getdoc(each) or "", "")
        yield from _section(each, f"{place}.", depth + 2)


def _row(row: SettingField, path: str) -> str:
    bounds = f"{'' if row.low is None else f'{row.low:g}'} to {'' if row.high is None else f'{row.high:g}'}"
    extent = ", ".join(f"`{value}`" for value in row.choices) or (bounds if bounds.strip() != "to" else row.type)
    if row.type in ("family", "family-list"):
        extent = ", ".join(f"`{each.kind}`" for each in members_of(row.annotation))
    default = row.auto or "not set" if row.default is None and row.optional else _default(row.default)
    unit = f" {row.unit}" if row.unit else ""
    return f"| `{path}{row.name}` | {row.title} | {default} | {extent}{unit} | {row.help} |"


def _default(value: object) -> str:
    if isinstance(value, Spec):
        return f"`{getattr(type(value), 'kind', '')}`" if isinstance(value, Family) else "see below"
    if isinstance(value, tuple):
        return ", ".join(_default(each) for each in value) or "none"
    return f"`{value}`"
