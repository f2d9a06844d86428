"""A process that fetches a site until it is killed: project folder and address are its arguments."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.corpora.sources.web import WebSource
from engine.work import Work
from tests.engine.corpora.small_site import Clock

if __name__ == "__main__":
    source = WebSource(address=sys.argv[2], scope="site", sitemaps=False, allowed_host="127.0.0.1")
    source.in_project(Path(sys.argv[1])).fetch(Work(), Clock().network())
