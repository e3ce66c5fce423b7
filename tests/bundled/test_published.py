"""results/published as committed: its table is what its summaries say, its replies carry their licenses."""

from __future__ import annotations

import gzip
import importlib
import json
import re
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "results" / "published"
REPLIES = sorted(PUBLISHED.rglob("replies.jsonl.gz"))
LICENSES = {"Apache-2.0": "Apache License", "CC-BY-4.0": "Attribution 4.0 International"}


@pytest.fixture(scope="module")
def table() -> ModuleType:
    """benchmarks/published_table.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        return importlib.import_module("published_table")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_the_page_is_what_the_summaries_say(table: ModuleType) -> None:
    assert (PUBLISHED / "README.md").read_text("utf-8") == table.page(table.read_summaries())


def test_every_figure_of_the_page_has_its_replies(table: ModuleType) -> None:
    for name, summary in table.read_summaries().items():
        found: Counter[str] = Counter()
        for path in (PUBLISHED / name).rglob("replies.jsonl.gz"):
            for line in lines(path):
                assert set(line) in ({"target", "model", "text"}, {"target", "model", "point"})
                found[line["model"]] += 1
        asked = {
            label: sum(block["outcomes"].values()) for label, block in summary["models"].items()
        }
        assert found == asked, name


@pytest.mark.parametrize("path", REPLIES, ids=lambda path: str(path.relative_to(PUBLISHED)))
def test_replies_have_their_license_and_credit_beside_them(path: Path) -> None:
    notice = (path.parent / "NOTICE").read_text("utf-8")
    models = {line["model"] for line in lines(path)}
    assert [model for model in models if model not in notice] == []
    assert notice.count("from    https://github.com/") == notice.count("changed by the pointbench")
    for line in notice.splitlines():
        if line.startswith("  license "):
            name = line.split()[1].rstrip(",")
            text = (path.parent / line.rpartition("see ")[2]).read_text("utf-8")
            assert LICENSES[name] in text or f"Dataset License: {name}" in text
    # What asks for attribution is never among what is under another license.
    apart = path.parent.name == "cc-by-4.0"
    assert ("CC-BY-4.0" in notice) == apart
    assert ("Apache-2.0" in notice) != apart


def test_no_target_trial_or_path_of_a_machine_is_committed() -> None:
    assert sum(path.stat().st_size for path in REPLIES) < 1_000_000
    for path in PUBLISHED.rglob("*"):
        assert path.name not in ("targets.jsonl", "trials.jsonl")
        assert path.suffix not in (".png", ".jpg", ".webp")
        if path.name == "summary.json":
            text = path.read_text("utf-8")
            # An absolute path of whatever machine, in any string.
            assert re.findall(r"(?<![\w:/.<>-])/\w[\w.-]*/", text) == []
