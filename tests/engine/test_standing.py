"""Where a run stands by its journal, and that a resumed run asks what has no answer, and only that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pointbench.engine.standing import MOST_ORDERS, Orders
from tests.conftest import Command, DataRoot, small_suite


def test_orders_are_a_set_of_places() -> None:
    orders = Orders()
    for order in (0, 5, 3, 5, 200):
        orders.add(order)
    assert [order for order in range(-3, 300) if order in orders] == [0, 3, 5, 200]


@pytest.mark.parametrize("order", [-1, MOST_ORDERS, 10**18])
def test_a_place_that_no_plan_has_is_not_believed(order: int) -> None:
    orders = Orders()
    orders.add(order)
    assert order not in orders
    assert 0 not in orders


@pytest.mark.parametrize("version", ["", "0.0.0"])
def test_a_resumed_run_asks_only_what_has_no_answer(
    pointbench: Command, root: DataRoot, tmp_path: Path, version: str
) -> None:
    small_suite(root, screenshots=2, each=5)
    words = ["run", "-m", "simulated/steady?rate=0.5", "-s", "small", "-n", "3", "--name", "r"]
    assert pointbench(*words, "--data", str(root.path)).returncode == 0
    folder = tmp_path / "work" / "results" / "r"
    before = _lines(folder)
    kept = before[::2]
    if version:
        # An older version may have planned another order: the keys alone decide.
        info = json.loads((folder / "run.json").read_text())
        info["pointbench"] = version
        (folder / "run.json").write_text(json.dumps(info))
        kept = [{**line, "order": len(kept) - line["order"]} for line in kept]
    (folder / "trials.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))
    again = pointbench("run", "--resume", "r", "--data", str(root.path))
    assert again.returncode == 0, again.stderr
    after = _lines(folder)
    assert [line["key"] for line in after[: len(kept)]] == [line["key"] for line in kept]
    assert sorted(line["key"] for line in after) == sorted(line["key"] for line in before)


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
