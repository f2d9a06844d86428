"""The one style sheet, built from the table of colours."""
# ruff: noqa: E501  (a style sheet reads best one rule a line)

from __future__ import annotations

from collections.abc import Callable

from engine.assets import asset

Colour = Callable[[str], str]
Pixels = Callable[[int], int]
_CHEVRON = asset("theme/chevron-down.svg").as_posix()
"""A style sheet takes pictures only from files; this one's grey is readable on both themes."""


def sheet(colour: Colour, px: Pixels) -> str:
    """The whole style sheet for the colours and text sizes given."""
    c = colour
    return "\n".join((_surfaces(c), _texts(c, px), _buttons(c, px), _inputs(c, px), _views(c, px), _pop_ups(c, px)))


def _surfaces(c: Colour) -> str:
    strips = "\n".join(
        f'QFrame[strip="{level}"] {{ background: {c(level + "_soft")}; border: none; border-left: 3px solid {c(level)};'
        f' border-radius: 6px; }}' for level in ("ok", "warn", "error", "info"))
    return f"""
QMainWindow, QDialog, QStackedWidget#pages, Page {{ background: {c("bg")}; }}
QScrollArea, QScrollArea > QWidget > QWidget[bare="true"], QWidget[bare="true"] {{ background: transparent; border: none; }}
QFrame[surface="card"] {{ background: {c("surface")}; border: 1px solid {c("line")}; border-radius: 10px; }}
QFrame[surface="card"][chosen="true"] {{ border: 2px solid {c("accent")}; }}
QFrame[surface="panel"] {{ background: {c("raised")}; border: 1px solid {c("line")}; border-radius: 8px; }}
QFrame[surface="panel"][chosen="true"] {{ background: {c("selected")}; border: 1px solid {c("accent")}; }}
QFrame[surface="bar-top"] {{ background: {c("rail")}; border: none; border-bottom: 1px solid {c("line")}; }}
QFrame[surface="bar-bottom"] {{ background: {c("rail")}; border: none; border-top: 1px solid {c("line")}; }}
QFrame[surface="rail"] {{ background: {c("rail")}; border: none; border-right: 1px solid {c("line")}; }}
QFrame[surface="chip"] {{ background: {c("surface")}; border: 1px solid {c("line")}; border-radius: 6px; }}
QFrame[surface="pop-up"] {{ background: {c("surface")}; border: 1px solid {c("line_strong")}; border-radius: 8px; }}
{strips}
QFrame[line="horizontal"] {{ background: {c("line")}; border: none; max-height: 1px; min-height: 1px; }}
QFrame[line="vertical"] {{ background: {c("line")}; border: none; max-width: 1px; min-width: 1px; }}
QSplitter::handle {{ background: transparent; }}
"""


def _texts(c: Colour, px: Pixels) -> str:
    roles = {"title": (20, 600, "text"), "big": (19, 600, "text"), "card": (15, 600, "text"),
             "strong": (13, 600, "text"), "body": (13, 400, "text"), "label": (12, 400, "text2"), "label-strong": (12, 600, "text"),
             "caption": (11, 400, "text3"), "heading": (11, 600, "text3"),
             "wordmark": (16, 400, "text3")}
    rules = [f'QLabel {{ background: transparent; color: {c("text")}; }}']
    for role, (size, weight, token) in roles.items():
        rules.append(f'QLabel[role="{role}"] {{ font-size: {px(size)}px; font-weight: {weight}; color: {c(token)}; }}')
    for tone in ("text", "text2", "text3", "accent", "ember", "ok", "warn", "error", "info"):
        rules.append(f'QLabel[tone="{tone}"] {{ color: {c(tone)}; }}')
    for level in ("accent", "ok", "warn", "error", "info"):
        rules.append(f'QLabel[tag="{level}"] {{ background: {c(level + "_soft")}; color: {c(level)}; }}')
    rules.append(f'QLabel[tag="plain"] {{ background: {c("raised")}; color: {c("text2")}; }}')
    rules.append(f'QLabel[tag] {{ border-radius: 4px; padding: 1px 8px; font-size: {px(11)}px; font-weight: 500; }}')
    return "\n".join(rules)


def _buttons(c: Colour, px: Pixels) -> str:
    return f"""
QPushButton {{ min-height: 30px; padding: 0 12px; border-radius: 6px; border: 1px solid {c("line_mid")};
  background: {c("surface")}; color: {c("text")}; font-size: {px(13)}px; font-weight: 500; }}
QPushButton:hover {{ background: {c("hover")}; }}
QPushButton:pressed {{ background: {c("selected")}; }}
QPushButton:disabled {{ color: {c("text3")}; }}
QPushButton[kind="primary"] {{ background: {c("accent")}; border-color: {c("accent")}; color: {c("on_accent")}; font-weight: 600; }}
QPushButton[kind="primary"]:hover, QPushButton[kind="primary"]:pressed {{ background: {c("accent_hover")}; border-color: {c("accent_hover")}; }}
QPushButton[kind="primary"]:disabled {{ background: {c("line_mid")}; border-color: {c("line_mid")}; color: {c("text2")}; }}
QPushButton[kind="danger"] {{ border-color: {c("error")}; color: {c("error")}; }}
QPushButton[kind="danger"]:hover {{ background: {c("error_soft")}; }}
QPushButton[kind="quiet"], QPushButton[kind="icon"] {{ border-color: transparent; background: transparent; color: {c("text2")}; }}
QPushButton[kind="quiet"]:hover, QPushButton[kind="icon"]:hover {{ background: {c("hover")}; color: {c("text")}; }}
QPushButton[kind="quiet"]:checked, QPushButton[kind="icon"]:checked {{ background: {c("selected")}; color: {c("accent")}; }}
QPushButton[kind="icon"] {{ padding: 0; min-width: 30px; max-width: 30px; }}
QPushButton[kind="link"] {{ border: none; background: transparent; color: {c("accent")}; padding: 0 2px; min-height: 22px; font-size: {px(12)}px; }}
QPushButton[kind="link"]:hover {{ color: {c("accent_hover")}; text-decoration: underline; }}
QPushButton[kind="menu"] {{ border-color: transparent; background: transparent; font-weight: 600; padding: 0 8px; }}
QPushButton[kind="menu"]:hover {{ background: {c("hover")}; }}
QPushButton[height-class="small"] {{ min-height: 24px; padding: 0 9px; font-size: {px(12)}px; }}
QPushButton[kind="link"][height-class="small"] {{ padding: 0 2px; }}
QPushButton[height-class="large"] {{ min-height: 36px; padding: 0 16px; }}
QPushButton[kind="icon"][height-class="small"] {{ padding: 0; min-width: 24px; max-width: 24px; }}
QPushButton::menu-indicator {{ image: none; width: 0; }}
QFrame[surface="segment"] {{ background: {c("raised")}; border: 1px solid {c("line_mid")}; border-radius: 6px; }}
QPushButton[kind="segment"] {{ border: 1px solid transparent; border-radius: 5px; background: transparent; color: {c("text2")};
  min-height: 20px; padding: 0 9px; font-size: {px(12)}px; font-weight: 500; }}
QPushButton[kind="segment"]:hover {{ color: {c("text")}; background: {c("hover")}; }}
QPushButton[kind="segment"]:checked {{ background: {c("accent_soft")}; border-color: {c("accent")}; color: {c("accent")}; font-weight: 600; }}
QPushButton[kind="segment"][icon-only="true"] {{ padding: 0 5px; }}
QCheckBox, QRadioButton {{ spacing: 8px; font-size: {px(13)}px; background: transparent; }}
"""


def _inputs(c: Colour, px: Pixels) -> str:
    fields = "QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit, QTextBrowser"
    focused = ", ".join(f"{name}:focus" for name in fields.split(", "))
    return f"""
{fields} {{ background: {c("raised")}; border: 1px solid {c("line_strong")}; border-radius: 6px; color: {c("text")};
  selection-background-color: {c("accent")}; selection-color: {c("on_accent")}; font-size: {px(13)}px; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ min-height: 28px; padding: 0 8px; }}
QPlainTextEdit, QTextEdit, QTextBrowser {{ padding: 4px; }}
{focused} {{ border: 1px solid {c("accent")}; background: {c("surface")}; }}
*[problem="true"] {{ border-color: {c("error")}; }}
QLineEdit[quiet="true"] {{ background: transparent; border-color: transparent; min-height: 22px; padding: 0 2px; font-weight: 600; }}
QLineEdit[quiet="true"]:hover {{ border-color: {c("line_mid")}; }}
QLineEdit[quiet="true"]:focus {{ border-color: {c("accent")}; background: {c("surface")}; }}
QLineEdit[quiet="true"][problem="true"] {{ border-color: {c("error")}; }}
QPlainTextEdit[data="true"], QTextEdit[data="true"], QTextBrowser[data="true"] {{ background: transparent; border: none; padding: 0; }}
QComboBox {{ background: {c("surface")}; }}
QComboBox::drop-down {{ border: none; background: transparent; width: 26px; }}
QComboBox::down-arrow {{ image: url("{_CHEVRON}"); width: 16px; height: 16px; }}
QComboBox QAbstractItemView {{ background: {c("surface")}; border: 1px solid {c("line_strong")}; border-radius: 8px; padding: 4px;
  selection-background-color: {c("hover")}; selection-color: {c("text")}; outline: none; }}
QSlider {{ min-height: 22px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {c("line")}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {c("accent")}; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -6px 0; border-radius: 8px; border: 2px solid {c("accent")}; background: {c("surface")}; }}
QSlider::handle:horizontal:hover {{ background: {c("accent_soft")}; }}
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled {{ border-color: {c("line_strong")}; }}
QSlider::sub-page:horizontal:disabled {{ background: {c("line_mid")}; }}
QProgressBar {{ background: {c("line")}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {c("ember")}; border-radius: 3px; }}
"""


def _views(c: Colour, px: Pixels) -> str:
    return f"""
QTableView, QListView, QTreeView {{ background: {c("surface")}; border: none; gridline-color: {c("line")}; outline: none;
  selection-background-color: {c("selected")}; selection-color: {c("text")}; font-size: {px(13)}px; }}
QTableView::item {{ border-bottom: 1px solid {c("line")}; padding: 0 8px; }}
QListView::item, QTreeView::item {{ padding: 4px 8px; border-radius: 6px; }}
QTableView::item:selected, QListView::item:selected, QTreeView::item:selected {{ background: {c("selected")}; color: {c("text")}; }}
QListView::item:hover:!selected, QTreeView::item:hover:!selected {{ background: {c("hover")}; }}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{ background: {c("surface")}; color: {c("text2")}; border: none; border-bottom: 1px solid {c("line")};
  font-size: {px(11)}px; font-weight: 600; padding: 0 8px; min-height: 29px; }}
QTableCornerButton::section {{ background: {c("surface")}; border: none; }}
QTabWidget::pane {{ border: none; }}
QTabBar::tab {{ color: {c("text2")}; padding: 6px 12px; border: none; border-bottom: 2px solid transparent; font-size: {px(13)}px; }}
QTabBar::tab:selected {{ color: {c("accent")}; border-bottom: 2px solid {c("accent")}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {c("line_mid")}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {c("line_strong")}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _pop_ups(c: Colour, px: Pixels) -> str:
    return f"""
QMenu {{ background: {c("surface")}; border: 1px solid {c("line_strong")}; border-radius: 8px; padding: 6px; font-size: {px(13)}px; }}
QMenu::item {{ min-height: 28px; padding: 0 24px 0 10px; border-radius: 5px; color: {c("text")}; }}
QMenu::item:selected {{ background: {c("hover")}; }}
QMenu::item:disabled {{ color: {c("text3")}; }}
QMenu::icon {{ padding-left: 10px; }}
QMenu::separator {{ height: 1px; background: {c("line")}; margin: 5px 4px; }}
QToolTip {{ background: {c("text")}; color: {c("surface")}; border: none; padding: 7px 10px; font-size: {px(12)}px; }}
"""
