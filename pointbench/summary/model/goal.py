"""The verdict on a streak's goal from one model's clicks; the figures and their schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypedDict, get_args

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
    verdict,
)
from pointbench.summary.schema_parts import Schema, count, number, obj, share
from pointbench.summary.table import ERROR

if TYPE_CHECKING:
    from pointbench.summary.table import Trials


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
    decides or up to the cap; the confidence sequence holds no matter how many are checked, so it may
    also be read at the end of a fixed number of sessions.
    """
    sessions = _sessions(rows)
    if sessions is None:
        return None
    rate = goal_rate(goal.k, goal.chance)
    confidence = goal.confidence or CONFIDENCE
    scored = [right for session in sessions for right in _scored(session)]
    decision = _decision(goal, scored, rate, confidence)
    reached = sum(session[: goal.k] == [1] * goal.k for session in sessions)
    # An error, or a streak cut short, leaves it open whether the goal would have been reached.
    ended = reached + sum(0 in session[: goal.k] for session in sessions)
    low, high = clopper_pearson(reached, ended)
    fixed = fixed_clicks(rate, confidence)
    early = goal.confidence is not None and decision.outcome != "undecided"
    return {
        "k": goal.k,
        "chance": goal.chance,
        "confidence": confidence,
        "rate": rate,
        "verdict": decision.outcome,
        "low": decision.low,
        "high": decision.high,
        "hits": decision.hits,
        "clicks": decision.clicks,
        "cap": goal.cap,
        "fixed_clicks": fixed,
        "clicks_saved": fixed - decision.clicks if early else None,
        "clicks_ahead": len(scored) - decision.clicks,
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


def _decision(goal: Goal, scored: list[int], rate: float, confidence: float) -> Decision:
    """The decision after each click if the goal has a confidence, else once after all sessions."""
    if goal.confidence is not None:
        return decide(map(bool, scored[: goal.cap]), rate, confidence)
    hits, n = sum(scored), len(scored)
    low, high = confidence_sequence(hits, n, confidence)
    return Decision(verdict(hits, n, rate, confidence), n, hits, low, high)


def _sessions(rows: Trials) -> list[list[int]] | None:
    """Each session's clicks in order: 1, 0, or -1 for an error; None if one is missing."""
    import numpy as np

    clicks = rows[rows["session"] >= 0]
    clicks = clicks[np.lexsort([clicks["click"], clicks["session"]])]
    verdicts = np.where(clicks["outcome"] == ERROR, -1, clicks["correct"])
    edges = np.flatnonzero(np.diff(clicks["session"])) + 1
    sessions = []
    for session, correct in zip(np.split(clicks, edges), np.split(verdicts, edges), strict=True):
        if (session["click"] != np.arange(len(session))).any():
            return None
        sessions.append([int(verdict) for verdict in correct])
    return sessions


def _scored(session: list[int]) -> Iterator[int]:
    """The clicks up to the first failure or error; the error itself is not counted."""
    for right in session:
        if right >= 0:
            yield right
        if right != 1:
            return


def goal_schema() -> Schema:
    """The JSON Schema of a `GoalBlock`, or of null."""
    return {
        **obj(
            {
                "k": count("Clicks in a row that the goal asks for."),
                "chance": share("The chance of k in a row that the goal asks for."),
                "confidence": share("Confidence of the verdict and its confidence sequence."),
                "rate": share("chance ** (1 / k): the hit rate at which the goal is just met."),
                "verdict": {"enum": list(get_args(GoalVerdict))},
                "low": share("Lower end of the confidence sequence of the hit rate."),
                "high": share("Upper end."),
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
                    "description": "fixed_clicks minus clicks; null unless a decision ended asking.",
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
