"""``pointbench score REPLIES.jsonl``: scores replies obtained elsewhere, without calling a model."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.cli.shared.options import add_config, add_data, add_json, add_out, check_data
from pointbench.cli.shared.terminal import count_of

if TYPE_CHECKING:
    from pointbench.engine.score import Scored


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "replies",
        type=Path,
        metavar="REPLIES.jsonl",
        help="one JSON object per line (docs/runs.md)",
    )
    parser.add_argument(
        "-s",
        "--suite",
        action="append",
        required=True,
        metavar="SUITE",
        help="suite that the replies answer; repeatable",
    )
    parser.add_argument(
        "--profile", required=True, metavar="PROFILE", help="profile that reads the replies"
    )
    parser.add_argument("--name", metavar="NAME", help="name of the run's folder")
    add_config(parser)
    add_data(parser)
    add_out(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.cli.shared.results import print_results, write_results
    from pointbench.engine.planning.setup import load_suites, new_folder
    from pointbench.engine.rescore import write_stored_run
    from pointbench.engine.score import score_replies
    from pointbench.profiles import find_profile
    from pointbench.settings import read_config

    config = read_config(args.config, Path.cwd())
    profile = find_profile(args.profile, config.profiles)
    suites = load_suites(args.suite, check_data(args.data))
    folder = new_folder(args.out, args.name)
    scored = score_replies(args.replies, suites, profile)
    write_stored_run(folder, scored.info, scored.targets, scored.records)
    summary = write_results(folder, args.data)
    print_results(folder, summary, as_json=args.json)
    return _status(scored)


def _status(scored: Scored) -> int:
    if scored.ignored:
        keys = ", ".join(
            f"{key} ({count_of(count, 'line')})" for key, count in scored.ignored.most_common(5)
        )
        sys.stderr.write(f"pointbench: ignored keys: {keys}\n")
    status = 0
    for model, ids in scored.missing.items():
        if ids:
            first = ", ".join(ids[:3]) + (" ..." if len(ids) > 3 else "")
            missing = count_of(len(ids), "target has", "targets have")
            sys.stderr.write(f"pointbench: {model}: {missing} no reply: {first}\n")
            status = 1
    errors = sum(1 for record in scored.records if record.outcome == "error")
    if errors / len(scored.records) > scored.info.max_error_rate:
        lines = f"{errors} of {count_of(len(scored.records), 'line')}"
        sys.stderr.write(f"pointbench: {lines} {'is an error' if errors == 1 else 'are errors'}\n")
        status = 1
    return status
