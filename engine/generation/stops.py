"""Stop texts that may come in pieces: what could be the beginning of one is held back until it is clear."""

from __future__ import annotations

from collections.abc import Sequence


class StopWatch:
    """Lets text through as it comes, up to the first stop text.

    `stop` is the stop text that was whole first, once there is one; nothing passes after it. However the text is
    cut into pieces, the same part of it passes.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self.stop: str | None = None
        self._stops = tuple(each for each in stops if each)
        self._held = ""

    def feed(self, text: str) -> str:
        """The part of what is held and `text` that is certainly before any stop text."""
        if self.stop is not None:
            return ""
        self._held += text
        met = [(place, each) for each in self._stops if (place := self._held.find(each)) >= 0]
        if met:
            place, self.stop = min(met, key=lambda pair: (pair[0] + len(pair[1]), pair[0]))
            passed, self._held = self._held[:place], ""
            return passed
        certain = len(self._held) - self._possible_beginning()
        passed, self._held = self._held[:certain], self._held[certain:]
        return passed

    def finish(self) -> str:
        """What was held back, when no more text comes."""
        passed, self._held = self._held, ""
        return passed

    def _possible_beginning(self) -> int:
        """Length of the longest end of the held text with which a stop text begins."""
        return max((length for each in self._stops for length in range(1, min(len(each), len(self._held) + 1))
                    if self._held.endswith(each[:length])), default=0)
