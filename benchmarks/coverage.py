"""Coverage of the intervals on simulated models whose true rates are known.

    python benchmarks/coverage.py [--runs N] > benchmarks/coverage.txt

Seeded; 2,000 runs per cell by default, so a coverage of 95 % is known to about half a point. Every cell
is printed.

Clustered cells: C screenshots with 5 to 60 targets each; every screenshot has its own rate, drawn from a
beta distribution with the stated mean and intraclass correlation (ICC; 0: all alike). Public logs give
an ICC of about 0.05 to 0.2 by app and 0.1 to 0.3 by screenshot. Each cell has the coverage of two
methods: pointbench's, which mixes over every ICC that the verdicts leave open, and, after it, the one
that it replaced, which took Wilson's interval at the effective n of the variance between screenshots,
and Wilson's interval over targets where no miss (or one screenshot) gave no variance: `forgetting`.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
from numpy.random import Generator

import pointbench
from pointbench.statistics import clusters, intervals, paired, reliability, sequential
from pointbench.statistics.correlation import CORRELATIONS as CORRELATION_GRID
from pointbench.statistics.correlation import prior_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
NUMBERS = (50, 100, 200, 500, 1000, 2000)
HIGH_RATES = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
SCREENSHOTS = (15, 27, 41)
CORRELATIONS = (0.0, 0.05, 0.1, 0.2, 0.3)
CLUSTERED = CORRELATIONS[1:]
LOGIT_DEVIATIONS = (0.5, 1.0, 1.5, 2.0)
RUNS = 2000
SEED = 20261122
NOMINAL, LOW, LOWEST = 95.0, 93.0, 90.0


def screenshot_sizes(count: int, smallest: int = 5, largest: int = 60) -> NDArray[np.int64]:
    """Targets of each of ``count`` screenshots, evenly spread from the smallest to the largest."""
    return np.round(np.linspace(smallest, largest, count)).astype(np.int64)


def sizes(n: int, count: int) -> NDArray[np.int64]:
    """``n`` targets over ``count`` screenshots, the last with about three times as many as the first."""
    edges = np.floor(n * np.cumsum(np.linspace(1, 3, count)) / np.linspace(1, 3, count).sum() + 0.5)
    sizes = np.diff(np.concatenate(([0], edges))).astype(np.int64)
    while (sizes == 0).any():
        sizes[sizes.argmin()] += 1
        sizes[sizes.argmax()] -= 1
    return sizes


def cluster_rates(
    rate: float | NDArray[Any], correlation: float, shape: tuple[int, ...], rng: Generator
) -> NDArray[np.float64]:
    if correlation == 0:
        return np.broadcast_to(np.asarray(rate, dtype=float), shape)
    strength = 1 / correlation - 1
    own = np.clip(np.asarray(rate), 1e-12, 1 - 1e-12)
    return rng.beta(own * strength, (1 - own) * strength, shape)


def ratio(hits: NDArray[Any], per_cluster: NDArray[Any]) -> clusters.ClusteredMean:
    """`clusters.clustered_ratio` for many runs at once: (runs, clusters) hits."""
    n = per_cluster.sum()
    value = hits.sum(axis=1) / n
    return clusters.clustered_mean(value, (hits - value[:, None] * per_cluster) / n)


def remembering(hits: NDArray[Any], per_cluster: NDArray[Any]) -> clusters.ShareDistribution:
    """pointbench's method for many runs of one trial per target; `clusters.share` for each run."""
    shares = ratio(hits, per_cluster)
    return clusters.share_distribution(
        shares.value, hits.astype(float), per_cluster.astype(float), variance=shares.variance
    )


def forgetting(
    shares: clusters.ClusteredMean, targets: int, largest_n: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The method of pointbench 0.1: Wilson at p (1 - p) / variance, with Student's t."""
    from scipy.special import stdtrit

    value, variance = shares.value, np.nan_to_num(shares.variance)
    binomial = value * (1 - value)
    narrow = variance * largest_n <= binomial
    n = np.where(narrow, largest_n, binomial / np.where(narrow, 1.0, variance))
    n = np.where(n > 0, n, largest_n)
    freedom = np.clip(shares.effective_clusters, 2.0, max(shares.clusters - 1, 1))
    freedom = np.minimum(freedom, max(shares.clusters - 1, 1))
    low, high = intervals.wilson_at(value, n, stdtrit(freedom, 0.975))
    alike = (value <= 0) | (value >= 1) | (shares.clusters < 2)
    wilson_low, wilson_high = intervals.wilson_at(value, targets, 1.959963984540054)
    return np.where(alike, wilson_low, low), np.where(alike, wilson_high, high)


def other_priors(
    distribution: clusters.ShareDistribution, per_cluster: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The method that pointbench's was derived from, which was not taken.

    The ICC's prior is Beta(1, 3) instead of Beta(1, 5), the share given the ICC has the prior
    Beta(1/3, 1/3) instead of Beta(1/2, 1/2), and n(r) has no cap.
    """
    from scipy.stats import beta

    grid = np.array(CORRELATION_GRID)
    edges = np.concatenate(([0.0], (grid[1:] + grid[:-1]) / 2, [1.0]))
    weights = distribution.weights / prior_weights() * np.diff(beta.cdf(edges, 1, 3))
    weights /= weights.sum(axis=1, keepdims=True)
    n = per_cluster.sum()
    n_effective = n / (1 + ((per_cluster**2).sum() / n - 1) * grid)
    value = distribution.value[:, None]
    a, b = 1 / 3 + value * n_effective, 1 / 3 + (1 - value) * n_effective
    low, high = intervals.beta_mixture_quantile(weights, a, b, np.array([[0.025], [0.975]]))
    value = value[:, 0]
    return (
        np.where(value <= 0, 0.0, np.minimum(low, value)),
        np.where(value >= 1, 1.0, np.maximum(high, value)),
    )


@dataclass
class Tested:
    """One cell: how often each method covers, how wide it is, and how often a claim is false."""

    coverage: float
    old_coverage: float
    width: float
    old_width: float
    false_claims: float
    """Share of runs whose one-sided bound (``like_these`` of supported k) is above the truth."""
    old_false_claims: float
    """The same of Clopper and Pearson's bound over all trials, which 0.1 took."""
    median_k: float
    other_coverage: float
    """Of `other_priors`; NaN where it is not simulated, like its width."""
    other_width: float

    @property
    def cell(self) -> str:
        return f"{self.coverage:>6.1f}/{self.old_coverage:>5.1f}"


@dataclass
class Group:
    """Some cells that are summed up together."""

    cells: list[Tested] = field(default_factory=list)

    def __str__(self) -> str:
        new = np.array([cell.coverage for cell in self.cells])
        old = np.array([cell.old_coverage for cell in self.cells])
        widths = np.array([(cell.width, cell.old_width) for cell in self.cells])
        each = (widths[:, 0] / widths[:, 1]).mean()
        line = (
            f"{len(new):>3} cells | {_below(new)} | {_below(old)} | "
            f"{widths[:, 0].sum() / widths[:, 1].sum():.2f} {each:.2f}"
        )
        other = np.array([cell.other_coverage for cell in self.cells])
        if np.isnan(other).any():
            return line
        width = np.mean([cell.other_width / cell.old_width for cell in self.cells])
        return f"{line} | {_below(other)} {width:.2f}"


def _below(coverage: NDArray[np.float64]) -> str:
    under, far_under = (coverage < LOW).sum(), (coverage < LOWEST).sum()
    return f"{under:>2} {far_under:>2} {coverage.min():>5.1f} {coverage.mean():>5.1f}"


def measured(
    distribution: clusters.ShareDistribution,
    old: tuple[NDArray[np.float64], NDArray[np.float64]],
    trials: tuple[NDArray[Any], int],
    truth: float,
    other: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> Tested:
    """Both methods on the same runs; ``trials`` are the hits of each run and the number of trials."""
    low, high = distribution.ends()
    bound = distribution.lower_bound()
    # One-sided at 95 % is the lower end at 90 %.
    old_bound, _ = intervals.clopper_pearson_at(trials[0] / trials[1], trials[1], 0.9)
    with np.errstate(divide="ignore"):
        k = np.floor(np.log(0.5) / np.log(np.clip(bound, 1e-12, 1 - 1e-12)))
    return Tested(
        100 * covers(low, high, truth),
        100 * covers(*old, truth),
        float((high - low).mean()),
        float((old[1] - old[0]).mean()),
        100 * float((bound > truth).mean()),
        100 * float((old_bound > truth).mean()),
        float(np.median(k)),
        np.nan if other is None else 100 * covers(*other, truth),
        np.nan if other is None else float((other[1] - other[0]).mean()),
    )


def clustered_cell(
    rates: NDArray[Any], per_cluster: NDArray[np.int64], truth: float, rng: Generator
) -> Tested:
    """One trial per target; ``rates`` (runs, clusters) are the screenshots' own."""
    hits = rng.binomial(per_cluster, rates)
    n = int(per_cluster.sum())
    old = forgetting(ratio(hits, per_cluster), n, n)
    distribution = remembering(hits, per_cluster)
    other = other_priors(distribution, per_cluster)
    return measured(distribution, old, (hits.sum(axis=1), n), truth, other)


def plain_cell(
    rate: float, per_cluster: NDArray[np.int64], correlation: float, runs: int, rng: Generator
) -> Tested:
    rates = cluster_rates(rate, correlation, (runs, len(per_cluster)), rng)
    return clustered_cell(rates, per_cluster, rate, rng)


def logit_normal_cell(
    rate: float, count: int, deviation: float, runs: int, rng: Generator
) -> Tested:
    """Screenshots whose logits are normal: more of them near the mean, longer tails."""
    center = _center(rate, deviation * _normal_nodes(), 0.0)
    rates = _expit(center + deviation * rng.standard_normal((runs, count)))
    return clustered_cell(rates, screenshot_sizes(count), rate, rng)


def larger_is_harder_cell(
    rate: float, count: int, correlation: float, runs: int, rng: Generator
) -> Tested:
    """Screenshots with more targets have lower rates: a standard deviation of log size is a logit."""
    per_cluster = screenshot_sizes(count)
    harder = (np.log(per_cluster) - np.log(per_cluster).mean()) / np.log(per_cluster).std()
    center = _center(rate, -harder, per_cluster)
    rates = cluster_rates(_expit(center - harder), correlation, (runs, count), rng)
    return clustered_cell(rates, per_cluster, rate, rng)


def _expit(x: NDArray[np.float64] | float) -> NDArray[np.float64]:
    from scipy.special import expit

    return np.asarray(expit(x))


def _normal_nodes() -> NDArray[np.float64]:
    from scipy.special import ndtri

    return np.asarray(ndtri((np.arange(20_000) + 0.5) / 20_000))


def _center(rate: float, shifts: NDArray[np.float64], weights: NDArray[Any] | float) -> float:
    """The logit about which the shifted rates have this mean."""
    from scipy.optimize import brentq

    weights = np.broadcast_to(weights if np.any(weights) else 1.0, shifts.shape)
    return float(brentq(lambda x: np.average(_expit(x + shifts), weights=weights) - rate, -30, 30))


def repeated_cell(
    rate: float, count: int, correlation: float, repeats: int, runs: int, rng: Generator
) -> Tested:
    """Each target asked ``repeats`` times at its own rate, drawn about its screenshot's (ICC 0.7)."""
    per_cluster = screenshot_sizes(count)
    of_target = np.repeat(np.arange(count), per_cluster)
    targets = len(of_target)
    shots = cluster_rates(rate, correlation, (runs, count), rng)
    hits = rng.binomial(repeats, cluster_rates(shots[:, of_target], 0.7, (runs, targets), rng))
    starts = np.concatenate(([0], np.cumsum(per_cluster)[:-1]))
    shares = ratio(np.add.reduceat(hits, starts, axis=1), per_cluster * repeats)
    distribution = clusters.targets_distribution(
        hits / repeats,
        np.full(targets, 1 / targets),
        of_target,
        shares.variance,
        targets * repeats,
    )
    old = forgetting(shares, targets, targets * repeats)
    return measured(distribution, old, (hits.sum(axis=1), targets * repeats), rate)


def these_targets_cell(
    rate: float, correlation: float, asked: str, runs: int, rng: Generator
) -> tuple[float, float]:
    """How often the bound for these very targets is false, and how far below the truth it is.

    100 targets, each with its own rate, which is all that their screenshots have in common; the
    truth is the mean of these rates. ``asked`` says how often each is asked.
    """
    false, distance = 0, 0.0
    for _ in range(runs):
        shots = cluster_rates(rate, correlation, (20,), rng)
        own = cluster_rates(np.repeat(shots, 5), 0.5, (100,), rng)
        trials = TRIALS[asked](rng)
        bound = intervals.targets_lower_bound(rng.binomial(trials, own), trials)
        false += bound > own.mean()
        distance += float(own.mean()) - bound
    return 100 * false / runs, 100 * distance / runs


TRIALS = {
    "1": lambda _: np.ones(100, dtype=np.int64),
    "3": lambda _: np.full(100, 3),
    "10": lambda _: np.full(100, 10),
    "3, 5 % lost": lambda rng: np.maximum(rng.binomial(3, 0.95, 100), 1),
    "1 to 10": lambda rng: rng.integers(1, 11, 100),
    "1, some 50": lambda rng: np.where(rng.random(100) < 0.1, 50, 1),
}
"""How often each of 100 targets is asked."""


def covers(low: Any, high: Any, truth: float) -> float:
    # The ends are inclusive; truth and end may differ by rounding when both are 0 or 1.
    return float(np.mean((low <= truth + 1e-12) & (truth - 1e-12 <= high)))


def independent_cell(rate: float, n: int, runs: int, rng: Generator) -> tuple[float, float]:
    """Coverage of Wilson's and Clopper-Pearson's interval of n independent trials."""
    share = rng.binomial(n, rate, runs) / n
    wilson = intervals.wilson_at(share, n, 1.959963984540054)
    exact = intervals.clopper_pearson_at(share, n)
    return covers(*wilson, rate), covers(*exact, rate)


def exact_coverage(rate: float, n: int) -> tuple[float, float]:
    """The same two, summed over the binomial distribution instead of simulated."""
    from scipy.stats import binom

    hits = np.arange(n + 1)
    weight = binom.pmf(hits, n, rate)
    coverages = []
    for low, high in (
        intervals.wilson_at(hits / n, n, 1.959963984540054),
        intervals.clopper_pearson_at(hits / n, n),
    ):
        coverages.append(float(weight[(low <= rate + 1e-12) & (rate - 1e-12 <= high)].sum()))
    return coverages[0], coverages[1]


def difference_cell(
    gap: float, n: int, count: int, correlation: float, runs: int, rng: Generator
) -> float:
    """Coverage of the paired difference of two models about a mean rate of 0.8."""
    per_cluster = sizes(n, count)
    of_target = np.repeat(np.arange(count), per_cluster)
    shots = cluster_rates(0.8, correlation, (runs, count), rng)
    moved = gap * (1 - np.abs(2 * shots - 1))
    # Shifted such that every rate stays within 0 to 1; the truth is the mean shift, known by integration.
    truth = float(
        (gap * (1 - np.abs(2 * cluster_rates(0.8, correlation, (400_000,), rng) - 1))).mean()
    )
    a = rng.random((runs, n)) < (shots + moved / 2)[:, of_target]
    b = rng.random((runs, n)) < (shots - moved / 2)[:, of_target]
    held = 0
    for run in range(runs):
        estimate = paired.difference(a[run], b[run], of_target).estimate
        assert estimate.low is not None
        assert estimate.high is not None
        held += estimate.low <= truth <= estimate.high
    return held / runs


def macro_cell(count: int, correlation: float, runs: int, rng: Generator) -> float:
    """Coverage of the mean over eight apps of 2 to 30 targets per screenshot, rates 0.55 to 0.95."""
    rates = np.linspace(0.55, 0.95, 8)
    # Screenshots are dealt out to the apps in turn; apps differ in targets per screenshot.
    app = np.arange(count) % 8
    per_shot = np.array([2, 4, 6, 8, 12, 16, 24, 30])[app]
    held = 0
    for _ in range(runs):
        shots = np.array([cluster_rates(rates[a], correlation, (1,), rng)[0] for a in app])
        estimate = clusters.macro(rng.binomial(per_shot, shots), per_shot, np.arange(count), app)
        assert estimate.low is not None
        assert estimate.high is not None
        held += estimate.low <= rates.mean() <= estimate.high
    return held / runs


def horizon_cell(rate: float, clicks: int, runs: int, rng: Generator) -> tuple[float, float]:
    """Coverage of the horizon from clicks drawn from 200 targets on 40 screenshots, as in streak.

    The truth refers to those 200 targets, whose rates are drawn once.
    """
    shots = np.arange(200) // 5
    own = cluster_rates(rate, 0.2, (200,), rng)
    truth = float(np.log(0.5) / np.log(own.mean()))
    held = marked = 0
    for _ in range(runs):
        drawn = rng.integers(0, 200, clicks)
        hits = np.bincount(drawn[rng.random(clicks) < own[drawn]], minlength=200)
        trials = np.bincount(drawn, minlength=200)
        seen = trials > 0
        p = clusters.mean(hits[seen] / trials[seen], shots[seen], largest_n=clicks)
        horizon = reliability.horizon(p, 0.5)
        held += (horizon.low or 0) <= truth <= (np.inf if horizon.high is None else horizon.high)
        marked += horizon.approximate
    return held / runs, marked / runs


def survival_cell(
    rate: float, sessions: int, goal: int, runs: int, rng: Generator
) -> list[tuple[int, float]]:
    """Coverage of the survival band at the clicks whose true survival is 0.9, 0.5 and 0.2."""
    at = [round(np.log(q) / np.log(rate)) for q in (0.9, 0.5, 0.2)]
    at = [k for k in dict.fromkeys(at) if 1 <= k < goal]
    held = dict.fromkeys(at, 0)
    for _ in range(runs):
        passed = rng.geometric(1 - rate, sessions) - 1
        # A tenth of the sessions end in an error somewhere before the goal.
        until = np.where(rng.random(sessions) < 0.1, rng.integers(1, goal, sessions), goal)
        failed = passed < until
        rows = reliability.Rows(np.minimum(passed, until), failed)
        curve = reliability.survival(rows)
        for k in at:
            low, high = _band_at(curve, k, sessions)
            held[k] += low <= rate**k <= high
    return [(k, count / runs) for k, count in held.items()]


def _band_at(curve: list[reliability.SurvivalPoint], k: int, sessions: int) -> tuple[float, float]:
    """The band at click k, which is that of the last step before it."""
    before = [point for point in curve if point["clicks"] <= k]
    if not before:
        return intervals.clopper_pearson(sessions, sessions)
    return before[-1]["low"], before[-1]["high"]


def pass_k_bias(repeats: int, k: int, runs: int, rng: Generator) -> tuple[float, float]:
    """The mean error of pass^k over 100 targets of unequal difficulty, and its standard error."""
    own = rng.beta(2, 0.5, 100)
    truth = float((own**k).mean())
    estimates = np.array(
        [
            reliability.pass_k_of_targets(
                rng.binomial(repeats, own), np.full(100, repeats), k
            ).mean()
            for _ in range(runs)
        ]
    )
    return float(estimates.mean() - truth), float(estimates.std(ddof=1) / np.sqrt(runs))


def false_decisions(
    k: int, chance: float, clicks: int, runs: int, rng: Generator
) -> tuple[float, float]:
    """How often a decision after any click is wrong at the goal's own rate, and just past it.

    "Not met" is wrong there, and "met" just below it: the larger share of the two.
    """
    rate = sequential.goal_rate(k, chance)
    right = rng.random((runs, clicks)) < rate
    hits = right.cumsum(axis=1)
    n = np.arange(1, clicks + 1)
    wrong = max(
        float((mixture_evidence(hits, n, rate, odds).max(axis=1) >= -np.log(0.05)).mean())
        for odds in (sequential.FEWER, sequential.MORE)
    )
    fixed = float(np.mean([_naive(hits[run], n, rate) for run in range(min(runs, 200))]))
    return wrong, fixed


def mixture_evidence(
    hits: NDArray[Any], n: NDArray[Any], rate: float, odds: Sequence[float]
) -> NDArray[np.float64]:
    """`sequential.log_evidence` for many at once; the tests hold the two equal."""
    total = np.full(np.shape(hits), -np.inf)
    for multiple in odds:
        ratio = (n - hits) * np.log(multiple) - n * np.log1p((multiple - 1) * (1 - rate))
        total = np.logaddexp(total, ratio)
    evidence: NDArray[np.float64] = total - np.log(len(odds))
    return evidence


def _naive(hits: NDArray[Any], n: NDArray[Any], rate: float) -> bool:
    """How often Wilson's 95 % interval, checked after every click from the 10th on, ever excludes."""
    low, high = intervals.wilson_at(hits[9:] / n[9:], n[9:], 1.959963984540054)
    return bool(((low > rate) | (high < rate)).any())


def print_clustered(runs: int, rng: Generator) -> None:
    print("\n== 3. Clustered by screenshot: coverage in %, nominal 95; pointbench / before")
    groups: dict[str, Group] = {}

    def table(title: str, rows: Iterator[tuple[str, str, list[Tested]]], head: str) -> None:
        print(f"\n-- {title}\n{head}")
        for group, name, cells in rows:
            print(f"{name} " + " ".join(cell.cell for cell in cells), flush=True)
            groups.setdefault(group, Group()).cells.extend(cells)

    def header(name: str, rates: tuple[float, ...]) -> str:
        return f"{name:>5} {'C':>4} " + " ".join(f"{rate:>12}" for rate in rates)

    table(
        "5 to 60 targets per screenshot, rates from a beta distribution (the plain cells)",
        (
            (
                f"plain, ICC {icc}",
                f"{icc:>5} {count:>4}",
                [plain_cell(rate, screenshot_sizes(count), icc, runs, rng) for rate in HIGH_RATES],
            )
            for icc, count in product(CORRELATIONS, SCREENSHOTS)
        ),
        header("icc", HIGH_RATES),
    )
    rates = (0.8, 0.9, 0.95, 0.98, 0.99)
    table(
        "rates from a logit-normal distribution, by the deviation of the logits",
        (
            (
                f"logit-normal, deviation {deviation}",
                f"{deviation:>5} {count:>4}",
                [logit_normal_cell(rate, count, deviation, runs, rng) for rate in rates],
            )
            for deviation, count in product(LOGIT_DEVIATIONS, SCREENSHOTS)
        ),
        header("dev", rates),
    )
    rates = (0.6, 0.8, 0.9, 0.95, 0.98)
    table(
        "larger screenshots are harder",
        (
            (
                f"larger is harder, ICC {icc}",
                f"{icc:>5} {count:>4}",
                [larger_is_harder_cell(rate, count, icc, runs, rng) for rate in rates],
            )
            for icc, count in product(CLUSTERED, SCREENSHOTS)
        ),
        header("icc", rates),
    )
    rates = (0.8, 0.9, 0.95, 0.98, 0.99)
    for repeats in (3, 10):
        table(
            f"each target {repeats} times, its trials correlated 0.7",
            (
                (
                    f"{repeats} repeats, ICC {icc}",
                    f"{icc:>5} {count:>4}",
                    [repeated_cell(rate, count, icc, repeats, runs, rng) for rate in rates],
                )
                for icc, count in product((0.05, 0.1, 0.2), SCREENSHOTS)
            ),
            header("icc", rates),
        )
    rates = (0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995)
    table(
        "1 to 4 targets per screenshot",
        (
            (
                f"1 to 4 targets, ICC {icc}",
                f"{icc:>5} {count:>4}",
                [plain_cell(rate, screenshot_sizes(count, 1, 4), icc, runs, rng) for rate in rates],
            )
            for icc, count in product((0.0, 0.1, 0.3), (*SCREENSHOTS, 100))
        ),
        header("icc", rates),
    )
    table(
        "1 target per screenshot: nothing to correlate",
        (
            (
                "1 target",
                f"{0.0:>5} {count:>4}",
                [plain_cell(rate, screenshot_sizes(count, 1, 1), 0.0, runs, rng) for rate in rates],
            )
            for count in (50, 100, 200)
        ),
        header("icc", rates),
    )
    rates = (0.5, 0.8, 0.9, 0.95, 0.99)
    table(
        "few screenshots, of 5 to 60 targets (under 8 are marked approximate)",
        (
            (
                f"{count} screenshot{'s' if count > 1 else ''}",
                f"{icc:>5} {count:>4}",
                [plain_cell(rate, screenshot_sizes(count), icc, runs, rng) for rate in rates],
            )
            for count, icc in product((1, 2, 3, 5, 7, 8, 10), (0.1, 0.2, 0.3))
        ),
        header("icc", rates),
    )
    print(
        "\n-- all of these: cells under 93 %, under 90 %, the worst, the mean of pointbench's method;"
    )
    print(
        "   of the one before; width as a part of that one's: of the sums, mean of the cells; the same"
    )
    print("   of other priors (see other_priors) and their mean width")
    for name, group in groups.items():
        print(f"{name:<30} {group}")
    plain = Group([cell for icc in CORRELATIONS for cell in groups[f"plain, ICC {icc}"].cells])
    clustered = Group([cell for icc in CLUSTERED for cell in groups[f"plain, ICC {icc}"].cells])
    print(f"{'plain, all':<30} {plain}")
    print(f"{'plain, ICC 0.05 to 0.3':<30} {clustered}")
    print_claims(groups)


def print_claims(groups: dict[str, Group]) -> None:
    print(
        "\n== 3b. False claims of supported k about other screens: % of runs whose 95 % bound is above"
    )
    print(
        "   the true rate (allowed 5): mean, worst; of Clopper-Pearson over all trials, as before;"
    )
    print("   the median k at an even chance for a rate of 0.99 and 41 screenshots (true: 68)")
    for name, group in groups.items():
        new = np.array([cell.false_claims for cell in group.cells])
        old = np.array([cell.old_false_claims for cell in group.cells])
        k = f"   k {group.cells[18].median_k:.0f}" if name.startswith("plain") else ""
        print(
            f"{name:<30} {new.mean():>5.1f} {new.max():>5.1f}   before "
            f"{old.mean():>5.1f} {old.max():>5.1f}{k}"
        )


def print_these_targets(runs: int, rng: Generator) -> None:
    runs = max(runs // 2, 1)
    print(
        f"\n== 3c. The same about these very targets, drawn again ({runs} runs): % of false claims"
    )
    print(
        "   (allowed 5), and in brackets how many points the bound lies below the truth on average"
    )
    print(f"{'asked':>12} {'icc':>5} " + "".join(f"{rate:>14}" for rate in (0.8, 0.95, 0.99)))
    for asked in TRIALS:
        for icc in (0.05, 0.1, 0.2):
            cells = [these_targets_cell(rate, icc, asked, runs, rng) for rate in (0.8, 0.95, 0.99)]
            text = "".join(f"{false:>7.1f} ({points:4.1f})" for false, points in cells)
            print(f"{asked:>12} {icc:>5} {text}", flush=True)


def print_speed(rng: Generator) -> None:
    per_cluster = screenshot_sizes(41)
    of_target = np.repeat(np.arange(41), per_cluster)
    ones = np.ones(len(of_target))
    shots = cluster_rates(0.9, 0.1, (100, 41), rng)[:, of_target]
    verdicts = (rng.random(shots.shape) < shots).astype(float)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        for i in range(10_000):
            clusters.share(verdicts[i % 100], ones, of_target)
        seconds.append(time.process_time() - start)
    print("\n== 4. Speed")
    print(
        f"10,000 estimates of {len(of_target)} targets on 41 screenshots, one by one, three times: "
        f"{min(seconds):.1f} to {max(seconds):.1f} s of CPU"
    )


def print_independent(runs: int, rng: Generator) -> None:
    print("\n== 1. Independent trials, simulated: Wilson / Clopper-Pearson, and Wilson's mean")
    print(f"{'n':>5} " + "".join(f"{rate:>13}" for rate in RATES) + "   mean")
    for n in NUMBERS:
        cells = [independent_cell(rate, n, runs, rng) for rate in RATES]
        text = "".join(f"{100 * w:>7.1f}/{100 * c:>5.1f}" for w, c in cells)
        print(f"{n:>5} {text}   {100 * np.mean([w for w, _ in cells]):.2f}")
    print("\n== 2. The same, summed over the binomial distribution; Wilson's mean over a fine grid")
    grid = np.round(np.arange(0.5, 0.9995, 0.001), 3)
    for n in NUMBERS:
        cells = [exact_coverage(rate, n) for rate in RATES]
        over = float(np.mean([exact_coverage(float(rate), n)[0] for rate in grid]))
        text = "".join(f"{100 * w:>7.1f}/{100 * c:>5.1f}" for w, c in cells)
        print(f"{n:>5} {text}   {100 * over:.2f} over 0.500, 0.501 ... 0.999")


def print_differences(runs: int, rng: Generator) -> None:
    print("\n== 5. Paired difference about 0.8: gap 0, 0.02, 0.1")
    for n, count in ((100, 8), (200, 20), (200, 40), (500, 100)):
        for correlation in (0.0, 0.1, 0.3):
            cells = [
                difference_cell(gap, n, count, correlation, runs, rng) for gap in (0, 0.02, 0.1)
            ]
            text = " ".join(f"{100 * held:6.1f}" for held in cells)
            print(f"n {n:>4} C {count:>3} icc {correlation:<4} {text}")


def print_survival(runs: int, rng: Generator) -> None:
    print("\n== 6. Survival of a session, a tenth of the sessions censored: click: coverage")
    for rate, goal in ((0.5, 20), (0.9, 50), (0.99, 200), (0.999, 1000)):
        for sessions in (10, 30, 100):
            cells = survival_cell(rate, sessions, goal, runs, rng)
            text = "  ".join(f"{k}: {100 * held:.1f}" for k, held in cells)
            print(f"rate {rate:<6} sessions {sessions:>4} goal {goal:>5}   {text}")


def print_macro_and_horizon(runs: int, rng: Generator) -> None:
    print("\n== 9. Macro average over eight unequal apps")
    for count in (16, 40, 104):
        cells = [macro_cell(count, correlation, runs // 4, rng) for correlation in (0.0, 0.1, 0.3)]
        text = "  ".join(
            f"icc {icc}: {100 * held:.1f}" for icc, held in zip((0.0, 0.1, 0.3), cells, strict=True)
        )
        print(f"C {count:>3}   {text}")
    print("\n== 10. Horizon of clicks drawn from 200 targets on 40 screenshots")
    for rate in (0.8, 0.9, 0.95, 0.98):
        for count in (200, 1000):
            held, marked = horizon_cell(rate, count, runs // 4, rng)
            mark = "~" if marked >= 0.5 else " "
            print(f"rate {rate:<5} clicks {count:>5}: {100 * held:.1f}{mark}")


def print_rest(runs: int, rng: Generator) -> None:
    print("\n== 7. pass^k: mean error, and its standard error")
    for repeats, k in ((3, 2), (5, 3), (8, 8), (10, 4)):
        error, deviation = pass_k_bias(repeats, k, 10 * runs, rng)
        print(f"n {repeats:>2} k {k}: {error:+.5f} +- {deviation:.5f}")
    print(
        "\n== 8. Deciding a goal at its own rate, looking after every click: wrong decisions in %"
    )
    for k, clicks in ((10, 2000), (100, 5000), (1000, 20000)):
        wrong, naive = false_decisions(k, 0.5, clicks, runs if k < 1000 else runs // 4, rng)
        print(
            f"K {k:>4}, up to {clicks} clicks: {100 * wrong:.1f} (allowed 5.0); "
            f"Wilson's interval looked at as often: {100 * naive:.1f}"
        )


def main(runs: int) -> None:
    rng = np.random.default_rng(SEED)
    print(f"python benchmarks/coverage.py --runs {runs}")
    print(
        f"pointbench {pointbench.__version__}, Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}; seed {SEED}, {runs} runs a cell"
    )
    print_independent(runs, rng)
    print_clustered(runs, rng)
    print_these_targets(runs, rng)
    print_speed(rng)
    print_differences(runs, rng)
    print_survival(runs, rng)
    print_rest(runs, rng)
    print_macro_and_horizon(runs, rng)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Simulates how often the intervals cover the truth."
    )
    parser.add_argument("--runs", type=int, default=RUNS, help="runs a cell (default: %(default)s)")
    main(parser.parse_args().runs)
