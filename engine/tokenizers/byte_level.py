"""Byte-level BPE through the `tokenizers` library: pieces are strings of bytes, so no character is ever unknown.

Source: Radford et al. 2019 ("Language Models are Unsupervised Multitask Learners", section 2.2).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import numpy as np
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers

from engine.errors import EngineError
from engine.tokenizers.cutter import PAD_ID, UNKNOWN, Cutter, Ids
from engine.work import Work

MARKS = ("<unk>", "<s>", "</s>", "<pad>")


def read_model(content: bytes) -> Tokenizer:
    """A model of the library from JSON; raises ValueError in the library's own words."""
    try:
        return Tokenizer.from_str(content.decode())
    except Exception as error:  # the library raises nothing more exact
        raise ValueError(str(error)) from error


def byte_alphabet() -> dict[str, int]:
    """The printable character that stands for each byte, as GPT-2 chose them: bytes that print stand for themselves."""
    printing = [*range(0x21, 0x7f), *range(0xa1, 0xad), *range(0xae, 0x100)]
    others = [byte for byte in range(256) if byte not in printing]
    return {**{chr(byte): byte for byte in printing}, **{chr(256 + place): byte for place, byte in enumerate(others)}}


class ByteLevelCutter(Cutter):
    """Cuts as a byte-level model of the `tokenizers` library does."""

    def __init__(self, model: bytes, symbols: Sequence[str]) -> None:
        self._model = read_model(model)
        self._model.encode_special_tokens = True  # a text may hold "<s>" without meaning a beginning
        of_byte = byte_alphabet()
        self.names = [str(self._model.id_to_token(each)) for each in range(self._model.get_vocab_size())]
        self.contents = [UNKNOWN, b"", b"", b""]
        self.contents += [name.encode() if name in symbols else bytes([of_byte[sign] for sign in name])
                          for name in self.names[PAD_ID + 1:]]
        self.singles = [each > PAD_ID and len(content) == 1 for each, content in enumerate(self.contents)]

    def ids(self, text: str) -> Ids:
        """The ids of the library itself."""
        return np.array(self._model.encode(text, add_special_tokens=False).ids, dtype=np.int32)


def learn_byte_level(pieces: Iterator[str], vocab_size: int, symbols: Sequence[str], split_digits: bool,
                     work: Work) -> bytes:
    """Learn merges of bytes; returns the model as JSON. Raises Stopped at once when the user stops.

    The library cannot be interrupted while it merges: it runs in a thread that ends with the process.
    """
    parts = [pre_tokenizers.Split("\n", "isolated"), *([pre_tokenizers.Digits(individual_digits=True)] if split_digits
                                                        else []), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    model = Tokenizer(models.BPE())
    model.pre_tokenizer = pre_tokenizers.Sequence(parts)
    trainer = trainers.BpeTrainer(vocab_size=vocab_size - len(symbols), special_tokens=list(MARKS),
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    learned: list[bool] = []

    def run() -> None:
        model.train_from_iterator(pieces, trainer)
        learned.append(True)

    thread = threading.Thread(target=run, name="byte-level", daemon=True)
    began = work.clock()
    thread.start()
    while thread.is_alive():
        thread.join(0.05)
        work.progress("tokenizer", int(work.clock() - began), None, "seconds")
    if not learned:
        raise EngineError("The tokenizer could not be learned.", "The library gave up on this text.",
                          "Choose another vocabulary size or another kind.")
    model.add_tokens([AddedToken(symbol, special=False, normalized=False) for symbol in symbols])
    return model.to_str().encode()
