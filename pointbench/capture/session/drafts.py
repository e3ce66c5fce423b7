"""Drafts of a screen: all of its elements, for a person to choose from, and a proposed words file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pointbench.capture.elements import Element
from pointbench.capture.session.captured_screen import CapturedScreen
from pointbench.capture.targets import slug as slug_of
from pointbench.capture.targets import slugs
from pointbench.capture.wording.absent import absent_things
from pointbench.capture.wording.sentences import wordings
from pointbench.errors import one_line

MOST_ABSENT = 6
"""Number of absent things proposed per screen."""


def write_draft(captured: CapturedScreen, folder: Path) -> None:
    """Write <screen>.png, .overlay.png, .tsv and .words.toml into a folder.

    The overlay shows boxes in red and icons in blue; the table lists number, key, place, icon and
    box; the words file is a proposal for a person to edit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / captured.screen.name
    captured.picture.save(base.with_name(f"{base.name}.png"))
    numbered(captured.picture, captured.elements).save(base.with_name(f"{base.name}.overlay.png"))
    lines = [
        "\t".join(
            one_line(str(cell))
            for cell in (number, key, element.place, element.icon, element.box.as_list())
        )
        for number, (key, element) in enumerate(captured.elements.items(), start=1)
    ]
    base.with_name(f"{base.name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    base.with_name(f"{base.name}.words.toml").write_text(proposal(captured), encoding="utf-8")


def proposal(captured: CapturedScreen) -> str:
    """The text of a words file with an entry for every element found.

    An element without an unambiguous wording gets a question mark, for a person to reword or remove.
    A few absent things come last.
    """
    names = slugs(element.name or element.icon for element in captured.elements.values())
    entries: dict[str, Mapping[str, object]] = {}
    for slug, (key, element) in zip(names, captured.elements.items(), strict=True):
        texts = [wording.text for wording in wordings(element, captured.view)]
        say = texts[0] if texts else f"? {element.name}"
        also = {"also": texts[1:]} if texts[1:] else {}
        entries[slug] = {"find": key, "say": say, **also}
    for absent in absent_things(captured.view, MOST_ABSENT, captured.screen.name):
        entries[f"no-{slug_of(absent.name)}"] = {
            "absent": True,
            "name": absent.name,
            "say": absent.text,
        }
    return "".join(f"{slug} = {_inline(entry)}\n" for slug, entry in entries.items())


def _inline(entry: Mapping[str, object]) -> str:
    """An entry as an inline table; JSON and TOML write strings, lists and booleans the same way."""
    fields = ", ".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in entry.items()
    )
    return "{" + fields + "}"


def numbered(picture: Image.Image, elements: Mapping[str, Element]) -> Image.Image:
    """A copy of a picture with numbered boxes (red) and icon boxes (blue)."""
    overlay = picture.copy()
    draw = ImageDraw.Draw(overlay)
    side = 11 if picture.width < 3000 else 22
    font = ImageFont.load_default(side)
    for number, element in enumerate(elements.values(), start=1):
        for box, color in ((element.box, "#ff0000"), (element.icon_box, "#0060ff")):
            if box is not None:
                draw.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), outline=color)
        corner = (element.box.left, max(0, element.box.top - side))
        draw.rectangle(draw.textbbox(corner, str(number), font=font), fill="#ffff00")
        draw.text(corner, str(number), fill="#c00000", font=font)
    return overlay
