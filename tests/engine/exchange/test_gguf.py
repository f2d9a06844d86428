"""GGUF files against the reader of the format's own package, and against a plain inversion of its layout."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from engine.errors import EngineError
from engine.exchange.exporting import export
from engine.exchange.formats.gguf import Gguf
from engine.exchange.source import ExportSource
from engine.generation.loading import load_model
from engine.models.kinds.rnn.spec import RnnSpec
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.tokenizers.kinds.unigram import Unigram
from engine.work import Work

gguf = pytest.importorskip("gguf")

SHAPES = {
    "llama": TransformerSpec(shape="llama", n_layers=2, d_model=64, n_heads=4, n_kv_heads=2, context_length=64),
    "gpt2": TransformerSpec(shape="gpt2", n_layers=2, d_model=32, n_heads=4, context_length=64),
    "llama, narrow rows": TransformerSpec(shape="llama", n_layers=1, d_model=24, n_heads=2, context_length=32, d_ff=40,
                                          tie_embeddings=True),
}
BOUNDS = {"f32": 0.0, "f16": 2 ** -11, "q8-0": 0.6 / 127}
"""How far a weight may be off, as a share of the largest."""


@pytest.mark.parametrize("precision", BOUNDS)
@pytest.mark.parametrize("name", SHAPES)
def test_the_package_of_the_format_reads_every_weight_and_token(make_run, bpe, tmp_path, name, precision):
    run = make_run(SHAPES[name], bpe)
    done = export(ExportSource(run), Gguf(precision=precision), tmp_path / "out")
    read = gguf.GGUFReader(tmp_path / "out" / "model.gguf")
    tensors = {each.name: gguf.quants.dequantize(each.data, each.tensor_type) for each in read.tensors}
    own = load_model(run).model.tensors()
    spec = SHAPES[name]

    def near(theirs, ours):
        assert np.abs(theirs.reshape(ours.shape) - ours).max() <= BOUNDS[precision] * np.abs(ours).max()
    near(tensors["token_embd.weight"], own["embedding"])
    near(tensors["blk.0.ffn_up.weight"], own["blocks.0.feed_forward.up.weight"])
    if spec.shape == "gpt2":
        near(tensors["blk.1.attn_qkv.weight"][32:64], own["blocks.1.attention.key.weight"])
        assert tensors["position_embd.weight"].dtype == np.float32 and "output.weight" not in tensors
    else:  # number 2i of a head there is number i here, 2i + 1 is i + half
        for side, heads in (("query", spec.n_heads), ("key", spec.kv_heads)):
            theirs = tensors[f"blk.0.attn_{side[0]}.weight"].reshape(heads, spec.head_width, -1)
            near(np.concatenate([theirs[:, 0::2], theirs[:, 1::2]], axis=1), own[f"blocks.0.attention.{side}.weight"]
                 .reshape(heads, spec.head_width, -1))
        assert ("output.weight" in tensors) == (not spec.is_tied)
    values = {key: field.contents() for key, field in read.fields.items()}
    assert values["general.architecture"] == spec.shape and values["tokenizer.ggml.add_space_prefix"] is False
    assert values["tokenizer.ggml.tokens"][:4] == ["<unk>", "<s>", "</s>", "<pad>"]
    assert [values["tokenizer.ggml.token_type"][each] for each in (0, 1, bpe.id_of("<|user|>"))] == [2, 3, 4]
    assert done.compared["tokens"] == bpe.vocab_size == len(values["tokenizer.ggml.scores"])
    assert (done.compared["furthest_off"] == 0) == (precision == "f32")


def test_eight_bits_are_rounded_as_the_package_rounds_them():
    from engine.exchange.gguf_file import packed

    numbers = np.random.default_rng(2).normal(0, 1, (64, 96)).astype(np.float32)
    numbers[3] = 0
    assert packed(numbers, "q8-0") == gguf.quants.quantize(numbers, gguf.GGMLQuantizationType.Q8_0).tobytes()


def test_what_llama_cpp_does_not_have_is_refused(text, bpe):
    plain = SHAPES["llama"]
    unigram = Unigram(vocab_size=330).train([text], len(text.encode()), Work())
    for spec, tokenizer, words in ((RnnSpec(), bpe, "Recurrent|kind rnn"), (TransformerSpec(), bpe, "fast shape"),
                                   (plain, unigram, "cannot cut text"),
                                   (TransformerSpec(shape="llama", window=64), bpe, "attention window")):
        refused = Gguf().refusal(SimpleNamespace(spec=spec, tokenizer=tokenizer))
        with pytest.raises(EngineError, match=words):
            raise refused
    assert Gguf().refusal(SimpleNamespace(spec=plain, tokenizer=bpe)) is None


def test_a_changed_bit_is_found(make_run, bpe, tmp_path, monkeypatch):
    source, whole = ExportSource(make_run(SHAPES["llama"], bpe)), Gguf.write

    def spoiling(self, source, folder):
        whole(self, source, folder)
        content = bytearray((folder / "model.gguf").read_bytes())
        content[len(content) // 2] ^= 1
        (folder / "model.gguf").write_bytes(content)
    monkeypatch.setattr(Gguf, "write", spoiling)
    with pytest.raises(EngineError, match="does not say the same"):
        export(source, Gguf(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
