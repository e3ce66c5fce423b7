"""The page's last section: everything a third party needs to reproduce every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointbench.report import numbers
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.page.html_tables import fold, notes
from pointbench.report.page.markup import Html, el, join
from pointbench.report.plain_text import visible
from pointbench.report.served import served_text
from pointbench.report.text.cite import render as citation
from pointbench.report.view import ReportView
from pointbench.summary.model.asked import ELSEWHERE, named


def provenance_section(view: ReportView) -> Html:
    """How the numbers were made; versions, digests and settings of each run and model; how to cite."""
    parts: list[Html | None] = []
    for suite in view.suites:
        head = f": {suite.title.partition(':')[0]}" if len(view.suites) > 1 else ""
        parts.append(fold(f"How the numbers were made{head}", notes(suite.methods)))
        parts.append(_common(suite.runs) if len(suite.runs) > 1 else None)
        for run in suite.runs:
            name = f": {visible(run.name)}" if len(suite.runs) > 1 or head else ""
            models = [entry for entry in suite.entries if entry.run == run.name]
            parts.append(
                fold(
                    el("bdi", f"The run{name}{head}"),
                    _facts(run),
                    [_model(entry) for entry in models],
                )
            )
    parts.append(fold("Cite", el("pre", citation(view.runs), tabindex="0"), id_="cite"))
    return el("section", el("h2", "Methods", id="methods"), parts)


def _common(runs: Sequence[ReportRun], most: int = 500) -> Html:
    """The targets that all runs share; the report covers only these."""
    targets = runs[0].targets
    names = ", ".join(visible(f"{item.suite}/{item.id}") for item in targets[:most])
    more = len(targets) - most
    rest = f" and {numbers.count(more)} more, every one in the gallery" if more > 0 else ""
    return fold(
        f"The {numbers.counted(len(targets), 'target')} that all these runs asked",
        el("p", el("bdi", names), rest),
    )


def _facts(run: ReportRun) -> Html:
    info = run.info
    facts: list[tuple[str, object]] = [
        ("command", el("code", visible(info.command))),
        ("pointbench", visible(info.pointbench)),
        ("made" if info.asked else "scored", f"{visible(info.created_at)}, {info.state}"),
    ]
    if info.asked:
        facts.append(("seed", str(info.seed)))
    facts.append(("trials", _trials(run)))
    for suite in info.suites:
        text = (
            f"{visible(suite.name)} {visible(suite.version)}, {visible(suite.license)}: "
            f"{numbers.count(suite.present)} present and {numbers.count(suite.absent)} absent "
            f"targets on {numbers.counted(suite.screenshots, 'screenshot')}; SHA-256 "
        )
        facts.append(("suite", [text, el("code", suite.digest)]))
    if info.where:
        facts.append(("only where", el("code", visible(" ".join(info.where)))))
    if info.limit is not None:
        facts.append(
            ("limit", f"{numbers.counted(info.limit, 'target')} per suite, drawn with the seed")
        )
    if info.gate is not None:
        verdict = info.gate.verdict or "undecided"
        facts.append(("gate", f"{verdict}: {visible(info.gate.claim)}"))
    facts.append(("platform", visible(", ".join(f"{k} {v}" for k, v in info.platform.items()))))
    if info.source:
        facts.append((info.kind, f"of {visible(info.source)}"))
    command = f"pointbench rescore {visible(run.name)}"
    facts.append(("compute again", [el("code", command), " gives the same trials, byte for byte"]))
    return _list(facts)


def _trials(run: ReportRun) -> str:
    info = run.info
    total = numbers.count(len(run.records))
    if not info.asked:
        return f"{total} {ELSEWHERE}, at most {numbers.count(info.repeats)} a target and model"
    times = f"{info.repeats} repeat{'' if info.repeats == 1 else 's'}"
    return (
        f"{total} in all, {numbers.count(info.planned)} planned for each "
        f"model; {times}, {', '.join(info.variants)}"
    )


def _model(entry: Entry) -> Html:
    facts = _how_read(entry) if entry.model.elsewhere else _how_asked(entry)
    if entry.missing_targets:
        listed = ", ".join(visible(target) for target in entry.missing_targets[:50])
        facts.append(("without a reply", f"{numbers.count(entry.missing)}: {listed}"))
    return join(el("h3", el("bdi", entry.visible_label)), _list(facts))


def _how_asked(entry: Entry) -> list[tuple[str, object]]:
    profile = entry.model.profile
    facts: list[tuple[str, object]] = [
        ("profile", visible(str(profile.get("name", numbers.UNKNOWN)))),
        ("sampling", entry.sampling),
        *_frame_and_format(profile),
        (
            "picture",
            "none: blind" if entry.model.blind else visible(str(profile.get("sizing", "–"))),
        ),
    ]
    if not entry.model.floor:
        facts.insert(0, ("answered by", served_text(entry.facts) or numbers.UNKNOWN))
    name = named(entry.label, entry.facts)
    if name is not None:
        facts.insert(0, ("model", visible(name)))
    return facts + [
        (name, el("pre", _lines(str(profile[name])), tabindex="0"))
        for name in ("system", "prompt")
        if profile.get(name)
    ]


def _how_read(entry: Entry) -> list[tuple[str, object]]:
    """What is known of replies made elsewhere: how they were read here, and what their scorer told."""
    display = entry.facts.get("display") or {}
    read = entry.facts.get("profile")
    facts: list[tuple[str, object]] = [
        (
            "asked",
            f"elsewhere; prompt and picture are not known{'' if read else ', points as stored'}",
        ),
        ("sampling", entry.sampling),
    ]
    served = served_text(entry.facts)
    if served is not None:
        facts.append(("answered by", served))
    if display.get("note"):
        facts.append(("note, as told", visible(str(display["note"]))))
    if read:
        facts.append(("read by profile", visible(str(read))))
        facts += _frame_and_format(entry.model.profile)
    return facts


def _frame_and_format(profile: Mapping[str, object]) -> list[tuple[str, object]]:
    frame = f"{profile.get('unit', '–')} {profile.get('order', '')}".strip()
    return [
        ("frame", visible(frame)),
        ("reply format", visible(str(profile.get("format", numbers.UNKNOWN)))),
    ]


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.splitlines())


def _list(facts: Sequence[tuple[str, object]]) -> Html:
    rows = [[el("dt", name), el("dd", el("bdi", value))] for name, value in facts]
    return el("dl", rows, class_="facts")
