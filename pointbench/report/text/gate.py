"""The output of ``gate``: the verdict in fixed words, its bounds, and what they do not say. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pointbench.adapters.model_names import several_models
from pointbench.engine.gate.claims import points
from pointbench.engine.gate.forecast import GateForecast
from pointbench.engine.gate.result import FLAWED, Ends, GateResult, Slice, Unchanged
from pointbench.report import numbers
from pointbench.report.plain_text import shorten, to_encoding, visible, wrapped
from pointbench.runs import Gate, GateReference

AIM = 0.02
"""What half of an error rate is measured by where only a minimum hit rate is asked for."""

EDGE = 1e-9
"""Hits by which a total has to be beyond a claim's edge, against rounding."""

_COLORS = {"pass": "\x1b[32m", "fail": "\x1b[31m", "undecided": "\x1b[33m"}
_PLAIN = "\x1b[0m"
_MOST_NAME = 60


def render(result: GateResult, width: int, color: bool, encoding: str | None) -> str:
    """The verdict, the claim with its bounds, and notes, at most ``width`` cells wide."""
    first = wrapped(f"{result.verdict}: {verdict_sentence(result)}", width)
    if color:
        word = result.verdict
        first = first.replace(word, f"{_COLORS[word]}{word}{_PLAIN}", 1)
    paragraphs = [first, wrapped(evidence_sentence(result), width)]
    paragraphs.append("\n".join(wrapped(line, width) for line in notes(result)))
    return to_encoding("\n\n".join(paragraphs), encoding) + "\n"


def verdict_sentence(result: GateResult) -> str:
    """The claim that was decided, in the words of the verdict; why it is open, if it is."""
    if result.verdict == "undecided":
        return _open_sentence(result)
    gate, model = result.gate, _name(result.model)
    of_margin, of_minimum = _decided(result)
    passed = result.verdict == "pass"
    tense = result.exact
    parts = []
    if gate.margin is not None and of_margin:
        low = f"at most {points(gate.margin)}" if passed else f"more than {points(gate.margin)}"
        if gate.margin == 0:
            low = "not lower" if passed else "lower"
            parts.append(f"{'scored' if tense else 'would score'} {low} than {_old(result)}")
        else:
            parts.append(f"{'scored' if tense else 'would score'} {low} lower than {_old(result)}")
    if gate.min_hit_rate is not None and of_minimum:
        least = numbers.short_percent(gate.min_hit_rate)
        verb = "hit" if tense else "would hit"
        parts.append(f"{verb} {'at least' if passed else 'less than'} {least}")
    return f"Asked on all {_population(result)}, {model} {' and '.join(parts)}."


def _decided(result: GateResult) -> tuple[bool, bool]:
    """Whether the verdict is about the margin, and about the minimum: of two, `fail` may refute one."""
    gate = result.gate
    margin, minimum = gate.margin is not None, gate.min_hit_rate is not None
    if result.verdict != "fail" or not (margin and minimum):
        return margin, minimum
    assert gate.margin is not None
    assert gate.min_hit_rate is not None
    assert result.difference is not None
    # The totals are whole hits, so a bound that is not below the edge lies on it.
    lost = result.targets * (result.difference.high + gate.margin) < -EDGE
    short = result.targets * (result.rate.high - gate.min_hit_rate) < -EDGE
    return (lost, short) if lost or short else (margin, minimum)


def _population(result: GateResult) -> str:
    return population(result.gate, result.targets, result.suites)


def population(gate: Gate, targets: int, suites: Sequence[str]) -> str:
    """The targets that a gate is about: ``1264 targets of nightly``."""
    where = _name(gate.against.run) if gate.against else ", ".join(map(_name, suites))
    return f"{numbers.counted(targets, 'target')} of {where}"


def _old(result: GateResult) -> str:
    against = result.gate.against
    assert against is not None
    rate = numbers.percent((result.old_hits or 0.0) / result.targets)
    who = _name(against.run)
    if against.model != result.model:
        return f"{_name(against.model)} did there ({rate})"
    return f"{who} did ({rate})"


def _open_sentence(result: GateResult) -> str:
    clicks = numbers.counted(result.clicks, "click")
    match result.reason:
        case "max-cost":
            why = f"Stopped by --max-cost after {clicks}"
        case "errors":
            why = (
                f"All {numbers.counted(result.targets, 'target')} were asked, but {_errors(result)}"
            )
        case "service":
            why = f"The service changed during the gate, after {clicks}"
        case "stopped":
            why = f"Stopped after {clicks}"
        case _:
            why = f"Interrupted after {clicks}"
    ends = [_between(result.difference, signed=True)] if result.gate.margin is not None else []
    if result.gate.min_hit_rate is not None:
        ends.append(_between(result.rate, signed=False))
    tail = "these answers are of more than one model" if result.reason == "service" else None
    return f"{why}: {', '.join(ends)}; {tail or 'both verdicts are open'}."


def _between(ends: Ends | None, *, signed: bool) -> str:
    assert ends is not None
    if signed:
        return f"between {_down(ends.low)} and {_up(ends.high)} points"
    return f"a hit rate between {_down(ends.low, sign=False)} and {_up(ends.high, sign=False)} %"


def evidence_sentence(result: GateResult) -> str:
    """After how many clicks, how many were saved, and the bounds; the bound comes first."""
    gate = result.gate
    level = f"confidence {numbers.short_percent(gate.confidence)}"
    if result.exact:
        return _exact_sentence(result)
    clicks = numbers.counted(result.clicks, "click")
    saved = numbers.count(result.saved)
    more = f"; {numbers.count(result.asked)} were asked" if result.asked > result.clicks else ""
    asked = f"after {clicks}{more}, {saved} saved"
    parts = []
    of_margin, of_minimum = _decided(result)
    if of_margin:
        parts.append(_bound(result, result.difference, level, signed=True))
    if of_minimum:
        parts.append(_bound(result, result.rate, level, signed=False))
    if result.verdict == "undecided":
        asked = f"{numbers.count(result.asked)} of {numbers.counted(result.targets, 'target')} were asked"
        return f"{asked}; {'; '.join(parts)}. Each end holds at {level}."
    return f"Decided {asked}: {'; '.join(parts)}."


def _exact_sentence(result: GateResult) -> str:
    parts = []
    if result.difference is not None and result.difference.value is not None:
        parts.append(f"difference {_nearest(result.difference.value)} points")
    if result.rate.value is not None:
        hits = f"{result.hits:g}" if result.hits % 1 else numbers.count(result.hits)
        of = f"{hits} of {numbers.count(result.targets)}"
        parts.append(f"hit rate {numbers.percent(result.rate.value)} ({of})")
    who = "were asked" if not result.finished else "are compared"
    return f"All {numbers.counted(result.targets, 'target')} {who}: {', '.join(parts)}, exactly."


def _bound(result: GateResult, ends: Ends | None, level: str, *, signed: bool) -> str:
    assert ends is not None
    unit, what = ("points", "difference") if signed else ("%", "hit rate")
    value = None if ends.value is None else _nearest(ends.value, sign=signed)
    stop = "" if value is None else f"{value}{'' if signed else ' %'} at the stop"
    if result.verdict == "undecided":
        return f"{what} {stop or 'unknown'}"
    if result.verdict == "pass":
        bound = f"{what} at least {_down(ends.low, sign=signed)} {unit} ({level})"
    else:
        bound = f"{what} at most {_up(ends.high, sign=signed)} {unit} ({level})"
    return f"{bound}, {stop}" if stop else bound


def _tenths(share: float, rounding: float, *, sign: bool) -> str:
    number = 100 * share
    # A bound is never rounded to the better side.
    rounded = math.floor(10 * number + rounding) / 10
    text = f"{abs(rounded):.1f}"
    if rounded == 0 or not sign:
        return f"−{text}" if rounded < 0 else text
    return ("+" if rounded > 0 else "−") + text


def _down(share: float, *, sign: bool = True) -> str:
    return _tenths(share, 1e-6, sign=sign)


def _up(share: float, *, sign: bool = True) -> str:
    text = _tenths(-share, 1e-6, sign=sign)
    return text.translate({ord("+"): "−", ord("−"): "+"}) if sign else text.removeprefix("−")


def _nearest(share: float, *, sign: bool = True) -> str:
    return _tenths(share, 0.5, sign=sign)


def notes(result: GateResult) -> list[str]:
    """What the verdict is about and what weakens it, the most important first."""
    gate = result.gate
    lines = []
    if several_models(result.served):
        names = " and ".join(_name(name) for name in result.served)
        then = "Start a new gate" if result.reason == "service" else "The verdict is about this mix"
        lines.append(f"Answers came from {names}. {then}.")
    if result.errors and result.reason != "errors":
        lines.append(f"{_errors(result).capitalize()}, {_ERRORS_COUNT}{_blocked(result)}.")
    elif result.errors:
        lines.append(f"Errors count as {_ERRORS_COUNT[3:]}{_blocked(result)}.")
    if gate.against is not None:
        lines.append(_compared(gate.against, result.targets))
    lines += _draws(result)
    if gate.against is not None:
        lines.append(
            "This is about these targets and that stored run, whatever the model would do on others."
        )
    else:
        lines.append("This is about these targets, whatever the model would do on others.")
    if gate.seed == "pinned" and not result.finished:
        lines.append(
            "The seed was given with --seed: a known order asks the same targets first every time, and a "
            "loss among the others passes unseen."
        )
    lines += _earlier(result)
    if result.slices:
        slices = "; ".join(map(_slice, result.slices))
        lines.append(f"Most lost among these answers, a hint and untested: {slices}.")
    return lines


_ERRORS_COUNT = "as a miss for `pass` and as a hit for `fail`"


def _errors(result: GateResult) -> str:
    share = numbers.percent(result.error_rate)
    what = "answer" if result.errors == 1 else "answers"
    return f"{numbers.count(result.errors)} {what} stayed in error ({share})"


def _blocked(result: GateResult) -> str:
    aim = result.gate.margin or AIM
    if result.error_rate <= aim / 2:
        return ""
    mend = "; mend their cause, then resume" if result.verdict == "undecided" else ""
    return f": more than half the margin, which can block a verdict{mend}"


def _compared(against: GateReference, targets: int) -> str:
    """N of M, and what the others are."""
    out = []
    if against.unanswered:
        out.append(f"{numbers.count(against.unanswered)} without an answer there")
    if against.changed:
        out.append(f"{numbers.count(against.changed)} changed since (instruction, region, picture)")
    text = (
        f"Compared on {numbers.count(targets)} of the {numbers.count(against.present)} present targets "
        f"of {_name(against.run)}"
    )
    if out:
        text += f"; left out: {', '.join(out)}"
    aside = []
    if against.absent:
        aside.append(f"{numbers.counted(against.absent, 'absent target')}")
    if against.others:
        aside.append(f"{numbers.counted(against.others, 'jittered or reworded trial')}")
    return f"{text}{'; never compared: ' + ', '.join(aside) if aside else ''}."


def _draws(result: GateResult) -> list[str]:
    """Who answered how often, and how often an unchanged model would fail."""
    against = result.gate.against
    if against is None:
        return []
    old, new = _name(against.run), _name(result.model)
    if against.repeats == result.repeats == 1:
        text = f"{old} and {new} each answered once."
    else:
        text = f"{old} answered {_times(against.repeats)}, {new} {_times(result.repeats)}."
    unchanged = result.unchanged
    if unchanged is None:
        return [text]
    lines = [f"{text} {unchanged_sentence(unchanged)}"]
    if unchanged.chance > FLAWED:
        lines.append(_remedy(unchanged))
    return lines


def _times(repeats: float) -> str:
    if repeats == 1:
        return "once"
    return f"{repeats:g} times" if repeats == round(repeats) else f"{repeats:.3g} times on average"


def unchanged_sentence(unchanged: Unchanged) -> str:
    """How often an unchanged model would fail, and what that is computed from."""
    share, chance = numbers.percent(unchanged.unstable), numbers.percent(unchanged.chance)
    if not unchanged.unstable:
        return (
            "No target has changed so far, so nothing suggests that an unchanged model would fail."
            if unchanged.seen
            else "No target changed between the stored answers, so an unchanged model would not fail."
        )
    if unchanged.seen:
        return (
            f"With {share} of targets changing from run to run, as many as changed here (an upper guess), "
            f"an unchanged model would fail this gate in {chance} of cases."
        )
    return (
        f"With {share} of targets changing from run to run, an unchanged model would fail this gate in "
        f"{chance} of cases."
    )


def _remedy(unchanged: Unchanged) -> str:
    ways = []
    if unchanged.enough_targets is not None:
        ways.append(f"{numbers.count(unchanged.enough_targets)} targets at this margin")
    if unchanged.enough_margin is not None:
        ways.append(f"a margin of {points(unchanged.enough_margin)} on these targets")
    remedy = f": {' or '.join(ways)} would do" if ways else ""
    return f"Warning: that is more than {numbers.short_percent(FLAWED)} of false alarms{remedy}."


def _earlier(result: GateResult) -> list[str]:
    count = sum(result.earlier.values())
    if not count:
        return []
    verdicts = ", ".join(f"{number} {verdict}" for verdict, number in result.earlier.items())
    text = f"Earlier gates of this pair: {numbers.count(count)} ({verdicts})."
    tries = count - result.earlier.get("pass", 0) + 1
    if tries == 1:  # nobody asked again for want of a pass
        return [text]
    chance = numbers.percent(1 - result.gate.confidence**tries)
    return [
        f"{text} Asked again until it passes, a gate proves less: a model that should just fail passes one "
        f"of {numbers.count(tries)} in up to {chance} of cases."
    ]


def _slice(one: Slice) -> str:
    won = f", {one.won:.3g} won" if one.won else ""
    return (
        f"{one.field} {visible(shorten(one.name, _MOST_NAME))} ({one.lost:.3g} lost{won} of "
        f"{numbers.count(one.targets)})"
    )


def _name(label: str) -> str:
    """A model's label, a run or a suite, on one line and of readable length."""
    return visible(shorten(label, 2 * _MOST_NAME))


def as_json(result: GateResult) -> dict[str, object]:
    """The result for programs, unrounded."""
    gate, against, unchanged = result.gate, result.gate.against, result.unchanged
    return {
        "verdict": result.verdict,
        "reason": result.reason,
        "claim": gate.claim,
        "sentence": verdict_sentence(result),
        "run": result.run,
        "model": result.model,
        "against": None
        if against is None
        else {"run": against.run, "model": against.model, "digest": against.digest},
        "margin": gate.margin,
        "min_hit_rate": gate.min_hit_rate,
        "confidence": gate.confidence,
        "seed": gate.seed,
        "targets": result.targets,
        "left_out": None
        if against is None
        else {
            "present": against.present,
            "unanswered": against.unanswered,
            "changed": against.changed,
            "absent": against.absent,
            "other_trials": against.others,
        },
        "clicks": result.clicks,
        "asked": result.asked,
        "saved": result.saved,
        "errors": result.errors,
        "exact": result.exact,
        "old_rate": None if result.old_hits is None else result.old_hits / result.targets,
        "difference": _ends_json(result.difference),
        "rate": _ends_json(result.rate),
        "unchanged_fails": None
        if unchanged is None
        else {
            "chance": unchanged.chance,
            "unstable": unchanged.unstable,
            "from": "this gate" if unchanged.seen else "repeats",
        },
        "served": list(result.served),
        "most_lost": [
            {
                "field": one.field,
                "name": one.name,
                "targets": one.targets,
                "lost": one.lost,
                "won": one.won,
            }
            for one in result.slices
        ],
        "earlier": dict(result.earlier),
        "notes": notes(result),
    }


def _ends_json(ends: Ends | None) -> dict[str, float | None] | None:
    return None if ends is None else {"value": ends.value, "low": ends.low, "high": ends.high}


def render_forecast(forecast: GateForecast, width: int, encoding: str | None) -> str:
    """The forecast of ``--dry-run``: a table of what the gate would take, at most 80 cells wide."""
    gate = forecast.gate
    what = [f"a margin of {points(gate.margin)}"] if gate.margin is not None else []
    if gate.min_hit_rate is not None:
        what.append(f"a hit rate of at least {numbers.short_percent(gate.min_hit_rate)}")
    seed = f"seed {forecast.seed}" if gate.seed == "pinned" else "a seed drawn anew"
    most = "price unknown" if forecast.usd is None else numbers.dollars(forecast.usd)
    lines = [
        wrapped(
            f"{_name(forecast.model)} on {population(gate, forecast.targets, forecast.suites)}: "
            f"{' and '.join(what)}, confidence {numbers.short_percent(gate.confidence)}, {seed}. At most "
            f"{numbers.counted(forecast.targets, 'click')} ({most}).",
            width,
        )
    ]
    if gate.against is not None:
        lines.append(wrapped(_compared(gate.against, forecast.targets), width))
    lines += ["", *_table(forecast), ""]
    if gate.margin is not None:
        lines.append(
            wrapped(
                "Fails: how often an unchanged model fails a full comparison, because the stored run is "
                "one draw. A truth within half a margin of the margin takes 50 to 97 % of the targets.",
                width,
            )
        )
    if forecast.unchanged is not None:
        lines.append(wrapped(unchanged_sentence(forecast.unchanged), width))
        if forecast.unchanged.chance > FLAWED:
            lines.append(wrapped(_remedy(forecast.unchanged), width))
    return to_encoding("\n".join(lines), encoding)


def _table(forecast: GateForecast) -> list[str]:
    compared = forecast.gate.margin is not None
    rows = [("if the model is", "clicks", "9 in 10 up to", "cost", "fails" if compared else "")]
    for one in forecast.scenarios:
        fails = "" if one.fails is None else numbers.percent(one.fails)
        rows.append(
            (
                one.truth,
                numbers.count(one.clicks),
                numbers.count(one.clicks_90),
                numbers.dollars(one.usd),
                fails,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def forecast_json(forecast: GateForecast) -> dict[str, object]:
    """The forecast for programs, unrounded."""
    gate, unchanged = forecast.gate, forecast.unchanged
    return {
        "model": forecast.model,
        "against": None if gate.against is None else gate.against.run,
        "margin": gate.margin,
        "min_hit_rate": gate.min_hit_rate,
        "confidence": gate.confidence,
        "targets": forecast.targets,
        "cost_usd": forecast.usd,
        "scenarios": [
            {
                "truth": one.truth,
                "clicks": one.clicks,
                "clicks_90": one.clicks_90,
                "cost_usd": one.usd,
                "fails": one.fails,
            }
            for one in forecast.scenarios
        ],
        "unchanged_fails": None if unchanged is None else unchanged.chance,
    }
