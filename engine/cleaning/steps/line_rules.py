"""Drop what is not prose by its lines."""

from __future__ import annotations

from engine.cleaning.statistics import TextStatistics, statistics_of
from engine.cleaning.step import CleaningStep, Example, Measure, Result
from engine.corpora.document import Document, Dropped
from engine.settings import setting

_BULLETS = ("•", "●", "○", "■", "□", "▪", "▫", "‣", "⁃", "◦", "※", "·", "★", "☆", "- ", "* ", "– ", "+ ", "◆", "◇")
_ELLIPSES = ("...", "…", "...”", "…”", "…」")
_END_MARKS = frozenset(".!?…\"'”’»)]。！？；」』）》〉．｡")

_BULLETED = "Nearly all lines are items of a list."
_CUT_OFF = "Too many lines break off with an ellipsis."
_NO_ENDS = "Too few lines end a sentence."
_SHORT = "Too many lines are short."
_BROKEN = "Too many lines for so few words."


class LineRules(CleaningStep, kind="line-rules", title="Check lines"):
    """Drop documents whose lines are not those of prose, such as menus, lists and rows of teasers.

    Harmful to poems, plays and tables; made for web pages. Closing quotation marks and brackets count as end marks.
    Source: bullet and ellipsis rules of Gopher (Rae et al. 2021, arXiv:2112.11446, appendix A1.1); end marks, short
    lines and lines for each word of FineWeb (Penedo et al. 2024, arXiv:2406.17557, section 3.6: .12, .67, .3 for
    English) and FineWeb-2 (arXiv:2506.20920, Chinese), loosened until good text of both languages passed.
    """

    fewest_lines: int = setting(4, "Fewest lines looked at", "Documents with fewer lines pass.", unit="lines", low=1,
                                high=100, level="advanced")
    end_marks: float = setting(0.08, "Fewest lines with end marks", "Share of the lines that end with a mark such as "
                               "a full stop.", low=0.0, high=1.0)
    end_marks_chinese: float = setting(0.06, "Fewest lines with end marks in Chinese", "The same share for Chinese and "
                                       "Japanese.", low=0.0, high=1.0, level="advanced")
    short_lines: float = setting(0.80, "Most short lines", "Share of the lines that are short.", low=0.0, high=1.0)
    short: int = setting(30, "Longest short line", "Lines of at most so many characters are short.", unit="characters",
                         low=1, high=200, level="advanced")
    short_chinese: int = setting(12, "Longest short line in Chinese", "The same for Chinese and Japanese.",
                                 unit="characters", low=1, high=100, level="advanced")
    unless_end_marks: float = setting(0.30, "Short lines may end sentences", "Short lines are no harm where at least "
                                      "this share of all lines has an end mark.", low=0.0, high=1.0, level="advanced")
    bullets: float = setting(0.90, "Most list items", "Share of the lines that begin with a bullet.", low=0.1, high=1.0)
    ellipses: float = setting(0.30, "Most lines broken off", "Share of the lines that end with an ellipsis.", low=0.05,
                              high=1.0)
    lines_per_word: float | None = setting(None, "Most lines for each word", "Lines divided by words, Chinese "
                                           "characters counting as words.", low=0.02, high=1.0, level="advanced",
                                           auto="No limit")

    measure = Measure("Share of lines with end marks", lows=("end_marks", "end_marks_chinese"))
    reasons = (_BULLETED, _CUT_OFF, _NO_ENDS, _SHORT, _BROKEN)
    examples = (
        Example("The lid shook.\nShe poured two cups.\n“Well?” she said.\nNobody answered for a long time.",
                "The lid shook.\nShe poured two cups.\n“Well?” she said.\nNobody answered for a long time."),
        Example("第一天，客人来了。\n他坐下喝茶。\n“好茶！”他说。\n谁也没有回答。",
                "第一天，客人来了。\n他坐下喝茶。\n“好茶！”他说。\n谁也没有回答。"),
        Example("Home\nAbout us\nContact\nShop\nHelp", dropped=_NO_ENDS),
        Example("首页\n关于我们\n联系方式\n商城\n帮助中心", dropped=_NO_ENDS),
        Example("• one thing.\n• a second thing.\n• a third thing.\n• a fourth thing.", dropped=_BULLETED),
        Example("The minister said that...\nRain is coming to...\nOur team has won...\nAll is well.", dropped=_CUT_OFF),
        Example("Ends.\n" + "cheap shoes here\n" * 6, dropped=_SHORT),
        Example("a b c.\nd e f.\ng h i.\nj k l.", dropped=_BROKEN, settings={"lines_per_word": 0.3}),
    )

    def apply(self, document: Document) -> Result:
        """Look at one document."""
        text = statistics_of(document.text)
        if len(text.lines) < self.fewest_lines:
            return document
        return self._dropped(text) or document

    def value_of(self, document: Document) -> float | None:
        """The share of lines with end marks."""
        text = statistics_of(document.text)
        return _share_ended(text) if len(text.lines) >= self.fewest_lines else None

    def _dropped(self, text: TextStatistics) -> Dropped | None:
        lines, count = text.lines, len(text.lines)
        if (share := sum(line.startswith(_BULLETS) for line in lines) / count) > self.bullets:
            return Dropped(_BULLETED, round(share, 3))
        if (share := sum(line.endswith(_ELLIPSES) for line in lines) / count) > self.ellipses:
            return Dropped(_CUT_OFF, round(share, 3))
        ended = _share_ended(text)
        if ended < (self.end_marks_chinese if text.is_ideographic else self.end_marks):
            return Dropped(_NO_ENDS, round(ended, 3))
        longest = self.short_chinese if text.is_ideographic else self.short
        short = sum(len(line) <= longest for line in lines) / count
        if short > self.short_lines and ended < self.unless_end_marks:
            return Dropped(_SHORT, round(short, 3))
        if self.lines_per_word is not None and (share := count / max(1, text.units)) > self.lines_per_word:
            return Dropped(_BROKEN, round(share, 3))
        return None


def _share_ended(text: TextStatistics) -> float:
    return sum(line[-1] in _END_MARKS for line in text.lines) / len(text.lines)
