"""Captures one desktop screen of a session: starts it, reads it, and checks it by hover."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from Xlib.error import ConnectionClosedError

from pointbench.capture.desktop import markers
from pointbench.capture.desktop.capture import AROUND_ICON
from pointbench.capture.desktop.pointer import hover, select_icon
from pointbench.capture.desktop.survey import REDRAW_S, Survey, survey_screen
from pointbench.capture.desktop.x11 import X11Display
from pointbench.capture.elements import Element
from pointbench.capture.errors import AccessibilityError, ScreenError, UnstableScreenError
from pointbench.capture.hover import AROUND, HoverCheck, HoverOutcome, item_rect
from pointbench.capture.rectangles import Rect
from pointbench.capture.session.captured_screen import CapturedScreen, keys_of, not_found
from pointbench.capture.session.file import DesktopStep, ScreenSpec, Session
from pointbench.capture.session.virtual_desktop import Desktop
from pointbench.capture.session.words import TargetSpec
from pointbench.capture.targets import TargetEntry, absent_target, present_target
from pointbench.capture.wording.sentences import View

LABEL_LINE = 31
"""Height of a one-line label below its icon, in logical pixels; a long one unfolds when selected."""
TREE_S = 12.0
"""Seconds allowed for programs to report the elements in their windows."""
SETTLE_S = 1.5
"""Seconds from the last step to the first reading of the screen."""


def make_desktop_screen(
    session: Session,
    screen: ScreenSpec,
    specs: Mapping[str, TargetSpec],
    folder: Path,
    palette: Mapping[str, markers.Color],
) -> CapturedScreen:
    """Start a virtual desktop, do its steps, and read it. ScreenError: it did not start completely.

    The home folder is ``folder``/demo; the marker theme with the colors of ``palette`` is in
    ``folder``.
    """
    try:
        return _make(session, screen, specs, folder, palette)
    except (UnstableScreenError, AccessibilityError, ConnectionClosedError) as error:
        raise ScreenError(str(error)) from error


def _make(
    session: Session,
    screen: ScreenSpec,
    specs: Mapping[str, TargetSpec],
    folder: Path,
    palette: Mapping[str, markers.Color],
) -> CapturedScreen:
    with Desktop(screen, folder / "demo", session.home_folders(screen)) as desktop:
        icons = desktop.home / ".local/share/icons"
        icons.mkdir(parents=True, exist_ok=True)
        if screen.markers:
            (icons / markers.THEME).symlink_to(folder / markers.THEME)
        with X11Display(desktop.environment["DISPLAY"]) as display:
            display.move_pointer(*screen.parked)
            for program in screen.programs:
                desktop.open(program)
            for step in screen.steps:
                desktop.act(step, step_position(step, display))
            display.move_pointer(*screen.parked)
            time.sleep(SETTLE_S)
            # An element found only by the marker theme has no name, so it is not awaited.
            named = {s.find for s in specs.values() if s.find and "|<" not in s.find}
            await_elements(named, display)
            survey = _look(desktop, display, palette)
            elements = keys_of(survey.elements)
            targets, left_out, contradicted = screen_targets(screen, elements, specs, display)
    view = View(survey.elements, survey.windows, Rect(0, 0, *survey.picture.size))
    return CapturedScreen(screen, survey.picture, elements, view, targets, left_out, contradicted)


def _look(desktop: Desktop, display: X11Display, palette: Mapping[str, markers.Color]) -> Survey:
    """The picture and elements of a running screen."""
    survey = survey_screen(display)
    if any(window.title == "Error" for window in survey.windows):
        raise ScreenError("an error message is on the screen")
    if not desktop.screen.markers:
        return survey
    try:
        desktop.use_icons(markers.THEME)
        time.sleep(REDRAW_S)
        marked = np.asarray(display.grab())
    finally:
        desktop.use_icons(desktop.screen.icons)
    time.sleep(REDRAW_S)
    marks = markers.find_marks(marked, np.asarray(survey.picture), palette)
    return replace(survey, elements=markers.merge_icons(survey.elements, marks, survey.windows))


def step_position(step: DesktopStep, display: X11Display) -> tuple[float, float] | None:
    """The pixel of a step; an element key is looked up on the current screen."""
    place = step.click or step.double_click or step.right_click or step.move
    if not isinstance(place, str):
        return place
    elements = await_elements({place}, display)
    if place not in elements:
        raise ScreenError(f"step {step.action}: {not_found(place, elements)}")
    return elements[place].box.center


def await_elements(keys: Collection[str], display: X11Display) -> Mapping[str, Element]:
    """The elements of the screen once they include ``keys``, or after TREE_S without them.

    A program reports the elements in its window some time after the window appears.
    """
    until = time.monotonic() + TREE_S
    while True:
        try:
            elements = keys_of(survey_screen(display).elements)
        except (UnstableScreenError, AccessibilityError):
            elements = {}
        if all(key in elements for key in keys) or time.monotonic() > until:
            return elements
        time.sleep(0.5)


def screen_targets(
    screen: ScreenSpec,
    elements: Mapping[str, Element],
    specs: Mapping[str, TargetSpec],
    display: X11Display,
) -> tuple[tuple[TargetEntry, ...], tuple[str, ...], tuple[str, ...]]:
    """The targets of a screen's specs, in order, with the lists of omitted and contradicted ones.

    ScreenError: an element is missing; an application may not have reported its whole tree yet.
    """
    by_slug: dict[str, Element] = {}
    for slug, spec in specs.items():
        if spec.find is not None:
            if spec.find not in elements:
                raise ScreenError(not_found(spec.find, elements))
            by_slug[slug] = elements[spec.find]
    checks = _hover_checks(screen, display, by_slug)
    by_slug, by_click, left_out = _with_labels(screen, display, by_slug, checks)
    for slug, check in checks.items():
        # GTK reports a notebook tab as no larger than its label.
        if specs[slug].box == "hover" and slug in by_slug and check and check.changed:
            by_slug[slug] = replace(by_slug[slug], box=check.changed)
            checks[slug] = HoverCheck(HoverOutcome.SAME, check.changed)
    targets = []
    contradicted: list[str] = []
    for slug, spec in specs.items():
        identity = f"{screen.name}/{slug}"
        if spec.absent:
            targets.append(
                absent_target(
                    id=identity, instruction=spec.say, name=spec.name, kind=spec.kind or "icon"
                )
            )
        elif slug in by_slug:
            element, check = by_slug[slug], checks[slug]
            if check and check.outcome is HoverOutcome.OTHER:
                lit = f"{slug}: {_sides(check.changed)} lit up, not {_sides(element.box)}"
                (contradicted if spec.looked_at else left_out).append(lit)
                if not spec.looked_at:
                    continue
            targets.append(
                present_target(
                    element,
                    id=identity,
                    instruction=spec.say,
                    hover=None if check is None else check.outcome,
                    kind=spec.kind,
                    app=element.app.lower(),
                    name=spec.name,
                    tags=(*screen.tags, *spec.tags),
                    rewordings=spec.also,
                    sources=_sources(elements[spec.find or ""], check, slug in by_click),
                    looked_at=spec.looked_at,
                )
            )
    return tuple(targets), tuple(left_out), tuple(contradicted)


def _sides(rect: Rect | None) -> str:
    return "nothing" if rect is None else str(rect.as_list())


def _sources(element: Element, check: HoverCheck | None, by_click: bool) -> list[str]:
    """The independent sources of an element's position."""
    sources = [] if _by_marker_alone(element) else ["at-spi"]
    if element.icon_box is not None:
        sources.append("marker theme")
    if by_click:
        sources.append("selection")
    elif check is not None and check.outcome is HoverOutcome.SAME:
        sources.append("hover")
    return sources


def _by_marker_alone(element: Element) -> bool:
    return element.role == "icon" and element.icon_box == element.box


def _hover_checks(
    screen: ScreenSpec, display: X11Display, elements: Mapping[str, Element]
) -> dict[str, HoverCheck | None]:
    """The hover check of each element; None if the screen disables hovering."""
    if not screen.hover:
        return dict.fromkeys(elements)
    settle = 0.4 if screen.scale > 1 or screen.desktop == "mate" else 0.25
    return {
        slug: hover(
            display,
            element.box,
            screen.parked,
            settle,
            around=AROUND_ICON if element.role == "icon" else AROUND * screen.scale,
        )
        for slug, element in elements.items()
    }


def _with_labels(
    screen: ScreenSpec,
    display: X11Display,
    elements: Mapping[str, Element],
    checks: dict[str, HoverCheck | None],
) -> tuple[dict[str, Element], set[str], list[str]]:
    """Extend icons of a desktop or folder view by their labels, which a hover or click reveals.

    Returns the elements by slug, the slugs whose label a click revealed, and a line for each icon
    whose label was not found. ``checks`` is updated.
    """
    labeled = dict(elements)
    by_click: set[str] = set()
    left_out: list[str] = []
    for slug, element in elements.items():
        if not _by_marker_alone(element):
            continue
        check = checks[slug]
        item = item_rect(element.box, check.changed) if check else None
        blank = screen.blank.get(element.app)
        if blank:
            item = select_icon(display, element.box, blank, around=AROUND * screen.scale)
            if item is None:
                left_out.append(f"{slug}: no label found")
                del labeled[slug]
                continue
            line = element.box.bottom + LABEL_LINE * screen.scale
            labeled[slug] = replace(element, box=replace(item, bottom=min(item.bottom, line)))
            by_click.add(slug)
        elif item is not None and item != element.box:
            labeled[slug] = replace(element, box=item)
            checks[slug] = HoverCheck(HoverOutcome.SAME, item)
    return labeled, by_click, left_out
