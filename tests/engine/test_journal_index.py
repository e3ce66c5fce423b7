"""The index of a journal; a resumed run asks exactly the trials that have no answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pointbench.engine.journal import Journal
from pointbench.engine.journal_index import MAX_POSITION, PlanPositions, index_journal
from pointbench.trials import Record, SessionRecord
from tests.conftest import Command, DataRoot, environment, small_suite
from tests.engine.test_journal import record

MOODY = '''
from pointbench import Reply
from pointbench.errors import GiveUp

class Pointer:
    """Refuses every fourth request, by its number."""

    count = 0

    def __init__(self, name, settings):
        pass

    def ask(self, request):
        Pointer.count += 1
        if Pointer.count % 4 == 3:
            raise GiveUp(f"request {Pointer.count} was refused")
        return Reply('{"x": 40, "y": 60}', "stop")
'''


def test_positions_are_a_set() -> None:
    positions = PlanPositions()
    for order in (0, 5, 3, 5, 200):
        positions.add(order)
    assert [order for order in range(-3, 300) if order in positions] == [0, 3, 5, 200]


@pytest.mark.parametrize("order", [-1, MAX_POSITION, 10**18])
def test_a_position_that_no_plan_has_is_ignored(order: int) -> None:
    positions = PlanPositions()
    positions.add(order)
    assert order not in positions
    assert 0 not in positions


@pytest.mark.parametrize("version", ["", "0.0.0"])
def test_a_resumed_run_asks_only_what_has_no_answer(
    pointbench: Command, root: DataRoot, tmp_path: Path, version: str
) -> None:
    small_suite(root, screenshots=2, each=5)
    command = ["run", "-m", "simulated/steady?rate=0.5", "-s", "small", "-n", "3", "--name", "r"]
    assert pointbench(*command, "--data", str(root.path)).returncode == 0
    folder = tmp_path / "work" / "results" / "r"
    before = _lines(folder)
    stored = before[::2]
    if version:
        # An older version may have planned another order: the keys alone decide.
        info = json.loads((folder / "run.json").read_text())
        info["pointbench"] = version
        (folder / "run.json").write_text(json.dumps(info))
        stored = [{**line, "order": len(stored) - line["order"]} for line in stored]
    (folder / "trials.jsonl").write_text("".join(json.dumps(line) + "\n" for line in stored))
    again = pointbench("run", "--resume", "r", "--data", str(root.path))
    assert again.returncode == 0, again.stderr
    after = _lines(folder)
    assert [line["key"] for line in after[: len(stored)]] == [line["key"] for line in stored]
    assert sorted(line["key"] for line in after) == sorted(line["key"] for line in before)


def test_errors_are_told_by_kind_at_the_end(
    pointbench: Command, root: DataRoot, adapters: Callable[[str, str], Path], tmp_path: Path
) -> None:
    small_suite(root, screenshots=2, each=6)
    path = adapters("moody", MOODY)
    command = [
        "run",
        "-m",
        "moody/x",
        "-s",
        "small",
        "-n",
        "2",
        "--name",
        "r",
        "--concurrency",
        "1",
    ]
    done = pointbench(*command, "--data", str(root.path), env=environment(path))
    failed = [line for line in _lines(tmp_path / "work" / "results" / "r") if line["error"]]
    summaries = [line for line in done.stderr.splitlines() if "in error:" in line]
    assert len(summaries) == 1
    assert summaries[0].startswith(f"pointbench: moody/x: {len(failed)} trials in error: ")
    # Requests 3, 7, 11 ... differ in their number alone, and count as one kind.
    assert f"{len(failed)} x request 3 was refused" in summaries[0]


def test_what_was_answered_in_the_end_is_no_error(
    pointbench: Command, root: DataRoot, tmp_path: Path
) -> None:
    small_suite(root)
    command = ["run", "-m", "simulated/x?fail=0.5&retries=0", "-s", "small", "--name", "r"]
    assert "in error: " in pointbench(*command, "--data", str(root.path)).stderr
    folder = tmp_path / "work" / "results" / "r"
    before = index_journal(folder, lambda _suite, _target: False)
    lines = _lines(folder)
    answered = next(line for line in lines if line["outcome"] != "error")
    with (folder / "trials.jsonl").open("a") as journal:
        for line in lines:
            if line["outcome"] == "error":
                journal.write(json.dumps({**answered, "key": line["key"]}) + "\n")
    after = index_journal(folder, lambda _suite, _target: False)
    assert sum(count for _, count in before.reasons[answered["model"]]) == before.failed > 0
    assert (after.failed, after.reasons) == (0, {})


def lines_of(*keys: str) -> list[Record]:
    """Records of these keys, an answer for 1 dollar; a key that ends in ! is an error."""
    made = []
    for key in keys:
        failed = key.endswith("!")
        line = record(key.rstrip("!"), outcome="error" if failed else "hit")
        cost = None if failed else 1.0
        made.append(msgspec.structs.replace(line, order=int(key[:2], 16), cost_usd=cost))
    return made


@pytest.mark.parametrize(
    ("keys", "answered", "failed", "dollars"),
    [
        (["00", "01"], "00 01", 0, 2),
        (["00!", "00", "01!"], "00", 1, 1),
        (["00", "00!", "01"], "01", 1, 2),
        (["00", "00!", "00", "01"], "00 01", 0, 3),
        (["00", "00", "01", "01!", "01!"], "00", 1, 3),
        (["00!", "00", "00!"], "", 1, 1),
    ],
)
def test_the_last_line_of_a_key_counts_and_every_answer_costs(
    tmp_path: Path, keys: list[str], answered: str, failed: int, dollars: float
) -> None:
    with Journal(tmp_path) as journal:
        journal.append(lines_of(*keys))
    index = index_journal(tmp_path, lambda _suite, _target: False)
    expected = answered.split()
    known = {key for key in ("00", "01") if key * 32 in index.answered}
    assert (sorted(known), len(index.answered)) == (expected, len(expected))
    assert index.failed == failed
    count = index.counts["local/center"]
    assert (count.done, count.hits, count.present) == (len(expected),) * 3
    assert index.spent == dollars
    positions = index.positions["local/center"]
    assert [n for n in (0, 1) if n in positions] == [int(key) for key in expected]
    assert sum(number for _, number in index.reasons.get("local/center", ())) == failed


def test_an_error_after_an_answer_is_asked_again(
    pointbench: Command, root: DataRoot, tmp_path: Path
) -> None:
    small_suite(root)
    command = ["run", "-m", "simulated/x", "-s", "small", "--name", "r", "-q"]
    assert pointbench(*command, "--data", str(root.path)).returncode == 0
    folder = tmp_path / "work" / "results" / "r"
    lines = _lines(folder)
    failed = {
        **dict.fromkeys(("correct", "point", "distance", "parsed", "frame", "reply")),
        "outcome": "error",
        "error": {"type": "OSError", "message": "no"},
    }
    with (folder / "trials.jsonl").open("a") as journal:
        journal.write(json.dumps({**lines[0], **failed}) + "\n")
        journal.write(json.dumps(lines[1]) + "\n")
    done = pointbench("run", "--resume", "r", "-q", "--data", str(root.path))
    assert (done.returncode, "not asked" in done.stderr) == (0, False), done.stderr
    assert [line["key"] for line in _lines(folder)[len(lines) :]] == [
        lines[0]["key"],
        lines[1]["key"],
        lines[0]["key"],
    ]
    model = json.loads((folder / "summary.json").read_text())["models"]["simulated/x"]
    assert (model["hit_rate"]["n"], model["error_rate"]) == (10, 0)


def test_clicks_of_a_streak_are_the_last_lines_of_their_keys_in_planned_order(
    tmp_path: Path,
) -> None:
    def click(key: str, order: int, outcome: str) -> Record:
        place = SessionRecord(number=0, click=order)
        return msgspec.structs.replace(record(key, outcome=outcome), order=order, session=place)

    with Journal(tmp_path) as journal:
        journal.append([click("01", 1, "error"), click("00", 0, "hit"), record("02")])
        journal.append([click("01", 1, "hit"), click("03", 2, "error")])
    clicks = index_journal(tmp_path, lambda _suite, _target: False).clicks["local/center"]
    assert [(c.order, c.session.click, c.correct) for c in clicks] == [
        (0, 0, True),
        (1, 1, True),
        (2, 2, None),
    ]


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
