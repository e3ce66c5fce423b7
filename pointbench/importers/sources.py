"""Sources of annotations and pictures: a file, a folder or a zip archive.

Everything is read in place; nothing is unpacked to disk. Names are relative paths with forward
slashes. An archive is refused as a whole if an entry leaves it, is a link, has an absurd compression
ratio, or appears twice. Links that lead out of a folder are not followed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from pointbench.errors import UsageError

MAX_FILE = 1 << 30
"""Maximum unpacked bytes of one file that is read into memory."""
MAX_ENTRIES = 500_000
"""Maximum number of entries in an archive."""
MAX_RATIO = 1_000
"""Maximum ratio of unpacked to packed size. Real JSON reaches about 100, a zip bomb 1,000."""
RATIO_COUNTS_FROM = 1 << 20
"""Unpacked bytes; the ratio of smaller files is not checked."""
UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError)
"""Exceptions raised by reading a broken file (zipfile's NotImplementedError is a RuntimeError)."""


class Files(Protocol):
    """A container of files, addressed by relative name."""

    def names(self) -> list[str]: ...
    def open(self, name: str) -> IO[bytes]: ...
    def has(self, name: str) -> bool: ...


@dataclass(frozen=True)
class Folder:
    """The files below a folder. Links are followed only if they stay inside it."""

    root: Path

    def names(self) -> list[str]:
        names = []
        for folder, subfolders, files in os.walk(self.root):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            below = Path(folder).relative_to(self.root)
            names += [(below / file).as_posix() for file in files if not file.startswith(".")]
        return sorted(name for name in names if self.has(name))

    def has(self, name: str) -> bool:
        try:
            path = (self.root / name).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            return False
        inside = path.is_file() and path.is_relative_to(self.root.resolve())
        return inside and name.isprintable()

    def open(self, name: str) -> IO[bytes]:
        return (self.root / name).open("rb")


@dataclass(frozen=True)
class Archive:
    """The files of a zip archive whose entries were checked for safety."""

    path: Path
    zip: zipfile.ZipFile
    entries: dict[str, zipfile.ZipInfo]

    def names(self) -> list[str]:
        return sorted(self.entries)

    def has(self, name: str) -> bool:
        return name in self.entries

    def open(self, name: str) -> IO[bytes]:
        return self.zip.open(self.entries[name])


@dataclass(frozen=True)
class Source:
    """Annotation files by name, and the places to search for their pictures.

    ``files`` contains the annotations, ``annotations`` lists their names in order. Pictures are
    searched for anywhere in ``pictures``, then directly in the folders ``near`` a lone annotation
    file; those are not walked, because one of them may be somebody's home folder.
    """

    label: str
    files: Files
    annotations: tuple[str, ...]
    pictures: tuple[Files, ...]
    near: tuple[Files, ...] = ()
    point_margin: float | None = None
    """Pixels to each side that make a region of a point; None if points are no regions."""

    def stem(self, name: str) -> str:
        """A file's name without endings, with as many parent folders as it needs to be unique."""
        path = _bare(name)
        others = [_bare(other) for other in self.annotations if other != name]
        parts = PurePosixPath(path).parts
        for count in range(1, len(parts) + 1):
            short = "/".join(parts[-count:])
            if not any(f"/{other}".endswith(f"/{short}") for other in others):
                return short
        return path

    def read(self, name: str) -> bytes:
        """A whole annotation file, unpacked if its name ends in .gz; UsageError if it is unreadable."""
        try:
            with self.files.open(name) as stream:
                packed = gzip.GzipFile(fileobj=stream) if name.endswith(".gz") else stream
                content = packed.read(MAX_FILE + 1)
        except UNREADABLE as error:
            raise UsageError(f"{self.label}: {name} cannot be read: {error}") from error
        if len(content) > MAX_FILE:
            raise UsageError(f"{self.label}: {name} is larger than {MAX_FILE >> 30} GiB")
        return content

    def seekable(self, name: str) -> IO[bytes]:
        """An annotation file opened for random access, which parquet needs."""
        if isinstance(self.files, Folder):
            return self.files.open(name)
        return io.BytesIO(self.read(name))

    def digests(self) -> dict[str, str]:
        """The SHA-256 (hex) of every annotation file as stored."""
        digests = {}
        for name in self.annotations:
            with self.files.open(name) as stream:
                digests[name] = _sha256(stream)
        return digests


def open_source(path: Path, patterns: tuple[str, ...], images: Path | None = None) -> Source:
    """The annotations at ``path``, with further pictures in ``images``; UsageError if unusable."""
    files = _files_at(path)
    further = () if images is None else (_files_at(images),)
    if isinstance(files, Folder) and path.is_file():
        return Source(path.name, files, (path.name,), further, tuple(_folders_near(path)))
    annotations = tuple(name for name in files.names() if _matches(name, patterns))
    if not annotations:
        names = " or ".join(patterns)
        raise UsageError(
            f"no annotation file matching {names} in {path}; pass the file's path instead"
        )
    return Source(path.name, files, annotations, (*further, files))


def _files_at(path: Path) -> Files:
    if not path.exists():
        raise UsageError(f"{path} does not exist; pass a file, a folder or a zip archive")
    if path.is_dir():
        return Folder(path)
    if path.suffix.lower() == ".zip":
        return _open_archive(path)
    return Folder(path.parent)


def _open_archive(path: Path) -> Archive:
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} is not a readable zip archive: {error}") from error
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise UsageError(f"{path} has {len(infos)} entries, more than {MAX_ENTRIES}")
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        problem = _entry_problem(info)
        if problem is None and info.filename in entries:
            problem = "appears twice"
        if problem:
            archive.close()
            raise UsageError(f"{path} is refused: its entry {info.filename!r:.80} {problem}")
        if not info.is_dir() and not info.filename.startswith("__MACOSX/"):
            entries[info.filename] = info
    return Archive(path, archive, entries)


def _entry_problem(info: zipfile.ZipInfo) -> str | None:
    name = info.filename
    if "\\" in name or ":" in name.split("/")[0] or not name.isprintable():
        return "is not a plain relative path"
    if name.startswith("/") or ".." in name.split("/"):
        return "leaves the archive"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link"
    if info.flag_bits & 0x1:
        return "is encrypted"
    if info.file_size > MAX_FILE:
        return f"is larger than {MAX_FILE >> 30} GiB unpacked"
    bulky = info.file_size > RATIO_COUNTS_FROM
    if bulky and info.file_size > MAX_RATIO * max(1, info.compress_size):
        return f"unpacks to more than {MAX_RATIO} times its size"
    return None


def _folders_near(path: Path) -> Iterator[Files]:
    """The usual places of a lone annotation file's pictures: beside it, or beside its folder."""
    for folder in (path.parent, path.parent.parent):
        try:
            near = sorted(entry for entry in folder.iterdir() if entry.is_dir())
        except OSError:
            continue
        yield from (Folder(entry) for entry in near if not entry.name.startswith("."))
        yield Folder(folder)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(PurePosixPath(name).name, pattern) for pattern in patterns)


def _bare(name: str) -> str:
    path = PurePosixPath(name.removesuffix(".gz"))
    return path.with_suffix("").as_posix()


def _sha256(stream: IO[bytes]) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
