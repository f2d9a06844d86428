"""`config.json` of a Hugging Face folder as settings of a Transformer; what Wenlu cannot do is refused in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import EngineError
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.settings import from_plain

LONGEST = 1024
"""Context of an imported model unless more is asked for: a long one takes much memory, and may be set later."""

_KNOWN = "A model of the type llama, qwen2, mistral or gpt2 was expected."


def spec_of(config: Mapping[str, Any], context_length: int | None = None) -> TransformerSpec:
    """The settings; raises EngineError naming what is unknown. Reads the keys of `transformers` 4 and 5."""
    kind = config.get("model_type")
    readers = {"llama": _llama, "mistral": _mistral, "qwen2": _qwen2, "gpt2": _gpt2}
    if kind not in readers:
        raise EngineError(f"Models of the type {kind!r:.60} cannot be imported.", _KNOWN, "Choose another folder.")
    try:
        plain = readers[kind](config, context_length)
    except (KeyError, TypeError, ValueError) as error:
        raise EngineError(f"config.json lacks something or has an odd value: {error}.", _KNOWN,
                          "Get the folder anew.") from error
    spec = from_plain(TransformerSpec, {key: value for key, value in plain.items() if value is not None})
    spec.require_valid()
    return spec


def _gpt2(config: Mapping[str, Any], context_length: int | None) -> dict[str, Any]:
    _require(config, "activation_function", ("gelu_new", "gelu_pytorch_tanh"), "gelu_new")
    for name, usual in (("scale_attn_weights", True), ("scale_attn_by_inverse_layer_idx", False),
                        ("add_cross_attention", False)):
        _require(config, name, (usual,), usual)
    length = int(config.get("n_positions") or config["n_ctx"])
    if context_length not in (None, length):
        raise EngineError(f"A GPT-2 has weights for each of its {length} places.",
                          "Its own context was expected.", "Leave the context out.")
    return {"shape": "gpt2", "n_layers": config["n_layer"], "d_model": config["n_embd"], "n_heads": config["n_head"],
            "context_length": length, "d_ff": config.get("n_inner") or 4 * config["n_embd"], "dropout": 0.0,
            "norm_epsilon": config.get("layer_norm_epsilon", 1e-5),
            "tie_embeddings": config.get("tie_word_embeddings", True)}


def _llama(config: Mapping[str, Any], context_length: int | None) -> dict[str, Any]:
    _require(config, "mlp_bias", (False,), False)
    return {**_common(config, context_length), "qkv_bias": bool(config.get("attention_bias", False))}


def _mistral(config: Mapping[str, Any], context_length: int | None) -> dict[str, Any]:
    found = _common(config, context_length)
    return {**found, "window": _window(config.get("sliding_window", 4096), found["context_length"])}


def _qwen2(config: Mapping[str, Any], context_length: int | None) -> dict[str, Any]:
    found = {**_common(config, context_length), "qkv_bias": True}
    if not config.get("use_sliding_window", False):
        return found
    windowed = [layer for layer in range(found["n_layers"]) if layer >= config.get("max_window_layers", 28)]
    window = _window(config.get("sliding_window", 4096), found["context_length"]) if windowed else None
    if window is not None and len(windowed) < found["n_layers"]:
        raise EngineError("Only some layers of this model have an attention window.",
                          "The same in all layers was expected.", "Choose a context no longer than the window.")
    return {**found, "window": window}


def _window(wanted: int | None, context_length: int) -> int | None:
    """A window that is as long as the context or longer changes nothing."""
    return wanted if wanted and wanted < context_length else None


def _common(config: Mapping[str, Any], context_length: int | None) -> dict[str, Any]:
    _require(config, "hidden_act", ("silu", "swish"), "silu")
    heads, width, longest = (int(config[name]) for name in ("num_attention_heads", "hidden_size",
                                                            "max_position_embeddings"))
    head_width = config.get("head_dim") or width // heads
    rope = {**(config.get("rope_scaling") or {}), **(config.get("rope_parameters") or {})}
    return {"shape": "llama", "n_layers": int(config["num_hidden_layers"]), "d_model": width, "n_heads": heads,
            "n_kv_heads": config.get("num_key_value_heads") or heads, "d_ff": int(config["intermediate_size"]),
            "d_head": head_width if head_width * heads != width else None, "dropout": 0.0,
            "context_length": min(longest, context_length or LONGEST),
            "rope_theta": float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0),
            "norm_epsilon": config.get("rms_norm_eps", 1e-6),
            "tie_embeddings": config.get("tie_word_embeddings", False), **_positions(rope)}


def _positions(rope: Mapping[str, Any]) -> dict[str, Any]:
    kind = rope.get("rope_type") or rope.get("type") or "default"
    if kind == "default":
        return {}
    if kind == "linear":
        return {"rope_scaling": "linear", "rope_factor": rope["factor"]}
    if kind == "llama3":
        return {"rope_scaling": "llama3", "rope_factor": rope["factor"], "rope_low": rope["low_freq_factor"],
                "rope_high": rope["high_freq_factor"],
                "rope_original_length": rope["original_max_position_embeddings"]}
    raise EngineError(f"Positions of the kind {kind!r:.40} cannot be imported.",
                      "default, linear or llama3 was expected.", "Choose another folder.")


def _require(config: Mapping[str, Any], name: str, possible: tuple[Any, ...], default: Any) -> None:
    value = config.get(name, default)
    if value not in possible:
        raise EngineError(f"This model has {name} = {value!r:.40}.",
                          f"{possible[0]!r} was expected; Wenlu knows no other.", "Choose another folder.")
