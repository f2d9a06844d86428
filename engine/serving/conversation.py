"""How a conversation becomes a text that a model goes on with: in the format that the model was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.generation.loading import LoadedModel
from engine.runs.folder import RunFolder
from engine.serving.asked import Message
from engine.settings import from_plain
from engine.tasks.answering import AnswerTask
from engine.tasks.kinds.chat import Chat
from engine.tasks.task import Task

NOTE = "This model only continues text. Answers follow a template."


@dataclass(frozen=True)
class Prompt:
    """The text to be continued, before which texts an answer ends, and an honest word where one is due."""

    text: str
    stops: tuple[str, ...]
    note: str | None = None


def prompt_of(messages: Sequence[Message], loaded: LoadedModel) -> Prompt:
    """What the model is shown; one that was trained for a single answer sees the last message alone.

    A model that was not trained for conversations gets them as plain words, which the note says.
    """
    task = _task_of(loaded)
    if isinstance(task, AnswerTask):
        role = next(role.name for role in task.roles if role.is_needed)
        question = next((each.text for each in reversed(messages) if each.role == "user"), messages[-1].text)
        return Prompt(task.prompt({role: question}), task.stops)
    is_trained = isinstance(task, Chat)
    chat = task if isinstance(task, Chat) else Chat(markers="words")
    turns = {f"{each.role} {number}": each.text for number, each in enumerate(messages)}
    return Prompt(chat.prompt(turns), chat.stops, None if is_trained else NOTE)


def _task_of(loaded: LoadedModel) -> Task | None:
    plain = RunFolder(loaded.run).settings().get("recipe", {}).get("task")
    return from_plain(Task, plain) if plain else None  # type: ignore[type-abstract]
