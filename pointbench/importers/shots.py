"""Finds an import's pictures by their annotated names, measures them, and names them safely."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pointbench.geometry import Size
from pointbench.importers.sources import UNREADABLE, Files, Source

MAX_PICTURE = 512 << 20
"""Maximum number of bytes of one picture."""
MAX_PART = 120
"""Maximum bytes of one path component; with the digest that replaces the rest, it stays below 255."""


@dataclass(frozen=True)
class SourcePicture:
    """A picture as stored in the source, never altered. ``sha256`` is hex.

    ``size`` is that of the picture as a person sees it and as it is sent, upright; ``stored`` that of
    the file's pixels. They differ if the file says that it is to be shown turned on its side.
    """

    content: bytes
    size: Size
    sha256: str
    ending: str
    stored: Size


class BadPicture(ValueError):
    """Bytes that are not a picture, or a picture too large or ambiguous to be used."""


def measure(content: bytes) -> SourcePicture:
    """Size and format of a picture that a run can use. BadPicture: it is none, or is incomplete."""
    from pointbench.pictures import measured

    try:
        size, stored, form = measured(content)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise BadPicture(f"not a PNG, JPEG or WebP that can be read: {error}") from error
    ending = {"jpeg": ".jpg"}.get(form, f".{form}")
    return SourcePicture(content, size, hashlib.sha256(content).hexdigest(), ending, stored)


def clean_name(name: str) -> str | None:
    """A picture's annotated path, relative, with forward slashes; None if it leads outside."""
    path = PurePosixPath(name.strip().replace("\\", "/"))
    drive = re.match(r"[A-Za-z]:", name.strip())
    if path.is_absolute() or drive or ".." in path.parts or "\0" in name or not path.parts:
        return None
    return path.as_posix()


def safe_name(name: str) -> str:
    """The path reduced to characters that every file system and `Screenshot` allow."""
    return "/".join(_safe_part(part) for part in PurePosixPath(name).parts)


def _safe_part(part: str) -> str:
    safe = re.sub(r'[\x00-\x1f\x7f:*?"<>|]', "_", part)
    stem, dot, ending = safe.rpartition(".")
    digest = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    if len(safe.encode("utf-8", "replace")) > MAX_PART:
        tail = f".{ending}" if dot and len(ending) < 8 else ""
        return f"{(stem or safe)[: MAX_PART // 3]}-{digest}{tail}"
    return safe


def uploaded_name(name: str) -> str:
    """A file's name as servers built with Django, such as Label Studio, store it."""
    return re.sub(r"[^-\w.]", "", name.strip().replace(" ", "_"))


class Finder:
    """Looks up pictures by their annotated name, in each place of a source in turn.

    A name matches every file whose path ends in it (``a.png`` finds ``images/a.png``). The match
    nearest to the annotation's folder is used; two equally near ones are ambiguous.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._listed: dict[int, dict[str, list[str]]] = {}
        self._uploaded: dict[str, list[tuple[Files, str]]] | None = None

    def find(self, name: str, folder: str, also: Sequence[str] = ()) -> bytes | None:
        """The picture's bytes; None if there is none. BadPicture: it is ambiguous or too large.

        ``also`` are other names of the same file, tried in turn where the first one finds nothing; last,
        the only file that has such a name once spaces and signs are taken out of its own.
        """
        for other in (name, *also):
            for place in self._source.pictures:
                path = self._walk(place, other, folder)
                if path is not None:
                    return _content(place, path)
            for place in self._source.near:
                if place.has(other):
                    return _content(place, other)
        return self._find_uploaded(also)

    def _find_uploaded(self, names: Sequence[str]) -> bytes | None:
        if not names:
            return None
        if self._uploaded is None:
            self._uploaded = {}
            for place in self._source.pictures:
                for path in place.names():
                    stored = uploaded_name(PurePosixPath(path).name)
                    self._uploaded.setdefault(stored, []).append((place, path))
        for name in names:
            alike = self._uploaded.get(PurePosixPath(name).name, [])
            if len(alike) > 1:
                raise BadPicture(f"{name} may be {alike[0][1]} or {alike[1][1]}")
            if alike:
                return _content(*alike[0])
        return None

    def _walk(self, place: Files, name: str, folder: str) -> str | None:
        for direct in (f"{folder}/{name}" if folder not in ("", ".") else name, name):
            if place.has(direct):
                return direct
        if id(place) not in self._listed:
            self._listed[id(place)] = _by_last_part(place)
        listed = self._listed[id(place)].get(PurePosixPath(name).name, [])
        ends = [path for path in listed if path.endswith(f"/{name}")]
        if len(ends) < 2:
            return ends[0] if ends else None
        near = sorted((-_shared(path, folder), len(path), path) for path in ends)
        if near[0][:2] == near[1][:2]:
            raise BadPicture(f"{name} may be {near[0][2]} or {near[1][2]}")
        return near[0][2]


def _content(place: Files, name: str) -> bytes:
    try:
        with place.open(name) as stream:
            content = stream.read(MAX_PICTURE + 1)
    except UNREADABLE as error:
        raise BadPicture(f"{name} cannot be read") from error
    if len(content) > MAX_PICTURE:
        raise BadPicture(f"{name} is larger than {MAX_PICTURE >> 20} MiB")
    return content


def _by_last_part(place: Files) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for name in place.names():
        paths.setdefault(PurePosixPath(name).name, []).append(name)
    return paths


def _shared(path: str, folder: str) -> int:
    """The number of leading folders that two paths share."""
    pairs = zip(PurePosixPath(path).parts, PurePosixPath(folder).parts, strict=False)
    count = 0
    for a, b in pairs:
        if a != b:
            break
        count += 1
    return count
