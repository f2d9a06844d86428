"""The memory of steps that ask whether something was seen before."""

from __future__ import annotations

import numpy as np

from engine.cleaning.record import Record
from engine.cleaning.step import Keys, Memory
from engine.corpora.sameness import KeySet

_AT_ONCE = 1 << 20


class SeenKeys(Memory):
    """All 64-bit keys so far: at most 24 bytes a key in memory, and 8 on the disk to go on after a kill."""

    def __init__(self, record: Record) -> None:
        self._seen = KeySet()
        self._log = record.log("keys")
        for begin in range(0, self._log.length, 8 * _AT_ONCE):
            self._seen.add_all(np.frombuffer(self._log.read(begin, 8 * _AT_ONCE), "<u8"))

    def decide(self, keys: Keys) -> Keys:
        """Whether each key is new, (keys,)."""
        is_new = self._seen.add_all(keys[0])
        self._log.append(keys[0][is_new].astype("<u8").tobytes())
        return (is_new,)
