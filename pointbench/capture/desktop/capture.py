"""The desktop that is running, as a picture and its targets.

Looking changes nothing. Only `hover_checked` moves the pointer, and only `survey.with_icons` touches the
icon theme; who calls them was told to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PIL import Image

from pointbench.capture.desktop.pointer import hover
from pointbench.capture.desktop.survey import Survey
from pointbench.capture.elements import DISTRUSTED, Element
from pointbench.capture.hover import AROUND, HoverCheck, HoverOutcome, grown_to
from pointbench.capture.rectangles import Rect
from pointbench.capture.targets import absent_target, kind_of, present_target, slugs
from pointbench.capture.windows import Window
from pointbench.capture.wording.absent import absent_things
from pointbench.capture.wording.sentences import View, Wording, said_name, wordings
from pointbench.errors import UsageError, one_line

if TYPE_CHECKING:  # deciding needs no X library
    from pointbench.capture.desktop.x11 import X11Display

MOST_PADDING = 14
"""Logical pixels that a button of GTK 4 may reach beyond what it says."""
MOST_OFFERED = 6
"""Windows that a message names."""


@dataclass(frozen=True)
class DesktopCapture:
    """A picture and what can be asked about it. Boxes are in pixels of the picture.

    `origin` is the picture's upper left pixel on the screen.
    """

    picture: Image.Image
    view: View
    wanted: tuple[tuple[Element, tuple[Wording, ...]], ...]
    dropped: Counter[str]
    origin: tuple[int, int] = (0, 0)
    unsure: tuple[tuple[Element, tuple[Wording, ...]], ...] = ()
    """Things that only a hover can make targets."""


def refuse_other_screens(environment: Mapping[str, str], platform: str) -> None:
    """UsageError with what to do instead, unless this is an X11 session."""
    otherwise = "or draw the boxes by hand in the format of docs/suites.md"
    if platform == "darwin":
        raise UsageError(
            "capture desktop: reads X11 desktops only, not macOS yet; try `pointbench capture web`, "
            + otherwise
        )
    if platform.startswith(("win", "cygwin")):
        raise UsageError(
            "capture desktop: reads X11 desktops only, not Windows yet; try `pointbench capture web`, "
            + otherwise
        )
    if environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE") == "wayland":
        raise UsageError(
            "capture desktop: this is a Wayland session, in which a program sees neither the screen "
            "nor where windows are (XWayland would show black or a part of it); log in to an X11 "
            "(Xorg) session, " + otherwise
        )
    if not environment.get("DISPLAY"):
        raise UsageError(
            "capture desktop: DISPLAY is not set, so there is no screen to look at; run it in a "
            "terminal of an X11 session, or say which, as in DISPLAY=:0"
        )


def chosen_window(text: str, windows: Sequence[Window]) -> Window:
    """The window with that id (0x..., as wmctrl and xwininfo print it), title or part of a title."""
    own = [w for w in windows if not w.override_redirect and (w.title or w.wm_class)]
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    wanted = text.casefold()
    for fits in (
        [w for w in own if number in (w.id, w.client_id)],
        [w for w in own if w.title.casefold() == wanted],
        [w for w in own if wanted in w.title.casefold() or wanted == w.wm_class.casefold()],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise UsageError(
                one_line(
                    f"capture desktop --window {text!r:.60}: fits {_listed(fits)}; say which id"
                )
            )
    raise UsageError(
        one_line(f"capture desktop --window {text!r:.60}: no such window; there are {_listed(own)}")
    )


def _listed(windows: Sequence[Window]) -> str:
    shown = [f"{w.client_id or w.id:#x} {w.title or w.wm_class!r:.60}" for w in windows]
    more = f" and {len(shown) - MOST_OFFERED} more" if len(shown) > MOST_OFFERED else ""
    return (", ".join(shown[:MOST_OFFERED]) or "none") + more


def desktop_capture(found: Survey, window: Window | None = None) -> DesktopCapture:
    """What can be asked about a screen, or about one window of it.

    With a window the picture is that window, title bar included; what else is seen in the picture
    is no target, but no wording may fit it.
    """
    screen = Rect(0, 0, *found.picture.size)
    frame = screen if window is None else window.frame.intersection(screen)
    if frame is None:
        raise UsageError("capture desktop --window: that window is outside the screen")
    dx, dy = -frame.left, -frame.top
    seen = tuple(
        _shifted(element, dx, dy)
        for element in (*found.elements, *found.others)
        if element.box.intersection(frame)
    )
    windows = tuple(
        replace(w, frame=w.frame.shifted(dx, dy), client=w.client.shifted(dx, dy))
        for w in found.windows
    )
    view = View(seen, windows, frame.shifted(dx, dy))
    dropped = Counter(found.dropped)
    wanted, unsure = [], []
    for element in (*found.elements, *found.unsure):
        fault = "" if window is None else _outside(element, window, frame, found.windows)
        fault = fault or ("of a title bar" if _on_title_bar(element, found.windows) else "")
        shifted = _shifted(element, dx, dy)
        words = () if fault else wordings(shifted, view)
        if not fault and not said_name(shifted):
            fault = "without a name that can be said"
        elif not fault and not words:
            fault = "every wording fits something else too"
        if element in found.unsure:
            unsure += [] if fault else [(shifted, words)]
        elif fault:
            dropped[fault] += 1
        else:
            wanted.append((shifted, words))
    picture = found.picture.crop(frame.as_tuple())
    origin = (frame.left, frame.top)
    return DesktopCapture(picture, view, tuple(wanted), dropped, origin, tuple(unsure))


def _shifted(element: Element, dx: int, dy: int) -> Element:
    icon = element.icon_box
    return replace(
        element,
        box=element.box.shifted(dx, dy),
        icon_box=None if icon is None else icon.shifted(dx, dy),
    )


def _outside(element: Element, window: Window, frame: Rect, windows: Sequence[Window]) -> str:
    """Why an element is none of the window's, or "": its pop-ups inside the picture belong to it."""
    own = element.window == window.id
    painted = next((w for w in windows if w.id == element.window), None)
    popup = painted is not None and painted.override_redirect and painted.pid == window.pid
    if not (own or popup):
        return "of another window"
    return "" if element.box.covered_by(frame) >= 1 else "outside the picture"


def _on_title_bar(element: Element, windows: Sequence[Window]) -> bool:
    """Whether an icon is the window manager's own, which nobody calls by what it shows."""
    painted = next((w for w in windows if w.id == element.window), None)
    return (
        painted is not None
        and element.role == "icon"
        and element.box.covered_by(painted.client) == 0
        and painted.client.intersection(painted.frame) is not None
    )


def hover_checked(
    shot: DesktopCapture, screen: X11Display, scale: float
) -> tuple[DesktopCapture, dict[Rect, HoverOutcome]]:
    """Put the pointer on every target: those where something else lights up are left out.

    Things of GTK 4, of which only the inside is known, come in with what lights up as their box.
    Moves the real pointer and puts it back. The verdicts are by box.
    """
    before = screen.pointer
    left, top = shot.origin
    park = quiet_pixel([e.box.shifted(left, top) for e in shot.view.elements], screen.rect)
    verdicts: dict[Rect, HoverOutcome] = {}
    kept, dropped = [], Counter(shot.dropped)
    try:
        for element, words in shot.wanted:
            around = 240 if element.role == "icon" else round(AROUND * scale)
            seen: HoverCheck = hover(screen, element.box.shifted(left, top), park, around=around)
            if seen.verdict is HoverOutcome.OTHER:
                dropped["something else lit up under the pointer"] += 1
            else:
                kept.append((element, words))
                verdicts[element.box] = seen.verdict
        for element, words in shot.unsure:
            seen = hover(screen, element.box.shifted(left, top), park)
            lit = grown_to(element.box.shifted(left, top), seen.changed, MOST_PADDING * scale)
            if lit is not None and lit.shifted(-left, -top) not in verdicts:
                whole = replace(element, box=lit.shifted(-left, -top))
                kept.append((whole, words))
                verdicts[whole.box] = HoverOutcome.SAME
                dropped[DISTRUSTED] -= 1
    finally:
        screen.move_pointer(*before)
    return replace(shot, wanted=tuple(kept), dropped=+dropped), verdicts


def quiet_pixel(boxes: Sequence[Rect], screen: Rect) -> tuple[int, int]:
    """A pixel as far as can be from every box: there the pointer lights nothing up."""
    steps = 24
    spots = [
        (
            screen.left + (2 * x + 1) * screen.width // (2 * steps),
            screen.top + (2 * y + 1) * screen.height // (2 * steps),
        )
        for x in range(steps)
        for y in range(steps)
    ]
    return max(spots, key=lambda spot: min((_far(box, *spot) for box in boxes), default=0))


def _far(box: Rect, x: int, y: int) -> int:
    return max(box.left - x, x - box.right, box.top - y, y - box.bottom)


def targets_of(
    shot: DesktopCapture,
    stem: str,
    verdicts: Mapping[Rect, HoverOutcome] | None = None,
    absent: int = 0,
) -> list[dict[str, Any]]:
    """The targets of a targets file, `absent` things included that are not on the picture."""
    names = [said_name(element) for element, _ in shot.wanted]
    missing = absent_things(shot.view, absent, stem)
    ids = slugs([*names, *(f"no {thing.name}" for thing in missing)])
    targets = []
    for (element, words), name, slug in zip(shot.wanted, names, ids, strict=False):
        verdict = None if verdicts is None else verdicts.get(element.box)
        targets.append(
            present_target(
                element,
                id=f"{stem}/{slug}",
                instruction=words[0].text,
                hover=verdict,
                name=name,
                rewordings=[wording.text for wording in words[1:]],
                sources=sources_of(element, verdict),
            )
        )
    targets += [
        absent_target(id=f"{stem}/{slug}", instruction=thing.text, name=thing.name)
        for thing, slug in zip(missing, ids[len(names) :], strict=True)
    ]
    return targets


def sources_of(element: Element, verdict: HoverOutcome | None) -> list[str]:
    """What a box rests on."""
    marked = element.icon_box is not None
    alone = marked and element.role == "icon" and element.icon_box == element.box
    sources = [] if alone else ["at-spi"]
    sources += ["marker theme"] if marked else []
    return sources + (["hover"] if verdict is HoverOutcome.SAME else [])


def kinds_of(shot: DesktopCapture) -> Counter[str]:
    """How many targets there are of each kind."""
    return Counter(kind_of(element) for element, _ in shot.wanted)


def advice_on(window: Window) -> str:
    """How to make a program without accessible objects show some."""
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
