"""What a Transformer of some shape costs; plain arithmetic, no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.models.spec import Matrix, Size

if TYPE_CHECKING:
    from engine.models.kinds.transformer.spec import TransformerSpec


def size_of(spec: TransformerSpec, vocab_size: int) -> Size:
    """Exact parameters by part; the FLOPs follow Chowdhery et al. 2022 (PaLM, arXiv:2204.02311, appendix B);
    of experts those that a token uses, and of attention what is in its window.

    Training bytes are weights, gradients and the optimizer's two averages in float32; of the token group table, whose
    gradients are sparse, the weights and one number a row.
    """
    table = (spec.ngram_orders - 1) * spec.ngram_buckets * spec.d_model if spec.has_ngrams else 0
    embedding, head = vocab_size * spec.d_model, 0 if spec.is_tied else vocab_size * spec.d_model
    positions = spec.context_length * spec.d_model if spec.shape == "gpt2" else 0
    attention, feed_forward, norm = _attention(spec), _feed_forward(spec), _norm(spec)
    router = spec.d_model * spec.n_experts if spec.n_experts > 1 else 0
    mix = 2 if spec.shape == "fast" else 0
    parts = [("Tokens", f"{vocab_size} × {spec.d_model}", embedding)]
    if table:
        parts.append(("Token groups", f"{spec.ngram_orders - 1} × {spec.ngram_buckets} × {spec.d_model}", table))
    if positions:
        parts.append(("Positions", f"{spec.context_length} × {spec.d_model}", positions))
    inside = f"{spec.d_model} → {spec.inner_width} → {spec.d_model}"
    parts.append(("Attention", f"{spec.n_heads} × {spec.head_width}", attention + norm + mix))
    if router:
        parts += [("Router", f"{spec.n_experts} → {spec.experts_per_token}", router),
                  ("Experts", f"{spec.n_experts} × ({inside})", spec.n_experts * feed_forward + norm)]
    else:
        parts.append(("Feed-forward", inside, feed_forward + norm))
    if norm:
        parts.append(("Norm", f"{spec.d_model}", norm))
    parts.append(("Output", f"{spec.d_model} × {vocab_size}", head))
    in_blocks = spec.n_layers * (attention + router + spec.n_experts * feed_forward + 2 * norm + mix)
    unused = spec.n_layers * (spec.n_experts - spec.experts_per_token) * feed_forward if router else 0
    dense = embedding + positions + in_blocks + norm + head
    multiplied = in_blocks - unused + vocab_size * spec.d_model
    flops = 6.0 * multiplied + 12.0 * spec.n_layers * spec.attention_width * spec.span
    training_bytes = 4 * (4 * dense + table) + (4 * table // spec.d_model)
    return Size(dense + table, tuple(parts), spec.n_layers, training_bytes, flops,
                repeating=("Attention", "Router", "Experts") if router else ("Attention", "Feed-forward"),
                active_parameters=dense + table - unused if router else None,
                activation_bytes_per_token=activation_bytes_per_token(spec, vocab_size, spec.n_layers),
                checkpointed_bytes_per_token=activation_bytes_per_token(spec, vocab_size, 1)
                + 4 * spec.n_layers * spec.d_model)


def activation_bytes_per_token(spec: TransformerSpec, vocab_size: int, blocks: int) -> int:
    """About how much memory a training step holds for each token of its batch, in float32, with the inside of blocks.

    Measured on a processor; scores of the vocabulary count four times (scores, their logarithms and two gradients).
    """
    used = spec.experts_per_token if spec.n_experts > 1 else 1
    in_block = (11 + 3 * used) * spec.d_model + 3 * used * spec.inner_width
    return 4 * (blocks * in_block + 4 * vocab_size + 4 * spec.d_model)


def matrices_of(spec: TransformerSpec) -> tuple[Matrix, ...]:
    """The matrices in all blocks."""
    kv_width, feed_forwards = spec.kv_heads * spec.head_width, spec.n_layers * spec.n_experts
    width = spec.attention_width
    return (Matrix("attention", spec.d_model, width, spec.n_layers),
            Matrix("attention", width, spec.d_model, spec.n_layers),
            Matrix("attention", spec.d_model, kv_width, 2 * spec.n_layers),
            Matrix("feed-forward", spec.d_model, spec.inner_width, (2 if spec.shape == "llama" else 1) * feed_forwards),
            Matrix("feed-forward", spec.inner_width, spec.d_model, feed_forwards))


def _attention(spec: TransformerSpec) -> int:
    kv_width = spec.kv_heads * spec.head_width
    width, is_gpt2 = spec.attention_width, spec.shape == "gpt2"
    biases = (width + 2 * kv_width if is_gpt2 or spec.qkv_bias else 0) + (spec.d_model if is_gpt2 else 0)
    return 2 * spec.d_model * width + 2 * spec.d_model * kv_width + biases


def _feed_forward(spec: TransformerSpec) -> int:
    matrices = 3 if spec.shape == "llama" else 2
    biases = spec.inner_width + spec.d_model if spec.shape == "gpt2" else 0
    return matrices * spec.d_model * spec.inner_width + biases


def _norm(spec: TransformerSpec) -> int:
    return {"fast": 0, "llama": spec.d_model, "gpt2": 2 * spec.d_model}[spec.shape]
