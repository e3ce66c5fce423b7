"""Finds things that a screen might show but does not, with an instruction for each."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import islice

from pointbench.capture.wording.purposes import purposes
from pointbench.capture.wording.sentences import (
    AREAS,
    View,
    elements_in_area,
    mentions,
    names_of,
    purposes_of,
    spoken_app,
)


@dataclass(frozen=True, slots=True)
class Absent:
    """Something that could well be in the picture but is not; ``text`` is the instruction."""

    name: str
    text: str


def absent_things(view: View, count: int, seed: str) -> tuple[Absent, ...]:
    """Up to ``count`` things that such a screen might show but does not, chosen by ``seed``.

    Programs are missing from the panel or the desktop, commands from a toolbar. A thing whose name
    is on the screen or in a window's title is excluded.
    """
    texts = " \n ".join(
        [name for e in view.elements for name in (*names_of(e), e.name.casefold())]
        + [window.title.casefold() for window in view.windows]
    )
    icons = {purpose.key for e in view.elements for purpose in purposes_of(e)}
    missing = [
        purpose
        for purpose in purposes()
        if purpose.key not in icons and not any(mentions(texts, word) for word in purpose.words())
    ]
    places = [area for area in ("panel", "desktop") if elements_in_area(area, view)]
    bars = sorted({spoken_app(e.app) for e in elements_in_area("tool bar", view)} - {""})
    offers = [
        Absent(purpose.names[0], f"Click the {purpose.names[0]} icon {AREAS[area][0]}.")
        for purpose in missing
        if purpose.app and purpose.names
        for area in places
    ]
    offers += [
        Absent(purpose.names[0], f"Click the {purpose.names[0]} icon in the toolbar of {bar}.")
        for purpose in missing
        if purpose.key in _COMMANDS and purpose.names
        for bar in bars
    ]
    shuffled = random.Random(seed).sample(offers, len(offers))  # noqa: S311
    first = {offer.name: offer for offer in reversed(shuffled)}
    return tuple(islice((offer for offer in shuffled if first[offer.name] is offer), count))


_COMMANDS = frozenset(
    (
        "document-print",
        "document-save",
        "document-save-as",
        "document-open",
        "document-print-preview",
        "edit-undo",
        "edit-redo",
        "edit-cut",
        "edit-copy",
        "edit-paste",
        "edit-find",
        "edit-find-replace",
        "edit-delete",
        "zoom-in",
        "zoom-out",
        "zoom-fit-best",
        "view-fullscreen",
        "view-refresh",
        "format-text-bold",
        "format-text-italic",
        "format-text-underline",
        "insert-image",
        "insert-table",
        "tools-check-spelling",
        "object-rotate-left",
        "object-rotate-right",
        "transform-crop",
        "media-record",
        "mail-message-new",
        "bookmark-new",
        "go-home",
        "help-browser",
    )
)
"""Keys of purposes that a toolbar often has."""
