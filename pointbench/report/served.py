"""Which models answered, in words: for footers, the page, citations and the end of a run. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointbench.report import numbers
from pointbench.report.entries import Entry
from pointbench.report.plain_text import shorten, visible

_MOST_NAMES = 5
_LONGEST_NAME = 100


def served_text(facts: Mapping[str, Any]) -> str | None:
    """``gpt-4o-2024-11-20 (8 answers), gpt-4o (1 answer)``; None if no server named its model.

    ``facts`` is the model's block of summary.json. Names of another model than the one asked are said
    to be that.
    """
    names, others = _models(facts), _others(facts)
    if not names:
        return None
    return _listed(names, names) + (f", of which {_not_asked(others)}" if others else "")


def served_warning(label: str, facts: Mapping[str, Any]) -> str | None:
    """The warning that another model than the one asked answered, or several did; None without it."""
    names, others = _models(facts), _others(facts)
    if names and _served(facts).get("several"):
        text = f"{visible(label)} was answered by several models, mixed in these figures: "
        text += _listed(names, names)
        return f"{text}; {_not_asked(others)}." if others else f"{text}."
    if not others:
        return None
    return (
        f"{visible(label)} was answered by another model than the one asked: "
        f"{_listed(names, others)}."
    )


def served_footers(entries: Sequence[Entry]) -> list[str]:
    """The warnings, and a line with the names that tell more than the model's own."""
    lines = [warning for entry in entries if (warning := served_warning(entry.label, entry.facts))]
    told = [
        f"{entry.visible_label}: {served_text(entry.facts)}"
        for entry in entries
        if not entry.model.floor and _tells_more(entry) and not served_warning("", entry.facts)
    ]
    if told:
        lines.append(f"Answered by, as the servers say: {'; '.join(told)}.")
    return lines


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


def _not_asked(others: Sequence[str]) -> str:
    shown = [visible(shorten(name, _LONGEST_NAME)) for name in others[:_MOST_NAMES]]
    left = len(others) - len(shown)
    shown += [f"{numbers.count(left)} more"] if left else []
    text = " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
    return f"{text} {'is' if len(others) == 1 else 'are'} not the model asked"


def _listed(counts: Mapping[str, int], names: Sequence[str] | Mapping[str, int]) -> str:
    shown = [
        f"{visible(shorten(name, _LONGEST_NAME))} ({numbers.counted(counts[name], 'answer')})"
        for name in list(names)[:_MOST_NAMES]
    ]
    left = len(names) - len(shown)
    return ", ".join(shown) + (f" and {numbers.count(left)} more" if left else "")
