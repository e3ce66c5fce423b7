"""Sources written by the tests, and the public annotations if they are available."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pointbench.importers import load_format
from pointbench.importers.importing import Imported, import_suite
from pointbench.suites import Suite, load_suite

# Not collected, instead of skipped: a run without the public files does not mention them.
collect_ignore_glob = (
    [] if os.environ.get("POINTBENCH_PUBLIC_LOGS") else ["formats/test_public_*.py"]
)

SIZE = (400, 200)
"""Width and height, in pixels, of every picture drawn here."""

Import = Callable[..., tuple[Imported, Suite]]


def png(size: tuple[int, int] = SIZE, color: str = "navy") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, color).save(stream, "PNG")
    return stream.getvalue()


def write(folder: Path, files: dict[str, Any]) -> Path:
    """Write files by relative name: bytes and text unchanged, everything else as JSON (Lines)."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content)
        elif name.endswith(".jsonl"):
            path.write_text("".join(json.dumps(row) + "\n" for row in content))
        else:
            path.write_text(json.dumps(content))
    return folder


@pytest.fixture
def importing(tmp_path: Path) -> Import:
    """Imports files as a format: ``importing("coco", {"a.json": {...}})``."""

    def run(
        form: str, files: dict[str, Any], source: str = "", suite: str = "made"
    ) -> tuple[Imported, Suite]:
        folder = write(tmp_path / "source", files)
        root = tmp_path / "root"
        done = import_suite(load_format(form), folder / source, suite, root)
        return done, load_suite(root, suite)

    return run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"
