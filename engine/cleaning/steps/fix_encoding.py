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
_LOST = re.compile("(?:锟斤拷|锟斤)+")
_GARBLED = "Garbled beyond repair: UTF-8 text that was read as GBK."
_MOST_LOST = 0.1
"""A text is dropped where more of its characters stand in garbled lines that lost bytes."""


class FixEncoding(CleaningStep, kind="fix-encoding", title="Fix encoding"):
    """Repair text whose letters were read in the wrong encoding, such as â€™ for ’.

    Only lines that look damaged are touched. HTML codes such as &amp; become the characters they stand for.
    Chinese text that was read as GBK is restored line by line; lines that lost bytes are taken out, and a text that
    has more than a tenth of them is dropped. The blocks 锟斤拷, which stand for lost letters, are taken out.
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
            return _read_again(document)
        if (blocks := _BLOCKS.findall(text)) and 3 * len(blocks) > 0.03 * len(text):
            return Dropped(_GARBLED, round(3 * len(blocks) / len(text), 3))
        if "锟斤拷" in blocks:
            text = _LOST.sub("", text)
        if not _SUSPECT.search(text):
            return document.with_text(text)
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


def _read_again(document: Document) -> Result:
    """The document with the GBK bytes of its garbled lines read as the UTF-8 they were."""
    kept: list[str] = []
    lost = 0
    for line in document.text.split("\n"):
        try:
            kept.append(line.encode("gb18030").decode("utf-8"))
        except UnicodeError:
            if _GBK_MARKS.search(line):
                lost += len(line)
            else:
                kept.append(line)
    share = lost / len(document.text)
    return Dropped(_GARBLED, round(share, 3)) if share > _MOST_LOST else document.with_text("\n".join(kept))
