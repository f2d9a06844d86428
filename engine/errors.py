"""The one error a user can act on."""

from __future__ import annotations


class EngineError(Exception):
    """Something the user can mend: says what happened, what was expected and what to do.

    `path` names the setting at fault, such as ("training", "batch_size"), where there is one.
    """

    def __init__(self, what: str, expected: str = "", fix: str = "", path: tuple[str, ...] = ()) -> None:
        super().__init__(what, expected, fix)
        self.what = what
        self.expected = expected
        self.fix = fix
        self.path = path

    def __str__(self) -> str:
        """All that is known, as one to three sentences."""
        return " ".join(part for part in (self.what, self.expected, self.fix) if part)
