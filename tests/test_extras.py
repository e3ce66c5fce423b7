"""Commands on a machine without the optional extras: one line that says what installs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import pointbench
from pointbench.extras import EXTRAS
from tests.conftest import DataRoot

Bare = Callable[..., subprocess.CompletedProcess[str]]
SESSION = str(Path(pointbench.__file__).parents[1] / "targets/icons/session.toml")
MODULES = {module for packages in EXTRAS.values() for module in packages.values()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed packages, by links, without those of the extras."""
    folder = tmp_path_factory.mktemp("site")
    names = {name for module in MODULES for name in packages_distributions().get(module, ())}
    hidden = MODULES | {name.lower().replace("-", "_") for name in names}
    for installed in filter(Path.is_dir, map(Path, sys.path)):
        if installed.name not in ("site-packages", "dist-packages"):
            continue
        for entry in installed.iterdir():
            name = entry.name.partition("-")[0].partition(".")[0]
            link = folder / entry.name
            if name not in hidden and name.lower() not in hidden and not link.is_symlink():
                link.symlink_to(entry)
    return folder


@pytest.fixture
def bare(site: Path, small: DataRoot) -> Bare:
    """Runs a command in the folder of the suite ``small``, with nothing on the path but ``site``."""
    repository = Path(pointbench.__file__).parents[1]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(map(str, (repository, site)))
        environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "DISPLAY": ":4321"}
        environment |= {"WAYLAND_DISPLAY": "", "XDG_SESSION_TYPE": "x11"}
        return subprocess.run(
            # -S: the site-packages of this interpreter stay out.
            [sys.executable, "-S", "-m", "pointbench", *words],
            cwd=small.path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_the_extras_are_hidden(bare: Bare, site: Path) -> None:
    assert {path.name for path in site.iterdir()}.isdisjoint(MODULES)
    assert "pydantic" in {path.name for path in site.iterdir()}
    assert bare("suites", "list").returncode == 0


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["run", "-s", "small", "-m", "local/ocr"], "ocr"),
        (["streak", "-s", "small", "-m", "local/ocr", "--goal", "3"], "ocr"),
        (["models", "check", "local/ocr"], "ocr"),
        (["models", "calibrate", "local/ocr"], "ocr"),
        (["run", "-s", "small", "-m", "transformers/owner/name"], "hf"),
        (["report", "any", "--figures", "figures"], "figures"),
        (["import", "screenspot", "rows.parquet", "--suite", "new"], "parquet"),
        (["capture", "desktop"], "capture"),
        (["capture", "web", "http://127.0.0.1:9/"], "capture"),
        (["capture", "session", SESSION, "--data", "new"], "capture"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value)[:40],
)
def test_a_command_without_its_extra_says_what_installs_it(
    bare: Bare, small: DataRoot, words: list[str], extra: str
) -> None:
    (small.path / "rows.parquet").write_bytes(b"PAR1")
    done = bare(*words)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert f"pip install 'pointbench[{extra}]'" in line


@pytest.mark.parametrize(
    "words",
    [
        ["run", "-s", "small", "--limit", "2", "--name", "first"],
        ["streak", "-s", "small", "-m", "local/random", "--goal", "2", "--sessions", "2"],
        ["models", "list"],
        ["models", "show", "local/ocr"],
        ["models", "check", "local/center"],
        ["suites", "show", "small"],
        ["validate", "."],
        ["plan", "--detect", "0.1"],
        ["schema", "trial"],
        ["overlay", "small", "-o", "pictures"],
        ["export", "small", "coco", "-o", "out"],
        ["capture", "--help"],
    ],
    ids=" ".join,
)
def test_a_command_that_needs_no_extra_runs_without(bare: Bare, words: list[str]) -> None:
    done = bare(*words)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr


def test_the_default_run_goes_on_without_the_reader_and_says_so(bare: Bare) -> None:
    done = bare("run", "-s", "small", "--name", "one")
    assert done.returncode == 0, done.stderr
    assert "running without local/ocr" in done.stderr
    assert "pip install 'pointbench[ocr]'" in done.stderr
    for words in (
        ["report", "one"],
        ["report", "one", "--format", "html"],
        ["compare", "one", "--model", "local/random", "--model", "local/center"],
        ["cite", "one"],
        ["rescore", "one", "--name", "again"],
        ["run", "--resume", "one"],
    ):
        assert "Traceback" not in (again := bare(*words)).stderr, again.stderr
        assert again.returncode in (0, 1), again.stderr
