"""``pointbench merge RUN...``: shards, or runs of one plan, as one run."""

from __future__ import annotations

import argparse

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_data, add_json, add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="a run's folder, or its name under --out"
    )
    parser.add_argument("--name", metavar="NAME", help="name of the merged run's folder")
    add_data(parser)
    add_out(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.cli.shared.results import print_results, write_results
    from pointbench.cli.shared.terminal import count_of
    from pointbench.engine.merge import merge_runs
    from pointbench.runs import find_run

    merged = merge_runs(
        [find_run(name, args.out) for name in args.runs], out=args.out, name=args.name
    )
    summary = write_results(merged.folder, args.data)
    print_results(merged.folder, summary, as_json=args.json)
    if merged.twice:
        console.message(f"{count_of(merged.twice, 'line')} in two runs, kept once")
    if not merged.missing:
        return 0
    total = sum(merged.missing.values())
    if merged.absent_shards:
        shards = ", ".join(merged.absent_shards[:8])
        more = len(merged.absent_shards) - 8
        mend = f"shard {shards}{f' and {more} more' if more > 0 else ''} not given"
    else:
        mend = f"`pointbench run --resume {merged.folder.name}` asks them"
    console.message(f"{count_of(total, 'trial')} of the plan without an answer; {mend}")
    return 1
