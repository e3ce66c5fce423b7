"""The files that end a run, and what is said of it at the end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pointbench.errors import RunError
from pointbench.runs import read_records, read_run_info, read_targets, write_whole


def write_results(folder: Path, data: Path | None) -> dict[str, Any]:
    """``summary.json`` and ``report.html`` of a run that ended or was interrupted; the summary.

    RunError when the disk will not take them; the trials are safe then.
    """
    from pointbench.report.entries import ReportRun
    from pointbench.report.loading import pictures, run_roots
    from pointbench.report.page import write_page
    from pointbench.summary import dump_summary, summarize

    info, targets, records = read_run_info(folder), read_targets(folder), read_records(folder)
    summary = summarize(info, targets, records)
    run = ReportRun(folder.resolve().name, info, tuple(targets), tuple(records), summary)
    picture_of = pictures(run_roots(folder, info, data, Path.cwd()))
    try:
        write_whole(folder / "summary.json", dump_summary(summary))
        write_page(folder / "report.html", [run], picture_of, images=True)
    except OSError as error:
        raise RunError(
            f"run {folder.name}: its report cannot be written: {error.strerror}; "
            f"the trials are kept, `pointbench report {folder.name}` makes it again"
        ) from error
    return summary


def print_results(folder: Path, summary: dict[str, Any], *, as_json: bool) -> None:
    """The report for a terminal, or the summary as JSON, on stdout; where the files lie on stderr."""
    from pointbench.cli.report import print_report
    from pointbench.summary import dump_summary

    if as_json:
        sys.stdout.write(dump_summary(summary).decode())
    else:
        print_report([folder])
    sys.stdout.flush()
    sys.stderr.write(f"results in {folder}: summary.json, report.html, trials.jsonl\n")
