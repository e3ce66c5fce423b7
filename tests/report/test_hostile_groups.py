"""App names, the environment, ids and citations are untrusted texts: harmless in every format."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pointbench.report import breakdowns, tables
from pointbench.report.entries import ReportRun
from pointbench.report.loading import by_suite
from pointbench.report.page.write import write_page
from pointbench.report.text import cite, csv_table, latex, markdown, terminal
from pointbench.summary import summarize
from tests.report import sample_run

NAMES = (
    sample_run.HOSTILE,
    "=1+1",
    "@SUM(A1)",
    "x" * 100_000,
    "\u202e\u2066",
    "\x1b[2J",
    "\\end{table}",
)


@pytest.fixture(scope="module")
def hostile_groups(run: ReportRun) -> ReportRun:
    targets = tuple(
        target.model_copy(
            update={
                "app": NAMES[number % len(NAMES)],
                "platform": NAMES[number % 2],
                "environment": {sample_run.HOSTILE: NAMES[number % 3], "=x": number % 2},
            }
        )
        for number, target in enumerate(run.targets)
    )
    suite = msgspec.structs.replace(
        run.info.suites[0],
        title=sample_run.HOSTILE,
        version=sample_run.HOSTILE,
        citation=sample_run.HOSTILE,
    )
    info = msgspec.structs.replace(
        run.info,
        suites=(suite,),
        command=sample_run.HOSTILE,
        where=(sample_run.HOSTILE,),
        source=sample_run.HOSTILE,
    )
    summary = summarize(info, targets, run.records)
    return replace(run, info=info, targets=targets, summary=summary)


def test_nothing_hidden_comes_through_and_no_command_stays_one(
    hostile_groups: ReportRun, tmp_path: Path
) -> None:
    runs = [hostile_groups]
    all_tables = [tables.leaderboard(runs), tables.other_ways(runs), *breakdowns.breakdowns(runs)]
    all_tables += breakdowns.more_breakdowns(runs)
    assert {"app", "platform", "environment.=x"} <= {table.key for table in all_tables}
    path = tmp_path / "a.html"
    write_page(path, runs, lambda _: None, images=False)
    page = path.read_text(encoding="utf-8")
    as_latex = latex.render(all_tables)
    texts = [markdown.render(all_tables), as_latex, cite.render([hostile_groups]), page]
    texts += [terminal.render(all_tables, width) for width in (80, 160)]
    for text in texts:
        assert not set("\x00\x1b\u202e\u2028\u2066") & set(text)
    assert "\\input{" not in as_latex
    assert as_latex.count("\\end{table}") == as_latex.count("\\begin{table}")
    assert "<script>document" not in page
    assert "<img" not in page
    assert max(map(len, terminal.render(all_tables, 80).splitlines())) <= 80
    # A hundred thousand letters are in the page's data, once per target, and in no table.
    assert "x" * 200 not in page.partition('id="data">')[0]


def test_no_cell_is_a_formula(hostile_groups: ReportRun) -> None:
    suites = by_suite([hostile_groups])
    for text in (csv_table.render(suites), csv_table.render_long(suites)):
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                number = cell.lstrip("-").replace(".", "").replace("e-", "").isdecimal()
                assert number or cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), cell[:40]
