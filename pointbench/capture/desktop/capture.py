"""Captures the running desktop: a picture and its targets.

A capture changes nothing by default. Only `hover_checked` moves the pointer, and only
`survey.with_icons` changes the icon theme, both on request.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from pointbench.capture.desktop.pointer import hover
from pointbench.capture.elements import DISTRUSTED, Element
from pointbench.capture.hover import AROUND, HoverOutcome, grown_to
from pointbench.capture.rectangles import Rect
from pointbench.capture.targets import (
    TargetEntry,
    absent_target,
    kind_of,
    present_target,
    slugs,
)
from pointbench.capture.windows import Window
from pointbench.capture.wording.absent import absent_things
from pointbench.capture.wording.sentences import View, Wording, said_name, wordings
from pointbench.errors import UsageError, one_line

if TYPE_CHECKING:  # `refuse_other_screens` must work without an X library
    from pointbench.capture.desktop.survey import Survey
    from pointbench.capture.desktop.x11 import X11Display

MOST_PADDING = 14
"""Logical pixels by which a GTK 4 button may extend beyond the extents that it reports."""
AROUND_ICON = 240
"""Pixels around an icon in which a change counts, because its label belongs to it."""
MOST_OFFERED = 6
"""Maximum number of windows that a message lists."""


@dataclass(frozen=True)
class DesktopCapture:
    """A picture and the targets that can be asked for in it. Boxes are in pixels of the picture.

    ``targets`` are the elements to ask for, each with the wordings that fit it alone, simplest
    first. ``dropped`` counts elements that are not targets, by reason. ``origin`` is the picture's
    upper left pixel on the screen.
    """

    picture: Image.Image
    view: View
    targets: tuple[tuple[Element, tuple[Wording, ...]], ...]
    dropped: Counter[str]
    origin: tuple[int, int] = (0, 0)
    unsure: tuple[tuple[Element, tuple[Wording, ...]], ...] = ()
    """Elements that can become targets only through a hover, with their wordings."""


# --- checks before the capture ----------------------------------------------------------------


def refuse_other_screens(environment: Mapping[str, str], platform: str) -> None:
    """Raise a UsageError that suggests an alternative unless this is an X11 session."""
    otherwise = "or draw the boxes by hand in the format of docs/suites.md"
    if platform == "darwin":
        raise UsageError(
            "capture desktop: reads X11 desktops only, not macOS yet; "
            f"try `pointbench capture web`, {otherwise}"
        )
    if platform.startswith(("win", "cygwin")):
        raise UsageError(
            "capture desktop: reads X11 desktops only, not Windows yet; "
            f"try `pointbench capture web`, {otherwise}"
        )
    if environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE") == "wayland":
        raise UsageError(
            "capture desktop: this is a Wayland session, in which a program sees neither the screen "
            "nor where windows are (XWayland would show black or a part of it); log in to an X11 "
            f"(Xorg) session, {otherwise}"
        )
    if not environment.get("DISPLAY"):
        raise UsageError(
            "capture desktop: DISPLAY is not set, so there is no screen to look at; run it in a "
            "terminal of an X11 session, or name a display, as in DISPLAY=:0"
        )


def chosen_window(text: str, windows: Sequence[Window]) -> Window:
    """The window with a given id (0x..., as wmctrl and xwininfo print it), title or part of a title.

    UsageError: no window fits, or several do.
    """
    named = [w for w in windows if not w.override_redirect and (w.title or w.wm_class)]
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    title = text.casefold()
    for matches in (
        [w for w in named if number in (w.id, w.client_id)],
        [w for w in named if w.title.casefold() == title],
        [w for w in named if title in w.title.casefold() or title == w.wm_class.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise UsageError(
                one_line(
                    f"capture desktop --window {text!r:.60}: fits {_listed(matches)}; say which id"
                )
            )
    raise UsageError(
        one_line(
            f"capture desktop --window {text!r:.60}: no such window; there are {_listed(named)}"
        )
    )


def _listed(windows: Sequence[Window]) -> str:
    names = [f"{w.client_id or w.id:#x} {w.title or w.wm_class!r:.60}" for w in windows]
    more = f" and {len(names) - MOST_OFFERED} more" if len(names) > MOST_OFFERED else ""
    return (", ".join(names[:MOST_OFFERED]) or "none") + more


# --- capture ----------------------------------------------------------------------------------


def capture_screen(
    window: str | None,
    *,
    scale: float | None,
    icons: bool,
    hovering: bool,
    say: Callable[[str], None],
) -> tuple[Survey, DesktopCapture, dict[Rect, HoverOutcome] | None]:
    """Read the running desktop, or its one ``window`` (an id, title or part of a title).

    ``scale`` is the number of screen pixels per toolkit pixel; None determines it. ``icons`` shows
    the marker theme briefly; ``hovering`` moves the pointer over every box. The outcomes are keyed
    by box, None without hovering. ``say`` announces to the user what is about to happen.
    """
    from pointbench.capture.desktop.icon_theme import icon_theme_of, marker_theme
    from pointbench.capture.desktop.survey import survey_screen, with_icons
    from pointbench.capture.desktop.x11 import X11Display

    with X11Display() as display:
        if window is not None:
            chosen_window(window, display.windows())  # refused before anything is touched
        survey = survey_screen(display, scale=scale)
        if icons:
            theme = icon_theme_of(os.environ)
            say("switching the icon theme briefly; it is restored automatically")
            with marker_theme(os.environ, theme) as palette:
                survey = with_icons(survey, display, palette, theme)
        chosen = None if window is None else chosen_window(window, survey.windows)
        capture = desktop_capture(survey, chosen)
        if not hovering:
            return survey, capture, None
        count = len(capture.targets) + len(capture.unsure)
        say(f"moving the pointer over {count} things; hands off for a moment")
        capture, outcomes = hover_checked(capture, display, survey.scale)
        return survey, capture, outcomes


def environment_of(survey: Survey, environment: Mapping[str, str]) -> dict[str, object]:
    """The ``environment`` of the targets file: the desktop, if it has a name, and the scale."""
    desktop = one_line(environment.get("XDG_CURRENT_DESKTOP", ""))
    scale = int(survey.scale) if survey.scale == int(survey.scale) else survey.scale
    return ({"desktop": desktop} if desktop else {}) | {"scale": scale}


def desktop_capture(survey: Survey, window: Window | None = None) -> DesktopCapture:
    """The picture and targets of a screen, or of one window on it.

    With a window, the picture is that window including its title bar. Anything else visible in the
    picture is not a target, but no wording may fit it.
    """
    screen = Rect(0, 0, *survey.picture.size)
    frame = screen if window is None else window.frame.intersection(screen)
    if frame is None:
        raise UsageError(
            "capture desktop --window: that window is outside the screen; move it into view"
        )
    dx, dy = -frame.left, -frame.top
    visible = tuple(
        _shifted(element, dx, dy)
        for element in (*survey.elements, *survey.others)
        if element.box.intersection(frame)
    )
    windows = tuple(
        replace(w, frame=w.frame.shifted(dx, dy), client=w.client.shifted(dx, dy))
        for w in survey.windows
    )
    view = View(visible, windows, frame.shifted(dx, dy))
    dropped = Counter(survey.dropped)
    targets, unsure = [], []
    for element in (*survey.elements, *survey.unsure):
        reason = "" if window is None else _outside(element, window, frame, survey.windows)
        reason = reason or ("of a title bar" if _on_title_bar(element, survey.windows) else "")
        shifted = _shifted(element, dx, dy)
        sentences = () if reason else wordings(shifted, view)
        if not reason and not said_name(shifted):
            reason = "without a name that can be said"
        elif not reason and not sentences:
            reason = "every wording fits something else too"
        if element in survey.unsure:
            unsure += [] if reason else [(shifted, sentences)]
        elif reason:
            dropped[reason] += 1
        else:
            targets.append((shifted, sentences))
    picture = survey.picture.crop(frame.as_tuple())
    origin = (frame.left, frame.top)
    return DesktopCapture(picture, view, tuple(targets), dropped, origin, tuple(unsure))


def _shifted(element: Element, dx: int, dy: int) -> Element:
    icon = element.icon_box
    return replace(
        element,
        box=element.box.shifted(dx, dy),
        icon_box=None if icon is None else icon.shifted(dx, dy),
    )


def _outside(element: Element, window: Window, frame: Rect, windows: Sequence[Window]) -> str:
    """Reason why an element does not belong to the window, or "". The window's pop-ups do belong."""
    own = element.window == window.id
    painted = next((w for w in windows if w.id == element.window), None)
    popup = painted is not None and painted.override_redirect and painted.pid == window.pid
    if not (own or popup):
        return "of another window"
    return "" if element.box.covered_by(frame) >= 1 else "outside the picture"


def _on_title_bar(element: Element, windows: Sequence[Window]) -> bool:
    """Whether an icon is the window manager's own, which nobody names by its picture."""
    painted = next((w for w in windows if w.id == element.window), None)
    return (
        painted is not None
        and element.role == "icon"
        and element.box.covered_by(painted.client) == 0
        and painted.client.intersection(painted.frame) is not None
    )


def hover_checked(
    capture: DesktopCapture, display: X11Display, scale: float
) -> tuple[DesktopCapture, dict[Rect, HoverOutcome]]:
    """Put the pointer on every target, and drop those for which something else lights up.

    A GTK 4 element, whose inside alone is known, becomes a target with the area that lights up as
    its box. Moves the real pointer and then restores its position. The outcomes are keyed by box,
    in pixels of the picture; ``scale`` is screen pixels per logical pixel.
    """
    before = display.pointer
    left, top = capture.origin
    park = quiet_pixel([e.box.shifted(left, top) for e in capture.view.elements], display.rect)
    outcomes: dict[Rect, HoverOutcome] = {}
    targets, dropped = [], Counter(capture.dropped)
    try:
        for element, sentences in capture.targets:
            around = AROUND_ICON if element.role == "icon" else round(AROUND * scale)
            check = hover(display, element.box.shifted(left, top), park, around=around)
            if check.outcome is HoverOutcome.OTHER:
                dropped["something else lit up under the pointer"] += 1
            else:
                targets.append((element, sentences))
                outcomes[element.box] = check.outcome
        for element, sentences in capture.unsure:
            inside = element.box.shifted(left, top)
            check = hover(display, inside, park)
            box = grown_to(inside, check.changed, MOST_PADDING * scale)
            if box is not None and box.shifted(-left, -top) not in outcomes:
                whole = replace(element, box=box.shifted(-left, -top))
                targets.append((whole, sentences))
                outcomes[whole.box] = HoverOutcome.SAME
                dropped[DISTRUSTED] -= 1
    finally:
        display.move_pointer(*before)
    return replace(capture, targets=tuple(targets), dropped=+dropped), outcomes


def quiet_pixel(boxes: Sequence[Rect], screen: Rect) -> tuple[int, int]:
    """A pixel as far as possible from every box, where the pointer lights nothing up."""
    steps = 24
    pixels = [
        (
            screen.left + (2 * x + 1) * screen.width // (2 * steps),
            screen.top + (2 * y + 1) * screen.height // (2 * steps),
        )
        for x in range(steps)
        for y in range(steps)
    ]
    return max(pixels, key=lambda pixel: min((_distance(box, *pixel) for box in boxes), default=0))


def _distance(box: Rect, x: int, y: int) -> int:
    return max(box.left - x, x - box.right, box.top - y, y - box.bottom)


# --- targets ----------------------------------------------------------------------------------


def targets_of(
    capture: DesktopCapture,
    stem: str,
    outcomes: Mapping[Rect, HoverOutcome] | None = None,
    absent: int = 0,
) -> list[TargetEntry]:
    """The entries of a targets file, including up to ``absent`` things that are not in the picture."""
    names = [said_name(element) for element, _ in capture.targets]
    missing = absent_things(capture.view, absent, stem)
    ids = slugs([*names, *(f"no {thing.name}" for thing in missing)])
    entries = []
    for (element, sentences), name, slug in zip(capture.targets, names, ids, strict=False):
        outcome = None if outcomes is None else outcomes.get(element.box)
        entries.append(
            present_target(
                element,
                id=f"{stem}/{slug}",
                instruction=sentences[0].text,
                hover=outcome,
                name=name,
                rewordings=[wording.text for wording in sentences[1:]],
                sources=sources_of(element, outcome),
            )
        )
    entries += [
        absent_target(id=f"{stem}/{slug}", instruction=thing.text, name=thing.name)
        for thing, slug in zip(missing, ids[len(names) :], strict=True)
    ]
    return entries


def sources_of(element: Element, outcome: HoverOutcome | None) -> list[str]:
    """The independent sources of a box: accessibility, marker theme, hover."""
    marked = element.icon_box is not None
    marker_alone = marked and element.role == "icon" and element.icon_box == element.box
    sources = [] if marker_alone else ["at-spi"]
    sources += ["marker theme"] if marked else []
    return sources + (["hover"] if outcome is HoverOutcome.SAME else [])


def kinds_of(capture: DesktopCapture) -> Counter[str]:
    """The number of targets of each kind."""
    return Counter(kind_of(element) for element, _ in capture.targets)


def advice_on(window: Window) -> str:
    """Advice on making a program expose accessible objects if it exposes none."""
    name = window.wm_class.casefold()
    if window.type == "desktop":
        return "its icons are found with --icons"
    if "firefox" in name or "thunderbird" in name:
        return "start it with GNOME_ACCESSIBILITY=1"
    if any(word in name for word in ("chrom", "code", "electron", "slack", "discord", "brave")):
        return "start it with --force-renderer-accessibility"
    if "libreoffice" in name or "soffice" in name:
        return "install libreoffice-gtk3 and start it again"
    return (
        "switch on org.gnome.desktop.interface toolkit-accessibility and start it again, a Qt "
        "program with QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1; some programs have none"
    )
