"""Conversations of several turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.settings import setting
from engine.tasks.answering import LONGEST_HELP, MARKERS, MARKERS_HELP, Markers
from engine.tasks.cutting import cut_to
from engine.tasks.example import Example
from engine.tasks.task import Role, Task

SPEAKERS = ("system", "user", "assistant")
_WORDS = {"system": "", "user": "User: ", "assistant": "Assistant: "}
_END = "<|end|>"

Turn = tuple[str, str]


class Chat(Task, kind="chat", title="Chat"):
    """Learn the answers of one speaker in conversations; what the others say is read, not learned.

    Conversations as OpenAI and ShareGPT keep them are recognised, and pairs of question and answer or instruction and
    output (Alpaca), which are conversations of two turns.
    Source: the turns of ChatML, with the loss on the answers as in Taori et al. 2023 (Stanford Alpaca).
    """

    roles = (Role("user", "Question", ("question", "instruction", "prompt", "source")),
             Role("assistant", "Answer", ("answer", "output", "completion", "response", "target")))
    metrics = ("f1", "chrf", "rouge-l")
    mode = "chat"

    markers: Markers = setting("special-tokens", "Markers", MARKERS_HELP, choices=MARKERS)
    longest_source: int = setting(800, "Longest source", LONGEST_HELP, unit="bytes", low=16, high=100_000,
                                  scale="log")

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """One a speaker, and the end of an answer."""
        return (*(f"<|{each}|>" for each in SPEAKERS), _END) if self.markers == "special-tokens" else ()

    @property
    def stops(self) -> tuple[str, ...]:
        """The end of an answer, and the next turn."""
        return (_END, "<|user|>") if self.markers == "special-tokens" else ("\nUser:",)

    def example_of(self, name: str, found: Mapping[str, str]) -> Example | None:
        """A conversation up to its last answer; None where there is no question with an answer."""
        turns = self._turns(found)
        while turns and turns[-1][0] != "assistant":
            turns = turns[:-1]
        if not any(speaker == "user" for speaker, _ in turns[:-1]):
            return None
        text, spans = "", []
        for place, (speaker, said) in enumerate(turns):
            text += self._marker(speaker, is_first=not place)
            begin = len(text)
            text += self._said(speaker, said, is_first=not place)
            if speaker == "assistant":
                spans.append((begin, len(text)))
        question = next(said for speaker, said in reversed(turns[:-1]) if speaker == "user")
        return Example(name, {"user": question}, turns[-1][1], text, tuple(spans))

    def prompt(self, given: Mapping[str, str]) -> str:
        """The conversation so far, {"user": …, "assistant": …, "user 2": …}, and the marker of the next answer."""
        text = ""
        for place, (speaker, said) in enumerate(self._turns(given)):
            text += self._marker(speaker, is_first=not place) + self._said(speaker, said, is_first=not place)
        return text + self._marker("assistant", is_first=not text)

    def _turns(self, found: Mapping[str, str]) -> list[Turn]:
        """Who says what: the turns of a conversation, or a question with its answer."""
        spoken = [(key.partition(" ")[0], text.strip()) for key, text in found.items()
                  if key.partition(" ")[0] in SPEAKERS and text.strip()]
        if any(speaker != "system" for speaker, _ in spoken):
            return spoken
        question, answer = (role.of(found) for role in self.roles)
        if question is not None and (extra := found.get("input", found.get("context", "")).strip()):
            question = f"{question}\n{extra}"
        pairs: Sequence[tuple[str, str | None]] = (("user", question), ("assistant", answer))
        return [*spoken, *((speaker, said.strip()) for speaker, said in pairs if said is not None)]

    def _marker(self, speaker: str, is_first: bool) -> str:
        if self.markers == "special-tokens":
            return f"<|{speaker}|>"
        return ("" if is_first else "\n") + _WORDS[speaker].rstrip()

    def _said(self, speaker: str, said: str, is_first: bool) -> str:
        space = "" if self.markers == "special-tokens" or (is_first and not _WORDS[speaker]) else " "
        if speaker != "assistant":
            return space + cut_to(said, self.longest_source)
        return space + said + (_END if self.markers == "special-tokens" else "")
