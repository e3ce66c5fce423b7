"""Draws screenshots and suites of a given size for the benchmarks."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

from PIL import Image, ImageDraw

_TOML = """\
name = "{name}"
version = "1.0.0"
title = "Drawn for a benchmark"
description = "Rectangles and noise."
license = "CC0-1.0"
authors = ["benchmarks"]
"""


def draw_suite(
    root: Path, name: str, *, screenshots: int, each: int, size: tuple[int, int], kilobytes: int
) -> None:
    """A suite of distinct screenshots of about ``kilobytes`` kB, with ``each`` targets per screenshot."""
    pictures, annotations = root / "screenshots" / name, root / "targets" / name
    pictures.mkdir(parents=True)
    annotations.mkdir(parents=True)
    (annotations / "suite.toml").write_text(_TOML.format(name=name))
    for number in range(screenshots):
        draw = random.Random(f"{name}:{number}")
        path = pictures / f"s{number}.png"
        _screen(draw, size, kilobytes).save(path, "PNG", compress_level=1)
        targets = []
        for index in range(each):
            left, top = draw.randrange(size[0] - 60), draw.randrange(size[1] - 40)
            targets.append(
                {
                    "id": f"s{number}/t{index}",
                    "instruction": f"Click field {index} of screen {number}.",
                    "box": [left, top, left + 60, top + 40],
                    "kind": ("icon", "text")[index % 2],
                    "app": f"app{number % 7}",
                }
            )
        annotation = {
            "screenshot": f"{name}/s{number}.png",
            "width": size[0],
            "height": size[1],
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "targets": targets,
        }
        (annotations / f"s{number}.json").write_text(json.dumps(annotation))


def _screen(draw: random.Random, size: tuple[int, int], kilobytes: int) -> Image.Image:
    image = Image.new("RGB", size, (draw.randrange(256), draw.randrange(256), 90))
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = draw.randrange(size[0]), draw.randrange(size[1])
        pen.rectangle((x, y, x + 200, y + 60), fill=(draw.randrange(256), 120, y % 256))
    # Noise does not compress: three bytes per pixel.
    side = int((kilobytes * 1000 / 3) ** 0.5)
    image.paste(Image.frombytes("RGB", (side, side), draw.randbytes(3 * side * side)), (40, 40))
    return image
