"""What stands below every table: what its numbers speak for, and what they do not. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report import numbers
from pointbench.report.entries import Entry, ReportRun, ShownEstimate, entries
from pointbench.report.plain_text import visible
from pointbench.runs import RunInfo

DIGEST_LENGTH = 12


def of_runs(runs: Sequence[ReportRun]) -> tuple[str, ...]:
    """The footers of a leaderboard, in the order of their weight."""
    found = entries(runs)
    lines = [*_standing(runs), *_errors(runs, found), *_missing(found), *_misfits(found)]
    lines += intervals([entry.hit_rate for entry in found], screenshots(runs))
    lines.append(
        "10 in a row: the hit rate to the 10th power, for targets drawn at random; for one target "
        "asked again and again only pass^k is right. Clicks to 50 %: how long an unbroken row is "
        "still as likely as not. Longest streak: in the order of the run."
    )
    lines += _marks(found)
    lines += _sampling(found)
    lines += [line for run in runs for line in _asked(run, len(runs) > 1)]
    return tuple(lines)


APPROXIMATE_NOTE = (
    f"{numbers.APPROXIMATE}: an interval from few screenshots, or few that differ from the rest; "
    "such intervals cover less than they say."
)


def intervals(found: Sequence[ShownEstimate | None], screenshots: int) -> list[str]:
    """What the intervals of these estimates are, and what they speak for."""
    known = [item for item in found if item is not None and item.low is not None]
    if not known:
        return []
    levels = {numbers.percent(item.confidence or 0.95).replace(".0", "") for item in known}
    # The reason in brackets ("nothing but hits") is each estimate's own; csv and json have it.
    methods = "; ".join(dict.fromkeys(visible(item.method).partition(" (")[0] for item in known))
    line = f"Brackets: {' / '.join(sorted(levels))} intervals ({methods}). "
    if any("clustered" in item.method for item in known):
        line += (
            f"They speak for other screenshots and targets like those of the {screenshots} asked, "
            f"with the apps taken as given."
        )
    else:
        line += "They speak for other targets like these, taken as independent of each other."
    lines = [line]
    if any(item.approximate for item in known):
        lines.append(APPROXIMATE_NOTE)
    return lines


def of_table(
    runs: Sequence[ReportRun], estimates: Sequence[ShownEstimate | None]
) -> tuple[str, ...]:
    """Below any table: what its intervals speak for, and which sampling settings were used."""
    return (*intervals(estimates, screenshots(runs)), *_sampling(entries(runs)))


def screenshots(runs: Sequence[ReportRun]) -> int:
    """How many screenshots the report's targets are on."""
    return len({target.screenshot for target in runs[0].targets})


def of_breakdown(
    runs: Sequence[ReportRun], dimension: str, groups: Sequence[Mapping[str, ShownEstimate]]
) -> tuple[str, ...]:
    """What a breakdown's groups are, and what its intervals speak for."""
    notes = []
    if dimension == "size_quartile":
        notes.append(
            "Quarters of the run's present targets by the region's area in square pixels of the "
            f"screenshot{_cuts(runs)}."
        )
    if dimension == "position":
        notes.append("The ninth of the screenshot in which the middle of the region lies.")
    if dimension == "variant":
        notes.append(
            "as-is: the screenshot and instruction as annotated; jittered: the picture scaled and "
            "shifted; reworded: another wording of the instruction."
        )
    return (*notes, *of_table(runs, [item for found in groups for item in found.values()]))


def _cuts(runs: Sequence[ReportRun]) -> str:
    """Where the quarters part, for a reader who would like to know how small small is."""
    cuts = runs[0].summary.get("run", {}).get("size_quartiles_px2")
    if not cuts:
        return ""
    first, second, third = (numbers.plain(cut) for cut in cuts)
    return f", parted at {first}, {second} and {third} px²"


def _standing(runs: Sequence[ReportRun]) -> list[str]:
    lines = [
        f"Run {visible(run.name)} is {run.info.state}: these are the trials so far."
        for run in runs
        if run.info.state != "complete"
    ]
    for run in runs:
        asked = sum(suite.present + suite.absent for suite in run.info.suites)
        if len(runs) > 1 and asked > len(run.targets):
            lines.append(
                f"Run {visible(run.name)} asked {numbers.count(asked)} targets; this report is "
                f"over the {numbers.count(len(run.targets))} that all its runs have in common, "
                f"computed again."
            )
    return lines + _differing_suites(runs)


def _differing_suites(runs: Sequence[ReportRun]) -> list[str]:
    """The suites that are not the same in all runs, with each one's version and digest."""
    found: dict[str, dict[str, list[str]]] = {}
    for run in runs:
        for suite in run.info.suites:
            which = f"{visible(suite.version)} (sha256 {suite.digest[:DIGEST_LENGTH]}…)"
            found.setdefault(visible(suite.name), {}).setdefault(which, []).append(run.name)
    return [
        f"Suite {name} is not the same in all runs: "
        + "; ".join(f"{which} in {', '.join(map(visible, of))}" for which, of in versions.items())
        + ". Targets whose annotation or picture differs are left out."
        for name, versions in found.items()
        if len(versions) > 1
    ]


_FLAGS = {
    "cut-off": "answers were cut off at the output limit; max_tokens=N gives more room",
    "prompt-example": "answers repeat the numbers of the example in the prompt",
}


def _misfits(found: Sequence[Entry]) -> list[str]:
    """Models whose misses another frame would explain, or whose answers are cut off or echoes."""
    warned = [(entry.shown, entry.facts.get("misfit")) for entry in found]
    lines = [f"{shown}: {visible(one['sentence'])}." for shown, one in warned if one]
    for entry in found:
        for flag, words in _FLAGS.items():
            count = entry.number("flags", flag)
            if count:
                lines.append(f"{entry.shown}: {numbers.count(count)} {words}.")
    return lines


def _errors(runs: Sequence[ReportRun], found: Sequence[Entry]) -> list[str]:
    limits = {run.name: run.info.max_error_rate for run in runs}
    over = [
        f"{entry.shown} {numbers.percent(rate)}"
        for entry in found
        if (rate := entry.number("error_rate")) is not None and rate > limits[entry.run]
    ]
    if not over:
        return []
    shares = sorted({numbers.percent(limit) for limit in limits.values()})
    return [
        f"Error rate over the limit of {' / '.join(shares)}: {'; '.join(over)}. Errors are never "
        f"scored; with this many the rate speaks only for what was answered."
    ]


def _missing(found: Sequence[Entry]) -> list[str]:
    short = [f"{entry.shown} {numbers.count(entry.missing)}" for entry in found if entry.missing]
    return [f"Targets without a reply, not scored: {'; '.join(short)}."] if short else []


def _marks(found: Sequence[Entry]) -> list[str]:
    lines = []
    marks = {mark for entry in found for mark in entry.marks}
    if "floor" in marks:
        lines.append(
            "floor: a pointer on this machine that any model should beat."
            + (
                " exact: computed over every present target, not estimated from its trials."
                if "exact" in marks
                else ""
            )
            + (
                " hindsight: the best single point, chosen knowing all the answers."
                if "hindsight" in marks
                else ""
            )
        )
    if "blind" in marks:
        lines.append("blind: was sent no picture, only the instruction and the screenshot's size.")
    return lines


def _sampling(found: Sequence[Entry]) -> list[str]:
    by_settings: dict[str, list[str]] = {}
    for entry in found:
        if not entry.model.floor:
            by_settings.setdefault(entry.sampling, []).append(entry.shown)
    parts = [f"{', '.join(labels)}: {text}" for text, labels in by_settings.items()]
    return [f"Sampling: {'; '.join(parts)}."] if parts else []


def suites_text(info: RunInfo) -> str:
    """``starter 1.0.0 (sha256 1a2b..., 14 screenshots, 220 present, 12 absent)``."""
    return "; ".join(
        f"{visible(suite.name)} {visible(suite.version)} (sha256 {suite.digest[:DIGEST_LENGTH]}…, "
        f"{numbers.count(suite.screenshots)} screenshots, {numbers.count(suite.present)} present "
        f"and {numbers.count(suite.absent)} absent targets)"
        for suite in info.suites
    )


def _asked(run: ReportRun, several: bool) -> list[str]:
    info = run.info
    name = f"Run {visible(run.name)}" if several else "Asked"
    shown = ", ".join(info.variants)
    return [
        f"{name}: {suites_text(info)}; seed {info.seed}, {info.repeats} "
        f"repeat{'' if info.repeats == 1 else 's'}, {shown}; pointbench {visible(info.pointbench)}."
    ]
