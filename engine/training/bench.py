"""How fast a model trains here: tokens a second, and the share of a plain matrix product's speed that is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from engine.errors import EngineError
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.models.spec import ModelSpec
from engine.optimization.schedules.constant import Constant
from engine.settings import from_plain, to_plain
from engine.training.batches import Position, batches_for
from engine.training.course import course_of
from engine.training.devices import choose_device, choose_precision, matmul_flops, measure_steps, memory_in_use
from engine.training.learner import Learner
from engine.training.spec import TrainSpec

VOCABULARY = 2000
_TRACED_STEPS = 3


def bench_training(model: ModelSpec | None, spec: TrainSpec, seconds: float = 5.0,
                   trace: Path | None = None) -> dict[str, Any]:
    """Train on tokens of chance for about so long; the weights are thrown away.

    `utilisation` is the arithmetic of the steps a second (FLOPs after the model's own count, forward and backward)
    over the speed of a matrix product measured here, before and after, on as many threads. With `trace`, three more
    steps are written there as torch.profiler sees them, for chrome://tracing or Perfetto.
    """
    model = model or TransformerSpec()
    if model.trained_by != "gradient":
        raise EngineError(f"{model.title} is not trained by gradients.",
                          "A model that learns step by step was expected.",
                          "Choose another kind of model.", path=("model", "kind"))
    device = choose_device(spec.device)
    precision = choose_precision(device, spec.precision)[0]
    context = int(getattr(model, "context_length", 256))
    course = course_of(from_plain(TrainSpec, {
        **to_plain(spec), "steps": 1000, "threads": spec.threads or 1, "validate_every": 500, "sample_every": 500,
        "device": device, "precision": precision, "batch_size": spec.batch_size or max(1, 2048 // context),
        "accumulation": spec.accumulation or 1, "optimizer": to_plain(spec.optimizer or model.usual_optimizer()),
        "schedule": to_plain(spec.schedule or Constant())}))
    learner = Learner(model.build(VOCABULARY, spec.seed), course)
    ids = np.random.default_rng(spec.seed).integers(4, VOCABULARY, 64 * context * course.windows_per_step + 1,
                                                    dtype=np.uint16)
    batches = batches_for(learner.network, ids, spec.seed, course.windows_per_step)
    inputs, targets, _ = batches.take(Position(), course.windows_per_step)
    before = matmul_flops(device, precision)
    pace = measure_steps(lambda: learner.step(inputs, targets, 1e-3), device, spec.threads, seconds)
    peak = max(before if device != "cpu" else 0.0, matmul_flops(device, precision))
    if trace is not None:
        _trace(learner, inputs, targets, trace)
    size = model.size(VOCABULARY)
    tokens = targets.size / pace.seconds_per_step
    used = tokens * size.flops_per_token
    return {"model": model.kind, "parameters": size.parameters, "device": device, "precision": precision,
            "threads": pace.threads, "tokens_per_step": int(targets.size),
            "milliseconds_per_step": round(1000 * pace.seconds_per_step, 2), "tokens_per_second": round(tokens),
            "gigaflops": round(used / 1e9, 1), "matrix_product_gigaflops": round(peak / 1e9, 1),
            "utilisation": round(used / peak, 3), "memory_megabytes": round(memory_in_use(device) / 1e6),
            "load": round(psutil.getloadavg()[0], 1), "torch": torch.__version__}


def _trace(learner: Learner, inputs: Any, targets: Any, path: Path) -> None:
    with torch.profiler.profile(record_shapes=True) as profile:
        for _ in range(_TRACED_STEPS):
            learner.step(inputs, targets, 1e-3)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        profile.export_chrome_trace(str(path))
    except (OSError, RuntimeError) as error:
        raise EngineError(f"The trace could not be written to {path}.", "A file in a folder that may be written.",
                          "Choose another place.") from error
