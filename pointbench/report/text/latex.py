"""Tables as LaTeX for papers; needs the packages booktabs and textcomp, and UTF-8 input."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pointbench.report import numbers
from pointbench.report.plain_text import visible
from pointbench.report.tables import Row, Table, pieces
from pointbench.report.view import ReportView

_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        '"': r"{\char34}",  # in every font encoding, unlike \textquotedbl
        "`": r"\textasciigrave{}",
        "'": r"\textquotesingle{}",
        "|": r"\textbar{}",
        "–": "--",
        "—": "---",
        "…": r"\ldots{}",
        "≥": r"$\geq$",
        "≈": r"$\approx$",
        "−": r"$-$",
        "×": r"$\times$",
        "·": r"\textperiodcentered{}",
        numbers.THIN: r"\,",
        # "--" in a label is two hyphens, not a dash; "[" after a row's end would be an argument.
        "-": "{-}",
        "[": "{[}",
        "]": "{]}",
    }
)


_PROSE = {
    code: written
    for code, written in _SPECIAL.items()
    if chr(code) not in "-[]'`"  # harmless within a sentence, and hard to read when escaped
}


def prose(text: str) -> str:
    """A visible sentence with everything escaped that LaTeX would interpret; readable as it is."""
    # "--" in a label is two hyphens, not a dash.
    parts = re.split(r"(-{2,})", text)
    return "".join(
        "{}".join(part) if number % 2 else part.translate(_PROSE)
        for number, part in enumerate(parts)
    )


def escape(text: str) -> str:
    """Untrusted text with every character that LaTeX would interpret escaped."""
    return _escape(visible(text))


def _escape(text: str) -> str:
    return text.translate(_SPECIAL)


def render(tables: Sequence[Table]) -> str:
    """A ``table`` environment per table, several for a wide one; footers in small print below the last."""
    head = "% Needs \\usepackage{booktabs,textcomp}\n"
    return head + "\n".join(_one(part) for table in tables for part in pieces(table))


def report(view: ReportView) -> str:
    """A report: the headline as comments, the leaderboard, and the tables that were asked for."""
    shown = [] if view.matrix is None else [view.matrix]
    comments = []
    for suite in view.suites:
        if view.shown is None:
            comments += [f"% {line}" for line in (suite.title, *suite.results, *suite.warnings)]
            shown.append(suite.leaderboard)
        shown += suite.tables
        if view.everything:
            comments += [f"% {line}" for line in suite.methods]
    return "".join(f"{line}\n" for line in comments) + render(shown)


def _one(table: Table) -> str:
    columns = "l" + "".join("r" if column.right else "l" for column in table.columns)
    heads = [table.head, *(column.title for column in table.columns)]
    lines = [
        r"\begin{table}",
        r"\centering\small",
        rf"\caption{{{_escape(table.title)}}}",
        rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
        r"\toprule",
        _row(heads),
        r"\midrule",
    ]
    above_floor = False
    for row in table.rows:
        if row.guessing and above_floor:
            lines.append(r"\addlinespace")
        above_floor = not row.guessing
        lines.append(_row([_label(row), *(cell.joined for cell in row.cells)]))
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.footers:
        notes = r"\\ ".join(_escape(line) for line in table.footers)
        lines.append(rf"\par\smallskip\parbox{{\linewidth}}{{\footnotesize {notes}}}")
    return "\n".join([*lines, r"\end{table}", ""])


def _label(row: Row) -> str:
    return f"{row.label} ({', '.join(row.tags)})" if row.tags else row.label


def _row(cells: Sequence[str]) -> str:
    return " & ".join(_escape(cell) for cell in cells) + r" \\"
