"""A budget becomes steps, checks and samples that fit into it; what is fixed stays fixed."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from engine.errors import EngineError
from engine.events import StepDone
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.settings import to_plain
from engine.training import advice, devices, planner
from engine.training.advice import choose
from engine.training.count import Texts
from engine.training.course import Course, course_of
from engine.training.devices import Machine, Pace, look, measure_steps
from engine.training.environment import environment_for
from engine.training.learner import LossScale
from engine.training.memory import needed_bytes
from engine.training.pace import Pace as StepPace
from engine.training.planner import Measured, baseline_seconds, fit, plan
from engine.training.refit import TimeKeeper
from engine.training.spec import Speed, TrainSpec
from tests.engine.training.small_training import TINY, Bench, changed_spec

MACHINE = Machine("cpu", "float32", 50e9, 2, 8_000_000_000)


def _fitted(bench: Bench, spec: TrainSpec, step: float = 0.1, validation: float = 0.5, sample: float = 0.3,
            seconds: float | None = None) -> tuple[Course, float]:
    """The course, and how long it would take if everything took as long as measured."""
    choice = replace(choose(spec, TINY, bench.texts, MACHINE), most_windows=10**9)
    measured = Measured(Pace(1, step, {1: step}), validation, sample)
    training, measured = fit(choice, measured, bench.texts, seconds or spec.budget_seconds)
    course, validation = course_of(training), measured.validation
    took = course.steps * step + baseline_seconds(spec, bench.texts)
    took += sum(validation for number in range(1, course.steps + 1) if course.is_validation_due(number))
    return course, took + sum(sample for number in range(1, course.steps + 1) if course.is_sample_due(number))


@pytest.mark.parametrize("budget", [30.0, 60.0, 300.0, 3600.0])
@pytest.mark.parametrize("step", [0.002, 0.05, 0.4])
@pytest.mark.parametrize("validation", [0.01, 0.5, 3.0])
def test_all_of_it_ends_within_the_time_and_little_is_left(bench: Bench, budget: float, step: float,
                                                           validation: float) -> None:
    course, took = _fitted(bench, TrainSpec(budget_seconds=budget), step, validation)
    assert 0.75 * budget < took < budget
    assert course.steps * step > 0.5 * budget


def test_a_quiet_run_plans_for_its_rests(bench: Bench) -> None:
    for step in (0.05, 0.4, 1.8):
        rest = min(step, 1.0)
        quiet, took = _fitted(bench, TrainSpec(budget_seconds=300, speed="quiet"), step)
        full, _ = _fitted(bench, TrainSpec(budget_seconds=300, speed="full"), step)
        assert 0.75 * 300 < took + quiet.steps * rest < 300
        assert quiet.steps == pytest.approx(full.steps * step / (step + rest), rel=0.02)
    made = plan(TrainSpec(threads=1, budget_seconds=10, speed="quiet"), TINY, bench.texts, MACHINE)
    assert made.planned.expected_seconds is not None
    assert made.planned.expected_seconds > 1.9 * made.planned.steps * made.measured.pace.seconds_per_step


def test_the_time_left_counts_the_rests() -> None:
    pace = StepPace()
    pace.add(1.0, 1.0, 100, 0.5, rest=0.5)
    assert pace.seconds_left(10, {}, "quiet") == 10.0 and pace.seconds_left(10, {}, "balanced") == 5.0
    assert pace.means()[2] == 100.0


@pytest.mark.skipif(os.name == "nt", reason="Windows has classes of priority instead")
@pytest.mark.parametrize("speed", get_args(Speed))
def test_all_threads_of_a_training_process_give_way_unless_at_full_speed(speed: str) -> None:
    code = ("import os, threading; from engine.training.environment import *; from engine.training.speed import *\n"
            "stay = threading.Event(); before = threading.Thread(target=stay.wait); before.start()\n"
            f"prepare_process(TrainSpec(speed={speed!r}))\n"
            "after = threading.Thread(target=stay.wait); after.start()\n"
            "print(*(os.getpriority(os.PRIO_PROCESS, each) for each in (0, before.native_id, after.native_id)))\n"
            "stay.set()")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    threads = slice(None) if sys.platform.startswith("linux") else slice(1)
    assert set(done.stdout.split()[threads]) == {str(mine if speed == "full" else max(10, mine))}


def test_steps_that_are_given_count_and_not_the_time(bench: Bench) -> None:
    course, _ = _fitted(bench, TrainSpec(steps=123456, budget_seconds=5))
    assert course.steps == 123456 and course.validate_every == 6173


def test_a_small_text_is_not_read_more_often_than_is_useful(bench: Bench) -> None:
    choice = choose(TrainSpec(budget_seconds=86400), TINY, bench.texts, MACHINE)
    training, _ = fit(choice, Measured(Pace(1, 0.001, {1: 0.001}), 0.01, 0.01), bench.texts, 86400)
    course = course_of(training)
    assert course.steps * course.windows_per_step <= choice.most_windows
    made = plan(TrainSpec(budget_seconds=86400, threads=1), TINY, bench.texts, replace(MACHINE, flops=1e12))
    assert "by heart" in next(each.reason for each in made.advised if each.path == "training.steps")


def test_what_is_set_stays_and_is_not_called_advice(bench: Bench) -> None:
    spec = TrainSpec(batch_size=3, accumulation=2, optimizer={"kind": "sgd"}, schedule={"kind": "cosine"}, device="cpu",
                     precision="float32", threads=1, budget_seconds=20)
    made = plan(spec, TINY, bench.texts, MACHINE)
    assert made.model == TINY and not {each.path for each in made.advised} - {
        "training.steps", "training.validate_every"}
    for name in ("batch_size", "accumulation", "optimizer", "schedule", "threads"):
        assert getattr(made.training, name) == getattr(spec, name)


def test_planning_draws_no_chance_that_training_uses(bench: Bench) -> None:
    before = torch.get_rng_state()
    plan(TrainSpec(threads=1, budget_seconds=10), TINY, bench.texts, MACHINE)
    assert torch.equal(before, torch.get_rng_state())


def test_a_model_too_large_for_the_memory_is_refused_with_numbers(bench: Bench) -> None:
    with pytest.raises(EngineError, match=r"needs 0\.0 GB"):
        plan(TrainSpec(), TINY, bench.texts, replace(MACHINE, memory_bytes=1000))


LARGE = TransformerSpec(n_layers=8, d_model=512, n_heads=8, context_length=256, ngram_buckets=8192)


def test_a_batch_that_would_not_fit_is_learnt_in_parts(bench: Bench) -> None:
    spec, vocab_size = TrainSpec(budget_seconds=30 * 86400), bench.texts.train.vocab_size
    much = Texts(copy.copy(bench.texts.train), bench.texts.validation)
    much.train.tokens = 100_000_000
    roomy, narrow = (choose(spec, LARGE, much, replace(MACHINE, flops=1e13, memory_bytes=memory))
                     for memory in (10**12, 3 * 10**9))
    assert roomy.batch_size > narrow.batch_size >= 1 == roomy.accumulation
    assert narrow.batch_size * narrow.accumulation >= roomy.batch_size
    needed = needed_bytes(LARGE.size(vocab_size), narrow.batch_size * 256)
    assert needed < 0.6 * 3e9 < needed_bytes(LARGE.size(vocab_size), 2 * narrow.batch_size * 256)
    last = {each.path: each.value for each in narrow.advised}
    assert (last["training.batch_size"], last["training.accumulation"]) == (narrow.batch_size, narrow.accumulation)
    fixed = choose(changed_spec(spec, batch_size=64), LARGE, much, replace(MACHINE, memory_bytes=10**9))
    assert fixed.batch_size == 64


def test_tight_memory_is_said_and_too_little_is_refused_with_what_a_step_remembers(bench: Bench) -> None:
    spec = TrainSpec(batch_size=16, threads=1, budget_seconds=5, steps=1)
    size = TINY.size(bench.texts.train.vocab_size)
    needed = needed_bytes(size, 16 * TINY.context_length)
    assert needed - needed_bytes(size, 0) == 16 * TINY.context_length * size.activation_bytes_per_token > 0
    made = plan(spec, TINY, bench.texts, replace(MACHINE, memory_bytes=int(needed / 0.8)))
    assert made.planned.memory_bytes == needed and made.notices[0].code == "memory-tight"
    assert "memory-tight" not in [each.code for each in plan(spec, TINY, bench.texts, MACHINE).notices]
    with pytest.raises(EngineError, match="does not fit"):
        plan(spec, TINY, bench.texts, replace(MACHINE, memory_bytes=needed))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak since a moment")
@pytest.mark.parametrize("shape", ["fast", "llama", "gpt2"])
def test_the_memory_that_is_foretold_is_about_what_a_training_takes(shape: str) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.engine.training.peak_memory", shape], check=True,
                          capture_output=True, text=True, cwd=Path(__file__).parents[3])
    foretold, peak = map(int, done.stdout.split())
    assert 0.7 < foretold / peak < 1.5


def test_more_threads_are_only_chosen_where_they_are_clearly_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    seconds = {1: 1.0, 2: 0.97, 4: 0.6}
    monkeypatch.setattr(devices, "available_cores", lambda: 4)
    monkeypatch.setattr(devices.time, "perf_counter", lambda: now[0])

    def step() -> None:
        now[0] += seconds[torch.get_num_threads()]

    torch.set_num_threads(1)
    assert measure_steps(step, "cpu", None, 5.0).threads == 4
    seconds[4] = 0.99
    torch.set_num_threads(1)
    assert measure_steps(step, "cpu", None, 5.0).threads == 1
    assert measure_steps(step, "cpu", 2, 5.0).threads == 2 == torch.get_num_threads()


def test_sixteen_bits_are_only_chosen_where_they_are_clearly_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = {"float32": 100.0, "bfloat16": 120.0, "float16": 500.0}
    monkeypatch.setattr(devices, "matmul_flops", lambda device, precision: speeds[precision])
    assert devices.choose_precision("cpu", "auto") == ("float32", 100.0, None)
    speeds["bfloat16"] = 900.0
    assert devices.choose_precision("cpu", "auto") == ("float32", 100.0, "bfloat16")
    assert devices.choose_precision("cpu", "float16") == ("float16", 500.0, None)


@pytest.mark.parametrize(("seconds", "chosen"), [(0.5, "bfloat16"), (0.9, "float32"), (3.0, "float32")])
def test_a_faster_matrix_product_must_also_make_faster_steps(bench: Bench, monkeypatch: pytest.MonkeyPatch,
                                                             seconds: float, chosen: str) -> None:
    paces = {"float32": Pace(1, 1.0, {1: 1.0}), "bfloat16": Pace(1, seconds, {1: seconds})}
    real_trial = planner._trial

    def trial(choice: Any, texts: Any, device: str, precision: str, threads: Any, _: float) -> Any:
        return real_trial(choice, texts, device, "float32", threads, 0.0)[0], paces[precision]

    monkeypatch.setattr(planner, "_trial", trial)
    made = plan(TrainSpec(threads=1), TINY, bench.texts, replace(MACHINE, other_precision="bfloat16"))
    assert made.training.precision == chosen


def test_checks_read_less_where_they_would_take_long(bench: Bench) -> None:
    choice = choose(TrainSpec(budget_seconds=60), TINY, bench.texts, MACHINE)
    long = Texts(bench.texts.train, copy.copy(bench.texts.validation))
    long.validation.tokens = 1_000_000
    for seconds, tokens in ((0.1, 32_768), (0.6, range(10_000, 32_000)), (20.0, 4096)):
        found, measured = fit(choice, Measured(Pace(1, 0.05, {1: 0.05}), seconds, 0.1), long, 60.0)
        assert found.validation_tokens in (tokens if isinstance(tokens, range) else (tokens,))
        assert measured.validation == pytest.approx(seconds * found.validation_tokens / 32_768, rel=1e-3)


def test_a_device_that_is_not_there_is_refused_by_name() -> None:
    missing = next(name for name in ("mps", "cuda") if not {"cuda": torch.cuda.is_available(),
                                                            "mps": torch.backends.mps.is_available()}[name])
    with pytest.raises(EngineError, match=f"no device {missing}"):
        devices.choose_device(missing)


def test_this_machine_can_be_measured() -> None:
    assert list(devices.devices())[-1]["cores"] >= 1
    assert all(figure["gigaflops"] > 0 for figure in devices.measure())


def test_the_loss_scale_halves_on_overflow_and_grows_back() -> None:
    scale = LossScale(1024.0)
    scale.adapt(False)
    assert scale.scale == 512.0
    for _ in range(1000):
        scale.adapt(True)
    assert scale.scale == 1024.0 and scale.good_steps == 0


def test_waiting_threads_sleep_unless_full_speed_was_asked_for() -> None:
    assert environment_for(TrainSpec())["OMP_WAIT_POLICY"] == "passive"
    assert environment_for(TrainSpec(speed="full"))["OMP_WAIT_POLICY"] == "active"


def test_settings_and_environment_need_no_torch() -> None:
    code = "import sys, engine.training.spec, engine.training.environment, engine.training.checkpoint; " \
           "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=False).returncode == 0


def test_a_plan_survives_run_toml(bench: Bench) -> None:
    made: Any = plan(TrainSpec(threads=1, budget_seconds=10), TINY, bench.texts, MACHINE)
    assert TrainSpec.model_validate(to_plain(made.training)) == made.training
    assert made.notices and made.notices[0].code == "small-text"
    assert bench.texts.train.bytes < advice.SMALL_TEXT_BYTES


def _told(step: int, seconds_left: float) -> StepDone:
    return StepDone(step=step, tokens=0, loss=1, bits_per_byte=1, learning_rate=1, gradient_norm=1,
                    tokens_per_second=1, memory_bytes=1, seconds_left=seconds_left)


REFITTED = TrainSpec(steps=1000, validate_every=50, sample_every=50)


@pytest.mark.parametrize(("seconds_left", "steps"), [(270.0, None), (540.0, 514), (135.0, 1904)])
def test_a_run_keeps_its_time_on_a_machine_of_another_speed(seconds_left: float, steps: int | None) -> None:
    keeper = TimeKeeper(300.0, began=10.0, most_steps=10**6)
    assert keeper.refitted(REFITTED, 27.0, _told(50, 10_000.0)) is None
    found = keeper.refitted(REFITTED, 28.5, _told(50, seconds_left))
    assert (found and found.steps) == (steps and pytest.approx(steps, rel=0.05))
    if found:
        assert found.validate_every == pytest.approx(found.steps / 20, abs=1) == found.sample_every
    assert keeper.refitted(REFITTED, 29.0, _told(51, seconds_left)) is None


def test_time_to_spare_is_not_spent_on_learning_by_heart() -> None:
    keeper = TimeKeeper(300.0, 0.0, most_steps=1000)
    assert keeper.refitted(REFITTED, 20.0, _told(50, 30.0)) is None


def test_a_memory_limit_counts_as_the_memory_there_is() -> None:
    assert look("cpu", "float32", 0.5).memory_bytes == 500_000_000
    assert look("cpu", "float32").memory_bytes > 500_000_000
