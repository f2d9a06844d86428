"""Colours that can be read, icons that follow them, fonts that fit the script."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton

from engine.assets import asset
from studio.theme import icon, picture, set_icon, theme
from studio.theme.fonts import families, is_chinese, load_bundled_fonts
from studio.theme.tokens import COLOURS

TEXT_ON = [("text", "bg"), ("text", "surface"), ("text", "selected"), ("text2", "rail"), ("text2", "raised"),
           ("text3", "surface"), ("text3", "rail"), ("text3", "selected"), ("accent", "selected"),
           ("on_accent", "accent"),
           ("ember", "selected"), ("warn", "warn_soft"), ("error", "error_soft"), ("info", "info_soft"),
           ("ok", "ok_soft"), ("text", "k1"), ("text", "k5"), ("text", "del_bg"), ("text", "add_bg")]


def luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_can_be_read_on_its_ground(scheme: str, text: str, ground: str) -> None:
    theme.use(scheme)
    assert contrast(theme.colour(text), theme.colour(ground)) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mark", ["line_strong", "p1", "p2", "p3", "p4", "p5", "p6"])
def test_marks_stand_out_from_cards(scheme: str, mark: str) -> None:
    theme.use(scheme)
    assert contrast(theme.colour(mark), theme.colour("surface")) >= 3


def test_every_icon_can_be_drawn_in_both_themes() -> None:
    names = sorted(path.stem for path in asset("icons").glob("*.svg"))
    assert len(names) > 80
    for name in names:
        drawn = picture(name, "text").toImage()
        assert any(drawn.pixelColor(x, y).alpha() > 0 for x in range(16) for y in range(16)), name


def test_an_icon_changes_its_colour_with_the_theme(qtbot) -> None:
    def strongest(button: QPushButton) -> QColor:
        image = button.icon().pixmap(16, 16).toImage()
        return max((image.pixelColor(x, y) for x in range(16) for y in range(16)), key=QColor.alpha)

    button = QPushButton()
    qtbot.addWidget(button)
    set_icon(button, "square", "accent")
    light = strongest(button)
    theme.use("dark")
    assert contrast(light, theme.colour("surface")) < contrast(strongest(button), theme.colour("surface"))
    assert not icon("flame").isNull()


def test_the_bundled_fonts_are_there() -> None:
    assert {"Inter", "JetBrains Mono"} <= set(load_bundled_fonts())


def test_chinese_text_takes_the_chinese_serif_first() -> None:
    assert is_chinese("三个字") and not is_chinese("one 字 or 二")
    assert "CJK" in families("serif", "床前明月光")[0]
    assert families("serif", "The kettle sang")[0] == "Noto Serif"


def test_the_text_size_scales_and_chinese_is_never_below_twelve_pixels() -> None:
    from studio.i18n import language

    theme.use_text_size(130)
    assert theme.px(20) == 26
    theme.use_text_size(100)
    assert theme.px(11) == 11
    language.use("zh")
    assert theme.px(11) == 12


def test_the_sheet_names_only_colours_of_the_table() -> None:
    import re

    used = {colour.lower() for colour in re.findall(r"#[0-9a-fA-F]{6}\b", QApplication.instance().styleSheet())}
    assert used <= {value.lower() for pair in COLOURS.values() for value in pair}


def test_stronger_outlines_darken_the_hairlines() -> None:
    before = theme.colour("line")
    theme.use_stronger_outlines(True)
    assert theme.colour("line") != before
    theme.use_stronger_outlines(False)
