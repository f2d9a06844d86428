"""Few numbers that stand for a set of shingles: sets with much in common often have one of them in common."""

from __future__ import annotations

import numpy as np

from engine.corpora.shingles import U64, Shingles

PERMUTATIONS = 128
_SEED = 42
_FACTORS = np.random.Generator(np.random.PCG64(97)).integers(0, 2**63, PERMUTATIONS, np.uint64) * np.uint64(2) \
    + np.uint64(1)


def band_keys(shingles: Shingles, bands: int) -> U64:
    """A key for each band of each text's MinHash signature, (texts, bands); texts without shingles get random ones.

    Two texts of Jaccard similarity s have a key in common with probability 1 - (1 - s^r)^bands, r = 128 / bands.
    Source: Broder 1997 (doi:10.1109/SEQUEN.1997.666900); Leskovec, Rajaraman and Ullman, Mining of Massive Datasets,
    section 3.4.
    """
    from rensa import RMinHash

    count = len(shingles.bounds) - 1
    hashes = shingles.hashes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, shingles.bounds.astype(np.uint64), PERMUTATIONS,
                                                           _SEED)
    signatures = np.array(matrix.to_rows(), np.uint64).reshape(count, PERMUTATIONS)
    mixed = (signatures * _FACTORS).reshape(count, bands, PERMUTATIONS // bands).sum(axis=2, dtype=np.uint64)
    return np.asarray((mixed ^ mixed >> np.uint64(31)) * np.uint64(0x94D049BB133111EB) ^ mixed >> np.uint64(17))
