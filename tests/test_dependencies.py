"""What the package imports is what it declares, and the other way round."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {name: lines for name, lines in PROJECT["optional-dependencies"].items() if name != "test"}


def names(lines: list[str]) -> set[str]:
    return {_normal(re.split(r"[\s<>=!~\[;]", line, maxsplit=1)[0]) for line in lines}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def imported() -> dict[str, str]:
    """Distribution -> a module of the package that imports it, anywhere."""
    known = packages_distributions()
    found: dict[str, str] = {}
    for path in sorted((ROOT / "pointbench").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                modules = [node.module]
            else:
                continue
            for module in modules:
                top = module.partition(".")[0]
                if top not in sys.stdlib_module_names and top != "pointbench":
                    name = known.get(top, [top])[0]
                    found.setdefault(_normal(name), str(path.relative_to(ROOT)))
    return found


def test_every_import_is_declared() -> None:
    declared = names(PROJECT["dependencies"]).union(*map(names, EXTRAS.values()))
    undeclared = {name: path for name, path in imported().items() if name not in declared}
    assert undeclared == {}


@pytest.mark.parametrize("name", sorted(names(PROJECT["dependencies"])))
def test_every_dependency_is_imported(name: str) -> None:
    assert name in imported()
