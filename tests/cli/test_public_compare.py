"""The field's numbers, reproduced from other people's replies by import, score and compare."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command

LOGS = Path(os.environ["POINTBENCH_PUBLIC_LOGS"])
ANNOTATIONS = LOGS / "mai_ui_annotations"
RESULTS = LOGS / "mai_ui_results"
OMNIPARSER = LOGS / "omniparser_sspro_gpt4o/logs_sspro_omniv2.json"
WORDINGS = RESULTS / "output_server/MMBench.jsonl"

Row = dict[str, Any]


def rows_of(path: Path) -> list[Row]:
    text = path.read_text(encoding="utf-8")
    try:
        details: list[Row] = json.loads(text)["details"]
    except ValueError:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    return details


def score(inline: Command, folder: Path, suite: str, name: str, replies: list[Row]) -> Row:
    """Score replies as the run ``name``; returns its summary."""
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(reply) + "\n" for reply in replies), encoding="utf-8")
    words = ("-s", suite, "--data", "root", "--profile", "mai-ui", "--name", name, "--json")
    done = inline("score", path, *words)
    assert done.returncode in (0, 1), done.stderr
    summary: Row = json.loads(done.stdout)
    return summary


def bring(inline: Command, form: str, source: Path | str, suite: str) -> None:
    done = inline("import", form, source, "--suite", suite, "--data", "root")
    assert done.returncode in (0, 1), done.stderr


def mai_ui(path: Path) -> list[Row]:
    return [
        {"target": str(row["id"]), "model": "MAI-UI-8B", "text": row["raw_response"]}
        for row in rows_of(path)
    ]


def app_ratio(summary: Row, label: str) -> float:
    """The standard error clustered by app over that of independent trials."""
    rate = summary["models"][label]["hit_rate"]
    naive = (rate["value"] * (1 - rate["value"]) / rate["n"]) ** 0.5
    ratio: float = rate["by_app"]["standard_error"] / naive
    return ratio


def test_two_back_ends_of_mai_ui_flip_78_of_1581(inline: Command, tmp_path: Path) -> None:
    bring(inline, "screenspot-pro", ANNOTATIONS / "ScreenSpot_Pro_data", "sspro")
    local = score(inline, tmp_path, "sspro", "local", mai_ui(RESULTS / "output_local/SSPro.json"))
    score(inline, tmp_path, "sspro", "server", mai_ui(RESULTS / "output_server/SSPro.jsonl"))
    assert app_ratio(local, "MAI-UI-8B") == pytest.approx(2.6, abs=0.1)

    done = inline("compare", "local", "server", "--json")
    assert done.returncode == 0, done.stderr
    comparison = json.loads(done.stdout)
    (pair,) = comparison["comparisons"]
    assert (pair["a"], pair["b"]) == ("MAI-UI-8B@local", "MAI-UI-8B@server")
    assert pair["targets"] == {"both": 1581, "only_a": 0, "only_b": 0}
    verdicts = pair["mcnemar"]
    counts = [verdicts[name] for name in ("n", "both", "only_a", "only_b")]
    assert counts == [1581, 1014, 32, 46]
    assert verdicts["flips"] == pytest.approx(78 / 1581)
    assert round(verdicts["p"], 2) == 0.14
    assert pair["difference"]["value"] == pytest.approx(-14 / 1581)

    shown = inline("compare", "local", "server").stdout
    assert "MAI-UI-8B@server leads MAI-UI-8B@local by 0.9 points" in shown
    assert "is not told apart from chance" in " ".join(shown.split())


def test_clustered_by_app_omniparser_is_half_as_sure(inline: Command, tmp_path: Path) -> None:
    bring(inline, "screenspot-pro", ANNOTATIONS / "ScreenSpot_Pro_data", "sspro")
    targets = {
        target["extra"]["img_filename"]: target["id"]
        for path in (tmp_path / "root/targets/sspro").glob("*.json")
        for target in json.loads(path.read_text(encoding="utf-8"))["targets"]
    }
    replies = [
        {
            "target": targets["/".join(row["img_path"].split("/")[-2:])],
            "model": "OmniParser",
            "point": row["pred"],
        }
        for row in rows_of(OMNIPARSER)
    ]
    summary = score(inline, tmp_path, "sspro", "omniparser", replies)
    assert app_ratio(summary, "OmniParser") == pytest.approx(2.0, abs=0.1)


def test_the_wordings_of_mmbench_gui_flip_15_2_percent(inline: Command, tmp_path: Path) -> None:
    rows = rows_of(WORDINGS)
    source = tmp_path / "mmbench"
    source.mkdir()
    annotations = [_as_published(number, row) for number, row in enumerate(rows)]
    (source / "L2_annotations.json").write_text(json.dumps(annotations), encoding="utf-8")
    bring(inline, "mmbench-gui", source, "mmbench")
    replies = []
    for path in (tmp_path / "root/targets/mmbench").glob("*.json"):
        for target in json.loads(path.read_text(encoding="utf-8"))["targets"]:
            first: dict[str, int] = {}
            for row in target["extra"]["rows"]:
                first.setdefault(row["grounding_type"], row["index"])
            replies += [
                {"target": target["id"], "model": wording, "text": rows[number]["raw_response"]}
                for wording, number in first.items()
            ]
    score(inline, tmp_path, "mmbench", "wordings", replies)

    words = ("--model", "basic", "--model", "advanced", "--json")
    (pair,) = json.loads(inline("compare", "wordings", *words).stdout)["comparisons"]
    assert pair["mcnemar"]["n"] == pair["targets"]["both"] == 1598
    assert pair["mcnemar"]["flips"] == pytest.approx(0.152, abs=0.0005)
    # Published hit rates on these targets: 92.7 % and 83.8 %.
    assert pair["difference"]["value"] == pytest.approx(0.927 - 0.838, abs=0.001)
    assert pair["sentence"].startswith("basic beats advanced by ")


def _as_published(number: int, row: Row) -> Row:
    """A row of the results in the keys of MMBench-GUI's own annotation."""
    width, height = row["img_size"]
    left, top, right, bottom = row["bbox"]
    return {
        "index": number,
        "image_path": row["img_filename"],
        "image_size": [width, height],
        "bbox": [left / width, top / height, right / width, bottom / height],
        "instruction": row["instruction"],
        "data_type": row["ui_type"],
        "app_name": row["application"],
        "platform": row["platform"],
        "grounding_type": row["group"],
    }
