"""The sample run, made once for all tests of the reports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pointbench.report.entries import ReportRun
from pointbench.summary import summarize
from pointbench.trials import ReplyRecord
from tests.report import sample_run

HOSTILE_LABEL = "=cmd|' /C calc'!A0 <b>x</b> | `y` \x1b[31m[red]z[/red] \u202e_w_ $v$ \\u{}%#~^&"


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``data/screenshots`` and ``results``."""
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="session")
def run(root: Path) -> ReportRun:
    return sample_run.run(root / "data")


@pytest.fixture(scope="session")
def folder(root: Path, run: ReportRun) -> Path:
    return sample_run.write_run(root / "results" / run.name, run)


@pytest.fixture(scope="session")
def hostile(root: Path, run: ReportRun) -> ReportRun:
    """The same run with a hostile model, target and replies."""
    bad_model = sample_run.model(HOSTILE_LABEL)
    info = msgspec.structs.replace(run.info, models=(*run.info.models, bad_model))
    first, *others = run.targets
    bad_target = first.model_copy(
        update={
            "instruction": sample_run.HOSTILE,
            "app": sample_run.HOSTILE,
            "name": sample_run.HOSTILE,
        }
    )
    targets = (bad_target, *others)
    replies = (
        sample_run.HOSTILE,
        "x" * 100_000,
        "\u202e\u2066" * 50,
        "<img src=x onerror=alert(1)>",
    )
    bad = [
        sample_run.record(
            target,
            HOSTILE_LABEL,
            order,
            outcome="unparsed",
            correct=False,
            reply=ReplyRecord(text=replies[order % len(replies)]),
        )
        for order, target in enumerate(targets)
    ]
    records = (*run.records, *bad)
    summary = summarize(info, list(targets), list(records))
    return replace(run, info=info, targets=targets, records=records, summary=summary)
