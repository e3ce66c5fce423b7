"""``pointbench compare RUN...``: models in pairs, on the targets both answered."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_json, add_out
from pointbench.cli.shared.terminal import style
from pointbench.errors import UsageError, one_line

if TYPE_CHECKING:
    from pointbench.report.entries import Entry, ReportRun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="a run's folder, or its name under --out"
    )
    parser.add_argument(
        "-m",
        "--model",
        action="append",
        metavar="MODEL",
        help="compare only this model; repeatable, at least two. A label as reports print it or a part "
        "of it such as gpt-4o; MODEL@RUN or RUN:MODEL if several runs have it (default: every model "
        "except the pointers with exact figures)",
    )
    parser.add_argument(
        "--cluster",
        choices=("screenshot", "app"),
        default="screenshot",
        help="cluster intervals by screenshot (default), or by app for a claim about other apps",
    )
    add_out(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.report.loading import load_runs
    from pointbench.runs import find_run, is_partial_gate
    from pointbench.summary.across import Contestant, compare

    runs = load_runs([find_run(name, args.out) for name in args.runs])
    by_name = {run.name: run for run in runs}
    chosen = _chosen(_in_order(runs), args.model)
    contestants = [
        Contestant(
            entry.label,
            entry.model.label,
            by_name[entry.run].records,
            entry.facts,
            ranked=not is_partial_gate(by_name[entry.run].info),
        )
        for entry in chosen
    ]
    compared = {
        "runs": [_run_facts(run) for run in runs],
        **compare(runs[0].targets, contestants, args.cluster),
    }
    if args.json:
        console.json_out(compared)
        return 0
    from pointbench.report.text.compare import render

    console.styled(render(compared, _notes(runs, chosen), *style()))
    return 0


def _in_order(runs: Sequence[ReportRun]) -> list[Entry]:
    """Every model, in the order of the runs as named and of the models within each."""
    from pointbench.report.entries import report_entries

    order = {
        (run.name, model.label): (number, index)
        for number, run in enumerate(runs)
        for index, model in enumerate(run.info.models)
    }
    # A report adds pointers that no run asked; only models that were asked can be compared.
    own = [entry for entry in report_entries(runs) if (entry.run, entry.model.label) in order]
    return sorted(own, key=lambda entry: order[entry.run, entry.model.label])


def _chosen(entries: Sequence[Entry], names: Sequence[str] | None) -> list[Entry]:
    """The models to compare; UsageError when one is unknown, or fewer than two are left."""
    if not names:
        chosen = [entry for entry in entries if entry.model.exact is None]
        exact = [entry.label for entry in entries if entry.model.exact is not None]
        if len(chosen) < 2:
            aside = f"; --model may also name {', '.join(exact)}" if exact else ""
            labels = ", ".join(entry.label for entry in chosen) or "none"
            raise UsageError(
                f"a comparison needs at least two models; these runs have: {labels}{aside}"
            )
        return chosen
    chosen = []
    for name in names:
        matches = _named(entries, name)
        if not matches:
            known = [entry.label for entry in entries]
            similar = get_close_matches(name, known, n=2, cutoff=0.5) or known
            raise UsageError(f"no model {name!r} in these runs; there are: {', '.join(similar)}")
        chosen += [entry for entry in matches if entry not in chosen]
    if len(chosen) < 2:
        raise UsageError(f"--model {names[0]} alone makes no pair; name a second --model")
    return chosen


def _named(entries: Sequence[Entry], name: str) -> list[Entry]:
    """The models that a name means: a label, MODEL@RUN, RUN:MODEL, or a short name of one model.

    UsageError for a short name that several models of these runs have.
    """
    exact = [
        entry
        for entry in entries
        if name in (entry.label, entry.model.label, *_in_run(entry, entry.model.label))
    ]
    if exact:
        return exact
    short = [
        entry
        for entry in entries
        if any(name in (each, *_in_run(entry, each)) for each in _short(entry.model.label))
    ]
    labels = list(dict.fromkeys(entry.model.label for entry in short))
    if len(labels) > 1:
        raise UsageError(
            one_line(f"--model {name!r:.80} may be {' or '.join(labels)}; name one in full")
        )
    return short


def _in_run(entry: Entry, name: str) -> tuple[str, str]:
    return f"{name}@{entry.run}", f"{entry.run}:{name}"


def _short(label: str) -> set[str]:
    """What a model may be called for short: without its settings, its vendor, or by the catalog's name."""
    from pointbench.adapters.registry import SHORT_NAMES

    whole = label.partition("?")[0]
    parts = whole.split("/")
    names = {"/".join(parts[start:]) for start in range(len(parts))}
    return names | {short for short, full in SHORT_NAMES.items() if full == whole}


def _run_facts(run: ReportRun) -> dict[str, object]:
    return {
        "name": run.name,
        "state": run.info.state,
        "targets": _asked(run),
        "targets_in_common": len(run.targets),
    }


def _asked(run: ReportRun) -> int:
    return sum(suite.present + suite.absent for suite in run.info.suites)


def _notes(runs: Sequence[ReportRun], chosen: Sequence[Entry]) -> list[str]:
    from pointbench.report import numbers
    from pointbench.report.footers import part_of_a_gate, suites_text
    from pointbench.report.plain_text import visible

    lines = []
    for run in runs:
        name = visible(run.name)
        if run.info.state != "complete":
            lines.append(f"Run {name} is {run.info.state}: these are the trials so far.")
        if part := part_of_a_gate(run):
            lines.append(f"{part} Differences are not corrected for stopping.")
        if _asked(run) > len(run.targets):
            lines.append(
                f"Run {name} asked {numbers.counted(_asked(run), 'target')}; the comparison is over "
                f"the {numbers.count(len(run.targets))} that all runs have in common, with the "
                f"same instruction, region and picture."
            )
        seed = f"; seed {run.info.seed}" if run.info.asked else ""
        lines.append(f"Run {name}: {suites_text(run.info)}{seed}.")
    exact = [entry.visible_label for entry in chosen if entry.model.exact is not None]
    if exact:
        lines.append(f"{', '.join(exact)}: compared by the run's trials, not by exact figures.")
    return lines
