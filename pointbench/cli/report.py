"""``pointbench report RUN... [--format ...] [-o PATH] [--figures DIR] [--no-images]``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.options import add_data, add_out

if TYPE_CHECKING:
    from pointbench.report.entries import ReportRun
    from pointbench.report.loading import PictureOf

FORMATS = ("terminal", "html", "markdown", "csv", "latex", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="a run's folder, or its name under --out"
    )
    parser.add_argument("--format", choices=FORMATS, default="terminal", help="default: terminal")
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        type=Path,
        help="write there (default: stdout; html: report.html in the first run). "
        "csv writes the breakdowns beside it, as NAME-by.csv",
    )
    parser.add_argument(
        "--figures",
        metavar="DIR",
        type=Path,
        help="write figures for papers and posts there too, as svg, pdf and png",
    )
    parser.add_argument(
        "--no-images", action="store_true", help="html and figures without any screenshot in them"
    )
    add_data(parser)
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.cli.options import check_data
    from pointbench.report.loading import load_runs
    from pointbench.runs import find_run

    data = check_data(args.data)
    if args.figures is not None:
        from pointbench.report.figures import check_matplotlib

        check_matplotlib()
    folders = [find_run(name, args.out) for name in args.runs]
    runs = load_runs(folders)
    if args.figures is not None:
        _write_figures(runs, folders, args.figures, data, images=not args.no_images)
    if args.format == "html":
        _write_html(runs, folders, args.output, data, images=not args.no_images)
    elif args.output is None:
        _print(runs, args.format)
    else:
        _write(args.output, render(runs, args.format, 100))
        if args.format == "csv":
            from pointbench.report import csv_table

            beside = args.output.with_name(f"{args.output.stem}-by{args.output.suffix}")
            _write(beside, csv_table.render_long(runs))
    return 0


def render(
    runs: Sequence[ReportRun],
    format_: str,
    width: int,
    color: bool = False,
    encoding: str | None = "utf-8",
) -> str:
    """The report as text in any format but html; ``width`` in cells is for the terminal's."""
    if format_ == "json":
        from pointbench.report import json_table

        return json_table.render(runs)
    if format_ == "csv":
        from pointbench.report import csv_table

        return csv_table.render(runs)
    from pointbench.report import breakdowns, tables

    found = [tables.leaderboard(runs), *breakdowns.breakdowns(runs)]
    if format_ != "terminal":
        found = [found[0], tables.standing(runs), *found[1:], *breakdowns.more_breakdowns(runs)]
    if format_ == "markdown":
        from pointbench.report import markdown

        return markdown.render(found)
    if format_ == "latex":
        from pointbench.report import latex

        return latex.render(found)
    from pointbench.report import terminal

    return terminal.render(found, width, color, encoding)


def print_report(folders: Sequence[Path]) -> None:
    """The terminal's report of runs, on stdout."""
    from pointbench.report.loading import load_runs

    _print(load_runs(folders), "terminal")


def _print(runs: Sequence[ReportRun], format_: str) -> None:
    on_terminal = sys.stdout.isatty()
    # On a pipe COLUMNS still holds; without it, a width that mail and logs carry.
    width = shutil.get_terminal_size((100, 24)).columns
    color = on_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    text = render(runs, format_, width, color, sys.stdout.encoding)
    if format_ in ("csv", "json", "latex", "markdown"):
        # Files for programs are UTF-8 whatever the terminal speaks.
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
        return
    sys.stdout.write(text)


def _write_html(
    runs: Sequence[ReportRun],
    folders: Sequence[Path],
    output: Path | None,
    data: Path | None,
    images: bool,
) -> None:
    from pointbench.report.page import write_page

    path = output or folders[0] / "report.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = write_page(path, runs, _pictures(runs, folders, data), images=images)
    except OSError as error:
        raise _unwritable(path, error) from error
    sys.stderr.write(f"{path}: {written}\n")


def _write_figures(
    runs: Sequence[ReportRun],
    folders: Sequence[Path],
    folder: Path,
    data: Path | None,
    images: bool,
) -> None:
    from pointbench.report.figures import write_figures

    try:
        drawn = write_figures(folder, runs, _pictures(runs, folders, data), images)
    except OSError as error:
        raise _unwritable(folder, error) from error
    without = f"; without {', '.join(drawn.left_out)}" if drawn.left_out else ""
    sys.stderr.write(f"{folder}: {', '.join(drawn.names)} as svg, pdf and png{without}\n")


def _pictures(runs: Sequence[ReportRun], folders: Sequence[Path], data: Path | None) -> PictureOf:
    from pointbench.report.loading import pictures, run_roots

    roots = [
        root
        for folder, one in zip(folders, runs, strict=True)
        for root in run_roots(folder, one.info, data, Path.cwd())
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
