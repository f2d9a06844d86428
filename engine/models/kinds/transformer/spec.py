"""Settings of a Transformer; no torch here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy.typing as npt

from engine.models.language_model import LanguageModel
from engine.models.spec import Matrix, ModelSpec, Size
from engine.optimization.optimizer import OptimizerSpec
from engine.settings import Problem, setting

if TYPE_CHECKING:
    from engine.models.kinds.transformer.network import Transformer

Shape = Literal["fast", "llama", "gpt2"]
RopeScaling = Literal["none", "linear", "llama3"]

MARKS = ("unk", "bos", "eos", "pad")
"""Unknown, beginning, end and padding, in the order of their ids."""


class TransformerSpec(ModelSpec, kind="transformer", title="Transformer"):
    """Predicts the next token by attending to all earlier ones in the window.

    Source: Vaswani et al. 2017 (arXiv:1706.03762); norm before each block after Xiong et al. 2020 (arXiv:2002.04745).
    """

    honours: ClassVar[frozenset[str]] = frozenset({"z_loss", "activation_checkpointing"})
    free_to_change: ClassVar[frozenset[str]] = frozenset({
        "context_length", "dropout", "balance_weight", "ngram_dropout"})
    by_token: ClassVar[dict[str, int]] = {"embedding": 0, "head.weight": 0}

    shape: Shape = setting("fast", "Shape", "How the blocks are built; other programs know those of Llama and GPT-2.",
                           choices={"fast": "Fast", "llama": "Llama", "gpt2": "GPT-2"})
    n_layers: int = setting(4, "Layers", "Blocks stacked on each other.", low=1, high=96)
    d_model: int = setting(256, "Width", "Numbers that describe each token inside the model.", low=8, high=8192,
                           scale="log")
    n_heads: int = setting(4, "Heads", "Parallel attentions in a block.", low=1, high=128)
    context_length: int = setting(256, "Context", "How many tokens the model sees at once.", unit="tokens",
                                  low=8, high=32768, scale="log")
    dropout: float = setting(0.1, "Dropout", "Share of the numbers that is hidden at each training step, against "
                             "learning by heart.", low=0.0, high=0.9)
    n_kv_heads: int | None = setting(None, "Key and value heads", "Fewer than heads saves memory when writing.",
                                     low=1, high=128, level="advanced", auto="As many as heads")
    d_ff: int | None = setting(None, "Inner width", "Numbers computed in the middle of each block.", low=8, high=65536,
                               level="advanced", scale="log", auto="As usual for the shape")
    tie_embeddings: bool | None = setting(None, "Share input and output", "Use one matrix to read and to predict "
                                          "tokens.", level="advanced", auto="Only in the shape of GPT-2")
    rope_theta: float = setting(10_000.0, "Position base", "Larger tells positions apart over longer distances; not "
                                "used in the shape of GPT-2.", low=100.0, high=10_000_000.0, level="advanced",
                                scale="log")
    rope_scaling: RopeScaling = setting(
        "none", "Longer positions", "How positions are told apart beyond the length that a model was first trained "
        "with. Llama shape only.", level="advanced",
        choices={"none": "As they are", "linear": "All squeezed", "llama3": "Slow ones squeezed (Llama 3)"})
    rope_factor: float = setting(8.0, "Longer by", "How many times longer. Acts with longer positions.", low=1.0,
                                 high=1024.0, level="advanced", scale="log")
    rope_original_length: int = setting(8192, "First length", "The context that a model was first trained with. Acts "
                                        "with slow positions squeezed.", unit="tokens", low=8, high=1_048_576,
                                        level="advanced", scale="log")
    rope_low: float = setting(1.0, "Squeezed from", "Positions that turn fewer times than this in the first length are "
                              "squeezed. Acts with slow positions squeezed.", low=0.01, high=1024.0, level="advanced")
    rope_high: float = setting(4.0, "Left alone from", "Positions that turn more often than this in the first length "
                               "stay as they are. Acts with slow positions squeezed.", low=0.01, high=1024.0,
                               level="advanced")
    d_head: int | None = setting(None, "Head width", "Numbers in each head. Llama shape only.", low=2, high=1024,
                                 level="advanced", auto="The width over the heads")
    qkv_bias: bool = setting(False, "Biases of attention", "Add learned numbers to queries, keys and values, as Qwen2 "
                             "does. Llama shape only.", level="advanced")
    norm_epsilon: float | None = setting(None, "Norm epsilon", "Keeps norms from dividing by zero; other programs have "
                                         "other values. Not in the fast shape.", low=1e-12, high=0.01,
                                         level="advanced", scale="log", auto="As usual for the shape")
    missing_marks: tuple[str, ...] = setting((), "Marks never written", "Of unk, bos, eos and pad those that an "
                                             "imported model does not know.", level="advanced")
    window: int | None = setting(None, "Attention window", "How many of the latest tokens each token looks at; fewer "
                                 "is faster and saves memory in a long context. Llama shape only.", unit="tokens",
                                 low=2, high=32768, level="advanced", scale="log", auto="The whole context")
    n_experts: int = setting(1, "Experts", "Feed-forward parts in each block, of which each token uses a few; 1 turns "
                             "this off. Llama shape only.", low=1, high=64, level="advanced")
    experts_per_token: int = setting(2, "Experts for each token", "How many of the experts each token uses; more is "
                                     "slower. Acts with several experts.", low=1, high=64, level="advanced")
    balance_weight: float = setting(0.01, "Even use of experts", "How strongly training keeps all experts in use. Acts "
                                    "with several experts.", low=0.0, high=1.0, level="advanced")
    ngram_orders: int = setting(3, "Token groups up to", "The last two, three, … tokens together also describe a "
                                "token; 1 turns this off. Fast shape only.", unit="tokens", low=1, high=5,
                                level="advanced")
    ngram_buckets: int = setting(8192, "Rows for token groups", "Rows of the table for groups of each length; more "
                                 "rows, fewer groups that share one. Fast shape only.", low=256, high=4_194_304,
                                 level="advanced", scale="log")
    ngram_dropout: float = setting(0.3, "Dropout of token groups", "Share of the rows of the table that is hidden at "
                                   "each training step. Fast shape only.", low=0.0, high=0.95, level="advanced")
    logit_cap: float = setting(15.0, "Score limit", "Scores are bent smoothly below this, which keeps training steady; "
                               "1 000 hardly ever acts. Fast shape only.", low=1.0, high=1000.0, level="advanced",
                               scale="log")

    @property
    def head_width(self) -> int:
        """Numbers in each head."""
        return self.d_head if self.d_head is not None and self.shape == "llama" else self.d_model // self.n_heads

    @property
    def attention_width(self) -> int:
        """Numbers in all heads together."""
        return self.n_heads * self.head_width

    @property
    def unwritten(self) -> tuple[int, ...]:
        """Ids that are never written."""
        return tuple(each for each, mark in enumerate(MARKS) if mark in self.missing_marks)

    @property
    def kv_heads(self) -> int:
        """Key and value heads in use."""
        return self.n_kv_heads or self.n_heads

    @property
    def span(self) -> int:
        """How many tokens each token looks at, at the most."""
        return min(self.window or self.context_length, self.context_length)

    @property
    def inner_width(self) -> int:
        """The width in the middle of a block: 4 times the model's, or 8/3 rounded up where a third matrix gates it."""
        if self.d_ff is not None:
            return self.d_ff
        return -(-8 * self.d_model // 3 // 32) * 32 if self.shape == "llama" else 4 * self.d_model

    @property
    def is_tied(self) -> bool:
        """Whether input and output share one matrix."""
        return self.shape == "gpt2" if self.tie_embeddings is None else self.tie_embeddings

    @property
    def has_ngrams(self) -> bool:
        """Whether groups of tokens are looked up too."""
        return self.shape == "fast" and self.ngram_orders > 1

    def check(self) -> Iterator[Problem]:
        """Widths and heads must divide each other."""
        if self.d_head is not None and self.shape == "llama":
            if self.d_head % 2:
                yield Problem(("d_head",), f"each head would have an odd width of {self.d_head}",
                              fix="choose an even width")
        elif self.d_model % self.n_heads:
            good = [n for n in range(1, 129) if self.d_model % (2 * n) == 0]
            yield Problem(("n_heads",), f"{self.n_heads} heads do not divide a width of {self.d_model}",
                          fix=f"choose one of {', '.join(map(str, good))}")
        elif self.head_width % 2 and self.shape != "gpt2":
            yield Problem(("n_heads",), f"each head would have an odd width of {self.head_width}",
                          fix="choose fewer heads or an even width")
        if self.n_heads % self.kv_heads:
            good = [n for n in range(1, self.n_heads + 1) if self.n_heads % n == 0]
            yield Problem(("n_kv_heads",), f"{self.kv_heads} key and value heads do not divide {self.n_heads} heads",
                          fix=f"choose one of {', '.join(map(str, good))}")
        if self.shape == "gpt2" and self.kv_heads != self.n_heads:
            yield Problem(("n_kv_heads",), "the shape of GPT-2 has as many key and value heads as heads",
                          fix="leave it empty")

        yield from self._problems_of_window_and_experts()
        yield from self._problems_of_what_is_imported()

    def _problems_of_window_and_experts(self) -> Iterator[Problem]:
        if self.window is not None and self.shape != "llama":
            yield Problem(("window",), "only the shape of Llama has an attention window",
                          fix="leave it empty, or choose the shape of Llama")
        elif self.window is not None and self.window >= self.context_length:
            yield Problem(("window",), f"a window of {self.window} is no shorter than the context",
                          fix=f"choose less than {self.context_length}, or leave it empty")
        if self.n_experts > 1 and self.shape != "llama":
            yield Problem(("n_experts",), "only the shape of Llama has experts",
                          fix="choose 1, or choose the shape of Llama")
        if self.n_experts > 1 and self.experts_per_token > self.n_experts:
            yield Problem(("experts_per_token",), f"a token cannot use {self.experts_per_token} of {self.n_experts} "
                          "experts", fix=f"choose {self.n_experts} or fewer")

    def _problems_of_what_is_imported(self) -> Iterator[Problem]:
        for name, off in (("d_head", None), ("qkv_bias", False), ("rope_scaling", "none")):
            if self.shape != "llama" and getattr(self, name) != off:
                yield Problem((name,), "only the shape of Llama knows this",
                              fix="reset it, or choose the shape of Llama")
        for mark in self.missing_marks:
            if mark not in MARKS:
                yield Problem(("missing_marks",), f"{mark!r} is no mark", fix=f"choose of {', '.join(MARKS)}")
        if self.rope_scaling == "llama3" and self.rope_high <= self.rope_low:
            yield Problem(("rope_high",), "this must be more than where squeezing begins",
                          fix=f"choose more than {self.rope_low:g}")

    def size(self, vocab_size: int) -> Size:
        """Exact counts; see `engine.models.kinds.transformer.size`."""
        from engine.models.kinds.transformer.size import size_of

        return size_of(self, vocab_size)

    def shaping(self) -> dict[str, Any]:
        """As for other models; in the shape of GPT-2 each place in the context has weights of its own."""
        found = super().shaping()
        return {**found, "context_length": self.context_length} if self.shape == "gpt2" else found

    def matrices(self) -> tuple[Matrix, ...]:
        """Those of attention and of the feed-forward parts."""
        from engine.models.kinds.transformer.size import matrices_of

        return matrices_of(self)

    def usual_optimizer(self) -> OptimizerSpec:
        """What learnt soonest with this shape and width."""
        from engine.models.kinds.transformer.advice import usual_optimizer

        return usual_optimizer(self.shape, self.d_model)

    def build(self, vocab_size: int, seed: int) -> Transformer:
        """A fresh network; the same seed gives the same weights on every machine."""
        from engine.models.kinds.transformer.network import Transformer

        self.require_valid()
        network = Transformer(self, vocab_size)
        network.initialise(seed)
        return network

    def load(self, vocab_size: int, tensors: Mapping[str, npt.NDArray[Any]]) -> LanguageModel:
        """A model ready to write; raises EngineError naming what is missing, unknown or of another shape."""
        from engine.models.kinds.transformer.network import Transformer
        from engine.models.tensors import fill

        self.require_valid()
        network = Transformer(self, vocab_size)
        fill(network, tensors)
        return network.language_model()
