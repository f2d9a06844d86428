"""What is computed for a request: reading a prompt, scoring it, and writing on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.generation.filter import Rule
from engine.generation.loading import LoadedModel
from engine.generation.sampler import Alternative, check_ids, described, draw, filtered
from engine.generation.spec import SamplingSpec
from engine.generation.stops import StopWatch
from engine.randomness import generator_for
from engine.serving.desk import Course, Need, Ticket
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID, StreamDecoder

READ_AT_ONCE = 256
"""Tokens of a prompt between two turns, so that a long one does not make the others wait."""


@dataclass(frozen=True, slots=True)
class Told:
    """A token of the answer: `text` what became certain with it, figures before the filters, natural logarithms.

    `log_prob` is None for the very first token of a text that nothing stands before.
    """

    id: int
    text: str
    log_prob: float | None
    alternatives: tuple[Alternative, ...]
    is_prompt: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The end: `reason` is length or stop, `rest` the text that was held back until now."""

    reason: str
    rest: str


def course(ticket: Ticket, loaded: LoadedModel, prompt_ids: Sequence[int], sampling: SamplingSpec, *,
           rules: Sequence[Rule] = (), top: int | None = None, echo: bool = False, writes: bool = True) -> Course:
    """Tell the prompt where `echo` is set, then write on where `writes` is; says Told and at last Ended.

    The same model, prompt and sampling write the same tokens as `engine.generation.sampler.generate`, however many
    other requests are open.
    """
    has_beginning = list(prompt_ids[:1]) == [BOS_ID]
    ids = list(prompt_ids) if has_beginning else [BOS_ID, *prompt_ids]
    check_ids(ids, loaded.model.vocab_size)
    if echo and has_beginning:
        ticket.say(Told(BOS_ID, "", None, (), is_prompt=True))
    decoder = StreamDecoder(loaded.tokenizer)
    log_probs: Any = None
    state: Any = None
    for begin in range(0, len(ids), READ_AT_ONCE):
        part = ids[begin:begin + READ_AT_ONCE]
        wants_every = echo and top is not None
        found, state = yield Need(loaded.model, part, state, every=wants_every)
        log_probs = found[-1] if wants_every else found
        for place, token in enumerate(ids[begin + 1:begin + len(part) + 1] if echo else ()):
            text = decoder.feed(token) if token != EOS_ID else ""
            if top is None:
                ticket.say(Told(token, text, None, (), is_prompt=True))
            else:
                seen = described(found[place], token, n_alternatives=max(1, top))
                ticket.say(Told(token, text, seen.log_prob, seen.alternatives, is_prompt=True))
    if not writes:
        ticket.say(Ended("length", decoder.finish()))
        return
    yield from _written(ticket, loaded, ids, log_probs, state, sampling, [*rules, *sampling.filters()], top, decoder)


def _written(ticket: Ticket, loaded: LoadedModel, ids: list[int], now: Any, state: Any, sampling: SamplingSpec,
             rules: Sequence[Rule], top: int | None, decoder: StreamDecoder) -> Course:
    """Write until the document's end, a stop text, or the length; `now` are the probabilities after the prompt."""
    chance, watch = generator_for(sampling.seed, "sampling"), StopWatch(sampling.stop)
    for number in range(sampling.max_tokens):
        scores = filtered(now, rules, ids)
        chosen = draw(scores, chance.random())
        seen = described(now, chosen, scores, max(1, top or 0))
        text = watch.feed("" if chosen == EOS_ID else decoder.feed(chosen))
        ticket.say(Told(chosen, text, seen.log_prob, seen.alternatives))
        if chosen == EOS_ID or watch.stop is not None:
            ticket.say(Ended("stop", "" if watch.stop is not None else watch.feed(decoder.finish()) + watch.finish()))
            return
        ids.append(chosen)
        if number + 1 < sampling.max_tokens:
            now, state = yield Need(loaded.model, [chosen], state)
    ticket.say(Ended("length", watch.feed(decoder.finish()) + watch.finish()))
