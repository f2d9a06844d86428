"""How long a text is, in units that are fair to all languages."""

from __future__ import annotations

import re

_UNIT = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
                   "|[^\\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+(?:['’-]\\w+)*")


def count_units(text: str, enough: int | None = None) -> int:
    """Words, and Chinese, Japanese and Korean characters one by one; counting may end once there are `enough`."""
    if enough is None:
        return len(_UNIT.findall(text))
    count = 0
    for count, _ in enumerate(_UNIT.finditer(text), start=1):
        if count >= enough:
            break
    return count
