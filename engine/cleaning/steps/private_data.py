"""Mask private data."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator

from engine.cleaning.private_data import PLACEHOLDERS, PrivateDataFinder, finder_for
from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.settings import Problem, setting

_TOO_MUCH = "Too much private data."
NOTED = "private-data"
"""Under this name a document's metadata says how many of each kind were masked."""


class PrivateData(CleaningStep, kind="private-data", title="Mask private data"):
    """Replace addresses, numbers and passwords of people by placeholders such as <EMAIL> and <PHONE>.

    Numbers count only where their check digit, length and number plan are right, so that dates, prices and versions
    stay. Names of people are not found. The document's notes say how many of each kind were masked.
    Source: e-mail and public addresses as in FineWeb (arXiv:2406.17557); cards ISO/IEC 7812, accounts ISO 13616,
    resident numbers GB 11643, telephone plans of libphonenumber; beginnings of keys as their issuers publish them.
    """

    email: bool = setting(True, "E-mail addresses", "Such as name@example.org.")
    phone: bool = setting(True, "Telephone numbers", "International ones, Chinese mobiles and landlines, and those of "
                          "the countries below.")
    card: bool = setting(True, "Payment cards", "Numbers of 13 to 19 digits with a right check digit.")
    resident_id: bool = setting(True, "Chinese resident numbers", "18 characters with a right birthday and check "
                                "character.")
    iban: bool = setting(True, "Bank accounts", "International account numbers (IBAN) with right check digits.")
    ip: bool = setting(True, "Internet addresses", "Public IPv4 and IPv6 addresses; those of home networks stay.")
    login: bool = setting(True, "Logins in web addresses", "Name and password before the @ of a web address.")
    secret: bool = setting(True, "Keys and passwords", "Keys of well-known services, private keys, and random-looking "
                           "values after words such as password.")
    account: bool = setting(True, "QQ and WeChat", "Account names after the words QQ, 微信 and the like.")
    plate: bool = setting(True, "Chinese number plates", "Such as 京A·12345.")
    regions: tuple[str, ...] = setting(("US", "GB"), "Countries of telephone numbers", "Codes of countries whose "
                                       "numbers are found without +, one a line.", level="advanced")
    most: int | None = setting(None, "Most in a document", "Documents with more are dropped instead, such as lists of "
                               "addresses.", low=1, high=10_000, level="advanced", scale="log", auto="No limit")

    notes = NOTED
    reasons = (_TOO_MUCH,)
    examples = (
        Example("Write to ann.example@example.org or call +44 20 7946 0958.", "Write to <EMAIL> or call <PHONE>."),
        Example("请拨打13812345678，或发邮件到li@example.cn，微信号：tea_house88。",
                "请拨打<PHONE>，或发邮件到<EMAIL>，微信号：<ACCOUNT>。"),
        Example("Card 4111 1111 1111 1111, not 4111 1111 1111 1112.", "Card <CARD>, not 4111 1111 1111 1112."),
        Example("身份证号11010519491231002X，车牌京A·12345。", "身份证号<ID>，车牌<PLATE>。"),
        Example("IBAN GB82 WEST 1234 5698 7654 32; host 8.8.4.4, at home 192.168.0.1.",
                "IBAN <IBAN>; host 8.8.4.4, at home 192.168.0.1.", settings={"ip": False}),
        Example("On 2024-05-06 at 12:30:45 version 1.2.3.4 cost 12 345 678.90.",
                "On 2024-05-06 at 12:30:45 version 1.2.3.4 cost 12 345 678.90."),
        Example("a@example.org b@example.org c@example.org", dropped=_TOO_MUCH, settings={"most": 2}),
    )

    def check(self) -> Iterator[Problem]:
        """Countries are named by their codes."""
        for place, region in enumerate(self.regions):
            if not re.fullmatch("[A-Z]{2}", region):
                yield Problem(("regions", str(place)), f"{region!r} is not the code of a country",
                              "write two capital letters, such as US or GB")

    def apply(self, document: Document) -> Result:
        """Mask one document."""
        kinds = frozenset(kind for kind in PLACEHOLDERS if getattr(self, kind.replace("-", "_")))
        return self._masked(document, finder_for(kinds, self.regions)) if kinds else document

    def _masked(self, document: Document, finder: PrivateDataFinder) -> Result:
        content = document.text.encode("utf-8", "surrogatepass")
        kinds: Counter[str] = Counter()
        parts, place = [], 0
        for found in finder.find(content):
            parts += [content[place:found.start], PLACEHOLDERS[found.kind].encode()]
            place = found.end
            kinds[found.kind] += 1
        if not kinds:
            return document
        if self.most is not None and kinds.total() > self.most:
            return Dropped(_TOO_MUCH, float(kinds.total()))
        text = b"".join((*parts, content[place:])).decode("utf-8", "surrogatepass")
        return dataclasses.replace(document, text=text, metadata={**document.metadata, NOTED: dict(kinds)})
