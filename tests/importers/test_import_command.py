"""``pointbench import``: what it prints and its exit status."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pointbench.cli import import_
from pointbench.errors import UsageError
from pointbench.importers import conventions
from pointbench.validation import validate_path
from tests.importers.conftest import write
from tests.importers.formats.test_conventions import PRO


def run_import(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser(prog="pointbench import")
    import_.add_arguments(parser)
    return import_.run(parser.parse_args(list(map(str, arguments))))


def test_a_sound_set_is_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"a.json": [PRO]})
    arguments = (
        "screenspot-pro",
        tmp_path / "a.json",
        "--suite",
        "mine",
        "--data",
        tmp_path / "root",
    )
    assert run_import(*arguments) == 0
    assert "mine: imported: 1 target on 1 screenshot, 0 pictures" in capsys.readouterr().out
    assert run_import(*arguments) == 0
    assert "already exists" in capsys.readouterr().out


def test_a_faulty_set_is_1_and_every_fault_is_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        PRO,
        {**PRO, "id": "b", "bbox": [5, 5, 1, 1]},
        {**PRO, "id": "c", "bbox": [-1, 0, 9, 9]},
    ]
    write(tmp_path, {"a.json": rows})
    arguments = ("screenspot-pro", tmp_path / "a.json", "-s", "mine", "--data", tmp_path / "root")
    assert run_import(*arguments) == 1
    printed = capsys.readouterr()
    assert "dropped 1: inverted" in printed.out
    assert "changed 1: clipped-left-top" in printed.out
    lines = printed.err.splitlines()
    assert lines[0] == ("a.json: row 1: target b: box [5, 5, 1, 1] is inverted; dropped (inverted)")
    assert "target c" in lines[1]


def test_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"a.json": [PRO, {**PRO, "id": "b", "bbox": None}]})
    arguments = ("screenspot-pro", tmp_path / "a.json", "-s", "mine", "--data", tmp_path / "r")
    assert run_import(*arguments, "--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "suite": "mine",
        "targets": 1,
        "screenshots": 1,
        "pictures": 0,
        "dropped": {"not-numbers": ["b"]},
        "changed": {},
    }


def test_a_convention_that_does_not_fit_is_remarked_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corners = {"bbox": [300, 150, 380, 190], "img_filename": "a.png", "img_size": [400, 200]}
    write(tmp_path, {"a.json": [{**corners, "instruction": "x"}]})
    arguments = ("screenspot-v2", tmp_path / "a.json", "-s", "mine", "--data", tmp_path / "r")
    assert run_import(*arguments) == 1
    assert "the convention of this file?" in capsys.readouterr().err


def test_an_unknown_format_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean screenspot-pro"):
        run_import("screenspot_pro", tmp_path, "-s", "x")


def test_help_states_every_convention(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_import("--help")
    printed = capsys.readouterr().out
    for name, convention in conventions().items():
        assert f"  {name} " in printed
        assert convention in " ".join(printed.split())


def modules_after(code: str) -> set[str]:
    """The modules that a separate process has imported after running the code."""
    script = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("room", ["importers", "exporters"])
def test_the_list_of_formats_imports_none_of_them(room: str) -> None:
    modules = modules_after(f"import pointbench.{room}")
    assert {name for name in modules if name.startswith(f"pointbench.{room}.")} == set()


@pytest.mark.parametrize("command", ["import", "export"])
def test_help_imports_no_library_to_state_the_conventions(command: str) -> None:
    modules = modules_after(f"from pointbench.cli import main\nmain(['{command}', '--help'])")
    assert modules & {"PIL", "numpy", "pydantic", "pyarrow"} == set()


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ([-1, 0, 9, 30], "clipped-left-top"),
        ([300, 150, 401, 200], "clipped-right-bottom"),
        ([390, 190, 430, 230], "clipped-right-bottom"),
    ],
)
@pytest.mark.parametrize("others", [1, 2, 8])
def test_one_cut_box_is_said_and_no_reason_for_1(
    box: list[int],
    reason: str,
    others: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [{**PRO, "id": f"r{n}", "bbox": [10 * n, 0, 10 * n + 9, 9]} for n in range(others)]
    write(tmp_path, {"a.json": [*rows, {**PRO, "bbox": box}]})
    arguments = ("screenspot-pro", tmp_path / "a.json", "-s", "mine", "--data", tmp_path / "root")
    assert run_import(*arguments) == 0
    printed = capsys.readouterr()
    assert f"changed 1: {reason}" in printed.out
    assert f"cut at its edge; changed ({reason})" in printed.err
    assert "the convention of this file?" not in printed.err
    assert run_import(*arguments) == 0


def test_what_validate_finds_is_said_and_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"a.json": [PRO, {**PRO, "id": "again"}]})
    arguments = ("screenspot-pro", tmp_path / "a.json", "-s", "mine", "--data", tmp_path / "root")
    assert run_import(*arguments) == 1
    said = capsys.readouterr().err
    assert "target again: asks what target app_windows_0 asks, at the same place" in said
    assert "1 fault that `pointbench validate` finds, too" in said
    found = validate_path(tmp_path / "root", images=False).faults
    assert [str(fault) in said for fault in found] == [True]
