"""Controls that know no page. Every text given to one may be made by `tr`; it then follows the language.

`Card(tr("Loss"), tr("bits per byte, lower is better"), name="loss")`. Object names are given by the caller and stay.
"""

from studio.widgets.bar_row import BarRow
from studio.widgets.big_number import BigNumber
from studio.widgets.busy import Bar, BusyBar, Spinner
from studio.widgets.buttons import (
    Button,
    DangerButton,
    IconButton,
    LinkButton,
    MenuButton,
    PrimaryButton,
    QuietButton,
)
from studio.widgets.card import Card, Line, Panel, bare, column, row
from studio.widgets.chips import Chip, TokenChips
from studio.widgets.data_text import DiffText, SerifText, differences
from studio.widgets.drop_area import DropArea, Dropped, read_drop, read_typed
from studio.widgets.empty import EmptyState
from studio.widgets.error_card import ErrorCard
from studio.widgets.fold import Fold
from studio.widgets.form import FormRow, KeyValue
from studio.widgets.scroll import Scroll
from studio.widgets.search import SearchField
from studio.widgets.segment import Segment
from studio.widgets.slider import NumberSlider
from studio.widgets.sparkline import Sparkline
from studio.widgets.state_mark import StateMark, paint_mark
from studio.widgets.strip import Glyph, Strip
from studio.widgets.switch import Switch
from studio.widgets.tag import Tag
from studio.widgets.text import ElidedText, Text, set_property, set_shown, set_tip
from studio.widgets.tile import Tile

__all__ = [
    "Bar", "BarRow", "BigNumber", "BusyBar", "Button", "Card", "Chip", "DangerButton", "DiffText", "DropArea",
    "Dropped", "ElidedText", "EmptyState", "ErrorCard", "Fold", "FormRow", "Glyph", "IconButton", "KeyValue", "Line",
    "LinkButton", "MenuButton", "NumberSlider", "Panel", "PrimaryButton", "QuietButton", "Scroll", "SearchField",
    "Segment", "SerifText", "Sparkline", "Spinner", "StateMark", "Strip", "Switch", "Tag", "Text", "Tile", "TokenChips",
    "bare", "column", "differences", "paint_mark", "read_drop", "read_typed", "row", "set_property",
    "set_shown", "set_tip",
]
