"""The verdict on a streak's goal from one model's clicks; the figures and their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict, get_args

from pointbench.runs import Goal
from pointbench.statistics.estimates import CONFIDENCE
from pointbench.statistics.goal import fixed_clicks
from pointbench.statistics.intervals import clopper_pearson
from pointbench.statistics.sequential import (
    Decision,
    GoalVerdict,
    confidence_sequence,
    decide,
    goal_rate,
)
from pointbench.summary.schema_parts import Schema, count, number, obj, share
from pointbench.summary.table import ERROR

if TYPE_CHECKING:
    from pointbench.summary.table import Trials


METHOD = "two one-sided tests, mixtures of likelihood ratios"


class GoalSessionsBlock(TypedDict):
    """Number of sessions that reached the goal."""

    planned: int | None
    reached: int
    ended: int
    value: float | None
    """reached / ended; None, like its ends, if asking stops at a decision."""
    low: float | None
    high: float | None


class GoalBlock(TypedDict):
    """Whether k clicks in a row have the requested chance."""

    k: int
    chance: float
    confidence: float
    rate: float
    """The hit rate at which the goal is just met."""
    verdict: GoalVerdict
    method: str
    low: float
    high: float
    hits: int
    clicks: int
    cap: int | None
    fixed_clicks: int
    clicks_saved: int | None
    clicks_ahead: int
    sessions: GoalSessionsBlock


def goal_summary(goal: Goal, rows: Trials) -> GoalBlock | None:
    """The verdict on the goal from one model's clicks; None if clicks of a session are missing.

    ``rows`` may be in any order. Clicks are checked session by session, and only up to the one that
    decides or up to the cap. The tests hold no matter how many clicks are checked, so they may also
    be read at the end of a fixed number of sessions.
    """
    sessions = _sessions(goal, rows)
    if sessions is None:
        return None
    rate = goal_rate(goal.k, goal.chance)
    confidence = goal.confidence or CONFIDENCE
    scored = sum(len(session.scored) for session in sessions)
    decision = _decision(goal, _in_order(sessions), rate, confidence)
    reached = sum(session.end == "goal" for session in sessions)
    # An error, or a session cut short, leaves it open whether the goal would have been reached.
    ended = reached + sum(session.end == "miss" for session in sessions)
    low, high = clopper_pearson(reached, ended)
    decided = goal.confidence is not None and decision.outcome != "undecided"
    saved = None if goal.cap is None or not decided else max(0, goal.cap - scored)
    return {
        "k": goal.k,
        "chance": goal.chance,
        "confidence": confidence,
        "rate": rate,
        "verdict": decision.outcome,
        "method": METHOD,
        "low": decision.low,
        "high": decision.high,
        "hits": decision.hits,
        "clicks": decision.clicks,
        "cap": goal.cap,
        "fixed_clicks": fixed_clicks(rate, confidence),
        "clicks_saved": saved,
        "clicks_ahead": scored - decision.clicks,
        "sessions": {
            "planned": goal.sessions,
            "reached": reached,
            "ended": ended,
            # A decision stops sessions at a moment that depends on them, so their share is biased.
            "value": reached / ended if ended and goal.confidence is None else None,
            "low": low if goal.confidence is None else None,
            "high": high if goal.confidence is None else None,
        },
    }


def _decision(goal: Goal, clicks: list[bool], rate: float, confidence: float) -> Decision:
    """The first decision in planned order; without a goal's confidence, over all the clicks."""
    first = decide(clicks[: goal.cap], rate, confidence)
    if goal.confidence is not None or first.clicks == len(clicks):
        return first
    # What the clicks up to the decision ruled out stays ruled out, whatever came after them.
    low, high = confidence_sequence(sum(clicks), len(clicks), confidence)
    low, high = max(low, first.low), min(high, first.high)
    return Decision(first.outcome, len(clicks), sum(clicks), low, high)


class _Session(NamedTuple):
    number: int
    scored: list[bool]
    """Its clicks up to the first failure, the goal or an error; the error is not counted."""
    end: Literal["goal", "miss", "error"] | None
    """None if it was cut short."""


def _in_order(sessions: list[_Session]) -> list[bool]:
    """The clicks that count: in planned order, up to where the first unfinished session stands.

    Later sessions were asked ahead of it. Its other clicks will come before theirs, so a verdict
    that rested on them could change when the run is resumed.
    """
    clicks: list[bool] = []
    for place, session in enumerate(sessions):
        if session.number != place:
            break
        clicks += session.scored
        if session.end is None:
            break
    return clicks


def _sessions(goal: Goal, rows: Trials) -> list[_Session] | None:
    """The sessions by number; None if a click within one is missing."""
    import numpy as np

    clicks = rows[rows["session"] >= 0]
    clicks = clicks[np.lexsort([clicks["click"], clicks["session"]])]
    verdicts = np.where(clicks["outcome"] == ERROR, -1, clicks["correct"])
    edges = np.flatnonzero(np.diff(clicks["session"])) + 1
    sessions = []
    for session, correct in zip(np.split(clicks, edges), np.split(verdicts, edges), strict=True):
        if (session["click"] != np.arange(len(session))).any():
            return None
        if len(session):
            sessions.append(_session(goal, int(session["session"][0]), correct.tolist()))
    return sessions


def _session(goal: Goal, number: int, verdicts: list[int]) -> _Session:
    """A session from its clicks in order: 1, 0, or -1 for an error."""
    scored: list[bool] = []
    for verdict in verdicts:
        if verdict < 0:
            return _Session(number, scored, "error")
        scored.append(verdict == 1)
        if not verdict:
            return _Session(number, scored, "miss")
        if len(scored) == goal.k:
            return _Session(number, scored, "goal")
    return _Session(number, scored, None)


def goal_schema() -> Schema:
    """The JSON Schema of a `GoalBlock`, or of null."""
    return {
        **obj(
            {
                "k": count("Clicks in a row that the goal asks for."),
                "chance": share("The chance of k in a row that the goal asks for."),
                "confidence": share("Confidence of the verdict, and one-sided of each end."),
                "rate": share("chance ** (1 / k): the hit rate at which the goal is just met."),
                "verdict": {"enum": list(get_args(GoalVerdict))},
                "method": {"const": METHOD, "description": "How the verdict is reached."},
                "low": share("Lower end of the hit rate; above ``rate`` if the goal is met."),
                "high": share("Upper end; below ``rate`` if the goal is not met."),
                "hits": count("Correct clicks among those looked at."),
                "clicks": count("Clicks looked at, in planned order; errors are not counted."),
                "cap": {
                    "type": ["integer", "null"],
                    "description": "Clicks after which the verdict stays undecided.",
                },
                "fixed_clicks": count(
                    "Clicks of a plan of fixed size that shows with 80 % power that a model with "
                    "half the misses allowed meets the goal."
                ),
                "clicks_saved": {
                    "type": ["integer", "null"],
                    "minimum": 0,
                    "description": (
                        "cap minus the clicks asked, those asked ahead included; null without a cap, "
                        "and unless a decision ended asking."
                    ),
                },
                "clicks_ahead": count("Scored clicks asked ahead, beyond those looked at."),
                "sessions": obj(
                    {
                        "planned": {"type": ["integer", "null"]},
                        "reached": count("Sessions that reached k clicks."),
                        "ended": count("Sessions that reached k clicks or ended with a failure."),
                        "value": number("reached / ended; null if asking stops at a decision."),
                        "low": share("Lower end, Clopper-Pearson, 95 %."),
                        "high": share("Upper end, Clopper-Pearson, 95 %."),
                    }
                ),
            }
        ),
        "type": ["object", "null"],
        "description": (
            "In a streak: whether k clicks in a row have the requested chance. null if clicks are "
            "missing, as in a run reduced to some targets."
        ),
    }
