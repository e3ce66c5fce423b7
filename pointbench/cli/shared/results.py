"""The files written when a run ends, and the report printed then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointbench.cli.shared import console
from pointbench.cli.shared.terminal import style
from pointbench.errors import RunError, one_line
from pointbench.runs import read_records, read_run_info, read_targets, write_atomically

if TYPE_CHECKING:
    from pointbench.report.text.latex import Options
    from pointbench.report.view import ReportView


def write_results(folder: Path, data: Path | None, *, told: bool = False) -> Mapping[str, object]:
    """Write ``summary.json`` and ``report.html`` of a run that ended or was interrupted.

    ``told`` says that shrunk pictures were reported while the models were asked. Returns the summary.
    RunError when the files cannot be written; the trials are safe then.
    """
    from pointbench.report.entries import ReportRun
    from pointbench.report.loading import pictures, run_roots
    from pointbench.report.page.write import write_page
    from pointbench.summary import dump_summary, summarize

    info, targets, records = read_run_info(folder), read_targets(folder), read_records(folder)
    summary = summarize(info, targets, records)
    run = ReportRun(folder.resolve().name, info, tuple(targets), tuple(records), summary)
    picture_of = pictures(run_roots(folder, info, data, Path.cwd()))
    try:
        write_atomically(folder / "summary.json", dump_summary(summary))
        write_page(folder / "report.html", [run], picture_of, images=True)
    except OSError as error:
        raise RunError(
            f"run {folder.name}: its report cannot be written: {error.strerror}; "
            f"the trials are safe, and `pointbench report {folder.name}` recreates it"
        ) from error
    _write_warnings(summary["models"])
    _warn_of_pictures(summary["models"], told=told)
    return summary


def _write_warnings(models: Mapping[str, Mapping[str, Any]]) -> None:
    """One line on stderr for each kind of warning about the answers, over all models."""
    from pointbench.report.plain_text import visible
    from pointbench.summary.headline_warnings import empty_answers, served_sentence

    for warning in (empty_answers, served_sentence):
        lines = [
            visible(line) for label, facts in models.items() if (line := warning(label, facts))
        ]
        if lines:
            console.message(" ".join(lines))


def _warn_of_pictures(models: Mapping[str, Mapping[str, Any]], *, told: bool) -> None:
    for label, facts in models.items():
        pictures = facts["pictures"]
        if pictures and pictures["sentence"] and not (told and pictures["seen_smaller"]):
            console.message(one_line(f"{label}: {pictures['sentence']}"))


def print_results(folder: Path, summary: Mapping[str, object], *, as_json: bool) -> None:
    """The terminal report, which names the page, or the summary as JSON; both on stdout."""
    from pointbench.summary import dump_summary

    if as_json:
        console.json_document(dump_summary(summary).decode())
        console.err(f"results in {folder}: summary.json, report.html, trials.jsonl")
    else:
        print_report([folder])


def print_report(folders: Sequence[Path]) -> None:
    """The terminal report of runs, on stdout."""
    from pointbench.report.loading import load_all
    from pointbench.report.view import report_view

    view = report_view(load_all(folders), page=page_of(folders), typed=typed(folders))
    print_view(view, "terminal")


def page_of(folders: Sequence[Path]) -> str | None:
    """The path of a single run's page, for people; None if there is none."""
    page = folders[0] / "report.html"
    return str(page) if len(folders) == 1 and page.is_file() else None


def typed(folders: Sequence[Path]) -> list[str]:
    """What names each run in a command typed here: its name, or its path if it is not in ``results``."""
    here = Path("results").resolve()
    return [folder.name if folder.resolve().parent == here else str(folder) for folder in folders]


def print_view(view: ReportView, format_: str, latex: Options | None = None) -> None:
    """The report of runs on stdout; ``latex`` holds the options of that format."""
    text = render(view, format_, *style(), latex=latex, to_stdout=True)
    if format_ == "json":
        console.json_document(text)
    elif format_ in ("csv", "latex", "markdown"):
        console.file_out(text)
    else:
        console.styled(text)


def render(
    view: ReportView,
    format_: str,
    width: int,
    color: bool = False,
    encoding: str | None = "utf-8",
    latex: Options | None = None,
    to_stdout: bool = False,
) -> str:
    """The report as text, in any format but html; ``width``, in cells, is for the terminal.

    On stdout, where nothing can stand beside it, a CSV of everything is the long form.
    """
    from pointbench.report.text import csv_table, json_table, markdown, terminal
    from pointbench.report.text.latex import report as latex_report

    if format_ == "json":
        return json_table.render(view.runs, view.headline)
    if format_ == "csv":
        if view.everything and to_stdout:
            return csv_table.render_figures(view.by_suite)
        return csv_table.render(view.by_suite)
    if format_ == "markdown":
        return markdown.report(view)
    if format_ == "latex":
        return latex_report(view, latex)
    return terminal.report(view, width, color, encoding)
