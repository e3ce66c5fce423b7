"""The wheel: it carries the bundled suites and all data files, and runs in an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from pointbench.suites import installed_root, suite_names

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as a wheel, built with the installed packages: nothing is downloaded."""
    if find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed here, and nothing is downloaded for it")
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose `pointbench` is the unpacked wheel, not this checkout."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return {**os.environ, "PYTHONPATH": str(site), "NO_COLOR": "1"}


def _pointbench(
    installed: dict[str, str], folder: Path, *words: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pointbench", *words],
        cwd=folder,
        env=installed,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_every_bundled_suite_is_in_it_and_has_its_pictures(
    installed: dict[str, str], tmp_path: Path
) -> None:
    listed = _pointbench(installed, tmp_path, "suites", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    names = sorted(suite["name"] for suite in json.loads(listed.stdout))
    assert names == suite_names(installed_root())
    data = Path(installed["PYTHONPATH"]) / "pointbench" / "data"
    done = _pointbench(installed, tmp_path, "validate", str(data))
    assert done.returncode == 0, done.stdout


def test_it_runs_in_an_empty_folder(installed: dict[str, str], tmp_path: Path) -> None:
    done = _pointbench(installed, tmp_path, "run", "-m", "local/center", "--limit", "5")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    (run,) = (tmp_path / "results").iterdir()
    assert (run / "report.html").stat().st_size > 10_000


def test_it_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    here = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "pointbench").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here - packed == set()
