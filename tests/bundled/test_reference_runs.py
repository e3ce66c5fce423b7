"""results/reference-*: the floor of every bundled suite, on its targets as they are now."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pointbench import numbers
from pointbench.baselines import center_hits, random_hit_share
from pointbench.suites import Suite, installed_root, load_suite

ROOT = Path(__file__).resolve().parents[2]
SUITES = ("starter", "linux-desktop", "web-apps", "icons")


def figures(name: str) -> dict[str, Any]:
    """The models' blocks of a reference run."""
    path = ROOT / "results" / f"reference-{name}" / "summary.json"
    blocks: dict[str, Any] = json.loads(path.read_text("utf-8"))["models"]
    return blocks


def suite(name: str) -> Suite:
    return load_suite(installed_root(), name)


@pytest.mark.parametrize("name", SUITES)
def test_the_run_is_on_the_suite_as_it_is(name: str) -> None:
    info = json.loads((ROOT / "results" / f"reference-{name}" / "run.json").read_text("utf-8"))
    assert info["state"] == "complete"
    assert [(each["name"], each["digest"]) for each in info["suites"]] == [
        (name, suite(name).digest)
    ]


@pytest.mark.parametrize("name", SUITES)
def test_the_rates_are_the_exact_ones(name: str) -> None:
    asked = [(t.region, t.size) for t in suite(name).asked() if t.region is not None]
    blocks = figures(name)
    shares = {
        "local/random": [random_hit_share(region, size) for region, size in asked],
        "local/center": [float(center_hits(region, size)) for region, size in asked],
    }
    for label, each in shares.items():
        assert blocks[label]["hit_rate"]["value"] == pytest.approx(sum(each) / len(each))
    best = blocks["local/best-constant"]["hit_rate"]["value"]
    assert best >= max(blocks[label]["hit_rate"]["value"] for label in shares)


def floors() -> str:
    """The table of results/README.md."""
    lines = [
        "| suite | random point | center | best single point | text recognition (95 %) |",
        "|:--|--:|--:|--:|--:|",
    ]
    for name in SUITES:
        blocks = figures(name)
        cells = [
            numbers.percent(blocks[f"local/{pointer}"]["hit_rate"]["value"])
            for pointer in ("random", "center", "best-constant")
        ]
        ocr = blocks.get("local/ocr", {}).get("hit_rate")
        cells.append(
            numbers.percent_with_interval(ocr["value"], ocr["low"], ocr["high"])
            if ocr
            else numbers.UNKNOWN
        )
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def test_the_table_of_floors_is_true() -> None:
    text = (ROOT / "results" / "README.md").read_text("utf-8")
    match = re.search(r"<!-- floors.*?-->\n\n(.*?)\n\n<!-- end -->", text, re.DOTALL)
    assert match is not None
    assert match[1] == floors()
