"""Colours, fonts and icons of the window, light or dark; no colour is written anywhere else."""

from studio.theme.icons import icon, paint_icon, picture, set_icon
from studio.theme.theme import theme

__all__ = ["icon", "paint_icon", "picture", "set_icon", "theme"]
