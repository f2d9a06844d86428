"""The steps of a project's cleaning, in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.cleaning.step import CleaningStep
from engine.cleaning.steps.book_boilerplate import BookBoilerplate
from engine.cleaning.steps.character_mix import CharacterMix
from engine.cleaning.steps.control_characters import ControlCharacters
from engine.cleaning.steps.decontamination import Decontamination
from engine.cleaning.steps.document_length import DocumentLength
from engine.cleaning.steps.duplicate_documents import DuplicateDocuments
from engine.cleaning.steps.duplicate_lines import DuplicateLines
from engine.cleaning.steps.duplicate_paragraphs import DuplicateParagraphs
from engine.cleaning.steps.fix_encoding import FixEncoding
from engine.cleaning.steps.function_words import FunctionWords
from engine.cleaning.steps.language import Language
from engine.cleaning.steps.line_rules import LineRules
from engine.cleaning.steps.markup_remains import MarkupRemains
from engine.cleaning.steps.near_duplicates import NearDuplicates
from engine.cleaning.steps.own_rules import OwnRules
from engine.cleaning.steps.perplexity import Perplexity
from engine.cleaning.steps.private_data import PrivateData
from engine.cleaning.steps.repetition import Repetition
from engine.cleaning.steps.script_conversion import ScriptConversion
from engine.cleaning.steps.short_lines import ShortLines
from engine.cleaning.steps.split_long_documents import SplitLongDocuments
from engine.cleaning.steps.unicode_form import UnicodeForm
from engine.cleaning.steps.variety import Variety
from engine.cleaning.steps.web_lines import WebLines
from engine.cleaning.steps.whitespace import Whitespace
from engine.cleaning.steps.word_lists import WordLists
from engine.cleaning.trusted import identity_of
from engine.corpora.document import Document
from engine.settings import Problem, Spec, setting, to_plain

GENTLE: tuple[CleaningStep, ...] = (
    FixEncoding(), UnicodeForm(), ControlCharacters(), Whitespace(),
    BookBoilerplate(), WebLines(enabled=False), MarkupRemains(enabled=False), ShortLines(enabled=False),
    ScriptConversion(enabled=False), SplitLongDocuments(), DocumentLength(),
    Language(enabled=False), CharacterMix(), LineRules(enabled=False), FunctionWords(shortest_chinese=250),
    Repetition(lines=0.6, line_characters=0.5, top_2=0.35, top_3=0.33, top_4=0.3, passages_5=0.6, passages_10=0.5,
               top_3_chinese=0.35, top_5_chinese=0.33, top_7_chinese=0.3, passages_8_chinese=0.6,
               passages_16_chinese=0.5),
    Variety(),
    WordLists(enabled=False), PrivateData(), OwnRules(enabled=False),
    DuplicateLines(enabled=False), DuplicateParagraphs(enabled=False), DuplicateDocuments(),
    NearDuplicates(enabled=False), Perplexity(enabled=False), Decontamination(enabled=False))
"""All steps in the order they are best done in, with what the recipe Gentle sets.

Limits of repetition are looser than those for web pages, so that plays, psalms and manuals stay.
"""


class CleaningSpec(Spec):
    """Which cleaning steps are done, and in which order."""

    steps: tuple[CleaningStep, ...] = setting(GENTLE, "Steps", "What is done to every document, one after another.")
    keep: tuple[str, ...] = setting((), "Always kept", "Documents that no step may drop.", level="advanced")

    def check(self) -> Iterator[Problem]:
        """Each step may stand in the list once, so that its settings have one place."""
        kinds = [step.kind for step in self.steps]
        for place, kind in enumerate(kinds):
            if kind in kinds[:place]:
                yield Problem(("steps", str(place)), f"{kind} is in the list twice", "remove one of the two")

    @property
    def enabled_steps(self) -> tuple[CleaningStep, ...]:
        """The steps that are switched on."""
        return tuple(step for step in self.steps if step.enabled)

    def identity(self) -> Any:
        """Plain data that changes whenever cleaning again might give another text: settings, and texts they name."""
        paths = [path for step in self.enabled_steps for path in step.compares_with]
        return [to_plain(self), identity_of(paths)] if paths else to_plain(self)


def place_of(document: Document) -> str:
    """How `keep` names a document: its source and its name."""
    return f"{document.source}/{document.name}"
