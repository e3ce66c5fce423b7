"""Writes report.html: one file that opens offline, with every number and every click of some runs.

The page fetches nothing. Its Content-Security-Policy allows its one script and one style sheet by
their hashes, and nothing else. Texts of models and suites are escaped in the markup and reach the
script as JSON. The same input gives the same bytes (with the same Pillow, which encodes pictures).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from pointbench.report import numbers
from pointbench.report.entries import ReportRun, entry_markers
from pointbench.report.loading import FindPicture, LoadedRuns, by_suite
from pointbench.report.page import first_screen
from pointbench.report.page.data import (
    MOST_MISSES,
    MOST_OTHERS,
    PageData,
    all_targets,
    packed,
    page_data,
)
from pointbench.report.page.html_tables import card_style
from pointbench.report.page.markup import Html, el, join
from pointbench.report.page.pictures import LONGEST, PagePicture, page_pictures
from pointbench.report.page.provenance import provenance_section
from pointbench.report.page.sections import sections
from pointbench.report.view import ReportView, report_view
from pointbench.runs import write_atomically


def write_page(
    path: Path, runs: Sequence[ReportRun], find_picture: FindPicture, images: bool = True
) -> str:
    """Write the page of ``runs``; returns its size in words, ``3.1 MB, 14 of 14 screenshots in it``.

    Runs of several suites are shown suite by suite. Without ``images``, ``find_picture`` is not called
    and the page has no screenshot. OSError if the file cannot be written; RunError if runs of one suite
    have no target in common.
    """
    view = report_view(LoadedRuns(tuple(runs), by_suite(runs)))
    pictures = page_pictures(all_targets(view.suites), find_picture, images)
    data = render_page(view, pictures, images).encode("utf-8", "backslashreplace")
    write_atomically(path, data)
    embedded = sum(picture.data is not None for picture in pictures)
    return f"{numbers.size(len(data))}, {embedded} of {len(pictures)} screenshots in it"


def render_page(view: ReportView, pictures: Sequence[PagePicture], images: bool = True) -> str:
    """The page as text."""
    suites = view.suites
    markers = entry_markers(entry for suite in suites for entry in suite.entries)
    alone = len(suites) == 1
    parts = [first_screen.matrix(view.matrix, view, markers)] if view.matrix is not None else []
    for suite in suites:
        parts.append(first_screen.block(suite, markers, alone))
        parts += [part for part in sections(suite, markers) if part is not None]
    parts.append(provenance_section(view))
    data = page_data(suites, markers, pictures)
    style = _part("page.css") + card_style()
    script = _part("views.js") + _part("gallery.js")
    slots = {
        "title": join(f"pointbench: {', '.join(dict.fromkeys(run.name for run in view.runs))}"),
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "style": style,
        "script": script,
        "header": first_screen.header(view),
        "main": join(parts),
        "gallery_note": _gallery_note(data, pictures, images),
        "blocks": join(_blocks(data, pictures)),
        "footer": el(
            "p", f"Made by pointbench {view.runs[0].info.pointbench} from the run's files alone."
        ),
    }
    # One pass, so inserted text is not searched for slots.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: slots[match[1]], _part("template.html"))


def _part(name: str) -> str:
    return (
        resources.files("pointbench.report.page")
        .joinpath("assets", name)
        .read_text(encoding="utf-8")
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _blocks(data: PageData, pictures: Sequence[PagePicture]) -> list[Html]:
    """The blocks that the script reads: the data, long texts, pictures."""
    blocks = {"data": packed(data.data)}
    blocks |= {f"texts-{number}": text for number, text in enumerate(data.texts)}
    blocks |= {
        f"shot-{number}": picture.data
        for number, picture in enumerate(pictures)
        if picture.data is not None
    }
    # Base64 needs no escaping.
    return [
        Html(f'<script type="text/plain" id="{name}">{text}</script>\n')
        for name, text in blocks.items()
    ]


def _gallery_note(data: PageData, pictures: Sequence[PagePicture], images: bool) -> Html:
    """The note that explains the gallery's marks, trials, pictures and keys."""
    if not images:
        about = "Made without screenshots (--no-images)."
    else:
        embedded = [picture for picture in pictures if picture.data is not None]
        size = numbers.size(sum(len(picture.data or "") * 3 // 4 for picture in embedded))
        about = f"{len(embedded)} of {len(pictures)} screenshots are in this file ({size})"
        if any(picture.scaled for picture in embedded):
            about += f", larger ones scaled down to {LONGEST} px for display"
        about += "; regions and points are drawn in the screenshot's own pixels."
    keys = (" Keys: ", el("kbd", "/"), " search, ", el("kbd", "j"), " and ", el("kbd", "k"))
    markers = "A filled mark is right, a hollow one wrong. "
    if data.left_out:
        about += (
            f" {numbers.counted(data.shown, 'trial')} of {numbers.count(data.shown + data.left_out)} "
            f"are here, drawn at random: at most {numbers.count(MOST_MISSES)} that are not correct and "
            f"{numbers.count(MOST_OTHERS)} others. The filters count all; trials.jsonl has all."
        )
    return join(markers, about, *keys, " next and previous, ", el("kbd", "Esc"), " close.")
