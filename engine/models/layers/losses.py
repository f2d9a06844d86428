"""What a network learns from, made of its scores."""

from __future__ import annotations

from torch import Tensor, nn

IGNORED = -1
"""A target that is not counted in the loss."""

NEVER = -10_000.0
"""The score of what is never written: no chance is left to it in any precision, and nothing becomes infinite."""


def losses_of(scores: Tensor, targets: Tensor, label_smoothing: float = 0.0,
              z_loss: float = 0.0) -> tuple[Tensor, Tensor]:
    """The loss to learn from, and the mean nats of the targets without additions; targets of -1 are left out.

    Scores (n, vocab_size) and targets (n). Smoothing gives a share of belief to all tokens. The z-loss adds its
    strength times the squared logarithm of the sum of exponentials, which keeps scores from drifting.
    Source: Szegedy et al. 2016 (arXiv:1512.00567); z-loss: Chowdhery et al. 2022 (PaLM, arXiv:2204.02311), section 5.
    """
    plain = nn.functional.cross_entropy(scores, targets, ignore_index=IGNORED)
    learned = plain
    if label_smoothing:
        learned = nn.functional.cross_entropy(scores, targets, ignore_index=IGNORED, label_smoothing=label_smoothing)
    if z_loss:
        counted = (targets != IGNORED).to(scores.dtype)
        learned = learned + z_loss * (scores.logsumexp(-1).square() * counted).sum() / counted.sum()
    return learned, plain
