"""The house: each room's allowed imports, no circular imports, and no crowded folder."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pointbench

PACKAGE = Path(pointbench.__file__).parent

ROOMS = [
    "errors",
    "extras",
    "jsontypes",
    "numbers",
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
"""A room imports only rooms above it in this list."""

REST = "the room's other modules"
ROOMS_WITHIN: dict[str, list[set[str]]] = {
    "adapters": [{REST}, {"http"}, {"local", "transformers", "vendors"}],
    "capture": [{REST}, {"wording"}, {"desktop", "web"}, {"session"}],
    "cli": [{"shared"}, {REST}],
    "engine": [
        {"planning"},
        {"answers", "journal", "journal_index", "log", "reply_files", "stored_run"},
        {"asking"},
        {"execute", "gate", "merge", "streak", "rescore", "score"},
    ],
    "importers": [{REST}, {"formats"}],
    "report": [{REST}, {"text"}, {"figures", "page"}],
    "summary": [{"schema_parts", "table"}, {"tally"}, {"model"}, {REST}],
}
"""Room -> its parts in layers: a part imports layers before its own, and no other part of its layer."""

COMMANDS_ACROSS = {
    ("cli.models", "cli.models_check"),  # a subcommand with its own module
    ("cli.run", "cli.gate"),  # `run --resume` continues a gate, too
    ("cli.run", "cli.streak"),  # `run --resume` continues a streak, too
}
"""Commands that import another one."""

CORE = ["geometry", "suites", "replies", "scoring", "trials", "statistics", "baselines"]
FORBIDDEN_IN_CORE = {"time", "random", "socket", "subprocess", "os", "urllib", "httpx", "secrets"}

MOST_MODULES = 16
MOST_COMMANDS = 24
ONE_MODULE_EACH = {"formats", "profiles"}
"""Folders that hold one module or file per format or profile, however many there are."""


def name_of(path: Path) -> str:
    """The module's dotted name below ``pointbench``; "" for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if room_of(path) not in ("__init__", "__main__", "data")
    ]


MODULES = {name_of(path) for path in modules()}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it, except for the type checker alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            # ``from package import module`` imports the module, whatever the package itself imports.
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                names.add(full if full.removeprefix("pointbench.") in MODULES else node.module)
    return names


def own_imports(path: Path) -> set[str]:
    """The same, limited to this package and without its name."""
    names = imports(path)
    return {
        name.removeprefix("pointbench.") for name in names if name.startswith("pointbench.")
    } & MODULES


def part_of(module: str, room: str) -> str:
    """The part of a room that a module belongs to, as `ROOMS_WITHIN` names it."""
    named = set().union(*ROOMS_WITHIN[room])
    second = module.split(".")[1] if "." in module else ""
    return second if second in named else REST


def imports_within(room: str) -> Iterator[tuple[str, str]]:
    """Every import from one part of a room to another, as (module, part of the room)."""
    for path in modules():
        if room_of(path) != room:
            continue
        module = name_of(path)
        for imported in own_imports(path):
            if imported.split(".")[0] == room and part_of(imported, room) != part_of(module, room):
                yield module, part_of(imported, room)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_above_it(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS, f"{room} has no place in the house"
    above = set(ROOMS[: ROOMS.index(room) + 1])
    assert {name.split(".")[0] for name in own_imports(path)} - above == set()


@pytest.mark.parametrize("room", ROOMS_WITHIN)
def test_a_part_of_a_room_imports_only_layers_below_it(room: str) -> None:
    layer_of = {part: number for number, layer in enumerate(ROOMS_WITHIN[room]) for part in layer}
    wrong = {
        (module, part)
        for module, part in imports_within(room)
        if layer_of[part] >= layer_of[part_of(module, room)]
    }
    assert wrong == set()


def test_a_command_imports_no_other_command() -> None:
    wrong = {
        (name_of(path), imported)
        for path in modules()
        if room_of(path) == "cli" and path.parent.name == "cli"
        for imported in own_imports(path)
        if imported.startswith("cli.") and not imported.startswith("cli.shared")
    }
    assert wrong - COMMANDS_ACROSS == set()


def test_nothing_imports_in_a_circle() -> None:
    graph = {name_of(path): own_imports(path) for path in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


def test_no_folder_is_crowded() -> None:
    for folder in [PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir())]:
        if folder.name in ONE_MODULE_EACH or folder.name == "__pycache__":
            continue
        files = [
            path for path in folder.iterdir() if path.is_file() and not path.name.startswith("__")
        ]
        most = MOST_COMMANDS if folder == PACKAGE / "cli" else MOST_MODULES
        assert len(files) <= most, f"{folder.name}/ holds {len(files)} files; make rooms of them"


def test_no_module_takes_another_ones_private_names() -> None:
    taken = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pointbench"):
                private = [alias.name for alias in node.names if alias.name.startswith("_")]
                taken += [(name_of(path), name) for name in private if not name.startswith("__")]
    assert taken == []


@pytest.mark.parametrize("room", CORE)
def test_the_core_reads_no_clock_no_network_no_environment_and_draws_nothing(room: str) -> None:
    for path in modules():
        if room_of(path) == room:
            roots = {name.split(".")[0] for name in imports(path)}
            assert roots & FORBIDDEN_IN_CORE == set(), path
