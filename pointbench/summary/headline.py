"""The headline: what a reader should take away from a run, in at most eight sentences and every warning.

Made from the figures alone, so that each sentence can be checked against them; ``report`` makes it of
several runs with the same function. Labels in it are untrusted text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from pointbench import numbers
from pointbench.summary.comparisons import ALPHA
from pointbench.summary.headline_warnings import Contender, above_guessing, listed, warnings
from pointbench.summary.schema_parts import Schema, obj, text

__all__ = ["Contender", "Line", "Scene", "headline", "headline_schema", "of_suites"]

MOST_RESULTS = 8
MOST_NAMES = 3
"""Models named in one sentence; the others are counted."""
_FAR = 10
"""A difference that more than so many times the targets would decide is better said to be small."""
_EVIDENT = 0.2
"""The longest row of clicks that is quoted as likely has at least this chance."""


class Line(TypedDict):
    """One sentence of the headline."""

    text: str
    kind: Literal["result", "warning"]
    suite: str | None
    """The suite it speaks of; None if the run has only one."""


@dataclass(frozen=True)
class Scene:
    """The targets of one suite, and the models that were asked about them."""

    present: int
    absent: int
    apps: int
    contenders: Sequence[Contender]
    """Without the pointers that guess."""
    pairs: Sequence[Mapping[str, Any]]
    """Every pair of the ranked contenders (`ComparisonBlock`)."""
    best_guess: float | None
    """The share of the present targets that the best fixed point hits."""
    hit_by_none: Mapping[str, Any] | None = None
    """`HitByNoneBlock`; None if it is not known."""

    @property
    def best_first(self) -> list[Contender]:
        """The contenders, those without a rate last."""
        return sorted(
            self.contenders,
            key=lambda each: (each.value is None, -(each.value or 0.0), each.label),
        )

    @property
    def ranked(self) -> list[Contender]:
        """The contenders with a rate, best first."""
        return [each for each in self.best_first if each.ranked and each.value is not None]


def headline(scene: Scene, suite: str | None = None) -> list[Line]:
    """The headline of one suite: at most `MOST_RESULTS` results, best first, and every warning after them."""
    results = [sentence for sentence in _results(scene) if sentence][:MOST_RESULTS]
    leader = scene.ranked[0] if scene.ranked else None
    cautions = warnings(scene.best_first, leader, scene.best_guess, scene.apps)
    lines = [Line(text=sentence, kind="result", suite=suite) for sentence in results]
    return lines + [Line(text=sentence, kind="warning", suite=suite) for sentence in cautions]


def of_suites(headlines: Sequence[Sequence[Line]]) -> list[Line]:
    """The headline of a run over several suites: of each its first results, and all warnings."""
    each = max(1, MOST_RESULTS // max(1, len(headlines)))
    results = [
        line for lines in headlines for line in [x for x in lines if x["kind"] == "result"][:each]
    ]
    cautions = [line for lines in headlines for line in lines if line["kind"] == "warning"]
    return results[:MOST_RESULTS] + cautions


def _results(scene: Scene) -> list[str | None]:
    if not scene.present:
        return [_absent_only(scene)]
    ranked = scene.ranked
    if not ranked:
        return [_nobody(scene)]
    tied, beaten = _apart(scene, ranked)
    return [
        _lead(scene, ranked),
        _ties(scene, tied),
        _next(scene, beaten),
        _in_a_row(ranked[0]),
        _hard(scene, ranked[0]),
        _guessing(scene, ranked),
        _goal(ranked),
        _cost(ranked),
    ]


# --- who leads -------------------------------------------------------------------------------


def _nobody(scene: Scene) -> str:
    if not scene.contenders:
        if scene.best_guess is None:
            return "No model was asked."
        return (
            f"No model was asked, only pointers that guess: the best fixed point hits "
            f"{numbers.percent(scene.best_guess)} of {numbers.counted(scene.present, 'target')}."
        )
    parts = [
        f"{each.label} ({numbers.count(each.targets)} of {numbers.counted(scene.present, 'target')})"
        for each in scene.contenders
        if not each.ranked and each.targets
    ]
    if parts:
        return f"Part of a gate, asked only until its answers decided: {listed(parts)}."
    failed = sum(int(each.facts["outcomes"]["error"]) for each in scene.contenders)
    if failed:
        return f"No model answered: {numbers.counted(failed, 'call')} failed."
    return "No model has an answer yet."


def _absent_only(scene: Scene) -> str:
    """The result where nothing asked for is on the screen, so that only declining is right."""
    things = f"{numbers.counted(scene.absent, 'target')}"
    known = [each for each in scene.contenders if (each.facts.get("false_clicks") or {}).get("n")]
    if not scene.absent or not known:
        return f"Nothing could be hit: {'all of ' if scene.absent else ''}{things} are absent."
    best = min(known, key=lambda each: (each.facts["false_clicks"]["value"], each.label))
    share = best.facts["false_clicks"]
    return (
        f"None of the {things} is on the screen, so only declining is right: {best.label} declined "
        f"{numbers.count(share.get('declined'))} of {numbers.count(share['n'])}."
    )


def _lead(scene: Scene, ranked: Sequence[Contender]) -> str:
    first = ranked[0]
    level = [each for each in ranked if each.value == first.value and each.targets == first.targets]
    how = _share(first, scene)
    if len(ranked) == 1:
        return f"{first.label} hits {how}."
    if len(level) > 1:
        every = "Both" if len(ranked) == 2 else "All" if len(level) == len(ranked) else ""
        if every:
            return f"{every} hit equally often: {how}."
        return f"{_named(level)} hit most often, and equally often: {how}."
    if not first.value:
        return f"No model hits any of {numbers.counted(first.targets, 'target')}."
    return f"{first.label} hits most often: {how}."


def _share(each: Contender, scene: Scene) -> str:
    """``67.0 % of 1581 targets (95 %: 64.7–69.3)``."""
    rate = each.rate
    n, targets = int(rate.get("n") or 0), each.targets
    of = numbers.counted(targets, "target")
    if n != targets:
        of = f"{numbers.counted(n, 'click')} on {of}"
    elif targets < scene.present:
        of = f"the {of} that it answered"
    ends = numbers.ends(rate.get("low"), rate.get("high"), bool(rate.get("approximate")))
    level = numbers.short_percent(rate.get("confidence") or 0.95)
    return f"{numbers.percent(rate['value'])} of {of}" + (f" ({level}: {ends})" if ends else "")


def _apart(
    scene: Scene, ranked: Sequence[Contender]
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The leader's pairs, from its side: with those not told apart from it, and with the others."""
    leader = ranked[0].label
    found = {}
    for pair in scene.pairs:
        if leader in (pair["a"], pair["b"]):
            other = pair["b"] if pair["a"] == leader else pair["a"]
            found[other] = pair if pair["a"] == leader else _swapped(pair)
    pairs = [found[each.label] for each in ranked[1:] if each.label in found]
    known = [pair for pair in pairs if pair["difference"]["value"] is not None]
    tied = [pair for pair in known if not _told_apart(pair)]
    beaten = [pair for pair in known if _told_apart(pair) and pair["difference"]["value"] > 0]
    return tied, beaten


def _told_apart(pair: Mapping[str, Any]) -> bool:
    return pair["p_holm"] is not None and pair["p_holm"] < ALPHA


def _swapped(pair: Mapping[str, Any]) -> Mapping[str, Any]:
    found = dict(pair["difference"])
    low, high = found.get("low"), found.get("high")
    if found["value"] is not None:
        found["value"] = -found["value"]
    if low is not None and high is not None:
        found["low"], found["high"] = -high, -low
    return {**pair, "a": pair["b"], "b": pair["a"], "difference": found}


def _ties(scene: Scene, tied: Sequence[Mapping[str, Any]]) -> str | None:
    if not tied:
        return None
    if len(tied) == 1:
        return f"Not told apart from {_gap(scene, tied[0])}{_decides(tied[0], len(scene.pairs))}."
    named = [f"{pair['b']} ({_points(pair)})" for pair in tied[:MOST_NAMES]]
    left = len(tied) - len(named)
    named += [f"{numbers.count(left)} more"] if left else []
    return f"Not told apart from {listed(named)}."


def _next(scene: Scene, beaten: Sequence[Mapping[str, Any]]) -> str | None:
    if not beaten:
        return None
    first = beaten[0]
    found = first["difference"]
    size = f"{numbers.points(found['value'])} points"
    who = f"the next, {first['b']}," if len(scene.ranked) > 2 else first["b"]
    return f"It beats {who} by {size} ({_ends(found)}){_on(scene, first)}."


def _gap(scene: Scene, pair: Mapping[str, Any]) -> str:
    """``MAI-UI-8B (local): 0.9 points (−0.2 to 2.0)``."""
    return f"{pair['b']}: {_points(pair, ' points (', ')')}{_on(scene, pair)}"


def _points(pair: Mapping[str, Any], before: str = ", ", after: str = "") -> str:
    found = pair["difference"]
    return f"{numbers.points(found['value'])}{before}{_ends(found)}{after}"


def _ends(difference: Mapping[str, Any]) -> str:
    mark = numbers.APPROXIMATE if difference.get("approximate") else ""
    return f"{mark}{numbers.points(difference['low'])} to {numbers.points(difference['high'])}"


def _on(scene: Scene, pair: Mapping[str, Any]) -> str:
    """The targets that both answered, where these are not all."""
    counts = pair["targets"]
    if counts["both"] == scene.present:
        return ""
    return f", on the {numbers.counted(counts['both'], 'target')} both answered"


def _decides(pair: Mapping[str, Any], pairs: int) -> str:
    """How many targets would decide a difference of this size, or how large a one is ruled out."""
    found, wanted, n = pair["difference"], pair["wanted_targets"], pair["targets"]["both"]
    far = max(abs(found["low"]), abs(found["high"]))
    if wanted is None or wanted > _FAR * n:
        return f"; a difference over {numbers.points(far)} points is ruled out"
    if wanted > n:
        return f"; about {numbers.about(wanted)} targets would decide a difference of this size"
    if found["low"] > 0 or found["high"] < 0:
        return (
            f"; among {numbers.counted(pairs, 'comparison')} such a difference may be chance (Holm)"
        )
    return ""


# --- what the leader can do ------------------------------------------------------------------


def _in_a_row(leader: Contender) -> str | None:
    p = leader.facts.get("click_chance") or {"value": None}
    if not p["value"]:
        return None
    if p["value"] == 1:
        return _even_chance(leader)
    lengths = _lengths(p["value"])
    quoted = next((k for k in lengths if k % 10 == 0), lengths[-1])
    parts = [
        f"{numbers.count(k)} right {_chance(p, k, with_interval=k == quoted)}" for k in lengths
    ]
    return f"In a row: {', '.join(parts)}. {_even_chance(leader)}".strip()


def _lengths(p: float) -> list[int]:
    """The rows that are quoted: the longest one that is likely, and the next power of ten."""
    likely = [k for k in (10, 100, 1000) if p**k >= _EVIDENT]
    if likely:
        return [k for k in (likely[-1], 10 * likely[-1]) if k <= 1000]
    short = 5 if p**5 >= _EVIDENT else 2
    # That ten are next to impossible is no news where two are unlikely.
    return [short, 10] if p**10 >= numbers.RAREST else [short]


def _chance(p: Mapping[str, Any], k: int, with_interval: bool) -> str:
    low, high = p.get("low"), p.get("high")
    if not with_interval or low is None or high is None:
        return numbers.chance(p["value"] ** k)
    return numbers.chance_with_interval(p["value"] ** k, low**k, high**k)


def _even_chance(leader: Contender) -> str:
    horizon = (leader.facts.get("horizon") or {}).get("0.5") or {"value": None}
    value, low = horizon["value"], horizon.get("low")
    if value is None:
        if low is None:
            return ""
        text = f"It missed nothing: an even chance lasts at least {numbers.plain(low)} clicks"
    elif value < 1:
        return "More than half of single clicks miss."
    else:
        ends = numbers.even_chance_ends(value, low, horizon.get("high"))
        unit = "click" if numbers.plain(value) == "1" else "clicks"
        text = f"An even chance lasts {numbers.even_chance(value)} {unit}" + (
            f" ({ends})" if ends else ""
        )
    supported = _supported(leader)
    if supported is None:
        return f"{text}."
    return f"{text}; these data support {numbers.count(supported) if supported else 'none'}."


def _supported(leader: Contender) -> int | None:
    """The longest row that the data support at an even chance, for targets like these."""
    found = leader.facts.get("supported_k")
    value = (found.get("like_these") or {}).get("0.5") if isinstance(found, Mapping) else None
    return None if value is None else int(value)


def _hard(scene: Scene, leader: Contender) -> str | None:
    parts = [_gap_of_groups(leader), _by_none(scene)]
    return " ".join(part for part in parts if part) or None


def _gap_of_groups(leader: Contender) -> str | None:
    """``Icons 44 %, text 81 %.``; by size where the kinds are not known."""
    by = leader.facts.get("by") or {}
    kinds = by.get("kind") or {}
    icon, written = ((kinds.get(name) or {}).get("value") for name in ("icon", "text"))
    if icon is not None and written is not None:
        return f"Icons {_fine(icon, written)}, text {_fine(written, icon)}."
    sides = by.get("short_side") or {}
    small = (sides.get("under 16") or {}).get("value")
    large = (sides.get("48 and up") or {}).get("value")
    if small is None or large is None:
        return None
    return f"Targets under 16 px {_fine(small, large)}, from 48 px {_fine(large, small)}."


def _fine(share: float, beside: float) -> str:
    """A share in whole percent; with one decimal near 100 %, where a point is many misses."""
    near = max(share, beside) >= 0.9
    return numbers.percent(share) if near else numbers.whole_percent(share)


def _by_none(scene: Scene) -> str | None:
    found, models = scene.hit_by_none, [each for each in scene.contenders if not each.model.floor]
    if found is None or len(models) < 2 or not found["n"]:
        return None
    missed = len(found["targets"])
    if not missed:
        return "Every target was hit by at least one model."
    whom = "neither" if len(models) == 2 else f"none of the {numbers.count(len(models))}"
    were = "target" if missed == 1 else "targets"
    share = _two_digits(missed / found["n"])
    return f"{numbers.count(missed)} {were} ({share}) {'was' if missed == 1 else 'were'} hit by {whom}."


def _two_digits(share: float) -> str:
    return numbers.whole_percent(share) if share >= 0.0995 else numbers.percent(share)


def _guessing(scene: Scene, ranked: Sequence[Contender]) -> str | None:
    if scene.best_guess is None or not all(
        above_guessing(each, scene.best_guess) for each in ranked
    ):
        return None
    who = f"{ranked[0].label} is" if len(ranked) == 1 else "Every model is"
    return f"{who} above guessing: the best fixed point hits {numbers.percent(scene.best_guess)}."


def _goal(ranked: Sequence[Contender]) -> str | None:
    """The verdicts of a `streak`."""
    verdicts: dict[str, list[Contender]] = {}
    goals = [(each, goal) for each in ranked if (goal := each.facts.get("goal"))]
    for each, goal in goals:
        verdicts.setdefault(str(goal["verdict"]), []).append(each)
    if not goals:
        return None
    goal = goals[0][1]
    said = "; ".join(f"{verdict} by {_named(models)}" for verdict, models in verdicts.items())
    said = said.replace("undecided by", "undecided for")
    return (
        f"The goal of {numbers.count(goal['k'])} in a row at a chance of "
        f"{numbers.short_percent(goal['chance'])} is {said}."
    )


def _cost(ranked: Sequence[Contender]) -> str | None:
    """What 1000 clicks of the leader cost, and of the cheapest other model; with the time of one."""
    priced = [each for each in ranked if each.facts.get("cost_per_1000_clicks")]
    timed = (ranked[0].facts.get("latency_s") or {}).get("p50")
    if not priced:
        return f"{ranked[0].label} takes {numbers.seconds(timed)} for a click." if timed else None
    cheapest = min(priced, key=lambda each: (each.facts["cost_per_1000_clicks"], each.label))
    shown = [ranked[0]] if ranked[0] in priced else []
    shown += [cheapest] if cheapest not in shown else []
    said = [
        f"{numbers.dollars(each.facts['cost_per_1000_clicks'])} with {each.label}"
        + (f" ({numbers.seconds(time)} each)" if (time := _time(each)) else "")
        for each in shown
    ]
    return f"1000 clicks cost {listed(said)}."


def _time(each: Contender) -> float | None:
    time: float | None = (each.facts.get("latency_s") or {}).get("p50")
    return time


def _named(models: Sequence[Contender]) -> str:
    labels = [each.label for each in models[:MOST_NAMES]]
    left = len(models) - len(labels)
    return listed([*labels, *([f"{numbers.count(left)} more"] if left else [])])


def headline_schema() -> Schema:
    """The JSON Schema of the headline."""
    return {
        "type": "array",
        "description": "What a reader should take away: at most eight results, then every warning.",
        "items": obj(
            {
                "text": text("One or two sentences, rounded."),
                "kind": {"enum": ["result", "warning"]},
                "suite": {
                    "type": ["string", "null"],
                    "description": "The suite it speaks of; null in a run of one suite.",
                },
            }
        ),
    }
