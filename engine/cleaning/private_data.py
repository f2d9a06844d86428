"""Finding private data: one joined pattern finds candidates, then each is verified by what its kind demands.

The pattern runs in RE2 on the UTF-8 bytes, in time linear in the text. Check digits, lengths and number plans decide.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from engine.cleaning import number_checks

PLACEHOLDERS = {
    "email": "<EMAIL>", "login": "<LOGIN>", "ip": "<IP>", "phone": "<PHONE>", "card": "<CARD>", "iban": "<IBAN>",
    "resident-id": "<ID>", "account": "<ACCOUNT>", "plate": "<PLATE>", "secret": "<SECRET>",
}
"""What stands in place of each kind of private data."""

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_NUMBER = r"[+(]{0,2}[0-9](?:[ .()\-]{0,3}[0-9]){5,40}[Xx]?"
_TOKENS = "|".join((
    r"A(?:KI|SI)A[0-9A-Z]{16}", r"gh[pousr]_[0-9A-Za-z]{36}", r"github_pat_[0-9A-Za-z_]{22,90}", r"glpat-[\w\-]{20}",
    r"sk-[\w\-]{20,180}", r"[sr]k_(?:live|test)_[0-9A-Za-z]{16,120}", r"xox[abprs]-[0-9A-Za-z\-]{10,120}",
    r"AIza[\w\-]{35}", r"ya29\.[\w\-]{20,200}", r"npm_[0-9A-Za-z]{36}", r"pypi-[\w\-]{50,250}",
    r"hf_[0-9A-Za-z]{30,40}",
    r"SG\.[\w\-]{22}\.[\w\-]{43}", r"eyJ[\w\-]{10,1000}\.eyJ[\w\-]{10,1000}\.[\w\-]{10,1000}",
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"))
_PATTERNS = {
    "email": r"[0-9A-Za-z._%+\-]{1,64}@[0-9A-Za-z\-]{1,63}(?:\.[0-9A-Za-z\-]{1,63}){1,8}",
    "login": r"[A-Za-z][0-9A-Za-z+.\-]{1,20}://[^\s/@:<>\"']{1,64}:[^\s/@<>\"']{1,128}@",
    "secret": rf"(?:{_TOKENS})"
              r"|(?i:api[_\-]?key|secret(?:[_\-]?key)?|access[_\-]?token|auth[_\-]?token|password|passwd|密码|口令)"
              r"[\"']?[ \t]{0,3}(?:=|:|：)[ \t]{0,3}[\"']?[!-~]{8,200}",
    "iban": r"[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?",
    "account": r"(?i:QQ|企鹅)(?:号码|号|群)?(?:是|为)?[ ：:]{0,3}[1-9][0-9]{4,11}"
               r"|(?i:微信|weixin|wechat|vx|v信)(?:号|(?i:ID))?(?:是|为)?[ ：:]{1,3}[A-Za-z][\w\-]{5,19}",
    "plate": rf"(?:{'|'.join(_PROVINCES)})[A-HJ-NP-Z](?: |·|•|\.)?[0-9A-HJ-NP-Z]{{4,6}}(?:挂|学|警|港|澳)?",
    "ip": r"[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2,35}",
}
_IPV4 = re.compile(rb"(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w]|\.[0-9])")
_NUMBER_KINDS = frozenset(("ip", "phone", "card", "resident-id"))
_WORD = re.compile(rb"[0-9A-Za-z_]")
_CALLED = re.compile("(?:tel|phone|call|mobile|cell|fax|whatsapp|电话|電話|手机|手機|热线|联系|致电)[^0-9]{0,12}$"
                     .encode(), re.I)
_VERSION = re.compile("(?:version|release|ver\\.?|\\bv|section|版本|版|第)[ :：]?$".encode(), re.I)
_GROUPED = re.compile(rb"(?:\([0-9]{2,5}\)|[0-9]{3,5})[ .\-]+[0-9]{3,4}(?:[ .\-]?[0-9]{3,4}){0,2}")
_SHORTEST = 7
"""No number that is looked for has fewer digits."""
_FILE_ENDINGS = frozenset("png jpg jpeg gif svg webp bmp css js ts html py md txt".split())
_SECRET_BITS = 3.0
"""Entropy per character from which a password looks like one; English words have less."""


@dataclass(frozen=True, slots=True)
class Found:
    """Private data from one byte to another."""

    start: int
    end: int
    kind: str


class PrivateDataFinder:
    """Finds chosen kinds in UTF-8 bytes; `regions` are countries whose phone numbers may lack their +code."""

    def __init__(self, kinds: frozenset[str], regions: tuple[str, ...]) -> None:
        self.kinds, self.regions = kinds, regions
        self._pattern = _compiled(kinds)
        self._verify: dict[str, Callable[[bytes, int, int], tuple[int, int] | None]] = {
            "email": _email, "login": _login, "secret": _secret, "iban": _iban, "account": _account, "plate": _plate,
            "ip": _ipv6}

    def find(self, content: bytes) -> Iterator[Found]:
        """All private data, in order, without overlaps."""
        after = 0
        for found in self._pattern.finditer(content):
            start, end = found.span()
            kind = found.lastgroup.decode()
            if start < after:
                continue
            if kind == "number":
                for part in self._numbers(content, start, end):
                    after = part.end
                    yield part
            elif span := self._verify[kind](content, start, end):
                after = span[1]
                yield Found(*span, kind)

    def _numbers(self, content: bytes, start: int, end: int) -> Iterator[Found]:
        """What a run of digits holds: the whole of it, or some of the numbers that it is made of."""
        while end > start and content[end - 1:end] in b" .-(":
            end -= 1
        while content[start:start + 1] == b"(" and content.count(b"(", start, end) > content.count(b")", start, end):
            start += 1
        if kind := self._number(content, start, end):
            yield Found(start, end, kind)
            return
        words = [(start + word.start(), start + word.end()) for word in re.finditer(rb"[^ ]+", content[start:end])]
        place = 0
        while place < len(words) and len(words) > 1:
            for last in range(min(len(words), place + 5), place, -1):
                first, stop = words[place][0], words[last - 1][1]
                if stop - first < _SHORTEST:
                    break
                kind = self._number(content, first, stop)
                if kind == "phone" and last - place > 1 and content[first:first + 1] not in b"+(":
                    kind = None  # a part of some longer number
                if kind:
                    yield Found(first, stop, kind)
                    place = last - 1
                    break
            place += 1

    def _number(self, content: bytes, start: int, end: int) -> str | None:
        before, behind = content[max(0, start - 40):start], content[end:end + 1]
        if _WORD.match(before[-1:]) or _WORD.match(behind) or (before and before[-1:] in b"./@#=&-"):
            return None
        run = content[start:end]
        digits = re.sub(rb"[^0-9Xx]", b"", run).decode().upper()
        if "resident-id" in self.kinds and number_checks.is_resident_id(digits) and len(run) == 18:
            return "resident-id"
        if digits.endswith("X"):
            return None
        if "card" in self.kinds and number_checks.is_card(digits, run.decode()):
            return "card"
        if "ip" in self.kinds and _IPV4.fullmatch(run):
            return "ip" if _is_public(run.decode()) and not _VERSION.search(before) else None
        return "phone" if "phone" in self.kinds and self._is_phone(run, digits, before) else None

    def _is_phone(self, run: bytes, digits: str, before: bytes) -> bool:
        if not 7 <= len(digits) <= 15:
            return False
        text, is_called = run.decode(), bool(_CALLED.search(before))
        if text.startswith(("+", "(+")):
            return _is_dialled(text, None)
        if re.fullmatch(r"(?:86[ \-]?)?1[3-9][0-9](?:[ \-]?[0-9]{4}){2}|\(?0[0-9]{2,3}\)?[ \-][0-9]{7,8}", text):
            return _is_dialled(text, "CN")
        if not is_called and not (_GROUPED.fullmatch(run.removeprefix(b"1-")) and len(digits) >= 9):
            return False
        return any(_is_dialled(text, region) for region in (*self.regions, *(("CN",) if is_called else ())))


@cache
def _compiled(kinds: frozenset[str]) -> Any:
    import re2

    chosen = [(name, pattern) for name, pattern in _PATTERNS.items() if name in kinds]
    if kinds & _NUMBER_KINDS:
        chosen.append(("number", _NUMBER))
    joined = "|".join(f"(?P<{name.replace('-', '_')}>{pattern})" for name, pattern in chosen)
    options = re2.Options()
    options.max_mem = 64 << 20
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(joined.encode(), options)


@cache
def finder_for(kinds: frozenset[str], regions: tuple[str, ...]) -> PrivateDataFinder:
    """The finder of these kinds, made once."""
    return PrivateDataFinder(kinds, regions)


def _email(content: bytes, start: int, end: int) -> tuple[int, int] | None:
    local, _, domain = content[start:end].decode().partition("@")
    domain = domain.rstrip("-")
    labels = domain.split(".")
    if len(labels) < 2 or not re.fullmatch("[A-Za-z]{2,24}", labels[-1]) or labels[-1].lower() in _FILE_ENDINGS:
        return None
    if local.startswith(".") or local.endswith(".") or ".." in local or any(label[:1] in "-" for label in labels):
        return None
    return start, start + len(local) + 1 + len(domain)


def _login(content: bytes, start: int, end: int) -> tuple[int, int] | None:
    return content.index(b"://", start) + 3, end - 1


def _ipv6(content: bytes, start: int, end: int) -> tuple[int, int] | None:
    text = content[start:end].decode()
    while text.endswith(":") and not text.endswith("::"):
        text = text[:-1]
    if _WORD.match(content[start - 1:start]) or content[start - 1:start] == b":" or _WORD.match(content[end:end + 1]):
        return None
    try:
        return (start, start + len(text)) if IPv6Address(text).is_global else None
    except AddressValueError:
        return None


def _is_public(text: str) -> bool:
    parts = text.split(".")
    if any(len(part) > 1 and part[0] == "0" for part in parts):
        return False
    if all(len(part) == 1 for part in parts) and len(set(parts)) > 1:
        return False  # the number of a section
    try:
        return IPv4Address(text).is_global
    except AddressValueError:
        return False


def _iban(content: bytes, start: int, end: int) -> tuple[int, int] | None:
    if _WORD.match(content[start - 1:start]):
        return None
    needed = number_checks.IBAN_LENGTHS.get(content[start:start + 2].decode(), 0)
    place = start
    while needed and place < end:
        needed -= content[place:place + 1] != b" "
        place += 1
    if needed or _WORD.match(content[place:place + 1]):
        return None
    return (start, place) if number_checks.is_iban(content[start:place].decode()) else None


def _account(content: bytes, start: int, end: int) -> tuple[int, int] | None:
    if _WORD.match(content[start - 1:start]) or _WORD.match(content[end:end + 1]):
        return None
    found = re.search(rb"[1-9][0-9]{4,11}$|[A-Za-z][\w\-]{5,19}$", content[start:end])
    return (start + found.start(), end) if found else None


def _plate(content: bytes, start: int, end: int) -> tuple[int, int] | None:
    text = content[start:end].decode()
    body = re.sub(r"[ ·•.]", "", text)[2:]
    ordinary = len(body) == 5 and sum(character.isalpha() for character in body) <= 2
    marked = len(body) == 5 and body[-1] in "挂学警港澳"
    green = re.fullmatch(r"[DFABCEGHJK][0-9A-HJ-NP-Z][0-9]{4}|[0-9]{5}[DFABCEGHJK]", body)
    if _WORD.match(content[end:end + 1]) or not (ordinary or marked or green):
        return None
    return start, end


def _secret(content: bytes, start: int, end: int) -> tuple[int, int] | None:
    text = content[start:end]
    if text.startswith(b"-----BEGIN"):
        stop = content.find(b"-----END", end, end + 20_000)
        ends = content.find(b"-----", stop + 8) if stop >= 0 else -1
        return (start, ends + 5) if ends >= 0 else None
    named = re.match(rb"""[^=:\xef]*?["']?[ \t]*(?:=|:|\xef\xbc\x9a)[ \t]*["']?""", text)
    if named and not re.match(rb"eyJ|SG\.|[A-Za-z_]+-", text):
        value = re.match(rb"""[^"'\s,;<>)\]}]+""", text[named.end():])
        if not value or not _is_random(value.group().decode("ascii", "replace")):
            return None
        return start + named.end(), start + named.end() + value.end()
    if _WORD.match(content[start - 1:start]) or not _is_random(text.decode()):
        return None
    return start, end


def _is_random(text: str) -> bool:
    """Whether characters are so mixed that a machine, or someone careful, has chosen them."""
    if len(text) < 8 or not re.search("[0-9]", text) or not re.search("[A-Za-z]", text):
        return False
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares) >= min(_SECRET_BITS, math.log2(len(text)) - 0.9)


def _is_dialled(text: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, region)))
    except phonenumbers.NumberParseException:
        return False
