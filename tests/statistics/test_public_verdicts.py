"""The statistics on verdicts that others published: MAI-UI-8B and OmniParser with GPT-4o.

Collected only if POINTBENCH_PUBLIC_LOGS names the folder of the logs.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointbench.statistics import clusters, flips, gate, paired

LOGS = Path(os.environ["POINTBENCH_PUBLIC_LOGS"])
OMNIPARSER = "omniparser_sspro_gpt4o/logs_sspro_omniv2.json"
LOCAL = "mai_ui_results/output_local/SSPro.json"
SERVER = "mai_ui_results/output_server/SSPro.jsonl"
WORDINGS = "mai_ui_results/output_server/MMBench.jsonl"


def verdicts(name: str) -> list[dict[str, Any]]:
    text = (LOGS / name).read_text(encoding="utf-8")
    try:
        details: list[dict[str, Any]] = json.loads(text)["details"]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return details


def right(row: dict[str, Any]) -> int:
    return int(row["correctness"] == "correct")


@pytest.mark.parametrize(
    ("name", "hits", "ratio"), [(OMNIPARSER, 625, 2.0), (LOCAL, 1046, 2.6), (WORDINGS, 3190, 2.0)]
)
def test_errors_clustered_by_app_are_2_to_3_4_times_the_naive_ones(
    name: str, hits: int, ratio: float
) -> None:
    rows = verdicts(name)
    apps = np.unique([row["application"] for row in rows], return_inverse=True)[1]
    estimate = clusters.share([right(row) for row in rows], np.ones(len(rows)), apps, by="app")
    assert estimate.hits == hits
    assert estimate.value is not None
    assert estimate.standard_error is not None
    naive = (estimate.value * (1 - estimate.value) / len(rows)) ** 0.5
    assert 1.95 <= estimate.standard_error / naive <= 3.4
    assert estimate.standard_error / naive == pytest.approx(ratio, abs=0.1)


def test_two_back_ends_of_one_model_flip_78_of_1581() -> None:
    first = {row["id"]: right(row) for row in verdicts(LOCAL)}
    second = {row["id"]: right(row) for row in verdicts(SERVER)}
    assert first.keys() == second.keys()
    only_first = sum(first[key] > second[key] for key in first)
    only_second = sum(first[key] < second[key] for key in first)
    assert (len(first), only_first, only_second) == (1581, 32, 46)
    assert round(paired.mcnemar(only_first, only_second), 2) == 0.14


def test_a_gate_between_two_back_ends_of_one_model_asks_a_quarter() -> None:
    first = {row["id"]: right(row) for row in verdicts(LOCAL)}
    second = {row["id"]: right(row) for row in verdicts(SERVER)}
    old = np.array([first[key] for key in first], dtype=float)
    new = np.array([second[key] for key in first], dtype=float)
    order = np.random.default_rng(1).permuted(np.tile(np.arange(len(old)), (300, 1)), axis=1)
    claim = gate.GateClaim.of_margin(old.tolist(), 0.02)
    verdict, clicks = gate.decide_orders(old[order], new[order], claim.need, claim.unit)
    assert (verdict == 1).mean() >= 0.99
    assert clicks.mean() == pytest.approx(346, rel=0.1)


def test_wordings_of_mmbench_gui_flip_15_2_percent() -> None:
    by_target: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in verdicts(WORDINGS):
        place = row["img_filename"], json.dumps([round(side) for side in row["bbox"]])
        by_target[place][row["group"]].append(right(row))
    both = [
        (wordings["basic"][0], wordings["advanced"][0])
        for wordings in by_target.values()
        if wordings["basic"] and wordings["advanced"]
    ]
    plain, other = np.array(both).T
    ones = np.ones(len(both))
    differing, pairs = flips.differing_cross_pairs(plain, ones, other, ones)
    assert len(both) == 1598
    assert (differing / pairs).mean() == pytest.approx(0.152, abs=0.0005)
