"""A screen as it came out: its picture, elements and targets, and how it is stored."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from pointbench.capture.elements import Element
from pointbench.capture.files import (
    new_suite,
    screen_files,
    source_of,
    write_screen,
    write_suite_toml,
)
from pointbench.capture.session.file import ScreenSpec, Session
from pointbench.capture.session.words import TargetSpec
from pointbench.capture.wording.sentences import View, rivals
from pointbench.errors import UsageError

_BY_PLACE = re.compile(
    r"\b(left|right|above|below|between|beside|next to|top|bottom|corner|edge|middle|first|second"
    r"|third|fourth|fifth|last|left\w+|right\w+|top\w+|low\w+|upper)\b",
    re.IGNORECASE,
)


Say = Callable[[str], None]
"""Where to tell the person who waits how it goes, a line at a time."""


@dataclass(frozen=True)
class CapturedScreen:
    """A screen as it came out.

    `left_out` says which words gave no target, and why; `contradicted` which were kept, as somebody
    looked at them, although something else than the box lit up under the pointer.
    """

    screen: ScreenSpec
    picture: Image.Image
    elements: Mapping[str, Element]
    view: View
    targets: tuple[dict[str, Any], ...]
    left_out: tuple[str, ...]
    browser: str = ""
    """Of a web screen: its name and version."""
    contradicted: tuple[str, ...] = ()


def doubts(made: CapturedScreen, words: Mapping[str, TargetSpec]) -> tuple[str, ...]:
    """Sentences that might mean another visible element too, a line each, for a person to judge.

    Those that go by place name a neighbor on purpose, and a word that was looked at was judged.
    """
    found = []
    keys = {element: key for key, element in made.elements.items()}
    for slug, word in words.items():
        element = made.elements.get(word.find or "")
        if element is None or word.looked_at:
            continue
        for text in (word.say, *word.also):
            if _BY_PLACE.search(text):
                continue
            others = [keys.get(other, other.name) for other in rivals(text, element, made.view)]
            if others:
                found.append(f"{slug}: {text!r} may mean {', '.join(others[:3])}")
    return tuple(found)


def keys_of(elements: tuple[Element, ...]) -> dict[str, Element]:
    """A key for each element by which words refer to it: app|role|name, or app|role|<icon>.

    Equal ones get #2, #3 ... from top to bottom, then left to right.
    """
    keyed: dict[str, Element] = {}
    for element in sorted(elements, key=lambda e: (e.box.top, e.box.left)):
        if not element.name and not element.icon:
            continue
        base = key = f"{element.app}|{element.role}|{element.name or f'<{element.icon}>'}"
        number = 1
        while key in keyed:
            number += 1
            key = f"{base}#{number}"
        keyed[key] = element
    return keyed


def committed_targets(session: Session, screen: ScreenSpec) -> list[dict[str, Any]]:
    """The targets beside the session file; none where the screen was never made."""
    path = session.folder / f"{screen.name}.json"
    if not path.exists():
        return []
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["targets"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"capture session: {path.name} beside the session is faulty") from error


def write_captured_screen(
    session: Session, made: CapturedScreen, data: Path, overwrite: bool
) -> None:
    screen = made.screen
    files = screen_files(data, session.suite, screen.name)
    write_screen(
        files,
        made.picture,
        made.targets,
        environment=_environment(session, made),
        platform="web" if screen.web else "linux",
        source=source_of("dom" if screen.web else "at-spi", session.captured),
        overwrite=overwrite,
    )
    own = session.folder / "suite.toml"
    if own.is_file() and not files.suite_toml.exists():
        shutil.copyfile(own, files.suite_toml)
    write_suite_toml(files, new_suite(session.suite, "The screens of a session file."))


def _environment(session: Session, made: CapturedScreen) -> dict[str, Any]:
    """What the picture shows it in, besides the targets."""
    screen = made.screen
    look = {"theme": "dark" if screen.dark else "light", "scale": screen.scale}
    if screen.web is not None:
        title = session.applications[screen.web.application].title
        return {"application": title, "browser": made.browser, **look}
    return {"desktop": screen.title, "icons": screen.icons, **look}
