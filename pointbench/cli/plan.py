"""``pointbench plan``: how many trials a claim needs, and what they cost."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointbench.cli.shared import console
from pointbench.cli.shared.asking import read_environment
from pointbench.cli.shared.options import (
    add_config,
    add_data,
    add_json,
    add_out,
    check_data,
    positive,
    share,
)
from pointbench.cli.shared.terminal import count_of, style
from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.engine.planning.sample_size import Assumptions, SampleSize, TestDesign
    from pointbench.suites import AskedTarget

DEFAULT_PRECISION = 0.05
DEFAULT_DETECT = 0.05
"""Default claims if none is given, besides the row lengths that every report shows."""

LEAST_DETECT = 1e-6
"""Smaller differences are lost in the rounding of a power computation."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    claims = parser.add_argument_group("claims (default: all of them, at typical sizes)")
    claims.add_argument(
        "--precision",
        type=share,
        metavar="P",
        help="estimate a hit rate to within +- P, such as 0.03",
    )
    claims.add_argument(
        "--detect",
        type=share,
        metavar="P",
        help="distinguish two models whose hit rates differ by P, such as 0.05",
    )
    claims.add_argument(
        "--in-a-row",
        type=positive,
        action="append",
        metavar="K",
        help="show that a model makes K correct clicks in a row on other screens like these; "
        "repeatable",
    )
    sure = parser.add_argument_group("certainty")
    sure.add_argument(
        "--confidence",
        type=share,
        default=0.95,
        metavar="C",
        help="confidence of the interval: two-sided, for --in-a-row one-sided (default 0.95)",
    )
    sure.add_argument(
        "--chance",
        type=share,
        default=0.9,
        metavar="Q",
        help="chance of K in a row to show (default 0.9; `streak` has 0.5)",
    )
    sure.add_argument(
        "--power",
        type=share,
        default=0.8,
        metavar="B",
        help="probability that --detect shows a difference that exists (default 0.8)",
    )
    known = parser.add_argument_group("assumptions")
    known.add_argument(
        "--rate",
        type=share,
        metavar="R",
        help="expected hit rate (default 0.5, the safe choice; for --in-a-row, no misses)",
    )
    known.add_argument(
        "--design-effect",
        type=float,
        metavar="D",
        help="how many clustered targets are worth one independent target (default 1; about 1.5 "
        "with several targets per screenshot, 4 or more for a claim about other apps); for "
        "--precision and --detect",
    )
    known.add_argument(
        "--targets-per-screenshot",
        type=positive,
        metavar="N",
        help="targets on each screenshot, for --in-a-row (default: those of --run or of the suites "
        "priced with -m, otherwise 10)",
    )
    known.add_argument(
        "--icc",
        type=share,
        metavar="R",
        help="intraclass correlation: how alike the targets of a screenshot are hit or missed, for "
        "--in-a-row with a hit rate (default: as seen in --run, otherwise 0.2)",
    )
    known.add_argument(
        "--correlation",
        type=share,
        default=0.0,
        metavar="R",
        help="correlation between two models' verdicts on a target, for --detect (default 0, the "
        "safe choice)",
    )
    known.add_argument(
        "--run",
        metavar="RUN",
        help="take rate, design effect (at least 1), targets per screenshot, intraclass correlation "
        "and cost from the models of this run",
    )
    known.add_argument(
        "-m",
        "--model",
        action="append",
        metavar="MODEL",
        help="compute the cost for this model; repeatable",
    )
    known.add_argument(
        "-s",
        "--suite",
        action="append",
        metavar="SUITE",
        help="suite whose pictures and prompts are priced; repeatable (default: starter)",
    )
    add_config(parser)
    add_data(parser)
    add_out(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from pointbench.report.text.plan import render

    level = _level(args)
    bases = _bases_of_models(args) if args.run is None else _bases_of_run(args)
    claims = [(basis, claim) for basis in bases for claim in _claims(args, basis, level)]
    if args.json:
        plan = {
            "level": asdict(level),
            "bases": [asdict(basis) for basis in bases],
            "claims": [asdict(claim) for _, claim in claims],
        }
        console.json_out(plan)
        return 0
    console.styled(render(bases, claims, level, *style()))
    return 0


def _level(args: argparse.Namespace) -> TestDesign:
    from pointbench.engine.planning.sample_size import TestDesign
    from pointbench.runs import LEAST_MISS_RATE, allows_misses
    from pointbench.summary.model.in_a_row import ROW_LENGTHS

    for name in ("confidence", "chance", "power", "rate", "icc"):
        value = getattr(args, name)
        if value is not None and not 0 < value < 1:
            raise UsageError(f"--{name} {value:g}: a number above 0 and below 1, such as 0.9")
    if args.design_effect is not None and not 0 < args.design_effect < float("inf"):
        raise UsageError(f"--design-effect {args.design_effect:g}: a number above 0, such as 1.5")
    for k in args.in_a_row or ROW_LENGTHS:
        if not allows_misses(k, args.chance):
            raise UsageError(
                f"--in-a-row {k} with --chance {args.chance:.10g}: that allows less than one miss in "
                f"{1 / LEAST_MISS_RATE:,.0f} clicks, which no run could show; lower one of them"
            )
    if args.detect is not None and args.detect < LEAST_DETECT:
        raise UsageError(
            f"--detect {args.detect:g}: a difference of {LEAST_DETECT:f} or more, such as 0.05"
        )
    return TestDesign(args.confidence, args.power, args.chance, args.correlation)


def _typed_rate(args: argparse.Namespace) -> bool:
    """False if each model has a rate of its own, which may rule out a claim that others allow."""
    return args.run is None or args.rate is not None


def _claims(args: argparse.Namespace, basis: Assumptions, level: TestDesign) -> list[SampleSize]:
    from pointbench.engine.planning.sample_size import detect, in_a_row, precision
    from pointbench.summary.model.in_a_row import ROW_LENGTHS

    width, difference, rows = args.precision, args.detect, args.in_a_row or ()
    if width is None and difference is None and not rows:
        width, difference, rows = DEFAULT_PRECISION, DEFAULT_DETECT, ROW_LENGTHS
    sizes = []
    if width is not None:
        sizes.append(precision(width, basis, level))
    if difference is not None:
        size = detect(difference, basis, level)
        if size.calls is None and args.detect is not None and _typed_rate(args):
            rate = 0.5 if basis.rate is None else basis.rate
            raise UsageError(
                f"--detect {difference:g}: no two rates about {rate:g} differ by {difference:g}"
            )
        sizes.append(size)
    return sizes + [in_a_row(k, basis, level) for k in rows]


def _bases_of_models(args: argparse.Namespace) -> list[Assumptions]:
    from pointbench.engine.planning.sample_size import Assumptions, dollars_per_click
    from pointbench.statistics import planning

    effect = 1.0 if args.design_effect is None else args.design_effect
    icc = planning.ICC if args.icc is None else args.icc
    typed = (args.rate, args.design_effect, args.targets_per_screenshot, args.icc)
    origin = "assumed" if all(value is None for value in typed) else "as given"
    if not args.model:
        if args.suite:
            raise UsageError(
                "--suite names the suite that models are priced for; name -m MODEL, too"
            )
        per_screenshot = args.targets_per_screenshot or planning.TARGETS_PER_SCREENSHOT
        return [Assumptions(None, args.rate, effect, None, origin, per_screenshot, icc)]
    from pointbench.adapters import registry
    from pointbench.engine.planning.setup import DEFAULT_SUITE, load_suites
    from pointbench.settings import read_config

    read_environment(args.model)
    config = read_config(args.config, Path.cwd())
    models = registry.resolve_all(args.model, config)
    suites = load_suites(args.suite or (DEFAULT_SUITE,), check_data(args.data))
    targets = [target for suite in suites for target in suite.asked() if not target.absent]
    names = ", ".join(suite.name for suite in suites)
    source = f"{origin}; cost expected from the pictures and prompts of {names} and list prices"
    per_screenshot = args.targets_per_screenshot or _per_screenshot(targets)
    return [
        Assumptions(
            model.label,
            args.rate,
            effect,
            dollars_per_click(model, targets),
            source,
            per_screenshot,
            icc,
        )
        for model in models
    ]


def _per_screenshot(targets: Sequence[AskedTarget]) -> int:
    """The mean number of targets on a screenshot, rounded; 1 if there are none."""
    screenshots = {(target.suite, target.screenshot) for target in targets}
    return max(1, round(len(targets) / max(1, len(screenshots))))


def _bases_of_run(args: argparse.Namespace) -> list[Assumptions]:
    from pointbench.engine.planning.sample_size import Assumptions
    from pointbench.report.loading import load_run
    from pointbench.runs import find_run

    run = load_run(find_run(args.run, args.out))
    labels = [model.label for model in run.info.models if model.exact is None]
    unknown = sorted(set(args.model or ()) - set(labels))
    if unknown or not labels:
        raise UsageError(
            f"run {run.name} has no model {', '.join(unknown) or 'to plan from'}; "
            f"it has {', '.join(labels) or 'none with estimates'}"
        )
    present = [target for target in run.targets if not target.absent]
    per_screenshot = args.targets_per_screenshot or _per_screenshot(present)
    bases = []
    for label in labels:
        if args.model and label not in args.model:
            continue
        facts = run.summary["models"][label]
        rate = facts["hit_rate"]
        per_thousand = facts["cost_per_1000_clicks"]
        effect, icc = args.design_effect, args.icc
        seen = rate.get("design_effect")
        if effect is None:
            # An estimate below 1 is mostly chance; a plan stays on the safe side.
            effect = 1.0 if seen is None else max(1.0, seen)
        if icc is None:
            icc = _seen_icc(rate, present)
        bases.append(
            Assumptions(
                label,
                rate["value"] if args.rate is None else args.rate,
                effect,
                None if per_thousand is None else per_thousand / 1000,
                f"as seen in run {run.name} on {count_of(rate.get('n', 0), 'trial')}",
                per_screenshot,
                icc,
            )
        )
    return bases


def _seen_icc(rate: Mapping[str, Any], targets: Sequence[AskedTarget]) -> float:
    """The intraclass correlation behind a run's design effect; the usual one where it shows none."""
    from pointbench.statistics import planning

    effect: float | None = rate.get("design_effect")
    n: int | None = rate.get("n")
    sizes = Counter((target.suite, target.screenshot) for target in targets).values()
    # Screenshots weigh by their size, as in the design effect 1 + (m - 1) icc.
    m = sum(size**2 for size in sizes) / max(1, sum(sizes))
    if effect is None or not n or m <= 1:
        return planning.ICC
    # The run's design effect counts trials; that of the targets' means is smaller by the repeats.
    per_target = effect * min(1.0, len(targets) / n)
    return min(planning.MOST_ICC, max(planning.LEAST_ICC, (per_target - 1) / (m - 1)))
