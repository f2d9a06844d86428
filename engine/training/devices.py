"""What this machine can do, measured rather than assumed."""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import torch

from engine.errors import EngineError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Machine:
    """A device with its measured speed: `flops` are multiplications and additions a second in `precision`.

    `other_precision` multiplies matrices faster; whether it also makes faster steps must be measured with the model.
    """

    device: str
    precision: str
    flops: float
    cores: int
    memory_bytes: int
    other_precision: str | None = None


def choose_device(wanted: str) -> str:
    """The device to use; raises EngineError where the one asked for isn't there."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return "cuda" if there["cuda"] else "mps" if there["mps"] else "cpu"
    if not there[wanted]:
        raise EngineError(f"This machine has no device {wanted} that torch {torch.__version__} can use.",
                          f"It has: {', '.join(name for name, is_there in there.items() if is_there)}.",
                          "Choose auto or cpu, or install a torch build for your GPU.", path=("training", "device"))
    return wanted


def available_cores() -> int:
    """Cores that this process may use, counting twins of one core once."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))


def memory_in_use(device: str) -> int:
    """Bytes that this process holds on the device."""
    if device == "cuda":
        return int(torch.cuda.memory_allocated())
    return int(psutil.Process().memory_info().rss)


def available_memory(device: str) -> int:
    """Bytes that are free on the device."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    return int(psutil.virtual_memory().available)


def synchronize(device: str) -> None:
    """Wait until the device has done all it was given."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def matmul_flops(device: str, precision: str, size: int | None = None, seconds: float = 0.15) -> float:
    """Measured speed of a matrix product, the work that training mostly consists of."""
    size = size or (256 if device == "cpu" else 4096)
    left = torch.ones(size, size, dtype=DTYPES[precision], device=device)
    best = float("inf")
    until = time.perf_counter() + seconds
    while True:
        began = time.perf_counter()
        left @ left
        synchronize(device)
        best = min(best, time.perf_counter() - began)
        if time.perf_counter() > until:
            return 2 * size**3 / best


def choose_precision(device: str, wanted: str) -> tuple[str, float, str | None]:
    """The precision to begin with, its measured speed, and one of 16 bits that is at least 1.3 times as fast."""
    if wanted != "auto":
        return wanted, matmul_flops(device, wanted), None
    speed = matmul_flops(device, "float32")
    other = "float16" if device == "mps" else "bfloat16"
    if device == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        other = "float16"
    return "float32", speed, other if matmul_flops(device, other) > 1.3 * speed else None


def look(device: str = "auto", precision: str = "auto", most_gigabytes: float | None = None) -> Machine:
    """Find and measure the device; takes about half a second. At most `most_gigabytes` of its memory count."""
    chosen = choose_device(device)
    used, flops, other = choose_precision(chosen, precision)
    memory = min(available_memory(chosen), (most_gigabytes or math.inf) * 1e9)
    return Machine(chosen, used, flops, available_cores(), int(memory), other)


@dataclass(frozen=True)
class Pace:
    """How long one step takes with the best number of threads."""

    threads: int
    seconds_per_step: float
    tried: dict[int, float]


def measure_steps(step: Callable[[], Any], device: str, threads: int | None, seconds: float) -> Pace:
    """Run real steps for about so long and choose the number of threads that was fastest.

    The candidates take turns, so that another busy program meets all of them alike; more threads are only chosen
    where they are faster by a clear 5 %. The number of threads is left as chosen.
    """
    if device != "cpu":
        candidates = [threads or torch.get_num_threads()]
    else:
        cores = available_cores()
        candidates = [threads] if threads else sorted({1, max(1, cores // 2), cores})
    took: dict[int, list[float]] = {each: [] for each in candidates}
    step()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or not all(took.values()):
        for each in candidates:
            torch.set_num_threads(each)
            began = time.perf_counter()
            step()
            synchronize(device)
            took[each].append(time.perf_counter() - began)
    medians = {each: statistics.median(times) for each, times in took.items()}
    chosen = candidates[0]
    for each in candidates[1:]:
        if medians[each] < 0.95 * medians[chosen]:
            chosen = each
    torch.set_num_threads(chosen)
    return Pace(chosen, medians[chosen], medians)


def devices() -> Iterator[dict[str, Any]]:
    """What can train here, the fastest first: its name, and the memory that is free now."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    for device in (name for name, is_there in there.items() if is_there):
        name = torch.cuda.get_device_name(0) if device == "cuda" else {"mps": "Apple GPU", "cpu": "CPU"}[device]
        cores = {"cores": available_cores()} if device == "cpu" else {}
        yield {"device": device, "name": name, **cores, "memory_gigabytes": round(available_memory(device) / 1e9, 1)}


def measure() -> Iterator[dict[str, Any]]:
    """Speed of the fastest device here in each precision and number of threads."""
    device = choose_device("auto")
    before = torch.get_num_threads()
    for threads in sorted({1, available_cores()}) if device == "cpu" else [before]:
        torch.set_num_threads(threads)
        for precision in DTYPES:
            speed = matmul_flops(device, precision)
            yield {"device": device, "threads": threads, "precision": precision, "gigaflops": round(speed / 1e9, 1)}
    torch.set_num_threads(before)
