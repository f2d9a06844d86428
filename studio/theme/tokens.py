"""The table of colours: each name with its light and its dark value, and the sizes that all share."""

from __future__ import annotations

COLOURS: dict[str, tuple[str, str]] = {
    "bg": ("#F3F5F2", "#121617"),
    "rail": ("#EAEEEA", "#0E1213"),
    "surface": ("#FFFFFF", "#1A1F21"),
    "raised": ("#F7F9F6", "#22282B"),
    "hover": ("#EDF1ED", "#283033"),
    "selected": ("#DDEEE9", "#1C3833"),
    "line": ("#DDE2DC", "#2C3437"),
    "line_mid": ("#C2CAC4", "#424C4F"),
    "line_strong": ("#848E88", "#6B777A"),
    "text": ("#1A2220", "#E7ECEA"),
    "text2": ("#4A5652", "#B3BEBA"),
    "text3": ("#5E6A66", "#97A3A0"),
    "accent": ("#14665A", "#72CDB9"),
    "accent_hover": ("#0F564C", "#8ADBC9"),
    "on_accent": ("#FFFFFF", "#0B1F1B"),
    "accent_soft": ("#E0F0EB", "#19332E"),
    "ember": ("#A8420F", "#F2955F"),
    "ember_soft": ("#FBEBE1", "#36231A"),
    "ok": ("#17694A", "#74CF9C"),
    "ok_soft": ("#E2F2E9", "#173126"),
    "warn": ("#7C5700", "#E5BC5C"),
    "warn_soft": ("#FBF2D8", "#332A14"),
    "error": ("#A92B33", "#F58A8E"),
    "error_soft": ("#FBE9E9", "#3A2022"),
    "info": ("#255C99", "#86B9EE"),
    "info_soft": ("#E6EFF9", "#1A2B3C"),
    "del_bg": ("#FBDFDF", "#4A2528"),
    "add_bg": ("#D5EFDF", "#1B4030"),
    "p1": ("#1668B3", "#86C5F7"),
    "p2": ("#AE430B", "#EB7A45"),
    "p3": ("#12936A", "#4FD6A0"),
    "p4": ("#4F2683", "#B473DD"),
    "p5": ("#A58C0F", "#EDD45C"),
    "p6": ("#788490", "#7C8993"),
    "grid": ("#E6EAE5", "#262D30"),
    "k1": ("#DCEBF8", "#1E3A52"),
    "k2": ("#FBE6D6", "#4A2F1D"),
    "k3": ("#D8EFE6", "#1B4237"),
    "k4": ("#EDE2F6", "#3A2B4B"),
    "k5": ("#F5EFCF", "#413A18"),
}

KINDS = ("k1", "k2", "k3", "k4", "k5")
"""Backgrounds of token chips, taken in turn."""

SERIES = ("p1", "p2", "p4", "p5", "p3", "p6")
"""Plot colours of runs, the one in focus first; from the seventh on, `p6` and a label."""

TOP_BAR_HEIGHT = 52
RAIL_WIDTH = 236
RAIL_ITEM_HEIGHT = 56
STATUS_BAR_HEIGHT = 34
PAGE_MARGIN = (28, 20)
CARD_GAP = 14
CARD_PADDING = 16
