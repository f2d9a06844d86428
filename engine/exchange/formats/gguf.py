"""One file for llama.cpp and the programs that are built on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine import storage
from engine.errors import EngineError
from engine.exchange.exporter import Exporter, differs
from engine.exchange.gguf_file import FILE_TYPES, Precision, packed, read_gguf, unpacked, write_gguf
from engine.exchange.gguf_shapes import POSITIONS, shape_refusal, tensors_of, values_of, vocabulary_refusal
from engine.exchange.model_card import model_card
from engine.exchange.source import ExportSource
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.settings import setting


class Gguf(Exporter, kind="gguf", title="GGUF"):
    """One file for llama.cpp, Ollama and LM Studio: a Llama or GPT-2 model with its tokenizer inside.

    Ids are those of Wenlu, except in text with the sign U+2581, which stands for a space there. Source: the names and
    values that llama.cpp reads (github.com/ggml-org/llama.cpp, `gguf-py/gguf/constants.py`).
    """

    precision: Precision = setting("f32", "Precision", "How many bits each weight takes. Fewer makes the file smaller "
                                   "and the model a little worse.",
                                   choices={"f32": "32 bit", "f16": "16 bit", "q8-0": "8 bit"})

    def refusal(self, source: ExportSource) -> EngineError | None:
        """Only plain Llamas and GPT-2, with a tokenizer that llama.cpp has too."""
        spec = source.spec
        if not isinstance(spec, TransformerSpec):
            return EngineError(f"A model of the kind {spec.kind} has no counterpart in llama.cpp.",
                               "A Transformer was expected.", "Train a Transformer in the shape of Llama or GPT-2.")
        return shape_refusal(spec) or vocabulary_refusal(source.tokenizer)

    def expected_bytes(self, parameters: int) -> int | None:
        """Four bytes a weight, two, or 34 for 32 weights."""
        return {"f32": 4 * parameters, "f16": 2 * parameters, "q8-0": parameters * 34 // 32}[self.precision]

    def write(self, source: ExportSource, folder: Path) -> None:
        """The file, and the model card beside it."""
        spec, tokenizer = _transformer(source), source.loaded.tokenizer
        write_gguf(folder / "model.gguf", values_of(spec, tokenizer, source.title, FILE_TYPES[self.precision]),
                   tensors_of(spec, source.loaded.model.tensors()), self.precision, (POSITIONS,))
        storage.write_text(folder / "README.md", model_card(source))

    def compare(self, source: ExportSource, folder: Path) -> dict[str, Any]:
        """All values; all weights, bit for bit as far as the precision goes, and how far the furthest is off."""
        spec, tokenizer = _transformer(source), source.loaded.tokenizer
        try:
            values, tensors = read_gguf(folder / "model.gguf")
        except (ValueError, KeyError, UnicodeDecodeError) as error:
            raise differs("model.gguf", str(error)) from error
        wanted = values_of(spec, tokenizer, source.title, FILE_TYPES[self.precision])
        for name, value in wanted.items():
            if not _is_same(values.get(name), value):
                raise differs("model.gguf", name)
        own = tensors_of(spec, source.loaded.model.tensors())
        if values.keys() != wanted.keys() or tensors.keys() != own.keys():
            raise differs("model.gguf", "it has other parts")
        furthest = 0.0
        for name, array in own.items():
            kind, read = tensors[name]
            if packed(array, kind) != read.tobytes():
                raise differs("model.gguf", name)
            furthest = max(furthest, float(np.abs(unpacked(read, kind, array.shape) - array).max(initial=0)))
        return {"tensors": len(own), "weights": sum(int(each.size) for each in own.values()),
                "tokens": tokenizer.vocab_size, "furthest_off": furthest}


def _is_same(read: Any, written: Any) -> bool:
    if isinstance(written, float) or (isinstance(written, list) and isinstance(written[0], float)):
        return read is not None and np.array_equal(np.asarray(read, np.float32), np.asarray(written, np.float32))
    return bool(read == written)


def _transformer(source: ExportSource) -> TransformerSpec:
    spec = source.spec
    if not isinstance(spec, TransformerSpec):
        raise TypeError(type(spec).__name__)
    return spec
