"""Every number in every table of the page is one of summary.json, under the one rounding rule."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pointbench.report import numbers
from pointbench.report.entries import ReportRun, report_entries
from pointbench.report.page.write import write_page
from pointbench.runs import Goal
from pointbench.summary import summarize
from pointbench.trials import SessionRecord
from tests.report import sample_run

UNKNOWN = numbers.UNKNOWN


class Tables(HTMLParser):
    """Every table outside the gallery: its name, and its rows of cell texts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.by_name: dict[str, list[list[str]]] = {}
        self._name = ""
        self._rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if known.get("role") == "region":
            self._name = known.get("aria-label") or ""
        elif tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td"):
            self._cell = []
        elif tag == "small" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td") and self._cell is not None:
            self._rows[-1].append("".join(self._cell).strip())
            self._cell = None
        elif tag == "table":
            assert self._name not in self.by_name or self._name == "Clicked instead"
            self.by_name.setdefault(self._name, []).extend(self._rows[1:])

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def share(estimate: dict[str, Any] | None, more: str = "") -> str:
    """An estimate of summary.json as the page must write it."""
    if not estimate or estimate.get("value") is None:
        return UNKNOWN
    text = numbers.percent_with_interval(
        estimate["value"],
        estimate.get("low"),
        estimate.get("high"),
        estimate.get("approximate", False),
    )
    return f"{text} {more}".strip()


def rate(estimate: dict[str, Any] | None) -> str:
    if not estimate or estimate.get("value") is None:
        return UNKNOWN
    if estimate["method"] == "exact":
        return share(estimate, "exact")
    return share(estimate, f"{estimate['hits']}/{estimate['n']}" if "hits" in estimate else "")


def clicks(estimate: dict[str, Any]) -> str:
    if estimate["value"] is None and estimate.get("low") is not None:
        return f"≥ {numbers.plain(estimate['low'])}"
    return numbers.plain(estimate["value"])


def count(number: int | None) -> str:
    return numbers.count(number)


def expected_leaderboard(facts: dict[str, Any]) -> list[str]:
    estimate = facts["hit_rate"]
    counts = f"{estimate['hits']}/{estimate['n']}" if "hits" in estimate else "exact"
    ten, half = facts["in_a_row"]["10"], facts["horizon"]["0.5"]
    return ["", share(estimate), counts, share(ten), clicks(half)]


def expected_ranking(facts: dict[str, Any]) -> list[str]:
    estimate = facts["hit_rate"]
    wider = {**estimate, **estimate.get("by_app", {})}
    wider["approximate"] = estimate.get("by_app", estimate).get("approximate", False)
    false = facts.get("false_clicks")
    known = false and false["value"] is not None
    ranked = facts.get("rank")
    rank = UNKNOWN
    if ranked:
        low, high = ranked["low"], ranked["high"]
        rank = str(low) if low == high else f"{low}–{high}"
    return [
        rank,
        rate(wider),
        *(rate(facts[name]) for name in ("macro", "accuracy", "icon_hit_rate")),
        share(false, f"{false['clicked']}/{false['n']}" if known and false else ""),
    ]


def expected_rows(facts: dict[str, Any]) -> list[str]:
    return [
        count(facts.get("longest_streak")),
        numbers.plain(facts.get("mean_run_length")),
        *(share(facts["in_a_row"][k]) for k in ("10", "100", "1000")),
        *(clicks(facts["horizon"][q]) for q in ("0.9", "0.99")),
    ]


def expected_outcomes(facts: dict[str, Any]) -> list[str]:
    return [
        "",
        *map(count, facts["outcomes"].values()),
        numbers.percent(facts["error_rate"]),
        count(facts["missing"]),
    ]


def expected_misses(facts: dict[str, Any]) -> list[str]:
    miss, false = facts["miss_distance"], facts["false_clicks"]
    counts = f"{false['clicked']}/{false['n']}" if false["value"] is not None else ""
    return [
        count(miss["n"]),
        numbers.pixels(miss["median"]),
        numbers.percent(miss["near"]),
        numbers.offset(facts["bias"]),
        numbers.pixels(facts["spread"]),
        share(false, counts),
    ]


def expected_errors(facts: dict[str, Any]) -> list[str]:
    hidden = facts["errors_hide"]
    return [
        f"{hidden['errors']}/{hidden['n']}",
        share(facts["hit_rate"]),
        numbers.percent(hidden["all_wrong"]),
        numbers.percent(hidden["all_right"]),
    ]


def expected_effort(facts: dict[str, Any]) -> list[str]:
    return [
        *(numbers.seconds(facts["latency_s"][name]) for name in ("p50", "p95")),
        *(count(facts["tokens"][name]) for name in ("input", "output")),
        *(numbers.dollars(facts[f"cost_{name}"]) for name in ("usd", "per_1000_clicks", "per_hit")),
    ]


def expected_flips(facts: dict[str, Any]) -> list[str]:
    cells = []
    for estimate in facts["flips"].values():
        known = estimate["value"] is not None
        cells.append(
            share(estimate, f"{estimate['differing']}/{estimate['pairs']} pairs" if known else "")
        )
    return cells


def expected_passes(facts: dict[str, Any]) -> list[str]:
    cells = []
    for k, estimate in list(facts["pass_k"].items())[1:]:
        targets = f"{count(estimate['n'])} targets" if estimate["n"] else ""
        p = facts["click_chance"]["value"]
        cells += [f"{share(estimate)} {targets}".strip(), numbers.percent(p and p ** int(k))]
    return cells


def expected_sessions(facts: dict[str, Any]) -> list[str]:
    sessions = facts["sessions"]
    return [
        *(count(sessions[name]) for name in ("n", "failed", "censored")),
        count(facts["longest_streak"]),
        numbers.plain(facts["mean_run_length"]),
    ]


MODELS = {
    "Leaderboard": expected_leaderboard,
    "Rank, and stricter rates": expected_ranking,
    "Outcomes": expected_outcomes,
    "What errors may hide": expected_errors,
    "How far off": expected_misses,
    "Clicks in a row on drawn targets": expected_rows,
    "The same target again and again": expected_passes,
    "Sessions": expected_sessions,
    "Changed its mind": expected_flips,
    "Time and money": expected_effort,
}
GROUPS = {
    "By kind": "kind",
    "By app": "app",
    "By variant": "variant",
    "By size of the region, from the smallest quarter to the largest": "size_quartile",
    "By resolution of the screenshot": "resolution",
    "By position on the screen": "position",
    "By theme": "environment.theme",
}


@pytest.fixture(scope="module")
def rich(run: ReportRun) -> ReportRun:
    """Repeats, another wording, an error in ten, two themes."""
    targets = [
        target.model_copy(update={"environment": {"theme": ("dark", "light")[number % 2]}})
        for number, target in enumerate(run.targets)
    ]
    again = []
    for number, record in enumerate(run.records):
        for variant, repeat in (("as-is", 1), ("as-is", 2), ("reworded", 0)):
            fields: dict[str, Any] = {"variant": variant, "repeat": repeat}
            if number % 5 == repeat:
                fields |= {"outcome": "declined", "correct": False, "point": None, "distance": None}
            key = f"{number} {variant} {repeat}"
            again.append(msgspec.structs.replace(record, key=key, **fields))
    spoilt = [
        msgspec.structs.replace(
            record, outcome="error", correct=None, point=None, distance=None, reply=None
        )
        if number % 10 == 3
        else record
        for number, record in enumerate([*run.records, *again])
    ]
    info = msgspec.structs.replace(run.info, repeats=3, variants=("as-is", "reworded"))
    summary = summarize(info, targets, spoilt)
    return replace(run, info=info, targets=tuple(targets), records=tuple(spoilt), summary=summary)


@pytest.fixture(scope="module")
def streak(run: ReportRun) -> ReportRun:
    """Sessions of drawn clicks, each to its first miss."""
    present = [target for target in run.targets if not target.absent]
    records = []
    for label in (model.label for model in run.info.models):
        for session in range(6):
            for click in range(session + 2):
                target = present[(7 * session + click) % len(present)]
                assert target.region is not None
                x, y = target.region.bounds.center
                last = click == session + 1
                trial = sample_run.clicked(
                    target, label, 1.0 if last else x, 1.0 if last else y, click
                )
                place = SessionRecord(number=session, click=click)
                key = f"{label} {session} {click}"
                records.append(msgspec.structs.replace(trial, session=place, key=key))
    goal = Goal(k=10, chance=0.5, confidence=None, sessions=6, cap=None)
    info = msgspec.structs.replace(run.info, kind="streak", goal=goal)
    summary = summarize(info, run.targets, records)
    return replace(run, info=info, records=tuple(records), summary=summary)


def _facts(run: ReportRun) -> dict[str, dict[str, Any]]:
    floor = {str(block["label"]): block for block in run.summary["floor"].values()}
    return {**floor, **run.summary["models"]}


def _tables(run: ReportRun, path: Path) -> dict[str, list[list[str]]]:
    write_page(path, [run], lambda _: None, images=False)
    return Tables(path.read_text(encoding="utf-8")).by_name


def _check(run: ReportRun, tables: dict[str, list[list[str]]]) -> set[str]:
    facts = _facts(run)
    label_of = {
        f"{entry.label}{''.join(entry.tags)}": entry.label for entry in report_entries([run])
    }
    seen = set()
    for name, rows in tables.items():
        if name in MODELS:
            for label, *cells in rows:
                assert cells == MODELS[name](facts[label_of[label]]), (name, label)
            seen.add(name)
        elif name in GROUPS:
            _check_groups(run, name, rows, facts, label_of)
            seen.add(name)
    return seen


def _check_groups(
    run: ReportRun,
    name: str,
    rows: list[list[str]],
    facts: dict[str, dict[str, Any]],
    label_of: dict[str, str],
) -> None:
    def groups_of(label: str) -> dict[str, Any]:
        block = facts[label]
        groups: dict[str, Any] = {**block["also_by"], **block["by"]}[GROUPS[name]]
        return groups

    by_model = rows[0][0] in label_of
    if by_model:
        for label, *cells in rows:
            rates = groups_of(label_of[label])
            groups = groups_of("openai/gpt-4o")
            assert cells == [rate(rates.get(group)) for group in groups], (name, label)
        return
    estimated = [entry.label for entry in report_entries([run]) if entry.model.exact is None]
    exact = [entry.label for entry in report_entries([run]) if entry.model.exact is not None]
    for group, *cells in rows:
        estimates = [rate(groups_of(label).get(group)) for label in estimated]
        highest = max(groups_of(label)[group]["value"] for label in exact)
        assert cells == [*estimates, f"{numbers.percent(highest)} exact"], (name, group)


def test_every_table_of_a_run_shows_the_numbers_of_its_summary(
    rich: ReportRun, tmp_path: Path
) -> None:
    tables = _tables(rich, tmp_path / "a.html")
    seen = _check(rich, tables)
    assert seen == set(tables) - {"Clicked instead"}
    assert seen == (set(MODELS) | set(GROUPS)) - {"Sessions"}
    for label, *cells in tables.get("Clicked instead", []):
        listed = [
            (item["asked"], item["clicked"], count(item["count"]))
            for facts in rich.summary["models"].values()
            for item in facts["confusions"]
        ]
        assert (label, *cells) in listed


def test_every_table_of_a_streak_shows_the_numbers_of_its_summary(
    streak: ReportRun, tmp_path: Path
) -> None:
    tables = _tables_of_steps(streak, tmp_path / "a.html")
    assert {"Sessions", "Leaderboard"} <= _check(streak, tables)
    steps = {
        (
            count(step["clicks"]),
            numbers.percent_with_interval(step["value"], step["low"], step["high"]),
            count(step["failed"]),
            count(step["at_risk"]),
        )
        for facts in streak.summary["models"].values()
        for step in facts["survival"]
    }
    assert {tuple(row) for row in tables["Survival of sessions"]} == steps


def _tables_of_steps(run: ReportRun, path: Path) -> dict[str, list[list[str]]]:
    write_page(path, [run], lambda _: None, images=False)
    text = path.read_text(encoding="utf-8")
    for number in range(text.count('aria-label="Survival of sessions"')):
        text = text.replace('aria-label="Survival of sessions"', f'aria-label="steps {number}"', 1)
    tables = Tables(text).by_name
    steps = [name for name in tables if name.startswith("steps ")]
    return {**tables, "Survival of sessions": [row for name in steps for row in tables[name]]}


def test_what_the_trials_support_is_said_in_words(rich: ReportRun, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write_page(path, [rich], lambda _: None, images=False)
    text = re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8"))
    for facts in rich.summary["models"].values():
        rests = facts["supported_k_rests_on"]
        assert f"{facts['label']}: {rests['hits']}/{rests['n']} right, which supports" in text
    for pair in rich.summary["comparisons"]:
        assert pair["sentence"] in text
