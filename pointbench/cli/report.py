"""``pointbench report RUN...``: tables, the page and figures of runs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_data, add_out
from pointbench.cli.shared.results import page_of, print_view, render, typed

if TYPE_CHECKING:
    from pointbench.report.entries import ReportRun
    from pointbench.report.loading import FindPicture
    from pointbench.report.view import ReportView

FORMATS = ("terminal", "html", "markdown", "csv", "latex", "json")
WHOLE = ("html", "csv", "json")
"""Formats without a choice of tables."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="a run's folder, or its name under --out"
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="terminal",
        help="format of the report (default: terminal)",
    )
    parser.add_argument(
        "--all", action="store_true", help="show every table (default: headline and leaderboard)"
    )
    parser.add_argument(
        "--table",
        metavar="NAME[,NAME]",
        help="show only these tables: leaderboard, pairs (who beats whom), kind (icons and text), size, "
        "quarters, app, platform, tag, tag-kind, variant, other (other ways to count), rows (k in a "
        "row), again (the same target again), aim, outcomes, cost, guessing, suspects, resolution, "
        "position, environment",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        type=Path,
        help="file to write (default: stdout; for html, report.html of the first run). csv also "
        "writes the breakdowns, to NAME-by.csv",
    )
    parser.add_argument(
        "--figures",
        metavar="DIR",
        type=Path,
        help="also write figures for papers and posts to this folder, as svg, pdf and png",
    )
    parser.add_argument(
        "--no-images", action="store_true", help="leave screenshots out of html and figures"
    )
    add_data(parser)
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.cli.shared.options import check_data
    from pointbench.report.loading import load_all
    from pointbench.report.view import report_view, table_names
    from pointbench.runs import find_run

    data = check_data(args.data)
    shown = None if args.table is None else table_names(args.table)
    _check_tables(args, shown)
    if args.figures is not None:
        from pointbench.extras import require_extra

        require_extra("figures", "--figures")
    folders = [find_run(name, args.out) for name in args.runs]
    images = not args.no_images
    if args.format == "html":
        runs = load_all(folders).runs
        _write_html(runs, folders, args.output, data, images)
    else:
        loaded = load_all(folders)
        runs = loaded.runs
        view = report_view(
            loaded,
            everything=args.all,
            shown=shown,
            page=page_of(folders),
            typed=typed(folders),
        )
        _say_empty(view)
        if args.output is None:
            print_view(view, args.format)
        else:
            _write(args.output, render(view, args.format, 100))
            if args.format == "csv":
                from pointbench.report.text import csv_table

                beside = args.output.with_name(f"{args.output.stem}-by{args.output.suffix}")
                _write(beside, csv_table.render_long(view.by_suite))
    if args.figures is not None:
        _write_figures(runs, folders, args.figures, data, images)
    return 0


def _check_tables(args: argparse.Namespace, shown: Sequence[str] | None) -> None:
    """UsageError for ``--all`` or ``--table`` with a format that has no tables to choose from."""
    from pointbench.errors import UsageError

    if shown is not None and args.all:
        raise UsageError("--all and --table: give one of the two")
    option = "--table" if shown is not None else "--all" if args.all else None
    if option and args.format in WHOLE:
        raise UsageError(
            f"{option} is for {', '.join(each for each in FORMATS if each not in WHOLE)}; "
            f"{args.format} always has everything"
        )


def _say_empty(view: ReportView) -> None:
    """Names the tables that were asked for and have nothing to show."""
    empty = view.without_content
    if empty:
        console.message(
            f"nothing to show for {', '.join(empty)}: not known of these targets, or alike for all"
        )


def _write_html(
    runs: Sequence[ReportRun],
    folders: Sequence[Path],
    output: Path | None,
    data: Path | None,
    images: bool,
) -> None:
    from pointbench.report.page.write import write_page

    path = output or folders[0] / "report.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = write_page(path, runs, _pictures(runs, folders, data), images=images)
    except OSError as error:
        raise _unwritable(path, error) from error
    console.err(f"{path}: {written}")


def _write_figures(
    runs: Sequence[ReportRun],
    folders: Sequence[Path],
    folder: Path,
    data: Path | None,
    images: bool,
) -> None:
    from pointbench.report.figures.write import write_figures

    try:
        figures = write_figures(folder, runs, _pictures(runs, folders, data), images)
    except OSError as error:
        raise _unwritable(folder, error) from error
    without = f"; without {', '.join(figures.left_out)}" if figures.left_out else ""
    console.err(f"{folder}: {', '.join(figures.names)} as svg, pdf and png{without}")


def _pictures(runs: Sequence[ReportRun], folders: Sequence[Path], data: Path | None) -> FindPicture:
    from pointbench.report.loading import pictures, run_roots

    roots = [
        root
        for folder, run in zip(folders, runs, strict=True)
        for root in run_roots(folder, run.info, data, Path.cwd())
    ]
    return pictures(roots)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> Exception:
    from pointbench.errors import UsageError, one_line

    return UsageError(one_line(f"{path} cannot be written: {error.strerror or error}"))
