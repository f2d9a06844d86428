"""Models of `transformers`, with weights at random, imported: the same scores, the same text, and the way back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer as LibraryTokenizer
from tokenizers import decoders, models, pre_tokenizers, trainers

from engine import jobs
from engine.errors import EngineError
from engine.exchange.exporting import export
from engine.exchange.foreign_config import spec_of
from engine.exchange.formats.hugging_face import HuggingFace
from engine.exchange.source import ExportSource
from engine.generation.loading import load_model
from engine.generation.scoring import score_text
from engine.project import Project
from engine.runs.log import read_events
from engine.runs.series import series_of
from engine.tokenizers.cutter import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from engine.work import Work
from tests.engine.exchange.conftest import TEXT

transformers = pytest.importorskip("transformers")

SIZES: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 56, "num_hidden_layers": 2, "num_attention_heads": 4,
                         "num_key_value_heads": 2, "max_position_embeddings": 96}
SHAPES = {
    "llama": lambda size: transformers.LlamaConfig(vocab_size=size, rope_theta=5e4, rms_norm_eps=1e-4, **SIZES),
    "llama 3, wide heads, tied": lambda size: transformers.LlamaConfig(
        vocab_size=size, head_dim=12, tie_word_embeddings=True, rope_scaling={
            "rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16}, **SIZES),
    "llama, squeezed": lambda size: transformers.LlamaConfig(
        vocab_size=size, rope_scaling={"rope_type": "linear", "factor": 2.0}, **SIZES),
    "mistral": lambda size: transformers.MistralConfig(vocab_size=size, sliding_window=9, head_dim=8, **SIZES),
    "qwen2": lambda size: transformers.Qwen2Config(vocab_size=size + 7, tie_word_embeddings=True, **SIZES),
    "gpt2": lambda size: transformers.GPT2Config(vocab_size=size, n_positions=96, n_embd=32, n_layer=2, n_head=4),
}


def _tokenizer(marks: list[str]) -> LibraryTokenizer:
    made = LibraryTokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator([TEXT], trainers.BpeTrainer(
        vocab_size=330, special_tokens=marks, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    return made


MARKS = {"llama": ["<unk>", "<s>", "</s>"], "gpt2": ["<|endoftext|>"], "qwen2": ["<|endoftext|>", "<|im_end|>"]}


@pytest.fixture(scope="module", params=SHAPES)
def reference(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A folder as `transformers` saves it, and its model."""
    folder = tmp_path_factory.mktemp("reference") / "tea"
    tokenizer = _tokenizer(MARKS.get(request.param, MARKS["llama"]))
    config = SHAPES[request.param](tokenizer.get_vocab_size())
    torch.manual_seed(3)
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn(weights.shape) * 0.15)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder, model


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


def _ids(loaded: Any, text: str) -> tuple[list[int], list[int]]:
    """Ids here and there."""
    ours = loaded.tokenizer.encode(text).tolist()
    order = loaded.tokenizer.foreign_ids
    return ours, [order[each] for each in ours]


def test_scores_and_greedy_text_are_those_of_the_other_program(reference: tuple[Path, Any], project: Project) -> None:
    folder, model = reference
    loaded = load_model(jobs.import_model(project, folder, Work()).path)
    ours, theirs = _ids(loaded, TEXT[:60])
    assert theirs == LibraryTokenizer.from_file(str(folder / "tokenizer.json")).encode(TEXT[:60]).ids
    with torch.no_grad():
        expected = model(torch.tensor([theirs])).logits[0].double().log_softmax(-1).numpy()
    found, state = loaded.model.log_probs_after_each(ours)
    known = [(here, there) for here, there in enumerate(loaded.tokenizer.foreign_ids) if there >= 0]
    here, there = (list(each) for each in zip(*known, strict=True))
    in_common = expected[:, there] - np.log(np.exp(expected[:, there]).sum(-1, keepdims=True))
    assert np.abs(found[:, here] - in_common).max() < 1e-4
    missing = sorted(set(range(4)) - set(here) - {EOS_ID})
    assert np.exp(found[:, missing]).max(initial=0) == 0

    with torch.no_grad():
        wanted = model.generate(torch.tensor([theirs[:10]]), max_new_tokens=50, do_sample=False, eos_token_id=None,
                                pad_token_id=0, suppress_tokens=[each for each in range(model.config.vocab_size)
                                                                 if each not in there])[0, 10:].tolist()
    log_probs, state = loaded.model.next_log_probs(ours[:10])
    written = []
    for _ in range(50):
        each = int(np.argmax(log_probs))
        written.append(loaded.tokenizer.foreign_ids[each])
        log_probs, state = loaded.model.next_log_probs([each], state)
    assert written == wanted
    assert score_text(loaded.model, loaded.tokenizer, "The fox brought tea.", details=False).bits_per_byte > 0


def test_the_way_back_gives_the_same_model_and_ids(reference: tuple[Path, Any], project: Project,
                                                   tmp_path: Path) -> None:
    folder, model = reference
    run = jobs.import_model(project, folder, Work())
    export(ExportSource(run.path), HuggingFace(), tmp_path / "out")
    assert "imported into Wenlu" in (tmp_path / "out" / "README.md").read_text()
    again = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    assert type(again) is type(model)
    _, theirs = _ids(load_model(run.path), TEXT[:80])
    with torch.no_grad():
        found, wanted = (each(torch.tensor([theirs])).logits for each in (again, model))
    assert (found - wanted[..., :found.shape[-1]]).abs().max() < 1e-5
    assert (tmp_path / "out" / "tokenizer.json").read_bytes().strip() == \
        (folder / "tokenizer.json").read_bytes().strip()
    back = jobs.import_model(project, tmp_path / "out", Work(), name="back")
    first, second = (load_model(each.path).model.tensors() for each in (run, back))
    assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("llama") / "small"
    tokenizer = _tokenizer(MARKS["llama"])
    transformers.LlamaForCausalLM(SHAPES["llama"](tokenizer.get_vocab_size())).save_pretrained(
        folder, max_shard_size="20KB")
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_weights_in_several_files_are_read_and_the_run_is_like_any_other(llama: Path, project: Project) -> None:
    assert (llama / "model.safetensors.index.json").exists()
    run = jobs.import_model(project, llama, Work())
    again = jobs.import_model(project, llama, Work())
    assert [each.name for each in project.runs()] == [run.name, again.name] == ["small", "small-2"]
    series = series_of(read_events(run.log))
    assert run.status() == "done" and series.plan is not None and series.checkpoints[-1].step == 0
    loaded = load_model(run.path)
    assert loaded.tokenizer.bos_id == BOS_ID and loaded.tokenizer.piece(UNK_ID) == "<unk>"
    assert loaded.model.network.spec.missing_marks == ("pad",) and loaded.model.network.unwritten.tolist() == [PAD_ID]


@pytest.mark.parametrize(("damage", "told"), [
    (lambda folder: (folder / "config.json").unlink(), "holds no model"),
    (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be read"),
    (lambda folder: _edit(folder, model_type="bert"), "'bert' cannot be imported"),
    (lambda folder: _edit(folder, hidden_act="gelu"), "hidden_act = 'gelu'"),
    (lambda folder: _edit(folder, intermediate_size=64), "shape"),
    (lambda folder: _edit(folder, num_hidden_layers=3), "do not fit config.json"),
    (lambda folder: _edit(folder, num_attention_heads="four"), "lacks something or has an odd value"),
    (lambda folder: _edit(folder, rope_parameters={"rope_type": "yarn", "factor": 2.0}), "'yarn' cannot be imported"),
    (lambda folder: (folder / "tokenizer.json").unlink(), "has no tokenizer"),
    (lambda folder: (folder / "tokenizer.json").write_text("{}"), "is no tokenizer"),
    (lambda folder: next(folder.glob("*.safetensors")).unlink(), "is missing"),
    (lambda folder: next(folder.glob("*.safetensors")).write_bytes(b"\x10" * 40), "cannot be read"),
    (lambda folder: _only_pickle(folder), "foreign code"),
    (lambda folder: (folder / "model.safetensors.index.json").write_text(
        '{"weight_map": {"a": "../a.safetensors"}}'), "not beside it"),
], ids=lambda each: each if isinstance(each, str) else "")
def test_what_cannot_be_imported_is_told_and_nothing_is_left(llama: Path, project: Project, tmp_path: Path, damage: Any,
                                                             told: str) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(llama, folder)
    damage(folder)
    with pytest.raises(EngineError) as raised:
        jobs.import_model(project, folder, Work())
    assert told in str(raised.value) and raised.value.fix
    assert not list(project.runs_folder.iterdir())


def _edit(folder: Path, **values: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def _only_pickle(folder: Path) -> None:
    for path in folder.glob("model*"):
        path.unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02.")


def test_a_long_context_is_taken_shorter_unless_it_is_asked_for() -> None:
    config = {"model_type": "mistral", **SIZES, "max_position_embeddings": 32768, "sliding_window": 4096}
    assert spec_of(config).context_length == 1024 and spec_of(config).window is None
    assert spec_of(config, 8192).context_length == 8192 and spec_of(config, 8192).window == 4096
