"""Each medium escapes texts from models, suites and file names."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from rich.cells import cell_len

from pointbench.report import breakdowns, tables
from pointbench.report.entries import ReportRun
from pointbench.report.loading import by_suite
from pointbench.report.text import csv_table, json_table, latex, latex_text, markdown, terminal
from pointbench.runs import SCHEMA
from tests.report.conftest import HOSTILE_LABEL


def _all(run: ReportRun) -> list[tables.Table]:
    return [tables.leaderboard([run]), *breakdowns.breakdowns([run])]


@pytest.mark.parametrize("width", [40, 80, 100, 160])
def test_the_terminal_fits_its_width_and_drops_no_table_s_column(
    run: ReportRun, width: int
) -> None:
    shown = [*_all(run), tables.outcomes([run]), tables.effort([run])]
    text = terminal.render(shown, width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    said = set(text.split())
    for table in shown[1:]:
        for column in table.columns:
            assert set(column.title.replace("/", "/ ").replace("-", "- ").split()) <= {
                part for word in said for part in word.replace("/", "/ ").replace("-", "- ").split()
            }
    assert "76.7" in text


def test_the_terminal_without_color_holds_no_escape(hostile: ReportRun) -> None:
    text = terminal.render(_all(hostile), 100)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]" in text


def test_the_terminal_with_color_holds_only_our_own_escapes(hostile: ReportRun) -> None:
    text = terminal.render(_all(hostile), 100, color=True)
    assert set(re.findall(r"\x1b\[([0-9;]*)m", text)) <= {"0", "1", "2", "1;2", "2;1"}
    assert text.count("\x1b") == len(re.findall(r"\x1b\[[0-9;]*m", text))


def test_the_terminal_speaks_ascii_where_it_must(run: ReportRun) -> None:
    assert terminal.render(_all(run), 80, encoding="ascii").isascii()


def test_markdown_tables_keep_their_shape(hostile: ReportRun) -> None:
    text = markdown.render(_all(hostile))
    block: list[int] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            block.append(len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)))
        elif block:
            assert len(set(block)) == 1
            block = []
    assert "<b>" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b", r"a\|b"),
        (r"a\|b", r"a\\\|b"),
        ("<script>", "&lt;script&gt;"),
        ("![x](http://y)", r"\!\[x\](http\://y)"),
        ("`a` *b* _c_", r"\`a\` \*b\* \_c\_"),
        ("a\nb", "a b"),
        ("- a", r"\- a"),
        ("1. a", r"\1. a"),
        ("openai/gpt-4o", "openai/gpt-4o"),
        ("$0.0029", "$0.0029"),
    ],
)
def test_markdown_shows_texts_from_outside_literally(text: str, escaped: str) -> None:
    assert markdown.escape(text) == escaped


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1"])
def test_csv_runs_no_formula(text: str) -> None:
    assert csv_table.safe(text).startswith("'")


def test_csv_holds_unrounded_numbers_and_one_row_a_model(hostile: ReportRun) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_table.render(by_suite([hostile])), newline="")))
    # Every model, and the two exact pointers that the run did not ask.
    assert len(rows) == len(hostile.info.models) + 2
    assert sum(row["run"] == "" for row in rows) == 2
    by_label = {row["model"]: row for row in rows}
    facts = hostile.summary["models"]["openai/gpt-4o"]
    row = by_label["openai/gpt-4o"]
    assert float(row["hit_rate_value"]) == facts["hit_rate"]["value"]
    assert float(row["hit_rate_low"]) == facts["hit_rate"]["low"]
    assert int(row["miss"]) == facts["outcomes"]["miss"]
    assert all(not label.startswith("=") for label in by_label)
    assert by_label["local/random"]["hit_rate_low"] == ""
    assert by_label["local/random"]["hit_rate_method"] == "exact"


def test_csv_in_long_form_has_a_row_per_model_dimension_and_group(run: ReportRun) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_table.render_long(by_suite([run])), newline="")))
    icon = next(
        row
        for row in rows
        if (row["model"], row["dimension"], row["group"]) == ("openai/gpt-4o", "kind", "icon")
    )
    expected = run.summary["models"]["openai/gpt-4o"]["by"]["kind"]["icon"]
    assert float(icon["value"]) == expected["value"]
    assert int(icon["n"]) == expected["n"]


def test_latex_escapes_every_command() -> None:
    assert latex_text.escape("\\input{x} 50% a_b $c$ ~ ^ & #") == (
        r"\textbackslash{}input\{x\} 50\% a\_b \$c\$ \textasciitilde{} \textasciicircum{} \& \#"
    )
    assert "\x1b" not in latex_text.escape(HOSTILE_LABEL)


def test_latex_tables_use_booktabs_and_show_approximate_intervals(run: ReportRun) -> None:
    text = latex.render(_all(run))
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == text.count(r"\begin{tabular}")
    rate = run.summary["models"]["anthropic/claude-sonnet-4?temperature=0"]["hit_rate"]
    assert rate["approximate"] is True
    ends = f"{100 * rate['low']:.1f}--{100 * rate['high']:.1f}"
    assert rf"76.7 {{\scriptsize ($\approx${ends})}}" in text


def test_json_is_the_summary_or_all_of_them_by_run(run: ReportRun) -> None:
    assert json.loads(json_table.render([run])) == run.summary
    both = json.loads(json_table.render([run, run]))
    assert both["schema"] == SCHEMA
    assert both["runs"] == {run.name: run.summary}
