"""Numbers as the window writes them: thin spaces between thousands, a unit on everything, in both languages."""

from __future__ import annotations

import math
from typing import Any

from studio.i18n.language import Translated, tr

THIN_SPACE = "\u202f"
"""Narrow and never broken at a line's end; groups thousands and stands before units."""


def grouped(number: int | float) -> str:
    """1640 as '1 640' with a thin space; numbers below 1000 as they are."""
    return f"{round(number):,}".replace(",", THIN_SPACE)


def counted(one: str, many: str, count: int, **values: Any) -> Translated:
    """The sentence for one thing or for many: `counted("{count} file", "{count} files", 3)`; {count} is grouped."""
    return tr(one if count == 1 else many, count=grouped(count), **values)


def decimal(number: float, places: int = 2) -> str:
    """A number with a fixed count of decimals, thousands grouped; a dash for what is not a number."""
    if not math.isfinite(number):
        return "–"
    return f"{number:,.{places}f}".replace(",", THIN_SPACE)


def significant(number: float, digits: int = 3) -> str:
    """A number with so many digits that matter: 0.00041, 12.6, 1 640."""
    if not math.isfinite(number):
        return "–"
    if number == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(number)))
    text = decimal(number, max(0, places))
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(fraction: float, places: int = 0) -> str:
    """0.81 as '81 %'."""
    return f"{decimal(fraction * 100, places)}{THIN_SPACE}%"


def size_bytes(count: int | float) -> str:
    """Bytes in decimal units: '612 B', '1.8 kB', '38.2 MB', '41 GB'."""
    number, unit = _scaled(float(count), ("B", "kB", "MB", "GB"))
    places = 0 if unit == "B" or number >= 100 or (unit == "GB" and number >= 10) else 1
    return f"{decimal(number, places)}{THIN_SPACE}{unit}"


def short(count: int | float) -> str:
    """A large count in three digits or so: '950', '150 k', '12.6 M', '1.2 G'."""
    number, unit = _scaled(float(count), ("", "k", "M", "G"))
    is_whole = math.isclose(number, round(number), abs_tol=0.05)
    text = decimal(number, 0 if not unit or number >= 100 or is_whole else 1)
    return f"{text}{THIN_SPACE}{unit}" if unit else text


def _scaled(number: float, units: tuple[str, ...]) -> tuple[float, str]:
    """The number in the largest unit that keeps it at one or more."""
    for unit in units[:-1]:
        if abs(number) < 999.5:
            return number, unit
        number /= 1000
    return number, units[-1]


def rate(per_second: float) -> str:
    """A speed without its unit: '150 k' tokens a second."""
    return short(per_second)


def duration(seconds: float) -> Translated:
    """A stretch of time: '40 s', '17 min', '2 h 10', '3 days'."""
    whole = max(0, round(seconds)) if math.isfinite(seconds) else 0
    if whole < 100:
        return tr("{seconds} s", seconds=whole)
    minutes = round(whole / 60)
    if minutes < 60:
        return tr("{minutes} min", minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return tr("{hours} h {minutes}", hours=hours, minutes=f"{rest:02d}") if rest else tr("{hours} h", hours=hours)
    return tr("{days} days", days=round(hours / 24))


def ago(seconds: float) -> Translated:
    """How long since: 'just now', '20 min ago', 'yesterday', '3 days ago'."""
    if seconds < 60:
        return tr("just now")
    if seconds < 3600:
        return tr("{minutes} min ago", minutes=int(seconds // 60))
    if seconds < 86400:
        return tr("{hours} h ago", hours=int(seconds // 3600))
    days = int(seconds // 86400)
    return tr("yesterday") if days == 1 else tr("{days} days ago", days=days)
