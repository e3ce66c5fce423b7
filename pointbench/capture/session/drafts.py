"""What a screen offers, for a person to choose from: picture, overlay, table, proposed words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from pointbench.capture.elements import Element
from pointbench.capture.session.captured_screen import CapturedScreen
from pointbench.capture.targets import slug as slug_of
from pointbench.capture.targets import slugs
from pointbench.capture.wording.absent import absent_things
from pointbench.capture.wording.sentences import wordings
from pointbench.errors import one_line

MOST_ABSENT = 6
"""Absent things proposed for a screen."""


def write_draft(made: CapturedScreen, folder: Path) -> None:
    """<screen>.png, .overlay.png (boxes red, pictures blue), .tsv (number, key, place, icon, box)
    and .words.toml, a proposal that a person edits."""
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / made.screen.name
    made.picture.save(base.with_name(f"{base.name}.png"))
    numbered(made.picture, made.elements).save(base.with_name(f"{base.name}.overlay.png"))
    lines = [
        "\t".join(
            one_line(str(cell))
            for cell in (number, key, element.place, element.icon, element.box.as_list())
        )
        for number, (key, element) in enumerate(made.elements.items(), start=1)
    ]
    base.with_name(f"{base.name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    base.with_name(f"{base.name}.words.toml").write_text(proposal(made), encoding="utf-8")


def proposal(made: CapturedScreen) -> str:
    """A words file with an entry for every element found, as far as words single it out.

    An element that no words single out is proposed with a question mark, to be said otherwise or
    left out. A few things that are not there come last.
    """
    names = slugs(element.name or element.icon for element in made.elements.values())
    entries: dict[str, Any] = {}
    for slug, (key, element) in zip(names, made.elements.items(), strict=True):
        said = [wording.text for wording in wordings(element, made.view)]
        also = {"also": said[1:]} if said[1:] else {}
        entries[slug] = {"find": key, "say": said[0] if said else f"? {element.name}", **also}
    for absent in absent_things(made.view, MOST_ABSENT, made.screen.name):
        base = f"no-{slug_of(absent.name)}"
        entries[base] = {"absent": True, "name": absent.name, "say": absent.text}
    return "".join(f"{slug} = {_inline(entry)}\n" for slug, entry in entries.items())


def _inline(entry: Mapping[str, Any]) -> str:
    """An entry on a line of its own; JSON's texts, lists and booleans are TOML's too."""
    fields = ", ".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in entry.items()
    )
    return "{" + fields + "}"


def numbered(picture: Image.Image, elements: Mapping[str, Element]) -> Image.Image:
    """Numbered boxes (red) and icon boxes (blue) on a copy of a picture."""
    drawn = picture.copy()
    draw = ImageDraw.Draw(drawn)
    side = 11 if picture.width < 3000 else 22
    font = ImageFont.load_default(side)
    for number, element in enumerate(elements.values(), start=1):
        for box, color in ((element.box, "#ff0000"), (element.icon_box, "#0060ff")):
            if box is not None:
                draw.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), outline=color)
        at = (element.box.left, max(0, element.box.top - side))
        draw.rectangle(draw.textbbox(at, str(number), font=font), fill="#ffff00")
        draw.text(at, str(number), fill="#c00000", font=font)
    return drawn
