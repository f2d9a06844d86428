"""A vocabulary that is too big for its text."""

from __future__ import annotations

from engine.tokenizers.advice import advised_vocab_size
from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Fix

_SEEN = 30


class VocabularyTooBig(Rule, kind="vocabulary-too-big", title="Vocabulary too big"):
    """There are fewer than 30 tokens of text for each piece, in a vocabulary of which the user set the size.

    Most pieces are then met too seldom to be learnt: by Zipf's law half of them less than a tenth as often as the mean.
    Source: Gowda and May 2020 (arXiv:2004.02334), who ask for some hundred examples of 95 % of the pieces.
    """

    def look(self, case: Case) -> Finding | None:
        """Goes by the plan, before any step."""
        plan, size = case.series.plan, case.vocab_size
        if plan is None or size is None or not case.was_set("tokenizer.vocab_size") \
                or plan.training_tokens > _SEEN * size:
            return None
        better = advised_vocab_size(round(plan.training_tokens * plan.bytes_per_token), 0)
        fix = Fix("{pieces} pieces", "tokenizer.vocab_size", better, {"pieces": better}) if better < size else None
        return Finding(
            self.kind, "warn",
            "The vocabulary is big for this text: {pieces} pieces, each met {times} times on average in {tokens} "
            "tokens.",
            {"pieces": size, "times": round(plan.training_tokens / size, 1), "tokens": plan.training_tokens}, fix=fix)
