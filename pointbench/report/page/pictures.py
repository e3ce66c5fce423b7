"""Screenshots encoded small enough to embed in the page, each once."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from pointbench.report.drawing import open_picture
from pointbench.report.loading import FindPicture
from pointbench.suites import AskedTarget

LONGEST = 1920
"""Longest side of an embedded picture in pixels; larger screenshots are scaled down to it."""
QUALITY = 82
"""WebP's quality, 0 to 100."""


@dataclass(frozen=True)
class PagePicture:
    """A screenshot as the page embeds it. ``data`` is base64 WebP, None if there is no picture."""

    name: str
    width: int
    height: int
    data: str | None
    scaled: bool = False


def page_pictures(
    targets: Sequence[AskedTarget], find_picture: FindPicture, images: bool
) -> list[PagePicture]:
    """The targets' screenshots sorted by name; without ``images`` none is opened or embedded."""
    firsts: dict[str, AskedTarget] = {}
    for target in targets:
        firsts.setdefault(target.screenshot, target)
    return [
        _page_picture(target, find_picture if images else None)
        for _, target in sorted(firsts.items())
    ]


def _page_picture(target: AskedTarget, find_picture: FindPicture | None) -> PagePicture:
    name, width, height = target.screenshot, target.width, target.height
    path = find_picture(target) if find_picture else None
    picture = open_picture(path, width, height)
    if picture is None:
        return PagePicture(name, width, height, None)
    share = LONGEST / max(width, height)
    if share < 1:
        size = (max(1, round(width * share)), max(1, round(height * share)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    # Always encoded anew: a screenshot's own file may carry metadata about its author and place.
    picture.save(file, "WEBP", quality=QUALITY, method=4)
    return PagePicture(name, width, height, base64.b64encode(file.getvalue()).decode(), share < 1)
