"""A gate between two servings of one published model, from their stored replies."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_public_compare import bring, mai_ui, score
from tests.conftest import Command

LOGS = Path(os.environ["POINTBENCH_PUBLIC_LOGS"])
RESULTS = LOGS / "mai_ui_results"


def judged(inline: Command, new: str, old: str, margin: float) -> tuple[int, dict[str, Any]]:
    done = inline("gate", new, "--against", old, "--margin", str(margin), "--json")
    assert done.stdout, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, result


def test_one_model_on_two_servers(inline: Command, tmp_path: Path) -> None:
    bring(inline, "mai-ui", LOGS / "mai_ui_annotations" / "OS_G_data", "osworld-g")
    for name in ("local", "server"):
        (path,) = (RESULTS / f"output_{name}").glob("OS_G.json*")
        score(inline, tmp_path, "osworld-g", name, mai_ui(path))
    code, up = judged(inline, "server", "local", 0.01)
    assert (code, up["verdict"], up["targets"]) == (0, "pass", 510)
    assert up["exact"]
    code, down = judged(inline, "local", "server", 0.01)
    assert down["difference"]["value"] == pytest.approx(-up["difference"]["value"])
    assert (code, down["verdict"]) == (0, "pass")
    # 356 and 359 hits (tests/public/test_public_logs.py).
    assert up["difference"]["value"] == pytest.approx(3 / 510)
    assert judged(inline, "local", "server", 2.9 / 510)[1]["verdict"] == "fail"
    assert judged(inline, "local", "server", 3 / 510)[1]["verdict"] == "pass"
    # Two servings of one model differ on 4 % of the targets, for which a margin of 1 point is too small.
    assert up["unchanged_fails"]["unstable"] == pytest.approx(0.04, abs=0.002)
    assert 0.05 < up["unchanged_fails"]["chance"] < 0.2
