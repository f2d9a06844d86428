"""Which task suits a corpus, told by the roles that its documents have."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass

from engine.corpora.corpus import Corpus
from engine.settings import members_of
from engine.tasks.kinds.chat import SPEAKERS
from engine.tasks.task import Task

LOOKED_AT = 200


@dataclass(frozen=True)
class Fitting:
    """The roles that most of the documents have, and the kind of the task that they are made for; None for plain text.
    """

    roles: tuple[str, ...]
    kind: str | None


def fitting_task(corpus: Corpus) -> Fitting:
    """Look at the first documents of a corpus."""
    had = Counter(tuple(document.metadata.get("roles") or ())
                  for document in itertools.islice(corpus.documents(), LOOKED_AT))
    roles = had.most_common(1)[0][0] if had else ()
    return Fitting(roles, kind_for(roles))


def kind_for(roles: tuple[str, ...]) -> str | None:
    """The kind of the task whose own names these roles have."""
    speakers = {role.partition(" ")[0] for role in roles}
    if {"user", "assistant"} <= speakers <= set(SPEAKERS):
        return "chat"
    if {"instruction", "output"} <= set(roles) or {"prompt", "completion"} <= set(roles):
        return "question-answering"
    fits = (each.kind for each in members_of(Task) if each.roles and all(  # type: ignore[type-abstract]
        role.name in roles for role in each.roles if role.is_needed))
    return next(fits, None)
