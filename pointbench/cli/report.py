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
    from pointbench.report.text.latex import Options
    from pointbench.report.view import ReportView

FORMATS = ("terminal", "html", "markdown", "csv", "latex", "json")
WHOLE = ("html", "json")
"""Formats that always have everything."""


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
        "writes NAME-by.csv (breakdowns), NAME-pairs.csv (who beats whom) and, with --all, NAME-all.csv",
    )
    parser.add_argument(
        "--figures",
        metavar="DIR",
        type=Path,
        help="also write figures for papers and posts to this folder, as svg, pdf and png",
    )
    parser.add_argument(
        "--label",
        action="append",
        metavar="OLD=NEW",
        help="latex: what to call a model in the tables; repeatable",
    )
    parser.add_argument(
        "--floor",
        action="store_true",
        help="latex: rows for guessing (default: the best fixed point in the caption)",
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
    _check_latex(args)
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
        latex = _latex_options(args, view) if args.format == "latex" else None
        if args.output is None:
            print_view(view, args.format, latex)
        else:
            _write(args.output, render(view, args.format, 100, latex=latex))
            if args.format == "csv":
                _write_beside(args.output, view, everything=args.all)
    if args.figures is not None:
        _write_figures(runs, folders, args.figures, data, images)
    return 0


def _write_beside(path: Path, view: ReportView, *, everything: bool) -> None:
    """The other tables of a CSV report, in files named after it."""
    from pointbench.report.text import csv_table

    tables = {"by": csv_table.render_long, "pairs": csv_table.render_pairs}
    if everything:
        tables["all"] = csv_table.render_figures
    for name, make in tables.items():
        _write(path.with_name(f"{path.stem}-{name}{path.suffix}"), make(view.by_suite))


def _check_tables(args: argparse.Namespace, shown: Sequence[str] | None) -> None:
    """UsageError for ``--all`` or ``--table`` with a format that has no tables to choose from."""
    from pointbench.errors import UsageError

    if shown is not None and args.all:
        raise UsageError("--all and --table: give one of the two")
    option = "--table" if shown is not None else "--all" if args.all else None
    if shown is not None and args.format == "csv":
        raise UsageError(
            "--table is not for csv: with -o it writes all its tables, or --all in long form"
        )
    if option and args.format in WHOLE:
        raise UsageError(
            f"{option} is for {', '.join(each for each in FORMATS if each not in WHOLE)}; "
            f"{args.format} always has everything"
        )


def _check_latex(args: argparse.Namespace) -> None:
    """UsageError for an option of LaTeX with another format."""
    from pointbench.errors import UsageError

    for option, given in (("--label", args.label), ("--floor", args.floor)):
        if given and args.format != "latex":
            raise UsageError(f"{option} is for --format latex")


def _latex_options(args: argparse.Namespace, view: ReportView) -> Options:
    """The options of LaTeX; UsageError for a ``--label`` that names no model of these runs."""
    from pointbench.errors import UsageError, nearest_hint, one_line
    from pointbench.report.text.latex import Options

    known = [entry.label for suite in view.suites for entry in suite.entries if not entry.guessing]
    labels: dict[str, str] = {}
    for text in args.label or ():
        # A label may hold "=" itself.
        old = max((each for each in known if text.startswith(f"{each}=")), key=len, default=None)
        if old is None or text == f"{old}=":
            hint = nearest_hint(text.partition("=")[0], known, f"there are {', '.join(known)}")
            raise UsageError(
                one_line(f"--label {text!r:.120}: write OLD=NEW, a model's label first; {hint}")
            )
        labels[old] = text[len(old) + 1 :]
    names = [labels.get(label, label) for label in dict.fromkeys(known)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(
            one_line(
                f"--label: two models would be called {twice!r:.80}; give each a name of its own"
            )
        )
    return Options(floor=args.floor, labels=labels)


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
