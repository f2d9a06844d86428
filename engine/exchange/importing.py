"""A model from elsewhere as a run like any other: a Hugging Face folder with safetensors, read without running code."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors

from engine import storage
from engine.errors import EngineError
from engine.events import CheckpointSaved, Event, JobEnded, JobStarted, Notice, Planned, StageStarted, to_line
from engine.exchange.foreign_config import spec_of
from engine.exchange.foreign_order import BESIDE, KEPT
from engine.exchange.shapes import from_foreign
from engine.models.kinds.transformer.spec import MARKS, TransformerSpec
from engine.runs.folder import RunFolder, checked_name
from engine.settings import to_plain
from engine.tokenizers.cutter import EOS_ID
from engine.tokenizers.kinds.imported import Imported
from engine.tokenizers.tokenizer import Tokenizer
from engine.training import checkpoint
from engine.training.checkpoint import MODEL, Checkpoint
from engine.training.devices import available_memory
from engine.training.memory import check_memory
from engine.work import Work

_LARGEST_JSON = 64 << 20

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Foreign:
    """A model read from a folder: settings, weights in Wenlu's layout and order of ids, tokenizer."""

    spec: TransformerSpec
    tensors: Arrays
    tokenizer: Tokenizer
    dropped_rows: int
    """Rows of the embedding that belong to no piece of its tokenizer."""


def import_folder(folder: Path, runs: Path, project: str, work: Work, name: str | None = None,
                  context_length: int | None = None) -> RunFolder:
    """Make a run of the model in a Hugging Face folder; raises EngineError saying why one cannot be imported."""
    work.report(StageStarted(stage="import"))
    found = read_folder(folder, work, context_length)
    run = RunFolder(runs / (checked_name(name) if name else _free_name(runs, folder)))
    if run.path.exists():
        raise EngineError(f"{run.name} exists already.", "A new name was expected.", "Choose another name.")
    with storage.replacing_folder(run.path) as into:
        _write(found, folder, into, project)
    return run


def read_folder(folder: Path, work: Work, context_length: int | None = None) -> Foreign:
    """Settings, tokenizer and weights of a folder."""
    if not (folder / "config.json").is_file():
        raise EngineError(f"{folder} holds no model.", "A folder of Hugging Face with config.json was expected.",
                          "Choose the folder that config.json lies in.")
    spec = spec_of(_json(folder / "config.json"), context_length)
    files = _weight_files(folder)
    tokenizer = _tokenizer(folder, work)
    for notice in check_memory(3 * 4 * spec.size(tokenizer.vocab_size).parameters, available_memory("cpu")):
        work.report(notice)
    foreign = dict(_weights(files, work))
    rows = len(foreign[_name_of_embedding(foreign)])
    order = tokenizer.foreign_ids or []
    if max(order) >= rows:
        raise EngineError(f"The tokenizer has {max(order) + 1} pieces, the model {rows}.",
                          "A tokenizer that belongs to the model was expected.", "Get the folder anew.")
    spec = spec.model_validate({**to_plain(spec), "missing_marks": _missing(order)})
    try:
        own = from_foreign(spec, _with_usual_names(spec, foreign))
    except (KeyError, ValueError) as error:
        raise EngineError(f"The weights do not fit config.json: {error}.", "All of them and no others were expected.",
                          "Get the folder anew.") from error
    tensors = {name: _in_own_order(array, order, _json(folder / "config.json")) if name in spec.by_token
               else np.ascontiguousarray(array) for name, array in own.items()}
    spec.load(tokenizer.vocab_size, tensors)
    return Foreign(spec, tensors, tokenizer, rows - sum(each >= 0 for each in order))


# reading

def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise ValueError("it is too large")
        found = json.loads(path.read_bytes())
        if not isinstance(found, dict):
            raise ValueError("an object was expected")
    except (OSError, ValueError, RecursionError) as error:
        raise EngineError(f"{path.name} cannot be read: {error}.", "A file of Hugging Face was expected.",
                          "Get the folder anew.") from error
    return found


def _weight_files(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = sorted(set(map(str, _json(index).get("weight_map", {}).values())))
        if not names or any(Path(name).name != name or not name.endswith(".safetensors") for name in names):
            raise EngineError(f"{index.name} names files that are not beside it.",
                              "Files of safetensors were expected.", "Get the folder anew.")
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise EngineError(f"{missing[0]} is missing.", f"{index.name} says that there are {len(names)} files.",
                              "Get the missing files too.")
        return [folder / name for name in names]
    if (folder / "model.safetensors").is_file():
        return [folder / "model.safetensors"]
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")) or any(folder.glob("*.pth")):
        raise EngineError("The weights are in a format that can run foreign code when it is opened (.bin or .pt).",
                          "model.safetensors was expected.",
                          "Open it with transformers where you trust it, and save it again: "
                          "AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER).")
    raise EngineError(f"{folder.name} has no weights.", "model.safetensors was expected.", "Get the missing files too.")


def _weights(files: Sequence[Path], work: Work) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """All tensors by name, in float32."""
    for number, path in enumerate(files):
        try:
            with safetensors.safe_open(path, framework="pt") as opened:
                for name in opened.keys():  # noqa: SIM118  (it is no mapping)
                    work.progress("import", number, len(files), "files", name)
                    yield name, opened.get_tensor(name).float().numpy()
        except (safetensors.SafetensorError, OSError) as error:
            raise EngineError(f"{path.name} cannot be read: {error}.", "A whole file of safetensors was expected.",
                              "Get the file anew.") from error


def _tokenizer(folder: Path, work: Work) -> Tokenizer:
    path = next((folder / name for name in ("tokenizer.json", "tokenizer.model") if (folder / name).is_file()), None)
    if path is None:
        raise EngineError(f"{folder.name} has no tokenizer.", "tokenizer.json or tokenizer.model was expected.",
                          "Get the missing file too, or save the tokenizer of the model there with transformers.")
    return Imported(path=str(path.absolute())).train((), 0, work)


def _name_of_embedding(foreign: Arrays) -> str:
    known = ("model.embed_tokens.weight", "transformer.wte.weight", "wte.weight", "embed_tokens.weight")
    name = next((each for each in known if each in foreign), None)
    if name is None:
        raise EngineError("The weights have no embedding.", "A whole model, not an adapter or a part, was expected.",
                          "Choose the folder of the whole model.")
    return name


def _with_usual_names(spec: TransformerSpec, foreign: Arrays) -> dict[str, npt.NDArray[Any]]:
    """Names with their stem, without buffers that are made anew and without a head that is the embedding."""
    stem = "transformer." if spec.shape == "gpt2" else "model."
    named = {name if name.startswith((stem, "lm_head.")) else stem + name: array for name, array in foreign.items()}
    gone = (".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq")
    return {name: array for name, array in named.items()
            if not name.endswith(gone) and not (spec.is_tied and name == "lm_head.weight")}


# the order of ids

def _missing(order: Sequence[int]) -> list[str]:
    """Marks that are never written, as the other model does not know them; the end must be possible to learn."""
    return [mark for each, mark in enumerate(MARKS) if order[each] < 0 and each != EOS_ID]


def _in_own_order(array: npt.NDArray[Any], order: Sequence[int], config: Mapping[str, Any]) -> npt.NDArray[Any]:
    """Rows by Wenlu's ids. A mark that the model lacks gets a row to begin with: the beginning that of its own."""
    begin = config.get("bos_token_id")
    usual = [each for each in (begin, order[EOS_ID]) if isinstance(each, int) and 0 <= each < len(array)]
    instead = array[usual[0]] if usual else array.mean(0, dtype=np.float64).astype(array.dtype)
    found = array[np.maximum(order, 0)]
    found[np.asarray(order) < 0] = instead
    return found


# the run

def _free_name(runs: Path, folder: Path) -> str:
    stem = "".join("-" if sign in '<>:"/\\|?*' or not sign.isprintable() else sign
                   for sign in folder.resolve().name)[:60].strip(" .") or "model"
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, 10_000))
    return checked_name(next(each for each in names if not (runs / each).exists()))


def _write(found: Foreign, folder: Path, into: Path, project: str) -> None:
    for name in ("checkpoints", "inbox", "tokenizer", BESIDE):
        (into / name).mkdir()
    for name in KEPT:
        if (folder / name).is_file() and (folder / name).stat().st_size <= _LARGEST_JSON:
            storage.write_bytes(into / BESIDE / name, (folder / name).read_bytes())
    found.tokenizer.save(into / "tokenizer")
    path = checkpoint.checkpoint_path(into / "checkpoints", 0)
    plain, size = to_plain(found.spec), found.spec.size(found.tokenizer.vocab_size)
    state = {"step": 0, "why": "last", "loss": None, "model": plain, "vocab_size": found.tokenizer.vocab_size}
    size_bytes = checkpoint.save(path, Checkpoint({MODEL + name: each for name, each in found.tensors.items()}, state))
    config = _json(folder / "config.json")
    RunFolder(into).write_settings({
        "project": project, "created": time.time(), "recipe": {"model": plain}, "resolved": {"model": plain},
        "imported": {"folder": str(folder.absolute()), "model_type": str(config["model_type"])}})
    events: list[Event] = [
        JobStarted(verb="import", process=0, time=time.time(), version=""),
        Planned(model=found.spec.title, parameters=size.parameters, steps=0, tokens_per_step=0, training_tokens=0,
                bytes_per_token=0.0, memory_bytes=size.training_bytes),
        CheckpointSaved(step=0, file=path.name, is_best=False, why="last", size_bytes=size_bytes), *_notices(found),
        JobEnded(status="done")]
    storage.write_text(into / "events.jsonl", "".join(json.dumps(to_line(event)) + "\n" for event in events))


def _notices(found: Foreign) -> Iterator[Notice]:
    yield Notice(level="ok", code="imported", values={"parameters": f"{_count(found):,}"},
                 text="Imported: {parameters} parameters. All weights were there and fit the settings.")
    if found.dropped_rows:
        yield Notice(level="info", code="rows-left-out", values={"rows": found.dropped_rows},
                     text="{rows} rows of the model belong to no piece of its tokenizer and were left out.")


def _count(found: Foreign) -> int:
    return found.spec.size(found.tokenizer.vocab_size).parameters
