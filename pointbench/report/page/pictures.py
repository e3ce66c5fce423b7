"""Screenshots made small enough to travel inside a page, each once."""

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
"""Pixels of the longer side of an embedded picture; a larger screenshot is scaled down to it."""
QUALITY = 82


@dataclass(frozen=True)
class PagePicture:
    """A screenshot as the page has it. ``data`` is base64 WebP, None where there is no picture."""

    name: str
    width: int
    height: int
    data: str | None
    scaled: bool = False


def page_pictures(
    targets: Sequence[AskedTarget], picture_of: FindPicture, images: bool
) -> list[PagePicture]:
    """The targets' screenshots in the order of their names, without pictures unless ``images``."""
    firsts: dict[str, AskedTarget] = {}
    for target in targets:
        firsts.setdefault(target.screenshot, target)
    return [
        _page_picture(target, picture_of if images else None)
        for _, target in sorted(firsts.items())
    ]


def _page_picture(target: AskedTarget, picture_of: FindPicture | None) -> PagePicture:
    name, width, height = target.screenshot, target.width, target.height
    path = picture_of(target) if picture_of else None
    picture = open_picture(path, width, height)
    if picture is None:
        return PagePicture(name, width, height, None)
    share = LONGEST / max(width, height)
    if share < 1:
        size = (max(1, round(width * share)), max(1, round(height * share)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    # Encoded anew even when small: a screenshot's own file may carry who took it, and where.
    picture.save(file, "WEBP", quality=QUALITY, method=4)
    return PagePicture(name, width, height, base64.b64encode(file.getvalue()).decode(), share < 1)
