"""A tokenizer that was trained elsewhere."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine import storage
from engine.errors import EngineError
from engine.events import Advised, Notice
from engine.settings import Problem, setting
from engine.tokenizers.sample import cut
from engine.tokenizers.spec import TokenizerSpec
from engine.tokenizers.tokenizer import Tokenizer
from engine.work import Work

LARGEST_BYTES = 128 << 20
LARGEST_VOCABULARY = 1_000_000
TRIED_LINES = 1000


class Imported(TokenizerSpec, kind="imported", title="Imported"):
    """Cuts with a tokenizer that was trained elsewhere, so that another model's ids can be used.

    Source: tokenizer.model as sentencepiece writes it (arXiv:1808.06226), tokenizer.json as the Hugging Face library
    `tokenizers` writes it.
    """

    path: str = setting("", "File", "A tokenizer.model of sentencepiece or a tokenizer.json of Hugging Face.")
    digest: str = setting("", "Fingerprint", "Tells whether the file is still the one that was chosen.",
                          level="advanced")

    def check(self) -> Iterator[Problem]:
        """A file must have been chosen."""
        yield from super().check()
        if not self.path:
            yield Problem(("path",), "no file is chosen", "choose a tokenizer.model or tokenizer.json")

    def train(self, texts: Iterable[str], text_bytes: int, work: Work) -> Tokenizer:
        """Read the file, and say whether texts come back from it unchanged."""
        self.require_valid()
        content = self._content()
        try:
            tokenizer = Tokenizer(content, self.kind, self.user_symbols)
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise EngineError(f"{Path(self.path).name} is no tokenizer that Wenlu can read.",
                              "A tokenizer.model of sentencepiece or a tokenizer.json of Hugging Face was expected.",
                              "Choose another file.") from error
        if tokenizer.vocab_size > LARGEST_VOCABULARY:
            raise EngineError(f"{Path(self.path).name} has {tokenizer.vocab_size} pieces.",
                              f"At most {LARGEST_VOCABULARY} were expected.", "Choose another file.")
        work.report(Advised(path="tokenizer.path", value=tokenizer.vocab_size,
                            reason="The imported tokenizer has {pieces} pieces.",
                            values={"pieces": tokenizer.vocab_size}))
        self._tell_losses(tokenizer, texts, work)
        return tokenizer

    def _content(self) -> bytes:
        path = Path(self.path)
        try:
            if path.stat().st_size > LARGEST_BYTES:
                raise EngineError(f"{path.name} is larger than 128 MB.", "A tokenizer is far smaller.",
                                  "Choose another file.")
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            raise EngineError(f"{self.path} cannot be read.", "The imported tokenizer was expected there.",
                              "Bring the file back, or choose another.", path=("path",)) from error
        if self.digest and digest_of(content) != self.digest:
            raise EngineError(f"{path.name} has changed since it was chosen.", "The same file was expected.",
                              "Choose it again if the change is meant.", path=("path",))
        return content.lstrip() if content.lstrip()[:1] == b"{" else content

    @staticmethod
    def _tell_losses(tokenizer: Tokenizer, texts: Iterable[str], work: Work) -> None:
        lines = list(itertools.islice((line for text in texts for line in cut(text)), TRIED_LINES))
        same = sum(tokenizer.decode(tokenizer.encode(line)).strip() == line.strip() for line in lines)
        if same < len(lines):
            work.report(Notice(level="warn", code="tokenizer-loses",
                               text="{changed} of {lines} lines do not come back unchanged from this tokenizer.",
                               values={"changed": len(lines) - same, "lines": len(lines)}))


def digest_of(content: bytes) -> str:
    """What tells one file from another in the settings."""
    return storage.fingerprint(content.hex())


def imported(path: Path) -> Imported:
    """The settings for a file as it is now; raises EngineError where it is no tokenizer."""
    spec = Imported(path=str(path.absolute()))
    spec.train((), 0, Work())
    return Imported(path=spec.path, digest=digest_of(path.read_bytes()))


def is_tokenizer(path: Path) -> bool:
    """Whether a file looks like a tokenizer by its name and first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return False
    return (path.suffix == ".model" and head[:1] == b"\n") or (path.suffix == ".json" and b"{" in head
                                                               and "model" in _keys(path))


def _keys(path: Path) -> set[str]:
    try:
        found = json.loads(path.read_bytes()) if path.stat().st_size <= LARGEST_BYTES else {}
    except (OSError, ValueError, RecursionError):
        return set()
    return set(found) if isinstance(found, dict) else set()
