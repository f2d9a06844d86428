"""Remove the lines of web pages that are not their text."""

from __future__ import annotations

import re

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.corpora.units import count_units
from engine.settings import setting

_POLICIES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies",
             "accept cookies", "all rights reserved", "©")
_INVITATIONS = re.compile(
    r"\b(?:read more|continue reading|click here|sign[ -]?(?:in|up)|log[ -]?in|subscribe|share (?:this|on)|follow us|"
    r"items? in (?:your )?cart|add to cart|skip to (?:main )?content|back to top|leave a (?:comment|reply)|view all|"
    r"load more|next page|previous page|table of contents|newsletter)\b", re.I)
_CHINESE = re.compile(
    r"版权所有|版權所有|备案号|ICP备|京公网安备|隐私政策|隱私政策|使用条款|设为首页|設為首頁|加入收藏|收藏本站|上一[页頁篇]|下一[页頁篇]|"
    r"返回[首顶頂]|点击(?:查看|这里|此处|进入|下载|阅读|右上角)|點擊|阅读全文|查看更多|加载更多|分享到|扫一扫|扫描二维码|关注我们|關注我們|"
    r"责任编辑|網站地圖|网站地图|联系我们|聯絡我們|关于我们|登录.{0,3}注册|登錄|免责声明|转载请注明|打印本页|关闭窗口")
_NOTICE_WORDS = (*_POLICIES, "read", "click", "sign", "log", "subscribe", "share ", "follow us", "cart", "skip to",
                 "back to top", "leave a", "view all", "load more", "next page", "previous page", "contents",
                 "newsletter")
_COUNTER = re.compile(r"[\d.,]+[kKmM万]?\s*(?:likes?|shares?|comments?|views?|replies|retweets?|followers?|"
                      r"赞|条?评论|次?阅读|次?浏览|转发|回复|点赞|收藏|人?关注)", re.I)
_CITATION = re.compile(r"\[(?:\d{1,3}|edit|citation needed|编辑|来源请求)\]")
_END_MARKS = frozenset(".!?\"'”’。！？…”」』）)")
_HAN = re.compile("[\u3400-\u9fff]")
_PHRASE = re.compile(r"[.!?。！？](?:\s|[”\"’」』]|$)|[。！？]")
_SHORT_LINE = 10
"""Invitations such as "read more" are looked for in lines of at most so many words."""

_LOREM = "Filler text (lorem ipsum)."
_BRACE = "Contains a curly bracket, as program code does."
_FEW_SENTENCES = "Too few sentences."
_MOST_GONE = "Too much of the page was not its text."
_NONE_LEFT = "No line is part of the text."


class WebLines(CleaningStep, kind="web-lines", title="Strip web lines"):
    """Remove menus, notices, counters and invitations to click, line by line.

    Lines that are all capitals or numbers go, and those of a single word, and short Chinese lines without an end
    mark. Harmful to poems and plays.
    Source: line rules of C4 (Raffel et al. 2020, arXiv:1910.10683, section 2.2) and of RefinedWeb (Penedo et al. 2023,
    arXiv:2306.01116, appendix G.2); the Chinese list is our own. C4's rules on end marks, curly brackets and
    sentences are off, since they drop good text.
    """

    notices: bool = setting(True, "Notices and invitations", "Remove lines about cookies, rights and policies, and "
                            "short lines such as “Read more” and 上一页.")
    javascript: bool = setting(True, "Lines about JavaScript", "Remove lines that ask to switch it on.")
    citations: bool = setting(True, "Marks of citations", "Take [1] and [edit] out of lines.", level="advanced")
    capitals: float = setting(0.5, "Most capitals in a line", "Lines with a larger share of capital letters go.",
                              low=0.1, high=1.0, level="advanced")
    words: int = setting(2, "Fewest words in a line", "Lines with fewer words go; 3 in C4.", unit="words", low=0,
                         high=20)
    han: int = setting(4, "Fewest characters in a Chinese line", "Shorter Chinese lines without an end mark go.",
                       unit="characters", low=0, high=20)
    end_marks: bool = setting(False, "Only lines with end marks", "Remove lines that end without a full stop or the "
                              "like, as in C4.", level="advanced")
    braces: bool = setting(False, "Drop pages with curly brackets", "As in C4, which wants no code.", level="advanced")
    sentences: int = setting(0, "Fewest sentences in a page", "Pages with fewer are dropped; 5 in C4.", low=0, high=20,
                             level="advanced")
    most_gone: float | None = setting(None, "Most that may go", "Pages that lose a larger share are dropped; 0.05 in "
                                      "RefinedWeb.", low=0.0, high=1.0, level="advanced", auto="No limit")

    reasons = (_LOREM, _BRACE, _FEW_SENTENCES, _MOST_GONE, _NONE_LEFT)
    examples = (
        Example("Home\nThe lid shook, and she poured two cups.[3]\nRead more about tea\n12 likes\nSHOP AND SAVE",
                "The lid shook, and she poured two cups."),
        Example("首页\n孔乙己是站着喝酒的人。\n上一页 下一页\n版权所有 鲁镇网\n“好！”",
                "孔乙己是站着喝酒的人。\n“好！”"),
        Example("We use cookies to improve this site.\nThe cat sat here.\n\nPlease enable JavaScript to go on.",
                "The cat sat here.\n"),
        Example("Lorem ipsum dolor sit amet, consectetur.", dropped=_LOREM),
        Example("Home\nAbout\nLOGIN NOW", dropped=_NONE_LEFT),
        Example("One line. And two.", dropped=_FEW_SENTENCES, settings={"sentences": 5}),
        Example("if (a) { b(); } else stop here.", dropped=_BRACE, settings={"braces": True}),
        Example("The cat sat here.\nHome\nShop", dropped=_MOST_GONE, settings={"most_gone": 0.05}),
    )

    def apply(self, document: Document) -> Result:
        """Clean one page."""
        text = document.text
        if "orem ipsum" in text and "lorem ipsum" in text.lower():
            return Dropped(_LOREM)
        if self.braces and "{" in text:
            return Dropped(_BRACE, float(text.count("{")))
        if self.citations and "[" in text:
            text = _CITATION.sub("", text)
        lines = text.split("\n")
        has_notices = self.notices and _has_notices(text)
        kept = [line for line in lines if not (bare := line.strip()) or self._keeps(bare, has_notices)]
        text = "\n".join(kept) if len(kept) < len(lines) else text
        return self._dropped(document, text) or document.with_text(text)

    def _dropped(self, document: Document, text: str) -> Dropped | None:
        if not text.strip():
            return Dropped(_NONE_LEFT) if document.text.strip() else None
        if self.most_gone is not None and (share := 1 - len(text) / len(document.text)) > self.most_gone:
            return Dropped(_MOST_GONE, round(share, 3))
        if self.sentences and (count := len(_PHRASE.findall(text))) < self.sentences:
            return Dropped(_FEW_SENTENCES, float(count))
        return None

    def _keeps(self, line: str, has_notices: bool) -> bool:
        is_short = len(line) < 100
        if is_short and not self._is_text(line):
            return False
        if self.end_marks and (line[-1] not in _END_MARKS or line.endswith(("...", "…"))):
            return False
        if self.javascript and "avascript" in line.lower():
            return False
        return not (has_notices and len(line) < 400 and _is_notice(line, is_short))

    def _is_text(self, line: str) -> bool:
        """Whether a short line can be part of a text."""
        han = 0 if line.isascii() else len(_HAN.findall(line))
        if 2 * han > len(line) and han >= self.han and not line[0].isdigit():
            return True
        letters = sum(map(str.isalpha, line))
        if not letters or _COUNTER.fullmatch(line):
            return False
        if count := han:
            return count >= self.han or line[-1] in _END_MARKS or letters > 2 * count
        if letters > 1 and sum(map(str.isupper, line)) > self.capitals * letters:
            return False
        return count_units(line, self.words) >= self.words


def _has_notices(text: str) -> bool:
    """Whether any line may be a notice; the slower patterns need not look where none is."""
    small = text.lower()
    return any(word in small for word in _NOTICE_WORDS) or (not text.isascii() and bool(_CHINESE.search(text)))


def _is_notice(line: str, is_short: bool) -> bool:
    small = line.lower()
    if any(policy in small for policy in _POLICIES):
        return True
    if not line.isascii() and len(line) <= 60 and _CHINESE.search(line):
        return True
    return is_short and bool(_INVITATIONS.search(line)) and count_units(line, _SHORT_LINE + 1) <= _SHORT_LINE


