"""Run capsules: what goes in comes out, on a computer that has nothing else; what was changed is refused."""

from __future__ import annotations

import json
import random
import zipfile

import pytest

from engine.errors import EngineError
from engine.exchange import capsule
from engine.exchange.capsule import check_capsule, unpack_capsule
from engine.exchange.exporting import export
from engine.exchange.formats.capsule import Capsule
from engine.exchange.source import ExportSource
from engine.generation.loading import load_model
from engine.generation.spec import SamplingSpec
from engine.generation.writing import write
from engine.jobs import open_run_capsule
from engine.models.kinds.rnn.spec import RnnSpec
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.project import Project

MODELS = {"fast": TransformerSpec(n_layers=1, d_model=16, n_heads=2, context_length=32, ngram_buckets=256),
          "lstm": RnnSpec(cell="lstm", n_layers=1, d_embedding=12, d_hidden=12)}


@pytest.fixture
def made(make_run, bpe, tmp_path):
    run = make_run(MODELS["fast"], bpe)
    export(ExportSource(run), Capsule(), tmp_path / "out")
    return tmp_path / "out" / "run-1.wenlu"


@pytest.mark.parametrize("name", MODELS)
def test_a_capsule_opens_elsewhere_and_writes_the_same_text_for_the_same_seed(make_run, bpe, tmp_path, name):
    run = make_run(MODELS[name], bpe)
    export(ExportSource(run), Capsule(), tmp_path / "out")
    project, opened = open_run_capsule(tmp_path / "out" / "run-1.wenlu", tmp_path / "elsewhere")
    spec = SamplingSpec(temperature=0.8, max_tokens=30, seed=7)

    def text(folder, which):
        return "".join(piece.text for piece in write(load_model(folder, which), "The fox", spec))
    assert text(opened.path, "best") == text(run, "best") and text(opened.path, "baseline") == text(run, "baseline")
    assert [each.name for each in Project.open(project.path).runs()] == [opened.name]
    assert ExportSource(opened.path).series.steps == ExportSource(run).series.steps
    assert opened.status() == "done"


def test_the_same_run_gives_the_same_bytes_and_any_zip_program_reads_them(made, make_run, tmp_path):
    export(ExportSource(tmp_path / "project" / "runs" / "run-1"), Capsule(), tmp_path / "again")
    assert (tmp_path / "again" / "run-1.wenlu").read_bytes() == made.read_bytes()
    with zipfile.ZipFile(made) as archive:
        assert archive.testzip() is None and "report.html" in archive.namelist()


def test_a_thousand_changed_capsules_are_refused(made, tmp_path):
    content, chosen, bad = made.read_bytes(), random.Random(4), tmp_path / "bad.wenlu"
    for number in range(1000):
        changed = bytearray(content)
        place = chosen.randrange(len(changed)) if number % 2 else chosen.choice((
            chosen.randrange(200), len(changed) - 1 - chosen.randrange(900)))
        kind = number % 4
        if kind == 3:
            del changed[place:place + chosen.randrange(1, 50)]
        elif kind == 2:
            changed[place:place] = bytes([chosen.randrange(256)])
        else:
            changed[place] ^= 1 << chosen.randrange(8)
        bad.write_bytes(changed)
        with pytest.raises(EngineError, match=r"no whole run capsule"):
            check_capsule(bad)


def signed(path, entries, manifest=None, compression=zipfile.ZIP_STORED):
    """A capsule by someone who knows the format and means harm: its digests are right."""
    import hashlib

    files = {name: {"bytes": len(each), "sha256": hashlib.sha256(each).hexdigest()} for name, each in entries.items()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("manifest.json", json.dumps(manifest or {"format": capsule.FORMAT, "title": "x",
                                                                  "files": files}))
        for name, each in entries.items():
            archive.writestr(name, each)
        archive.comment = b"-" * 64
    body = path.read_bytes()[:-64]
    path.write_bytes(body + hashlib.sha256(body).hexdigest().encode())


@pytest.mark.parametrize(("entries", "compression"), [
    ({"../evil.txt": b"x"}, zipfile.ZIP_STORED), ({"/etc/evil": b"x"}, zipfile.ZIP_STORED),
    ({"tokenizer/../../evil": b"x"}, zipfile.ZIP_STORED), ({"setup.py": b"print(1)"}, zipfile.ZIP_STORED),
    ({}, zipfile.ZIP_DEFLATED)], ids=["above", "absolute", "through", "code", "packed"])
def test_what_has_no_place_in_a_capsule_is_refused_though_its_digests_are_right(made, tmp_path, entries, compression):
    with zipfile.ZipFile(made) as archive:
        good = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}
    signed(tmp_path / "good.wenlu", good)
    assert check_capsule(tmp_path / "good.wenlu")
    signed(tmp_path / "bad.wenlu", {**good, **entries}, compression=compression)
    (tmp_path / "into").mkdir()
    with pytest.raises(EngineError, match="no whole run capsule"):
        unpack_capsule(tmp_path / "bad.wenlu", tmp_path / "into")
    assert not list((tmp_path / "into").iterdir()) and not (tmp_path / "evil.txt").exists()


def test_a_model_that_says_it_is_larger_than_its_weights_is_never_built(made, tmp_path):
    with zipfile.ZipFile(made) as archive:
        good = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}
    from engine.training import checkpoint as checkpoints

    name = next(each for each in good if "step-" in each)
    (tmp_path / "step.safetensors").write_bytes(good[name])
    whole = checkpoints.load(tmp_path / "step.safetensors")
    huge = {**whole.state, "model": {**whole.state["model"], "n_layers": 96, "d_model": 8192, "n_heads": 64}}
    checkpoints.save(tmp_path / "step.safetensors", checkpoints.Checkpoint(whole.tensors, huge))
    signed(tmp_path / "bad.wenlu", {**good, name: (tmp_path / "step.safetensors").read_bytes()})
    with pytest.raises(EngineError, match="its settings ask for"):
        open_run_capsule(tmp_path / "bad.wenlu", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()
