"""A captured screen of a session: its picture, elements and targets, and how to store it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pointbench.capture.elements import Element
from pointbench.capture.errors import SessionError
from pointbench.capture.files import screen_files, write_capture
from pointbench.capture.session.file import ScreenSpec, Session
from pointbench.capture.session.words import TargetSpec
from pointbench.capture.targets import TargetEntry
from pointbench.capture.wording.sentences import View, rivals

ABOUT = "The screens of a session file."
_BY_PLACE = re.compile(
    r"\b(left|right|above|below|between|beside|next to|top|bottom|corner|edge|middle|first|second"
    r"|third|fourth|fifth|last|left\w+|right\w+|top\w+|low\w+|upper)\b",
    re.IGNORECASE,
)


Say = Callable[[str], None]
"""Reports progress to the waiting user, one line at a time."""


@dataclass(frozen=True)
class CapturedScreen:
    """A screen as captured. ``elements`` are indexed by the keys that words files use.

    ``left_out`` lists the specs that gave no target, with the reason. ``contradicted`` lists the
    targets that were kept because somebody looked at them, although something other than the box
    lit up.
    """

    screen: ScreenSpec
    picture: Image.Image
    elements: Mapping[str, Element]
    view: View
    targets: tuple[TargetEntry, ...]
    left_out: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    browser: str = ""
    """Name and version of the browser of a web screen."""


def doubts(captured: CapturedScreen, specs: Mapping[str, TargetSpec]) -> tuple[str, ...]:
    """Wordings that may also mean another visible element, one line each, for a person to judge.

    Skips wordings by place, which name a neighbor on purpose, and targets that a person looked at.
    """
    lines = []
    keys = {element: key for key, element in captured.elements.items()}
    for slug, spec in specs.items():
        element = captured.elements.get(spec.find or "")
        if element is None or spec.looked_at:
            continue
        for text in (spec.say, *spec.also):
            if _BY_PLACE.search(text):
                continue
            others = [keys.get(other, other.name) for other in rivals(text, element, captured.view)]
            if others:
                lines.append(f"{slug}: {text!r} may mean {', '.join(others[:3])}")
    return tuple(lines)


def keys_of(elements: Sequence[Element]) -> dict[str, Element]:
    """The elements, indexed by the key that words files use for them.

    A key is app|role|name, or app|role|<icon>; duplicates get #2, #3 ... from top to bottom, then
    left to right. Elements with neither name nor icon have no key.
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


def not_found(key: str, keys: Collection[str]) -> str:
    """The message for an element key that is not on the screen, with the most similar keys."""
    near = difflib.get_close_matches(key, keys, n=3, cutoff=0.6)
    hint = f"similar keys: {', '.join(near)}" if near else "--draft lists the keys of the screen"
    return f"not found: {key}; {hint}"


def committed_targets(session: Session, screen: ScreenSpec) -> list[Mapping[str, object]]:
    """The committed targets beside the session file; none if the screen was never captured."""
    path = session.folder / f"{screen.name}.json"
    if not path.exists():
        return []
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["targets"])
    except (ValueError, KeyError, TypeError) as error:
        raise SessionError(
            f"capture session: {path.name} beside the session file is not a targets file; "
            "fix or remove it"
        ) from error


def write_captured_screen(
    session: Session, captured: CapturedScreen, data: Path, overwrite: bool
) -> None:
    """Write the picture and targets into a data root, with the session's ``suite.toml`` if it has one."""
    screen = captured.screen
    files = screen_files(data, session.suite, screen.name)
    write_capture(
        files,
        session.suite,
        captured.picture,
        captured.targets,
        method="dom" if screen.web else "at-spi",
        environment=_environment(session, captured),
        about=ABOUT,
        platform="web" if screen.web else "linux",
        captured=session.captured,
        suite_toml=session.folder / "suite.toml",
        overwrite=overwrite,
    )


def _environment(session: Session, captured: CapturedScreen) -> dict[str, object]:
    """The ``environment`` of the targets file: the software and settings that the picture shows."""
    screen = captured.screen
    look = {"theme": "dark" if screen.dark else "light", "scale": screen.scale}
    if screen.web is not None:
        title = session.applications[screen.web.application].title
        return {"application": title, "browser": captured.browser, **look}
    return {"desktop": screen.title, "icons": screen.icons, **look}
