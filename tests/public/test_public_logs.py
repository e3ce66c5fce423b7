"""Other people's published verdicts, found again from their replies through our commands."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pointbench.geometry import Box, Point, Polygon

LOGS = Path(os.environ["POINTBENCH_PUBLIC_LOGS"])
EXPECTED = {
    entry["file"]: entry
    for entry in json.loads((LOGS / "EXPECTED.json").read_text(encoding="utf-8"))
}
OMNIPARSER = "omniparser_sspro_gpt4o/logs_sspro_omniv2.json"
ON_EDGES = [543, 769, 934, 1151, 1567]
"""OmniParser's rows on a right or bottom edge; one more, 65, is on a left edge."""
POLYGONS = {
    "mai_ui_results/output_local/OS_G.json": (356, 14),
    "mai_ui_results/output_server/OS_G.jsonl": (359, 13),
    "mai_ui_results/output_local/OS_G_Refine.json": (399, 13),
    "mai_ui_results/output_server/OS_G_Refine.jsonl": (404, 12),
}
"""Our hits, and how many rows of polygons differ from the stored verdicts."""
SAME = sorted(set(EXPECTED) - {OMNIPARSER} - set(POLYGONS))
MAI_UI = sorted(name for name in EXPECTED if name.startswith("mai_ui"))


def test_every_file_is_scored(outcomes: dict[str, Any]) -> None:
    assert set(outcomes) == set(EXPECTED)
    for name, found in outcomes.items():
        assert len(found.rows) == EXPECTED[name]["rows"]
        assert found.stored_hits == EXPECTED[name]["stored_correct"]
        # The stored share is the published figure, sometimes truncated and sometimes rounded.
        if found.published:
            share = 1000 * found.stored_hits / len(found.rows)
            assert 10 * float(found.published) in (math.floor(share), round(share))


@pytest.mark.parametrize("name", SAME)
def test_the_stored_verdicts_row_by_row(name: str, outcomes: dict[str, Any]) -> None:
    found = outcomes[name]
    assert [judged.number for judged in found.differing] == []
    assert len(found.judged) == len(found.rows)
    rate = found.summary["hit_rate"]
    assert rate["hits"] == EXPECTED[name]["rescored_inclusive"] == found.stored_hits
    assert rate["n"] == len(found.rows)


def test_omniparser_differs_where_a_point_lies_on_a_right_or_bottom_edge(
    outcomes: dict[str, Any],
) -> None:
    found = outcomes[OMNIPARSER]
    assert found.summary["hit_rate"]["hits"] == 630
    assert [judged.number for judged in found.differing] == ON_EDGES
    for judged in found.judged:
        x, y = judged.trial["point"]
        box = Box(*judged.row["bbox"])
        half_open = box.left <= x < box.right and box.top <= y < box.bottom
        assert judged.stored == half_open
        if judged.differs:
            assert judged.hit
            assert x == box.right or y == box.bottom


@pytest.mark.parametrize("name", POLYGONS)
def test_osworld_g_differs_where_a_polygon_was_taken_for_a_box(
    name: str, outcomes: dict[str, Any]
) -> None:
    found = outcomes[name]
    hits, differing = POLYGONS[name]
    assert found.summary["hit_rate"]["hits"] == hits
    assert len(found.differing) == differing
    assert all(judged.reason.startswith("polygon: ") for judged in found.differing)
    polygons = [judged for judged in found.judged if "polygon" in judged.target]
    assert len(polygons) == 40
    for judged in polygons:
        point = Point(*judged.trial["point"])
        left, top, *rest = judged.row["bbox"]
        # The converter's line: left + second x, top + second y, whatever the annotation is.
        assert judged.stored == Box(left, top, *rest[:2]).contains(point)
        corners = [left, top, rest[0] - left, rest[1] - top, *rest[2:]]
        pairs = zip(corners[::2], corners[1::2], strict=True)
        assert judged.hit == Polygon(tuple(Point(x, y) for x, y in pairs)).contains(point)


@pytest.mark.parametrize("name", POLYGONS)
def test_mai_ui_never_says_that_a_thing_is_absent(name: str, outcomes: dict[str, Any]) -> None:
    found = outcomes[name]
    absent = [judged for judged in found.judged if judged.target.get("absent")]
    assert len(absent) == 54
    assert all(judged.row["bbox"] == [0, 0, 0, 0] for judged in absent)
    assert not any(judged.trial["correct"] for judged in absent)
    assert not any(judged.stored for judged in absent)
    clicked = sum(judged.trial["outcome"] == "miss" for judged in absent)
    # One local answer to an absent target never ends its reasoning.
    assert clicked == (53 if name == "mai_ui_results/output_local/OS_G.json" else 54)
    assert found.summary["false_clicks"]["clicked"] == clicked
    assert found.summary["false_clicks"]["n"] == 54
    assert found.summary["hit_rate"]["n"] == len(found.judged) - 54
    assert found.summary["accuracy"]["n"] == len(found.judged)
    assert found.summary["accuracy"]["hits"] == found.summary["hit_rate"]["hits"]


@pytest.mark.parametrize("name", MAI_UI)
def test_the_raw_replies_give_the_stored_points(name: str, outcomes: dict[str, Any]) -> None:
    found = outcomes[name]
    sentinels = []
    for judged in found.judged:
        stored, ours = judged.row["pred"], judged.trial["point"]
        if stored[0] < 0:
            # The harness' own mark for an answer without a point: (-1, -1) thousandths.
            sentinels.append(judged.trial["outcome"])
            assert ours is None
        else:
            assert ours == pytest.approx(stored, abs=1e-6)
    cut = ("output_local/SSV2.json", "output_local/OS_G.json")
    assert sentinels == (["unparsed"] if name.endswith(cut) else [])
    assert all(
        judged.trial["reply"]["text"] == judged.row["raw_response"] for judged in found.judged
    )


def test_a_row_without_a_point_stays_in_the_denominator(outcomes: dict[str, Any]) -> None:
    found = outcomes["dimo_gui_results/pro/osatlas-4b-dimo-5-0.05.json"]
    (judged,) = [judged for judged in found.judged if judged.row["pred"] is None]
    assert judged.row["correctness"] == "wrong_format"
    assert judged.trial["outcome"] == "declined"
    assert judged.trial["correct"] is False
    assert found.summary["hit_rate"]["n"] == 1581


@pytest.mark.parametrize(
    "name",
    ["mai_ui_results/output_local/OS_G.json", "dimo_gui_results/v2/osatlas-7b-dimo-3-0.05.json"],
)
def test_rescored_they_are_the_same_bytes(
    name: str, outcomes: dict[str, Any], sets: ModuleType, work: Path
) -> None:
    run = outcomes[name].run
    status, _ = sets.command("rescore", run, "--out", work / "again", "--data", work, "--json")
    assert status == 0
    again = work / "again" / f"{run.name}-rescored"
    for file in ("trials.jsonl", "targets.jsonl", "summary.json"):
        assert (again / file).read_bytes() == (run / file).read_bytes()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_log_scored_as_it_comes_gives_the_same_verdicts(
    name: str, outcomes: dict[str, Any], sets: ModuleType, logs: Path, work: Path
) -> None:
    found = outcomes[name]
    words = ("-s", found.log.suite, "--profile", "mai-ui", "--data", work, "--out", work / "as-is")
    form = ("--from", "screenspot-pro-results", "--name", found.run.name)
    status, printed = sets.command("score", logs / name, *form, *words, "--json")
    (block,) = json.loads(printed)["models"].values()
    assert status == (1 if found.dropped else 0)
    assert block["hit_rate"]["hits"] == found.summary["hit_rate"]["hits"]
    assert block["hit_rate"]["n"] == found.summary["hit_rate"]["n"]
    assert block["false_clicks"] == found.summary["false_clicks"]


def test_screenagent_answers_that_repeat_the_prompts_example(
    sets: ModuleType, logs: Path, work: Path
) -> None:
    trials = sets.screenagent(logs, work)
    assert Counter(trial["outcome"] for trial in trials) == {"miss": 130, "hit": 11, "unparsed": 9}
    example = [trial for trial in trials if sets.repeats_the_example(trial)]
    assert len(example) == 56
    assert {tuple(trial["point"]) for trial in example} == {(10, 760)}
    path = logs / "screenagent_linux/steps.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    distances, near = [], 0
    for row, trial in zip(rows, trials, strict=True):
        (position,) = [a["mouse_position"] for a in row["actions"] if "mouse_position" in a]
        if trial["point"] is not None:
            distance = math.dist(trial["point"], (position["width"], position["height"]))
            distances.append(distance)
            near += distance <= 20
    assert near == 11
    assert round(sorted(distances)[len(distances) // 2]) == 271


@pytest.mark.parametrize(
    ("name", "rows", "hits", "misses"),
    [
        ("vscode_dark", 1329, 1200, 129),
        ("vscode_light", 1326, 1154, 172),
        ("cursor_dark", 1368, 750, 64),
        ("cursor_light", 1367, 825, 70),
    ],
)
def test_precision_cua_points_lie_in_their_boxes_read_as_thousandths(
    name: str, rows: int, hits: int, misses: int, sets: ModuleType, logs: Path, work: Path
) -> None:
    count, counts = sets.precision_cua(logs, work, name)
    assert (count, counts) == (rows, {"hit": hits, "miss": misses})
    path = work / "results" / name / "trials.jsonl"
    trials = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    # Carets 1.6 thousandths wide, whose points were rounded down to whole ones.
    distances = [trial["distance"] for trial in trials if trial["outcome"] == "miss"]
    assert max(distances) < 0.5 * 1280 / 1000


def test_the_page_holds_what_the_script_prints(
    outcomes: dict[str, Any], scoring: ModuleType, sets: ModuleType, logs: Path, work: Path
) -> None:
    printed = scoring.tables(list(outcomes.values())) + sets.tables(logs, work)
    page = Path(__file__).resolve().parents[2] / "docs" / "public-logs.md"
    _, _, after = page.read_text(encoding="utf-8").partition("<!-- tables -->\n\n")
    assert after.partition("\n<!-- end of tables -->")[0] == printed
