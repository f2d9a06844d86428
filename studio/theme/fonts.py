"""The three voices of the window: UI for the interface, serif for text that is data, mono for ids and code."""

from __future__ import annotations

from functools import cache
from typing import Literal

from PySide6.QtGui import QFont, QFontDatabase

from engine.assets import asset

Family = Literal["ui", "serif", "mono"]

_CJK_SANS = ("Noto Sans CJK SC", "Microsoft YaHei UI", "PingFang SC", "Noto Sans SC", "Source Han Sans SC")
_CJK_SERIF = ("Noto Serif CJK SC", "Songti SC", "SimSun", "Noto Serif SC", "Source Han Serif SC")
_LATIN_SERIF = ("Noto Serif", "Georgia", "Times New Roman", "DejaVu Serif")
_MONO = ("JetBrains Mono", "Noto Sans Mono CJK SC", "Menlo", "Consolas", "DejaVu Sans Mono")

_HAN = ((0x2E80, 0x2FDF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3134F))


@cache
def load_bundled_fonts() -> tuple[str, ...]:
    """Register the fonts that come with Wenlu, once; gives their family names."""
    families: list[str] = []
    for path in sorted(asset("fonts").glob("*.[ot]tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(families)


def families(family: Family, text: str = "") -> list[str]:
    """Font families to try in turn. For text with more than two Han characters the Chinese ones come first."""
    if family == "mono":
        return list(_MONO)
    if family == "serif":
        order = (_CJK_SERIF, _LATIN_SERIF) if is_chinese(text) else (_LATIN_SERIF, _CJK_SERIF)
        return [name for group in order for name in group]
    return ["Inter", *_CJK_SANS]


def make_font(pixels: int, weight: int = 400, family: Family = "ui", text: str = "") -> QFont:
    """A font of so many pixels; figures all have one width, so that changing numbers don't dance."""
    font = QFont()
    font.setFamilies(families(family, text))
    font.setPixelSize(max(1, pixels))
    font.setWeight(QFont.Weight(weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if family == "ui":
        font.setFeature(QFont.Tag("tnum"), 1)
    if family == "mono":
        font.setFeature(QFont.Tag("calt"), 0)
    return font


def is_chinese(text: str) -> bool:
    """Whether the first 2000 characters hold more than two Han characters."""
    found = 0
    for character in text[:2000]:
        code = ord(character)
        if code >= _HAN[0][0] and any(low <= code <= high for low, high in _HAN):
            found += 1
            if found > 2:
                return True
    return False


def has_chinese_font() -> bool:
    """Whether this machine can show Chinese."""
    return QFontDatabase.WritingSystem.SimplifiedChinese in QFontDatabase.writingSystems()
