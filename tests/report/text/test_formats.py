"""What each format shows of few and many models, of suites and runs, and of runs without answers."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len

from pointbench.report.entries import ReportRun
from pointbench.report.loading import load_all
from pointbench.report.text import csv_table, latex, leaderboard, markdown, terminal
from pointbench.report.view import ReportView, report_view
from pointbench.summary import summarize
from pointbench.trials import ErrorRecord
from tests.conftest import Command
from tests.report import sample_run
from tests.report.conftest import HOSTILE_LABEL

LONG = tuple(
    f"openai/organization-{n % 3}/a-model-with-a-rather-long-name-{n}?temperature=0&seed={n}"
    for n in range(12)
)
WIDE = "openai/模型的名字很长很长很长很长很长/模型的名字很长很长很长"
ODD = (WIDE, HOSTILE_LABEL, "x" * 200)
MANY = (*LONG[:9], *ODD)


def made(root: Path, labels: tuple[str, ...], name: str = "made") -> ReportRun:
    run = sample_run.run(root / "data", name, **sample_run_models(labels))
    sample_run.write_run(root / "results" / name, run)
    return run


def sample_run_models(labels: tuple[str, ...]) -> dict[str, object]:
    return {"models": tuple(sample_run.model(label) for label in labels)}


def again(root: Path, run: ReportRun, name: str, **changes: object) -> ReportRun:
    """The run with other targets, records or facts, and the summary of those."""
    changed = replace(run, name=name, **changes)  # type: ignore[arg-type]
    summary = summarize(changed.info, list(changed.targets), list(changed.records))
    changed = replace(changed, summary=summary)
    sample_run.write_run(root / "results" / name, changed)
    return changed


def view(root: Path, *names: str, everything: bool = False) -> ReportView:
    return report_view(load_all([root / "results" / name for name in names]), everything=everything)


def in_two_suites(root: Path, run: ReportRun) -> None:
    """Half of the targets in a second suite."""
    second = {target.id for target in run.targets[::2]}
    suites = (run.info.suites[0], msgspec.structs.replace(run.info.suites[0], name="other"))
    again(
        root,
        run,
        "two-suites",
        info=msgspec.structs.replace(run.info, suites=suites),
        targets=tuple(
            target.model_copy(update={"suite": "other"}) if target.id in second else target
            for target in run.targets
        ),
        records=tuple(
            msgspec.structs.replace(item, suite="other") if item.target in second else item
            for item in run.records
        ),
    )


def failed(root: Path, run: ReportRun) -> None:
    """Only errors."""
    error = ErrorRecord(type="RetryLater", message="the server cannot be reached")
    again(
        root,
        run,
        "errors",
        records=tuple(
            msgspec.structs.replace(
                item, outcome="error", correct=None, point=None, distance=None, error=error
            )
            for item in run.records
        ),
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs of 1, 2, 4, 7 and 12 models, of two suites, of only errors and of only guessing."""
    root = tmp_path_factory.mktemp("formats")
    for count in (1, 2, 4, 7):
        made(root, LONG[:count], f"of-{count}")
    made(root, MANY, "of-12")
    two = made(root, LONG[:2], "base")
    in_two_suites(root, two)
    failed(root, two)
    made(root, ("local/random",), "guessing")
    return root


NAMES = (
    ("of-1",),
    ("of-2",),
    ("of-4",),
    ("of-7",),
    ("of-12",),
    ("two-suites",),
    ("of-2", "of-4"),
    ("errors",),
    ("guessing",),
)


@pytest.mark.parametrize("names", NAMES, ids="+".join)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_terminal_fits(place: Path, names: tuple[str, ...], encoding: str) -> None:
    for everything in (False, True):
        shown = view(place, *names, everything=everything)
        for width in (40, 60, 80, 120):
            text = terminal.report(shown, width, False, encoding)
            assert max(cell_len(line) for line in text.splitlines()) <= width
            assert "\x1b" not in text
            for suite in shown.suites:
                for warning in suite.warnings:
                    assert warning[:12].encode("ascii", "ignore").decode() in text


def test_each_model_has_one_line_and_its_interval_at_every_width(place: Path) -> None:
    board = view(place, "of-12").suites[0].leaderboard
    for width in (40, 60, 80, 200):
        laid = leaderboard.lay(board, width)
        assert len(laid.rows) == len(board.rows)
        rates = [row.cells[[c.key for c in board.columns].index("hit_rate")] for row in board.rows]
        for (line, _), rate in zip(laid.rows, rates, strict=True):
            assert rate.value in line
            assert rate.interval in line
    assert "Left out" in " ".join(leaderboard.lay(board, 40).notes)


def test_labels_that_are_cut_stay_different() -> None:
    alike = ["a" * 20 + str(n) + "b" * 20 for n in range(3)] + ["ab" * 40, "ab" * 41, WIDE, "c"]
    for width in range(8, 30):
        cut = leaderboard.cut_labels(alike, width)
        assert len(set(cut)) == len(alike)
        assert max(map(cell_len, cut)) <= width


@pytest.mark.parametrize("names", NAMES, ids="+".join)
def test_markdown_is_short(place: Path, names: tuple[str, ...]) -> None:
    shown = view(place, *names)
    text = markdown.report(shown)
    if len(shown.suites) == 1:
        models = len(shown.suites[0].entries)
        assert len(text.splitlines()) <= max(15, 9 + models)
    blocks = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in blocks)
    assert "\x1b" not in text


def test_a_run_of_only_errors_has_no_empty_table(place: Path) -> None:
    for everything in (False, True):
        shown = view(place, "errors", everything=everything)
        for text in (terminal.report(shown, 80), markdown.report(shown), latex.report(shown)):
            assert "calls failed" in text
            assert "Icons and text" not in text
            assert "hits % (95 %)" not in text
            assert "| rank" not in text


def test_csv_in_long_form_agrees_with_the_summary(place: Path) -> None:
    shown = view(place, "two-suites")
    rows = list(csv.DictReader(io.StringIO(csv_table.render_figures(shown.by_suite), newline="")))
    assert {row["suite"] for row in rows} == {"made", "other"}
    for suite in shown.suites:
        for entry in suite.entries:
            (row,) = [
                row
                for row in rows
                if (row["model"], row["suite"], row["figure"], row["group"])
                == (entry.label, suite.suite, "hit_rate", "")
            ]
            assert float(row["value"]) == entry.number("hit_rate")
    keys = [(row["model"], row["suite"], row["group"], row["figure"]) for row in rows]
    assert len(set(keys)) == len(keys)


def test_csv_of_pairs_has_every_pair_once(place: Path) -> None:
    shown = view(place, "of-4")
    rows = list(csv.DictReader(io.StringIO(csv_table.render_pairs(shown.by_suite), newline="")))
    assert len({(row["a"], row["b"]) for row in rows}) == len(rows) == 6
    assert all(float(row["difference"]) >= 0 for row in rows)


@pytest.mark.parametrize("names", NAMES, ids="+".join)
def test_latex_compiles_without_an_overfull_box(
    place: Path, tmp_path: Path, names: tuple[str, ...]
) -> None:
    program = shutil.which("pdflatex")
    assert program, "pdflatex is not installed: apt-get install texlive-latex-recommended"
    hostile = latex.Options(labels={LONG[0]: r"a_b & {\x} 100% #1 -- ü Łódź 模型 ąę <<>> ''"})
    for everything, columns in ((False, "twocolumn"), (True, "onecolumn")):
        options = latex.Options(floor=True) if everything else hostile
        body = latex.report(view(place, *names, everything=everything), options)
        (tmp_path / "a.tex").write_text(
            rf"\documentclass[10pt,{columns}]{{article}}\usepackage{{booktabs,textcomp}}"
            "\n\\begin{document}\nText.\n" + body + "\n\\end{document}\n",
            encoding="utf-8",
        )
        subprocess.run(
            [program, "-interaction=nonstopmode", "-draftmode", "a.tex"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        log = (tmp_path / "a.log").read_text(encoding="utf-8", errors="replace")
        faults = re.findall(r"^(?:!|Overfull|LaTeX Warning: Float too large).*", log, re.MULTILINE)
        assert faults == []


def test_four_models_take_25_lines_after_run_report_and_score(
    inline: Command, tmp_path: Path, root: object
) -> None:
    models = [f"simulated/m{n}?rate=0.{n}" for n in (9, 6, 4, 2)]
    words = [word for model in models for word in ("-m", model)]
    ran = inline("run", *words, "--limit", "40", "--name", "four", "-q")
    reported = inline("report", "four")
    for done in (ran, reported):
        lines = done.stdout.splitlines()
        assert len(lines) <= 25
        assert lines[-1].startswith("Page: results/four/report.html")
        assert any("pointbench compare four" in line for line in lines)
        assert max(map(cell_len, lines)) <= 100
