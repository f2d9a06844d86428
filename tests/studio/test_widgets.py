"""Each control by keyboard, what it tells, and that it never speaks when the program sets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from studio.i18n import language, tr
from studio.theme import theme
from studio.widgets import (
    BusyBar,
    Button,
    Chip,
    ErrorCard,
    Fold,
    FormRow,
    NumberSlider,
    SearchField,
    Segment,
    SerifText,
    Sparkline,
    StateMark,
    Strip,
    Switch,
    TokenChips,
    differences,
    read_drop,
    read_typed,
)


@pytest.fixture
def shown(qtbot):
    def show(widget: QWidget) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(400, 200)
        widget.show()
        return widget

    return show


def heard(signal) -> list:
    values: list = []
    signal.connect(lambda *given: values.append(given[0] if given else None))
    return values


def test_a_switch_is_turned_by_space_and_silent_when_set(shown, qtbot) -> None:
    switch = shown(Switch(False, tr("Theme")))
    told = heard(switch.edited)
    switch.setChecked(True)
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert told == [False]
    assert switch.accessibleName() == "Theme"


def test_a_segment_is_walked_with_the_arrows(shown, qtbot) -> None:
    segment = shown(Segment([("a", "One"), ("b", "Two"), ("c", "Three")], "a"))
    told = heard(segment.chosen)
    segment.choose("b")
    segment.button("b").setFocus()
    qtbot.keyClick(segment.button("b"), Qt.Key.Key_Right)
    assert told == ["c"] and segment.value() == "c"


@pytest.mark.parametrize(("settings", "typed", "expected"), [
    ({"low": 0, "high": 1, "value": 0.4}, "0.7", 0.7),
    ({"low": 256, "high": 64000, "value": 8000, "whole": True}, "12 000", 12000),
    ({"low": 1e-5, "high": 1, "value": 1e-3, "logarithmic": True}, "0.00041", 0.00041),
    ({"low": 0, "high": 1, "value": 0.4}, "0,5", 0.5),
])
def test_a_typed_number_is_told_once(shown, qtbot, settings, typed, expected) -> None:
    slider = shown(NumberSlider(**settings))
    told = heard(slider.edited)
    slider.number.setText(typed)
    qtbot.keyClick(slider.number, Qt.Key.Key_Return)
    assert told == [pytest.approx(expected)]
    assert isinstance(told[0], int) is bool(settings.get("whole"))


def test_a_number_beside_a_slider_that_is_being_typed_stays(shown, qtbot) -> None:
    slider = shown(NumberSlider(0.0, 1.0, 0.5))
    slider.activateWindow()
    slider.number.setFocus()
    qtbot.waitUntil(slider.number.hasFocus)
    slider.number.selectAll()
    qtbot.keyClicks(slider.number, "0.")
    slider.set_value(0.5)
    assert slider.number.text() == "0."
    qtbot.keyClicks(slider.number, "25")
    qtbot.keyClick(slider.number, Qt.Key.Key_Return)
    assert slider.value() == 0.25
    slider.set_value(0.75)
    assert slider.number.text() == "0.75"


@pytest.mark.parametrize("typed", ["2", "-1", "x", "", "nan", "inf"])
def test_a_wrong_number_is_marked_and_not_told(shown, qtbot, typed) -> None:
    slider = shown(NumberSlider(0, 1, 0.4))
    told = heard(slider.edited)
    slider.number.setText(typed)
    qtbot.keyClick(slider.number, Qt.Key.Key_Return)
    assert told == [] and slider.value() == 0.4
    assert slider.number.property("problem") is True
    assert "Between 0 and 1." in slider.number.toolTip()


def test_a_slider_moves_by_arrow_resets_by_double_click_and_is_silent_when_set(shown, qtbot) -> None:
    slider = shown(NumberSlider(1, 96, 4, whole=True))
    told = heard(slider.edited)
    slider.set_value(50)
    assert told == []
    qtbot.keyClick(slider.track, Qt.Key.Key_Right)
    assert told and told[-1] > 50
    qtbot.mouseDClick(slider.track, Qt.MouseButton.LeftButton)
    assert slider.value() == 4 and told[-1] == 4


def test_every_step_of_a_short_slider_can_be_reached(shown, qtbot) -> None:
    slider = shown(NumberSlider(1, 4, 1, whole=True))
    told = heard(slider.edited)
    for _ in range(5):
        qtbot.keyClick(slider.track, Qt.Key.Key_Right)
    assert told == [2, 3, 4]


def test_a_log_slider_shows_any_value_where_it_belongs(shown) -> None:
    slider = shown(NumberSlider(1e-4, 1, 1e-2, logarithmic=True))
    assert slider.track.value() == 500
    for exponent in range(-4, 1):
        slider.set_value(10.0**exponent)
        assert slider.value() == pytest.approx(10.0**exponent)


def test_chips_are_walked_and_their_ids_copied(shown, qtbot) -> None:
    chips = shown(TokenChips())
    told = heard(chips.focused)
    chips.set_chips([Chip(text, number + 10) for number, text in enumerate(["The", " cat", "猫", "\n"])])
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_Home):
        qtbot.keyClick(chips, key)
    assert told == [0, 1, 0, 3, 0]
    qtbot.keyClick(chips, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "10 11 12 13"


def test_fifty_thousand_chips_are_laid_out_without_overlap_and_found_by_point(shown) -> None:
    chips = shown(TokenChips())
    chips.set_chips([Chip("token"[: number % 5 + 1], number) for number in range(50_000)])
    places = chips._places
    for number in range(0, 49_999, 997):
        one, next_one = places[number], places[number + 1]
        assert not one.intersects(next_one)
        assert next_one.top() > one.top() or next_one.left() > one.right()
    bar = chips.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    number = chips.chip_at(QPoint(10, 20))
    assert places[number].contains(QPoint(10, 20 + bar.value()))
    assert number == next(n for n, place in enumerate(places) if place.contains(QPoint(10, 20 + bar.value())))


def test_differences_put_together_give_both_texts_again() -> None:
    before, after = "The  cat sat on teh mat . 春风不改", "The cat sat on the mat. 春风改"
    left, right = differences(before, after)
    assert "".join(text for text, _ in left) == before
    assert "".join(text for text, _ in right) == after
    assert ("不", "removed") in left


def test_data_text_shows_markup_as_it_is_marks_words_and_writes_on(shown) -> None:
    view = shown(SerifText("<b>tea</b> Tea 茶 tea"))
    assert view.toPlainText() == "<b>tea</b> Tea 茶 tea"
    assert view.mark("tea") == 3
    view.append_span(" and more", "copied")
    assert view.toPlainText().endswith("and more")
    theme.use("dark")
    assert view.toPlainText() == "<b>tea</b> Tea 茶 tea and more"


def test_search_waits_for_the_typing_to_rest(shown, qtbot) -> None:
    field = shown(SearchField("Search", wait_milliseconds=30))
    told = heard(field.searched)
    qtbot.keyClicks(field, "tea")
    assert told == []
    qtbot.waitUntil(lambda: told == ["tea"])
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told == ["tea", ""]


def test_a_drop_gives_paths_addresses_or_text(tmp_path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl("https://example.org/a")])
    found = read_drop(data)
    assert found.paths == (Path(tmp_path),) and found.addresses == ("https://example.org/a",)
    text = QMimeData()
    text.setText("床前明月光")
    assert read_drop(text).text == "床前明月光"
    assert not read_drop(QMimeData()) and not read_typed("  \n")
    assert read_typed("https://a.org\nhttps://b.org").addresses == ("https://a.org", "https://b.org")


def test_a_mark_says_its_state_in_words(shown) -> None:
    mark = shown(StateMark("running", 0.4, subject=tr("Corpus")))
    assert mark.accessibleName() == "Corpus, running"
    language.use("zh")
    assert mark.accessibleName() == "语料，运行中"
    for state in ("done", "stale", "todo", "error", "none"):
        mark.set_state(state)
        assert not mark.grab().isNull()


def test_a_strip_can_be_closed_and_told_again(shown, qtbot) -> None:
    room = shown(QWidget())
    strip = Strip("warn", tr("Undo"), name="strip")
    strip.setParent(room)
    strip.show()
    told = heard(strip.closed)
    strip.findChild(Button, "strip.close").click()
    assert told and strip.isHidden()
    strip.tell("ok", "Saved")
    assert strip.isVisible()


def test_busy_tells_how_far_and_how_long_and_offers_cancel(shown) -> None:
    busy = shown(BusyBar(tr("Clean"), "busy"))
    told = heard(busy.cancelled)
    busy.set_progress(7210, 12480, 20)
    assert busy._left.text().replace("\u202f", " ") == "7 210 of 12 480 · 20 s left"
    busy.set_progress(0, None)
    assert busy._spinner.isVisible() and not busy._bar.isVisible()
    busy.cancel.click()
    assert len(told) == 1


def test_an_error_unfolds_its_details_and_copies_them(shown) -> None:
    card = shown(ErrorCard("It stopped.", "Step 1 600 is safe.", "Use a smaller batch.", details="trace"))
    card.details_button.click()
    card.copy_button.click()
    assert QGuiApplication.clipboard().text() == "It stopped.\nStep 1 600 is safe.\nUse a smaller batch.\ntrace"


def test_a_form_row_shows_its_problem_and_a_fold_remembers(shown) -> None:
    slider = NumberSlider(0, 1, 0.5)
    form = shown(FormRow(tr("Theme"), slider, tr("Undo")))
    form.set_problem("too large")
    assert slider.property("problem") is True
    form.set_problem("")
    assert slider.property("problem") is False
    fold = shown(Fold(tr("Details"), QWidget(), name="fold"))
    told = heard(fold.toggled)
    fold.findChild(Button, "fold.toggle").click()
    assert told == [True] and fold.is_open()


def test_parts_never_become_windows_of_their_own(qtbot) -> None:
    before = {id(widget) for widget in QApplication.topLevelWidgets() if widget.isVisible()}
    kept = [Strip("info", "text"), BusyBar("x"), ErrorCard("x", details="y"), FormRow("x", Switch()),
            Fold("x", QWidget(), True)]
    for widget in kept:
        qtbot.addWidget(widget)
    assert not [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and id(widget) not in before]


def test_a_sparkline_leaves_out_what_is_not_a_number_and_keeps_the_last_value(shown) -> None:
    curve = Sparkline([5, float("nan"), 3, float("inf"), 2])
    assert curve._values == [5, 3, 2]
    curve.set_values(range(10_000))
    assert len(curve._values) < 500 and curve._values[-1] == 9999
    assert not shown(curve).grab().isNull()
