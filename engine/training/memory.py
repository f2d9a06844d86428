"""How much memory a training needs, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import EngineError
from engine.events import Notice
from engine.models.spec import ModelSpec, Size
from engine.training.spec import TrainSpec

_TIGHT, _MOST = 0.6, 0.95
"""Shares of the free memory: above the first it is said, above the second training is refused."""

_AVERAGED = 8
"""Bytes of the average of a weight and of its copy while saving."""

_ALWAYS = 20_000_000
"""What torch takes besides, however small the model."""


def needed_bytes(size: Size, tokens_at_once: int, spec: TrainSpec | None = None) -> int:
    """Weights, gradients and optimizer; what a step remembers of each token; and the copy made while saving.

    Measured on a processor with eight shapes of 0.3 to 100 million parameters: 0.88 to 1.24 times the true peak.
    """
    of_a_token = size.activation_bytes_per_token
    averages = 0
    if spec is not None:
        if spec.activation_checkpointing and size.checkpointed_bytes_per_token:
            of_a_token = size.checkpointed_bytes_per_token
        if spec.weight_average is not None or (spec.optimizer is not None and spec.optimizer.averages_weights):
            averages = _AVERAGED * (size.parameters if size.learning_parameters is None else size.learning_parameters)
    saved = 3 * size.training_bytes // 4 if size.saved_bytes is None else size.saved_bytes
    return size.training_bytes + saved + averages + of_a_token * tokens_at_once + _ALWAYS


def expected_bytes(model: ModelSpec, size: Size, spec: TrainSpec, tokens: float) -> int:
    """What training will need, before it is planned: with the batch that is set, or the usual one.

    `tokens` is how many will be read in all, about; only the usual batch depends on it.
    """
    if model.trained_by != "gradient":
        return size.training_bytes
    context = int(getattr(model, "context_length", 1))
    batch = spec.batch_size or max(1, model.usual_tokens_per_step(tokens) // context)
    return needed_bytes(size, batch * context, spec)


def is_tight(needed: int, free: int) -> bool:
    """Whether other programs may get into trouble."""
    return needed > _TIGHT * free


def does_not_fit(needed: int, free: int) -> bool:
    """Whether training is refused."""
    return needed > _MOST * free


def check_memory(needed: int, free: int) -> Iterator[Notice]:
    """A warning where memory is tight; raises EngineError where it does not suffice."""
    if does_not_fit(needed, free):
        raise EngineError(f"This model does not fit: training it needs {needed / 1e9:.1f} GB.",
                          f"{free / 1e9:.1f} GB may be used.",
                          "Choose a smaller model or batch, or close other programs.", path=("model",))
    if is_tight(needed, free):
        yield Notice(level="warn", code="memory-tight",
                     values={"needed": round(needed / 1e9, 1), "free": round(free / 1e9, 1)},
                     text="Training needs about {needed} GB of memory, and {free} GB may be used. Close other "
                          "programs, or choose a smaller model or batch, should it get slow.")
