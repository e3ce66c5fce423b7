"""Every number in every table of the page is one of summary.json, under the one rounding rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pointbench.report import numbers
from pointbench.report.entries import ReportRun
from pointbench.report.page.write import write_page
from pointbench.report.words import GUESSING, OUTCOMES, OUTCOMES_ABSENT
from pointbench.runs import Goal
from pointbench.summary import summarize
from pointbench.trials import SessionRecord
from tests.report import sample_run

UNKNOWN = numbers.UNKNOWN
Facts = Mapping[str, Any]
"""A model's block of summary.json."""


@dataclass
class PageTable:
    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def cells(self) -> dict[tuple[str, str], str]:
        """(row's head, column's head) -> text."""
        return {
            (row[0], head): text
            for row in self.rows
            for head, text in zip(self.heads[1:], row[1:], strict=True)
        }


class Tables(HTMLParser):
    """Every table of the page by its caption: heads, and rows of cell texts, without drawings."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.by_name: dict[str, PageTable] = {}
        self._table = PageTable()
        self._name: list[str] | None = None
        self._rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._rows = []
        elif tag == "caption":
            self._name = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td"):
            self._cell = []
        elif tag == "small" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td") and self._cell is not None:
            self._rows[-1].append(re.sub(" +", " ", "".join(self._cell)).strip())
            self._cell = None
        elif tag == "caption":
            self._caption, self._name = "".join(self._name or ()), None
        elif tag == "table":
            known = self.by_name.setdefault(self._caption, PageTable(self._rows[0]))
            known.rows += self._rows[1:]

    def handle_data(self, data: str) -> None:
        if self._name is not None:
            self._name.append(data)
        elif self._cell is not None:
            self._cell.append(data)


# --- what the page must write -----------------------------------------------------------------


def ends(estimate: Facts) -> str:
    return numbers.ends(
        estimate.get("low"), estimate.get("high"), estimate.get("approximate", False)
    )


def share(estimate: Facts | None, more: str = "") -> str:
    """An estimate in percent, without the unit."""
    if not estimate or estimate.get("value") is None:
        return UNKNOWN
    text, both = numbers.percent(estimate["value"], ""), ends(estimate)
    return " ".join(part for part in (text, f"({both})" if both else "", more) if part)


def rate(estimate: Facts | None) -> str:
    if not estimate or estimate.get("value") is None:
        return UNKNOWN
    return share(estimate, f"{estimate['hits']}/{estimate['n']}" if "hits" in estimate else "")


def whole(estimate: Facts | float | None) -> str:
    value = estimate.get("value") if isinstance(estimate, Mapping) else estimate
    return UNKNOWN if value is None else numbers.whole_percent(value, "")


def row(facts: Facts, k: str) -> str:
    chance = facts["in_a_row"][k]
    if chance["value"] == 0 and facts["click_chance"]["value"]:
        return numbers.chance(5e-324)  # too small for a float, yet not never
    return numbers.chance_with_interval(chance["value"], chance.get("low"), chance.get("high"))


def horizon(facts: Facts, chance: str) -> str:
    found = facts["horizon"][chance]
    text = numbers.even_chance(found["value"], found.get("low"), short=True)
    both = numbers.even_chance_ends(found["value"], found.get("low"), found.get("high"))
    return f"{text} ({both})" if both else text


def other_apps(facts: Facts) -> str:
    estimate = facts["hit_rate"]
    return (
        share({"value": estimate["value"], **estimate["by_app"]})
        if "by_app" in estimate
        else UNKNOWN
    )


def difference(pair: Facts, swap: bool) -> str:
    found = pair["difference"]
    if found["value"] is None:
        return UNKNOWN
    sign = -1 if swap else 1
    both = sorted(sign * found[end] for end in ("low", "high"))
    mark = numbers.APPROXIMATE if found.get("approximate") else ""
    first, last = (numbers.points(end) for end in both)
    return f"{numbers.points(sign * found['value'], sign=True)} ({mark}{first} to {last})"


def supported(facts: Facts) -> str:
    found = facts["supported_k"]
    if not isinstance(found, Mapping):
        return UNKNOWN
    return " / ".join(numbers.count(found["like_these"][chance]) for chance in ("0.5", "0.9"))


def outcomes_of(facts: Facts, where: str, name: str) -> str:
    return numbers.count(facts[f"outcomes_{where}"][name])


def hidden(name: str) -> Callable[[Facts], str]:
    return lambda facts: numbers.percent(facts["errors_hide"][name])


def flips(name: str) -> Callable[[Facts], str]:
    def text(facts: Facts) -> str:
        estimate = facts["flips"][name]
        known = estimate["value"] is not None
        return share(
            estimate, f"{estimate['differing']}/{estimate['pairs']} pairs" if known else ""
        )

    return text


MODELS: dict[str, dict[str, Callable[[Facts], str]]] = {
    "Leaderboard, the other columns": {
        "icons": lambda facts: whole(facts["by"]["kind"].get("icon")),
        "text": lambda facts: whole(facts["by"]["kind"].get("text")),
        "10 in a row": lambda facts: numbers.chance(facts["in_a_row"]["10"]["value"]),
        "even chance lasts (clicks)": lambda facts: horizon(facts, "0.5"),
    },
    "Other ways to count: hits, % (95 %)": {
        "if the apps were others": other_apps,
        "every app alike": lambda facts: share(facts["macro"]),
        "absent ones counted": lambda facts: rate(facts["accuracy"]),
        "inside the icon": lambda facts: rate(facts["icon_hit_rate"]),
    },
    "Chance of k right in a row": {
        "10 in a row": lambda facts: row(facts, "10"),
        "100 in a row": lambda facts: row(facts, "100"),
        "1000 in a row": lambda facts: row(facts, "1000"),
        "clicks at 50 %": lambda facts: horizon(facts, "0.5"),
        "clicks at 90 %": lambda facts: horizon(facts, "0.9"),
        "clicks at 99 %": lambda facts: horizon(facts, "0.99"),
        "supported": supported,
        "longest row seen": lambda facts: numbers.count(facts["longest_streak"]),
    },
    "The longest row that these trials support, in clicks": {
        "right": lambda facts: "{hits}/{n}".format_map(facts["supported_k_rests_on"]),
        **{
            f"{percent} %, {where}": lambda facts, claim=claim, chance=chance: numbers.count(  # type: ignore[misc]
                facts["supported_k"][claim][chance]
            )
            for claim, where in (
                ("like_these", "other screens"),
                ("these_targets", "these targets"),
            )
            for chance, percent in (("0.5", 50), ("0.9", 90))
        },
    },
    "The same target again: right every time, % (95 %)": {
        f"{k} times": lambda facts, k=k: share(facts["pass_k"].get(k))  # type: ignore[misc]
        for k in ("1", "2", "3")
    },
    "Outcomes": {
        "asked": lambda facts: numbers.count(sum(facts["outcomes_present"].values())),
        **{
            title: lambda facts, name=name: outcomes_of(facts, "present", name)  # type: ignore[misc]
            for name, title in OUTCOMES.items()
        },
        **{
            title: lambda facts, name=name: outcomes_of(facts, "absent", name)  # type: ignore[misc]
            for name, title in OUTCOMES_ABSENT.items()
            if title not in OUTCOMES.values()
        },
        "absent: asked": lambda facts: numbers.count(sum(facts["outcomes_absent"].values())),
        "targets not asked": lambda facts: numbers.count(facts["missing"]),
    },
    "If the failed calls had answered": {
        "failed/calls": lambda facts: (
            f"{facts['errors_hide']['errors']}/{facts['errors_hide']['n']}"
        ),
        "hits as scored, % (95 %)": lambda facts: share(facts["hit_rate"]),
        "had all been wrong": hidden("all_wrong"),
        "had all been right": hidden("all_right"),
    },
    "How far off": {
        "typical miss, px": lambda facts: numbers.plain(facts["miss_distance"]["median"]),
        **{
            f"within {px} px, %": lambda facts, px=px: whole(facts["reach"][px])  # type: ignore[misc]
            for px in ("5", "10", "20", "50", "100")
        },
    },
    "Time and cost": {
        "s per click": lambda facts: numbers.seconds(facts["latency_s"]["p50"]),
        "95 % within": lambda facts: numbers.seconds(facts["latency_s"]["p95"]),
        "tokens in": lambda facts: numbers.count(facts["tokens"]["input"]),
        "tokens out": lambda facts: numbers.count(facts["tokens"]["output"]),
        "cost": lambda facts: numbers.dollars(facts["cost_usd"]),
        "per 1000 clicks": lambda facts: numbers.dollars(facts["cost_per_1000_clicks"]),
        "per hit": lambda facts: numbers.dollars(facts["cost_per_hit"]),
    },
    "Guessing": {
        "hits, %": lambda facts: share(facts["hit_rate"]),
        "icons": lambda facts: whole(facts["by"]["kind"].get("icon")),
        "text": lambda facts: whole(facts["by"]["kind"].get("text")),
        "every app alike": lambda facts: share(facts["macro"]),
    },
    "Changed its mind": {
        "asked again (95 %)": flips("identical"),
        "picture shifted (95 %)": flips("jittered"),
        "asked in other words (95 %)": flips("reworded"),
    },
    "Sessions": {
        "sessions": lambda facts: numbers.count(facts["sessions"]["n"]),
        "ended by a miss": lambda facts: numbers.count(facts["sessions"]["failed"]),
        "cut short": lambda facts: numbers.count(facts["sessions"]["censored"]),
        "longest": lambda facts: numbers.count(facts["longest_streak"]),
        "mean row": lambda facts: numbers.plain(facts["mean_run_length"]),
    },
}
"""Table -> column -> what it must say of a model, by the model's block of summary.json."""
GROUPS = {
    "Icons and text: hits, % (95 %)": "kind",
    "By app: hits, % (95 %)": "app",
    "By tag: hits, % (95 %)": "tag",
    "By tag, icons and text: hits, % (95 %)": "tag_kind",
    "Unchanged, shifted, other words: hits, % (95 %)": "variant",
    "By the shorter side of the target, px: hits, % (95 %)": "short_side",
    "By size of the target, in quarters: hits, % (95 %)": "size_quartile",
    "By resolution of the screenshot: hits, % (95 %)": "resolution",
    "By position on the screen: hits, % (95 %)": "position",
    "By theme: hits, % (95 %)": "environment.theme",
}
HEAT = {
    "Hits in % by the shorter side of the target, px": "short_side",
    "Hits in % by app": "app",
}
FIXED = {"variant": {"unchanged": "as-is", "other words": "reworded", "shifted": "jittered"}}
"""Groups whose heads are not their names in summary.json."""


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


def _facts(run: ReportRun) -> dict[str, Facts]:
    """Label on the page -> the block of summary.json."""
    exact = {model.label: model.exact for model in run.info.models}
    blocks = {GUESSING[block["exact"]]: block for block in run.summary["floor"].values()}
    for label, block in run.summary["models"].items():
        kind = exact[label]
        blocks[label if kind is None else GUESSING[kind]] = block
    return blocks


def _label(text: str) -> str:
    """The label in a row's head, without the marks behind it."""
    return text.removesuffix("baseline").removesuffix("saw no picture").strip()


def _tables(run: ReportRun, path: Path) -> dict[str, PageTable]:
    write_page(path, [run], lambda _: None, images=False)
    return Tables(path.read_text(encoding="utf-8")).by_name


def _check(run: ReportRun, tables: dict[str, PageTable]) -> set[str]:
    """The names of the tables that were compared."""
    facts = _facts(run)
    seen = set()
    for name, table in tables.items():
        cells = {(_label(first), head): text for (first, head), text in table.cells().items()}
        if name in MODELS:
            for (label, head), text in cells.items():
                if head == "shares on present targets":
                    continue
                guessing = label in GUESSING.values()
                empty = guessing and ("in a row" in head or "chance" in head)
                expected = "" if empty else MODELS[name][head](facts[label])
                assert text == expected, (name, label, head)
            seen.add(name)
        elif name in GROUPS:
            _check_groups(name, cells, facts)
            seen.add(name)
        elif name in HEAT:
            _check_heat(name, cells, facts)
            seen.add(name)
    return seen


def _check_groups(name: str, cells: dict[tuple[str, str], str], facts: dict[str, Facts]) -> None:
    dimension = GROUPS[name]
    for (first, second), text in cells.items():
        model, group = (first, second) if first in facts else (_label(second), first)
        found = _groups(facts, dimension)
        if model == "best guess":
            rates = [found[label].get(group) for label in GUESSING.values()]
            highest = max(each["value"] for each in rates if each)
            assert text == numbers.percent(highest, ""), (name, group)
            continue
        key = FIXED.get(dimension, {}).get(group, group)
        if dimension == "size_quartile":
            heads = list(dict.fromkeys(head for _, head in cells))
            key = f"q{heads.index(group) + 1}"
        assert text == rate(found[model].get(key)), (name, model, group)


def _check_heat(name: str, cells: dict[tuple[str, str], str], facts: dict[str, Facts]) -> None:
    found = _groups(facts, HEAT[name])
    for (first, second), text in cells.items():
        model, group = (first, second) if first in facts else (_label(second), first)
        group, _, n = group.partition(" n ")
        assert text == whole(found[model].get(group)), (name, model, group)
        counts = {
            estimate["n"]
            for label, groups in found.items()
            if label not in GUESSING.values() and (estimate := groups.get(group))
        }
        assert n == "–".join(numbers.count(each) for each in sorted({min(counts), max(counts)}))


def _groups(facts: dict[str, Facts], dimension: str) -> dict[str, Facts]:
    return {
        label: {**block["also_by"], **block["by"]}.get(dimension, {})
        for label, block in facts.items()
    }


def _check_leaderboard(run: ReportRun, table: PageTable) -> None:
    facts = _facts(run)
    assert table.heads[:3] == ["rank", "model", "hits as a bar"]
    asked = [label for label in facts if label not in GUESSING.values()]
    shown = [_label(row[1]) for row in table.rows]
    assert sorted(shown) == sorted([*asked, GUESSING["best-constant"]])
    rates = [facts[label]["hit_rate"]["value"] for label in shown]
    assert rates == sorted(rates, reverse=True)
    for rank, label, _, hits, *_ in table.rows:
        block = facts[_label(label)]
        value = numbers.percent(block["hit_rate"]["value"], "")
        assert hits == f"{value} {ends(block['hit_rate'])}".strip()
        if _label(label) in asked:
            low, high = block["rank"]["low"], block["rank"]["high"]
            assert rank == (str(low) if low == high else f"{low}–{high}")
        else:
            assert rank == ""


def _check_pairs(run: ReportRun, tables: dict[str, PageTable]) -> None:
    """The matrix and the list of pairs."""
    pairs = {frozenset((pair["a"], pair["b"])): pair for pair in run.summary["comparisons"]}
    matrix = tables["Who beats whom, in points"]
    labels = [_label(head) for head in matrix.heads[1:]]
    assert [_label(row[0]) for row in matrix.rows] == labels
    for row in matrix.rows:
        for column, text in zip(labels, row[1:], strict=True):
            label = _label(row[0])
            if label == column:
                assert text == ""
                continue
            pair = pairs[frozenset((label, column))]
            value = pair["difference"]["value"] * (1 if pair["a"] == label else -1)
            points = abs(value) * 100
            size = f"{points:.0f}" if points >= 0.95 else f"{points:.1f}"
            sign = "" if float(size) == 0 else "−" if value < 0 else "+"
            equal = "" if pair["p_holm"] < 0.05 else "= "
            assert text == f"{equal}{sign}{size}"
    listed = tables["Who beats whom"]
    cells = listed.cells()
    assert [row[0] for row in listed.rows] == [f"{a} – {b}" for a, b in combinations(labels, 2)]
    for a, b in combinations(labels, 2):
        pair = pairs[frozenset((a, b))]
        place = f"{a} – {b}"
        assert cells[place, "points (95 %)"] == difference(pair, pair["a"] != a)
        apart = pair["p_holm"] < 0.05
        assert cells[place, "told apart"] == ("yes" if apart else "no")
        wanted = pair["wanted_targets"]
        decide = UNKNOWN if apart or wanted is None else numbers.about(wanted)
        assert cells.get((place, "targets to decide"), decide) == decide


def test_every_table_of_a_run_shows_the_numbers_of_its_summary(
    rich: ReportRun, tmp_path: Path
) -> None:
    tables = _tables(rich, tmp_path / "a.html")
    seen = _check(rich, tables)
    apart = {"Leaderboard", "Who beats whom, in points", "Who beats whom", "Clicked instead"}
    assert seen == set(tables) - apart
    without = {name for name, group in GROUPS.items() if group in ("tag", "tag_kind")}
    assert seen >= (set(MODELS) | set(GROUPS) | set(HEAT)) - without - {"Sessions"}
    _check_leaderboard(rich, tables["Leaderboard"])
    _check_pairs(rich, tables)
    listed = {
        (item["asked"], item["clicked"], numbers.count(item["count"]))
        for facts in rich.summary["models"].values()
        for item in facts["confusions"]
    }
    assert {tuple(row) for row in tables.get("Clicked instead", PageTable()).rows} <= listed


def test_every_table_of_a_streak_shows_the_numbers_of_its_summary(
    streak: ReportRun, tmp_path: Path
) -> None:
    tables = _tables(streak, tmp_path / "a.html")
    assert {"Sessions", "Chance of k right in a row"} <= _check(streak, tables)
    _check_leaderboard(streak, tables["Leaderboard"])
    steps = {
        (
            numbers.count(step["clicks"]),
            numbers.percent_with_interval(step["value"], step["low"], step["high"]),
            numbers.count(step["failed"]),
            numbers.count(step["at_risk"]),
        )
        for facts in streak.summary["models"].values()
        for step in facts["survival"]
    }
    assert {tuple(row) for row in tables["Survival of sessions"].rows} == steps


def test_the_headline_is_that_of_the_summary(rich: ReportRun, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write_page(path, [rich], lambda _: None, images=False)
    text = path.read_text(encoding="utf-8")
    plain = re.sub(r"<[^>]+>", "", text).replace("\u00a0", " ")
    title = re.search(r"<h1>(.*?)</h1>", text)
    assert title is not None
    lines = rich.summary["headline"]
    assert re.sub(r"<[^>]+>", "", title[1]).replace("\u00a0", " ") == lines[0]["text"]
    assert {line["kind"] for line in lines} == {"result", "warning"}
    for line in lines:
        assert line["text"] in plain


def test_a_page_of_two_suites_has_a_matrix_and_a_block_for_each(
    run: ReportRun, tmp_path: Path
) -> None:
    targets = [target.model_copy(update={"suite": "other"}) for target in run.targets[:20]]
    kept = {target.id for target in targets}
    records = [
        msgspec.structs.replace(record, suite="other")
        for record in run.records
        if record.target in kept
    ]
    suite = msgspec.structs.replace(run.info.suites[0], name="other", title="Another suite")
    info = msgspec.structs.replace(run.info, suites=(suite,))
    summary = summarize(info, targets, records)
    other = ReportRun("other-run", info, tuple(targets), tuple(records), summary)
    path = tmp_path / "a.html"
    write_page(path, [run, other], lambda _: None, images=False)
    text = path.read_text(encoding="utf-8")
    cells = Tables(text).by_name["Hits by suite, % (95 %)"].cells()
    for title, one in (("Made by hand", run), ("Another suite", other)):
        facts = _facts(one)
        for label in ("openai/gpt-4o", "local/ocr", GUESSING["best-constant"]):
            found = {
                _label(head): text for (head, column), text in cells.items() if column == title
            }
            assert found[label] == share(facts[label]["hit_rate"])
        assert re.search(rf"<h2><bdi>{title}: ", text)
        for line in one.summary["headline"]:
            assert line["text"] in re.sub(r"<[^>]+>", "", text).replace("\u00a0", " ")
    assert text.count('class="board"') == 2


def test_runs_of_one_suite_are_ranked_together(run: ReportRun, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write_page(path, [run, replace(run, name="again")], lambda _: None, images=False)
    tables = Tables(path.read_text(encoding="utf-8")).by_name
    ranks = {_label(row[1]): row[0] for row in tables["Leaderboard"].rows}
    first, second = (f"openai/gpt-4o@{name}" for name in (run.name, "again"))
    assert ranks[first] == ranks[second]
    assert "–" in ranks[first]
    matrix = tables["Who beats whom, in points"]
    heads = [_label(head) for head in matrix.heads]
    row = next(row for row in matrix.rows if _label(row[0]) == first)
    assert row[heads.index(second)] == "= 0.0"
    (board,) = re.findall(
        r'<table class="board">.*?</table>', path.read_text(encoding="utf-8"), re.DOTALL
    )
    assert board.count('class="tie') >= 2
