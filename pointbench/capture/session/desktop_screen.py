"""One desktop screen of a session: its elements awaited, checked by hover, and made targets."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from pointbench.capture.desktop import x11
from pointbench.capture.desktop.pointer import hover, selected
from pointbench.capture.desktop.survey import survey
from pointbench.capture.elements import Element
from pointbench.capture.errors import AccessibilityError, ScreenError, UnstableScreenError
from pointbench.capture.hover import AROUND, HoverCheck, HoverOutcome, item_rect
from pointbench.capture.rectangles import Rect
from pointbench.capture.session.captured_screen import keys_of
from pointbench.capture.session.file import DesktopStep, ScreenSpec
from pointbench.capture.session.words import TargetSpec
from pointbench.capture.targets import absent_target, present_target

LABEL_LINE = 31
"""Logical pixels that a label of one line takes below its icon; a selected long one unfolds."""


TREE_S = 12.0
"""Seconds that programs are given to tell what is in their windows."""


def step_position(step: DesktopStep, display: x11.X11Display) -> tuple[float, float] | None:
    """The pixel of a step; an element's key is looked for on the screen as it is now."""
    place = step.click or step.double_click or step.right_click or step.move
    if not isinstance(place, str):
        return place
    elements = await_elements({place}, display)
    if place not in elements:
        raise ScreenError(f"step {step.action}: not found: {place}")
    return elements[place].box.center


def await_elements(keys: Collection[str], display: x11.X11Display) -> Mapping[str, Element]:
    """The elements of the screen once these keys are among them, or after TREE_S anyhow.

    A program tells what is in its window a while after the window is there.
    """
    until = time.monotonic() + TREE_S
    while True:
        try:
            elements = keys_of(survey(display).elements)
        except (UnstableScreenError, AccessibilityError):
            elements = {}
        if all(key in elements for key in keys) or time.monotonic() > until:
            return elements
        time.sleep(0.5)


def screen_targets(
    screen: ScreenSpec,
    elements: Mapping[str, Element],
    words: Mapping[str, TargetSpec],
    display: x11.X11Display,
) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...], tuple[str, ...]]:
    """The targets of a screen's words in their order, what was left out, what is contradicted."""
    wanted: dict[str, Element] = {}
    for slug, word in words.items():
        if word.find is not None:
            if word.find not in elements:
                # An application may not have told all of its tree yet.
                raise ScreenError(f"not found: {word.find}")
            wanted[slug] = elements[word.find]
    verdicts = _hovered(screen, display, wanted)
    wanted, by_click, left_out = _with_labels(screen, display, wanted, verdicts)
    for slug, verdict in verdicts.items():
        # A notebook's tab is said to be no larger than its label.
        if words[slug].box == "hover" and slug in wanted and verdict and verdict.changed:
            wanted[slug] = replace(wanted[slug], box=verdict.changed)
            verdicts[slug] = HoverCheck(HoverOutcome.SAME, verdict.changed)
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
            if verdict and verdict.verdict is HoverOutcome.OTHER:
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


def _sources(element: Element, verdict: HoverCheck | None, by_click: bool) -> list[str]:
    """What says where an element is, independently of each other."""
    sources = [] if _by_marker_alone(element) else ["at-spi"]
    if element.icon_box is not None:
        sources.append("marker theme")
    if by_click:
        sources.append("selection")
    elif verdict is not None and verdict.verdict is HoverOutcome.SAME:
        sources.append("hover")
    return sources


def _by_marker_alone(element: Element) -> bool:
    return element.role == "icon" and element.icon_box == element.box


def _hovered(
    screen: ScreenSpec, display: x11.X11Display, wanted: Mapping[str, Element]
) -> dict[str, HoverCheck | None]:
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
    screen: ScreenSpec,
    display: x11.X11Display,
    wanted: Mapping[str, Element],
    verdicts: dict[str, HoverCheck | None],
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
            verdicts[slug] = HoverCheck(HoverOutcome.SAME, item)
    return grown, by_click, without
