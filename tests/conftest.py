"""Data roots, adapters and commands that many tests need; all of them real."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

# Processes that a shell starts in the background ignore Ctrl-C, and so would the tests' commands.
signal.signal(signal.SIGINT, signal.default_int_handler)

SUITE_TOML = """\
name = "{name}"
version = "1.0.0"
title = "A suite of the tests"
description = "Drawn by a test."
license = "CC0-1.0"
authors = ["the tests"]
"""


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Encoded pictures stay out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@dataclass(frozen=True)
class DataRoot:
    """A data root on disk, built target by target."""

    path: Path

    def screenshot(
        self,
        suite: str,
        stem: str,
        targets: Sequence[dict[str, Any]],
        *,
        size: tuple[int, int] = (640, 360),
        color: str = "navy",
        **fields: Any,
    ) -> Path:
        """Write one picture and its annotation; the annotation's path."""
        pictures = self.path / "screenshots" / suite
        annotations = self.path / "targets" / suite
        pictures.mkdir(parents=True, exist_ok=True)
        annotations.mkdir(parents=True, exist_ok=True)
        picture = pictures / f"{stem}.png"
        image = Image.new("RGB", size, color)
        draw = ImageDraw.Draw(image)
        for target in targets:
            if "box" in target:
                draw.rectangle(target["box"], fill="orange")
        image.save(picture)
        toml = annotations / "suite.toml"
        if not toml.exists():
            toml.write_text(SUITE_TOML.format(name=suite))
        annotation = annotations / f"{stem}.json"
        content = {
            "screenshot": f"{suite}/{stem}.png",
            "width": size[0],
            "height": size[1],
            "sha256": hashlib.sha256(picture.read_bytes()).hexdigest(),
            "targets": list(targets),
            **fields,
        }
        annotation.write_text(json.dumps(content))
        return annotation


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    """An empty data root."""
    return DataRoot(tmp_path / "data")


def small_suite(root: DataRoot, name: str = "small", screenshots: int = 2, each: int = 5) -> None:
    """A sound suite: ``each`` boxes on every screenshot, and one absent target on the first."""
    for number in range(screenshots):
        stem = f"shot{number}"
        targets: list[dict[str, Any]] = [
            {
                "id": f"{stem}/t{index}",
                "instruction": f"Click square {index} of screen {number}.",
                "box": [20 + 60 * index, 40, 60 + 60 * index, 80],
                "kind": "icon" if index % 2 else "text",
                "app": f"app{number}",
                "rewordings": [f"Press square {index} on screen {number}."] if index < 3 else [],
            }
            for index in range(each)
        ]
        if number == 0:
            targets.append(
                {"id": f"{stem}/gone", "instruction": "Click the circle.", "absent": True}
            )
        root.screenshot(name, stem, targets)


@pytest.fixture
def small(root: DataRoot) -> DataRoot:
    """A data root with the suite ``small``: 2 screenshots, 10 present targets, 1 absent."""
    small_suite(root)
    return root


Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def adapters(tmp_path: Path) -> Callable[[str, str], Path]:
    """Installs adapters for subprocesses: ``adapters(name, source)`` gives the path to put first."""

    def install(name: str, source: str) -> Path:
        site = tmp_path / "adapters"
        info = site / f"{name}_adapter-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}_adapter.py").write_text(source)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}-adapter\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(
            f"[pointbench.adapters]\n{name} = {name}_adapter:Pointer\n"
        )
        return site

    return install


def environment(*paths: Path, **variables: str) -> dict[str, str]:
    """This process's environment with ``paths`` first on the module path."""
    joined = os.pathsep.join([*map(str, paths), os.environ.get("PYTHONPATH", "")]).rstrip(
        os.pathsep
    )
    return {**os.environ, "PYTHONPATH": joined, "NO_COLOR": "1", **variables}


@pytest.fixture
def inline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs the command in this process, which saves seconds if no separate process is needed."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        from pointbench.cli import main

        with monkeypatch.context() as patch:
            patch.chdir(cwd or tmp_path)
            capsys.readouterr()
            code = main([*map(str, words)])
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess([*map(str, words)], code, out, err)

    return run


@pytest.fixture
def pointbench(tmp_path: Path) -> Command:
    """Runs the command as a separate process in an empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()

    def run(
        *words: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pointbench", *map(str, words)],
            capture_output=True,
            text=True,
            env=env or environment(),
            cwd=cwd or folder,
            timeout=120,
            check=False,
        )

    return run
