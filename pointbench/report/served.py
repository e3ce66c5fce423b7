"""Which models answered, in words: for footers, the page, citations and the end of a run. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointbench.report import numbers
from pointbench.report.entries import Entry
from pointbench.report.plain_text import visible
from pointbench.summary.headline_warnings import answers_by, not_asked, served_sentence


def served_text(facts: Mapping[str, Any]) -> str | None:
    """``gpt-4o-2024-11-20 (8 answers), gpt-4o (1 answer)``; None if no server named its model.

    ``facts`` is the model's block of summary.json. Names of another model than the one asked are said
    to be that.
    """
    names, others = _models(facts), _others(facts)
    if not names:
        return None
    said = f", of which {not_asked(others)}" if others else ""
    return visible(answers_by(names, list(names)) + said)


def served_warning(label: str, facts: Mapping[str, Any]) -> str | None:
    """The warning that another model than the one asked answered, or several did; None without it."""
    sentence = served_sentence(label, facts)
    return None if sentence is None else visible(sentence)


def served_footers(entries: Sequence[Entry]) -> list[str]:
    """The warnings, and `answered_by`; for reports without a headline."""
    lines = [warning for entry in entries if (warning := served_warning(entry.label, entry.facts))]
    return [*lines, *answered_by(entries)]


def answered_by(entries: Sequence[Entry]) -> list[str]:
    """A line with the names that tell more than the model's own, of models without a warning."""
    told = [
        f"{entry.visible_label}: {served_text(entry.facts)}"
        for entry in entries
        if not entry.model.floor and _tells_more(entry) and not served_warning("", entry.facts)
    ]
    return [f"Answered by, as the servers say: {'; '.join(told)}."] if told else []


def cached_footers(entries: Sequence[Entry]) -> list[str]:
    """The models whose times include answers to pictures that the server had seen before."""
    counts = [
        f"{entry.visible_label} {numbers.count(count)} of {numbers.count(entry.latency('n'))}"
        for entry in entries
        if (count := entry.latency("cached"))
    ]
    if not counts:
        return []
    return [
        f"Time per click includes answers whose input the server read from its cache, in part or "
        f"whole, which is faster than a first look: {'; '.join(counts)}."
    ]


def _tells_more(entry: Entry) -> bool:
    """Whether a server gave another name than the one asked; an echo tells nothing."""
    own = {entry.model.name, f"{entry.model.adapter}/{entry.model.name}", entry.model.label}
    return bool(set(_models(entry.facts)) - own)


def _served(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    served = facts.get("served")
    return served if isinstance(served, Mapping) else {}


def _models(facts: Mapping[str, Any]) -> dict[str, int]:
    """Name -> answers; {} in a summary of an older version."""
    return dict(_served(facts).get("models") or {})


def _others(facts: Mapping[str, Any]) -> list[str]:
    """The names of another model than the one asked."""
    names = _models(facts)
    return [name for name in _served(facts).get("others") or () if name in names]
