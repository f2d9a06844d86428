"""A folder for `transformers` and all that read what it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from safetensors import numpy as safetensors_numpy

from engine import storage
from engine.errors import EngineError
from engine.exchange.exporter import Exporter, differs
from engine.exchange.foreign_order import (
    compare_with_what_came,
    foreign_marks,
    foreign_order,
    in_foreign_order,
    write_as_it_came,
)
from engine.exchange.model_card import model_card
from engine.exchange.shapes import config_of, from_foreign, to_foreign
from engine.exchange.source import ExportSource
from engine.exchange.tokenizer_json import compare_tokenizer, library_tokenizer, tokenizer_refusal
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.tokenizers.byte_level import MARKS, read_model
from engine.tokenizers.cutter import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from engine.tokenizers.tokenizer import Tokenizer

_NAMES = dict(zip(("unk_token", "bos_token", "eos_token", "pad_token"), MARKS, strict=True))


class HuggingFace(Exporter, kind="hugging-face", title="Hugging Face"):
    """A folder that transformers opens as a Llama, Mistral, Qwen2 or GPT-2 model, with its tokenizer and a model card.

    Weights are float32, as they were trained; ids are exactly those of Wenlu, and of an imported model those that it
    came with. Source: the layouts of `LlamaForCausalLM`, `MistralForCausalLM`, `Qwen2ForCausalLM` and
    `GPT2LMHeadModel` in `transformers` 4.57 and 5.
    """

    def refusal(self, source: ExportSource) -> EngineError | None:
        """Only Transformers in the shapes of Llama and GPT-2, with a tokenizer whose ids come out exactly."""
        spec, fix = source.spec, "Train a Transformer in the shape of Llama or GPT-2."
        if not isinstance(spec, TransformerSpec):
            return EngineError(f"A model of the kind {spec.kind} has no counterpart in transformers.",
                               "A Transformer was expected.", fix)
        if spec.shape == "fast":
            return EngineError("The fast shape is Wenlu's own: no other program has its parts.",
                               "The shape of Llama or GPT-2 was expected.", fix)
        if spec.n_experts > 1:
            return EngineError("A Llama with experts is not written to this format.", "1 expert was expected.", fix)
        if spec.qkv_bias and spec.window is not None and source.tokenizer.kind != "imported":
            return EngineError("A Llama with both biases and an attention window is not written to this format.",
                               "One of them at most was expected.", fix)
        return tokenizer_refusal(source.tokenizer)

    def expected_bytes(self, parameters: int) -> int | None:
        """Four bytes a weight."""
        return 4 * parameters

    def write(self, source: ExportSource, folder: Path) -> None:
        """Weights, settings, tokenizer and card."""
        spec, tokenizer = _transformer(source), source.loaded.tokenizer
        order = foreign_order(tokenizer)
        own = in_foreign_order(spec, source.loaded.model.tensors(), order)
        storage.write_bytes(folder / "model.safetensors", safetensors_numpy.save(
            to_foreign(spec, own, is_qwen=order is not None), {"format": "pt"}))
        storage.write_json(folder / "config.json", _config(spec, tokenizer))
        storage.write_text(folder / "README.md", model_card(source))
        if order is not None:
            write_as_it_came(source.path, tokenizer, folder)
            return
        storage.write_json(folder / "generation_config.json", {
            "bos_token_id": BOS_ID, "eos_token_id": EOS_ID, "pad_token_id": PAD_ID,
            "suppress_tokens": [UNK_ID, BOS_ID, PAD_ID]})
        storage.write_text(folder / "tokenizer.json", library_tokenizer(tokenizer).to_str(pretty=True))
        storage.write_json(folder / "tokenizer_config.json", {
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": spec.context_length,
            "clean_up_tokenization_spaces": False, "split_special_tokens": True, "add_bos_token": True,
            "add_eos_token": False, "padding_side": "left", "added_tokens_decoder": _added(source), **_NAMES})
        storage.write_json(folder / "special_tokens_map.json", _NAMES)
        if tokenizer.kind == "bpe" and tokenizer.has_byte_fallback and tokenizer.normalization == "none":
            storage.write_bytes(folder / "tokenizer.model", tokenizer.model)

    def compare(self, source: ExportSource, folder: Path) -> dict[str, Any]:
        """All weights bit for bit, the settings, and the ids of hostile, random and own lines."""
        spec, tokenizer, tensors = _transformer(source), source.loaded.tokenizer, source.loaded.model.tensors()
        read = safetensors_numpy.load((folder / "model.safetensors").read_bytes())
        try:
            back = from_foreign(spec, read)
        except (KeyError, ValueError) as error:
            raise differs("model.safetensors", str(error)) from error
        for name, array in in_foreign_order(spec, tensors, foreign_order(tokenizer)).items():
            if name not in back or not np.array_equal(array, back[name]):
                raise differs("model.safetensors", name)
        if storage.read_json(folder / "config.json") != _config(spec, tokenizer):
            raise differs("config.json", "a setting has changed")
        texts = [part for each in source.series.samples[-20:] for part in (each.prompt, each.text)]
        lines = compare_with_what_came(tokenizer, folder, texts) if tokenizer.kind == "imported" else \
            compare_tokenizer(tokenizer, read_model((folder / "tokenizer.json").read_bytes()), texts)
        return {"tensors": len(tensors), "weights": sum(int(each.size) for each in tensors.values()),
                "tokenizer_lines": lines}


def _config(spec: TransformerSpec, tokenizer: Tokenizer) -> dict[str, Any]:
    order = foreign_order(tokenizer)
    if order is None:
        return config_of(spec, tokenizer.vocab_size)
    return config_of(spec, max(order) + 1, foreign_marks(order))


def _transformer(source: ExportSource) -> TransformerSpec:
    spec = source.spec
    if not isinstance(spec, TransformerSpec):
        raise TypeError(type(spec).__name__)
    return spec


def _added(source: ExportSource) -> dict[str, Any]:
    """What `transformers` wants to be told again of tokens that are never cut."""
    import json

    found = json.loads(library_tokenizer(source.loaded.tokenizer).to_str())["added_tokens"]
    return {str(each["id"]): {key: value for key, value in each.items() if key != "id"} for each in found}
