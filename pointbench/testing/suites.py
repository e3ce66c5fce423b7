"""Writes a suite of marked pictures, for runs through all of pointbench."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pointbench.suites.writing import targets_text
from pointbench.testing.marks import MarkedPicture, marked_picture

INSTRUCTION = "Click the magenta square."


def marked_suite(
    root: Path,
    name: str = "marks",
    *,
    count: int = 6,
    sizes: Sequence[tuple[int, int]] = ((1280, 720), (1920, 1080)),
    marks: Sequence[int] = (24,),
    busy: bool = True,
) -> list[MarkedPicture]:
    """Write ``count`` screenshots with one target each below a data root, as docs/suites.md describes.

    ``sizes`` and ``marks`` (sides in pixels) alternate; target ``NAME/0007`` is in picture 7.
    Run it with ``--data ROOT -s NAME``.
    """
    pictures = root / "screenshots" / name
    targets = root / "targets" / name
    for folder in (pictures, targets):
        folder.mkdir(parents=True, exist_ok=True)
    (targets / "suite.toml").write_text(
        f'name = "{name}"\nversion = "1.0"\ntitle = "Marks"\nlicense = "CC0-1.0"\n'
        'description = "One magenta square per picture."\nauthors = ["pointbench.testing"]\n'
    )
    marked_pictures = []
    for number in range(count):
        width, height = sizes[number % len(sizes)]
        mark = marks[number % len(marks)]
        marked = marked_picture(width, height, mark=mark, seed=number, busy=busy)
        (pictures / f"{number:04}.png").write_bytes(marked.data)
        annotation = targets_text(_annotation(name, number, marked))
        (targets / f"{number:04}.json").write_text(annotation)
        marked_pictures.append(marked)
    return marked_pictures


def _annotation(suite: str, number: int, marked: MarkedPicture) -> dict[str, object]:
    target = {
        "id": f"{suite}/{number:04}",
        "instruction": INSTRUCTION,
        "name": "magenta square",
        "box": list(marked.box),
        "kind": "icon",
    }
    return {
        "screenshot": f"{suite}/{number:04}.png",
        "width": marked.size.width,
        "height": marked.size.height,
        "sha256": marked.picture.sha256,
        "platform": "linux",
        "targets": [target],
    }
