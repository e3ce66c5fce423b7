"""Faults that import and validate find in public sets: the broken labels, and none in sound ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Command


def _imported(pointbench: Command, form: str, source: Path, suite: str, *more: str) -> str:
    done = pointbench("import", form, str(source), "--suite", suite, *more)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "dropped", "largest"), [("cursor_dark", 554, 328), ("cursor_light", 472, 425)]
)
def test_the_broken_cursor_sets(
    pointbench: Command, logs: Path, name: str, dropped: int, largest: int
) -> None:
    folder = logs / "precision_cua_ms"
    printed = _imported(
        pointbench, "precision-cua", folder / name, name, "--images", str(folder / "images")
    )
    counts = [
        int(line.split()[1].rstrip(":"))
        for line in printed.splitlines()
        if line.startswith("  dropped")
    ]
    assert sum(counts) == dropped
    checked = pointbench("validate", f"targets/{name}")
    assert checked.returncode == 1
    assert f"{largest} targets have this very region" in checked.stdout


@pytest.mark.parametrize("name", ["vscode_dark", "vscode_light"])
def test_the_sound_vscode_sets(pointbench: Command, logs: Path, name: str) -> None:
    folder = logs / "precision_cua_ms"
    printed = _imported(
        pointbench, "precision-cua", folder / name, name, "--images", str(folder / "images")
    )
    assert "dropped" not in printed
    assert pointbench("validate", f"targets/{name}").returncode == 0


@pytest.mark.parametrize(
    ("name", "printed_on_import", "faults"),
    [
        ("UI_Vision_data", ["dropped 1: empty", "changed 22: clipped-left-top"], 1),
        ("ScreenSpot_V2_data", ["changed 1: clipped-right-bottom"], 1),
        ("ScreenSpot_Pro_data", ["changed 1: clipped-left-top"], 0),
        ("MMbench_data", [], 13),
    ],
)
def test_negative_outside_empty_and_doubled_boxes(
    pointbench: Command, logs: Path, name: str, printed_on_import: list[str], faults: int
) -> None:
    printed = _imported(pointbench, "mai-ui", logs / "mai_ui_annotations" / name, "public")
    for words in printed_on_import:
        assert words in printed
    checked = pointbench("validate", "--no-images", "targets/public")
    assert checked.stdout.count("asks what target") == faults
    assert checked.returncode == (1 if faults else 0)
