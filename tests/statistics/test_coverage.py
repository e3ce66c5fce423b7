"""A short version of benchmarks/coverage.py: the intervals have their nominal coverage. Seeded."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from pointbench.statistics import sequential

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "coverage.py"
RUNS = 600
SLACK = 3 * math.sqrt(0.95 * 0.05 / RUNS)
"""Three standard errors of a simulated coverage."""


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pointbench_coverage", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
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


@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.3])
@pytest.mark.parametrize(("n", "count"), [(50, 40), (200, 40), (2000, 40), (500, 100)])
def test_clustered_intervals_cover_93_percent_from_40_clusters_or_say_so(
    coverage: ModuleType, n: int, count: int, correlation: float
) -> None:
    rng = np.random.default_rng([n, count, int(100 * correlation)])
    for rate in (0.5, 0.9, 0.95, 0.99, 0.999):
        held, marked, _ = coverage.clustered_cell(rate, n, count, correlation, RUNS, rng)
        assert held >= 0.93 - SLACK or marked > 0.9, (rate, held, marked)


def test_the_customary_interval_would_fail_this(coverage: ModuleType) -> None:
    """With naive trials, the same cell covers far less: the check above can fail."""
    rng = np.random.default_rng(6)
    per_cluster = coverage.sizes(500, 40)
    rates = coverage.cluster_rates(0.8, 0.3, (RUNS, 40), rng)
    share = rng.binomial(per_cluster, rates).sum(axis=1) / 500
    from pointbench.statistics.intervals import wilson_at

    assert coverage.covers(*wilson_at(share, 500, 1.96), 0.8) < 0.8


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
