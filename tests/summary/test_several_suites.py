"""A run of several suites: the block of each suite is the one that a run of it alone would have."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.runs import Goal
from pointbench.suites import AskedTarget
from pointbench.summary import dump_summary, summarize
from pointbench.trials import Outcome, Record, Variant
from tests.summary.case import (
    assert_keeps_to_schema,
    checked_summary,
    mixed_run,
    model,
    record,
    run_info,
    target,
    with_reply,
)

LABELS = ["test/a", "test/b", "local/center"]
MODELS = [model("test/a"), model("test/b"), model("local/center", exact="center", floor=True)]
SUITES = ["one", "three", "two"]


def suite_targets(suite: str) -> list[AskedTarget]:
    """Targets of all kinds, with ids and screenshots that other suites have, too."""
    return [
        target("icon", (10, 10, 30, 22), suite=suite, kind="icon", app="a", tags=("x", "y")),
        target("text", (100, 10, 300, 40), suite=suite, kind="text", app="b", tags=("y",)),
        target("other", (500, 60, 560, 120), suite=suite, shot=f"{suite}.png"),
        target("gone", None, suite=suite, shot="b.png"),
    ]


PRESENT: list[Outcome] = ["hit", "miss", "declined", "unparsed", "error"]
ABSENT: list[Outcome] = ["miss", "declined", "error"]
VARIANTS: list[Variant] = ["as-is", "jittered"]

answers = st.lists(
    st.tuples(
        st.sampled_from(SUITES),
        st.integers(0, 3),
        st.sampled_from(LABELS),
        st.integers(0, 20),
        st.integers(0, 1),
        st.integers(0, 30),
    ),
    max_size=60,
)


def trials_of(drawn: list[tuple[str, int, str, int, int, int]], streak: bool) -> list[Record]:
    records: list[Record] = []
    for order, (suite, number, label, outcome, variant, px) in enumerate(drawn):
        of = suite_targets(suite)[number]
        allowed = ABSENT if of.absent else PRESENT
        given = allowed[outcome % len(allowed)]
        trial = record(
            of,
            given,
            order=order,
            repeat=order,
            model=label,
            variant="as-is" if streak else VARIANTS[variant],
            session=(order // 3, order % 3) if streak and not of.absent else None,
            point=(px * 20.0, 11.0) if given == "miss" else None,
            cost=px / 100 if px % 3 else None,
            tokens=(px, 1),
        )
        records.append(trial if given == "error" else with_reply(trial, model=f"served-{px % 3}"))
    return records


def of_suite(items: list[Any], name: str) -> list[Any]:
    return [item for item in items if item.suite == name]


def as_json(value: object) -> Any:
    return json.loads(json.dumps(value))


@settings(max_examples=20, deadline=None)
@given(answers, st.booleans())
def test_the_block_of_a_suite_is_that_of_the_run_restricted_to_it(
    drawn: list[tuple[str, int, str, int, int, int]], streak: bool
) -> None:
    targets = [each for suite in SUITES for each in suite_targets(suite)]
    records = trials_of(drawn, streak)
    goal = Goal(k=3, chance=0.5, confidence=None, sessions=10, cap=None) if streak else None
    info = run_info(*MODELS, goal=goal)
    summary = summarize(info, targets, records)
    assert_keeps_to_schema(summary)
    for name in SUITES:
        alone = summarize(info, of_suite(targets, name), of_suite(records, name))
        cuts = summary["run"]["suite_size_quartiles_px2"][name]
        assert cuts == alone["run"]["size_quartiles_px2"]
        for label in LABELS:
            expected = as_json(alone["models"][label])
            expected.pop("goal", None)
            assert "suites" not in expected
            assert as_json(summary["models"][label]["suites"][name]) == expected


@settings(max_examples=15, deadline=None)
@given(answers)
def test_the_counts_of_the_suites_add_up_to_those_of_all_suites_together(
    drawn: list[tuple[str, int, str, int, int, int]],
) -> None:
    targets = [each for suite in SUITES for each in suite_targets(suite)]
    models = summarize(run_info(*MODELS), targets, trials_of(drawn, False))["models"]
    for block in models.values():
        parts = list(block["suites"].values())
        for name, count in block["outcomes"].items():
            assert count == sum(part["outcomes"][name] for part in parts)
        assert block["missing"] == sum(part["missing"] for part in parts)
        assert block["reach"]["n"] == sum(part["reach"]["n"] or 0 for part in parts)
        assert block["trials"] == sum(part["trials"] for part in parts)


def test_a_run_of_one_suite_has_no_block_of_it() -> None:
    info, targets, records = mixed_run()
    summary = checked_summary(info, targets, records)
    assert all("suites" not in block for block in summary["models"].values())
    assert "suite_size_quartiles_px2" not in summary["run"]


def test_the_order_of_targets_and_trials_does_not_matter() -> None:
    targets = [each for suite in SUITES for each in suite_targets(suite)]
    records = trials_of(
        [(s, n, m, 7 * n, 0, n) for s in SUITES for n in range(4) for m in LABELS], False
    )
    first = dump_summary(summarize(run_info(*MODELS), targets, records))
    again = dump_summary(summarize(run_info(*MODELS), targets[::-1], records[::-1]))
    assert first == again


def test_a_suite_that_a_streak_never_drew_from_has_nothing_missing() -> None:
    targets = [each for suite in ("one", "two") for each in suite_targets(suite)]
    records = [record(targets[0], "hit", session=(0, 0))]
    info = msgspec.structs.replace(
        run_info(model("test/a")), goal=Goal(k=1, chance=0.5, confidence=None, sessions=1, cap=None)
    )
    suites = summarize(info, targets, records)["models"]["test/a"]["suites"]
    assert suites["two"]["missing"] == 0
    assert suites["two"]["sessions"]["drawn"] is True
