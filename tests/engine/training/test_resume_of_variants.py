"""A model with experts and an attention window goes on after a cut to the very same bits."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.models.kinds.transformer.spec import TransformerSpec
from tests.engine.training.small_training import Bench
from tests.engine.training.test_resume import NewRun, _check_all_cuts

MODEL = TransformerSpec(shape="llama", n_layers=2, d_model=16, n_heads=2, context_length=16, dropout=0.1, window=4,
                        n_experts=4)


def test_experts_and_a_window_go_on_to_the_same_bits(bench: Bench, new_run: NewRun, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = Bench.lesson
    monkeypatch.setattr(Bench, "lesson", lambda self, folder, course: prepare(self, folder, course, MODEL))
    _check_all_cuts(bench, new_run, bench.course(steps=12, accumulation=2, batch_size=2), tmp_path, every=3)
