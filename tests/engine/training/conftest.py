"""A small text as token files, and run folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.runs.folder import RunFolder
from engine.tokenizers.kinds.character import Character
from engine.tokenizers.token_file import write_token_files
from engine.tokenizers.tokenizer import Tokenizer
from engine.work import Work
from tests.engine.training.small_training import Bench, Documents


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    texts = [document.text for document in Documents().documents()]
    return Character(byte_fallback=False).train(texts, sum(map(len, texts)), Work())


@pytest.fixture(scope="session")
def tokens_folder(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokens")
    write_token_files(Documents(), tokenizer,
                      lambda document: "validation" if int(document.name) % 6 == 0 else "train", folder, Work())
    return folder


@pytest.fixture
def bench(tokens_folder: Path, tokenizer: Tokenizer) -> Bench:
    return Bench(tokens_folder, tokenizer)


@pytest.fixture
def new_run(tmp_path: Path) -> Callable[..., RunFolder]:
    def make(name: str = "run-1", **settings: Any) -> RunFolder:
        return RunFolder.create(tmp_path / name, settings)

    return make


@pytest.fixture(autouse=True)
def _threads() -> Any:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
