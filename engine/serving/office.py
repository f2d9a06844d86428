"""Turns checked requests into answers, by way of the desk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import EngineError
from engine.generation.loading import LoadedModel
from engine.serving.asked import Asked, ChatAsked, CompletionAsked, RequestError
from engine.serving.catalogue import Catalogue, Served
from engine.serving.conversation import Prompt, prompt_of
from engine.serving.courses import Ended, Told, course
from engine.serving.desk import Course, CrowdedError, Desk, Ticket
from engine.serving.replies import ChatReply, CompletionReply, Plain, Reply, Usage
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID

CHAT_TOKENS = 512
"""How much is written in a conversation where the client sets no limit."""


@dataclass
class _Choice:
    """One of the answers on its way."""

    ticket: Ticket
    index: int
    text: str = ""
    told: list[Told] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True)
class _Opened:
    """A model, loaded by the desk's thread, and what the prompts are in its tokens."""

    loaded: LoadedModel
    prompts: tuple[tuple[int, ...], ...]
    stops: tuple[str, ...] = ()
    note: str | None = None


class Conversation:
    """One request being answered. Iterate `chunks` or take `whole`; `leave` when the client is gone."""

    def __init__(self, office: Office, asked: Asked, served: Served) -> None:
        self.asked, self.is_left = asked, False
        opened = office.open(asked, served)
        makes = ChatReply if isinstance(asked, ChatAsked) else CompletionReply
        self._reply: Reply = makes(opened.loaded, asked.model, asked.top, opened.note)
        self.prompt_tokens, self.completion_tokens = sum(len(each) for each in opened.prompts), 0
        self._choices: list[_Choice] = []
        for prompt in opened.prompts:
            for number in range(asked.choices):
                self._choices.append(_Choice(office.begin(asked, opened, prompt, number), len(self._choices)))

    def leave(self) -> None:
        """Nobody waits any more."""
        self.is_left = True
        for each in self._choices:
            each.ticket.leave()

    def whole(self) -> Plain:
        """The answer at once."""
        for choice in self._choices:
            for result in choice.ticket.results():
                self._take(choice, result)
        return self._reply.whole([self._reply.choice(each.index, each.text, each.told, each.reason)
                                  for each in self._choices], self._usage())

    def chunks(self) -> Iterator[Plain]:
        """The answer in parts, one a token; choices one after another."""
        for choice in self._choices:
            is_first = True
            for result in choice.ticket.results():
                text, told = self._take(choice, result)
                if text or is_first or choice.reason is not None or (told and self.asked.top is not None):
                    yield self._reply.chunk([self._reply.delta(choice.index, text, told, choice.reason, is_first)])
                    is_first = False
        if self.asked.include_usage:
            yield self._reply.chunk([], self._usage())

    def _take(self, choice: _Choice, result: Told | Ended) -> tuple[str, list[Told]]:
        if isinstance(result, Ended):
            choice.reason = result.reason
            text, told = result.rest, []
        else:
            text, told = result.text, [result]
            self.completion_tokens += not result.is_prompt
        choice.text += text
        choice.told += told
        return text, told

    def _usage(self) -> Usage:
        return Usage(self.prompt_tokens, self.completion_tokens)


class Office:
    """What the server can do, apart from the network."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._desk = Desk()

    def close(self) -> None:
        """End all requests."""
        self._desk.close()

    def models(self) -> Plain:
        """The list of models."""
        return {"object": "list", "data": [_described(each) for each in self._catalogue.served()]}

    def model(self, name: str) -> Plain:
        """One of them; raises RequestError (404)."""
        return _described(self._served(name))

    def answer(self, asked: Asked) -> Conversation:
        """Begin to answer; raises RequestError."""
        return Conversation(self, asked, self._served(asked.model))

    def tokenize(self, body: Plain) -> Plain:
        """Ids of a text, as vLLM (`prompt`) and llama.cpp (`content`) have it."""
        text = body.get("prompt", body.get("content"))
        if not isinstance(text, str):
            raise RequestError("A text was expected.", "prompt")
        loaded = self._loaded(self._named(body))
        ids = [int(each) for each in loaded.tokenizer.encode(text)]
        return {"count": len(ids), "max_model_len": loaded.context_length, "tokens": ids}

    def detokenize(self, body: Plain) -> Plain:
        """Text of ids."""
        ids = body.get("tokens")
        if not isinstance(ids, list) or not all(isinstance(each, int) and not isinstance(each, bool) for each in ids):
            raise RequestError("A list of token ids was expected.", "tokens")
        loaded = self._loaded(self._named(body))
        text = _or_request_error(lambda: loaded.tokenizer.decode(ids), "tokens")
        return {"prompt": text, "content": text}

    def tokenizer_info(self) -> Plain:
        """What evaluation programs want to know of the tokenizer, as vLLM tells it."""
        loaded = self._loaded(self._named({}))
        return {"tokenizer_class": "wenlu", "vocab_size": loaded.tokenizer.vocab_size,
                "bos_token": loaded.tokenizer.piece(BOS_ID), "eos_token": loaded.tokenizer.piece(EOS_ID),
                "model_max_length": loaded.context_length}

    def open(self, asked: Asked, served: Served) -> _Opened:
        """The model and the prompts in its tokens; raises RequestError."""
        loaded = self._loaded(served)
        shown: Prompt | None = None
        if isinstance(asked, ChatAsked):
            shown = prompt_of(asked.messages, loaded)
            prompts: Sequence[str | tuple[int, ...]] = (shown.text,)
        else:
            assert isinstance(asked, CompletionAsked)
            prompts = asked.prompts
        cut = tuple(tuple(int(token) for token in loaded.tokenizer.encode(each)) if isinstance(each, str) else each
                    for each in prompts)
        outside = next((token for each in cut for token in each if token >= loaded.model.vocab_size), None)
        if outside is not None:
            raise RequestError(f"There is no token {outside}: ids go to {loaded.model.vocab_size - 1}.", "prompt")
        return _Opened(loaded, cut) if shown is None else _Opened(loaded, cut, shown.stops, shown.note)

    def begin(self, asked: Asked, opened: _Opened, prompt: Sequence[int], number: int) -> Ticket:
        """Hand one answer to the desk; raises RequestError (503) when too many wait."""
        sampling = asked.sampling.model_copy(update={"seed": (asked.sampling.seed + number) % 2**32})
        echo, writes = False, True
        if isinstance(asked, CompletionAsked):
            echo, writes = asked.echo, asked.max_tokens > 0
        elif isinstance(asked, ChatAsked):
            sampling = sampling.model_copy(update={"max_tokens": asked.max_tokens or CHAT_TOKENS,
                                                   "stop": (*sampling.stop, *opened.stops)})
        try:
            return self._desk.take(lambda ticket: course(ticket, opened.loaded, prompt, sampling, rules=asked.rules,
                                                         top=asked.top, echo=echo, writes=writes))
        except CrowdedError:
            raise RequestError("Too many requests are waiting.", status=503, code="overloaded",
                          type="server_error") from None

    def _named(self, body: Plain) -> Served:
        name = body.get("model")
        if name is None:
            found = self._catalogue.served()
            if not found:
                raise RequestError("There is no model yet.", "model", 404, "model_not_found")
            return found[0]
        return self._served(name)

    def _served(self, name: Any) -> Served:
        served = self._catalogue.find(name) if isinstance(name, str) else None
        if served is None:
            raise RequestError(f"There is no model {name!r:.80}. GET /v1/models lists those that are there.", "model",
                               404, "model_not_found")
        return served

    def _loaded(self, served: Served) -> LoadedModel:
        """The model; loading happens in the desk's thread, the only one that may touch it."""
        def load(ticket: Ticket) -> Course:
            ticket.say(_or_request_error(lambda: self._catalogue.load(served), "model"))
            return
            yield

        try:
            found: LoadedModel = next(iter(self._desk.take(load).results()))
        except CrowdedError:
            raise RequestError("Too many requests are waiting.", status=503, code="overloaded",
                          type="server_error") from None
        return found


def _described(served: Served) -> Plain:
    return {"id": served.name, "object": "model", "created": served.written, "owned_by": "wenlu"}


def _or_request_error(make: Any, param: str) -> Any:
    try:
        return make()
    except EngineError as error:
        raise RequestError(str(error), param) from None
