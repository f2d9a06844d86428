"""Fix encoding."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.settings import setting

# Letters that begin a UTF-8 character when its bytes are read as Windows-1252, followed by what its other bytes
# become; or an HTML entity. Everything else passes without a closer look, which is 50 times faster.
_SUSPECT = re.compile("[\u00c2-\u00f4][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|&(?:[A-Za-z]{2,8}|#\\d{2,6});")

# What the commonest Chinese characters and marks become when their UTF-8 bytes are read as GBK.
_GBK_MARKS = re.compile("[锛銆鐨鏄鍦涓浜鏈绗鎴鍙璇鐢杩鍒闂]")
_BLOCKS = re.compile("锟斤拷|烫烫烫|屯屯屯")
_GARBLED = "Garbled beyond repair: UTF-8 text that was read as GBK."


class FixEncoding(CleaningStep, kind="fix-encoding", title="Fix encoding"):
    """Repair text whose letters were read in the wrong encoding, such as â€™ for ’.

    Only lines that look damaged are touched. HTML codes such as &amp; become the characters they stand for.
    Chinese text that was read as GBK is restored where no byte was lost, else dropped.
    Source: ftfy 6 (Speer 2019) without its changes to quotes, widths and ligatures; the GBK rule is our own.
    """

    entities: bool = setting(True, "HTML codes", "Turn codes such as &amp; into the characters they stand for.",
                             level="advanced")

    reasons = (_GARBLED,)
    examples = (
        Example("The old kettleâ€™s lid began to shake.", "The old kettle’s lid began to shake."),
        Example("cafÃ© &amp; bar", "café & bar"),
        Example("&amp;", "&amp;", settings={"entities": False}),
        Example("AT&T and R&D; naïve café Â§ 5", "AT&T and R&D; naïve café § 5"),
        Example("浣犲ソ锛屼笘鐣屻€傛垜鏄腑鍥戒汉銆" * 3, dropped=_GARBLED),
    )

    def apply(self, document: Document) -> Result:
        """Mend the lines that look damaged."""
        text = document.text
        if text.isascii() and "&" not in text:
            return document
        marks = _GBK_MARKS.findall(text)
        if len(marks) > 0.03 * len(text) and len(set(marks)) >= 3:
            repaired = _read_again(text)
            return document.with_text(repaired) if repaired else Dropped(_GARBLED, round(len(marks) / len(text), 3))
        if (blocks := _BLOCKS.findall(text)) and 3 * len(blocks) > 0.03 * len(text):
            return Dropped(_GARBLED, round(3 * len(blocks) / len(text), 3))
        if not _SUSPECT.search(text):
            return document
        return document.with_text("\n".join(self._mended(line) for line in text.split("\n")))

    def _mended(self, line: str) -> str:
        if not _SUSPECT.search(line):
            return line
        import ftfy

        mended: str = ftfy.fix_text(line, _configuration(self.entities))
        return mended


@cache
def _configuration(entities: bool) -> Any:
    import ftfy

    return ftfy.TextFixerConfig(unescape_html="auto" if entities else False, remove_terminal_escapes=False,
                                fix_latin_ligatures=False, fix_character_width=False, uncurl_quotes=False,
                                fix_line_breaks=False, remove_control_chars=False, normalization=None, explain=False)


def _read_again(text: str) -> str:
    """The text with its GBK bytes read as the UTF-8 they were; empty where bytes were lost."""
    try:
        return text.encode("gb18030").decode("utf-8")
    except UnicodeError:
        return ""
