"""A Hugging Face folder against `transformers` itself: ids, logits, greedy text."""

from __future__ import annotations

import random
import unicodedata

import pytest
import torch

from engine.errors import EngineError
from engine.exchange.exporting import export
from engine.exchange.formats.hugging_face import HuggingFace
from engine.exchange.source import ExportSource
from engine.exchange.tokenizer_json import HOSTILE, compare_tokenizer, library_tokenizer
from engine.generation.loading import load_model
from engine.generation.spec import SamplingSpec
from engine.generation.writing import write
from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.settings import from_plain
from engine.tokenizers.kinds.bpe import Bpe
from engine.tokenizers.kinds.byte_level import ByteLevel
from engine.tokenizers.kinds.character import Character
from engine.tokenizers.kinds.unigram import Unigram
from engine.tokenizers.kinds.word import Word
from engine.tokenizers.words import words
from engine.work import Work

transformers = pytest.importorskip("transformers")

SHAPES = {
    "llama": TransformerSpec(shape="llama", n_layers=2, d_model=32, n_heads=4, n_kv_heads=2, context_length=64),
    "llama, tied, far": TransformerSpec(shape="llama", n_layers=1, d_model=48, n_heads=4, n_kv_heads=1,
                                        context_length=64, tie_embeddings=True, rope_theta=500_000.0, d_ff=40),
    "mistral": TransformerSpec(shape="llama", n_layers=2, d_model=32, n_heads=4, context_length=64, window=8),
    "qwen2, wide heads": TransformerSpec(shape="llama", n_layers=1, d_model=32, n_heads=2, context_length=64,
                                         qkv_bias=True, d_head=24, norm_epsilon=1e-3),
    "llama 3": TransformerSpec(shape="llama", n_layers=1, d_model=32, n_heads=2, context_length=64,
                               rope_scaling="llama3", rope_factor=4.0, rope_original_length=16),
    "gpt2": TransformerSpec(shape="gpt2", n_layers=2, d_model=32, n_heads=4, context_length=64),
    "gpt2, not tied": TransformerSpec(shape="gpt2", n_layers=1, d_model=24, n_heads=2, context_length=64,
                                      tie_embeddings=False, d_ff=56),
}
SIGNS = ("a", "b", "ab", "The", " ", "  ", "\n", "\t", "\x00", "\x1f", "茶", "喝茶", "，", "\U0001f600", "\u200d",
         "\u0301",
         "\u00e9", "7", "42", "\u2019", "'", "_", "<", ">", "<s>", "</s>", "<|user|>", "<|end|>", "<0x41>", "\u2581",
         "\u3000", "\u00a0", "\U00020bb7",
         "½")


def mixed_lines(count, seed=3):
    chosen = random.Random(seed)
    return ["".join(chosen.choices(SIGNS, k=chosen.randrange(1, 30))) for _ in range(count)]


@pytest.fixture
def exported(make_run, bpe, tmp_path):
    def make(spec, tokenizer=bpe):
        run = make_run(spec, tokenizer)
        export(ExportSource(run), HuggingFace(), tmp_path / "out")
        return run, tmp_path / "out"
    return make


@pytest.mark.parametrize("name", SHAPES)
def test_transformers_computes_the_same_scores_and_writes_the_same_text(exported, name):
    run, folder = exported(SHAPES[name])
    loaded = load_model(run)
    theirs, report = transformers.AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    theirs.eval()
    assert not report["missing_keys"] and not report["unexpected_keys"]
    ids = [1, *loaded.tokenizer.encode("The fox of house 7 brought tea. 掌柜笑着说")][:40]
    with torch.no_grad():
        found = theirs(torch.tensor([ids])).logits[0]
        ours = loaded.model.network.eval()(torch.tensor([ids]))[0]
    assert (found - ours).abs().max() < 1e-4
    cutter = transformers.AutoTokenizer.from_pretrained(folder)
    prompt = "The fox"
    given = cutter(prompt, return_tensors="pt")
    room = 64 - given["input_ids"].shape[1]
    written = theirs.generate(**given, do_sample=False, max_new_tokens=room)[0].tolist()
    pieces = write(loaded, prompt, from_plain(SamplingSpec, {"temperature": 0.0, "max_tokens": room,
                                                             "repetition_penalty": 1.0}))
    mine = [1, *loaded.tokenizer.encode(prompt), *(piece.token.id for piece in pieces)]
    assert len(mine) > 20 and written[:len(mine)] == mine


def test_transformers_gives_the_same_ids_on_mixed_lines(exported, bpe, text):
    folder = exported(SHAPES["llama"])[1]
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    lines = [*HOSTILE, *text.split("\n"), *mixed_lines(2000)]
    for line in lines:
        assert theirs(line)["input_ids"] == [1, *bpe.encode(line).tolist()], repr(line)
        assert theirs.decode(bpe.encode(line).tolist()) == line
    assert theirs.bos_token_id == 1 and theirs.eos_token_id == 2 and theirs.pad_token_id == 3
    assert len(theirs) == bpe.vocab_size


@pytest.mark.parametrize("settings", [
    Bpe(vocab_size=64, byte_fallback=False), Bpe(vocab_size=600, normalization="nfkc"), Word(vocab_size=400),
    Word(vocab_size=120, byte_fallback=False, user_symbols=("<|user|>",)), Character(vocab_size=330),
    Character(vocab_size=64, byte_fallback=False), ByteLevel(vocab_size=400, user_symbols=("<|user|>",)),
    ByteLevel(vocab_size=500, split_digits=False)], ids=lambda each: f"{each.kind} {each.vocab_size}")
def test_other_kinds_of_tokenizer_give_the_same_ids(settings, text):
    own = settings.train([text], len(text.encode()), Work())
    assert compare_tokenizer(own, library_tokenizer(own), mixed_lines(1500, seed=4)) > 2000


def test_a_text_that_repeats_itself_is_merged_in_the_same_order():
    chosen = random.Random(8)
    text = "\n".join("".join(chosen.choices("ab", k=40)) + "ababab" * 3 + "aaaaaaa" for _ in range(200))
    own = Bpe(vocab_size=380).train([text], len(text), Work())
    lines = ["".join(chosen.choices(("a", "b", "ab", "aba", "aaa"), k=30)) for _ in range(1000)]
    assert compare_tokenizer(own, library_tokenizer(own), lines) > 1000


def test_words_begin_and_end_where_they_do_in_wenlu():
    from tokenizers import Regex, pre_tokenizers

    from engine.exchange.tokenizer_json import WORD

    split = pre_tokenizers.Split(Regex(WORD), "isolated")
    assigned = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    assigned = [sign for sign in assigned if unicodedata.category(sign) not in ("Cn", "Co")]
    for start in range(0, len(assigned), 500):
        line = "".join(f" {sign}a{sign}" for sign in assigned[start:start + 500])
        assert [part for part, _ in split.pre_tokenize_str(line)] == words(line)


def test_what_has_no_counterpart_is_refused_with_the_reason(make_run, bpe, text):
    fast = ExportSource(make_run(TransformerSpec(n_layers=1, d_model=16, n_heads=2, context_length=16), bpe))
    assert "fast shape" in HuggingFace().refusal(fast).what
    assert NGramSpec.kind in HuggingFace().refusal(ExportSource(fast.path, "baseline")).what
    unigram = Unigram(vocab_size=330).train([text], len(text.encode()), Work())
    assert "Unigram" in HuggingFace().refusal(ExportSource(make_run(SHAPES["llama"], unigram, "run-2"))).what


def test_an_export_that_does_not_come_back_the_same_is_not_left_behind(make_run, bpe, tmp_path, monkeypatch):
    source = ExportSource(make_run(SHAPES["gpt2"], bpe))
    whole = HuggingFace.write

    def spoiling(self, source, folder):
        whole(self, source, folder)
        content = bytearray((folder / "model.safetensors").read_bytes())
        content[-1] ^= 1
        (folder / "model.safetensors").write_bytes(content)

    monkeypatch.setattr(HuggingFace, "write", spoiling)
    with pytest.raises(EngineError, match="does not say the same"):
        export(source, HuggingFace(), tmp_path / "out")
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".wenlu*"))


def test_the_card_says_what_the_log_says_and_what_nobody_measured(exported):
    card = (exported(SHAPES["llama"])[1] / "README.md").read_text("utf-8")
    assert "2.2500" in card and "12,345" in card and "1.9000" in card and "Not measured" in card
    assert "Tea \\<and\\> & 茶" in card and "max_new_tokens" in card


def test_no_limit_of_length_is_written_that_would_override_other_programs(exported):
    import json

    folder = exported(SHAPES["llama"])[1]
    assert not {"max_new_tokens", "max_length"} & set(json.loads((folder / "generation_config.json").read_text()))
    config = json.loads((folder / "config.json").read_text())
    assert config["rope_theta"] == config["rope_parameters"]["rope_theta"] and config["dtype"] == config["torch_dtype"]
