"""The public logs, scored once through the commands; collected only if they are available."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

# Not collected, instead of skipped: a run without the public files does not mention them.
collect_ignore_glob = [] if os.environ.get("POINTBENCH_PUBLIC_LOGS") else ["test_*.py"]

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="session")
def logs() -> Path:
    return Path(os.environ["POINTBENCH_PUBLIC_LOGS"])


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root, and the runs, replies and settings in it."""
    return tmp_path_factory.mktemp("public")


@pytest.fixture(scope="session")
def scoring() -> ModuleType:
    """benchmarks/public_logs.py, whose table these tests check."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        return importlib.import_module("public_logs")


@pytest.fixture(scope="session")
def sets(scoring: ModuleType) -> ModuleType:
    """benchmarks/public_sets.py, which the other one has imported."""
    return importlib.import_module("public_sets")


@pytest.fixture(scope="session")
def outcomes(scoring: ModuleType, logs: Path, work: Path) -> dict[str, Any]:
    """Every result file of EXPECTED.json, imported and scored, by its name."""
    return {outcome.log.file: outcome for outcome in scoring.all_outcomes(logs, work)}
