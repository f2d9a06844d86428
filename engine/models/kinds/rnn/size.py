"""What a recurrent net costs; plain arithmetic, no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.models.spec import Size

if TYPE_CHECKING:
    from engine.models.kinds.rnn.spec import RnnSpec


def size_of(spec: RnnSpec, vocab_size: int) -> Size:
    """Exact parameters by part. Training bytes are weights, gradients and the optimizer's two averages in float32.

    The first layer reads embeddings and the others memories, so they are separate blocks where the widths differ.
    """
    norm = 2 * spec.d_hidden if spec.layer_norm else 0
    first, other = (_cell(spec, width) + norm for width in (spec.d_embedding, spec.d_hidden))
    embedding = vocab_size * spec.d_embedding
    projection = spec.d_hidden * spec.d_embedding if spec.has_projection else 0
    head = vocab_size + (0 if spec.tie_embeddings else vocab_size * spec.d_hidden)
    name = {"elman": "Elman", "lstm": "LSTM", "gru": "GRU"}[spec.cell]
    parts = [("Tokens", f"{vocab_size} × {spec.d_embedding}", embedding),
             (name, f"{spec.d_embedding} → {spec.d_hidden}", first)]
    repeating: tuple[str, ...] = ()
    repeated = 1
    if spec.n_layers > 1:
        parts.append(("Further layers", f"{spec.d_hidden} → {spec.d_hidden}", other))
        repeating, repeated = ("Further layers",), spec.n_layers - 1
    if projection:
        parts.append(("Projection", f"{spec.d_hidden} → {spec.d_embedding}", projection))
    scored = spec.d_embedding if spec.tie_embeddings else spec.d_hidden
    parts.append(("Output", f"{scored} × {vocab_size}", head))
    cells = first + (spec.n_layers - 1) * other
    parameters = embedding + cells + projection + head
    return Size(parameters, tuple(parts), repeated, 16 * parameters,
                6.0 * (cells + projection + vocab_size * scored), repeating=repeating,
                activation_bytes_per_token=activation_bytes_per_token(spec, vocab_size))


def activation_bytes_per_token(spec: RnnSpec, vocab_size: int) -> int:
    """About how much memory a training step holds for each token of its batch, in float32.

    The gates before and after their curves, the memory, the output and its copies without what was dropped; scores of
    the vocabulary count four times (scores, their logarithms and two gradients).
    """
    return 4 * (spec.n_layers * (2 * spec.gates + 5) * spec.d_hidden + 3 * spec.d_embedding + 4 * vocab_size)


def _cell(spec: RnnSpec, width: int) -> int:
    """Weights of one cell in torch's layout: two matrices and two biases a gate."""
    return spec.gates * spec.d_hidden * (width + spec.d_hidden + 2)
