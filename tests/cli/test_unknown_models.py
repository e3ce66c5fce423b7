"""A model of which nothing is known: every place that has to say so, and who is told nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointbench.adapters import registry
from pointbench.runs import read_run_info
from pointbench.testing import Vendors
from tests.conftest import Command

pytestmark = pytest.mark.skipif(
    "openai" not in registry.entry_points(), reason="no vendor's adapter is installed"
)
SAID = "othing is known of how openai/acme/vlm-9 points; it is asked in pixels"


@pytest.fixture
def address() -> Iterator[str]:
    with Vendors() as running:
        yield running.base_url("compatible")


def run_of(inline: Command, model: str, *more: str) -> tuple[str, str]:
    done = inline("run", "-m", model, "-s", "starter", "--limit", "2", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_run_says_before_it_asks_that_nothing_is_known(
    inline: Command, address: str, tmp_path: Path
) -> None:
    model = f"openai/acme/vlm-9?base_url={address}"
    shown, said = run_of(inline, model, "--dry-run")
    assert SAID in said
    assert "profile pixel" in shown
    plan = json.loads(run_of(inline, model, "--dry-run", "--json")[0])
    assert plan["models"][0]["evidence"] == "unknown"
    shown, said = run_of(inline, model, "--name", "one")
    assert said.count(SAID) == 1
    assert "models calibrate" in said
    assert f"N{SAID}" in shown
    stored = tmp_path / "results" / "one"
    assert read_run_info(stored).models[0].evidence == "unknown"
    assert f"N{SAID}" in inline("report", "one", "--format", "markdown").stdout
    assert SAID in (stored / "report.html").read_text(encoding="utf-8")
    resumed = inline("run", "--resume", "one")
    assert resumed.returncode == 0, resumed.stderr
    assert SAID in resumed.stderr


@pytest.mark.parametrize("how", ["typed", "in pointbench.toml", "blind"])
def test_who_names_a_profile_is_told_nothing(
    inline: Command, address: str, tmp_path: Path, how: str
) -> None:
    model = f"openai/acme/vlm-9?base_url={address}"
    more: list[str] = []
    if how == "typed":
        model += "&profile=pixel"
    elif how == "blind":
        more = ["--blind"]
    else:
        (tmp_path / "pointbench.toml").write_text(
            f'[models.mine]\nmodel = "openai/acme/vlm-9"\nbase_url = "{address}"\nprofile = "pixel"\n'
        )
        model = "mine"
    run_of(inline, model, "--name", "one", *more)
    assert read_run_info(tmp_path / "results" / "one").models[0].evidence is None
    for words in (
        inline("run", "--resume", "one").stderr,
        inline("report", "one").stdout,
        inline("models", "show", model).stdout if how != "blind" else "",
    ):
        assert "othing is known" not in words


def test_a_run_of_an_older_version_is_told_when_it_goes_on(
    inline: Command, address: str, tmp_path: Path
) -> None:
    run_of(inline, f"openai/acme/vlm-9?base_url={address}", "--name", "one")
    path = tmp_path / "results" / "one" / "run.json"
    info = json.loads(path.read_text(encoding="utf-8"))
    for model in info["models"]:
        del model["evidence"], model["profile"]["evidence"], model["profile"]["nothing"]
    path.write_text(json.dumps({**info, "schema": 1}), encoding="utf-8")
    assert "othing is known" not in inline("report", "one").stdout
    resumed = inline("run", "--resume", "one")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stderr.count(SAID) == 1
    assert f"N{SAID}" in resumed.stdout
    assert read_run_info(path.parent).models[0].evidence == "unknown"
    assert f"N{SAID}" in inline("report", "one").stdout


def test_a_rerouted_model_is_named_before_it_is_asked(inline: Command) -> None:
    for model, words in {
        "google/gemini-2.5-flash": "answered by google/gemini-3.5-flash-lite",
        "openai/deepseek-v4-flash": "is answered by openai/deepseek-flash",
        "sonnet-3.5": "was retired on 2025-10-28",
    }.items():
        shown = inline("models", "show", model).stdout
        assert words in shown, model


def test_a_model_that_cannot_point_is_refused_in_one_line(inline: Command) -> None:
    for words in (
        ("models", "show", "openai/allenai/MolmoPoint-8B?base_url=http://127.0.0.1:9/v1"),
        ("run", "-m", "transformers/allenai/MolmoPoint-8B", "--dry-run"),
        ("run", "-m", "replicate/me/gui-actor-7b", "--limit", "1"),
    ):
        done = inline(*words)
        assert done.returncode == 2
        assert "cannot be asked to point" in done.stderr
        assert done.stderr.count("\n") == 1
