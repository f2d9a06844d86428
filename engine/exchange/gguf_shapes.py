"""The names, layouts and values under which llama.cpp knows Llama, GPT-2 and their tokenizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import sentencepiece

from engine.errors import EngineError
from engine.exchange.shapes import GPT2_EPSILON, LLAMA_EPSILON
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.tokenizers.cutter import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from engine.tokenizers.tokenizer import Tokenizer

_BLOCK = {"attention.query": "attn_q", "attention.key": "attn_k", "attention.value": "attn_v",
          "attention.output": "attn_output", "feed_forward.gate": "ffn_gate", "feed_forward.up": "ffn_up",
          "feed_forward.down": "ffn_down", "attention_norm": "attn_norm", "feed_forward_norm": "ffn_norm"}
_JOINED = ("attention.query", "attention.key", "attention.value")

NORMAL, UNKNOWN, CONTROL, OF_USER, BYTE = 1, 2, 3, 4, 6
"""Types of tokens."""

POSITIONS = "position_embd.weight"
"""The one matrix that llama.cpp wants in 32 bit."""


def shape_refusal(spec: TransformerSpec) -> EngineError | None:
    """Why llama.cpp would compute something else; None where it would not."""
    if spec.shape == "fast":
        return EngineError("The fast shape is Wenlu's own: no other program has its parts.",
                           "The shape of Llama or GPT-2 was expected.",
                           "Train a Transformer in the shape of Llama or GPT-2.")
    if spec.window is not None or spec.n_experts > 1 or spec.qkv_bias or spec.rope_scaling != "none" or spec.unwritten:
        return EngineError("A Llama with an attention window, experts, biases, longer positions or missing marks is "
                           "not written to this format.", "A plain Llama was expected.",
                           "Export it as a Hugging Face folder.")
    return None


def vocabulary_refusal(tokenizer: Tokenizer) -> EngineError | None:
    """Why llama.cpp would cut text into other tokens; None where it would not."""
    if tokenizer.kind in ("bpe", "character") and tokenizer.has_byte_fallback and tokenizer.normalization == "none" \
            and not tokenizer.growth:
        return None
    return EngineError("llama.cpp cannot cut text as this tokenizer does.", "BPE or Characters with byte fallback, "
                       "without a normal form and never enlarged, was expected.", "Train with the tokenizer BPE.")


def values_of(spec: TransformerSpec, tokenizer: Tokenizer, title: str, file_type: int) -> dict[str, Any]:
    """All that the file says beside the weights."""
    kind = spec.shape
    found: dict[str, Any] = {
        "general.architecture": kind, "general.name": title, "general.file_type": file_type,
        "general.quantization_version": 2, f"{kind}.vocab_size": tokenizer.vocab_size,
        f"{kind}.context_length": spec.context_length, f"{kind}.embedding_length": spec.d_model,
        f"{kind}.block_count": spec.n_layers, f"{kind}.feed_forward_length": spec.inner_width,
        f"{kind}.attention.head_count": spec.n_heads}
    if kind == "gpt2":
        found["gpt2.attention.layer_norm_epsilon"] = float(spec.norm_epsilon or GPT2_EPSILON)
    else:
        found |= {"llama.attention.head_count_kv": spec.kv_heads, "llama.attention.key_length": spec.head_width,
                  "llama.attention.value_length": spec.head_width, "llama.rope.dimension_count": spec.head_width,
                  "llama.rope.freq_base": float(spec.rope_theta),
                  "llama.attention.layer_norm_rms_epsilon": float(spec.norm_epsilon or LLAMA_EPSILON)}
    return {**found, **_vocabulary(tokenizer)}


def _vocabulary(tokenizer: Tokenizer) -> dict[str, Any]:
    processor = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.model)
    ids = range(tokenizer.vocab_size)
    return {"tokenizer.ggml.model": "llama", "tokenizer.ggml.pre": "default",
            "tokenizer.ggml.tokens": [processor.id_to_piece(each) for each in ids],
            "tokenizer.ggml.scores": [float(processor.get_score(each)) for each in ids],
            "tokenizer.ggml.token_type": [_type(processor, tokenizer, each) for each in ids],
            "tokenizer.ggml.bos_token_id": BOS_ID, "tokenizer.ggml.eos_token_id": EOS_ID,
            "tokenizer.ggml.unknown_token_id": UNK_ID, "tokenizer.ggml.padding_token_id": PAD_ID,
            "tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.add_eos_token": False,
            "tokenizer.ggml.add_space_prefix": False}


def _type(processor: sentencepiece.SentencePieceProcessor, tokenizer: Tokenizer, each: int) -> int:
    if each == UNK_ID:
        return UNKNOWN
    if each <= PAD_ID:
        return CONTROL
    if processor.is_byte(each):
        return BYTE
    return OF_USER if tokenizer.piece(each) in tokenizer.symbols else NORMAL


def tensors_of(spec: TransformerSpec, tensors: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Weights under the names of llama.cpp; a shared head is left out, as it is the embedding."""
    found = {"token_embd.weight": tensors["embedding"]}
    if spec.shape == "gpt2":
        found[POSITIONS] = tensors["positions"]
    parts = ("weight", "bias") if spec.shape == "gpt2" else ("weight",)
    for part in parts:
        found[f"output_norm.{part}"] = tensors[f"final_norm.{part}"]
        for layer in range(spec.n_layers):
            if spec.shape == "gpt2":
                found[f"blk.{layer}.attn_qkv.{part}"] = np.concatenate(
                    [tensors[f"blocks.{layer}.{name}.{part}"] for name in _JOINED])
            for ours, theirs in _BLOCK.items():
                array = tensors.get(f"blocks.{layer}.{ours}.{part}")
                if array is not None and not (spec.shape == "gpt2" and ours in _JOINED):
                    found[f"blk.{layer}.{theirs}.{part}"] = _turned(spec, ours, array)
    if not spec.is_tied:
        found["output.weight"] = tensors["head.weight"]
    return {name: np.ascontiguousarray(array, np.float32) for name, array in found.items()}


def _turned(spec: TransformerSpec, name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Queries and keys of a Llama: pairs that turn together lie side by side there, half a head apart here."""
    if spec.shape != "llama" or name not in _JOINED[:2]:
        return array
    heads = spec.n_heads if name == _JOINED[0] else spec.kv_heads
    return array.reshape(heads, 2, spec.head_width // 2, -1).swapaxes(1, 2).reshape(array.shape)
