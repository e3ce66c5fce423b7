"""A screen of a session, from nothing to its picture and targets."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from Xlib.error import ConnectionClosedError

from pointbench.capture import markers, x11
from pointbench.capture.annotations import absent_target, present_target
from pointbench.capture.atspi import NoAccessibility
from pointbench.capture.hover import AROUND, Hover, Verdict, hover, item_rect, selected
from pointbench.capture.rectangles import Rect
from pointbench.capture.session_desktop import Desktop, DesktopFault
from pointbench.capture.sessions import Screen, Session, SessionError, Step, Word
from pointbench.capture.survey import REDRAW_S, RestlessScreen, Survey, survey
from pointbench.capture.visible import Element
from pointbench.capture.wording import View, rivals

TEMPORARY = Path("/tmp")  # noqa: S108 - what is made in it is private, and refused if it is not
"""Fixed, because a program may show where its file is."""
ICON_ROOT = Path("/usr/share/icons")
LABEL_LINE = 31
"""Logical pixels that a label of one line takes below its icon; a selected long one unfolds."""
TRIES = 3
TREE_S = 12.0
"""Seconds that programs are given to tell what is in their windows."""

_BY_PLACE = re.compile(
    r"\b(left|right|above|below|between|beside|next to|top|bottom|corner|edge|middle|first|second"
    r"|third|fourth|fifth|last|left\w+|right\w+|top\w+|low\w+|upper)\b",
    re.IGNORECASE,
)

Say = Callable[[str], None]
"""Where to tell the person who waits how it goes, a line at a time."""


@dataclass(frozen=True)
class Made:
    """A screen as it came out.

    `left_out` says which words gave no target, and why; `contradicted` which were kept, as somebody
    looked at them, although something else than the box lit up under the pointer.
    """

    screen: Screen
    picture: Image.Image
    elements: Mapping[str, Element]
    view: View
    targets: tuple[dict[str, Any], ...]
    left_out: tuple[str, ...]
    browser: str = ""
    """Of a web screen: its name and version."""
    contradicted: tuple[str, ...] = ()


@contextmanager
def workshop(session: Session, screens: Sequence[Screen]) -> Iterator[Workshop]:
    """A private folder for homes and the marker theme, gone afterwards.

    SessionError: another session runs, or the folder is somebody else's.
    """
    scratch = TEMPORARY / session.scratch
    scratch.mkdir(mode=0o700, exist_ok=True)
    status = scratch.lstat()
    if scratch.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise SessionError(f"capture session: {scratch} is not yours alone; remove it")
    with (scratch / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SessionError(
                f"capture session: another one runs in {scratch}; wait until it has ended"
            ) from error
        try:
            palette: dict[str, markers.Colour] = {}
            if any(screen.markers and not screen.web for screen in screens):
                palette = markers.colours(markers.icon_names([ICON_ROOT]))
                markers.build(scratch / markers.THEME, palette)
            yield Workshop(scratch, palette)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@dataclass(frozen=True)
class Workshop:
    """Where screens are made: a folder, and the colours of the marker theme in it."""

    folder: Path
    palette: Mapping[str, markers.Colour]

    def make(
        self, session: Session, screen: Screen, words: Mapping[str, Word] | None, say: Say
    ) -> Made:
        """A screen with the targets of its words; None only looks at what is there.

        Tried again when the desktop did not come up whole. DesktopFault: nor did it at last.
        """
        for left in reversed(range(TRIES)):
            try:
                return self._make(session, screen, words, say)
            except (DesktopFault, RestlessScreen, NoAccessibility, ConnectionClosedError) as fault:
                if not left:
                    raise DesktopFault(str(fault)) from fault
                say(f"{screen.name}: {fault}; once more")
        raise AssertionError

    def _make(
        self, session: Session, screen: Screen, words: Mapping[str, Word] | None, say: Say
    ) -> Made:
        if screen.web is not None:
            from pointbench.capture.web_making import make_web_screen

            return make_web_screen(session, screen, words, self.folder, say)
        with Desktop(screen, self.folder / "demo", session.home_folders(screen)) as desktop:
            icons = desktop.home / ".local/share/icons"
            icons.mkdir(parents=True, exist_ok=True)
            if screen.markers:
                (icons / markers.THEME).symlink_to(self.folder / markers.THEME)
            with x11.Screen(desktop.environment["DISPLAY"]) as display:
                display.move_pointer(*screen.parked)
                for program in screen.programs:
                    desktop.open(program)
                for step in screen.steps:
                    desktop.act(step, _spot(step, display))
                display.move_pointer(*screen.parked)
                time.sleep(1.5)
                # What only the marker theme shows has no name.
                named = {w.find for w in (words or {}).values() if w.find and "|<" not in w.find}
                _awaited(named, display)
                found = self._look(desktop, display)
                elements = keys_of(found.elements)
                targets, left_out, contradicted = _targets(screen, elements, words or {}, display)
        view = View(found.elements, found.windows, Rect(0, 0, *found.picture.size))
        return Made(
            screen, found.picture, elements, view, targets, left_out, contradicted=contradicted
        )

    def _look(self, desktop: Desktop, display: x11.Screen) -> Survey:
        """The picture and the elements of a running screen."""
        found = survey(display)
        if any(window.title == "Error" for window in found.windows):
            raise DesktopFault("an error message is on the screen")
        if not desktop.screen.markers:
            return found
        try:
            desktop.use_icons(markers.THEME)
            time.sleep(REDRAW_S)
            marked = np.asarray(display.grab())
        finally:
            desktop.use_icons(desktop.screen.icons)
        time.sleep(REDRAW_S)
        marks = markers.find_marks(marked, np.asarray(found.picture), self.palette)
        return replace(found, elements=markers.fuse(found.elements, marks, found.windows))


def doubts(made: Made, words: Mapping[str, Word]) -> tuple[str, ...]:
    """Sentences that might mean another visible element too, a line each, for a person to judge.

    Those that go by place name a neighbour on purpose, and a word that was looked at was judged.
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


def _spot(step: Step, display: x11.Screen) -> tuple[float, float] | None:
    """The pixel of a step; an element's key is looked for on the screen as it is now."""
    place = step.click or step.double_click or step.right_click or step.move
    if not isinstance(place, str):
        return place
    elements = _awaited({place}, display)
    if place not in elements:
        raise DesktopFault(f"step {step.action}: not found: {place}")
    return elements[place].box.centre


def _awaited(keys: Collection[str], display: x11.Screen) -> Mapping[str, Element]:
    """The elements of the screen once these keys are among them, or after TREE_S anyhow.

    A program tells what is in its window a while after the window is there.
    """
    until = time.monotonic() + TREE_S
    while True:
        try:
            elements = keys_of(survey(display).elements)
        except (RestlessScreen, NoAccessibility):
            elements = {}
        if all(key in elements for key in keys) or time.monotonic() > until:
            return elements
        time.sleep(0.5)


def _targets(
    screen: Screen,
    elements: Mapping[str, Element],
    words: Mapping[str, Word],
    display: x11.Screen,
) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...], tuple[str, ...]]:
    """The targets of a screen's words in their order, what was left out, what is contradicted."""
    wanted: dict[str, Element] = {}
    for slug, word in words.items():
        if word.find is not None:
            if word.find not in elements:
                # An application may not have told all of its tree yet.
                raise DesktopFault(f"not found: {word.find}")
            wanted[slug] = elements[word.find]
    verdicts = _hovered(screen, display, wanted)
    wanted, by_click, left_out = _with_labels(screen, display, wanted, verdicts)
    for slug, verdict in verdicts.items():
        # A notebook's tab is said to be no larger than its label.
        if words[slug].box == "hover" and slug in wanted and verdict and verdict.changed:
            wanted[slug] = replace(wanted[slug], box=verdict.changed)
            verdicts[slug] = Hover(Verdict.SAME, verdict.changed)
    targets = []
    contradicted: list[str] = []
    for slug, word in words.items():
        identity = f"{screen.name}/{slug}"
        if word.absent:
            targets.append(
                absent_target(
                    id=identity, instruction=word.say, name=word.name, kind=word.kind or "icon"
                )
            )
        elif slug in wanted:
            verdict = verdicts[slug]
            if verdict and verdict.verdict is Verdict.OTHER:
                fault = f"{slug}: {_shown(verdict.changed)} lit up, not {_shown(wanted[slug].box)}"
                (contradicted if word.looked_at else left_out).append(fault)
                if not word.looked_at:
                    continue
            target = present_target(
                wanted[slug],
                id=identity,
                instruction=word.say,
                hover=None if verdict is None else verdict.verdict,
                kind=word.kind,
                app=wanted[slug].app.lower(),
                name=word.name,
                tags=(*screen.tags, *word.tags),
                rewordings=word.also,
            )
            sources = _sources(elements[word.find or ""], verdict, slug in by_click)
            target["extra"] = {**target.get("extra", {}), "sources": sources}
            if word.looked_at:
                target["extra"]["looked_at"] = True
            targets.append(target)
    return tuple(targets), tuple(left_out), tuple(contradicted)


def _shown(rect: Rect | None) -> str:
    return "nothing" if rect is None else str(rect.as_list())


def _sources(element: Element, verdict: Hover | None, by_click: bool) -> list[str]:
    """What says where an element is, independently of each other."""
    sources = [] if _by_marker_alone(element) else ["at-spi"]
    if element.icon_box is not None:
        sources.append("marker theme")
    if by_click:
        sources.append("selection")
    elif verdict is not None and verdict.verdict is Verdict.SAME:
        sources.append("hover")
    return sources


def _by_marker_alone(element: Element) -> bool:
    return element.role == "icon" and element.icon_box == element.box


def _hovered(
    screen: Screen, display: x11.Screen, wanted: Mapping[str, Element]
) -> dict[str, Hover | None]:
    """What lights up under the pointer on each element; None for all where that is not tried."""
    if not screen.hover:
        return dict.fromkeys(wanted)
    settle = 0.4 if screen.scale > 1 or screen.desktop == "mate" else 0.25
    return {
        slug: hover(
            display,
            element.box,
            screen.parked,
            settle,
            around=240 if element.role == "icon" else AROUND * screen.scale,
        )
        for slug, element in wanted.items()
    }


def _with_labels(
    screen: Screen,
    display: x11.Screen,
    wanted: Mapping[str, Element],
    verdicts: dict[str, Hover | None],
) -> tuple[dict[str, Element], set[str], list[str]]:
    """Icons of a desktop or folder view grown to icon and label, as a hover or a click shows it.

    Gives the elements, which of them a click showed, and what stayed without a label.
    """
    grown = dict(wanted)
    by_click: set[str] = set()
    without: list[str] = []
    for slug, element in wanted.items():
        if not _by_marker_alone(element):
            continue
        verdict = verdicts[slug]
        item = item_rect(element.box, verdict.changed) if verdict else None
        blank = screen.blank.get(element.app)
        if blank:
            item = selected(display, element.box, blank, around=AROUND * screen.scale)
            if item is None:
                without.append(f"{slug}: no label found")
                del grown[slug]
                continue
            line = element.box.bottom + LABEL_LINE * screen.scale
            grown[slug] = replace(element, box=replace(item, bottom=min(item.bottom, line)))
            by_click.add(slug)
        elif item is not None and item != element.box:
            grown[slug] = replace(element, box=item)
            verdicts[slug] = Hover(Verdict.SAME, item)
    return grown, by_click, without
