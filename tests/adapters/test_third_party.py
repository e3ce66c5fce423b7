"""An adapter in another package: found once installed, listed, asked, and up to the contract."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

import pointbench

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "pointbench-middle"
version = "1.0"
[project.entry-points."pointbench.adapters"]
middle = "pointbench_middle:Middle"
[tool.hatch.build.targets.wheel]
include = ["pointbench_middle.py"]
"""

MODULE = '''\
"""Points at the middle of what it is shown."""
from pointbench import Reply
from pointbench.errors import GiveUp

class Middle:
    """Points at the middle of what it is shown."""
    def __init__(self, name, settings):
        self.name = name
    def ask(self, request):
        if request.picture is None:
            raise GiveUp("nothing to look at")
        x, y = request.picture.width / 2, request.picture.height / 2
        return Reply(f'{{"x": {x}, "y": {y}}}', finish_reason="stop")
'''


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that holds the package, and pointbench from here."""
    for tool in ("pip", "hatchling"):
        if find_spec(tool) is None:
            pytest.skip(f"{tool} is not installed here, and nothing is downloaded for it")
    folder = tmp_path_factory.mktemp("third-party")
    source = folder / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text(PYPROJECT)
    (source / "pointbench_middle.py").write_text(MODULE)
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    executable = folder / "venv/bin/python"
    (site,) = (folder / "venv/lib").glob("python*/site-packages")
    # pointbench's own dependencies come from this environment: nothing is downloaded.
    borrowed = [Path(pointbench.__file__).parents[1], *map(Path, _site_packages())]
    (site / "borrowed.pth").write_text("".join(f"{path}\n" for path in borrowed))
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet"]
    ran = subprocess.run(
        [sys.executable, "-m", "pip", "--python", executable, "install", *options, source],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return executable


def _site_packages() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")]


def run(python: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, *arguments], capture_output=True, text=True, timeout=120, cwd=folder, check=False
    )


def test_the_package_has_at_most_25_lines() -> None:
    assert len((PYPROJECT + MODULE).splitlines()) <= 25


def test_it_shows_up_in_the_list_of_models(python: Path, tmp_path: Path) -> None:
    ran = run(python, "-m", "pointbench", "models", "list", "--json", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    rows = {row["model"]: row for row in json.loads(ran.stdout)}
    assert rows["middle/NAME"]["missing"] == []
    assert rows["middle/NAME"]["description"] == "Points at the middle of what it is shown."


def test_it_keeps_the_contract(python: Path, tmp_path: Path) -> None:
    code = (
        "from pointbench.testing import check_adapter\n"
        "from pointbench.adapters.registry import adapter_class\n"
        "check_adapter(adapter_class('middle'), 'x')"
    )
    ran = run(python, "-W", "error", "-c", code, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
