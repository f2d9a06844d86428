"""The ways to bring text in: drop it anywhere on the strip, or take one of the tiles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QSizePolicy

from studio.address_dialog import AddressDialog
from studio.i18n import tr
from studio.paste_dialog import PasteDialog
from studio.widgets import DropArea, Dropped, Glyph, Text, Tile, bare, column, row, set_shown

DATA_FILTER = "CSV, JSON, Parquet, Arrow (*.csv *.tsv *.jsonl *.ndjson *.json *.parquet *.arrow *.feather *.zst *.gz)"


class Ways(DropArea):
    """`dropped` carries whatever came, from the mouse or from a tile. It is large while there is nothing else."""

    pasted = Signal(str, str)
    """Title and text."""
    addressed = Signal(list)
    """Sources of web pages and news feeds, to be fetched now."""

    def __init__(self) -> None:
        super().__init__("corpus.ways", padding=12)
        title = Text(tr("Drop text files, folders or web addresses here"), "title")
        line = Text(tr("Text, web pages, PDF, Word, e-books, subtitles, mail, code, tables and data sets, also inside "
                       "archives. Files stay where they are and are never changed."), "body", "text2", wrap=True)
        for text in (title, line):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        line.setFixedWidth(520)
        self._words = bare(column(None, row(None, Glyph("upload", "accent", 30), None), 4, title,
                                  row(None, line, None), None, spacing=8))
        self._tiles = row(
            Tile("file-text", tr("Files"), tr("pdf, docx, txt …"), self.choose_files, "corpus.files"),
            Tile("folder", tr("Folder"), tr("with all inside it"), self.choose_folder, "corpus.folder"),
            Tile("globe", tr("Web pages"), tr("address or sitemap"), self.ask_pages, "corpus.web"),
            Tile("rss", tr("News feed"), tr("RSS or Atom"), self.ask_feed, "corpus.feed"),
            Tile("clipboard-paste", tr("Paste"), tr("text you copied"), self.paste, "corpus.paste"),
            Tile("database", tr("Dataset file"), tr("csv, parquet …"), self.choose_data, "corpus.dataset"), spacing=10)
        self.body.addWidget(self._words, 1)
        self.body.addLayout(self._tiles)
        self.set_large(False)

    def set_large(self, large: bool) -> None:
        """Take the whole page, or only a strip."""
        set_shown(self._words, large)
        down = QSizePolicy.Policy.Expanding if large else QSizePolicy.Policy.Fixed
        self.setSizePolicy(QSizePolicy.Policy.Expanding, down)

    def choose_files(self) -> None:
        """Ask for files."""
        self._took(QFileDialog.getOpenFileNames(self, tr("Choose files"))[0])

    def choose_folder(self) -> None:
        """Ask for a folder."""
        self._took([QFileDialog.getExistingDirectory(self, tr("Choose folder"))])

    def choose_data(self) -> None:
        """Ask for files with one text a line."""
        self._took(QFileDialog.getOpenFileNames(self, tr("Choose dataset files"), "", DATA_FILTER)[0])

    def paste(self) -> None:
        """Ask for a text; what was copied stands there already."""
        dialog = PasteDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.given.connect(self.pasted)
        dialog.open()

    def ask_pages(self) -> None:
        """Ask for the address of a page or a site."""
        self.ask_address("web")

    def ask_feed(self) -> None:
        """Ask for the address of a news feed."""
        self.ask_address("feed")

    def ask_address(self, kind: str = "web", addresses: Sequence[str] = ()) -> None:
        """Ask what to fetch; nothing is fetched before the dialog's button is pressed."""
        dialog = AddressDialog(self, kind, addresses)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.given.connect(self.addressed)
        dialog.open()

    def _took(self, paths: list[str]) -> None:
        found = tuple(Path(path) for path in paths if path)
        if found:
            self.dropped.emit(Dropped(paths=found))
