"""Tables as GitHub-flavored Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pointbench.report.plain_text import visible
from pointbench.report.tables import Row, Table, pieces
from pointbench.report.view import ReportView

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
    """A report: each suite's title, headline and leaderboard, then the tables that were asked for."""
    parts = [] if view.matrix is None else [_one(view.matrix)]
    for suite in view.suites:
        if view.shown is None:
            lines = [f"**{escape(suite.title)}**", ""]
            lines += [f"- {escape(line)}" for line in suite.results]
            lines += [f"- **Warning:** {escape(line)}" for line in suite.warnings]
            parts += ["\n".join([*lines, ""]), _one(suite.leaderboard)]
        parts += [_one(table) for table in suite.tables]
        if view.everything:
            lines = ["### Methods", "", *(f"- {escape(line)}" for line in suite.methods)]
            parts.append("\n".join([*lines, ""]))
    return "\n".join(parts)


def _one(table: Table) -> str:
    lines = [f"### {escape(table.title)}"]
    for part in pieces(table):
        heads = [part.head, *(column.title for column in part.columns)]
        rules = [":--", *("--:" if column.right else ":--" for column in part.columns)]
        lines += ["", _row([escape(head) for head in heads]), _row(rules)]
        for row in part.rows:
            lines.append(_row([_label(row), *(escape(cell.joined) for cell in row.cells)]))
    if table.footers:
        lines += ["", *(f"- {escape(line)}" for line in table.footers)]
    return "\n".join(lines) + "\n"


def _label(row: Row) -> str:
    label = escape(row.label)
    return f"{label} *({', '.join(row.tags)})*" if row.tags else label


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
