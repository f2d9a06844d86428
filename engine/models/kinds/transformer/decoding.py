"""One token more, on a processor: the network's arithmetic on a single vector, in numpy.

For one token torch spends as long on calling its operations as on computing, and its matrix-vector product reads
memory at about 60 % of the speed of numpy's. This reads the same weights and fills the same cache; a test compares
every shape with the network itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from engine.models.language_model import LogProbs
from engine.models.layers.cache import LayerCache
from engine.models.layers.experts import Experts
from engine.models.layers.feed_forward import GELU, SwiGLU
from engine.models.layers.losses import NEVER
from engine.models.layers.norm import RMSNorm

if TYPE_CHECKING:
    from engine.models.kinds.transformer.blocks import Block
    from engine.models.kinds.transformer.network import Transformer

Vector = npt.NDArray[np.float32]


class Decoder:
    """Reads one token at a time on the live weights of a network, which must be float32 on a processor."""

    def __init__(self, network: Transformer) -> None:
        self._network = network
        self._embedding = array(network.embedding)
        self._head = self._embedding if network.head is None else array(network.head.weight)
        self._positions = None if network.positions is None else array(network.positions)
        self._table = None if network.ngrams is None else array(network.ngrams.weight)
        self._entry_norm = None if network.entry_norm is None else Norm(network.entry_norm)
        self._final_norm = Norm(network.final_norm)
        rotary = network.rotary
        self._angles = None if rotary is None else (array(rotary.cosines), array(rotary.sines))
        self._blocks = [Layer(block) for block in network.blocks]  # type: ignore[arg-type]
        self._unwritten = list(network.spec.unwritten)
        self._cap = network.spec.logit_cap if network.spec.shape == "fast" else None

    @staticmethod
    def suits(network: Transformer) -> bool:
        """Whether the weights lie where numpy can read them."""
        return network.embedding.device.type == "cpu" and str(network.embedding.dtype) == "torch.float32"

    def log_probs(self, latest: Sequence[int], position: int, layers: Sequence[LayerCache]) -> LogProbs:
        """Natural-log probabilities after the last of `latest`, (vocab_size,); its keys and values go to `layers`.

        `latest` are the last ids read, as many as an n-gram has, or all in a shorter text.
        """
        with np.errstate(over="ignore"):
            embedded = self._embedded(latest, position)
            angles = None if self._angles is None else (self._angles[0][position], self._angles[1][position])
            inputs = embedded
            for layer, cache in zip(self._blocks, layers, strict=True):
                inputs = layer.read(inputs, embedded, angles, position, cache)
            scores = self._head @ self._final_norm(inputs)
        return self._normalised(scores)

    def log_probs_together(self, latest: Sequence[Sequence[int]], positions: Sequence[int],
                           caches: Sequence[Sequence[LayerCache]]) -> LogProbs:
        """The same for one token of each of several texts, (texts, vocab_size): each weight is read once for all.

        Equal to one text after another but for the order in which floating-point numbers are added up.
        """
        with np.errstate(over="ignore"):
            embedded = np.stack([self._embedded(*each) for each in zip(latest, positions, strict=True)])
            angles = [None if self._angles is None else (self._angles[0][each], self._angles[1][each])
                      for each in positions]
            inputs = embedded
            for number, layer in enumerate(self._blocks):
                inputs = layer.read_together(inputs, embedded, angles, positions, [each[number] for each in caches])
            scores = self._final_norm(inputs) @ self._head.T
        return self._normalised(scores)

    def _normalised(self, scores: Vector) -> LogProbs:
        """Scores (…, vocab_size) as natural-log probabilities."""
        if self._cap is not None:
            scores = self._cap * np.tanh(scores / self._cap)
        if self._unwritten:
            scores[..., self._unwritten] = NEVER
        scores -= scores.max(-1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(-1, keepdims=True))
        return scores

    def _embedded(self, latest: Sequence[int], position: int) -> Vector:
        embedded = self._embedding[latest[-1]]
        if self._positions is not None:
            embedded = embedded + self._positions[position]
        if self._table is not None and self._network.ngrams is not None:
            embedded = embedded + self._table[self._network.ngrams.rows_after(latest)].sum(0)
        return embedded if self._entry_norm is None else self._entry_norm(embedded)


class Layer:
    """One block."""

    def __init__(self, block: Block) -> None:
        attention, feed_forward = block.attention, block.feed_forward
        self._feed_forward = Choice(feed_forward) if isinstance(feed_forward, Experts) else FeedForward(feed_forward)
        self._mix = None if block.mix is None else array(block.mix)
        self._norms = Norm(block.attention_norm), Norm(block.feed_forward_norm)
        self._query, self._key, self._value, self._output = map(
            Product, (attention.query, attention.key, attention.value, attention.output))
        self._level = None if attention.level is None else Norm(attention.level)
        self._width = attention.head_width
        self._scale = 1 / math.sqrt(attention.head_width)

    def read(self, inputs: Vector, embedded: Vector, angles: tuple[Vector, Vector] | None, position: int,
             cache: LayerCache) -> Vector:
        """(d_model,) to the same."""
        if self._mix is not None:
            inputs = self._mix[0] * inputs + self._mix[1] * embedded
        inputs = inputs + self._attended(self._norms[0](inputs), angles, position, cache)
        return inputs + self._feed_forward(self._norms[1](inputs))

    def _attended(self, hidden: Vector, angles: tuple[Vector, Vector] | None, position: int,
                  cache: LayerCache) -> Vector:
        return self._output(self._looked(self._query(hidden), self._key(hidden), self._value(hidden), angles, position,
                                         cache))

    def read_together(self, inputs: Vector, embedded: Vector, angles: Sequence[tuple[Vector, Vector] | None],
                      positions: Sequence[int], caches: Sequence[LayerCache]) -> Vector:
        """(texts, d_model) to the same; each text has a position and a cache of its own."""
        if self._mix is not None:
            inputs = self._mix[0] * inputs + self._mix[1] * embedded
        hidden = self._norms[0](inputs)
        rows = zip(self._query(hidden), self._key(hidden), self._value(hidden), angles, positions, caches, strict=True)
        inputs = inputs + self._output(np.stack([self._looked(*row) for row in rows]))
        hidden = self._norms[1](inputs)
        if isinstance(self._feed_forward, Choice):  # each text chooses experts of its own
            return inputs + np.stack([self._feed_forward(row) for row in hidden])
        return inputs + self._feed_forward(hidden)

    def _looked(self, queries: Vector, keys: Vector, values: Vector, angles: tuple[Vector, Vector] | None,
                position: int, cache: LayerCache) -> Vector:
        """What the heads of one token found, (heads * head_width,); its key and value go to the cache."""
        queries, keys, values = (each.reshape(-1, self._width) for each in (queries, keys, values))
        if self._level is not None:
            queries, keys = self._level(queries), self._level(keys)
        if angles is not None:
            queries, keys = turned(queries, *angles), turned(keys, *angles)
        all_keys, all_values = array(cache.keys)[0], array(cache.values)[0]  # (kv_heads, room, head_width)
        room = all_keys.shape[1]
        place, filled = position % room, min(position + 1, room)  # the order of what is seen does not matter
        all_keys[:, place], all_values[:, place] = keys, values
        grouped = queries.reshape(len(keys), -1, self._width)
        weights = grouped @ all_keys[:, :filled].transpose(0, 2, 1) * self._scale  # (kv_heads, group, time)
        weights = np.exp(weights - weights.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return np.asarray((weights @ all_values[:, :filled]).reshape(-1))


class FeedForward:
    """The second part of a block, in any shape."""

    def __init__(self, module: Any) -> None:
        self._gate = Product(module.gate) if isinstance(module, SwiGLU) else None
        self._up, self._down = Product(module.up), Product(module.down)
        self._is_gelu = isinstance(module, GELU)

    def __call__(self, hidden: Vector) -> Vector:
        """(d_model,) to the same."""
        up = self._up(hidden)
        if self._gate is not None:
            gate = self._gate(hidden)
            inner = gate / (1 + np.exp(-gate)) * up
        elif self._is_gelu:
            inner = 0.5 * up * (1 + np.tanh(math.sqrt(2 / math.pi) * (up + 0.044715 * up * up * up)))
        else:
            inner = np.square(np.maximum(up, 0))
        return self._down(inner)


class Choice:
    """A mixture of experts: only those that are chosen are computed."""

    def __init__(self, module: Experts) -> None:
        self._router, self._used = Product(module.router), module.used
        self._experts = [FeedForward(expert) for expert in module.experts]

    def __call__(self, hidden: Vector) -> Vector:
        """(d_model,) to the same."""
        scores = self._router(hidden)
        chosen = np.argsort(-scores, kind="stable")[:self._used]
        weights = np.exp(scores[chosen] - scores[chosen[0]])
        weights /= weights.sum()
        result: Vector = np.add.reduce([weight * self._experts[number](hidden)
                                        for number, weight in zip(chosen, weights, strict=True)])
        return result


class Product:
    """A matrix times a vector, or times each row of several, with a bias where there is one."""

    def __init__(self, linear: Any) -> None:
        self._weight = array(linear.weight)
        self._bias = None if linear.bias is None else array(linear.bias)

    def __call__(self, vector: Vector) -> Vector:
        """(…, width_in) to (…, width_out)."""
        result: Vector = self._weight @ vector if vector.ndim == 1 else vector @ self._weight.T
        return result if self._bias is None else result + self._bias


class Norm:
    """Any of the norms, of a vector or of each row."""

    def __init__(self, norm: nn.Module) -> None:
        weights = dict(norm.named_parameters())
        self._gain = array(weights["weight"]) if "weight" in weights else None
        self._bias = array(weights["bias"]) if "bias" in weights else None
        self._centres = not isinstance(norm, RMSNorm)
        self._epsilon = np.float32(norm.epsilon)  # type: ignore[arg-type]

    def __call__(self, given: Vector) -> Vector:
        """The same shape."""
        values: Any = given
        share = np.float32(1 / values.shape[-1])  # np.mean takes four times as long to call
        if self._centres:
            values = values - np.add.reduce(values, -1, keepdims=True) * share
        result = values / np.sqrt(np.add.reduce(values * values, -1, keepdims=True) * share + self._epsilon)
        result = result if self._gain is None else result * self._gain
        return np.asarray(result if self._bias is None else result + self._bias)


def array(tensor: Tensor | nn.Module) -> npt.NDArray[np.float32]:
    """A tensor's own memory as an array: what is written to one is there in the other."""
    found: npt.NDArray[np.float32] = tensor.detach().numpy()  # type: ignore[operator]
    return found


def turned(heads: Vector, cosines: Vector, sines: Vector) -> Vector:
    """Each head turned by the angles of its position."""
    half = len(cosines)
    first, second = heads[:, :half], heads[:, half:]
    return np.concatenate([first * cosines - second * sines, second * cosines + first * sines], axis=1)
