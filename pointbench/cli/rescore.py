"""``pointbench rescore RUN``: parses and scores the stored replies again, as a new run."""

from __future__ import annotations

import argparse
from pathlib import Path

from pointbench.cli.shared.options import add_config, add_data, add_json, add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's folder, or its name under --out")
    parser.add_argument(
        "--profile", metavar="PROFILE", help="read the replies with another profile"
    )
    parser.add_argument(
        "--name", metavar="NAME", help="name of the new run's folder (default: RUN-rescored)"
    )
    add_config(parser)
    add_data(parser)
    add_out(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.cli.shared.results import print_results, write_results
    from pointbench.engine.rescore import rescore_run
    from pointbench.profiles import find_profile
    from pointbench.runs import find_run
    from pointbench.settings import read_config

    config = read_config(args.config, Path.cwd())
    profile = None if args.profile is None else find_profile(args.profile, config.profiles)
    source = find_run(args.run, args.out)
    folder = rescore_run(source, out=args.out, name=args.name, profile=profile)
    summary = write_results(folder, args.data)
    print_results(folder, summary, as_json=args.json)
    return 0
