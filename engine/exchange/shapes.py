"""The names, layouts and settings under which Llama and GPT-2 are known to other programs, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.models.kinds.transformer.spec import TransformerSpec
from engine.tokenizers.cutter import BOS_ID, EOS_ID, PAD_ID

Arrays = dict[str, npt.NDArray[Any]]

LLAMA_EPSILON, GPT2_EPSILON = 1e-6, 1e-5
"""What engine.models.layers.norm uses unless it is told otherwise."""

_LLAMA = {"attention.query": "self_attn.q_proj", "attention.key": "self_attn.k_proj",
          "attention.value": "self_attn.v_proj", "attention.output": "self_attn.o_proj",
          "feed_forward.gate": "mlp.gate_proj", "feed_forward.up": "mlp.up_proj", "feed_forward.down": "mlp.down_proj",
          "attention_norm": "input_layernorm", "feed_forward_norm": "post_attention_layernorm"}
_GPT2 = {"attention.output": "attn.c_proj", "feed_forward.up": "mlp.c_fc", "feed_forward.down": "mlp.c_proj",
         "attention_norm": "ln_1", "feed_forward_norm": "ln_2"}
_JOINED = ("attention.query", "attention.key", "attention.value")


def config_of(spec: TransformerSpec, vocab_size: int, marks: Sequence[int | None] | None = None) -> dict[str, Any]:
    """`config.json`, with the keys of both version 4 and version 5 of `transformers`.

    `marks` are the ids of beginning, end and padding of an imported model's own tokenizer, None where there is none.
    With a tokenizer of Wenlu a Llama with biases stays one: `transformers` 5 gives every Qwen2 its own tokenizer.
    """
    is_qwen = spec.qkv_bias and marks is not None
    marks = (BOS_ID, EOS_ID, PAD_ID) if marks is None else marks
    common = {"vocab_size": vocab_size, "bos_token_id": marks[0], "eos_token_id": marks[1], "pad_token_id": marks[2],
              "tie_word_embeddings": spec.is_tied, "torch_dtype": "float32", "dtype": "float32", "use_cache": True}
    if spec.shape == "gpt2":
        return {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_positions": spec.context_length,
                "n_ctx": spec.context_length, "n_embd": spec.d_model, "n_layer": spec.n_layers, "n_head": spec.n_heads,
                "n_inner": spec.inner_width, "activation_function": "gelu_new",
                "layer_norm_epsilon": spec.norm_epsilon or GPT2_EPSILON,
                "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0, **common}
    scaling = _scaling(spec)
    plain = scaling or {"rope_type": "default"}
    return {**_family(spec, is_qwen), "hidden_size": spec.d_model,
            "intermediate_size": spec.inner_width, "num_hidden_layers": spec.n_layers,
            "num_attention_heads": spec.n_heads, "num_key_value_heads": spec.kv_heads, "head_dim": spec.head_width,
            "max_position_embeddings": spec.context_length, "hidden_act": "silu",
            "rms_norm_eps": spec.norm_epsilon or LLAMA_EPSILON,
            "rope_theta": spec.rope_theta, "rope_parameters": {**plain, "rope_theta": spec.rope_theta},
            "rope_scaling": scaling, "mlp_bias": False, "attention_dropout": 0.0,
            "attention_bias": spec.qkv_bias and not is_qwen, **common}


def _family(spec: TransformerSpec, is_qwen: bool) -> dict[str, Any]:
    """Which of the relatives of Llama it is: Qwen2 has biases in its attention, Mistral a window."""
    if is_qwen:
        return {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"],
                "use_sliding_window": spec.window is not None, "sliding_window": spec.window, "max_window_layers": 0,
                "layer_types": ["full_attention" if spec.window is None else "sliding_attention"] * spec.n_layers}
    if spec.window is not None:
        return {"model_type": "mistral", "architectures": ["MistralForCausalLM"], "sliding_window": spec.window}
    return {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}


def _scaling(spec: TransformerSpec) -> dict[str, Any] | None:
    if spec.rope_scaling == "none":
        return None
    if spec.rope_scaling == "linear":
        return {"rope_type": "linear", "type": "linear", "factor": spec.rope_factor}
    return {"rope_type": "llama3", "factor": spec.rope_factor, "low_freq_factor": spec.rope_low,
            "high_freq_factor": spec.rope_high, "original_max_position_embeddings": spec.rope_original_length}


def to_foreign(spec: TransformerSpec, tensors: Mapping[str, npt.NDArray[Any]], is_qwen: bool = False) -> Arrays:
    """Weights under their foreign names; a shared head is left out, as it is the embedding.

    A Llama with biases has one more, of the output of attention, which is zero.
    """
    found: Arrays = {}
    if spec.qkv_bias and not is_qwen:
        found |= {_output_bias(layer): np.zeros(spec.d_model, np.float32) for layer in range(spec.n_layers)}
    for ours, theirs in _single_names(spec).items():
        turned = spec.shape == "gpt2" and _is_matrix_of_block(theirs)
        found[theirs] = np.ascontiguousarray(tensors[ours].T if turned else tensors[ours])
    for layer in range(spec.n_layers if spec.shape == "gpt2" else 0):
        for part in ("weight", "bias"):
            joined = np.concatenate([tensors[f"blocks.{layer}.{name}.{part}"] for name in _JOINED])
            found[f"transformer.h.{layer}.attn.c_attn.{part}"] = np.ascontiguousarray(joined.T)
    return found


def from_foreign(spec: TransformerSpec, tensors: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    """The other way; raises KeyError where a name is missing, ValueError where one is unknown."""
    left = dict(tensors)
    found = {}
    for layer in range(spec.n_layers if spec.qkv_bias else 0):
        if np.any(left.pop(_output_bias(layer), np.zeros(1))):
            raise ValueError(f"{_output_bias(layer)} is not zero")
    for ours, theirs in _single_names(spec).items():
        array = left.pop(theirs)
        found[ours] = array.T if spec.shape == "gpt2" and _is_matrix_of_block(theirs) else array
    for layer in range(spec.n_layers if spec.shape == "gpt2" else 0):
        for part in ("weight", "bias"):
            whole = left.pop(f"transformer.h.{layer}.attn.c_attn.{part}")
            for name, third in zip(_JOINED, np.split(whole, 3, axis=-1), strict=True):
                found[f"blocks.{layer}.{name}.{part}"] = third.T
    if left:
        raise ValueError(f"{next(iter(left))} is unknown")
    return found


def _output_bias(layer: int) -> str:
    return f"model.layers.{layer}.self_attn.o_proj.bias"


def _single_names(spec: TransformerSpec) -> dict[str, str]:
    """Our name to theirs, for all weights but those that GPT-2 joins."""
    is_gpt2 = spec.shape == "gpt2"
    stem, blocks = ("transformer", "transformer.h") if is_gpt2 else ("model", "model.layers")
    names = {"embedding": f"{stem}.wte.weight" if is_gpt2 else f"{stem}.embed_tokens.weight"}
    parts = ("weight", "bias") if is_gpt2 else ("weight",)
    if spec.qkv_bias:
        names |= {f"blocks.{layer}.{ours}.bias": f"{blocks}.{layer}.{_LLAMA[ours]}.bias"
                  for layer in range(spec.n_layers) for ours in _JOINED}
    if is_gpt2:
        names["positions"] = f"{stem}.wpe.weight"
    for part in parts:
        names[f"final_norm.{part}"] = f"{stem}.{'ln_f' if is_gpt2 else 'norm'}.{part}"
        for layer in range(spec.n_layers):
            for ours, theirs in (_GPT2 if is_gpt2 else _LLAMA).items():
                names[f"blocks.{layer}.{ours}.{part}"] = f"{blocks}.{layer}.{theirs}.{part}"
    if not spec.is_tied:
        names["head.weight"] = "lm_head.weight"
    return names


def _is_matrix_of_block(name: str) -> bool:
    """Whether GPT-2 keeps this one as (width in, width out)."""
    return name.endswith(".weight") and (".c_proj." in name or ".c_fc." in name)
