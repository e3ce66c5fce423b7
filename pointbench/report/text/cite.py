"""BibTeX and a methods paragraph for a run, with versions and digests that identify it."""

from __future__ import annotations

import re

from pointbench.report import footers, numbers
from pointbench.report.entries import Entry, ReportRun, report_entries
from pointbench.report.plain_text import visible
from pointbench.report.served import served_text
from pointbench.report.text.latex import escape
from pointbench.runs import RunInfo


def render(run: ReportRun) -> str:
    """The BibTeX entries, a blank line, and the methods paragraph."""
    return "\n".join(bibtex(run)) + "\n" + methods(run) + "\n"


def bibtex(run: ReportRun) -> list[str]:
    """A BibTeX entry for pointbench and one per suite: the suite's own citation if it has one."""
    info = run.info
    year = info.created_at[:4] if re.match(r"\d{4}", info.created_at) else "n.d."
    version = escape(info.pointbench)
    citations = [
        _entry(
            "pointbench",
            {
                "title": "pointbench: how accurately vision-language models point at things on a "
                "screen",
                "author": "{pointbench authors}",
                "year": year,
                "version": version,
            },
        )
    ]
    for suite in info.suites:
        if suite.citation:
            citations.append(_printable(suite.citation).strip() + "\n")
            continue
        key = "pointbench-" + re.sub(r"[^A-Za-z0-9-]", "-", suite.name)
        fields = {
            "title": f"{escape(suite.title)}: a suite of screen targets",
            "author": "{pointbench authors}",
            "year": year,
            "version": escape(suite.version),
            "note": f"Suite {escape(suite.name)}, SHA-256 {suite.digest}, license "
            f"{escape(suite.license)}",
        }
        citations.append(_entry(key, fields))
    return citations


def methods(run: ReportRun) -> str:
    """The methods paragraph for a paper, in plain text, with numbers rounded as everywhere."""
    info = run.info
    suites = "; ".join(
        f"{visible(suite.name)} {visible(suite.version)} ({numbers.count(suite.present)} present "
        f"and {numbers.count(suite.absent)} absent targets on {numbers.count(suite.screenshots)} "
        f"screenshots, SHA-256 {suite.digest})"
        for suite in info.suites
    )
    entries = report_entries([run])
    models = "; ".join(
        f"{entry.visible_label} (profile {visible(str(entry.model.profile.get('name', '–')))}, "
        f"{entry.sampling}{', blind' if entry.model.blind else ''}{_answered_by(entry)})"
        for entry in entries
        if not entry.model.floor
    )
    floor = ", ".join(
        f"{entry.visible_label}{' (exact)' if entry.model.exact else ''}"
        for entry in entries
        if entry.model.floor
    )
    where = f", filtered by {' and '.join(map(visible, info.where))}" if info.where else ""
    limit = (
        f", at most {numbers.counted(info.limit, 'target')} per suite drawn with the seed"
        if info.limit
        else ""
    )
    sentences = [
        f"We used pointbench {visible(info.pointbench)} on {suites}{where}{limit}.",
        _asked(info),
        f"Models: {models}." if models else "",
        f"As the floor, which no model should fall below, we give {floor}; exact rates are computed "
        "over all present targets."
        if floor
        else "",
        "A click counts when it lies in the target's region, edges included; refusals, unreadable "
        "answers and points out of frame count as wrong, trials in error are not scored.",
        _intervals(run),
        "The chance of k clicks in a row on targets drawn at random is the hit rate to the k-th "
        "power; of the same target asked k times we give pass^k.",
        f"The command was: {visible(info.command)}",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _answered_by(entry: Entry) -> str:
    """The models that answered, as their servers name them; "" where none did."""
    served = served_text(entry.facts)
    return "" if served is None else f", answered by {served}"


def _asked(info: RunInfo) -> str:
    if info.kind == "streak":
        return (
            f"Targets were drawn at random with replacement (seed {info.seed}, the same draws for "
            f"every model), in sessions that end at the first click that is not correct."
        )
    return (
        f"Each target was asked {_times(info.repeats)} ({', '.join(info.variants)}; seed "
        f"{info.seed})."
    )


def _intervals(run: ReportRun) -> str:
    """The sentence that explains the brackets, as in every table's footers."""
    rates = [entry.hit_rate for entry in report_entries([run])]
    lines = footers.intervals(rates, footers.screenshots([run]))
    return " ".join(line.replace("Brackets: ", "In brackets are ", 1) for line in lines[:1])


def _times(repeats: int) -> str:
    return "once" if repeats == 1 else f"{repeats} times"


def _entry(key: str, fields: dict[str, str]) -> str:
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}\n}}\n"


def _printable(text: str) -> str:
    return "\n".join(visible(line) for line in text.splitlines())
