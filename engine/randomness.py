"""Named seeds: every use of chance has a generator of its own, so that one never disturbs another."""

from __future__ import annotations

import hashlib

import numpy as np


def seed_for(seed: int, *names: object) -> int:
    """A 63-bit seed that depends on the user's seed and on what it is used for."""
    text = "\x1f".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def generator_for(seed: int, *names: object) -> np.random.Generator:
    """A numpy generator for one use, such as ("split",) or ("batches", epoch)."""
    return np.random.Generator(np.random.PCG64(seed_for(seed, *names)))
