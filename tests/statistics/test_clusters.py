"""Clustered shares: by hand, against statsmodels' cluster-robust regression, and at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.statistics import clusters
from pointbench.statistics.correlation import CORRELATIONS
from pointbench.statistics.estimates import Estimate
from pointbench.statistics.intervals import lower_bound, wilson

Case = tuple[list[int], list[int], list[int]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Hits, trials and cluster codes of up to 30 targets."""
    size = draw(st.integers(1, 30))
    trials = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    hits = [draw(st.integers(0, n)) for n in trials]
    codes = draw(st.lists(st.integers(0, 8), min_size=size, max_size=size))
    return hits, trials, codes


def ends_and_value(estimate: Estimate) -> tuple[float, float, float]:
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.value, estimate.high


def test_variance_by_hand() -> None:
    # Three screenshots with 2, 2 and 4 targets, of which 2, 1 and 3 are hit: p = 6/8 = 0.75.
    # Residuals 2 - 1.5 = 0.5, 1 - 1.5 = -0.5, 3 - 3 = 0; sum of squares 0.5, over n^2 = 64,
    # times C / (C - 1) = 1.5: variance 0.01171875, standard error 0.10825.
    # Independent: 0.75 x 0.25 / 8 = 0.0234375, so the design effect is 0.5.
    estimate = clusters.share([1, 1, 1, 0, 1, 1, 1, 0], [1] * 8, [0, 0, 1, 1, 2, 2, 2, 2])
    assert estimate.value == 0.75
    assert estimate.standard_error == pytest.approx(0.01171875**0.5)
    assert estimate.design_effect == pytest.approx(0.5)
    # Agreeing better than chance is no evidence of more than 8 trials.
    assert estimate.n_effective == 8
    assert (estimate.hits, estimate.n, estimate.targets, estimate.clusters) == (6, 8, 8, 3)
    assert estimate.wilson == pytest.approx(wilson(6, 8))


def test_effective_n_by_hand() -> None:
    # Ten screenshots of 4 targets, five of them wholly hit, five wholly missed: p = 0.5,
    # residuals +-2, variance 10/9 x 40 / 1600 = 1/36, design effect (1/36) / (0.25/40) = 4.444,
    # n effective = 9.
    estimate = clusters.share([4, 0] * 5, [4] * 10, range(10))
    assert estimate.design_effect == pytest.approx(40 / 9)
    assert estimate.n_effective == pytest.approx(9)
    assert not estimate.approximate


def test_one_target_is_a_single_beta() -> None:
    # However often it is asked, one target is one target: Beta(1/2 + 1, 1/2) from 2.5 % on.
    from scipy.stats import beta

    for estimate in (
        clusters.share([1], [1], [0]),
        clusters.share([1000], [1000], [0]),
        clusters.mean([1], [0]),
    ):
        assert ends_and_value(estimate) == pytest.approx((beta.ppf(0.025, 1.5, 0.5), 1, 1))


def test_a_cluster_per_target_leaves_nothing_to_correlate() -> None:
    # Beta(1/2 + hits, 1/2 + misses) at n itself, where the variance allows it.
    from scipy.stats import beta

    estimate = clusters.share([1] * 6 + [0] * 4, [1] * 10, range(10))
    # The sample variance 0.24 / 9 leaves 9 of the 10.
    ends = beta.ppf([0.025, 0.975], 0.5 + 0.6 * 9, 0.5 + 0.4 * 9)
    assert ends_and_value(estimate)[::2] == pytest.approx(tuple(ends))
    flawless = clusters.share([1] * 10, [1] * 10, range(10))
    assert flawless.low == pytest.approx(beta.ppf(0.025, 10.5, 0.5))


def test_the_interval_is_the_mixture_written_out() -> None:
    """The whole method a second time, with densities on a grid instead of quantiles and nodes."""
    from scipy.special import betaln, expit
    from scipy.stats import beta

    hits, sizes = np.array([3, 8, 12, 9]), np.array([8, 8, 15, 9])
    n, p = sizes.sum(), hits.sum() / sizes.sum()
    grid = np.array(CORRELATIONS)
    x = np.linspace(-25, 25, 4001)
    edges = np.concatenate(([0], (grid[1:] + grid[:-1]) / 2, [1]))
    weights = []
    for r in grid:
        a, b = expit(x) * (1 / r - 1), expit(-x) * (1 / r - 1)
        terms = [betaln(a + h, b + m - h) - betaln(a, b) for h, m in zip(hits, sizes, strict=True)]
        weights.append(np.exp(np.sum(terms, axis=0) + 0.5 * np.log(expit(x) * expit(-x))).sum())
    weights = np.array(weights) * np.diff(beta.cdf(edges, 1, 5))
    weights /= weights.sum()
    residuals = (hits - p * sizes) / n
    most = p * (1 - p) / ((residuals**2).sum() * 4 / 3)
    n_effective = np.minimum(n / (1 + ((sizes**2).sum() / n - 1) * grid), most)
    # Asked as 40 targets, one trial each, of which the first ones of each screenshot are right.
    single = [int(i < h) for h, m in zip(hits, sizes, strict=True) for i in range(m)]
    estimate = clusters.share(single, np.ones(40), np.repeat(range(4), sizes))
    for end, q in ((estimate.low, 0.025), (estimate.high, 0.975)):
        below = beta.cdf(end, 0.5 + p * n_effective, 0.5 + (1 - p) * n_effective)
        assert weights @ below == pytest.approx(q, rel=2e-3)


def test_the_variance_is_that_of_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    codes = rng.integers(0, 25, 300)
    hits = rng.random(300) < rng.random(25)[codes]
    fitted = sm.OLS(hits.astype(float), np.ones(300)).fit()
    robust = fitted.get_robustcov_results("cluster", groups=codes, df_correction=True)
    # statsmodels also multiplies by (n - 1) / (n - k), which is 1 for a mean (k = 1).
    estimate = clusters.share(hits, np.ones(300), codes)
    assert estimate.standard_error == pytest.approx(float(robust.bse[0]))


def test_with_each_target_its_own_cluster_it_is_the_textbook_standard_error() -> None:
    hits = np.array([1] * 30 + [0] * 20)
    estimate = clusters.share(hits, np.ones(50), np.arange(50))
    assert estimate.standard_error == pytest.approx((0.6 * 0.4 / 49) ** 0.5)
    assert estimate.design_effect == pytest.approx(50 / 49)


def test_repeats_of_a_target_lie_in_its_cluster() -> None:
    # A deterministic model: five repeats add no information to one.
    hits = np.array([1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1])
    once = clusters.share(hits, np.ones(12), np.arange(12))
    five = clusters.share(hits * 5, np.full(12, 5), np.arange(12))
    assert ends_and_value(five) == pytest.approx(ends_and_value(once))
    assert five.n_effective == pytest.approx(once.n_effective)
    assert five.wilson is not None
    assert once.wilson is not None
    assert five.wilson[1] - five.wilson[0] < once.wilson[1] - once.wilson[0]


@pytest.mark.parametrize("hit", [0, 1])
def test_clustering_is_remembered_without_a_miss_or_without_a_hit(hit: int) -> None:
    # 300 targets on 15 screenshots; nothing says that the next screenshot is like these.
    estimate = clusters.share([hit] * 300, [1] * 300, np.arange(300) // 20)
    low, _, high = ends_and_value(estimate)
    low, high = (low, high) if hit else (1 - high, 1 - low)
    assert high == 1
    assert low == pytest.approx(0.954, abs=0.001)
    assert low < wilson(300, 300)[0] - 0.03
    assert estimate.standard_error is None
    assert not estimate.approximate


def test_one_screenshot_says_little_of_others() -> None:
    apart = clusters.share([1, 1, 0, 1] * 10, [1] * 40, range(40))
    together = clusters.share([1, 1, 0, 1] * 10, [1] * 40, [7] * 40)
    assert together.approximate
    assert not apart.approximate
    low, _, high = ends_and_value(together)
    assert high - low > 2 * (ends_and_value(apart)[2] - ends_and_value(apart)[0])


def test_under_8_clusters_are_marked_approximate() -> None:
    halves = [1, 0] * 50
    assert clusters.share(halves, [1] * 100, np.arange(100) // 15).approximate  # 7 clusters
    assert not clusters.share(halves, [1] * 100, np.arange(100) // 13).approximate  # 8
    # All four misses in one of a hundred screenshots: the mixture knows what that is worth.
    misses_in_one = [0] * 4 + [1] * 396
    assert not clusters.share(misses_in_one, [1] * 400, np.arange(400) // 4).approximate


def test_a_lone_miss_among_many_repeats_is_next_to_none() -> None:
    # 99,999 of 100,000 on one target: its high end is not far from that of no miss at all.
    flawless = clusters.share([100_000], [100_000], [0])
    nearly = clusters.share([99_999], [100_000], [0])
    assert ends_and_value(nearly) == pytest.approx(ends_and_value(flawless), abs=2e-5)


def test_independent_repeats_tell_more_than_steady_ones() -> None:
    # 20 targets asked ten times: at an even chance each, half of them always, or half of each asked.
    even, steady = [5] * 20, [10, 0] * 10
    loose = clusters.share(even, [10] * 20, range(20))
    tight = clusters.share(steady, [10] * 20, range(20))
    once = clusters.share([1, 0] * 10, [1] * 20, range(20))
    assert ends_and_value(tight) == pytest.approx(ends_and_value(once))
    low, _, high = ends_and_value(loose)
    # Wilson's interval over 200 independent trials is 43.1 to 56.9 %.
    assert 0.13 < high - low < 0.22
    assert high - low < (ends_and_value(once)[2] - ends_and_value(once)[0]) / 2


def test_without_a_trial_nothing_is_known() -> None:
    for estimate in (
        clusters.share([], [], []),
        clusters.share([0], [0], [0]),
        clusters.macro([], [], [], []),
        clusters.mean([], []),
    ):
        assert (estimate.value, estimate.low, estimate.high, estimate.n) == (None, None, None, 0)


@given(cases())
@settings(deadline=None)
def test_every_interval_holds_its_value_and_lies_between_0_and_1(case: Case) -> None:
    hits, trials, codes = case
    for estimate in (
        clusters.share(hits, trials, codes),
        clusters.macro(hits, trials, codes, [code % 3 for code in codes]),
    ):
        if estimate.value is None:
            assert sum(trials) == 0
            continue
        low, value, high = ends_and_value(estimate)
        assert 0 <= low <= value <= high <= 1
        assert estimate.n == sum(trials)


@given(cases())
@settings(deadline=None)
def test_misses_mirror_hits(case: Case) -> None:
    hits, trials, codes = case
    there = clusters.share(hits, trials, codes)
    back = clusters.share([n - c for c, n in zip(hits, trials, strict=True)], trials, codes)
    if there.value is not None:
        mirrored = [1 - end for end in ends_and_value(back)[::-1]]
        assert ends_and_value(there) == pytest.approx(mirrored, abs=1e-9)


@given(cases(), st.integers(2, 30))
@settings(deadline=None)
def test_asking_a_steady_model_again_changes_nothing(case: Case, times: int) -> None:
    verdicts, codes = [c > 0 for c in case[0]], case[2]
    once = clusters.share(verdicts, [1] * len(codes), codes)
    again = clusters.share([times * c for c in verdicts], [times] * len(codes), codes)
    assert ends_and_value(again) == pytest.approx(ends_and_value(once), abs=1e-9)


@given(cases())
@settings(deadline=None)
def test_more_of_the_same_screenshots_narrow_the_interval(case: Case) -> None:
    hits, trials, codes = case
    once = clusters.share(hits, trials, codes)
    if once.value is None:
        return
    more = [code + 10 * i for i in range(3) for code in codes]
    thrice = clusters.share(hits * 3, trials * 3, more)
    narrow, wide = ends_and_value(thrice), ends_and_value(once)
    assert narrow[2] - narrow[0] <= wide[2] - wide[0] + 1e-9


@given(cases(), st.sampled_from([0.8, 0.95, 0.99]))
@settings(deadline=None)
def test_the_bound_is_below_the_mean_and_falls_with_confidence(
    case: Case, confidence: float
) -> None:
    hits, trials, codes = case
    bound = clusters.lower_bound(hits, trials, codes, confidence)
    rates = [c / n for c, n in zip(hits, trials, strict=True) if n]
    assert 0 <= bound <= (float(np.mean(rates)) if rates else 0.0) + 1e-12
    assert bound < 1
    assert clusters.lower_bound(hits, trials, codes, 0.995) <= bound


@pytest.mark.parametrize(("hits", "n"), [(40, 40), (39, 40), (1, 1)])
def test_the_bound_of_separate_targets_is_clopper_pearsons(hits: int, n: int) -> None:
    bound = clusters.lower_bound([1] * hits + [0] * (n - hits), [1] * n, range(n))
    assert bound == pytest.approx(lower_bound(hits, n), rel=0.03)
    # The same targets on one screenshot support much less.
    assert n == 1 or clusters.lower_bound([1] * hits + [0] * (n - hits), [1] * n, [0] * n) < 0.6


@given(cases(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_targets_and_the_names_of_clusters_change_nothing(
    case: Case, random: object
) -> None:
    hits, trials, codes = case
    order = list(range(len(hits)))
    random.shuffle(order)  # type: ignore[attr-defined]
    renamed = [100 - 3 * codes[i] for i in order]
    first = clusters.share(hits, trials, codes)
    second = clusters.share([hits[i] for i in order], [trials[i] for i in order], renamed)
    assert (first.hits, first.n, first.clusters) == (second.hits, second.n, second.clusters)
    if first.value is not None:
        assert ends_and_value(second) == pytest.approx(ends_and_value(first), abs=1e-9)


def test_macro_is_the_mean_of_the_groups_rates() -> None:
    # App 0: 3 of 4; app 1: 1 of 2; macro (0.75 + 0.5) / 2 = 0.625, micro 4/6.
    hits, trials, apps = [1, 1, 1, 0, 1, 0], [1] * 6, [0, 0, 0, 0, 1, 1]
    estimate = clusters.macro(hits, trials, range(6), apps)
    assert estimate.value == pytest.approx(0.625)
    # Residuals over 2 x 4 and 2 x 2: three of 1/32 and one of -3/32, times 4/3; +-1/8, times 2.
    squares = 4 / 3 * (3 * (1 / 32) ** 2 + (3 / 32) ** 2) + 2 * 2 * (1 / 8) ** 2
    assert estimate.standard_error == pytest.approx(squares**0.5)


def test_macro_of_groups_in_one_cluster_each_is_taken_about_the_mean_of_all() -> None:
    # Three apps on one screenshot each, all alike within: rates 1, 1, 0, macro 2/3. About their own
    # rates nothing would vary; about 2/3: (1/3, 1/3, -2/3) / 3, squares 6/81.
    estimate = clusters.macro([1, 1, 1, 1, 0, 0], [1] * 6, [0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2])
    assert estimate.value == pytest.approx(2 / 3)
    assert estimate.standard_error == pytest.approx((6 / 81) ** 0.5)


def test_macro_of_one_group_is_the_share() -> None:
    hits, codes = [1, 0, 1, 1, 1, 0, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3]
    macro = clusters.macro(hits, [1] * 8, codes, [5] * 8)
    share = clusters.share(hits, [1] * 8, codes)
    assert ends_and_value(macro) == pytest.approx(ends_and_value(share))


def test_a_mean_of_rates_counts_targets() -> None:
    estimate = clusters.mean([0.5, 1.0, 0.25, 0.75], [0, 1, 2, 3])
    assert estimate.value == pytest.approx(0.625)
    assert (estimate.hits, estimate.wilson) == (None, None)
    assert estimate.n == 4
