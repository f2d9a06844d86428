"""Texts to learn tokenizers from in tests."""

from __future__ import annotations

import numpy as np

WORDS = ("the old kettle sang before the guest had sat down and the innkeeper smiled at him because nothing pleased "
         "her more than a tired traveller who asked for tea it was raining and the mountains were hidden").split()

CHARACTERS = "掌柜笑着说客官这茶可是今年的新茶山雨欲来风满楼江南好景旧曾谙日出江花红胜火春来江水绿如蓝能不忆"


def english(seed: int = 0, sentences: int = 300) -> str:
    """Made-up prose with paragraphs, digits and marks."""
    chance = np.random.default_rng(seed)
    made = []
    for number in range(sentences):
        words = " ".join(chance.choice(WORDS, int(chance.integers(4, 12))))
        made.append(f"{words.capitalize()}, {number} times." + ("\n\n" if number % 7 == 0 else " "))
    return "".join(made)


def chinese(seed: int = 0, sentences: int = 300) -> str:
    """Made-up lines of Chinese, without a single space."""
    chance = np.random.default_rng(seed)
    return "\n".join("".join(chance.choice(list(CHARACTERS), int(chance.integers(4, 12)))) + "。"
                     for _ in range(sentences))


HOSTILE = (
    "", " ", "\n", "\n\n\n", " x ", "  two  spaces  ", "\t\r\n\u2028\u00a0\u3000x", "\x00a\x00", "\u2581a \u2581",
    "\u2585\u2585", "a<s>b</s><unk><pad>", "<0x41>", "12 345,67", "茶囍👨‍👩‍👧",
    "e\u0301 o\u0308", "\ufeff\ue000\uffff\ufffe",
    "\x7f\x80\x85", "mixed 中文 and English，全角。", "עברית العربية", "\U0001f1e8\U0001f1f3", "a" * 5000, "茶" * 3000,
)
