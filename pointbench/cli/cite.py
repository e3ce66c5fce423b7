"""``pointbench cite RUN...``: BibTeX and a methods paragraph, with the comparison of several models."""

from __future__ import annotations

import argparse

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="a run's folder, or its name under --out"
    )
    parser.add_argument(
        "--format",
        choices=("latex", "text"),
        default="latex",
        help="the methods paragraph for LaTeX (default), or as plain text; BibTeX comes with both",
    )
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.errors import UsageError
    from pointbench.report.loading import load_run
    from pointbench.report.text import cite
    from pointbench.runs import find_run

    runs = [load_run(find_run(name, args.out)) for name in args.runs]
    names = [run.name for run in runs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UsageError(f"two of the runs are named {twice!r:.80}; pass each run only once")
    console.file_out(cite.render(runs, args.format))
    return 0
