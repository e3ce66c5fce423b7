"""Coverage of the intervals on simulated models whose true rates are known.

    python benchmarks/coverage.py [RUNS] > benchmarks/coverage.txt

Seeded; 2,000 runs per cell by default, so a coverage of 95 % is known to about one point. Every
cell is printed. ``~`` after a cell: pointbench marks the figure as approximate in most of its runs.

Clustered cells: C screenshots with between 1x and 3x as many targets each, n targets in all; each
screenshot has its own rate, drawn from a beta distribution with the stated mean and an intraclass
correlation of 0, 0.1 or 0.3 (0: all alike). Public logs give about 0.05 to 0.2 by app and 0.3 by
screenshot.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import Generator

from pointbench.statistics import clusters, intervals, paired, reliability, sequential

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
NUMBERS = (50, 100, 200, 500, 1000, 2000)
CLUSTERS = (8, 20, 40, 100)
CORRELATIONS = (0.0, 0.1, 0.3)
RUNS = 2000
SEED = 20261122


def sizes(n: int, count: int) -> NDArray[np.int64]:
    """``n`` targets over ``count`` screenshots, the last with about three times as many as the first."""
    edges = np.floor(n * np.cumsum(np.linspace(1, 3, count)) / np.linspace(1, 3, count).sum() + 0.5)
    sizes = np.diff(np.concatenate(([0], edges))).astype(np.int64)
    while (sizes == 0).any():
        sizes[sizes.argmin()] += 1
        sizes[sizes.argmax()] -= 1
    return sizes


def cluster_rates(
    rate: float, correlation: float, shape: tuple[int, ...], rng: Generator
) -> NDArray[np.float64]:
    if correlation == 0:
        return np.full(shape, rate)
    strength = 1 / correlation - 1
    return rng.beta(rate * strength, (1 - rate) * strength, shape)


def ratio(hits: NDArray[Any], per_cluster: NDArray[Any]) -> clusters.ClusteredMean:
    """`clusters.clustered_ratio` for many runs at once: (runs, clusters) hits."""
    n = per_cluster.sum()
    value = hits.sum(axis=1) / n
    return clusters.clustered_mean(value, (hits - value[:, None] * per_cluster) / n)


def covers(low: Any, high: Any, truth: float) -> float:
    # The ends are inclusive; truth and end may differ by rounding when both are 0 or 1.
    return float(np.mean((low <= truth + 1e-12) & (truth - 1e-12 <= high)))


def clustered_cell(
    rate: float, n: int, count: int, correlation: float, runs: int, rng: Generator
) -> tuple[float, float, float]:
    """Coverage of the clustered interval, and the shares of runs that are marked approximate and
    that have no miss at all (for these, the interval is Wilson's over distinct targets).
    """
    per_cluster = sizes(n, count)
    rates = cluster_rates(rate, correlation, (runs, count), rng)
    interval = clusters.clustered_interval(
        ratio(rng.binomial(per_cluster, rates), per_cluster), n, n
    )
    held = covers(interval.low, interval.high, rate)
    return held, float(interval.approximate.mean()), float(interval.degenerate.mean())


def repeated_cell(
    rate: float, targets: int, count: int, repeats: int, runs: int, rng: Generator
) -> tuple[float, float]:
    """The same with each target asked ``repeats`` times at its own rate (correlation 0.7)."""
    per_cluster = sizes(targets, count)
    of_target = np.repeat(np.arange(count), per_cluster)
    shots = cluster_rates(rate, 0.1, (runs, count), rng)
    own = np.clip(shots[:, of_target], 1e-9, 1 - 1e-9)
    hits = rng.binomial(repeats, rng.beta(own * 0.43, (1 - own) * 0.43))
    sums = np.zeros((runs, count))
    np.add.at(sums.T, of_target, hits.T)
    interval = clusters.clustered_interval(
        ratio(sums, per_cluster * repeats), targets, targets * repeats
    )
    return covers(interval.low, interval.high, rate), float(interval.approximate.mean())


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
    below: list[str] = []
    print("\n== 3. Clustered by screenshot: coverage in %, nominal 95")
    header = f"{'icc':>4} {'n':>5} {'C':>4} " + "".join(f"{rate:>8}" for rate in RATES)
    for correlation in CORRELATIONS:
        print(header)
        for n in NUMBERS:
            for count in (count for count in CLUSTERS if count <= n):
                line = f"{correlation:>4} {n:>5} {count:>4} "
                for rate in RATES:
                    held, marked, alike = clustered_cell(rate, n, count, correlation, runs, rng)
                    line += f"{100 * held:>7.1f}" + ("~" if marked >= 0.5 else " ")
                    if held < 0.93:
                        below.append(
                            f"  icc {correlation} n {n} C {count} rate {rate}: "
                            f"{100 * held:.1f}; {100 * marked:.1f} % of runs marked approximate, "
                            f"{100 * alike:.1f} % without a miss"
                        )
                print(line)
    print(f"cells below 93 %: {len(below)}")
    print("\n".join(below))


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


def print_repeated(runs: int, rng: Generator) -> None:
    print("\n== 4. Repeats: each target 5 times, targets correlate 0.7 within, 0.1 by screenshot")
    print(f"{'tgts':>5} {'C':>4} " + "".join(f"{rate:>8}" for rate in RATES[:7]))
    for targets, count in ((100, 40), (200, 40), (400, 100)):
        line = f"{targets:>5} {count:>4} "
        for rate in RATES[:7]:
            held, marked = repeated_cell(rate, targets, count, 5, runs, rng)
            line += f"{100 * held:>7.1f}" + ("~" if marked >= 0.5 else " ")
        print(line)


def print_differences(runs: int, rng: Generator) -> None:
    print("\n== 5. Paired difference about 0.8: gap 0, 0.02, 0.1")
    for n, count in ((100, 8), (200, 20), (200, 40), (500, 100)):
        for correlation in CORRELATIONS:
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
        cells = [macro_cell(count, correlation, runs, rng) for correlation in CORRELATIONS]
        text = "  ".join(
            f"icc {icc}: {100 * held:.1f}" for icc, held in zip(CORRELATIONS, cells, strict=True)
        )
        print(f"C {count:>3}   {text}")
    print("\n== 10. Horizon of clicks drawn from 200 targets on 40 screenshots")
    for rate in (0.8, 0.9, 0.95, 0.98):
        for count in (200, 1000):
            held, marked = horizon_cell(rate, count, runs, rng)
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
    print(f"seed {SEED}, {runs} runs a cell; coverage in %, nominal 95")
    print_independent(runs, rng)
    print_clustered(runs, rng)
    print_repeated(runs, rng)
    print_differences(runs, rng)
    print_survival(runs, rng)
    print_rest(runs, rng)
    print_macro_and_horizon(runs, rng)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
