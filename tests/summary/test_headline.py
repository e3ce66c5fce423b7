"""The headline's sentences: each template, each warning, and what is never left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.runs import RunModel
from pointbench.summary.headline import (
    MOST_RESULTS,
    Contender,
    Line,
    Scene,
    headline,
    of_suites,
)

N = 1000


def _model(label: str, **more: Any) -> RunModel:
    fields: dict[str, Any] = {"adapter": "openai", "name": label, "profile": {}, "settings": {}}
    return RunModel(label=label, wire={}, **(fields | more))


def _contender(label: str, rate: float | None, half: float = 0.02, **more: Any) -> Contender:
    """A model that hits ``rate`` of `N` targets, give or take ``half``; ``more`` are other figures."""
    model, ranked = more.pop("model", {}), more.pop("ranked", True)
    estimate: dict[str, Any] = {"value": rate, "method": "no data"}
    if rate is not None:
        low, high = max(0.0, rate - half), min(1.0, rate + half)
        estimate |= {"low": low, "high": high, "confidence": 0.95, "n": N, "targets": N}
    facts: dict[str, Any] = {
        "hit_rate": estimate | more.pop("hit_rate", {}),
        "click_chance": estimate,
        "outcomes": {"hit": 1, "error": 0},
        "error_rate": 0.0,
    }
    limit = more.pop("error_limit", 0.02)
    return Contender(label, _model(label, **model), facts | more, ranked, limit)


def _pair(a: Contender, b: Contender, **more: Any) -> dict[str, Any]:
    """A comparison whose interval is 2 points to either side, and that is significant beyond them."""
    value = (a.value or 0.0) - (b.value or 0.0)
    pair = {
        "a": a.label,
        "b": b.label,
        "targets": {"both": N, "only_a": 0, "only_b": 0},
        "difference": {"value": value, "low": value - 0.02, "high": value + 0.02},
        "p_holm": 0.001 if abs(value) > 0.02 else 0.5,
        "wanted_targets": None if value == 0 else round(0.04 / value**2 * 10),
    }
    return pair | more


def _lines(contenders: Sequence[Contender], **more: Any) -> list[Line]:
    known = [each for each in contenders if each.value is not None]
    fields: dict[str, Any] = {
        "present": N,
        "absent": 0,
        "apps": 10,
        "contenders": contenders,
        "pairs": [_pair(a, b) for a, b in combinations(known, 2)],
        "best_guess": 0.01,
    }
    return headline(Scene(**(fields | more)))


def _results(contenders: Sequence[Contender], **more: Any) -> list[str]:
    return [line["text"] for line in _lines(contenders, **more) if line["kind"] == "result"]


def _warnings(contenders: Sequence[Contender], **more: Any) -> list[str]:
    return [line["text"] for line in _lines(contenders, **more) if line["kind"] == "warning"]


# --- results ---------------------------------------------------------------------------------


def test_the_leader_the_ties_and_the_next_are_named_with_their_intervals() -> None:
    models = [_contender("c", 0.5), _contender("a", 0.67), _contender("b", 0.66)]
    assert _results(models)[:3] == [
        "a hits most often: 67.0 % of 1000 targets (95 %: 65.0–69.0).",
        "Not told apart from b: 1.0 points (−1.0 to 3.0); about 4000 targets would decide a difference "
        "of this size.",
        "It beats the next, c, by 17.0 points (15.0 to 19.0).",
    ]


def test_a_small_difference_is_ruled_out_beyond_the_far_end_of_its_interval() -> None:
    pair: dict[str, Any] = {
        "difference": {"value": 0.002, "low": -0.004, "high": 0.009},
        "wanted_targets": 50_000,
    }
    models = [_contender("a", 0.952), _contender("b", 0.95)]
    (_, tie, *_) = _results(models, pairs=[_pair(*models, **pair)])
    assert tie == (
        "Not told apart from b: 0.2 points (−0.4 to 0.9); a difference over 0.9 points is ruled out."
    )


def test_a_difference_that_only_holm_does_not_show_is_said_to_be_that() -> None:
    pair: dict[str, Any] = {
        "difference": {"value": 0.03, "low": 0.002, "high": 0.058},
        "p_holm": 0.06,
        "wanted_targets": 900,
    }
    models = [_contender("a", 0.53), _contender("b", 0.5)]
    (_, tie, *_) = _results(models, pairs=[_pair(*models, **pair)])
    assert tie.endswith("(0.2 to 5.8); among 1 comparison such a difference may be chance (Holm).")


def test_a_pair_on_fewer_targets_says_on_how_many() -> None:
    a, b = _contender("a", 0.9), _contender("b", 0.8, hit_rate={"targets": 900, "n": 900})
    counts: dict[str, Any] = {"both": 900, "only_a": 100, "only_b": 0}
    (_, beats, *_) = _results([a, b], pairs=[_pair(b, a, targets=counts)])
    assert beats == "It beats b by 10.0 points (8.0 to 12.0), on the 900 targets both answered."


def test_many_ties_are_named_up_to_three() -> None:
    models = [_contender(name, 0.6 - number / 1000) for number, name in enumerate("abcdef")]
    (_, ties, *_) = _results(models)
    assert ties.startswith("Not told apart from b (0.1, −1.9 to 2.1), c (")
    assert ties.endswith(") and 2 more.")


def test_one_model_alone_has_no_rival() -> None:
    first, *others = _results([_contender("a", 0.073, 0.02)])
    assert first == "a hits 7.3 % of 1000 targets (95 %: 5.3–9.3)."
    assert not any("told apart" in line or "beats" in line for line in others)


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ("ab", "Both hit equally often: 50.0 % of"),
        ("abc", "All hit equally often: 50.0 % of"),
        ("abz", "a and b hit most often, and equally often: 50.0 % of"),
    ],
)
def test_equal_leaders_are_named_together(labels: str, text: str) -> None:
    models = [_contender(label, 0.3 if label == "z" else 0.5) for label in labels]
    assert _results(models)[0].startswith(text)


def test_repeats_are_clicks_and_missing_targets_are_said() -> None:
    repeated = _contender("a", 0.5, hit_rate={"n": 3 * N})
    assert "50.0 % of 3000 clicks on 1000 targets" in _results([repeated])[0]
    fewer = _contender("a", 0.5, hit_rate={"n": 900, "targets": 900})
    assert "50.0 % of the 900 targets that it answered" in _results([fewer])[0]


def test_nothing_but_guessing_errors_or_nothing_at_all() -> None:
    assert _results([]) == [
        "No model was asked, only pointers that guess: the best fixed point hits 1.0 % of 1000 targets."
    ]
    failed = _contender("a", None, outcomes={"hit": 0, "error": 40}, error_rate=1.0)
    assert _results([failed]) == ["No model answered: 40 calls failed."]
    assert _results([_contender("a", None)]) == ["No model has an answer yet."]


def test_part_of_a_gate_is_an_answer_but_leads_nobody() -> None:
    part = _contender("a", 0.5, ranked=False, hit_rate={"targets": 120, "n": 120})
    assert _results([part]) == [
        f"Part of a gate, asked only until its answers decided: a (120 of {N} targets)."
    ]
    assert _results([part, _contender("b", 0.4)])[0].startswith("b hits 40.0 %")


def test_without_a_present_target_only_declining_is_right() -> None:
    declined = {"value": 0.2, "clicked": 2, "declined": 8, "n": 10}
    lines = _results(
        [_contender("a", None, false_clicks=declined)], present=0, absent=10, best_guess=None
    )
    assert lines == [
        "None of the 10 targets is on the screen, so only declining is right: a declined 8 of 10."
    ]


def _horizon(value: float | None, low: float, high: float | None) -> dict[str, Any]:
    return {"0.5": {"value": value, "low": low, "high": high}}


@pytest.mark.parametrize(
    ("rate", "half", "figures", "text"),
    [
        (
            0.67,
            0.023,
            {"horizon": _horizon(1.73, 1.6, 1.9), "supported_k": {"like_these": {"0.5": 1}}},
            "In a row: 2 right 45 %, 10 right 1.8 % (1.3–2.6). An even chance lasts 1.7 clicks "
            "(1.6–1.9); these data support 1.",
        ),
        (
            0.951,
            0.012,
            {"horizon": _horizon(13.8, 11.2, 18), "supported_k": {"like_these": {"0.5": 11}}},
            "In a row: 10 right 61 % (53–69), 100 right 1 in 150. An even chance lasts 14 clicks "
            "(11–18); these data support 11.",
        ),
        (
            0.6,
            0.02,
            {"horizon": _horizon(1.36, 0.9, 1.5), "supported_k": {"like_these": {"0.5": 0}}},
            "In a row: 2 right 36 %, 10 right 1 in 170 (1 in 230 to 1 in 120). An even chance lasts 1.4 "
            "clicks (0.9–1.5); these data support none.",
        ),
        (
            0.073,
            0.02,
            {"horizon": _horizon(0.26, 0.2, 0.3)},
            "In a row: 2 right 1 in 190 (1 in 360 to 1 in 120). More than half of single clicks miss.",
        ),
        (
            1.0,
            0.01,
            {"horizon": _horizon(None, 340.2, None), "supported_k": {"like_these": {"0.5": 230}}},
            "It missed nothing: an even chance lasts at least 340 clicks; these data support 230.",
        ),
    ],
)
def test_rows_of_clicks_are_quoted_where_they_are_likely(
    rate: float, half: float, figures: Mapping[str, Any], text: str
) -> None:
    assert text in _results([_contender("a", rate, half, **figures)])


def test_what_is_hard_is_said_by_kind_and_else_by_size() -> None:
    kinds = {"kind": {"icon": {"value": 0.442}, "text": {"value": 0.812}}}
    assert "Icons 44 %, text 81 %." in _results([_contender("a", 0.6, by=kinds)])
    near = {"kind": {"icon": {"value": 0.906}, "text": {"value": 0.986}}}
    assert "Icons 90.6 %, text 98.6 %." in _results([_contender("a", 0.95, by=near)])
    sizes = {"short_side": {"under 16": {"value": 0.47}, "48 and up": {"value": 0.73}}}
    assert "Targets under 16 px 47 %, from 48 px 73 %." in _results(
        [_contender("a", 0.6, by=sizes)]
    )


@pytest.mark.parametrize(
    ("missed", "labels", "text"),
    [
        (311, "abcdefg", "311 targets (31 %) were hit by none of the 7."),
        (26, "ab", "26 targets (2.6 %) were hit by neither."),
        (1, "ab", "1 target (0.1 %) was hit by neither."),
        (0, "ab", "Every target was hit by at least one model."),
    ],
)
def test_what_no_model_hits_is_counted(missed: int, labels: str, text: str) -> None:
    models = [_contender(label, 0.5) for label in labels]
    found = {"targets": [{}] * missed, "n": N}
    assert text in _results(models, hit_by_none=found)
    assert text not in _results(models[:1], hit_by_none=found)


def test_guessing_is_the_bar_that_models_are_held_to() -> None:
    a, b = _contender("a", 0.5), _contender("b", 0.073)
    assert "Every model is above guessing: the best fixed point hits 1.1 %." in _results(
        [a, b], best_guess=0.011
    )
    assert "a is above guessing: the best fixed point hits 1.1 %." in _results(
        [a], best_guess=0.011
    )
    lines = _lines([a, b], best_guess=0.06)
    assert not any("above guessing" in line["text"] for line in lines if line["kind"] == "result")
    assert "b is not above guessing: the best fixed point hits 6.0 %." in [
        line["text"] for line in lines if line["kind"] == "warning"
    ]


def test_the_goal_and_the_cost_are_results() -> None:
    goal: dict[str, Any] = {"k": 100, "chance": 0.5, "verdict": "met"}
    cost: dict[str, Any] = {"cost_per_1000_clicks": 12.4, "latency_s": {"p50": 1.83}}
    cheap: dict[str, Any] = {"cost_per_1000_clicks": 0.29, "latency_s": {"p50": 0.9}}
    models = [
        _contender("a", 0.9, goal=goal, **cost),
        _contender("b", 0.5, goal=goal | {"verdict": "not met"}, **cheap),
        _contender("c", 0.4, goal=goal | {"verdict": "undecided"}),
    ]
    lines = _results(models)
    assert (
        "The goal of 100 in a row at a chance of 50 % is met by a; not met by b; undecided for c."
        in lines
    )
    assert "1000 clicks cost $12.40 with a (1.83 s each) and $0.29 with b (0.90 s each)." in lines


# --- warnings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        (
            {"false_clicks": {"value": 1.0, "clicked": 54, "n": 54}},
            "a clicked on all 54 things that are not there.",
        ),
        (
            {"false_clicks": {"value": 0.1, "clicked": 1, "n": 10}},
            "a clicked on 1 of 10 things that are not there.",
        ),
        (
            {"served": {"models": {"other-1": 8}, "others": ["other-1"], "several": False}},
            "a was answered by another model than the one asked: other-1 (8 answers).",
        ),
        (
            {"misfit": {"sentence": "83 % of these misses would be hits read as 0-1000"}},
            "a: 83 % of these misses would be hits read as 0-1000.",
        ),
        (
            {"pictures": {"sentence": "its server saw smaller ones"}},
            "a: its server saw smaller ones.",
        ),
        ({"flags": {"prompt-example": 56}}, "56 answers of a repeat the example of the prompt."),
        ({"flags": {"prompt-example": 1}}, "1 answer of a repeats the example of the prompt."),
        (
            {"flags": {"cut-off": 2}, "model": {"output_limit": 64}},
            "a: 2 answers were cut off at the output limit of 64 tokens; max_tokens=N gives more room.",
        ),
        (
            {"flags": {"reasoning-only": 1}, "outcomes": {"unparsed": 1, "error": 0}},
            "a: 1 of 1 answers were empty although the model wrote reasoning; its server's reasoning "
            "parser may hold the answers.",
        ),
        (
            {"error_rate": 0.15, "errors_hide": {"all_wrong": 0.4, "all_right": 0.55}},
            "Failed calls may hide hits or misses: 15.0 % of the calls of a (with them 40.0–55.0 %).",
        ),
        (
            {"missing": 15, "hit_rate": {"targets": 985, "n": 985}},
            "15 targets have no reply of a: its rate is over 985.",
        ),
        (
            {"hit_rate": {"uneven_repeats": True}},
            "a: some targets were answered more often than others, and weigh more in its hit rate.",
        ),
        (
            {"hit_rate": {"approximate": True}},
            "The interval (≈) rests on too few screens: take it as wider.",
        ),
        (
            {"hit_rate": {"by_app": {"low": 0.4, "high": 0.6}}},
            "For apps other than these 10 the interval of a is 40.0–60.0, not 48.0–52.0.",
        ),
        (
            {"model": {"adapter": "replies"}},
            "Replies from elsewhere: sampling, time and cost are not known.",
        ),
        (
            {
                "model": {"adapter": "replies", "settings": {"t": 0}},
                "cost_usd": 1.0,
                "latency_s": {"p50": 2},
            },
            "Replies from elsewhere.",
        ),
        (
            {"model": {"adapter": "replies"}, "display": {"elsewhere": "points"}},
            "Replies from elsewhere: sampling, time and cost are not known; only points were kept, no "
            "answers.",
        ),
        (
            {"ranked": False},
            "a has no rank: a gate stops asking where the answers decide, which says nothing of the other "
            "targets.",
        ),
    ],
)
def test_every_warning_is_there_when_its_reason_is(figures: dict[str, Any], text: str) -> None:
    assert text in _warnings([_contender("a", 0.5, **figures)])
    assert _warnings([_contender("a", 0.5)]) == []


def test_a_frame_of_which_nothing_is_known_is_a_warning() -> None:
    (warning,) = _warnings([_contender("a", 0.5, model={"evidence": "unknown"})])
    assert "a" in warning.split()
    assert "calibrate" in warning


def test_an_interval_that_is_hardly_wider_for_other_apps_is_no_warning() -> None:
    near = {"by_app": {"low": 0.475, "high": 0.525}}
    assert _warnings([_contender("a", 0.5, hit_rate=near)]) == []


def test_several_models_share_a_warning() -> None:
    clicked = {"value": 1.0, "clicked": 54, "n": 54}
    models = [
        _contender("server", 0.7, false_clicks=clicked),
        _contender("local", 0.69, false_clicks=clicked | {"clicked": 53}),
    ]
    assert _warnings(models) == [
        "server clicked on all 54 things that are not there; local on 53 of 54."
    ]
    missing: dict[str, Any] = {"missing": 15, "hit_rate": {"targets": 985, "n": 985}}
    fewer = [_contender(label, 0.5, **missing) for label in ("x", "y")]
    assert _warnings(fewer) == ["15 targets have no reply of x and y: their rates are over 985."]


def test_of_some_models_only_the_point_was_kept() -> None:
    models = [
        _contender("a", 0.6, model={"adapter": "replies"}, display={"elsewhere": "replies"}),
        _contender("b", 0.5, model={"adapter": "replies"}, display={"elsewhere": "points"}),
        _contender("c", 0.4, model={"adapter": "replies"}, display={"elsewhere": "points"}),
    ]
    assert _warnings(models) == [
        "Replies from elsewhere: sampling, time and cost are not known; of 2 models only the point was "
        "kept."
    ]


WRONG: tuple[dict[str, Any], ...] = (
    {"false_clicks": {"value": 1.0, "clicked": 54, "n": 54}},
    {"served": {"models": {"other": 8}, "others": ["other"], "several": False}},
    {"misfit": {"sentence": "another frame fits"}},
    {"flags": {"prompt-example": 5}},
    {"missing": 3},
)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 20).map(lambda n: n / 20), st.lists(st.sampled_from(WRONG), max_size=3)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_results_are_at_most_eight_and_come_first_and_no_model_s_warning_is_lost(
    models: list[tuple[float, list[dict[str, Any]]]],
) -> None:
    contenders = [
        _contender(
            f"m{number}", rate, **{key: value for each in wrong for key, value in each.items()}
        )
        for number, (rate, wrong) in enumerate(models)
    ]
    lines = _lines(contenders)
    kinds = [line["kind"] for line in lines]
    assert kinds == sorted(kinds)  # "result" before "warning"
    assert kinds.count("result") <= MOST_RESULTS
    said = " ".join(line["text"] for line in lines if line["kind"] == "warning")
    for number, (_, wrong) in enumerate(models):
        assert not wrong or f"m{number}" in said
    assert all(line["text"].endswith(".") for line in lines)


def test_a_headline_of_many_suites_keeps_eight_results_and_every_warning() -> None:
    one: list[Line] = [{"text": f"r{n}", "kind": "result", "suite": "s"} for n in range(8)]
    one.append({"text": "w", "kind": "warning", "suite": "s"})
    assert [line["text"] for line in of_suites([one])] == [*(f"r{n}" for n in range(8)), "w"]
    three = [line["text"] for line in of_suites([one] * 3)]
    assert three == ["r0", "r1"] * 3 + ["w"] * 3
    assert len(of_suites([one] * 20)) == 8 + 20
