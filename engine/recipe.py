"""All that a person can set in a project, in one value."""

from __future__ import annotations

from engine.cleaning.spec import CleaningSpec
from engine.corpora.split import SplitSpec
from engine.models.spec import ModelSpec
from engine.settings import Spec, setting
from engine.tokenizers.spec import TokenizerSpec
from engine.training.spec import TrainSpec


class Recipe(Spec):
    """How a project's text becomes a model: each part may be set, or left to Wenlu."""

    cleaning: CleaningSpec = setting(CleaningSpec(), "Cleaning", "What is removed or repaired before training.")
    split: SplitSpec = setting(SplitSpec(), "Split", "Which documents are kept apart to measure the model.")
    tokenizer: TokenizerSpec = setting({"kind": "bpe"}, "Tokenizer", "How text is cut into tokens.")
    model: ModelSpec | None = setting(None, "Model", "The kind and shape of the model.",
                                      auto="The largest that should finish in time on this machine")
    training: TrainSpec = setting(TrainSpec(), "Training", "How long and how the model learns.")
