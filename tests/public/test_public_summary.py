"""Figures of summary.json on public logs: the field's own tables, and which regions are in doubt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointbench.report.loading import load_run
from pointbench.statistics.reversals import reversals
from pointbench.summary.judging import judge

DIMO = [
    f"dimo_gui_results/pro/{name}-dimo-5-0.05.json"
    for name in ("osatlas-4b", "osatlas-7b", "uground", "ugroundv1")
]
SSPRO = [
    *DIMO,
    "omniparser_sspro_gpt4o/logs_sspro_omniv2.json",
    "mai_ui_results/output_local/SSPro.json",
    "mai_ui_results/output_server/SSPro.jsonl",
]


@pytest.mark.parametrize("name", DIMO)
def test_screenspot_pros_own_table_is_the_hit_rate_by_tag_and_kind(
    name: str, outcomes: dict[str, Any], logs: Path
) -> None:
    stored = json.loads((logs / name).read_text(encoding="utf-8"))["metrics"]
    by = outcomes[name].summary["by"]
    groups = stored["leaderboard_simple_style"]
    assert len(groups) == 6
    for key, figures in groups.items():
        group = key.removeprefix("group:")
        assert by["tag"][group]["hits"] == figures["num_correct_action"]
        assert by["tag"][group]["n"] == figures["num_total"]
        for kind in ("text", "icon"):
            assert by["tag_kind"][f"{group} {kind}"]["value"] == figures[f"{kind}_acc"]
    assert by["kind"]["icon"]["value"] == stored["overall"]["icon_acc"]


def test_reach_is_the_share_of_all_clicks_near_the_region(outcomes: dict[str, Any]) -> None:
    shares = {
        name: {px: round(100 * value) for px, value in outcomes[name].summary["reach"].items()}
        for name in (SSPRO[-1], DIMO[0])
    }
    assert (shares[SSPRO[-1]]["10"], shares[SSPRO[-1]]["50"]) == (71, 77)
    assert (shares[DIMO[0]]["10"], shares[DIMO[0]]["50"]) == (11, 17)


def test_no_region_of_screenspot_pro_is_in_more_doubt_than_chance_explains(
    outcomes: dict[str, Any],
) -> None:
    runs = [load_run(outcomes[name].run) for name in SSPRO]
    judgment = judge(runs, runs[0].targets)
    assert (judgment.models, judgment.judged, judgment.changed) == (7, 1581, 0)
    # MAI-UI behind two servers is one voter.
    assert judgment.suspects.voters == 6
    assert judgment.suspects.targets == []


def test_reversed_verdicts_among_those_of_screenspot_pro_are_the_first_suspects(
    outcomes: dict[str, Any],
) -> None:
    names = [name for name in SSPRO if name != "mai_ui_results/output_local/SSPro.json"]
    verdicts = np.array(
        [
            [
                float(judged.hit)
                for judged in sorted(outcomes[name].judged, key=lambda each: each.target["id"])
            ]
            for name in names
        ]
    )
    by_rate = verdicts[np.argsort(verdicts.mean(axis=1))]
    # Hit by the best four of six alone: reversed, by the worst two alone.
    best_four = np.flatnonzero((by_rate == [[0], [0], [1], [1], [1], [1]]).all(axis=0))
    planted = best_four[:: len(best_four) // 10][:10]
    by_rate[:, planted] = 1 - by_rate[:, planted]
    found = reversals(by_rate, np.zeros(by_rate.shape[1], dtype=np.int64))
    # One of the set's own targets is as unlikely as they are.
    assert set(planted.tolist()) <= set(found.listed[:11].tolist())
    assert len(found.listed) <= 14
