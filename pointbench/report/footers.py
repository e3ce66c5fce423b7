"""The notes below every table: what its numbers generalize to, and what they do not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pointbench.profiles import nothing_known
from pointbench.report import numbers
from pointbench.report.entries import Entry, ReportRun, ShownEstimate, report_entries
from pointbench.report.plain_text import visible
from pointbench.report.served import cached_footers, served_footers
from pointbench.report.standing import Standing
from pointbench.runs import RunInfo
from pointbench.summary.headline_warnings import empty_answers

DIGEST_LENGTH = 12
"""Characters of a suite's SHA-256 in a footer."""


def of_leaderboard(runs: Sequence[ReportRun], place: Standing) -> tuple[str, ...]:
    """What a reader of the leaderboard must know, in two or three sentences."""
    entries = report_entries(runs)
    lines = []
    if any(len(group) > 1 for group in place.groups):
        lines.append("Ranks in one group are not told apart (paired, Holm).")
    if place.order:
        lines.append("In a row: targets drawn at random.")
    known = [rate for entry in entries if (rate := entry.hit_rate) and rate.low is not None]
    if known:
        level = numbers.short_percent(known[0].confidence or 0.95)
        apps = any(target.app for target in runs[0].targets)
        lines.append(f"{level}: for more screenshots {'of these apps' if apps else 'like these'}.")
    if any(rate.approximate for rate in known):
        lines.append(APPROXIMATE_NOTE)
    return tuple(lines)


def of_runs(runs: Sequence[ReportRun]) -> tuple[str, ...]:
    """The footers of a leaderboard, the most important first."""
    entries = report_entries(runs)
    lines = [*states(runs), *_errors(runs, entries), *_missing(entries), *_misfits(entries)]
    lines += _unknown_frames(entries)
    lines += served_footers(entries)
    lines += intervals([entry.hit_rate for entry in entries], screenshots(runs))
    lines.append(
        "10 in a row: the hit rate to the 10th power, for targets drawn at random; for one target "
        "asked again and again only pass^k is right. Clicks to 50 %: how long an unbroken row is "
        "still as likely as not. Longest streak: in the order of the run."
    )
    lines += cached_footers(entries)
    lines += _tags(entries)
    lines += _sampling(entries)
    lines += _assumed_sizes(runs)
    lines += [_asked(run, len(runs) > 1) for run in runs]
    return tuple(lines)


APPROXIMATE_NOTE = (
    f"{numbers.APPROXIMATE}: too few screens, or too few that differ; take it as wider."
)


def intervals(estimates: Sequence[ShownEstimate | None], screenshots: int) -> list[str]:
    """Level and method of these estimates' intervals, and what they generalize to."""
    known = [item for item in estimates if item is not None and item.low is not None]
    if not known:
        return []
    levels = {numbers.short_percent(item.confidence or 0.95) for item in known}
    # The reason in brackets ("nothing but hits") differs by estimate; csv and json have it.
    methods = "; ".join(dict.fromkeys(visible(item.method).partition(" (")[0] for item in known))
    line = f"Brackets: {' / '.join(sorted(levels))} intervals ({methods}). "
    if any("clustered" in item.method for item in known):
        line += (
            f"They generalize to other screenshots and targets like those of the {screenshots} asked, "
            f"with the apps taken as given."
        )
    else:
        line += "They generalize to similar targets, assuming targets are independent."
    lines = [line]
    if any(item.approximate for item in known):
        lines.append(APPROXIMATE_NOTE)
    return lines


def of_table(
    runs: Sequence[ReportRun], estimates: Sequence[ShownEstimate | None]
) -> tuple[str, ...]:
    """The footers of any table: what its intervals generalize to, and the sampling settings used."""
    return (*intervals(estimates, screenshots(runs)), *_sampling(report_entries(runs)))


def screenshots(runs: Sequence[ReportRun]) -> int:
    """The number of screenshots that the report's targets are on."""
    return len({target.screenshot for target in runs[0].targets})


def of_breakdown(
    runs: Sequence[ReportRun], dimension: str, groups: Sequence[Mapping[str, ShownEstimate]]
) -> tuple[str, ...]:
    """The footers of a breakdown: what its groups are, and what its intervals generalize to."""
    notes = []
    if dimension == "size_quartile":
        notes.append("Quarters of the present targets by the area of their region.")
    if dimension == "short_side":
        notes.append("The shorter side of the region, in pixels of the screenshot.")
    if dimension == "position":
        notes.append("The ninth of the screenshot in which the middle of the region lies.")
    if dimension == "variant":
        notes.append(
            "Unchanged: screenshot and instruction as annotated; shifted: the picture scaled and moved; "
            "other words: another wording of the instruction."
        )
    return (*notes, *of_table(runs, [item for estimates in groups for item in estimates.values()]))


def states(runs: Sequence[ReportRun]) -> list[str]:
    """Notes on incomplete runs, and on runs and suites that are reported only in part."""
    lines = [
        f"Run {visible(run.name)} is {run.info.state}: these are the trials so far."
        for run in runs
        if run.info.state != "complete"
    ]
    for run in runs:
        asked = sum(suite.present + suite.absent for suite in run.info.suites)
        if len(runs) > 1 and asked > len(run.targets):
            lines.append(
                f"Run {visible(run.name)} asked {numbers.counted(asked, 'target')}; this report is "
                f"over the {numbers.count(len(run.targets))} that all its runs have in common, "
                f"computed again."
            )
    return lines + _differing_suites(runs)


def _differing_suites(runs: Sequence[ReportRun]) -> list[str]:
    """The suites that are not the same in all runs, with the version and digest in each."""
    suites: dict[str, dict[str, list[str]]] = {}
    for run in runs:
        for suite in run.info.suites:
            version = f"{visible(suite.version)} (sha256 {suite.digest[:DIGEST_LENGTH]}…)"
            suites.setdefault(visible(suite.name), {}).setdefault(version, []).append(run.name)
    return [
        f"Suite {name} is not the same in all runs: "
        + "; ".join(
            f"{version} in {', '.join(map(visible, names))}" for version, names in versions.items()
        )
        + ". Targets whose annotation or picture differs are left out."
        for name, versions in suites.items()
        if len(versions) > 1
    ]


_FLAGS = {
    "cut-off": "answers were cut off at the output limit{limit}; max_tokens=N gives more room",
    "prompt-example": "answers repeat the numbers of the example in the prompt",
}


def _misfits(entries: Sequence[Entry]) -> list[str]:
    """Models whose misses another frame would explain, whose pictures were shrunk, or whose answers are cut
    off, empty or echoes."""
    lines = [
        f"{entry.visible_label}: {visible(sentence)}."
        for entry in entries
        for sentence in (entry.pictures, entry.misfit)
        if sentence
    ]
    for entry in entries:
        for flag, warning in _FLAGS.items():
            count = entry.number("flags", flag)
            if count:
                limit = entry.model.cut_off_at
                words = f" of {numbers.count(limit)} tokens" if limit else ""
                warning = warning.format(limit=words)
                lines.append(f"{entry.visible_label}: {numbers.count(count)} {warning}.")
        empty = empty_answers(entry.label, entry.facts)
        lines += [visible(empty)] if empty else []
    return lines


def _unknown_frames(entries: Sequence[Entry]) -> list[str]:
    """Models that were asked in pixels because nothing is known of how they point."""
    labels = [entry.visible_label for entry in entries if entry.model.evidence == "unknown"]
    if not labels:
        return []
    line = nothing_known(", ".join(labels), len(labels)).replace("`", "")
    return [f"{line[0].upper()}{line[1:]}."]


def _errors(runs: Sequence[ReportRun], entries: Sequence[Entry]) -> list[str]:
    """Models with more errors than the run's limit."""
    limits = {run.name: run.info.max_error_rate for run in runs}
    over = [
        f"{entry.visible_label} {numbers.percent(rate)}"
        for entry in entries
        if (rate := entry.error_rate) is not None and rate > limits[entry.run]
    ]
    if not over:
        return []
    shares = sorted({numbers.percent(limit) for limit in limits.values()})
    return [
        f"Error rate over the limit of {' / '.join(shares)}: {'; '.join(over)}. Errors are never "
        f"scored; with this many the rate covers only what was answered."
    ]


def _missing(entries: Sequence[Entry]) -> list[str]:
    counts = [
        f"{entry.visible_label} {numbers.count(entry.missing)}"
        for entry in entries
        if entry.missing
    ]
    return [f"Targets without a reply, not scored: {'; '.join(counts)}."] if counts else []


def _tags(entries: Sequence[Entry]) -> list[str]:
    """Explanations of the tags beside the labels."""
    lines = []
    tags = {tag for entry in entries for tag in entry.tags}
    if "floor" in tags:
        lines.append(
            "floor: a pointer on this machine that any model should beat."
            + (
                " exact: computed over every present target, not estimated from its trials."
                if "exact" in tags
                else ""
            )
            + (
                " hindsight: the best single point, chosen knowing all the answers."
                if "hindsight" in tags
                else ""
            )
        )
    if "blind" in tags:
        lines.append("blind: was sent no picture, only the instruction and the screenshot's size.")
    return lines


def _sampling(entries: Sequence[Entry]) -> list[str]:
    """The sampling settings, with the models that share them."""
    by_settings: dict[str, list[str]] = {}
    for entry in entries:
        if not entry.model.floor:
            by_settings.setdefault(entry.sampling, []).append(entry.visible_label)
    parts = [f"{', '.join(labels)}: {text}" for text, labels in by_settings.items()]
    return [f"Sampling: {'; '.join(parts)}."] if parts else []


def _assumed_sizes(runs: Sequence[ReportRun]) -> list[str]:
    """The answers in pixels whose pictures nobody stated the size of, and the sizes they are read at."""
    lines = []
    for run in runs:
        in_pixels = {
            model.label for model in run.info.models if model.profile.get("unit") == "pixel"
        }
        rules = Counter(
            str(record.sent.rule)
            for record in run.records
            if record.model in in_pixels and record.sent is not None and record.sent.rule
        )
        lines += [
            f"Replies obtained elsewhere: {numbers.counted(count, 'answer')} without a stated size of "
            f"the picture, read at "
            + (
                "the screenshot's own size."
                if rule == "as-is"
                else f"the size that sizing {visible(rule)} makes of the screenshot."
            )
            for rule, count in sorted(rules.items())
        ]
    return lines


def suites_text(info: RunInfo) -> str:
    """The suites: ``starter 1.0.0 (sha256 1a2b…, 14 screenshots, 220 present and 12 absent targets)``."""
    return "; ".join(
        f"{visible(suite.name)} {visible(suite.version)} (sha256 {suite.digest[:DIGEST_LENGTH]}…, "
        f"{numbers.counted(suite.screenshots, 'screenshot')}, {numbers.count(suite.present)} present "
        f"and {numbers.count(suite.absent)} absent targets)"
        for suite in info.suites
    )


def _asked(run: ReportRun, several: bool) -> str:
    """Suites, seed, repeats and variants of a run, and the version that made it."""
    info = run.info
    name = f"Run {visible(run.name)}" if several else "Asked"
    return (
        f"{name}: {suites_text(info)}; seed {info.seed}, {info.repeats} "
        f"repeat{'' if info.repeats == 1 else 's'}, {', '.join(info.variants)}; "
        f"pointbench {visible(info.pointbench)}."
    )
