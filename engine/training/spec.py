"""Settings of training: how long, how, and on what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.schedule import ScheduleSpec
from engine.settings import Problem, Spec, setting

Precision = Literal["auto", "float32", "bfloat16", "float16"]
Device = Literal["auto", "cpu", "cuda", "mps"]
Speed = Literal["quiet", "balanced", "full"]


class TrainSpec(Spec):
    """How long and how a model learns; what is left open is chosen by measuring this machine."""

    budget_seconds: float = setting(300.0, "Time", "How long training may take; size and steps are chosen to fit.",
                                    unit="s", low=5, high=30 * 86400, scale="log")
    steps: int | None = setting(None, "Number of steps",
                                "Updates of the weights; a number given here counts, not the time.",
                                low=1, high=100_000_000, scale="log", auto="As many as fit in the time")
    batch_size: int | None = setting(None, "Batch size", "Windows of text that are learnt from at once.",
                                     unit="windows", low=1, high=65_536, scale="log", auto="By model and memory")
    accumulation: int | None = setting(None, "Accumulation",
                                       "Batches gathered for one update, for large steps in little memory.",
                                       unit="batches", low=1, high=4096, level="advanced", auto="1")
    optimizer: OptimizerSpec | None = setting(None, "Optimizer", "The rule that turns gradients into better weights.",
                                              auto="What suits the model")
    schedule: ScheduleSpec | None = setting(None, "Schedule", "How the learning rate changes along the run.",
                                            auto="What suits the optimizer")
    decay_embeddings: bool = setting(False, "Decay embeddings", "Weight decay also pulls at the rows of tokens and "
                                     "positions.", level="advanced")
    decay_output: bool = setting(True, "Decay output", "Weight decay also pulls at the matrix that scores the "
                                 "vocabulary, where it is not the embedding.", level="advanced")
    decay_vectors: bool = setting(False, "Decay gains and biases", "Weight decay also pulls at gains and biases.",
                                  level="advanced")
    gradient_clip: float = setting(1.0, "Gradient clip",
                                   "Longer gradients are shortened to this; 1 000 hardly ever acts.",
                                   low=0.01, high=1000, scale="log", level="advanced")
    label_smoothing: float = setting(0.0, "Label smoothing",
                                     "Share of belief given to all other tokens, against overconfidence.",
                                     low=0, high=0.5, level="advanced")
    z_loss: float = setting(0.0, "Z-loss", "Keeps the scores of the vocabulary from drifting; 0.0001 is usual.", low=0,
                            high=1, level="advanced")
    gradient_noise: float = setting(0.0, "Gradient noise", "Noise added to gradients, less and less along the run; "
                                    "helps deep models to begin.", low=0, high=10, level="advanced")
    weight_average: float | None = setting(None, "Weight average",
                                           "Checks, samples and saved models use an average of the weights along the "
                                           "run; the nearer to 1, the longer past weights count.", low=0.5,
                                           high=0.99999, level="advanced", auto="Off: the last weights")
    activation_checkpointing: bool = setting(False, "Activation checkpointing",
                                             "Compute parts of each step twice rather than keep them; takes about a "
                                             "third longer, in much less memory.", level="advanced")
    seed: int = setting(42, "Seed", "The same seed, text and settings give the same model.", low=0, high=2**32 - 1)
    device: Device = setting("auto", "Device", "What does the arithmetic.", level="advanced",
                             choices={"auto": "The fastest here", "cpu": "CPU", "cuda": "NVIDIA or AMD GPU",
                                      "mps": "Apple GPU"})
    precision: Precision = setting("auto", "Precision", "Numbers of 16 bits are faster on many GPUs, rarely on a CPU.",
                                   level="advanced",
                                   choices={"auto": "The fastest that was measured", "float32": "32 bits",
                                            "bfloat16": "16 bits (bfloat16)", "float16": "16 bits (float16)"})
    compile: bool = setting(False, "Compile", "Translate the model for this machine first; pays off in long runs.",
                            level="advanced")
    threads: int | None = setting(None, "Threads", "Cores that training may use.", low=1, high=1024, level="advanced",
                                  auto="As many as were measured to help")
    memory_gigabytes: float | None = setting(None, "Memory limit",
                                             "Training is planned to stay below it; a larger model is refused.",
                                             unit="GB", low=0.1, high=4096, scale="log", level="advanced",
                                             auto="What is free")
    speed: Speed = setting("balanced", "Speed", "How much of this machine training may take.",
                           choices={"quiet": "Quiet: rests half of the time, so takes longer",
                                    "balanced": "Balanced: gives way to other programs",
                                    "full": "Full: takes all it can get"})
    validate_every: int | None = setting(None, "Validate every", "Steps between two checks on text kept apart.",
                                         unit="steps", low=1, high=10_000_000, scale="log", level="advanced",
                                         auto="Twenty times in a run")
    validation_tokens: int | None = setting(None, "Validation size",
                                            "At most so many tokens are read in each check; the last one reads eight "
                                            "times as many.",
                                            unit="tokens", low=64, high=100_000_000, scale="log", level="advanced",
                                            auto="32 768, fewer on a slow machine")
    patience: int = setting(5, "Patience", "Training ends early after so many checks without gain.", unit="checks",
                            low=1, high=1000, level="advanced")
    sample_every: int | None = setting(None, "Sample every", "Steps between two samples of what the model writes.",
                                       unit="steps", low=1, high=10_000_000, scale="log", level="advanced",
                                       auto="Twenty times in a run")
    sample_prompt: str | None = setting(None, "Sample prompt", "Every sample of the run continues this text.",
                                        auto="The first words of a document kept apart")
    sample_tokens: int = setting(48, "Sample length", "Length of each sample.", unit="tokens", low=1, high=2000,
                                 level="advanced")
    checkpoint_seconds: float = setting(60.0, "Checkpoint every", "At most this much work is lost by a power cut.",
                                        unit="s", low=0.01, high=86400, scale="log", level="advanced")
    baseline: bool = setting(True, "Baseline", "Also count word sequences (a 5-gram), to compare with.")

    def check(self) -> Iterator[Problem]:
        """A prompt must have text, and the weights are averaged once."""
        if self.optimizer is not None and self.optimizer.averages_weights:
            if self.weight_average is not None:
                yield Problem(("weight_average",), "this optimizer averages the weights already",
                              "turn the average off")
            if self.schedule is not None and self.schedule.kind != self.optimizer.usual_schedule:
                yield Problem(("schedule",), "this optimizer needs no falling learning rate",
                              "choose the constant schedule, or leave it open")
        if self.sample_prompt is not None and not self.sample_prompt.strip():
            yield Problem(("sample_prompt",), "the prompt has no text", "Write some words, or leave it to Wenlu")
