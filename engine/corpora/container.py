"""Files that hold other files: archives, and what is packed around a single file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import ClassVar

from engine.corpora.budget import Budget
from engine.corpora.decompression import Codec, decompressed
from engine.corpora.document import Skipped
from engine.corpora.files import InputFile
from engine.corpora.member import Member
from engine.settings import Family

MOST_ARCHIVES = 2
"""How deep archives may lie in each other."""
MOST_LAYERS = 4
"""The same with packing around single files counted."""


class Container(Family, folder="engine.corpora.containers"):
    """Gives the files that lie in a file, one after the other, without unpacking anything to the disk."""

    extensions: ClassVar[tuple[str, ...]] = ()
    magic: ClassVar[tuple[bytes, ...]] = ()
    is_archive: ClassVar[bool] = True
    """Whether it holds several files with names, or is packed around one."""

    @abstractmethod
    def members(self, file: InputFile, budget: Budget) -> Iterator[InputFile | Skipped]:
        """The files inside, in their order; each must be read before the next is asked for.

        Names are only labels. A member that cannot be read is Skipped; Unreadable ends the container.
        """

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Whether the file that begins with `head` is such a container, whatever its name."""
        return head.startswith(self.magic)


class Packed(Container):
    """A container around a single file, which goes by the container's own name."""

    is_archive = False
    codec: ClassVar[Callable[[], Codec]]
    """Makes the decompressor of one stream."""

    def members(self, file: InputFile, budget: Budget) -> Iterator[InputFile | Skipped]:
        """The one file inside."""
        yield Member(file.name, file.options, lambda: decompressed(file.open(), type(self).codec, budget),
                     suffix=self._suffix_inside(file))

    def _suffix_inside(self, file: InputFile) -> str:
        """The ending under this one: ".jsonl" in "a.jsonl.gz", ".tar" in "a.tgz"; a lying ending stays."""
        if file.suffix not in self.extensions:
            return file.suffix
        if file.suffix.startswith(".t"):
            return ".tar"
        return PurePosixPath(file.name).with_suffix("").suffix.lower()
