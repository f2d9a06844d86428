"""The playground's look inside a model, as plain data: one view, the tokens expected next, the token's neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import Field

from engine.errors import EngineError
from engine.generation.filters.temperature import Temperature
from engine.generation.loading import LoadedModel
from engine.generation.request import TextRequest
from engine.generation.sampler import check_ids, filtered, likeliest
from engine.models.insight import PROJECTED, Focus, Grid, HasEmbedding, LooksInside, nearest, projected
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID

MOST_TOKENS = 2000
NEIGHBOURS = 8
EXPECTED = 8


class LookRequest(TextRequest):
    """`look`: what goes on inside at the token at `place`, by default the last; `view` by default the first one."""

    place: int | None = Field(None, ge=0)
    view: str = Field("", max_length=100)
    layer: int = Field(0, ge=0, le=10_000)
    part: int = Field(0, ge=0, le=10_000)
    temperature: float = Field(1.0, ge=0, le=5)


def look(loaded: LoadedModel, request: LookRequest) -> dict[str, Any]:
    """See `engine.generation.talk`; of a long text the first tokens are looked at."""
    ids = request.ids_by(loaded.tokenizer.encode)[:MOST_TOKENS]
    if not ids:
        raise EngineError("There is no text to look at.", "At least one token was expected.", "Write some words.")
    check_ids(ids, loaded.model.vocab_size)
    place = min(len(ids) - 1 if request.place is None else request.place, len(ids) - 1)
    model: Any = loaded.model
    views: tuple[str, ...] = model.views if isinstance(model, LooksInside) else ()
    view = request.view if request.view in views else next(iter(views), "")
    answer = {"tokens": [{"id": each, "piece": loaded.tokenizer.piece(each)} for each in ids], "place": place,
              "views": list(views), "view": view, "next": expected(loaded, ids[:place + 1], request.temperature)}
    if view:
        shown = model.look(view, [BOS_ID, *ids], Focus(place + 1, request.layer, request.part))
        answer["shown"] = grid_told(shown) if isinstance(shown, Grid) else steps_told(loaded, shown)
    if isinstance(model, HasEmbedding):
        answer.update(vocabulary_told(loaded, model.token_vectors(), ids, place))
    return answer


def expected(loaded: LoadedModel, ids: Sequence[int], temperature: float) -> list[dict[str, Any]]:
    """The likeliest tokens after these, with their probabilities at a temperature."""
    before = [BOS_ID, *ids]
    log_probs, _ = loaded.model.next_log_probs(before)
    scores = filtered(log_probs, (Temperature(value=temperature),), before).astype(np.float64)
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    return [{"id": int(each), "piece": loaded.tokenizer.piece(int(each)), "probability": float(chances[each])}
            for each in likeliest(scores.astype(np.float32), EXPECTED)]


def grid_told(grid: Grid) -> dict[str, Any]:
    """A grid; columns, and rows where they are tokens, count from the text's first token: -1 is its beginning."""
    rows = [str(int(each) - 1) for each in grid.rows] if grid.rows_are_tokens else list(grid.rows)
    return {"shape": "grid", "rows": rows, "rows_are_tokens": grid.rows_are_tokens, "first": grid.first - 1,
            "values": [[float(each) for each in line] for line in grid.values], "layers": grid.layers,
            "parts": list(grid.parts), "path": list(grid.path), "high": grid.high}


def steps_told(loaded: LoadedModel, steps: Sequence[Any]) -> dict[str, Any]:
    """Steps of backing off, from the longest context seen to none."""
    return {"shape": "steps", "steps": [
        {"context": ["" if each == BOS_ID else loaded.tokenizer.piece(each) for each in step.context],
         "seen": step.seen, "followers": step.followers, "count": step.count, "back_off": step.back_off,
         "probability": step.probability} for step in steps]}


def vocabulary_told(loaded: LoadedModel, vectors: Any, ids: Sequence[int], place: int) -> dict[str, Any]:
    """What is near the token in focus, and a map of the text's tokens with those neighbours."""
    allowed = np.ones(len(vectors), dtype=bool)
    allowed[[UNK_ID, BOS_ID, EOS_ID, PAD_ID]] = False
    near = nearest(vectors, ids[place], NEIGHBOURS, allowed)
    wanted = [ids[place], *(each for each, _ in near), *reversed(ids[:place + 1]), *ids]
    chosen = list(dict.fromkeys(wanted))[:PROJECTED]
    points, share = projected(vectors[chosen])
    piece = loaded.tokenizer.piece
    return {"neighbours": [{"id": each, "piece": piece(each), "cosine": cosine} for each, cosine in near],
            "map": {"share": share, "points": [{"id": each, "piece": piece(each), "x": float(x), "y": float(y)}
                                               for each, (x, y) in zip(chosen, points, strict=True)]}}
