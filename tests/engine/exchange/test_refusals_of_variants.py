"""What another program would compute otherwise is not written for it."""

from __future__ import annotations

from types import SimpleNamespace

from engine.exchange.formats.arpa import Arpa
from engine.exchange.formats.hugging_face import HuggingFace
from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.kinds.transformer.spec import TransformerSpec


def test_a_llama_with_experts_is_not_written_as_a_plain_one():
    refused = HuggingFace().refusal(SimpleNamespace(spec=TransformerSpec(shape="llama", n_experts=4)))
    assert refused is not None and "experts" in refused.what


def test_add_k_is_not_written_as_if_it_backed_off():
    assert Arpa().refusal(SimpleNamespace(spec=NGramSpec(smoothing="add-k"))) is not None
    assert Arpa().refusal(SimpleNamespace(spec=NGramSpec(smoothing="witten-bell"))) is None
