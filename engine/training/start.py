"""Settings of what a run begins with: fresh weights, or an earlier model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine import storage
from engine.settings import Problem, Spec, setting
from engine.training.method import MethodSpec


class StartSpec(Spec):
    """What a run begins with; an imported model is a run like any other."""

    run: str | None = setting(None, "Earlier model", "Name of a run of this project, or the folder of one elsewhere, "
                              "to go on from. Its tokenizer and its shape are taken over.",
                              auto="None: training begins from nothing")
    checkpoint: str = setting("best", "Checkpoint", "Which one of the earlier run: best, last or step-N.")
    method: MethodSpec = setting({"kind": "full"}, "Method", "Which weights of the earlier model learn on.")
    new_pieces: int = setting(0, "New pieces", "So many pieces are learned on the new text and added to the "
                              "vocabulary of the earlier model. Acts with an earlier model.", unit="pieces", low=0,
                              high=64_000)

    def check(self) -> Iterator[Problem]:
        """A name must be one."""
        if self.run is not None and not self.run.strip():
            yield Problem(("run",), "no earlier model is named", "name one, or leave it open")

    def folder(self, project: Path) -> Path | None:
        """Where the earlier run lies, for a project in this folder; None where there is none."""
        if self.run is None:
            return None
        named = Path(self.run.strip()).expanduser()
        if named.is_absolute() or len(named.parts) > 1:
            return project / named
        return project / "runs" / named

    def tokenizer_mark(self, project: Path) -> str:
        """What tells one earlier tokenizer from another, from its files; a word where there is none."""
        folder = self.folder(project)
        paths = sorted((folder / "tokenizer").glob("tokenizer*")) if folder is not None else []
        try:
            digests = [[path.name, storage.digest_file(path)] for path in paths]
        except OSError:
            return "missing"
        return storage.fingerprint(digests) if digests else "missing"
