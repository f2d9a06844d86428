"""The main text of a web page, without what stands around it."""

from __future__ import annotations

import re

_LEAST_SHARE = 0.05
_LEAST_CHARACTERS = 80


def main_text(page: str, whole: str) -> str:
    """The article of a page whose whole text is `whole`; that itself where next to nothing would be left.

    Source: the main content extraction of resiliparse (Bevendorff et al., ECIR 2018).
    """
    from resiliparse.extract.html2text import extract_plain_text

    text: str = extract_plain_text(page, main_content=True, alt_texts=False, list_bullets=False,
                                   comments=False)
    main = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()
    enough = max(_LEAST_SHARE * len(whole), min(_LEAST_CHARACTERS, 0.5 * len(whole)))
    return main if len(main) >= enough else whole
