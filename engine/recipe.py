"""All that a person can set in a project, in one value."""

from __future__ import annotations

from collections.abc import Iterator

from engine.cleaning.spec import CleaningSpec
from engine.corpora.split import SplitSpec
from engine.models.spec import ModelSpec
from engine.settings import Problem, Spec, setting
from engine.tasks.task import Task
from engine.tokenizers.spec import TokenizerSpec
from engine.training.spec import TrainSpec
from engine.training.start import StartSpec


class Recipe(Spec):
    """How a project's text becomes a model: each part may be set, or left to Wenlu."""

    cleaning: CleaningSpec = setting(CleaningSpec(), "Cleaning", "What is removed or repaired before training.")
    split: SplitSpec = setting(SplitSpec(), "Split", "Which documents are kept apart to measure the model.")
    task: Task = setting({"kind": "continuation"}, "Task", "What the model learns to do with the text.")
    tokenizer: TokenizerSpec = setting({"kind": "bpe"}, "Tokenizer", "How text is cut into tokens.")
    model: ModelSpec | None = setting(None, "Model", "The kind and shape of the model.",
                                      auto="The largest that should finish in time on this machine")
    start: StartSpec = setting(StartSpec(), "Start", "What training begins with: nothing, or an earlier model.")
    training: TrainSpec = setting(TrainSpec(), "Training", "How long and how the model learns.")

    def check(self) -> Iterator[Problem]:
        """What only some kinds of model can honour must not be asked of others."""
        if self.model is None or self.model.trained_by != "gradient":
            return
        for name, off in (("z_loss", "set it to 0"), ("activation_checkpointing", "turn it off")):
            if getattr(self.training, name) and name not in self.model.honours:
                yield Problem(("training", name), "this kind of model cannot do this", off)
