"""The words of every report, in one place: what the names in summary.json are called for people."""

from __future__ import annotations

from collections.abc import Mapping

HITS = "hits"
ICONS = "icons"
TEXT = "text"
TEN_IN_A_ROW = "10 in a row"
EVEN_CHANCE = "even chance lasts (clicks)"
NOT_TOLD_APART = "not told apart"

GUESSING: Mapping[str, str] = {
    "best-constant": "guessing, best point",
    "center": "guessing, middle",
    "random": "guessing, at random",
}
"""The pointers with exact figures, by `pointbench.runs.Exact`."""
BEST_GUESS = "best guess"

OUTCOMES: Mapping[str, str] = {
    "hit": "hit",
    "miss": "miss",
    "declined": "declined",
    "unparsed": "no point in the answer",
    "out_of_frame": "outside the picture",
    "error": "failed call",
}
OUTCOMES_ABSENT: Mapping[str, str] = {
    "miss": "clicked what is not there",
    "declined": "absent: declined",
    "unparsed": "absent: no point",
    "out_of_frame": "absent: outside",
    "error": "absent: failed call",
}
"""The same on targets that are not on the screen: no click on them is a hit, and declining is right."""

VARIANTS: Mapping[str, str] = {
    "as-is": "unchanged",
    "jittered": "shifted",
    "reworded": "other words",
}

TAGS: Mapping[str, str] = {
    "blind": "saw no picture",
    "floor": "baseline",
}
"""What is shown beside a label, by the tag in `Entry.tags`."""

DIMENSIONS: Mapping[str, str] = {
    "kind": "Icons and text",
    "short_side": "By the shorter side of the target, px",
    "size_quartile": "By size of the target, in quarters",
    "app": "By app",
    "platform": "By platform",
    "tag": "By tag",
    "tag_kind": "By tag, icons and text",
    "variant": "Unchanged, shifted, other words",
    "suite": "By suite",
}
"""The dimensions under ``by`` of the summary and the titles of their tables, in the order of a report."""

MORE_DIMENSIONS: Mapping[str, str] = {
    "resolution": "By resolution of the screenshot",
    "position": "By position on the screen",
}
"""The dimensions under ``also_by``, except fields of the environment."""
