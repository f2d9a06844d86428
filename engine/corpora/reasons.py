"""Every reason for which a file or a part of it is not read, with what the user can do."""

from __future__ import annotations

from typing import NamedTuple

from engine.corpora.document import Skipped


class Reason(NamedTuple):
    """A whole sentence that says what happened, and one that says what helps."""

    what: str
    fix: str = ""

    def of(self, name: str) -> Skipped:
        """This reason, said of one file."""
        return Skipped(name, self.what, self.fix)


class Unreadable(Exception):  # noqa: N818  (an outcome with words for the user, not a fault of the program)
    """Raised by a reader that cannot go on; what it gave until then is kept. `name` is that of the file if empty."""

    def __init__(self, reason: Reason, name: str = "") -> None:
        super().__init__(reason.what)
        self.reason = reason
        self.name = name


EMPTY = Reason("The file is empty.", "Nothing to do, unless it should have text.")
NO_TEXT = Reason("The file holds no text.", "Nothing to do, unless it should have text.")
BINARY = Reason("This is not text: it has bytes that no text has.",
                "If it is text, choose its encoding in the source's settings.")
OTHER_FORMAT = Reason("This is a kind of file that Wenlu does not read.",
                      "Save its text as .txt, .md, .html or .jsonl and add that.")
DAMAGED = Reason("The file is damaged, or not what its name says. What could be read of it is kept.",
                 "Open it in the program that made it, save it again, and add that.")
TRUNCATED = Reason("The file ends too early. What could be read of it is kept.", "Copy or download it again.")
ENCRYPTED = Reason("The file is locked with a password.", "Save a copy without a password and add that.")
TOO_MUCH_MEMORY = Reason("Reading this file needs more memory than there is. What could be read of it is kept.",
                         "Split it, or close other programs.")
BOMB = Reason("Far more comes out of this file than such a file should hold, so reading it was stopped.",
              "If the text is wanted, unpack it yourself and add the folder.")
STUCK = Reason("Nothing came out of this file for ten seconds, so reading it was stopped.",
               "Copy or download it again.")
TOO_MANY_MEMBERS = Reason("This archive holds more than 100 000 files. Those read until then are kept.",
                          "Unpack it yourself and add the folder.")
NESTED = Reason("This is an archive inside an archive inside an archive.", "Unpack it yourself and add the folder.")
UNKNOWN_PACKING = Reason("This file is packed in a way that Wenlu cannot open.",
                         "Pack the archive again with the usual settings, or unpack it and add the folder.")
LINK_INSIDE = Reason("This is a link, a device or a hole inside an archive, not a file.", "Nothing to do.")
JUNK_INSIDE = Reason("Files that a desktop adds to archives by itself are left out.", "Nothing to do.")
PARTLY = Reason("Not every file of this archive was read; the numbers say how many of how many.",
                "Look at the reasons of the others.")
FORBIDDEN = Reason("You may not read this file.", "Change its permissions, or copy it to a place of your own.")
VANISHED = Reason("The file is not there any more.", "Bring it back, or take the source off the list.")
UNREADABLE = Reason("The disk could not read this file.", "Check the disk, or copy the file from another place.")
NOT_REGULAR = Reason("This is a device, a pipe or a socket, not a file.", "Copy its content to a file and add that.")
CHANGED = Reason("The file changed while it was read. What was read until then is kept.",
                 "Read the corpus again when the file is at rest.")
TWICE = Reason("This file was read already under another name.", "Nothing to do.")
HIDDEN = Reason("Hidden files and folders are left out.", "Switch on hidden files in the source's settings.")
JUNK = Reason("Folders that programs fill for themselves are left out.",
              "Add the folder as a source of its own if you want its text.")
OWN_PROJECT = Reason("This is a Wenlu project, not a text.", "Nothing to do.")
LOOP = Reason("This link leads back to a folder that was read already.", "Nothing to do.")
LEFT_OUT = Reason("The file does not match the names chosen in the source's settings.", "Nothing to do.")
NO_FILES = Reason("The folder has no file to read.", "Choose another folder.")
HTML_EMPTY = Reason("No text was found in this web page.",
                    "Open it in a browser, copy the text and add it as pasted text.")
TOO_LARGE = Reason("The file is larger than 32 MB, more than a file of this kind can be read at once.",
                   "Split it, or save it as .txt or .jsonl.")
BAD_ROW = Reason("Some lines are not valid JSON. The others were read.", "Mend those lines if you need them.")
LONG_ROW = Reason("Some lines are longer than 32 MB. The others were read.", "Split their text over several lines.")
NO_FIELD = Reason("No field with text was found.", "Name the field in the source's settings.")
NO_TEXT_LAYER = Reason("The pages of this PDF are pictures: there are no letters in it to read.",
                       "Run text recognition (OCR) over it, for example with OCRmyPDF, and add the result.")
BAD_PAGES = Reason("Some pages could not be read. The others were.",
                   "Open the file in another program and save it again.")
BAD_MESSAGES = Reason("Some messages could not be read. The others were.", "Nothing to do, unless you need them.")
OLD_OFFICE = Reason("This is a file of an older Office.",
                    "Open it in Word or LibreOffice and save it as .docx or .odt.")
PROTECTED = Reason("This book is locked by its shop (DRM).", "Add a copy without a lock, if you may have one.")
UNSAFE_XML = Reason("The file declares names of its own for text (XML entities), which can be an attack.",
                    "Open it in the program that made it, save it again, and add that.")
SWOLLEN = Reason("The file unfolds to far more than its size, which can be an attack. What was read until then is "
                 "kept.",
                 "If it is in order, unpack it and save its text as .txt.")
NO_PROGRESS = Reason("Reading this file came to a halt and was given up. What was complete by then is kept.",
                     "Open it in the program that made it, save it again, and add that.")
CRASHED = Reason("Reading this file broke the program that reads it. What was complete by then is kept.",
                 "Open it in the program that made it, save it again, and add that.")
BAD_RECORD = Reason("Some rows do not fit the columns of this table. The others were read.",
                    "Mend those rows if you need them.")
LONG_RECORD = Reason("Some rows are longer than 32 MB. The others were read.", "Split their text over several rows.")
NEEDS_PYARROW = Reason("Reading Parquet and Arrow files needs a library that is not installed.",
                       "Install it with: pip install 'wenlu[parquet]'.")
NOT_TRANSLATED = Reason("Some entries have no translation, or one that nobody checked. They are left out.",
                        "Nothing to do, unless they should have one.")
NO_ARTICLES = Reason("Pages that are no articles are left out: redirects, talk, files, templates and the like.",
                     "Nothing to do.")
NOT_A_PAGE = Reason("Records that are no pages are left out: requests, pictures, errors and the like.",
                    "Nothing to do.")
DATASET_NOTES = Reason("This file describes a data set and is no part of its text.", "Nothing to do.")
NO_COLUMN = Reason("No column has the name chosen in the source's settings; beside the file are the names that exist.",
                   "Correct the name in the source's settings, or leave it empty.")

ALL = tuple(value for value in list(globals().values()) if isinstance(value, Reason))
"""All reasons, for the translations."""
