"""A short version of benchmarks/coverage.py: the intervals have their nominal coverage. Seeded."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from pointbench.statistics import clusters, sequential

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "coverage.py"
RUNS = 600


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pointbench_coverage", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("n", [200, 500, 2000])
def test_wilson_covers_94_to_96_percent_on_average_and_exact_at_least_94(
    coverage: ModuleType, n: int
) -> None:
    # Summed over the binomial distribution, so not random.
    grid = np.round(np.arange(0.5, 0.9995, 0.004), 4)
    cells = [coverage.exact_coverage(float(rate), n) for rate in grid]
    assert 0.94 <= np.mean([wilson for wilson, _ in cells]) <= 0.96
    assert min(exact for _, exact in cells) >= 0.94


def at_least(share: float, runs: int = RUNS) -> float:
    """What a method that covers this share shows in all but one in a thousand simulations."""
    return 100 * (share - 3.1 * math.sqrt(share * (1 - share) / runs))


@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.3])
@pytest.mark.parametrize(("count", "largest"), [(15, 60), (41, 60), (41, 4), (100, 2)])
def test_clustered_intervals_cover(
    coverage: ModuleType, count: int, largest: int, correlation: float
) -> None:
    rng = np.random.default_rng([count, largest, int(100 * correlation)])
    sizes = coverage.screenshot_sizes(count, min(5, largest // 2), largest)
    for rate in (0.8, 0.95, 0.99, 0.999):
        cell = coverage.plain_cell(rate, sizes, correlation, RUNS, rng)
        assert cell.coverage >= at_least(0.92), rate
        # The bound that supported k rests on may be false in one of ten runs in the worst cell.
        assert cell.false_claims <= 100 - at_least(0.9), rate


def test_the_method_before_fails_this(coverage: ModuleType) -> None:
    """It forgot clusters where it saw no miss, and its claims were about trials: the bounds bite."""
    rng = np.random.default_rng(6)
    cell = coverage.plain_cell(0.995, coverage.screenshot_sizes(41), 0.3, RUNS, rng)
    assert cell.old_coverage < 80
    assert cell.old_false_claims > 30
    assert cell.coverage >= at_least(0.92)


@pytest.mark.parametrize("repeats", [3, 10])
def test_repeats_of_targets_keep_the_coverage(coverage: ModuleType, repeats: int) -> None:
    rng = np.random.default_rng(repeats)
    for rate in (0.8, 0.95, 0.99):
        cell = coverage.repeated_cell(rate, 27, 0.1, repeats, 300, rng)
        assert cell.coverage >= at_least(0.92, 300), rate


@pytest.mark.parametrize("asked", ["1", "3", "10", "3, 5 % lost", "1 to 10", "1, some 50"])
def test_claims_about_these_targets_are_false_in_one_of_twenty_runs_at_most(
    coverage: ModuleType, asked: str
) -> None:
    rng = np.random.default_rng(8)
    for rate, correlation in ((0.8, 0.05), (0.95, 0.2), (0.99, 0.1)):
        false, points = coverage.these_targets_cell(rate, correlation, asked, 300, rng)
        assert false <= 100 - at_least(0.95, 300), rate
        # A bound of 0 would never be false.
        assert points < 12


def test_the_benchmarks_runs_are_the_packages(coverage: ModuleType) -> None:
    """Many runs at once give what `clusters.share` gives for each."""
    rng = np.random.default_rng(3)
    sizes = coverage.screenshot_sizes(9)
    of_target = np.repeat(np.arange(9), sizes)
    hits = rng.binomial(sizes, rng.random((5, 9)))
    lows, highs = coverage.remembering(hits, sizes).ends()
    bounds = coverage.remembering(hits, sizes).lower_bound()
    for run, low, high, bound in zip(hits, lows, highs, bounds, strict=True):
        single = np.concatenate([np.arange(m) < h for h, m in zip(run, sizes, strict=True)])
        ones = np.ones(len(single))
        estimate = clusters.share(single, ones, of_target)
        assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-9)
        assert clusters.lower_bound(single, ones, of_target) == pytest.approx(bound, abs=1e-9)


def test_more_screenshots_narrow_the_interval_on_average(coverage: ModuleType) -> None:
    rng = np.random.default_rng(4)
    for rate in (0.8, 0.99):
        widths = [
            coverage.plain_cell(rate, np.full(count, 10), 0.1, 200, rng).width
            for count in (2, 5, 10, 20, 40)
        ]
        assert widths == sorted(widths, reverse=True)


def test_survival_bands_cover_94_percent(coverage: ModuleType) -> None:
    rng = np.random.default_rng(7)
    for _, held in coverage.survival_cell(0.9, 30, 50, 200, rng):
        assert held >= 0.94 - 3 * math.sqrt(0.95 * 0.05 / 200)


def test_pass_k_is_unbiased(coverage: ModuleType) -> None:
    error, deviation = coverage.pass_k_bias(5, 3, 500, np.random.default_rng(9))
    assert abs(error) < 3 * deviation


def test_the_benchmarks_evidence_is_the_packages(coverage: ModuleType) -> None:
    for odds in (sequential.FEWER, sequential.MORE):
        evidence = coverage.mixture_evidence(np.array([3, 90]), np.array([4, 100]), 0.93, odds)
        assert evidence.tolist() == pytest.approx(
            [
                sequential.log_evidence(3, 4, 0.93, odds),
                sequential.log_evidence(90, 100, 0.93, odds),
            ]
        )


def test_sizes_add_up(coverage: ModuleType) -> None:
    for n, count in ((50, 40), (50, 8), (2000, 100), (100, 100)):
        sizes = coverage.sizes(n, count)
        assert (sizes.sum(), len(sizes), sizes.min() >= 1) == (n, count, True)
