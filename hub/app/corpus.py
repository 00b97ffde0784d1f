"""The messages of files and folders, one after another: single ones, batches, any line ends. A large file is read piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub.codec.hl7v2 import split_batch
from hub.codec.hl7v2.charset import find_wide_charset
from hub.core.errors import CalderError

__all__ = ["Corpus", "CorpusError", "CorpusMessage"]

_PIECE: Final = 4 << 20
_LONGEST: Final = 64 << 20  # a message that is longer is taken apart where it is
_START: Final = re.compile(rb"(?<=[\r\n\x0b])MSH(?=[^A-Za-z0-9 ])")
_MSH: Final = re.compile(rb"(?:\A|[\r\n\x0b\xbf])MSH(?=[^A-Za-z0-9 ])")


class CorpusError(CalderError):
    """A file or folder that is not there, or cannot be read."""


@dataclass(frozen=True, slots=True)
class CorpusMessage:
    """index: within its file, from 0."""

    file: str
    index: int
    body: bytes


@dataclass(slots=True)
class Corpus:
    """Iterate over it once. other: files met in folders in which nothing begins with MSH; they are passed over."""

    paths: Sequence[Path]
    other: int = 0
    _files: list[tuple[Path, bool]] = field(default_factory=list)

    def __iter__(self) -> Iterator[CorpusMessage]:
        for path in self.paths:
            if not path.exists():
                raise CorpusError(f"{path}: there is no such file or folder")
            found = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
            for file in found:
                yield from self._messages(file, named=file == path)

    def _messages(self, file: Path, *, named: bool) -> Iterator[CorpusMessage]:
        index = 0
        try:
            for piece in _pieces(file):
                if index == 0 and not named and find_wide_charset(piece) is None and not _MSH.search(piece):
                    self.other += 1
                    return
                for _, body in split_batch(piece):
                    yield CorpusMessage(str(file), index, body)
                    index += 1
        except OSError as error:
            raise CorpusError(f"{file}: {error.strerror or 'cannot be read'}") from error


def _pieces(file: Path) -> Iterator[bytes]:
    """Of several messages each, cut before an MSH. UTF-16 comes in one piece: its line ends are not single bytes."""
    with file.open("rb") as opened:
        held = opened.read(_PIECE)
        if find_wide_charset(held) is not None:
            yield held + opened.read()
            return
        while piece := opened.read(_PIECE):
            held += piece
            starts = [start.start() for start in _START.finditer(held)]
            cut = starts[-1] if starts else 0
            if cut or len(held) > _LONGEST:
                yield held[: cut or len(held)]
                held = held[cut:] if cut else b""
        yield held
