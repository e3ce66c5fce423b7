"""Servers that show a model a smaller picture than they were sent: noticed, said, and mended.

Behind each server is a pointer that cannot miss, in pixels of the picture as its server shows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters import registry
from pointbench.testing import Vendors
from pointbench.testing.suites import marked_suite
from pointbench.testing.vendors import Family
from tests.conftest import Command

pytestmark = pytest.mark.skipif(
    "openai" not in registry.entry_points(), reason="no vendor's adapter is installed"
)
QWEN = r"qwen-?2\.5-?vl"
SERVERS = {
    "whole": Family(QWEN, "qwen-28", format="qwen-tool"),
    "llama.cpp": Family(QWEN, "qwen-28-4096", format="qwen-tool"),
    "max_pixels": Family(QWEN, "qwen-28-1280", format="qwen-tool"),
    "uncounting": Family(QWEN, "qwen-28", format="qwen-tool", counts_pictures=False),
}
CAPS = {"whole": None, "llama.cpp": 4096, "max_pixels": 1280}
"""Server -> the tokens of a picture that it shows at most."""

SIZES = ((2560, 1600), (1600, 2560))
COUNT = 2
FEW = "input tokens in all, where"
"""Words of the warning about a shrunk picture."""
UNCOUNTED = "does not count pictures"


@dataclass(frozen=True)
class Run:
    """A finished run, or its scoring again."""

    printed: str
    errors: str
    folder: Path

    @property
    def trials(self) -> list[dict[str, Any]]:
        lines = (self.folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()
        return sorted(map(json.loads, lines), key=lambda trial: trial["order"])

    @property
    def model(self) -> dict[str, Any]:
        (block,) = json.loads((self.folder / "summary.json").read_text())["models"].values()
        assert isinstance(block, dict)
        return block

    @property
    def outcomes(self) -> list[str]:
        return [trial["outcome"] for trial in self.trials]

    @property
    def flagged(self) -> int:
        return sum(
            "seen-smaller" in (trial["parsed"] or {}).get("flags", ()) for trial in self.trials
        )


RunIt = Callable[..., Run]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("large") / "data"
    # Large enough to be hit in steps of whole pixels of a picture a third as wide.
    marked_suite(root, count=COUNT, sizes=SIZES, marks=(48,), busy=False)
    return root


@pytest.fixture
def run(inline: Command, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunIt:
    def run(server: Vendors, *more: str, settings: str = "", name: str = "r") -> Run:
        model = f"openai/qwen2.5-vl-7b?base_url={server.base_url('compatible')}{settings}"
        words = ("run", "-m", model, "-s", "marks", "--data", str(data), "--name", name)
        done = inline(*words, "-q", *more)
        assert done.returncode == 0, done.stderr
        return Run(done.stdout, done.stderr, tmp_path / "results" / name)

    return run


@pytest.mark.parametrize(
    ("server", "variants"),
    [
        ("whole", "as-is"),
        ("llama.cpp", "as-is"),
        ("llama.cpp", "jittered"),
        ("max_pixels", "as-is"),
    ],
)
def test_a_shrunk_picture_is_flagged_and_a_limit_mends_it(
    server: str, variants: str, run: RunIt
) -> None:
    cap = CAPS[server]
    with Vendors(families=[SERVERS[server]]) as vendors:
        plain = run(vendors, "--variants", variants)
        if cap is None:
            assert plain.outcomes == ["hit"] * COUNT
            assert plain.flagged == 0
            assert FEW not in plain.errors + plain.printed
            assert plain.model["pictures"] == {
                "checked": COUNT,
                "seen_smaller": 0,
                "uncounted": 0,
                "sentence": None,
            }
            return
        assert plain.outcomes == ["miss"] * COUNT
        assert plain.flagged == COUNT
        assert plain.model["flags"] == {"seen-smaller": COUNT}
        assert plain.model["pictures"]["seen_smaller"] == COUNT
        assert plain.errors.count(FEW) == 1
        assert "llama-server --image-max-tokens 16384" in plain.errors
        assert '"max_pixels": 12845056' in plain.errors
        assert "max_image_tokens" in plain.errors
        page = (plain.folder / "report.html").read_text(encoding="utf-8")
        for shown in (plain.printed, page):
            assert f"{COUNT} of {COUNT} answers: the server showed a smaller picture" in " ".join(
                shown.split()
            )

        capped = run(
            vendors, "--variants", variants, settings=f"&max_image_tokens={cap}", name="capped"
        )
    assert capped.outcomes == ["hit"] * COUNT
    assert capped.flagged == 0
    assert FEW not in capped.errors + capped.printed
    for trial in capped.trials:
        assert trial["model"] == f"openai/qwen2.5-vl-7b?max_image_tokens={cap}"
        assert trial["sent"]["width"] * trial["sent"]["height"] <= cap * 28**2
    (stored,) = json.loads((capped.folder / "run.json").read_text())["models"]
    assert stored["settings"]["max_image_tokens"] == cap
    assert stored["profile"]["sizing"] == f"qwen-28-{cap}"
    keys = {trial["key"] for trial in (*plain.trials, *capped.trials)}
    assert len(keys) == 2 * COUNT
    assert not any("max_image_tokens" in (call.body or {}) for call in vendors.log)


def test_a_server_that_counts_no_picture_is_said_to_and_nothing_is_flagged(run: RunIt) -> None:
    with Vendors(families=[SERVERS["uncounting"]]) as vendors:
        done = run(vendors)
    assert done.outcomes == ["hit"] * COUNT
    assert done.flagged == 0
    assert done.errors.count(UNCOUNTED) == 1
    assert UNCOUNTED in " ".join(done.printed.split())
    assert done.model["pictures"]["uncounted"] == COUNT


def test_an_answer_without_a_point_is_counted_too(run: RunIt) -> None:
    with Vendors(families=[SERVERS["llama.cpp"]]) as vendors:
        vendors.play("compatible", "refusal", "empty")
        done = run(vendors, "--concurrency", "1")
    assert done.outcomes == ["declined", "unparsed"]
    assert done.flagged == COUNT
    assert done.model["pictures"]["seen_smaller"] == COUNT
    assert done.errors.count(FEW) == 1


def test_shares_of_the_picture_are_right_at_any_size(run: RunIt) -> None:
    family = Family(QWEN, "qwen-28-1280", unit="permille", format="qwen-tool")
    with Vendors(families=[family]) as vendors:
        done = run(vendors, settings="&profile=qwen3-vl")
    assert done.outcomes == ["hit"] * COUNT
    assert done.flagged == 0
    assert done.model["pictures"] is None


def test_rescore_flags_the_same_and_score_flags_from_the_lines_alone(
    run: RunIt, inline: Command, data: Path, tmp_path: Path
) -> None:
    with Vendors(families=[SERVERS["llama.cpp"]]) as vendors:
        asked = run(vendors)
    assert inline("rescore", "results/r").returncode == 0
    again = Run("", "", tmp_path / "results" / "r-rescored")
    assert again.trials == asked.trials
    assert (again.folder / "summary.json").read_bytes() == (
        asked.folder / "summary.json"
    ).read_bytes()
    # As an older version wrote it: without the flag.
    old = tmp_path / "results" / "old"
    old.mkdir()
    for name in ("run.json", "targets.jsonl"):
        (old / name).write_bytes((asked.folder / name).read_bytes())
    lines = (asked.folder / "trials.jsonl").read_text()
    (old / "trials.jsonl").write_text(lines.replace(',"flags":["seen-smaller"]', ""))
    assert Run("", "", old).flagged == 0
    done = inline("rescore", "results/old")
    assert FEW in done.stderr
    assert Run("", "", tmp_path / "results" / "old-rescored").trials == asked.trials
    # Shares are read alike, however the picture was shrunk.
    assert inline("rescore", "r", "--profile", "qwen3-vl", "--name", "shares").returncode == 0
    assert Run("", "", tmp_path / "results" / "shares").flagged == 0

    rows = [
        {
            "target": trial["target"],
            "text": trial["reply"]["text"],
            "input_tokens": trial["reply"]["input_tokens"],
        }
        for trial in asked.trials
    ]
    (tmp_path / "replies.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = ("score", "replies.jsonl", "-s", "marks", "--data", str(data))
    scored = inline(*words, "--profile", "qwen2.5-vl", "--name", "s")
    found = Run(scored.stdout, scored.stderr, tmp_path / "results" / "s")
    assert found.flagged == COUNT
    assert found.errors.count(FEW) == 1
    assert "--sent-size" in found.errors
    mended = inline(
        *words, "--profile", "qwen2.5-vl", "--name", "t", "--sampling", "max_image_tokens=4096"
    )
    assert FEW not in mended.stderr
    for profile, limit, said in (
        ("qwen2.5-vl", "many", "--sampling: max_image_tokens must be a whole number"),
        ("pixel", "4096", "max_image_tokens and profile pixel: only qwen-28"),
    ):
        wrong = inline(*words, "--profile", profile, "--sampling", f"max_image_tokens={limit}")
        assert wrong.returncode == 2
        assert said in wrong.stderr
    found = Run(mended.stdout, mended.stderr, tmp_path / "results" / "t")
    assert found.flagged == 0
    assert found.outcomes == ["hit"] * COUNT


def test_a_run_with_a_limit_is_resumed_as_it_was(
    run: RunIt, inline: Command, tmp_path: Path
) -> None:
    with Vendors(families=[SERVERS["llama.cpp"]]) as vendors:
        done = run(vendors, settings="&max_image_tokens=4096")
        journal = done.folder / "trials.jsonl"
        journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:1]))
        again = inline("run", "--resume", "r", "-q")
    assert again.returncode == 0, again.stderr
    assert done.outcomes == ["hit"] * COUNT


@pytest.mark.parametrize("server", ["whole", "llama.cpp", "uncounting"])
def test_models_check_asks_about_a_large_picture_and_says_what_was_seen(
    server: str, inline: Command
) -> None:
    with Vendors(families=[SERVERS[server]]) as vendors:
        model = f"openai/qwen2.5-vl-7b?base_url={vendors.base_url('compatible')}"
        done = inline("models", "check", model)
        rows = json.loads(inline("models", "check", model, "--json").stdout)
        assert vendors.count == 4
    (row,) = rows
    assert (row["seen"], row["large"]["seen"]) == {
        "whole": ("whole", "whole"),
        "llama.cpp": ("whole", "smaller"),
        "uncounting": ("uncounted", "uncounted"),
    }[server]
    assert (row["picture_tokens"], row["large"]["picture_tokens"]) == (2691, 10549)
    assert done.returncode == (1 if server == "llama.cpp" else 0)
    assert "3836x2156 image/png" in done.stdout
    assert (FEW in done.stdout) is (server == "llama.cpp")
    assert done.stdout.count(UNCOUNTED) == (2 if server == "uncounting" else 0)


def test_models_check_of_a_limited_model_finds_the_large_mark(inline: Command) -> None:
    with Vendors(families=[SERVERS["llama.cpp"]]) as vendors:
        address = vendors.base_url("compatible")
        model = f"openai/qwen2.5-vl-7b?base_url={address}&max_image_tokens=4096"
        done = inline("models", "check", model)
    assert done.returncode == 0, done.stdout
    assert "2380x1344 image/png" in done.stdout
    assert FEW not in done.stdout
