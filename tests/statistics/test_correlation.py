"""The posterior of the intraclass correlation, against a fine grid and at its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln, expit, log_expit
from scipy.stats import beta

from pointbench.statistics.correlation import CORRELATIONS, correlation_weights, prior_weights

GRID = np.array(CORRELATIONS)
Clusters = list[tuple[int, int]]


def on_a_fine_grid(hits: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The same posterior, the share integrated over thousands of points."""
    x = np.linspace(-30, 30, 6001)
    edges = np.concatenate(([0], (GRID[1:] + GRID[:-1]) / 2, [1]))
    logs = []
    for r in GRID:
        a, b = expit(x) * (1 / r - 1), expit(-x) * (1 / r - 1)
        likelihood = sum(
            betaln(a + h, b + n - h) - betaln(a, b) for h, n in zip(hits, sizes, strict=True)
        )
        logs.append(likelihood + 0.5 * (log_expit(x) + log_expit(-x)))
    evidence = np.exp(np.array(logs) - np.max(logs)).sum(axis=1)
    weights = evidence * np.diff(beta.cdf(edges, 1, 5))
    return np.asarray(weights / weights.sum())


def mean(hits: list[int], sizes: list[int]) -> float:
    return float(correlation_weights(np.array(hits, float), np.array(sizes, float)) @ GRID)


@given(
    st.lists(
        st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=25,
    )
)
@settings(deadline=None, max_examples=50)
def test_the_weights_are_those_of_a_fine_grid(clusters: Clusters) -> None:
    hits, sizes = np.array(clusters, dtype=float).T
    expected = on_a_fine_grid(hits, sizes)
    assert correlation_weights(hits, sizes) == pytest.approx(expected, abs=0.02)


def test_one_trial_per_cluster_says_nothing() -> None:
    weights = correlation_weights(np.array([1.0, 0, 1, 1]), np.ones(4))
    assert weights == pytest.approx(prior_weights(), abs=1e-3)
    assert prior_weights().sum() == pytest.approx(1)


def test_clusters_all_alike_and_clusters_all_or_nothing() -> None:
    assert mean([15, 15, 16, 14] * 10, [30] * 40) < 0.01
    assert mean([30, 0, 30, 30] * 10, [30] * 40) > 0.7


def test_many_sets_at_once_give_what_each_gives() -> None:
    rng = np.random.default_rng(5)
    sizes = rng.integers(1, 40, 12).astype(float)
    hits = rng.binomial(sizes.astype(int), 0.7, (3, 4, 12)).astype(float)
    together = correlation_weights(hits, sizes)
    assert together.shape == (3, 4, len(CORRELATIONS))
    assert together[2, 1] == pytest.approx(correlation_weights(hits[2, 1], sizes), abs=1e-9)


@pytest.mark.parametrize("size", [200, 5000])
def test_large_clusters_use_gamma_functions_for_the_same_sums(size: int) -> None:
    hits, sizes = np.array([0.9, 0.5, 0.7]) * size, np.full(3, float(size))
    assert correlation_weights(hits, sizes) == pytest.approx(on_a_fine_grid(hits, sizes), abs=0.02)


def test_a_part_of_a_hit_is_between_none_and_one() -> None:
    sizes = np.full(6, 8.0)
    few, between, many = (
        float(correlation_weights(np.array([h, 8.0, 8, 8, 8, 8]), sizes) @ GRID)
        for h in (2.0, 2.5, 3.0)
    )
    assert min(few, many) < between < max(few, many)
