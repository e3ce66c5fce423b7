"""The final output of ``streak``: a sentence per model, and a table. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pointbench.report import numbers
from pointbench.report.entries import Entry
from pointbench.report.plain_text import to_encoding, visible, wrapped
from pointbench.report.served import cached_footers, served_footers
from pointbench.report.tables import Cell, Column, Table, model_rows
from pointbench.report.text import terminal
from pointbench.runs import Goal, RunInfo

if TYPE_CHECKING:
    from pointbench.summary.model.goal import GoalBlock


def _goal_column(
    key: str,
    title: str,
    group: str,
    text: Callable[[Entry, GoalBlock], str],
    *,
    right: bool = True,
) -> Column[Entry]:
    """A column that is ``–`` for a model without a goal's block or without a click."""

    def cell(entry: Entry) -> Cell:
        goal = entry.goal
        return Cell(text(entry, goal) if goal and goal["clicks"] else numbers.UNKNOWN)

    return Column(key, title, group, cell, right=right)


def _chance_text(goal: GoalBlock) -> str:
    k, low, high = goal["k"], goal["low"], goal["high"]
    return numbers.percent_with_interval(_hit_rate(goal) ** k, low**k, high**k)


def _sessions_text(goal: GoalBlock) -> str:
    sessions = goal["sessions"]
    reached = numbers.hits_of(sessions["reached"], sessions["ended"])
    return f"{reached} {numbers.interval(sessions['low'], sessions['high'])}".rstrip()


_ALWAYS = (
    _goal_column("verdict", "goal", "goal", lambda _, goal: goal["verdict"], right=False),
    _goal_column("chance", "in a row", "goal", lambda _, goal: _chance_text(goal)),
    _goal_column(
        "rate",
        "hit rate",
        "rate",
        lambda _, goal: numbers.percent_with_interval(_hit_rate(goal), goal["low"], goal["high"]),
    ),
    _goal_column(
        "hits",
        "hits/clicks",
        "rate",
        lambda _, goal: numbers.hits_of(goal["hits"], goal["clicks"]),
    ),
    _goal_column(
        "longest", "longest row seen", "row", lambda entry, _: numbers.count(entry.longest_streak)
    ),
)
_SESSIONS = (
    _goal_column("reached", "sessions to the goal", "row", lambda _, goal: _sessions_text(goal)),
)
_DECIDING = (
    _goal_column(
        "saved",
        "clicks saved",
        "effort",
        lambda _, goal: numbers.count(goal["clicks_saved"]).replace("-", "−"),
    ),
    _goal_column(
        "ahead", "asked ahead", "effort", lambda _, goal: numbers.count(goal["clicks_ahead"])
    ),
)


def render(
    info: RunInfo, summary: Mapping[str, Any], width: int, color: bool, encoding: str | None
) -> str:
    """The sentences, then the table, at most ``width`` cells wide."""
    entries = [
        Entry(model.label, info.kind, model, summary["models"].get(model.label, {}))
        for model in info.models
    ]
    sentences = [sentence(entry.visible_label, entry.goal) for entry in entries]
    text = "\n".join(wrapped(line, width) for line in sentences)
    goal_table = terminal.render([table(info, entries)], width, color, encoding)
    return to_encoding(text, encoding) + "\n\n" + goal_table


def plan_sentence(goal: Goal) -> str:
    """The plan of a streak as a sentence, printed at the start of the command."""
    intent = f"Goal: {_goal_text(goal.k, goal.chance)}."
    if goal.confidence is None:
        return f"{intent} {goal.sessions} sessions, each to its first failure or {goal.k}."
    most = (
        f"{goal.sessions} sessions"
        if goal.sessions
        else f"{_clicks(goal.cap or 0)} (three times a test of fixed size)"
    )
    level = numbers.short_percent(goal.confidence)
    return f"{intent} Asking stops at a decision at {level} confidence, or after {most}."


def sentence(label: str, goal: GoalBlock | None) -> str:
    """The verdict on one model as a sentence, with rounded numbers."""
    if goal is None:
        return f"{label}: clicks of a session are missing, so the goal cannot be judged."
    if not goal["clicks"]:
        return f"{label}: no click was answered, so the goal is undecided."
    goal_text = _goal_text(goal["k"], goal["chance"])
    verdict = {
        "met": f"{label} meets the goal of {goal_text}",
        "not met": f"{label} does not meet the goal of {goal_text}",
        "undecided": f"Whether {label} meets the goal of {goal_text} is undecided",
    }[goal["verdict"]]
    right = numbers.count(goal["hits"])
    text = f"{verdict}. After {_clicks(goal['clicks'])}, {right} of them right, its hit rate {_ends(goal)}."
    if goal["clicks_saved"] is not None and goal["cap"] is not None:
        text += (
            f" {numbers.count(goal['clicks_saved'])} of at most {_clicks(goal['cap'])} were saved."
        )
    return text + _ahead(goal)


def _ends(goal: GoalBlock) -> str:
    """What the clicks say of the hit rate: the end that decides, or both ends."""
    level, rate = numbers.short_percent(goal["confidence"]), goal["rate"]
    low, high = rate_text(goal["low"], rate), rate_text(goal["high"], rate)
    needed = f"the goal needs {rate_text(rate, rate)}"
    if goal["verdict"] == "met":
        return f"is above {low} (confidence {level}); {needed}"
    if goal["verdict"] == "not met":
        return f"is below {high} (confidence {level}); {needed}"
    return f"lies between {low} and {high} (confidence {level} for each end); {needed}"


def _ahead(goal: GoalBlock) -> str:
    """What became of the clicks that were asked and do not count."""
    ahead = goal["clicks_ahead"]
    if not ahead:
        return ""
    one = ahead == 1
    stored = f" {_clicks(ahead)} more {'is' if one else 'are'} stored and not counted"
    if goal["verdict"] != "undecided":
        return f"{stored}: asked ahead of the decision."
    if goal["cap"] is not None and goal["clicks"] >= goal["cap"]:
        return f"{stored}: asked ahead of the limit."
    return f"{stored}: an earlier session has not ended."


def table(info: RunInfo, entries: Sequence[Entry]) -> Table:
    """A table of the goal's verdict per model, with the rates it is based on."""
    goal = info.goal
    assert goal is not None
    columns = _ALWAYS + (_SESSIONS if goal.confidence is None else _DECIDING)
    title = f"Streak: {_goal_text(goal.k, goal.chance)}"
    rows = model_rows(columns, entries)
    return Table("goal", title, "model", columns, rows, _footers(info, goal, entries))


def _hit_rate(goal: GoalBlock) -> float:
    return goal["hits"] / goal["clicks"]


def _footers(info: RunInfo, goal: Goal, entries: Sequence[Entry]) -> tuple[str, ...]:
    blocks = [block for entry in entries if (block := entry.goal)]
    level = numbers.short_percent(goal.confidence or 0.95)
    present = sum(suite.present for suite in info.suites)
    lines = [
        f"Brackets: each end alone holds with {level} confidence, however often and whenever the "
        f"clicks are looked at. 'In a row' is the hit rate to the power of {goal.k}. All this is about "
        f"targets drawn at random, with replacement, from the {numbers.counted(present, 'present target')} "
        f"of this run, the same draws for every model; not about other targets, and not about one "
        f"target asked again and again.",
    ]
    if goal.confidence is None:
        lines.append(
            f"Sessions to the goal: those that reached {goal.k} right in a row, of those that "
            f"reached it or ended with a miss, with the 95 % interval (Clopper-Pearson)."
        )
    elif blocks:
        cap = (
            f"Without a decision asking stops after {_clicks(goal.cap)}; 'clicks saved' are those of "
            f"them that were not asked. "
            if goal.cap
            else ""
        )
        lines.append(
            f"{cap}For comparison: a test of {_clicks(blocks[0]['fixed_clicks'])}, their number chosen "
            f"beforehand and looked at only once, has a chance of 80 % to show that a model meets the "
            f"goal if it makes half the misses that the goal allows."
        )
        lines.append(
            "Only clicks in planned order decide; those asked ahead are stored. The longest row seen "
            "is of all clicks."
        )
    errors = [
        f"{entry.visible_label} {numbers.count(count)}"
        for entry in entries
        if (count := entry.outcomes["error"])
    ]
    if errors:
        lines.append(
            f"Failed calls, which neither extend nor end a row: {'; '.join(errors)}. A session whose "
            f"call failed is cut short there."
        )
    lines += [*served_footers(entries), *cached_footers(entries)]
    if info.state != "complete":
        lines.append(f"The run is {info.state}: these are the clicks so far.")
    return tuple(visible(line) for line in lines)


def _goal_text(k: int, chance: float) -> str:
    share = numbers.short_percent(chance)
    return f"{numbers.count(k)} in a row with a chance of at least {share}"


def rate_text(share: float, goal: float) -> str:
    """A hit rate with enough decimals to tell it from the goal's: ``93.30 %``, ``99.9307 %``."""
    # Three significant digits of the misses that the goal allows.
    digits = max(1, 2 - math.floor(math.log10(100 * (1 - goal))))
    text = f"{100 * share:.{digits}f}"
    if share < 1 and float(text) >= 100:
        return f">{100 - 10**-digits:.{digits}f} %"
    return f"{text} %"


def _clicks(count: int) -> str:
    return f"{numbers.count(count)} click{'' if count == 1 else 's'}"
