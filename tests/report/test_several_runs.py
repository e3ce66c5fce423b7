"""Runs from different days in one report, made and read through the commands themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pointbench.cli import main
from pointbench.report.page.data import unpacked
from tests.report import sample_run

SUITE = (
    'name = "made"\nversion = "{version}"\ntitle = "Made"\ndescription = "d"\n'
    'license = "CC0-1.0"\nauthors = ["a"]\n'
)


def _write_suite(root: Path, version: str, moved: str | None) -> None:
    """The made targets as a suite; ``moved`` is the id of one whose region has changed since."""
    folder = root / "targets" / "made"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.toml").write_text(SUITE.format(version=version), encoding="utf-8")
    files: dict[str, dict[str, object]] = {}
    for target in sample_run.targets(root):
        file = files.setdefault(
            target.screenshot,
            {
                "screenshot": target.screenshot,
                "width": target.width,
                "height": target.height,
                "sha256": target.sha256,
                "targets": [],
            },
        )
        fields = {"id": target.id, "instruction": target.instruction, "kind": target.kind}
        if target.box is None:
            fields["absent"] = True  # type: ignore[assignment]
        else:
            left = target.box[0] - (1 if target.id == moved else 0)
            fields["box"] = [left, *target.box[1:]]  # type: ignore[assignment]
        listed = file["targets"]
        assert isinstance(listed, list)
        listed.append(fields)
    for number, file in enumerate(files.values()):
        (folder / f"{number}.json").write_text(json.dumps(file), encoding="utf-8")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one pointer and one of another, the later ones of a newer suite."""
    root = tmp_path_factory.mktemp("several")
    out = ["--data", str(root), "--out", str(root / "results"), "-s", "made"]
    _write_suite(root, "1.0.0", None)
    assert main(["run", "-m", "local/center", *out, "--name", "monday"]) == 0
    _write_suite(root, "1.1.0", "desk-720p/b1")
    assert main(["run", "-m", "local/center", *out, "--name", "tuesday"]) == 0
    assert main(["run", "-m", "local/random", *out, "--limit", "20", "--name", "small"]) == 0
    return root / "results"


def _report(results: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(["report", *arguments, "--out", str(results)]) == 0
    return capsys.readouterr().out


def test_a_model_of_two_runs_is_told_apart_and_the_common_targets_are_used(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = _report(results, capsys, "monday", "tuesday", "--format", "csv")
    assert "local/center@monday" in table
    assert "local/center@tuesday" in table
    text = _report(results, capsys, "monday", "tuesday", "--format", "markdown")
    assert "Run monday asked 33 targets; this report is over the 32" in text
    assert "Suite made is not the same in all runs: 1.0.0 (sha256 " in text
    both = json.loads(_report(results, capsys, "monday", "tuesday", "--format", "json"))
    rates = [run["models"]["local/center"]["hit_rate"] for run in both["runs"].values()]
    assert rates[0] == rates[1]
    assert rates[0]["n"] == 29


def test_the_page_names_the_targets_in_common_and_is_the_same_twice(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("monday", "tuesday", "small")
    paths = [tmp_path / "a.html", tmp_path / "b.html"]
    for path in paths:
        _report(results, capsys, *names, "--format", "html", "-o", str(path))
    assert paths[0].read_bytes() == paths[1].read_bytes()
    text = paths[0].read_text(encoding="utf-8")
    asked = (results / "small" / "targets.jsonl").read_text(encoding="utf-8")
    common = {json.loads(line)["id"] for line in asked.splitlines()} - {"desk-720p/b1"}
    assert f"The {len(common)} targets that all these runs asked" in text
    assert all(f"made/{target}" in text for target in common)
    data: Any = unpacked(text.split('id="data">')[1].split("</script>")[0])
    assert {target["id"] for target in data["targets"]} == common
    assert len(data["trials"]) == 3 * len(common)


def test_every_file_of_a_report_is_the_same_twice(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for format_ in ("html", "markdown", "csv", "latex", "json", "terminal"):
        for name in ("a", "b"):
            path = tmp_path / name / f"r.{format_}"
            _report(results, capsys, "monday", "--format", format_, "-o", str(path))
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
