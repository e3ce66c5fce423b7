"""``pointbench cite RUN``: BibTeX and a methods paragraph."""

from __future__ import annotations

import argparse

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's folder, or its name under --out")
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.report.loading import load_run
    from pointbench.report.text import cite
    from pointbench.runs import find_run

    text = cite.render(load_run(find_run(args.run, args.out)))
    console.out(text, end="")
    return 0
