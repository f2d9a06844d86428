"""The memory of steps that keep the first few copies of something."""

from __future__ import annotations

import numpy as np

from engine.cleaning.record import Record
from engine.cleaning.step import Keys, Memory
from engine.corpora.sameness import KeySet

_AT_ONCE = 1 << 20


class CountedKeys(Memory):
    """How often each 64-bit key was seen, up to `times`: one set of keys for each count.

    Later sets are small, since few keys come often; each key costs at most 24 bytes in each set that it is in.
    """

    def __init__(self, record: Record, times: int) -> None:
        self._sets = [KeySet() for _ in range(times)]
        self._logs = [record.log("keys" if number == 0 else f"keys-{number + 1}") for number in range(times)]
        for keys, log in zip(self._sets, self._logs, strict=True):
            for begin in range(0, log.length, 8 * _AT_ONCE):
                keys.add_all(np.frombuffer(log.read(begin, 8 * _AT_ONCE), "<u8"))

    def decide(self, keys: Keys) -> Keys:
        """Whether each key was seen fewer than `times` times before, (keys,)."""
        is_kept = np.zeros(len(keys[0]), bool)
        left = np.arange(len(keys[0]))
        for known, log in zip(self._sets, self._logs, strict=True):
            asked = keys[0][left]
            is_new = known.add_all(asked)
            log.append(asked[is_new].astype("<u8").tobytes())
            is_kept[left[is_new]] = True
            left = left[~is_new]
        return (is_kept,)
