"""The files that end a run, and what is said of it at the end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pointbench.errors import RunError
from pointbench.runs import read_records, read_run_info, read_targets, write_whole


def write_summary(folder: Path) -> dict[str, Any]:
    """Make ``summary.json`` from the run's three files; the summary."""
    from pointbench.summary import dump_summary, summarize

    summary = summarize(read_run_info(folder), read_targets(folder), read_records(folder))
    try:
        write_whole(folder / "summary.json", dump_summary(summary))
    except OSError as error:
        raise RunError(
            f"run {folder.name}: summary.json cannot be written: {error.strerror}"
        ) from error
    return summary


def write_results(folder: Path, data: Path | None) -> dict[str, Any]:
    """``summary.json`` and ``report.html`` of a run that ended or was interrupted."""
    from pointbench.cli.report import write_html

    summary = write_summary(folder)
    write_html([folder], folder / "report.html", data=data)
    return summary


def print_table(folder: Path, summary: dict[str, Any], *, as_json: bool) -> None:
    """The leaderboard, or the summary as JSON, on stdout."""
    if as_json:
        from pointbench.summary import dump_summary

        sys.stdout.write(dump_summary(summary).decode())
        return
    from pointbench.cli.report import print_terminal

    print_terminal([folder])
