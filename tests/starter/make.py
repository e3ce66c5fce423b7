"""Make the bundled suite `starter` again, or look at what a scene offers.

    python -m tests.starter.make --out FOLDER            the whole suite
    python -m tests.starter.make --out FOLDER --draft    every element found, and an overlay of them
    python -m tests.starter.make --out FOLDER SCENE...   some scenes only

Run it as an ordinary user (file managers warn the super-user, and the warning would be in the
picture) on Debian 12 with `packages.txt` installed and pointbench's extra `capture`. FOLDER gets
`screenshots/starter/`, `targets/starter/` and, to be looked at, `overlays/`. A scene that lacks an
element of its words is made once more. Nothing of your own session is touched: every scene
has its own screen, bus and home.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import re
import shutil
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from pointbench.capture import markers
from pointbench.capture.annotations import absent_target, present_target
from pointbench.capture.hover import AROUND, Hover, Verdict, hover, item_rect, selected
from pointbench.capture.rectangles import Rect
from pointbench.capture.survey import RestlessScreen, Survey, survey, with_icons
from pointbench.capture.visible import Element
from pointbench.capture.x11 import Screen
from tests.starter.desktop import Desktop, adopt_orphans, end_children
from tests.starter.scenes import SCENES, Scene

HERE = Path(__file__).parent
CAPTURED = "2026-11-22"
TOOL = "pointbench 0.1.0"
ICON_ROOTS = Path("/usr/share/icons")
LABEL_LINE = 31
"""Logical pixels that a label of one line takes below its icon; a selected long one unfolds."""
SCRATCH = Path("/tmp/starter")
"""A fixed folder, because a program may show where its file is."""
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"


class DesktopFault(Exception):
    """The desktop did not come up as it should; another try usually helps."""


def keys_of(elements: tuple[Element, ...]) -> dict[str, Element]:
    """A name for each element by which the words file refers to it: app|role|name, or app|icon.

    Equal ones get #2, #3 ... from top to bottom, then left to right.
    """
    keyed: dict[str, Element] = {}
    for element in sorted(elements, key=lambda e: (e.box.top, e.box.left)):
        what = (
            f"{element.role}|{element.name}" if element.name else f"{element.role}|<{element.icon}>"
        )
        if not element.name and not element.icon:
            continue
        base = key = f"{element.app}|{what}"
        number = 1
        while key in keyed:
            number += 1
            key = f"{base}#{number}"
        keyed[key] = element
    return keyed


def look(scene: Scene, screen: Screen, palette: dict[str, markers.Colour]) -> Survey:
    """The picture and the elements of a running scene."""
    found = survey(screen)
    if any(window.title == "Error" for window in found.windows):
        raise DesktopFault(f"{scene.stem}: an error message is on the screen")
    if scene.desktop not in ("xfce", "mate"):
        return found
    return with_icons(found, screen, palette, scene.desktop, scene.icons)


def words_of(scene: Scene) -> dict[str, Any]:
    """Slug -> which element (`find`), what to say (`say`), other wordings (`also`) ..."""
    text = (HERE / "words" / f"{scene.stem}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def park_of(scene: Scene) -> tuple[int, int]:
    width, height = scene.size
    return scene.park or (width - 2, height // 2)


def hovered(scene: Scene, screen: Screen, wanted: dict[str, Element]) -> dict[str, Hover | None]:
    if not scene.hover:
        return dict.fromkeys(wanted)
    settle = 0.4 if scene.scale > 1 or scene.desktop == "mate" else 0.25
    return {
        slug: hover(
            screen,
            element.box,
            park_of(scene),
            settle,
            around=240 if element.role == "icon" else AROUND * scene.scale,
        )
        for slug, element in wanted.items()
    }


def with_labels(
    scene: Scene, screen: Screen, wanted: dict[str, Element], verdicts: dict[str, Hover | None]
) -> dict[str, Element]:
    """Icons of a desktop or folder view grown to icon and label, where hover or a click shows it."""
    grown = dict(wanted)
    for slug, element in wanted.items():
        if element.role != "icon" or element.icon_box != element.box:
            continue
        verdict = verdicts[slug]
        item = item_rect(element.box, verdict.changed) if verdict else None
        blank = scene.blank.get(element.app)
        if item is not None and item != element.box and not blank:
            grown[slug] = replace(element, box=item)
            verdicts[slug] = Hover(Verdict.SAME, item)
        elif blank:
            item = selected(screen, element.box, blank, around=AROUND * scene.scale)
            if item is None:
                print(f"  {scene.stem}/{slug}: no label found", file=sys.stderr)
            else:
                line = element.box.bottom + LABEL_LINE * scene.scale
                item = replace(item, bottom=min(item.bottom, line))
                grown[slug] = replace(element, box=item)
    return grown


def targets_of(
    scene: Scene, found: Survey, words: dict[str, Any], screen: Screen
) -> list[dict[str, Any]]:
    """The curated targets of a scene; an element that is not there any more is an error."""
    keyed = keys_of(found.elements)
    wanted: dict[str, Element] = {}
    for slug, entry in words.items():
        if "find" in entry:
            if entry["find"] not in keyed:
                # An application may not have told all of its tree yet.
                raise DesktopFault(f"{scene.stem}: not found: {entry['find']}")
            wanted[slug] = keyed[entry["find"]]
    verdicts = hovered(scene, screen, wanted)
    wanted = with_labels(scene, screen, wanted, verdicts)
    targets = []
    for slug, entry in words.items():
        identity = f"{scene.stem}/{slug}"
        kind = entry.get("kind", "")
        if entry.get("absent"):
            targets.append(
                absent_target(
                    id=identity, instruction=entry["say"], name=entry["name"], kind=kind or "icon"
                )
            )
        elif slug in wanted:
            verdict = verdicts[slug]
            if verdict is not None and verdict.verdict is Verdict.OTHER:
                print(
                    f"  {identity}: lights up {verdict.changed}, {wanted[slug].box}",
                    file=sys.stderr,
                )
            targets.append(
                present_target(
                    wanted[slug],
                    id=identity,
                    instruction=entry["say"],
                    hover=None if verdict is None else verdict.verdict,
                    kind=kind,
                    app=wanted[slug].app.lower(),
                    name=entry.get("name", ""),
                    tags=entry.get("tags", ()),
                    rewordings=entry.get("also", ()),
                )
            )
    return targets


def overlay(picture: Image.Image, boxes: list[tuple[Rect, Rect | None]]) -> Image.Image:
    """Numbered boxes (red) and icon boxes (blue) on a copy of the picture."""
    drawn = picture.copy()
    draw = ImageDraw.Draw(drawn)
    side = 11 if picture.width < 3000 else 22
    font = ImageFont.truetype(FONT, side)
    for number, (box, icon_box) in enumerate(boxes, start=1):
        draw.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), outline="#ff0000")
        if icon_box is not None and icon_box != box:
            draw.rectangle(
                (icon_box.left, icon_box.top, icon_box.right - 1, icon_box.bottom - 1),
                outline="#0060ff",
            )
        at = (box.left, max(0, box.top - side))
        draw.rectangle(draw.textbbox(at, str(number), font=font), fill="#ffff00")
        draw.text(at, str(number), fill="#c00000", font=font)
    return drawn


def save_picture(picture: Image.Image, path: Path) -> None:
    """A lossless PNG, as small as `oxipng` makes it where that is installed."""
    picture.save(path, optimize=True)
    try:
        oxipng: Any = importlib.import_module("oxipng")
    except ImportError:
        return
    oxipng.optimize(path, level=4, strip=oxipng.StripChunks.safe())


def make(
    scene: Scene, scratch: Path, out: Path, palette: dict[str, markers.Colour], draft: bool
) -> int:
    """One scene, from nothing to its files. Gives the number of targets."""
    with Desktop(scene, scratch) as desktop:
        icons = Path(desktop.environment["HOME"]) / ".local/share/icons"
        icons.mkdir(parents=True)
        (icons / markers.THEME).symlink_to(scratch / markers.THEME)
        with Screen(desktop.environment["DISPLAY"]) as screen:
            screen.move_pointer(*park_of(scene))
            for program in scene.programs:
                desktop.open(program)
            for step in scene.steps:
                desktop.act(step)
            screen.move_pointer(*park_of(scene))
            time.sleep(1.5)
            found = look(scene, screen, palette)
            if draft:
                return write_draft(scene, found, out)
            targets = targets_of(scene, found, words_of(scene), screen)
    return write_scene(scene, found, targets, out)


def with_patience(
    scene: Scene, scratch: Path, out: Path, palette: dict[str, markers.Colour], draft: bool
) -> int:
    """`make`, tried up to four times."""
    for left in (3, 2, 1, 0):
        try:
            return make(scene, scratch, out, palette, draft)
        except (DesktopFault, RestlessScreen, TimeoutError) as fault:
            print(f"  {fault}", file=sys.stderr)
            if not left:
                raise
        finally:
            end_children()
    raise AssertionError


def write_draft(scene: Scene, found: Survey, out: Path) -> int:
    keyed = keys_of(found.elements)
    found.picture.save(out / f"{scene.stem}.png")
    boxes = [(element.box, element.icon_box) for element in keyed.values()]
    overlay(found.picture, boxes).save(out / f"{scene.stem}.overlay.png")
    lines = []
    for number, (key, element) in enumerate(keyed.items(), start=1):
        size = f"{element.box.as_list()}"
        lines.append(f"{number}\t{key}\t{element.place}\t{element.icon}\t{size}")
    (out / f"{scene.stem}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(keyed)


def write_scene(scene: Scene, found: Survey, targets: list[dict[str, Any]], out: Path) -> int:
    screenshots, folder = out / "screenshots/starter", out / "targets/starter"
    for path in (screenshots, folder, out / "overlays"):
        path.mkdir(parents=True, exist_ok=True)
    png = screenshots / f"{scene.stem}.png"
    save_picture(found.picture, png)
    document = {
        "screenshot": f"starter/{scene.stem}.png",
        "width": found.picture.width,
        "height": found.picture.height,
        "sha256": hashlib.sha256(png.read_bytes()).hexdigest(),
        "platform": "linux",
        "environment": {
            "desktop": scene.label,
            "icons": scene.icons,
            "theme": "dark" if scene.dark else "light",
            "scale": scene.scale,
        },
        "source": {"method": "at-spi", "captured": CAPTURED, "tool": TOOL},
        "targets": targets,
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    (folder / f"{scene.stem}.json").write_text(compact(text) + "\n", encoding="utf-8")
    boxes = [
        (Rect(*target["box"]), Rect(*target["icon_box"]) if "icon_box" in target else None)
        for target in targets
        if "box" in target
    ]
    overlay(found.picture, boxes).save(out / "overlays" / f"{scene.stem}.png")
    return len(targets)


def compact(text: str) -> str:
    """Indented JSON with its lists of whole numbers on one line."""
    return re.sub(
        r"\[\s+(-?\d+(?:,\s+-?\d+)*)\s+\]",
        lambda found: "[" + re.sub(r",\s+", ", ", found[1]) + "]",
        text,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("scenes", nargs="*", metavar="SCENE")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--draft", action="store_true")
    arguments = parser.parse_args()
    if os.getuid() == 0:
        parser.error("run it as an ordinary user")
    known = {scene.stem: scene for scene in SCENES}
    unknown = [stem for stem in arguments.scenes if stem not in known]
    if unknown:
        parser.error(f"no scene {', '.join(unknown)}; there are {', '.join(known)}")
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    adopt_orphans()
    scratch = SCRATCH
    scratch.mkdir(mode=0o700, exist_ok=True)
    palette = markers.colours(markers.icon_names([ICON_ROOTS]))
    markers.build(scratch / markers.THEME, palette)
    for stem in arguments.scenes or known:
        began = time.monotonic()
        scene = known[stem]
        count = with_patience(scene, scratch, out, palette, arguments.draft)
        print(f"{stem}: {count} in {time.monotonic() - began:.0f} s", flush=True)
    shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
