"""Settings of a recurrent net; no torch here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy.typing as npt

from engine.models.language_model import LanguageModel
from engine.models.spec import Matrix, ModelSpec, Size
from engine.optimization.optimizer import OptimizerSpec
from engine.settings import setting

if TYPE_CHECKING:
    from engine.models.kinds.rnn.network import RecurrentNet

Cell = Literal["elman", "lstm", "gru"]


class RnnSpec(ModelSpec, kind="rnn", title="Recurrent net"):
    """Reads token by token and keeps what it needs in a memory of fixed size.

    Source: Elman 1990 (doi:10.1207/s15516709cog1402_1); LSTM: Hochreiter and Schmidhuber 1997
    (doi:10.1162/neco.1997.9.8.1735) with the forget gate of Gers et al. 2000; GRU: Cho et al. 2014 (arXiv:1406.1078);
    shared input and output: Press and Wolf 2017 (arXiv:1608.05859).
    """

    honours: ClassVar[frozenset[str]] = frozenset({"z_loss"})
    free_to_change: ClassVar[frozenset[str]] = frozenset({"context_length", "dropout", "carry_state"})
    by_token: ClassVar[dict[str, int]] = {"embedding": 0, "head.weight": 0, "head_bias": 0}

    cell: Cell = setting("gru", "Cell", "How the memory is renewed at each token: the gates of LSTM and GRU let it "
                         "last longer.", choices={"elman": "Elman", "lstm": "LSTM", "gru": "GRU"})
    n_layers: int = setting(1, "Layers", "Cells stacked on each other.", low=1, high=16)
    d_embedding: int = setting(128, "Embedding width", "Numbers that describe each token.", low=1, high=8192,
                               scale="log")
    d_hidden: int = setting(256, "Memory width", "Numbers that each layer remembers.", low=1, high=16384, scale="log")
    context_length: int = setting(64, "Window", "How many tokens the gradient reaches back; the memory itself reaches "
                                  "further.", unit="tokens", low=2, high=4096, scale="log")
    dropout: float = setting(0.1, "Dropout", "Share of the numbers that is hidden before, between and after the "
                             "layers at each training step, against learning by heart.", low=0.0, high=0.9)
    tie_embeddings: bool = setting(False, "Share input and output", "Use one matrix to read and to predict tokens; "
                                   "where the widths differ, a smaller one comes between.", level="advanced")
    layer_norm: bool = setting(False, "Layer norm", "Bring what each layer says to one scale, which steadies deep "
                               "nets.", level="advanced")
    carry_state: bool = setting(True, "Carry memory on", "In training, go on with the memory of the window before; "
                                "otherwise each window begins with an empty one, and windows come in any order.",
                                level="advanced")

    @property
    def gates(self) -> int:
        """Matrices in a cell, of each sort."""
        return {"elman": 1, "lstm": 4, "gru": 3}[self.cell]

    @property
    def has_projection(self) -> bool:
        """Whether a matrix turns memories into embeddings before tokens are scored."""
        return self.tie_embeddings and self.d_hidden != self.d_embedding

    def size(self, vocab_size: int) -> Size:
        """Exact counts; see `engine.models.kinds.rnn.size`."""
        from engine.models.kinds.rnn.size import size_of

        return size_of(self, vocab_size)

    def matrices(self) -> tuple[Matrix, ...]:
        """Two in each cell, and the one between memory and embedding if there is one."""
        inner = self.gates * self.d_hidden
        found = [Matrix("", self.d_embedding, inner, 1), Matrix("", self.d_hidden, inner, 2 * self.n_layers - 1)]
        return (*found, Matrix("", self.d_hidden, self.d_embedding, 1)) if self.has_projection else tuple(found)

    def usual_optimizer(self) -> OptimizerSpec:
        """The optimizer and rate that did best in tests; see `engine.models.kinds.rnn.advice`."""
        from engine.models.kinds.rnn.advice import usual_optimizer

        return usual_optimizer(self)

    def usual_tokens_per_step(self, tokens: float) -> int:
        """As many windows side by side as leave time for some thousand steps."""
        from engine.models.kinds.rnn.advice import usual_windows

        return usual_windows(tokens, self.context_length) * self.context_length

    def build(self, vocab_size: int, seed: int) -> RecurrentNet:
        """A fresh network; the same seed gives the same weights on every machine."""
        from engine.models.kinds.rnn.network import RecurrentNet

        self.require_valid()
        network = RecurrentNet(self, vocab_size)
        network.initialise(seed)
        return network

    def load(self, vocab_size: int, tensors: Mapping[str, npt.NDArray[Any]]) -> LanguageModel:
        """A model ready to write; raises EngineError naming what is missing, unknown or of another shape."""
        from engine.models.kinds.rnn.network import RecurrentNet
        from engine.models.tensors import fill

        self.require_valid()
        network = RecurrentNet(self, vocab_size)
        fill(network, tensors)
        return network.language_model()
