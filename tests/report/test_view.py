"""The view that all formats share: which tables there are, several runs, several suites."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.cli import report as report_command
from pointbench.errors import RunError, UsageError
from pointbench.report import tables, words
from pointbench.report.entries import ReportRun, ShownEstimate
from pointbench.report.loading import LoadedRuns, by_suite
from pointbench.report.standing import Pair, Standing, standing, ties
from pointbench.report.view import NAMES, ReportView, report_view, table_names
from pointbench.summary import summarize
from pointbench.trials import OUTCOMES

DOCS = Path(__file__).parents[2] / "docs" / "report.md"


def _view(*runs: ReportRun, shown: Sequence[str] | None = None, all_: bool = False) -> ReportView:
    suites = by_suite(runs)
    whole = suites[0].runs if len(suites) == 1 else runs
    return report_view(LoadedRuns(tuple(whole), suites), everything=all_, shown=shown)


def _with_models(run: ReportRun, name: str, labels: Sequence[str]) -> ReportRun:
    """The run with only some of its models."""
    models = tuple(model for model in run.info.models if model.label in labels)
    info = msgspec.structs.replace(run.info, models=models)
    records = tuple(record for record in run.records if record.model in labels)
    return ReportRun(name, info, run.targets, records, summarize(info, run.targets, records))


# --- one run ---------------------------------------------------------------------------------


def test_the_headline_of_one_run_is_that_of_its_summary(run: ReportRun) -> None:
    (suite,) = _view(run).suites
    assert list(suite.headline) == run.summary["headline"]
    assert len(suite.results) + len(suite.warnings) == len(suite.headline)


def test_by_default_there_is_one_table_and_all_shows_each_of_them_once(run: ReportRun) -> None:
    (suite,) = _view(run).suites
    assert suite.tables == ()
    (whole,) = _view(run, all_=True).suites
    keys = [table.key for table in whole.tables]
    assert len(set(keys)) == len(keys)
    assert {"pairs", "kind", "app", "other", "rows", "aim", "outcomes", "cost"} <= set(keys)
    assert whole.leaderboard.key not in keys


def test_tables_are_shown_by_name_and_empty_ones_are_named(run: ReportRun) -> None:
    view = _view(run, shown=("kind", "pairs", "tag", "variant"))
    assert [table.key for table in view.suites[0].tables] == ["kind", "pairs"]
    assert view.without_content == ("tag", "variant")


@pytest.mark.parametrize("name", NAMES)
def test_every_table_has_a_name_in_the_help_and_in_the_docs(run: ReportRun, name: str) -> None:
    assert table_names(f" {name} ,{name}") == (name,)
    _view(run, shown=(name,))
    parser = argparse.ArgumentParser()
    report_command.add_arguments(parser)
    assert name in parser.format_help().replace("\n", " ")
    assert f"`{name}`" in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["kinds", "kind,nothing", "", ","])
def test_a_table_that_does_not_exist_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="--table") as caught:
        table_names(text)
    assert "\n" not in str(caught.value)


def test_every_outcome_has_a_word() -> None:
    assert tuple(words.OUTCOMES) == OUTCOMES
    assert {"hit", *words.OUTCOMES_ABSENT} == set(OUTCOMES)


# --- several runs ----------------------------------------------------------------------------

LABELS = ("openai/gpt-4o", "anthropic/claude-sonnet-4?temperature=0", "local/ocr")


@pytest.mark.parametrize("first", [1, 2])
def test_models_of_several_runs_stand_as_in_one_run(run: ReportRun, first: int) -> None:
    together = _with_models(run, "all", LABELS)
    a = _with_models(run, "a", LABELS[:first])
    b = _with_models(run, "b", LABELS[first:])
    (one,), (two,) = _view(together).suites, _view(a, b).suites
    assert two.headline == one.headline
    assert two.leaderboard.rows == one.leaderboard.rows
    assert two.standing.rank == one.standing.rank
    assert two.standing.groups == one.standing.groups


def test_a_model_of_two_runs_is_no_better_than_itself(run: ReportRun) -> None:
    again = replace(run, name="again")
    (suite,) = _view(run, again).suites
    labels = ("openai/gpt-4o@made-run", "openai/gpt-4o@again")
    pair = suite.standing.pairs[labels]
    assert (pair.value, pair.told_apart) == (0.0, False)
    assert suite.standing.rank[labels[0]] == suite.standing.rank[labels[1]]


def test_a_gate_that_stopped_early_has_no_rank(run: ReportRun) -> None:
    """Its targets were asked in a random order until the verdict was sure; the rest has no answer."""
    fewer = tuple(record for record in run.records if "-720p/" in record.target)
    summary = summarize(run.info, run.targets, fewer)
    info = SimpleNamespace(
        **{name: getattr(run.info, name) for name in run.info.__struct_fields__ if name != "gate"},
        gate=SimpleNamespace(asked=11),
    )
    gated = replace(run, info=info, records=fewer, summary=summary)  # type: ignore[arg-type]
    place = standing([gated])
    assert place.order == ()
    assert place.rank == {}
    assert standing([replace(gated, info=run.info)]).rank


# --- several suites --------------------------------------------------------------------------


def _renamed(run: ReportRun, suite: str) -> ReportRun:
    """The run on a suite of another name."""
    targets = tuple(target.model_copy(update={"suite": suite}) for target in run.targets)
    records = tuple(msgspec.structs.replace(record, suite=suite) for record in run.records)
    about = msgspec.structs.replace(run.info.suites[0], name=suite, title=suite.title())
    info = msgspec.structs.replace(run.info, suites=(about,))
    return ReportRun(
        f"{run.name}-{suite}", info, targets, records, summarize(info, targets, records)
    )


def test_runs_of_two_suites_are_a_matrix_and_a_block_each_and_never_pooled(run: ReportRun) -> None:
    other = _with_models(_renamed(run, "other"), "later", LABELS[:2])
    view = _view(run, other)
    assert [suite.suite for suite in view.suites] == ["made", "other"]
    assert [list(suite.headline) for suite in view.suites] == [
        run.summary["headline"],
        other.summary["headline"],
    ]
    assert [line["suite"] for line in view.headline] == [
        suite.suite for suite in view.suites for _ in suite.headline
    ]
    assert view.matrix is not None
    cells = {row.label: [cell.value for cell in row.cells] for row in view.matrix.rows}
    assert cells["local/ocr"][1] == "–"
    assert cells["openai/gpt-4o"] == [cells["openai/gpt-4o"][0]] * 2
    assert [row.label for row in view.matrix.rows if row.guessing] == ["guessing, best point"]


def test_a_run_over_two_suites_has_the_blocks_of_two_runs(run: ReportRun) -> None:
    other = _renamed(run, "other")
    info = msgspec.structs.replace(run.info, suites=(*run.info.suites, *other.info.suites))
    targets, records = (*run.targets, *other.targets), (*run.records, *other.records)
    both = ReportRun("both", info, targets, records, summarize(info, targets, records))
    apart, joined = _view(run, other).suites, _view(both).suites
    assert [suite.headline for suite in joined] == [suite.headline for suite in apart]
    assert [suite.leaderboard.rows for suite in joined] == [
        suite.leaderboard.rows for suite in apart
    ]
    for name, suite in zip(("made", "other"), joined, strict=True):
        for entry in suite.entries:
            if entry.asked:
                block = both.summary["models"][entry.label]["suites"][name]
                assert block["hit_rate"] == entry.facts["hit_rate"]
                assert block["rank"] == entry.facts["rank"]
    stored = both.summary["headline"]
    assert {line["suite"] for line in stored} == {"made", "other"}
    for name, suite in zip(("made", "other"), joined, strict=True):
        results = [x["text"] for x in stored if x["suite"] == name and x["kind"] == "result"]
        assert results == [line["text"] for line in suite.headline][: len(results)]


def test_runs_with_nothing_in_common_on_their_suite_are_refused(run: ReportRun) -> None:
    halves = [
        replace(
            run,
            name=name,
            targets=tuple(target for target in run.targets if part in target.id),
            records=tuple(record for record in run.records if part in record.target),
        )
        for name, part in (("a", "-720p/"), ("b", "-1080p/"))
    ]
    with pytest.raises(RunError, match="the runs a, b have no target of made in common"):
        by_suite(halves)


# --- groups ----------------------------------------------------------------------------------


def _standing(order: Sequence[str], apart: set[frozenset[str]]) -> Standing:
    pairs = {
        (a, b): Pair(
            a, b, ShownEstimate(0.1), 0.01 if frozenset((a, b)) in apart else 0.5, None, 9, 0
        )
        for a in order
        for b in order
        if a != b
    }
    return Standing(tuple(order), {}, pairs, (), {"targets": [], "n": 0})


def test_neighbors_that_are_not_told_apart_are_a_group_and_groups_may_overlap() -> None:
    place = _standing("abc", {frozenset("ac")})
    assert place.groups == (("a", "b"), ("b", "c"))
    assert ties(place.groups) == {"a": (0,), "b": (0, 1), "c": (1,)}
    alone = _standing("ab", {frozenset("ab")})
    assert alone.groups == (("a",), ("b",))
    assert ties(alone.groups) == {}


@given(st.integers(0, 9), st.data())
def test_groups_hold_every_model_and_no_two_that_are_told_apart(
    n: int, data: st.DataObject
) -> None:
    order = [f"m{number}" for number in range(n)]
    every = [frozenset(pair) for pair in combinations(order, 2)]
    apart = set(data.draw(st.lists(st.sampled_from(every), unique=True))) if every else set()
    place = _standing(order, apart)
    assert {label for group in place.groups for label in group} == set(order)
    for group in place.groups:
        assert not any(place.told_apart(a, b) for a, b in combinations(group, 2))
    # No group is part of another one.
    sets = [set(group) for group in place.groups]
    assert not any(a < b or b < a for a, b in combinations(sets, 2))


def test_pairs_stand_in_the_order_of_the_leaderboard_with_signs(run: ReportRun) -> None:
    table = tables.pairs([run])
    assert table is not None
    labels = [row.label for row in tables.leaderboard([run]).rows if not row.guessing]
    assert [row.label for row in table.rows] == [f"{a} – {b}" for a, b in combinations(labels, 2)]
    place = standing([run])
    for row, (a, b) in zip(table.rows, combinations(labels, 2), strict=True):
        pair, back = place.pairs[a, b], place.pairs[b, a]
        assert row.cells[0].value[:1] in "+0"
        assert pair.value == -(back.value or 0)
        assert (pair.difference.low, pair.difference.high) == (
            -(back.difference.high or 0),
            -(back.difference.low or 0),
        )
