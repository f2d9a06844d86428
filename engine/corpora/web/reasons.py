"""Every reason for which a page is not fetched or not kept, with what the user can do."""

from __future__ import annotations

from engine.corpora.reasons import Reason


class Refused(Exception):  # noqa: N818  (a page that is left out, not a fault)
    """A page cannot be had. `is_passing` when it may be there another time; `ends_host` when asking on is no use."""

    def __init__(self, reason: Reason, *, is_passing: bool = False, ends_host: bool = False) -> None:
        super().__init__(reason.what)
        self.reason = reason
        self.is_passing = is_passing
        self.ends_host = ends_host


NOT_AN_ADDRESS = Reason("This is not an address of a web page.", "Begin it with https:// or http://.")
OTHER_SCHEME = Reason("Only addresses that begin with http:// or https:// are fetched.",
                      "Save the file yourself and add it.")
INSIDE = Reason("This is an address inside your network, so it is not asked.",
                "If you want its text, name its host in the source's settings.")
NO_HOST = Reason("No computer of this name was found.", "Check the spelling and the connection to the Internet.")
NOT_REACHED = Reason("The site could not be reached.", "Check the connection to the Internet and try again later.")
CERTIFICATE = Reason("The site could not prove that it is the one it says it is (its certificate is not valid).",
                     "Nothing was fetched. Open the page in a browser to see what is wrong.")
TOO_SLOW = Reason("The page came too slowly and was given up.", "Try again later.")
TOO_LARGE = Reason("The page is larger than 8 MB and was given up.", "Save it yourself and add the file.")
CUT_OFF = Reason("The page was cut off before its end.", "Try again later.")
BAD_ANSWER = Reason("The site's answer cannot be understood.", "Try again later.")
BAD_PACKING = Reason("The page is packed in a way that cannot be read.", "Save it yourself and add the file.")
REDIRECTS = Reason("The address leads from one to the next without end.", "Look for the page's right address.")
OTHER_SITE = Reason("The address leads to another site.", "Add that site as a source of its own if you want it.")
OTHER_KIND = Reason("This is not a page of text.", "Nothing to do. Pictures, films and programs are left out.")
ROBOTS = Reason("The site asks programs not to fetch this page (robots.txt).",
                "Ask its owner, or open it in a browser and paste what you may use.")
ROBOTS_SILENT = Reason("The site's rules for programs (robots.txt) could not be read, so nothing was fetched.",
                       "Try again later.")
RESERVED = Reason("The site reserves this page against training of models.",
                  "Ask its owner if you want to use it.")
NO_TEXT = Reason("No text was found in this page.", "Open it in a browser, copy the text and add it as pasted text.")
NOT_A_FEED = Reason("This is not a news feed.", "Look for its RSS or Atom address, or add it as web pages.")
IS_A_FEED = Reason("This is a news feed, not a page.", "Add it as a news feed.")
BAD_SITEMAP = Reason("This list of pages (sitemap) cannot be read.", "Nothing to do; links are followed all the same.")
NO_LINK = Reason("This entry of the feed names no page.", "Choose the entry's own text in the source's settings.")
NOT_FETCHED = Reason("Nothing has been fetched from here yet.", "Choose Refresh in the source's menu.")
FAILING = Reason("Ten pages in a row could not be had, so fetching ended.", "Try again later.")
LOST = Reason("The stored page is damaged.", "Choose Refresh in the source's menu.")

_BY_STATUS = {
    401: Reason("The site answered 401: it wants a name and a password.", "Save the page yourself and add the file."),
    402: Reason("The site answered 402: it wants payment.", "Nothing to do."),
    403: Reason("The site answered 403: it does not give this page to programs.",
                "Open it in a browser and paste what you may use."),
    404: Reason("The site answered 404: there is no such page.", "Check the address."),
    410: Reason("The site answered 410: the page is gone for good.", "Nothing to do."),
    429: Reason("The site answered 429: too many requests.", "Try again later."),
    451: Reason("The site answered 451: the page is withheld for legal reasons.", "Nothing to do."),
    500: Reason("The site answered 500: something in it is broken.", "Try again later."),
    502: Reason("The site answered 502: something in it is broken.", "Try again later."),
    503: Reason("The site answered 503: it is busy or closed for the moment.", "Try again later."),
    504: Reason("The site answered 504: something in it is too slow.", "Try again later."),
}
_OTHER_STATUS = Reason("The site answered with an error.", "Try again later.")

ALL = tuple(value for value in list(globals().values()) if isinstance(value, Reason)) + tuple(_BY_STATUS.values())
"""All reasons, for the translations."""


def of_status(status: int) -> Refused:
    """What an answer other than 200 means."""
    return Refused(_BY_STATUS.get(status, _OTHER_STATUS), is_passing=status >= 500 or status in (408, 425, 429))
