"""Mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any, BinaryIO

from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import decode
from engine.corpora.files import WHOLE_BYTES, InputFile
from engine.corpora.parts import Part, documents_of, known
from engine.corpora.reader import Reader
from engine.corpora.readers.html import page_text

_BEGINNING = re.compile(rb"From [^\n]{1,200}\b(?:19|20)\d\d\b[^\n]{0,20}\n[A-Z][\w-]{1,40}: |"
                        rb"(?:Return-Path|Received|Delivered-To|Message-I[Dd]|MIME-Version): ")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
# What the standard library raises on headers and bodies that break its rules.
_BROKEN = (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError)


class MailReader(Reader, kind="mail", title="Mail"):
    """Read messages of a mailbox: the plain text of each, else its web page as text. Attachments are left out.

    Source: RFC 5322 and MIME by Python's email package; mailboxes are cut at "From " lines (RFC 4155).
    """

    extensions = (".eml", ".mbox", ".mbx")
    is_text = False

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Whether it begins with the headers of a message, or with the line of a mailbox and a header."""
        return _BEGINNING.match(head) is not None

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """A document a message, with subject, author and date."""
        bad = 0
        for content in messages(file.open()):
            found = None if content is None else message(content)
            if found is None:
                bad += 1
                continue
            text, facts = found
            yield from documents_of([Part(text)], file.options.documents, facts)
        if bad:
            yield reasons.BAD_MESSAGES.of(f"{file.name} ({bad})")


def messages(stream: BinaryIO) -> Iterator[bytes | None]:
    """The messages of a mailbox, or the one of a file; None for one that is larger than WHOLE_BYTES."""
    gathered: list[bytes] = []
    size, after_blank, is_box = 0, True, False
    while line := stream.readline(WHOLE_BYTES):
        if after_blank and line.startswith(b"From "):
            if gathered:
                yield b"".join(gathered) if size <= WHOLE_BYTES else None
            gathered, size, is_box = [], 0, True
        else:
            size += len(line)
            if size <= WHOLE_BYTES:
                gathered.append(line[1:] if is_box and line.startswith(b">From ") else line)
        after_blank = not line.strip()
    if gathered:
        yield b"".join(gathered) if size <= WHOLE_BYTES else None


def message(content: bytes) -> tuple[str, dict[str, Any]] | None:
    """The text of a message and what is known of it; None where the message is none."""
    try:
        found = message_from_bytes(content, policy=policy.default)
        if not found.keys():
            return None
        text, left_out = _text(found)
        if found.get_content_maintype() == "multipart" and not found.is_multipart():
            text = decode(_BLANK_LINE.split(content, 1)[-1])  # it says that it has parts, and has none
        return text, _facts(found) | known(attachments=left_out or None)
    except _BROKEN:
        return _old_fashioned(content)


def _facts(found: EmailMessage) -> dict[str, Any]:
    name, address = parseaddr(str(found.get("From", "")))
    return known(title=str(found.get("Subject", "")), author=name or address, date=_date(str(found.get("Date", ""))))


def _date(header: str) -> str:
    try:
        return parsedate_to_datetime(header).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return ""


def _text(found: EmailMessage) -> tuple[str, int]:
    """The text, and how many attachments there are."""
    body = found.get_body(("plain", "html"))
    left_out = sum(1 for part in found.walk() if not part.is_multipart() and part is not body
                   and (part.get_filename() or part.get_content_maintype() not in ("text", "multipart")))
    if body is None:
        return "", left_out
    text = _content(body)
    return (page_text(text)[1] if body.get_content_subtype() == "html" else text), left_out


def _content(part: MIMEPart) -> str:
    """A part as text in the encoding that it names, unless that is none or wrong."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return str(part.get_payload())
    named = part.get_content_charset("")
    named = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "us-ascii": ""}.get(named, named)
    try:
        text = content.decode(named)
    except (LookupError, UnicodeDecodeError, ValueError):
        return decode(content)
    return text.replace("\r\n", "\n")


def _old_fashioned(content: bytes) -> tuple[str, dict[str, Any]] | None:
    """A message whose headers break the rules of the newer parser, read by the older one."""
    try:
        found = message_from_bytes(content)
        part = next((each for each in found.walk() if each.get_content_type() == "text/plain"), None)
        payload = part.get_payload(decode=True) if part is not None else None
    except _BROKEN:
        return None
    return (decode(payload), {}) if isinstance(payload, bytes) and payload.strip() else None
