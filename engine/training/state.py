"""All that must be known to go on with a training as if it had never stopped: a closed list, written and read here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine import __version__
from engine.models.layers.lora import is_adapter
from engine.models.tensors import arrays_of, fill
from engine.training.batches import Position
from engine.training.checkpoint import ADAPTER, AVERAGE, CARRIED, MODEL, OPTIMIZER, RANDOM, TRAINED, Checkpoint
from engine.training.learner import Learner
from engine.training.refit import TimeKeeper
from engine.training.spec import Speed


@dataclass
class Standing:
    """Where a training stands. Losses in nats per token, `seconds` of work over all lives of the run."""

    step: int = 0
    position: Position = field(default_factory=Position)
    tokens: int = 0
    seconds: float = 0.0
    validated_at: int = -1
    loss: float | None = None
    best_step: int = -1
    best_loss: float | None = None
    checks_without_gain: int = 0
    speed: Speed | None = None
    setbacks: int = 0
    """How often this run went back to a checkpoint by itself."""
    skipped: tuple[Position, ...] = ()
    """Batches that are passed over, as they led to a loss that jumped or was no number."""


@dataclass(frozen=True)
class Origin:
    """What a training was made of: a continued run repeats the uninterrupted one only where all of it is the same."""

    model: dict[str, Any]
    training: dict[str, Any]
    vocab_size: int
    tokens_digest: str
    tokenizer_digest: str
    start: str | None = None
    """What it began with, where that was an earlier model."""


WORDS = {"torch": "the version of torch", "wenlu": "the version of Wenlu", "device": "the device",
         "arithmetic": "the processor", "threads": "the number of threads", "tokens": "the training text",
         "tokenizer": "the tokenizer", "model": "the model's settings", "training": "the training settings",
         "random": "the state of chance", "optimizer": "the state of the optimizer",
         "average": "the averaged weights", "trained": "the weights beside the averaged ones",
         "start": "the earlier model", "order": "the order of additions on a GPU"}
"""What a restart may find missing or changed, in words."""


def _surroundings(learner: Learner, origin: Origin) -> dict[str, Any]:
    return {"wenlu": __version__, "torch": torch.__version__, "device": learner.course.device,
            "arithmetic": arithmetic(learner.course.device), "threads": torch.get_num_threads(),
            "tokens": origin.tokens_digest, "tokenizer": origin.tokenizer_digest, "training": origin.training,
            "start": origin.start}


def arithmetic(device: str) -> str:
    """What does the arithmetic, as far as it decides the last bits of a result."""
    return torch.cuda.get_device_name() if device == "cuda" else torch.backends.cpu.get_cpu_capability()


def snapshot(learner: Learner, standing: Standing, origin: Origin, why: str,
             time: TimeKeeper | None = None) -> Checkpoint:
    """A copy of everything, so that training can go on while it is written."""
    with learner.with_kept_weights():
        every = arrays_of(learner.network)
    tensors = {MODEL + name: array for name, array in every.items() if not is_adapter(name)}
    tensors |= {ADAPTER + name: every[name] for name in learner.adapting}
    if learner.is_averaging:
        every = arrays_of(learner.network)
        tensors |= {TRAINED + name: every[name] for name in learner.adapting or every}
    if learner.average is not None:
        tensors |= {AVERAGE + name: _copy(tensor) for name, tensor in learner.average.state_tensors().items()}
    tensors |= {OPTIMIZER + name: _copy(tensor) for name, tensor in learner.optimizer.state_tensors().items()}
    tensors |= {f"{CARRIED}{number}": _copy(tensor) for number, tensor in enumerate(learner.carried or ())}
    tensors[RANDOM + "cpu"] = _copy(torch.get_rng_state())
    if learner.course.device == "cuda":
        tensors[RANDOM + "cuda"] = _copy(torch.cuda.get_rng_state())
    state = {
        "why": why, "step": standing.step, "epoch": standing.position.epoch, "index": standing.position.index,
        "tokens": standing.tokens, "seconds": round(standing.seconds, 3),
        "validated_at": standing.validated_at, "validation_loss": standing.loss,
        "loss": standing.loss if standing.validated_at == standing.step else None,
        "best_step": standing.best_step, "best_loss": standing.best_loss,
        "checks_without_gain": standing.checks_without_gain, "speed": standing.speed,
        "setbacks": standing.setbacks, "skipped": [[each.epoch, each.index] for each in standing.skipped],
        "loss_scale": learner.loss_scale.scale, "good_steps": learner.loss_scale.good_steps,
        "optimizer_tensors": sum(name.startswith(OPTIMIZER) for name in tensors),
        "at_once": learner.at_once, "model": origin.model, "vocab_size": origin.vocab_size,
        "surroundings": _surroundings(learner, origin),
    }
    return Checkpoint(tensors, {**state, "time": time.state()} if time is not None else state)


def training_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """The training settings that a checkpoint was made with; those of a run left to its time change on the way."""
    settings: dict[str, Any] = checkpoint.state["surroundings"]["training"]
    return settings


def time_of(checkpoint: Checkpoint) -> TimeKeeper | None:
    """What is known of the time of the run; None where its number of steps was set."""
    state = checkpoint.state.get("time")
    return TimeKeeper.from_state(state) if state is not None else None


def _copy(tensor: Tensor) -> np.ndarray[Any, Any]:
    return tensor.detach().cpu().clone().contiguous().numpy()


def restore(learner: Learner, checkpoint: Checkpoint, origin: Origin) -> tuple[Standing, list[str]]:
    """Put everything back; returns the standing and what differs or is missing, in words (nothing: exact)."""
    state = checkpoint.state
    trained = checkpoint.part(TRAINED) or checkpoint.part(ADAPTER) or checkpoint.part(MODEL)
    fill(learner.network, {**arrays_of(learner.network), **trained} if learner.adapting else trained)
    learner.begin_anew()
    learner.steps_made = state["step"]
    missing = (_restore_optimizer(learner, checkpoint) + _restore_average(learner, checkpoint)
               + _restore_chance(learner, checkpoint))
    carried = checkpoint.part(CARRIED)
    learner.carried = tuple(torch.from_numpy(carried[str(number)]).to(learner.course.device)
                            for number in range(len(carried))) or None
    learner.loss_scale.scale, learner.loss_scale.good_steps = state["loss_scale"], state["good_steps"]
    learner.at_once = state["at_once"]
    was, now = state["surroundings"], _surroundings(learner, origin)
    missing += [WORDS[name] for name in now if now[name] != was.get(name)]
    if state["model"] != origin.model:
        missing.append(WORDS["model"])
    if learner.course.device != "cpu":
        missing.append(WORDS["order"])
    standing = Standing(state["step"], Position(state["epoch"], state["index"]), state["tokens"], state["seconds"],
                        state["validated_at"], state["validation_loss"], state["best_step"], state["best_loss"],
                        state["checks_without_gain"], state.get("speed"), state.get("setbacks", 0),
                        tuple(Position(*each) for each in state.get("skipped", ())))
    return standing, missing


def _restore_optimizer(learner: Learner, checkpoint: Checkpoint) -> list[str]:
    found = {name: torch.from_numpy(array) for name, array in checkpoint.part(OPTIMIZER).items()}
    if len(found) != checkpoint.state["optimizer_tensors"]:
        return [WORDS["optimizer"]]
    learner.optimizer.load_state_tensors(found)
    return []


def _restore_average(learner: Learner, checkpoint: Checkpoint) -> list[str]:
    if learner.is_averaging and not checkpoint.part(TRAINED):
        return [WORDS["trained"]]
    if learner.average is None:
        return []
    found = {name: torch.from_numpy(array) for name, array in checkpoint.part(AVERAGE).items()}
    if not found:
        return [WORDS["average"]]
    kept = checkpoint.part(ADAPTER) or checkpoint.part(MODEL)
    learner.average.load_state_tensors(found, {name: torch.from_numpy(array) for name, array in kept.items()})
    return []


def _restore_chance(learner: Learner, checkpoint: Checkpoint) -> list[str]:
    chance = checkpoint.part(RANDOM)
    missing = []
    if "cpu" in chance:
        torch.set_rng_state(torch.from_numpy(chance["cpu"]))
    else:
        missing.append(WORDS["random"])
    if learner.course.device == "cuda":
        if "cuda" in chance:
            torch.cuda.set_rng_state(torch.from_numpy(chance["cuda"]))
        else:
            missing.append(WORDS["random"])
    return missing
