"""The house: a room imports only rooms above it in this list, and the core reads nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pointbench

PACKAGE = Path(pointbench.__file__).parent

ROOMS = [
    "errors",
    "geometry",
    "baselines",
    "suites",
    "replies",
    "profiles",
    "trials",
    "scoring",
    "calibration",
    "settings",
    "adapters",
    "pictures",
    "validation",
    "runs",
    "statistics",
    "engine",
    "summary",
    "report",
    "importers",
    "exporters",
    "capture",
    "testing",
    "cli",
]
"""From the top of the house down; what stands on one line of the docs may import what is above."""

CORE = ["geometry", "suites", "replies", "scoring", "trials", "statistics", "baselines"]
FORBIDDEN_IN_CORE = {"time", "random", "socket", "subprocess", "os", "urllib", "httpx", "secrets"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if room_of(path) not in ("__init__", "__main__", "data")
    ]


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it, but for the type checker alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_imported(path: Path) -> set[str]:
    own = {name.split(".")[1] for name in imports(path) if name.startswith("pointbench.")}
    return {name for name in own if name in ROOMS}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_above_it(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS, f"{room} has no place in the house"
    above = set(ROOMS[: ROOMS.index(room) + 1])
    assert rooms_imported(path) - above == set()


@pytest.mark.parametrize("room", CORE)
def test_the_core_reads_no_clock_no_network_no_environment_and_draws_nothing(room: str) -> None:
    for path in modules():
        if room_of(path) == room:
            roots = {name.split(".")[0] for name in imports(path)}
            assert roots & FORBIDDEN_IN_CORE == set(), path
