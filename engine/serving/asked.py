"""What may be asked of the server, as checked values: the requests of OpenAI's interface that a language model can
answer. Names and defaults are theirs (API reference, 2026); `top_k`, `min_p` and `repetition_penalty` are those of
vLLM and llama.cpp. Fields for what is not there (tools, pictures, sound) are refused, others are let pass.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.generation.filter import Rule
from engine.generation.filters.frequency_penalty import FrequencyPenalty
from engine.generation.filters.presence_penalty import PresencePenalty
from engine.generation.spec import MAX_STOP_LENGTH, MAX_STOPS, SamplingSpec
from engine.serving.logit_bias import LogitBias

MAX_TOKENS = 100_000
MAX_CHOICES = 16
MAX_PROMPTS = 64
MAX_TOP = 20
NO_LIMIT = 100_000
UNSUPPORTED = ("tools", "functions", "tool_choice", "function_call", "audio", "suffix",
               "prediction", "web_search_options")
"""What this server cannot do: asked for, it must not be passed over in silence."""


class RequestError(Exception):
    """A request that cannot be answered: HTTP status, sentence, the field at fault and a code, as clients know them."""

    def __init__(self, message: str, param: str | None = None, status: int = 400, code: str | None = None,
                 type: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.message, self.param, self.status, self.code, self.type = message, param, status, code, type


@dataclass(frozen=True)
class Message:
    """One turn of a conversation: `role` is system, user or assistant."""

    role: str
    text: str


@dataclass(frozen=True)
class Asked:
    """What both kinds of request have in common. `top` is how many alternatives are told, None for no figures.

    `rules` are applied before the sampling's own filters.
    """

    model: str
    sampling: SamplingSpec
    rules: tuple[Rule, ...]
    choices: int
    stream: bool
    include_usage: bool
    top: int | None


@dataclass(frozen=True)
class CompletionAsked(Asked):
    """`prompts` are texts or token ids. With `echo` they are part of the answer; `max_tokens` 0 then only scores."""

    prompts: tuple[str | tuple[int, ...], ...]
    echo: bool
    max_tokens: int


@dataclass(frozen=True)
class ChatAsked(Asked):
    """A conversation to be gone on with. `max_tokens` is None where the client left it to the server."""

    messages: tuple[Message, ...]
    max_tokens: int | None


def completion_asked(body: Mapping[str, Any]) -> CompletionAsked:
    """Check the body of a completion; raises RequestError naming the field."""
    echo = _flag(body, "echo")
    max_tokens = _whole(body, "max_tokens", 16, 0, MAX_TOKENS)
    if not max_tokens and not echo:
        raise RequestError("max_tokens must be at least 1, unless echo is asked for.", "max_tokens")
    choices = _whole(body, "n", 1, 1, MAX_CHOICES)
    if _whole(body, "best_of", choices, 1, MAX_CHOICES) != choices:
        raise RequestError("best_of other than n is not done here.", "best_of")
    top = body.get("logprobs")
    return CompletionAsked(**_shared(body, max_tokens, choices), prompts=_prompts(body.get("prompt", "")), echo=echo,
                           max_tokens=max_tokens, top=None if top is None else _whole(body, "logprobs", 0, 0, MAX_TOP))


def chat_asked(body: Mapping[str, Any]) -> ChatAsked:
    """Check the body of a chat completion; raises RequestError naming the field."""
    name = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    max_tokens = None if body.get(name) is None else _whole(body, name, 0, 1, MAX_TOKENS)
    choices = _whole(body, "n", 1, 1, MAX_CHOICES)
    top = _whole(body, "top_logprobs", 0, 0, MAX_TOP) if _flag(body, "logprobs") else None
    form = body.get("response_format")
    if form is not None and (not isinstance(form, Mapping) or form.get("type") != "text"):
        raise RequestError("Only the response format text is written here.", "response_format")
    return ChatAsked(**_shared(body, max_tokens or 1, choices), messages=_messages(body.get("messages")),
                     max_tokens=max_tokens, top=top)


def _shared(body: Mapping[str, Any], max_tokens: int, choices: int) -> dict[str, Any]:
    for name in UNSUPPORTED:
        if body.get(name) not in (None, [], {}, "", "none", "auto"):
            raise RequestError(f"{name} is not done here.", name, code="unsupported_parameter")
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise RequestError("The name of a model was expected.", "model")
    options = body.get("stream_options") or {}
    if not isinstance(options, Mapping):
        raise RequestError("An object was expected.", "stream_options")
    return {"model": model, "choices": choices, "stream": _flag(body, "stream"),
            "include_usage": _flag(options, "include_usage"), "sampling": _sampling(body, max_tokens),
            "rules": _rules(body)}


def _sampling(body: Mapping[str, Any], max_tokens: int) -> SamplingSpec:
    seed = body.get("seed")
    drawn = secrets.randbits(32) if seed is None else _whole(body, "seed", 0, -2**63, 2**63 - 1) % 2**32
    top_k = _whole(body, "top_k", 0, -1, NO_LIMIT)
    return SamplingSpec(
        max_tokens=max(1, max_tokens), seed=drawn, temperature=_number(body, "temperature", 1, 0, 2),
        top_p=_number(body, "top_p", 1, 0, 1), top_k=top_k if top_k > 0 else NO_LIMIT,
        min_p=_number(body, "min_p", 0, 0, 1), repetition_penalty=_number(body, "repetition_penalty", 1, 1, 3),
        stop=_stops(body.get("stop")))


def _rules(body: Mapping[str, Any]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    if (frequency := _number(body, "frequency_penalty", 0, -2, 2)) != 0:
        rules.append(FrequencyPenalty(value=frequency))
    if (presence := _number(body, "presence_penalty", 0, -2, 2)) != 0:
        rules.append(PresencePenalty(value=presence))
    if bias := _bias(body.get("logit_bias")):
        rules.append(LogitBias(bias))
    return tuple(rules)


def _bias(given: Any) -> dict[int, float]:
    if given in (None, {}):
        return {}
    if not isinstance(given, Mapping) or len(given) > 1024:
        raise RequestError("An object of at most 1024 token ids and numbers was expected.", "logit_bias")
    found = {}
    for name in given:
        if not str(name).isascii() or not str(name).isdigit() or len(str(name)) > 9:
            raise RequestError("The names in logit_bias are token ids.", "logit_bias")
        found[int(name)] = _number(given, name, 0, -100, 100, "logit_bias")
    return found


def _stops(given: Any) -> tuple[str, ...]:
    stops: Any = [] if given is None else [given] if isinstance(given, str) else given
    if not isinstance(stops, list) or not all(isinstance(each, str) for each in stops) or len(stops) > MAX_STOPS:
        raise RequestError(f"A text, or a list of at most {MAX_STOPS} texts, was expected.", "stop")
    if any(len(each) > MAX_STOP_LENGTH for each in stops):
        raise RequestError(f"A stop text has at most {MAX_STOP_LENGTH} characters.", "stop")
    return tuple(each for each in stops if each)


def _prompts(given: Any) -> tuple[str | tuple[int, ...], ...]:
    """A text, a list of texts, one text as token ids, or a list of those."""
    if isinstance(given, str):
        return (given,)
    if _is_ids(given):
        return (tuple(given),)
    if isinstance(given, list) and 0 < len(given) <= MAX_PROMPTS and all(
            isinstance(each, str) or _is_ids(each) for each in given):
        return tuple(each if isinstance(each, str) else tuple(each) for each in given)
    raise RequestError(f"A text, token ids, or a list of at most {MAX_PROMPTS} of either was expected.", "prompt")


def _is_ids(given: Any) -> bool:
    return isinstance(given, list) and len(given) > 0 and all(
        isinstance(each, int) and not isinstance(each, bool) and 0 <= each < 2**31 for each in given)


def _messages(given: Any) -> tuple[Message, ...]:
    if not isinstance(given, list) or not given:
        raise RequestError("A list with at least one message was expected.", "messages")
    return tuple(_message(each, f"messages.{number}") for number, each in enumerate(given))


def _message(given: Any, path: str) -> Message:
    if not isinstance(given, Mapping):
        raise RequestError("An object with role and content was expected.", path)
    role = "system" if given.get("role") == "developer" else given.get("role")
    if role not in ("system", "user", "assistant"):
        raise RequestError("The role is system, user or assistant.", f"{path}.role")
    content = given.get("content")
    parts: list[Any] = content if isinstance(content, list) else [{"type": "text", "text": content}]
    if not all(isinstance(part, Mapping) and part.get("type") == "text" and isinstance(part.get("text"), str)
               for part in parts):
        raise RequestError("Text was expected, as a string or as parts of type text.", f"{path}.content")
    return Message(role, "".join(part["text"] for part in parts))


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise RequestError("true or false was expected.", name)
    return bool(value)


def _whole(body: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RequestError(f"A whole number from {low} to {high} was expected.", name)
    return value


def _number(body: Mapping[str, Any], name: str, default: float, low: float, high: float,
            param: str | None = None) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or \
            not low <= value <= high:
        raise RequestError(f"A number from {low:g} to {high:g} was expected.", param or name)
    return float(value)
