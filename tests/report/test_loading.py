"""Runs and pictures as a report finds them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pointbench.errors import RunError
from pointbench.report import footers
from pointbench.report.entries import ReportRun
from pointbench.report.loading import load_run, load_runs, pictures, run_roots
from pointbench.runs import write_run_info
from pointbench.summary import dump_summary, summarize
from tests.report import sample_run


def test_a_run_is_read_as_it_was_written(folder: Path, run: ReportRun) -> None:
    read = load_run(folder)
    assert read.name == run.name
    assert read.info == run.info
    assert read.records == run.records
    assert read.summary == run.summary


@pytest.mark.parametrize("fault", ["running", "missing", "damaged"])
def test_a_summary_that_cannot_be_trusted_is_made_again(
    run: ReportRun, tmp_path: Path, fault: str
) -> None:
    folder = sample_run.write_run(tmp_path / "r", run)
    stale = folder / "summary.json"
    if fault == "missing":
        stale.unlink()
    elif fault == "damaged":
        stale.write_text("{", encoding="utf-8")
    else:
        stale.write_text('{"models": {}}', encoding="utf-8")
        write_run_info(folder, msgspec.structs.replace(run.info, state="running"))
    assert load_run(folder).summary["models"] == run.summary["models"]


@pytest.mark.parametrize(
    "lacking",
    [
        ("hit_by_none",),
        ("suspects",),
        ("suspects_by_chance",),
        ("models", "local/ocr", "reach"),
        ("models", "local/ocr", "consistency"),
        ("models", "local/ocr", "suspects"),
        ("models", "local/ocr", "outcomes_present"),
        ("models", "local/ocr", "outcomes_absent"),
        ("models", "local/ocr", "by", "tag"),
        ("models", "local/ocr", "by", "tag_kind"),
        ("models", "local/ocr", "by", "short_side"),
    ],
    ids=".".join,
)
def test_a_summary_of_an_older_version_is_made_again(
    run: ReportRun, tmp_path: Path, lacking: tuple[str, ...]
) -> None:
    folder = sample_run.write_run(tmp_path / "r", run)
    older: Any = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    block = older
    for key in lacking[:-1]:
        block = block[key]
    del block[lacking[-1]]
    (folder / "summary.json").write_text(json.dumps(older), encoding="utf-8")
    assert load_run(folder).summary == json.loads(dump_summary(run.summary))


def test_runs_of_other_targets_are_cut_down_to_the_common_ones(
    run: ReportRun, tmp_path: Path
) -> None:
    fewer = [target for target in run.targets if "-720p/" in target.id]
    records = [record for record in run.records if "-720p/" in record.target]
    summary = summarize(run.info, fewer, records)
    other = replace(run, targets=tuple(fewer), records=tuple(records), summary=summary)
    both = load_runs(
        [sample_run.write_run(tmp_path / "a", run), sample_run.write_run(tmp_path / "b", other)]
    )
    assert [len(run.targets) for run in both] == [11, 11]
    assert both[0].summary["models"] == summary["models"]
    assert any(
        "over the 11 that all its runs have in common" in line for line in footers.states(both)
    )


def test_runs_without_a_common_target_and_one_run_twice_are_refused(
    run: ReportRun, tmp_path: Path
) -> None:
    moved = [target.model_copy(update={"box": (1, 1, 2, 2)}) for target in run.targets[1:3]]
    other = replace(run, targets=tuple(moved), records=())
    first, second = (
        sample_run.write_run(tmp_path / "a", run),
        sample_run.write_run(tmp_path / "b", other),
    )
    with pytest.raises(RunError, match="no target in common"):
        load_runs([first, second])
    with pytest.raises(RunError, match="named a"):
        load_runs([first, first])


def test_a_picture_counts_only_with_its_digest(run: ReportRun, root: Path, tmp_path: Path) -> None:
    target = run.targets[0]
    find = pictures([tmp_path, root / "data"])
    path = find(target)
    assert path is not None
    assert path.is_relative_to((root / "data").resolve())
    for wrong in ({"sha256": "0" * 64}, {"sha256": None}, {"screenshot": "../x.png"}):
        assert pictures([root / "data"])(target.model_copy(update=wrong)) is None


def test_where_a_runs_pictures_are_looked_for(run: ReportRun, root: Path, tmp_path: Path) -> None:
    folder = root / "results" / run.name
    assert run_roots(folder, run.info, None, tmp_path)[0] == folder / "../../data"
    assert run_roots(folder, run.info, tmp_path / "x", tmp_path)[0] == tmp_path / "x"
