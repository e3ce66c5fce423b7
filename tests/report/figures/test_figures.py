"""Figures: written in three formats, reproducible, harmless, and legible at a column's width."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from pointbench import extras
from pointbench.cli import build_parser, report
from pointbench.errors import UsageError
from pointbench.report import numbers
from pointbench.report.entries import ReportRun, entry_markers, report_entries
from pointbench.report.figures import charts as figure_charts
from pointbench.report.figures import style as figure_style
from pointbench.report.figures.competition import find_contest
from pointbench.report.figures.write import write_figures
from pointbench.report.loading import pictures
from pointbench.summary import summarize

pytest.importorskip("matplotlib", reason="matplotlib is not installed (pip install matplotlib)")

NAMES = ("leaderboard", "in-a-row", "size", "cost", "bias-and-spread", "competition")


def texts_of(figure: Any) -> list[str]:
    """Every text of a figure and of its axes."""
    own = [text.get_text() for text in figure.texts]
    return own + [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.fixture(scope="module")
def folder_of_figures(run: ReportRun, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    written = write_figures(folder, [run], pictures([root / "data"]))
    assert written.names == NAMES
    assert written.left_out == ()
    return folder


def test_each_figure_is_there_as_svg_pdf_and_png(folder_of_figures: Path) -> None:
    files = {f"{name}.{ending}" for name in NAMES for ending in ("svg", "pdf", "png")}
    assert {path.name for path in folder_of_figures.iterdir()} == files
    for name in NAMES:
        with Image.open(folder_of_figures / f"{name}.png") as figure:
            # 8.5 cm at 300 dots per inch.
            assert abs(figure.width - 1004) <= 1


def test_the_same_bytes_twice_and_no_date_in_them(
    folder_of_figures: Path, run: ReportRun, root: Path, tmp_path: Path
) -> None:
    write_figures(tmp_path, [run], pictures([root / "data"]))
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert data == (folder_of_figures / path.name).read_bytes(), path.name
        assert b"CreationDate" not in data
        assert not re.search(rb"<dc:date>|atplotlib v", data)


def test_the_numbers_in_them_are_the_summarys(run: ReportRun) -> None:
    entries = report_entries([run])
    markers = entry_markers(entries)
    with figure_style.style():
        board = texts_of(figure_charts.leaderboard([run], entries, markers))
        rows = texts_of(figure_charts.in_a_row([run], entries, markers))
        money = texts_of(figure_charts.costs([run], entries, markers))
        aim = texts_of(figure_charts.bias_and_spread([run], entries, markers))
        sizes = texts_of(figure_charts.sizes([run], entries, markers))
    for label, facts in run.summary["models"].items():
        rate, ten = facts["hit_rate"], facts["in_a_row"]["10"]
        shown = numbers.percent_with_interval(
            rate["value"], rate.get("low"), rate.get("high"), rate.get("approximate", False)
        )
        counts = f"{rate['hits']}/{rate['n']}" if "hits" in rate else ""
        assert f"{shown}  {counts}".rstrip() in board
        assert any(numbers.percent(ten["value"]) in text for text in rows)
        if facts["cost_per_1000_clicks"]:
            dollars = numbers.dollars(facts["cost_per_1000_clicks"])
            assert any(text.startswith(dollars) for text in money)
        if facts["exact"] is None:
            assert any(text.startswith(numbers.offset(facts["bias"])) for text in aim)
        smallest = numbers.percent(facts["by"]["size_quartile"]["q1"]["value"])
        assert any(text.startswith(f"smallest {smallest}") for text in sizes), label
    assert any("like those of" in " ".join(text.split()) for text in board)


def test_no_text_is_too_small_or_leaves_the_figure(run: ReportRun) -> None:
    entries = report_entries([run])
    markers = entry_markers(entries)
    with figure_style.style():
        for draw in (figure_charts.leaderboard, figure_charts.in_a_row, figure_charts.sizes):
            figure: Any = draw([run], entries, markers)
            figure.canvas.draw()
            width, height = figure.bbox.width, figure.bbox.height
            axes = figure.axes[0]
            ticks = [*axes.get_xticklabels(), *axes.get_yticklabels()]
            for text in (*figure.texts, *axes.texts, *ticks):
                assert text.get_size() >= 6
                box = text.get_window_extent()
                assert box.x0 >= -1
                assert box.x1 <= width + 1
                assert box.y0 >= -1
                assert box.y1 <= height + 1


def test_the_competition_is_where_models_differ_and_a_picture_is_there(
    run: ReportRun, root: Path
) -> None:
    entries = report_entries([run])
    found = find_contest([run], entries, pictures([root / "data"]))
    assert found is not None
    contest, path = found
    assert path.is_file()
    verdicts = {record.correct for entry, record in contest.answers if entry.model.exact is None}
    assert verdicts == {True, False}
    assert find_contest([run], entries, lambda _: None) is None


def test_what_cannot_be_drawn_is_left_out_and_said(
    run: ReportRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_style, "FORMATS", ("svg",))
    records = tuple(msgspec.structs.replace(record, cost_usd=None) for record in run.records)
    bare = replace(run, records=records, summary=summarize(run.info, run.targets, records))
    written = write_figures(tmp_path, [bare], lambda _: None, images=False)
    assert written.left_out == (
        "cost: no model's cost is known",
        "competition: made without screenshots",
    )
    empty = replace(run, records=(), summary=summarize(run.info, run.targets, ()))
    written = write_figures(tmp_path / "e", [empty], lambda _: None, images=False)
    assert "leaderboard" in written.names


def test_hostile_texts_are_only_texts(
    hostile: ReportRun, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_style, "FORMATS", ("svg",))
    written = write_figures(tmp_path, [hostile], pictures([root / "data"]))
    assert written.names == NAMES
    for name in NAMES:
        text = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert "<script" not in text
        assert "onerror" not in text
    with figure_style.style():
        assert figure_style.drawable("日本\u202e\x1b $x$") == "??\\u202e\\x1b $x$"
        assert len(figure_style.drawable("x" * 100_000)) == 200
        assert figure_style.width(figure_style.fitted("m" * 200, 1.0)) <= 1.0


def test_the_command_writes_them_beside_any_format(
    root: Path,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(figure_style, "FORMATS", ("pdf",))
    parser = argparse.ArgumentParser()
    report.add_arguments(parser)
    out = ["--out", str(root / "results"), "--format", "json"]
    path = tmp_path / "deep" / "figures"
    assert report.run(parser.parse_args([folder.name, *out, "--figures", str(path)])) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("{")
    assert "leaderboard, in-a-row, size, cost, bias-and-spread, competition as svg" in printed.err
    assert (path / "leaderboard.pdf").is_file()
    (tmp_path / "file").write_text("x")
    args = parser.parse_args([folder.name, *out, "--figures", str(tmp_path / "file")])
    with pytest.raises(UsageError, match="cannot be written"):
        report.run(args)


def test_without_matplotlib_one_line_says_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'pointbench\[figures\]'"):
        report.run(build_parser("report").parse_args(["any-run", "--figures", "figures"]))
