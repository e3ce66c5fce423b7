"""The public results, made again from the public logs: the committed replies, figures and page."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.public.conftest import BENCHMARKS

PUBLISHED = BENCHMARKS.parent / "results" / "published"
HITS = {
    ("screenspot-pro", "MAI-UI-8B (server)"): (1060, 1581),
    ("screenspot-pro", "MAI-UI-8B (local)"): (1046, 1581),
    ("screenspot-pro", "OS-Atlas-7B + DiMo-GUI"): (785, 1581),
    ("screenspot-pro", "UGround-V1-7B + DiMo-GUI"): (750, 1581),
    ("screenspot-pro", "GPT-4o + OmniParser V2"): (630, 1581),
    ("screenspot-pro", "UGround-7B + DiMo-GUI"): (420, 1581),
    ("screenspot-pro", "OS-Atlas-4B + DiMo-GUI"): (167, 1581),
    ("screenspot-v2", "MAI-UI-8B (local)"): (1210, 1272),
    ("screenspot-v2", "MAI-UI-8B (server)"): (1207, 1272),
    ("screenspot-v2-dimo", "UGround-V1-7B + DiMo-GUI"): (1134, 1272),
    ("screenspot-v2-dimo", "OS-Atlas-7B + DiMo-GUI"): (1090, 1272),
    ("osworld-g", "MAI-UI-8B (server)"): (359, 510),
    ("osworld-g", "MAI-UI-8B (local)"): (356, 510),
    ("osworld-g-refined", "MAI-UI-8B (server)"): (404, 509),
    ("osworld-g-refined", "MAI-UI-8B (local)"): (399, 509),
    ("mmbench-gui-l2", "MAI-UI-8B (server)"): (3190, 3594),
    ("screenagent", "GPT-4V"): (11, 150),
}
"""The hits of docs/public-logs.md, over present targets."""


@pytest.fixture(scope="module")
def made(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """results/published, made again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        published: ModuleType = importlib.import_module("published")
    out = tmp_path_factory.mktemp("published")
    published.make(logs, out, tmp_path_factory.mktemp("work"))
    return out


def models(folder: Path) -> dict[tuple[str, str], Any]:
    return {
        (path.parent.name, label): block
        for path in folder.glob("*/summary.json")
        for label, block in json.loads(path.read_text("utf-8"))["models"].items()
    }


def test_every_row_has_the_hits_of_the_public_logs(made: Path) -> None:
    for folder in (made, PUBLISHED):
        rates = {key: block["hit_rate"] for key, block in models(folder).items()}
        assert {key: (rate["hits"], rate["n"]) for key, rate in rates.items()} == HITS


def test_the_committed_figures_are_made_again(made: Path) -> None:
    again, committed = models(made), models(PUBLISHED)
    for key, block in committed.items():
        for path in (("hit_rate",), ("in_a_row", "10"), ("horizon", "0.5"), ("false_clicks",)):
            old, new = block, again[key]
            for name in path:
                old, new = old[name], new[name]
            for end in ("value", "low", "high"):
                assert (new or {}).get(end) == pytest.approx((old or {}).get(end)), (key, path)
        assert again[key]["rank"] == block["rank"]
        assert again[key]["display"] == block["display"]


def test_the_committed_files_are_the_same_bytes(made: Path) -> None:
    files = {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()}
    for name in sorted(files):
        if not name.endswith("summary.json"):
            assert (made / name).read_bytes() == (PUBLISHED / name).read_bytes(), name
