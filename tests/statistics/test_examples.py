"""Every public function and class of `pointbench.statistics` documents its parts, and its example runs."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from types import ModuleType

import pytest

import pointbench.statistics

MODULES = [
    importlib.import_module(f"pointbench.statistics.{module.name}")
    for module in pkgutil.iter_modules(pointbench.statistics.__path__)
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def public_objects(module: ModuleType) -> dict[str, object]:
    """The public functions and classes that a module defines, by their dotted names."""
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    }


PUBLIC = {name: value for module in MODULES for name, value in public_objects(module).items()}
FUNCTIONS = {name: value for name, value in PUBLIC.items() if inspect.isfunction(value)}
BLOCKS = {"estimates.EvidenceBlock", "estimates.EstimateBlock"}
"""Shapes of JSON: their keys are described by the JSON Schema of summary.json."""


def section(value: object, title: str) -> str:
    """The text below a numpydoc heading; empty if there is none."""
    text = inspect.getdoc(value) or ""
    match = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return "" if match is None else match[1]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_give_what_they_show(module: ModuleType) -> None:
    results = doctest.testmod(module, optionflags=FLAGS, report=True)
    assert results.failed == 0


@pytest.mark.parametrize("name", sorted(PUBLIC.keys() - BLOCKS))
def test_every_public_name_has_an_example(name: str) -> None:
    assert ">>> " in section(PUBLIC[name], "Examples")


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_parameter_and_the_result_are_described(name: str) -> None:
    function = FUNCTIONS[name]
    assert inspect.isfunction(function)
    assert section(function, "Returns")
    described = re.findall(r"^(\w[\w, ]*) : ", section(function, "Parameters"), re.MULTILINE)
    names = [part.strip() for line in described for part in line.split(",")]
    assert names == list(inspect.signature(function).parameters)
