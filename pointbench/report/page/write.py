"""report.html: one file that opens offline, with every number and every click of some runs.

Nothing in it is fetched. Its policy allows the one script and the one style sheet by their hashes
and nothing else; what models and suites wrote is escaped on the way in, and travels to the script
as JSON. The same input gives the same bytes (for one version of Pillow, which encodes the pictures).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from pointbench.report import numbers
from pointbench.report.entries import ReportRun, entries, entry_marks
from pointbench.report.loading import FindPicture
from pointbench.report.page import sections
from pointbench.report.page.data import page_data, to_script
from pointbench.report.page.in_a_row import flips_section, rows_section
from pointbench.report.page.markup import Html, el, join
from pointbench.report.page.outcomes import outcomes_section
from pointbench.report.page.pictures import LONGEST, PagePicture, page_pictures
from pointbench.report.page.provenance import provenance_section
from pointbench.runs import write_whole


def write_page(
    path: Path, runs: Sequence[ReportRun], picture_of: FindPicture, images: bool = True
) -> str:
    """Write the page of ``runs``; returns what was written, ``3.1 MB, 14 screenshots``.

    ``picture_of`` says where a target's screenshot lies; without ``images`` none is looked at.
    OSError when the file cannot be written.
    """
    shots = page_pictures(runs[0].targets, picture_of, images)
    data = render_page(runs, shots, images).encode("utf-8", "backslashreplace")
    write_whole(path, data)
    shown = sum(shot.data is not None for shot in shots)
    return f"{numbers.size(len(data))}, {shown} of {len(shots)} screenshots in it"


def render_page(
    runs: Sequence[ReportRun], shots: Sequence[PagePicture], images: bool = True
) -> str:
    """The page as text."""
    found = entries(runs)
    marks = entry_marks(runs, found)
    parts = [
        sections.leaderboard(runs, found, marks),
        sections.comparisons_section(runs),
        sections.ranking_section(runs, found, marks),
        *sections.breakdown_sections(runs, found, marks),
        outcomes_section(runs, found, marks),
        rows_section(runs, found, marks),
        flips_section(runs, found, marks),
        sections.effort_section(runs, found, marks),
        provenance_section(runs, found),
    ]
    # The gallery is of trials; what was never asked has none.
    asked = [entry for entry in found if entry.asked]
    style = _part("page.css")
    script = _part("views.js") + _part("gallery.js")
    slots = {
        "title": join(f"pointbench: {', '.join(run.name for run in runs)}"),
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "style": style,
        "script": script,
        "header": sections.header(runs),
        "main": join(parts),
        "gallery_note": _gallery_note(shots, images),
        "data": to_script(page_data(runs, asked, marks, shots)),
        "footer": el(
            "p", f"Made by pointbench {runs[0].info.pointbench} from the run's files alone."
        ),
    }
    # One pass, so that nothing that is put in is searched for slots again.
    return re.sub(r"\{\{(\w+)\}\}", lambda slot: slots[slot[1]], _part("template.html"))


def _part(name: str) -> str:
    return resources.files("pointbench.report.page").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _gallery_note(shots: Sequence[PagePicture], images: bool) -> Html:
    if not images:
        pictures = "Made without screenshots (--no-images)."
    else:
        shown = [shot for shot in shots if shot.data is not None]
        size = numbers.size(sum(len(shot.data or "") * 3 // 4 for shot in shown))
        pictures = f"{len(shown)} of {len(shots)} screenshots are in this file ({size})"
        if any(shot.scaled for shot in shown):
            pictures += f", larger ones scaled down to {LONGEST} px for display"
        pictures += "; regions and points are drawn in the screenshot's own pixels."
    keys = (" Keys: ", el("kbd", "/"), " search, ", el("kbd", "j"), " and ", el("kbd", "k"))
    marks = "A filled mark is right, a hollow one wrong. "
    return join(marks, pictures, *keys, " next and previous, ", el("kbd", "Esc"), " close.")
