"""Remove what is not the book from books."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.settings import setting

_START = re.compile(r"^[ \t]*\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG E(?:BOOK|TEXT)[^\n]*\n", re.M | re.I)
_END = re.compile(r"^[ \t]*(?:\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG E(?:BOOK|TEXT)"
                  r"|End of (?:the )?Project Gutenberg)", re.M | re.I)
_PRODUCED = re.compile(r"\A\s*(?:Produced by|E-text prepared by|This etext was)[^\n]*\n(?:[^\n]+\n)*", re.I)
_PAGE = re.compile(r"[-–—\[(（【]* ?(?:(?:Page|Pg\.?|p\.) ?)?[0-9]{1,4}(?: ?(?:of|/) ?[0-9]{1,4})? ?[-–—\])）】]*"
                   r"|\[Pg [ivxlc]+\]|第 ?[0-9]{1,4} ?页(?: ?[，,/] ?共 ?[0-9]{1,4} ?页)?", re.I)
_HEADING = re.compile(r"[^A-Za-z\u4e00-\u9fff]*(?:chapter|book|part|volume|act|scene|canto|letter|sonnet|psalm|song|"
                      r"section|verse|figure|table|第)", re.I)
_CONTENTS = re.compile(r"(?:table of )?contents\.?:?|目[ \u3000]*[录錄次]", re.I)
_ENTRY = re.compile(r"(?:chapter|book|part|volume|act|letter|preface|prologue|epilogue|introduction|appendix|index)\b.*"
                    r"|[IVXLC]{1,8}[.\s].*|[0-9]{1,3}[.\s、].*|第.{1,8}[章回卷节節篇部折].*"
                    r"|.*(?:\.{3,}|…+|\s{2,})\s*[0-9ivxlc]+"
                    r"|[序前后後][言记記]?|楔子|引子|尾声|尾聲|附录|附錄", re.I)
_ADVERTISEMENT = re.compile(
    r"(?:本书|本書|本文|本电子书|更多精彩|更多好书|最新章节|全文阅读).{0,30}"
    r"(?:由|请|請|访问|訪問|登录|下载|下載|首发|整理|制作|www\.|http)"
    r"|(?:手机用户|手機用戶)请.{0,20}(?:阅读|閱讀)|(?:TXT|txt|电子书|小说).{0,12}"
    r"(?:下载|下載)(?:网|網|站|$)"
    r"|[(（【]?(?:本章完|未完待续|待續|全书完|全書完)[)）】]?$|求(?:推荐|月|收藏).{0,20}"
    r"(?:票|收藏|支持)|^[=\-—*]{3,}.{0,30}www\.")
_CHAPTER = re.compile(r"^[ \t\u3000]*第[ \t\u3000]*([0-9０-９〇零一二三四五六七八九十百千两]{1,8})"
                      r"[ \t\u3000]*([章回卷])"
                      r"[ \t\u3000:：.、]*(?=\S{0,40}$)", re.M)
_SUSPECT = ("gutenberg", "contents", "目录", "目錄", "目次", "目 ", "目\u3000", "下载", "下載", "首发",
            "整理", "访问", "訪問", "章完",
            "书完", "書完", "待续", "待續", "推荐", "月票",
            "收藏", "阅读", "閱讀", "www.", "制作", "登录")
"""Where none of these is, no line needs to be looked at."""
_SUSPECT_ENGLISH = tuple(word for word in _SUSPECT if word.isascii())
_DIGIT = re.compile("[0-9]|\\[Pg ")
_LONGEST_LINE = 100
_PAGE_CHARACTERS = 200
"""A page has more; shorter distances are those of numbered lists."""

_NOTHING_LEFT = "Nothing but the frame of a book."


class BookBoilerplate(CleaningStep, kind="book-boilerplate", title="Strip book extras"):
    """Remove licences of Project Gutenberg, page numbers, running heads, tables of contents and download notices.

    Page numbers go where at least three lines, a page apart, are nothing else. A running head is a short line that
    comes again and again beside page numbers or with a number of its own; headings of chapters and names in plays
    stay.
    Source: own rules, checked on novels, plays and Chinese web novels; Gutenberg's marks as its files have them.
    """

    gutenberg: bool = setting(True, "Project Gutenberg", "Remove what stands before and after the marks of the book.")
    pages: bool = setting(True, "Page numbers and running heads", "Remove lines that come with every page.")
    repeats: int = setting(6, "Least repeats of a running head", "How often a line must come to be one.", unit="lines",
                           low=3, high=100, level="advanced")
    contents: bool = setting(True, "Tables of contents", "Remove lists of chapters.")
    notices: bool = setting(True, "Download notices", "Remove the lines that Chinese book sites add, such as 本书由… "
                            "and （本章完）.")
    chapters: bool = setting(True, "Tidy chapter numbers", "Write 第 一 章 as 第一章.", level="advanced")

    reasons = (_NOTHING_LEFT,)
    examples = (
        Example("Title: Tea\n\n*** START OF THE PROJECT GUTENBERG EBOOK TEA ***\n\nThe lid shook.\n\n"
                "*** END OF THE PROJECT GUTENBERG EBOOK TEA ***\nLicence", "The lid shook."),
        Example("\n".join(f"{'Tea is poured. ' * 20}\n- {page} -" for page in (12, 13, 14)),
                "\n".join(["Tea is poured. " * 20] * 3)),
        Example("TEA\n\nCONTENTS\n\nCHAPTER I. The lid\nCHAPTER II. The cup\nCHAPTER III. The guest\n\n\n"
                "CHAPTER I. The lid\n\nThe lid shook.", "TEA\n\nCHAPTER I. The lid\n\nThe lid shook."),
        Example("第 一 章　茶馆\n客人来了。\n（本章完）\n本书由茶馆书库整理，请访问 www.example.com",
                "第一章 茶馆\n客人来了。"),
        Example("HAMLET.\nWords.\n" * 6, "HAMLET.\nWords.\n" * 6),
        Example("本书由茶馆书库制作，更多好书请访问", dropped=_NOTHING_LEFT),
    )

    def apply(self, document: Document) -> Result:
        """Clean one book, or a part of one."""
        text = document.text
        small = text.lower()
        if any(word in small for word in (_SUSPECT_ENGLISH if text.isascii() else _SUSPECT)):
            if self.gutenberg:
                text = _without_licence(text)
            if self.contents:
                text = _without_contents(text)
            if self.notices:
                text = _kept_lines(text, lambda line: not _ADVERTISEMENT.search(line))
        if self.pages and _DIGIT.search(text):
            text = self._without_pages(text)
        if self.chapters and "第" in text:
            text = _CHAPTER.sub(_chapter, text)
        if text is document.text:
            return document
        return document.with_text(text) if text.strip() else Dropped(_NOTHING_LEFT)

    def _without_pages(self, text: str) -> str:
        lines = [line.strip() for line in text.split("\n")]
        pages = {number for number, line in enumerate(lines) if line and len(line) < 20 and _PAGE.fullmatch(line)}
        if len(pages) < 3 or len(text) < _PAGE_CHARACTERS * (len(pages) - 1) or not _rises(
                [lines[number] for number in sorted(pages)]):
            pages = set()
        gone = pages | self._heads(lines, pages)
        if not gone:
            return text
        return "\n".join(line for number, line in enumerate(text.split("\n")) if number not in gone)

    def _heads(self, lines: list[str], pages: set[int]) -> set[int]:
        beside, numbered = Counter[str](), Counter[str]()
        heads: dict[str, set[int]] = {}
        for number, line in enumerate(lines):
            if not 3 <= len(line) <= 60 or number in pages or _HEADING.match(line):
                continue
            words = line.strip("0123456789 \t.-–—|·[]()")
            if len(words) < 3:
                continue
            if pages and (number - 1 in pages or number + 1 in pages or number - 2 in pages or number + 2 in pages):
                beside[line] += 1
                heads.setdefault(line, set()).add(number)
            elif words != line and (line[0].isdigit() or line[-1].isdigit()):
                numbered[words] += 1
                heads.setdefault(words, set()).add(number)
        found: set[int] = set()
        for words, count in (*beside.items(), *numbered.items()):
            if count >= self.repeats and (words in beside or _rises([lines[n] for n in sorted(heads[words])])):
                found |= heads[words]
        return found


def _rises(lines: list[str]) -> bool:
    """Whether the numbers of lines grow nearly always, as those of pages do."""
    numbers = [int(found.group()) for line in lines if (found := re.search("[0-9]+", line))]
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    return len(steps) >= 2 and sum(0 < step <= 50 for step in steps) >= 0.8 * len(steps)


def _without_licence(text: str) -> str:
    if start := _START.search(text):
        text = _PRODUCED.sub("", text[start.end():]).lstrip("\n")
    if end := _END.search(text):
        text = text[:end.start()].rstrip()
    return text


def _without_contents(text: str) -> str:
    """The text without lists of chapters: at least three entries after a line that says so."""
    lines = text.split("\n")
    kept: list[str] = []
    place = 0
    while place < len(lines):
        if len(lines[place]) < 30 and _CONTENTS.fullmatch(lines[place].strip()):
            end = _end_of_contents(lines, place + 1)
            if end:
                place = end
                continue
        kept.append(lines[place])
        place += 1
    return text if len(kept) == len(lines) else "\n".join(kept)


def _end_of_contents(lines: list[str], begin: int) -> int:
    """Where the entries end; 0 where there are too few. The heading of the first chapter is no entry."""
    first, entries, end, blank = "", 0, 0, 0
    for place in range(begin, min(len(lines), begin + 2000)):
        line = lines[place].strip()
        if not line:
            blank += 1
            continue
        key = re.sub(r"[\s.…]*[0-9ivxlc]*$", "", line.lower())
        if len(line) > 80 or not _ENTRY.fullmatch(line) or (entries and key == first) or (entries and blank > 3):
            break
        first, entries, end, blank = first or key, entries + 1, place + 1, 0
    while entries >= 3 and end < len(lines) and not lines[end].strip():
        end += 1
    return end if entries >= 3 else 0


def _kept_lines(text: str, keeps: Callable[[str], bool]) -> str:
    lines = text.split("\n")
    kept = [line for line in lines if len(line) > _LONGEST_LINE or keeps(line.strip())]
    return text if len(kept) == len(lines) else "\n".join(kept)


def _chapter(found: re.Match[str]) -> str:
    rest = found.string[found.end():found.end() + 1]
    return f"第{found[1]}{found[2]}" + (" " if rest not in ("", "\n") else "")
