"""Tables as GitHub-flavored Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pointbench.report.plain_text import visible
from pointbench.report.tables import Row, Table, pieces, tells
from pointbench.report.view import ReportView, SuiteView

SENTENCES = 4
"""Results of the headline that a report has by default."""
LEFT_OUT = ("horizon_0.5",)
"""Keys of the leaderboard's columns that a report has only with ``--all``."""

# Dots and dashes inside a label need no escape; "www." and "://" would make a link.
_SPECIAL = re.compile(
    r"[\\`*_{}\[\]|#~!]|\$(?=\S*\$)|(?<=www)\.|:(?=//)|^[-+>](?=\s)|^\d+(?=[.)]\s)"
)


def escape(text: str) -> str:
    """Untrusted text as Markdown that renders literally, on one line."""
    plain = _SPECIAL.sub(lambda match: "\\" + match[0], visible(text).strip())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render(tables: Sequence[Table]) -> str:
    """The tables one below the other, each with its title, and its footers as a list."""
    return "\n".join(_one(table) for table in tables)


def report(view: ReportView) -> str:
    """A report, short enough to paste: of each suite its title, sentences, leaderboard and one note.

    By default the first `SENTENCES` results, every warning and no empty table; with ``--all`` the whole
    headline, every table and the methods.
    """
    parts = [] if view.matrix is None else [_one(view.matrix)]
    for suite in view.suites:
        if view.shown is None:
            parts.append(_headline(suite, everything=view.everything))
            if tells(suite.leaderboard):
                parts.append(_board(suite, everything=view.everything))
        parts += [_one(table) for table in suite.tables]
        if view.everything:
            lines = ["### Methods", "", *(f"- {escape(line)}" for line in suite.methods)]
            parts.append("\n".join([*lines, ""]))
    return "\n".join(parts)


def _headline(suite: SuiteView, *, everything: bool) -> str:
    results = suite.results if everything else suite.results[:SENTENCES]
    lines = [" ".join([f"**{escape(suite.title)}.**", *map(escape, results)])]
    if suite.warnings:
        # A hard break: an empty line more would be one too many where seven models are pasted.
        lines[-1] += "\\"
        lines.append(" ".join(["**Read with care:**", *map(escape, suite.warnings)]))
    return "\n".join([*lines, ""])


def _board(suite: SuiteView, *, everything: bool) -> str:
    """The leaderboard, the rank first, and a note in small print."""
    table = suite.leaderboard
    keys = [column.key for column in table.columns]
    first = [key for key in keys if key == "rank"]
    kept = first + [key for key in keys if key not in first and (everything or key not in LEFT_OUT)]
    about = dict.fromkeys(visible(run.info.pointbench) for run in suite.runs)
    notes = [*table.footers, f"pointbench {', '.join(about)}."]
    note = f"<sub>{escape(' '.join(notes))}</sub>"
    return "\n".join([*_rows(table.pick(kept), first=bool(first)), "", note, ""])


def _one(table: Table) -> str:
    lines = [f"### {escape(table.title)}"]
    for part in pieces(table):
        lines += ["", *_rows(part)]
    if table.footers:
        lines += ["", *(f"- {escape(line)}" for line in table.footers)]
    return "\n".join(lines) + "\n"


def _rows(table: Table, *, first: bool = False) -> list[str]:
    """The lines of a table; with ``first``, its first column stands left of the labels."""
    heads = [escape(column.title) for column in table.columns]
    rules = ["--:" if column.right else ":--" for column in table.columns]
    lines = [_row(_placed(escape(table.head), heads, first)), _row(_placed(":--", rules, first))]
    for row in table.rows:
        cells = [escape(cell.joined) for cell in row.cells]
        lines.append(_row(_placed(_label(row), cells, first)))
    return lines


def _placed(label: str, cells: Sequence[str], first: bool) -> list[str]:
    return [cells[0], label, *cells[1:]] if first else [label, *cells]


def _label(row: Row) -> str:
    label = escape(row.label)
    return f"{label} *({', '.join(row.tags)})*" if row.tags else label


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
