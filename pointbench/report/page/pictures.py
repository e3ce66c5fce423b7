"""Screenshots encoded small enough to embed in the page, each once."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PIL import __version__ as pillow

from pointbench.report.drawing import open_picture
from pointbench.report.loading import FindPicture
from pointbench.runs import open_regular, write_atomically
from pointbench.suites import AskedTarget

LONGEST = 1920
"""Longest side of an embedded picture in pixels; larger screenshots are scaled down to it."""
QUALITY = 75
"""WebP's quality, 0 to 100."""
METHOD = 2
"""WebP's effort, 0 to 6; 4 takes twice as long for files that are a twentieth smaller."""
MOST_CACHED = 200_000_000
"""Most bytes of encoded pictures that stay in the user's cache folder; the oldest go first."""
LARGEST = 20_000_000
"""Most bytes of one encoded picture that is read from the cache."""


@dataclass(frozen=True)
class PagePicture:
    """A screenshot as the page embeds it. ``data`` is base64 WebP, None if there is no picture."""

    name: str
    width: int
    height: int
    data: str | None
    scaled: bool = False
    sha256: str | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        """What `picture_key` gives for its targets."""
        return self.name, self.sha256


def picture_key(target: AskedTarget) -> tuple[str, str | None]:
    """Which picture a target is on; suites of several data roots may use one name for two files."""
    return target.screenshot, target.sha256


def page_pictures(
    targets: Sequence[AskedTarget], find_picture: FindPicture, images: bool
) -> list[PagePicture]:
    """The targets' screenshots sorted by name; without ``images`` none is opened or embedded."""
    firsts: dict[tuple[str, str | None], AskedTarget] = {}
    for target in targets:
        firsts.setdefault(picture_key(target), target)
    folder = cache_folder() if images else None
    pictures = [
        _page_picture(target, find_picture if images else None, folder)
        for _, target in sorted(firsts.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]
    if folder is not None:
        _prune(folder)
    return pictures


def cache_folder() -> Path | None:
    """The folder of encoded pictures in the user's cache, made if need be; None if it cannot be."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(base).expanduser() / "pointbench" / "pictures"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if folder.is_absolute() else None


def _page_picture(
    target: AskedTarget, find_picture: FindPicture | None, folder: Path | None
) -> PagePicture:
    name, width, height = target.screenshot, target.width, target.height
    path = find_picture(target) if find_picture else None
    share = LONGEST / max(width, height)
    data = None if path is None else _encoded(path, width, height, folder)
    text = None if data is None else base64.b64encode(data).decode()
    scaled = text is not None and share < 1
    return PagePicture(name, width, height, text, scaled, target.sha256)


def _encoded(path: Path, width: int, height: int, folder: Path | None) -> bytes | None:
    """The picture as WebP, from the cache if it was encoded before; None without a picture."""
    kept = None if folder is None else _place(folder, path, width, height)
    if kept is not None:
        with suppress(OSError), open_regular(kept) as file:
            data = file.read(LARGEST)
            if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
                return data
    picture = open_picture(path, width, height)
    if picture is None:
        return None
    share = LONGEST / max(width, height)
    if share < 1:
        size = (max(1, round(width * share)), max(1, round(height * share)))
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    # Always encoded anew: a screenshot's own file may carry metadata about its author and place.
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=METHOD)
    data = buffer.getvalue()
    if kept is not None:
        # A full disk or a read-only home costs time, never the report.
        with suppress(OSError):
            write_atomically(kept, data)
    return data


def _place(folder: Path, path: Path, width: int, height: int) -> Path | None:
    """Where the cache has this file's picture: by its bytes, its size, and how it is encoded."""
    try:
        with open_regular(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
    return folder / f"{digest}-{width}x{height}-{LONGEST}-{QUALITY}-{METHOD}-{pillow}.webp"


def _prune(folder: Path) -> None:
    """Remove the oldest pictures beyond `MOST_CACHED` bytes."""
    with suppress(OSError):
        files = [(entry.stat(), entry.path) for entry in os.scandir(folder) if entry.is_file()]
        left = sum(facts.st_size for facts, _ in files) - MOST_CACHED
        for facts, path in sorted(files, key=lambda item: item[0].st_mtime):
            if left <= 0:
                break
            Path(path).unlink()
            left -= facts.st_size
