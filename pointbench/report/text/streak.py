"""What `streak` says at its end: a sentence a model, and a table. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pointbench.report import numbers
from pointbench.report.entries import Entry
from pointbench.report.plain_text import to_encoding, visible, wrapped
from pointbench.report.tables import Cell, Column, Row, Table
from pointbench.report.text import terminal
from pointbench.runs import Goal, RunInfo

_ALWAYS = (
    Column("verdict", "goal", "goal", right=False),
    Column("chance", "in a row", "goal"),
    Column("rate", "hit rate", "rate"),
    Column("hits", "hits/clicks", "rate"),
    Column("longest", "longest streak", "row"),
)
_SESSIONS = (Column("reached", "sessions to the goal", "row"),)
_DECIDING = (
    Column("saved", "clicks saved", "effort"),
    Column("ahead", "asked ahead", "effort"),
)


def render(
    info: RunInfo, summary: Mapping[str, Any], width: int, color: bool, encoding: str | None
) -> str:
    """The sentences, then the table; at most ``width`` cells wide."""
    found = [
        Entry(model.label, info.kind, model, summary["models"].get(model.label, {}))
        for model in info.models
    ]
    assert info.goal is not None
    said = [sentence(entry.shown, entry.facts.get("goal")) for entry in found]
    text = "\n".join(wrapped(line, width) for line in said)
    laid_out = terminal.render([table(info, found)], width, color, encoding)
    return to_encoding(text, encoding) + "\n\n" + laid_out


def plan_sentence(goal: Goal) -> str:
    """What a streak is going to do, before it does it."""
    wanted = f"Goal: {_goal(goal.k, goal.chance)}."
    if goal.confidence is None:
        return f"{wanted} {goal.sessions} sessions, each to its first failure or {goal.k}."
    most = (
        f"{goal.sessions} sessions"
        if goal.sessions
        else f"{numbers.count(goal.cap)} clicks (three times a plan of fixed size)"
    )
    level = numbers.percent(goal.confidence).replace(".0", "")
    return f"{wanted} Asking stops at a decision at {level} confidence, or after {most}."


def sentence(label: str, goal: Mapping[str, Any] | None) -> str:
    """The verdict on one model in plain words, rounded."""
    if goal is None:
        return f"{label}: clicks of a session are missing, so the goal cannot be judged."
    if not goal["clicks"]:
        return f"{label}: no click was answered, so the goal is undecided."
    wanted = _goal(goal["k"], goal["chance"])
    level = numbers.percent(goal["confidence"]).replace(".0", "")
    n, clicks = goal["clicks"], _clicks(goal["clicks"])
    low, high, rate = (_rate(goal[name], goal["rate"]) for name in ("low", "high", "rate"))
    seen = (
        f"{numbers.hits_of(goal['hits'], n)} right, the hit rate lies between {low} and {high} "
        f"({level} confidence sequence); the goal's is {rate}"
    )
    verdict = {
        "met": f"{label} meets the goal of {wanted}",
        "not met": f"{label} does not meet the goal of {wanted}",
        "undecided": f"Whether {label} meets the goal of {wanted} is undecided",
    }[goal["verdict"]]
    text = f"{verdict}: after {clicks}, {seen}."
    if goal["clicks_saved"] is not None:
        text += f" {_saved(goal)}"
    if goal["clicks_ahead"]:
        ahead = goal["clicks_ahead"]
        text += (
            f" {_clicks(ahead)} more {'was' if ahead == 1 else 'were'} asked ahead of the decision "
            f"and {'is' if ahead == 1 else 'are'} stored."
        )
    return text


def _saved(goal: Mapping[str, Any]) -> str:
    saved, fixed = goal["clicks_saved"], numbers.count(goal["fixed_clicks"])
    if saved >= 0:
        return f"That is {_clicks(saved)} fewer than the {fixed} of a plan of fixed size."
    return f"That is {_clicks(-saved)} more than the {fixed} of a plan of fixed size."


def table(info: RunInfo, found: Sequence[Entry]) -> Table:
    goal = info.goal
    assert goal is not None
    columns = _ALWAYS + (_SESSIONS if goal.confidence is None else _DECIDING)
    rows = tuple(
        Row(entry.label, entry.shown, entry.marks, _cells(entry, columns)) for entry in found
    )
    title = f"Streak: {_goal(goal.k, goal.chance)}"
    return Table("goal", title, "model", columns, rows, _footers(info, found))


def _cells(entry: Entry, columns: Sequence[Column]) -> tuple[Cell, ...]:
    goal = entry.facts.get("goal")
    if goal is None or not goal["clicks"]:
        return tuple(Cell(numbers.UNKNOWN) for _ in columns)
    rate = goal["hits"] / goal["clicks"]
    k, low, high = goal["k"], goal["low"], goal["high"]
    sessions, saved = goal["sessions"], goal["clicks_saved"]
    reached = numbers.hits_of(sessions["reached"], sessions["ended"])
    texts = {
        "verdict": goal["verdict"],
        "chance": numbers.percent_with_interval(rate**k, low**k, high**k),
        "rate": numbers.percent_with_interval(rate, low, high),
        "hits": numbers.hits_of(goal["hits"], goal["clicks"]),
        "longest": numbers.count(entry.longest_streak),
        "reached": f"{reached} {numbers.interval(sessions['low'], sessions['high'])}".rstrip(),
        "saved": numbers.count(saved).replace("-", "−"),
        "ahead": numbers.count(goal["clicks_ahead"]),
    }
    return tuple(Cell(texts[column.key]) for column in columns)


def _footers(info: RunInfo, found: Sequence[Entry]) -> tuple[str, ...]:
    goal = info.goal
    assert goal is not None
    facts = [entry.facts["goal"] for entry in found if entry.facts.get("goal")]
    level = numbers.percent(goal.confidence or 0.95).replace(".0", "")
    drawn = sum(suite.present for suite in info.suites)
    lines = [
        f"Brackets: {level} confidence sequence (beta-binomial mixture), which holds however often "
        f"and whenever the clicks are looked at; 'in a row' is the hit rate to the "
        f"power of {goal.k}. It speaks for draws, with replacement, from the "
        f"{numbers.count(drawn)} present "
        f"targets of this run, the same draws for every model; not for other targets, and not for "
        f"one target asked again and again.",
    ]
    if goal.confidence is None:
        lines.append(
            f"Sessions to the goal: those that came to {goal.k} right in a row, of those that came "
            f"to it or to a failure, with the Clopper-Pearson 95 % interval."
        )
    elif facts:
        fixed = numbers.count(facts[0]["fixed_clicks"])
        cap = f"After {numbers.count(goal.cap)} clicks looked at it stays undecided. "
        lines.append(
            f"A plan of fixed size needs {fixed} clicks to show, with 80 % power, that a model with "
            f"half the misses allowed meets the goal. {cap if goal.cap else ''}Only clicks in "
            f"planned order decide; what was asked ahead of them is stored. The longest streak is "
            f"of all clicks."
        )
    errors = [
        f"{entry.shown} {numbers.count(count)}"
        for entry in found
        if (count := (entry.facts.get("outcomes") or {}).get("error"))
    ]
    if errors:
        lines.append(
            f"Clicks in error, which neither extend nor end a row: {'; '.join(errors)}. A session "
            f"whose click stayed in error is censored there."
        )
    if info.state != "complete":
        lines.append(f"The run is {info.state}: these are the clicks so far.")
    return tuple(visible(line) for line in lines)


def _goal(k: int, chance: float) -> str:
    share = numbers.percent(chance).replace(".0 ", " ")
    return f"{numbers.count(k)} in a row with a chance of at least {share}"


def _rate(share: float, goal: float) -> str:
    """A hit rate with as many decimals as tell it from the goal's: 93.30 %, 99.9307 %."""
    # Three significant digits of the misses that the goal allows.
    digits = max(1, 2 - math.floor(math.log10(100 * (1 - goal))))
    text = f"{100 * share:.{digits}f}"
    if share < 1 and float(text) >= 100:
        return f">{100 - 10**-digits:.{digits}f} %"
    return f"{text} %"


def _clicks(count: int) -> str:
    return f"{numbers.count(count)} click{'' if count == 1 else 's'}"
