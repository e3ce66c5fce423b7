"""The notes below every table: what its numbers generalize to, and what they do not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pointbench.report import numbers, words
from pointbench.report.entries import Entry, ReportRun, ShownEstimate, report_entries
from pointbench.report.plain_text import visible
from pointbench.report.served import answered_by, cached_footers
from pointbench.report.standing import Standing
from pointbench.runs import RunInfo, RunModel, is_partial_gate
from pointbench.summary.model.asked import ELSEWHERE, named

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
    lines += of_table(runs, [entry.hit_rate for entry in entries])
    # A name of one's own says nothing to a stranger, and what was told is asked for to be shown.
    told = [entry for entry in entries if entry.model.elsewhere and _is_told(entry.model)]
    return (*lines, *_named(entries), *_sampling(told))


def of_runs(runs: Sequence[ReportRun]) -> tuple[str, ...]:
    """How a report's numbers were made, in sentences; its warnings are in the headline."""
    entries = report_entries(runs)
    lines = answered_by(entries)
    lines += intervals([entry.hit_rate for entry in entries], screenshots(runs))
    lines.append(
        "In a row: the hit rate to the k-th power, for targets drawn at random; for one target asked "
        "again and again see the same target again. An even chance lasts as many clicks as an unbroken "
        "row is as likely as not."
    )
    lines.append(
        "Who beats whom: paired, on the targets that both answered, clustered by screenshot; a "
        "difference counts if p is below 0.05 after Holm's correction over all pairs."
    )
    lines += cached_footers(entries)
    lines += _tags(entries)
    lines += _named(entries)
    lines += _sampling(entries)
    lines += _assumed_sizes(runs)
    lines += [_asked(run, len(runs) > 1) for run in runs]
    return tuple(lines)


APPROXIMATE_NOTE = (
    f"{numbers.APPROXIMATE}: from too few screenshots, or too few that differ; take it as wider."
)


def intervals(estimates: Sequence[ShownEstimate | None], screenshots: int) -> list[str]:
    """Level and method of these estimates' intervals, and what they generalize to."""
    known = [item for item in estimates if item is not None and item.low is not None]
    if not known:
        return []
    levels = {numbers.short_percent(item.confidence or 0.95) for item in known}
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
    """The footers of any table: what its intervals speak for. Their method is among `of_runs`."""
    known = [item for item in estimates if item is not None and item.low is not None]
    if not known:
        return ()
    level = numbers.short_percent(known[0].confidence or 0.95)
    apps = len({target.app for target in runs[0].targets if target.app}) > 1
    line = f"{level}: for more screenshots {'of these apps' if apps else 'like these'}."
    return (line, APPROXIMATE_NOTE) if any(item.approximate for item in known) else (line,)


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
    lines += [part for run in runs if (part := part_of_a_gate(run))]
    for run in runs:
        asked = sum(suite.present + suite.absent for suite in run.info.suites)
        if len(runs) > 1 and asked > len(run.targets):
            lines.append(
                f"Run {visible(run.name)} asked {numbers.counted(asked, 'target')}; this report is "
                f"over the {numbers.count(len(run.targets))} that all its runs have in common, "
                f"computed again."
            )
    return lines + _differing_suites(runs)


def part_of_a_gate(run: ReportRun) -> str | None:
    """The note on a run that is part of a gate; None on any other."""
    if not is_partial_gate(run.info):
        return None
    asked = len({(record.suite, record.target) for record in run.records})
    return (
        f"Run {visible(run.name)} is part of a gate: {numbers.count(asked)} of "
        f"{numbers.counted(run.info.planned, 'target')} asked. Where it stopped depends on its answers, so "
        f"its rates are biased."
    )


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


def _tags(entries: Sequence[Entry]) -> list[str]:
    """Explanations of the marks beside the labels, and of guessing."""
    lines = []
    marks = {mark for entry in entries for mark in entry.marks}
    if words.TAGS["floor"] in marks:
        lines.append(
            f"{words.TAGS['floor']}: a pointer on this machine without a model, which any model should beat."
        )
    if any(entry.guessing for entry in entries):
        lines.append(
            "Guessing: computed over the present targets. The best point is the one fixed point that hits "
            "most, chosen with knowledge of all answers."
        )
    if words.TAGS["blind"] in marks:
        lines.append(
            f"{words.TAGS['blind']}: was sent only the instruction and the screenshot's size."
        )
    return lines


def _named(entries: Sequence[Entry]) -> list[str]:
    """What the names of pointbench.toml stand for, and whose server was asked where settings name one."""
    names = [visible(text) for entry in entries if (text := named(entry.label, entry.facts))]
    return [f"Models by name: {'; '.join(names)}."] if names else []


def _is_told(model: RunModel) -> bool:
    """Whether whoever scored replies made elsewhere told something of them."""
    return bool(model.settings or model.note)


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
    """Suites, seed, repeats and variants of a run, and the version that made it.

    Of replies made elsewhere nobody knows how often, in which order and with what pictures they were asked.
    """
    info = run.info
    if not info.asked:
        name = (
            f"Run {visible(run.name)}, {ELSEWHERE}"
            if several
            else f"{ELSEWHERE.capitalize()}, scored"
        )
        return f"{name}: {suites_text(info)}; pointbench {visible(info.pointbench)}."
    name = f"Run {visible(run.name)}" if several else "Asked"
    return (
        f"{name}: {suites_text(info)}; seed {info.seed}, {info.repeats} "
        f"repeat{'' if info.repeats == 1 else 's'}, {', '.join(info.variants)}; "
        f"pointbench {visible(info.pointbench)}."
    )
