"""What tasks with one answer have in common: translation, summaries, questions, classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from engine.settings import Problem, setting
from engine.tasks.cutting import cut_to
from engine.tasks.example import Example
from engine.tasks.task import Task
from engine.tasks.template import Template, problem_of

Markers = Literal["special-tokens", "words"]
MARKERS = {"special-tokens": "Special tokens", "words": "Words"}
MARKERS_HELP = ("What stands between the parts of an example: special tokens, which no text contains, or words, which "
                "also suit a model that was trained on plain text.")
LONGEST_HELP = ("What is longer is cut after so many bytes, at the end of a sentence, so that an example fits into "
                "the context; a Chinese character has 3 bytes.")


class AnswerTask(Task):
    """A task in which the last role, the answer, follows from the others and alone is learned."""

    token_format: ClassVar[str] = ""
    word_format: ClassVar[str] = ""

    markers: Markers = setting("special-tokens", "Markers", MARKERS_HELP, choices=MARKERS)
    own_format: str | None = setting(
        None, "Own format", "The text of an example with its roles in brackets, the answer last, such as "
        "Q: {question} A: {answer}.", level="advanced", auto="By the markers")
    longest_source: int = setting(800, "Longest source", LONGEST_HELP, unit="bytes", low=16, high=100_000,
                                  scale="log")
    learn_prompt: bool = setting(False, "Learn the prompt too", "Learn all of an example, not the answer alone; may "
                                 "help where examples are few.", level="advanced")

    def check(self) -> Iterator[Problem]:
        """A format of one's own must have all roles."""
        if self.own_format is not None:
            needed = [role.name for role in self.roles if role.is_needed]
            what = problem_of(self.own_format, needed, [role.name for role in self.roles if not role.is_needed])
            if what is not None:
                yield Problem(("own_format",), what, "use " + ", ".join(f"{{{role.name}}}" for role in self.roles))

    @property
    def template(self) -> Template:
        """The prompt format in use."""
        return Template.parse(self.own_format or (self.token_format if self.markers == "special-tokens"
                                                  else self.word_format))

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """Those in the format."""
        return self.template.special_tokens()

    @property
    def stops(self) -> tuple[str, ...]:
        """What ends an answer beside the end of the document: what stands after it, and the marker of a new example."""
        template = self.template
        first = next((slot.marker.strip() for slot in template.slots if slot.marker.strip()), "")
        tail = template.tail.strip() if "\n" in template.tail else ""  # a full stop would end every first sentence
        return tuple(each for each in (tail, f"\n{first}" if first and not self.special_tokens else "",
                                       *self.special_tokens) if each)

    def answer_of(self, written: str) -> str:
        """The answer in what a model wrote, without what stands after every answer."""
        return super().answer_of(written).removesuffix(self.template.tail.strip()).strip()

    def example_of(self, name: str, found: Mapping[str, str]) -> Example | None:
        """The example that a document's texts by role make; None where one is missing."""
        texts = {role.name: role.of(found) for role in self.roles}
        answer = texts.pop(self.roles[-1].name)
        if answer is None or any(role.is_needed and texts[role.name] is None for role in self.roles[:-1]):
            return None
        given = self.arranged({role: text for role, text in texts.items() if text is not None})
        text, begin = self.template.whole(given, answer)
        return Example(name, given, answer, text, ((0, begin), (begin, len(text))) if self.learn_prompt
                       else ((begin, len(text)),))

    def prompt(self, given: Mapping[str, str]) -> str:
        """What a model that has learned this is shown, up to where it answers; the same as in training."""
        return self.template.prompt(self.arranged(given))

    def arranged(self, given: Mapping[str, str]) -> dict[str, str]:
        """The texts given as they are shown: each cut where it is too long, in the order of the roles."""
        return {role.name: cut_to(given[role.name].strip(), self.longest_source) for role in self.roles
                if given.get(role.name, "").strip()}
