"""BibTeX and a methods paragraph for a run, with the versions and digests that pin it down."""

from __future__ import annotations

import re

from pointbench.report import numbers
from pointbench.report.entries import ReportRun, entries
from pointbench.report.latex import escape
from pointbench.report.plain_text import visible


def render(run: ReportRun) -> str:
    """The BibTeX entries, a blank line, and the methods paragraph."""
    return "\n".join(bibtex(run)) + "\n" + methods(run) + "\n"


def bibtex(run: ReportRun) -> list[str]:
    """An entry for pointbench and one for each suite, its own citation where it has one."""
    info = run.info
    year = info.created_at[:4] if re.match(r"\d{4}", info.created_at) else "n.d."
    version = escape(info.pointbench)
    found = [
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
            found.append(_printable(suite.citation).strip() + "\n")
            continue
        key = "pointbench-" + re.sub(r"[^A-Za-z0-9-]", "-", suite.name)
        fields = {
            "title": f"{escape(suite.title)}: a suite of screen targets",
            "author": "{pointbench authors}",
            "year": year,
            "version": escape(suite.version),
            "note": f"Suite {escape(suite.name)}, SHA-256 {suite.digest}, licence "
            f"{escape(suite.license)}",
        }
        found.append(_entry(key, fields))
    return found


def methods(run: ReportRun) -> str:
    """What was done, in sentences a paper can carry over; plain text, numbers by one rule."""
    info = run.info
    suites = "; ".join(
        f"{visible(suite.name)} {visible(suite.version)} ({numbers.count(suite.present)} present "
        f"and {numbers.count(suite.absent)} absent targets on {numbers.count(suite.screenshots)} "
        f"screenshots, SHA-256 {suite.digest})"
        for suite in info.suites
    )
    found = entries([run])
    models = "; ".join(
        f"{entry.shown} (profile {visible(str(entry.model.profile.get('name', '–')))}, "
        f"{entry.sampling}{', blind' if entry.model.blind else ''})"
        for entry in found
        if not entry.model.floor
    )
    floor = ", ".join(entry.shown for entry in found if entry.model.floor)
    kept = f", cut down by {' and '.join(map(visible, info.where))}" if info.where else ""
    limit = f", at most {info.limit} targets a suite drawn with the seed" if info.limit else ""
    sentences = [
        f"We used pointbench {visible(info.pointbench)} on {suites}{kept}{limit}.",
        f"Each target was asked {_times(info.repeats)} ({', '.join(info.variants)}; seed "
        f"{info.seed}).",
        f"Models: {models}." if models else "",
        f"As the floor we give {floor}." if floor else "",
        "A click counts when it lies in the target's region, edges included; refusals, unreadable "
        "answers and points out of frame count as wrong, trials in error are not scored.",
        _intervals(run),
        f"The command was: {visible(info.command)}",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _intervals(run: ReportRun) -> str:
    for entry in entries([run]):
        rate = entry.hit_rate
        if rate is not None and rate.low is not None:
            level = numbers.percent(rate.confidence or 0.95).replace(".0", "")
            return f"Intervals are at {level}, {visible(rate.method)}."
    return ""


def _times(repeats: int) -> str:
    return "once" if repeats == 1 else f"{repeats} times"


def _entry(key: str, fields: dict[str, str]) -> str:
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}\n}}\n"


def _printable(text: str) -> str:
    return "\n".join(visible(line) for line in text.splitlines())
