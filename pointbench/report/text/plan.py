"""The output of ``plan``: how many trials each claim needs, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.engine.planning.sample_size import Assumptions, SampleSize, TestDesign
from pointbench.report import numbers
from pointbench.report.plain_text import to_encoding, visible, wrapped


def render(
    all_assumptions: Sequence[Assumptions],
    claims: Sequence[tuple[Assumptions, SampleSize]],
    design: TestDesign,
    width: int,
    color: bool,  # noqa: ARG001 - sentences have no color
    encoding: str | None,
) -> str:
    """A paragraph per model: the assumptions about it, then a sentence per claim."""
    blocks = []
    for assumptions in all_assumptions:
        lines = [_assumed(assumptions)]
        lines += [
            f"- {sentence(claim, assumptions, design)}"
            for own, claim in claims
            if own is assumptions
        ]
        blocks.append("\n".join(wrapped(line, width) for line in lines))
    notes = [wrapped(line, width) for line in _notes(claims)]
    return to_encoding("\n\n".join(blocks) + "\n\n" + "\n".join(notes), encoding) + "\n"


def _assumed(assumptions: Assumptions) -> str:
    rate = (
        "hit rate unknown"
        if assumptions.rate is None
        else f"hit rate {numbers.percent(assumptions.rate)}"
    )
    name = "Any model" if assumptions.model is None else visible(assumptions.model)
    if assumptions.model is None:
        price = ""
    elif assumptions.dollars is None:
        price = ", price of a click unknown"
    elif assumptions.dollars == 0:
        price = ", free"
    else:
        price = f", {numbers.dollars(1000 * assumptions.dollars)} for 1000 clicks"
    effect = f"design effect {assumptions.design_effect:.2g}"
    return f"{name}: {rate}, {effect}{price} ({visible(assumptions.source)})."


def sentence(claim: SampleSize, assumptions: Assumptions, design: TestDesign) -> str:
    """One claim as a sentence, rounded."""
    confidence = numbers.short_percent(design.confidence)
    if claim.kind == "precision":
        rate = numbers.short_percent(0.5 if assumptions.rate is None else assumptions.rate)
        return (
            f"A hit rate of {rate} known to ± {_points(claim.wanted)} ({confidence}) takes "
            f"{_trials(claim.calls)}{_cost(claim, assumptions)}."
        )
    if claim.kind == "detect":
        rate = numbers.short_percent(0.5 if assumptions.rate is None else assumptions.rate)
        if claim.calls is None:
            return (
                f"At {rate} no two rates differ by {_points(claim.wanted)}, so no number of targets can "
                f"show such a difference."
            )
        return (
            f"Two models about {rate} that differ by {_points(claim.wanted)} are told apart "
            f"({confidence}, power {numbers.short_percent(design.power)}, correlation "
            f"{design.correlation:.2g}) on "
            f"{numbers.count(claim.calls)} targets that both are asked{_cost(claim, assumptions)}"
            f"{'' if assumptions.model is None else ' of this model'}."
        )
    return _row(claim, assumptions, design)


def _row(claim: SampleSize, assumptions: Assumptions, design: TestDesign) -> str:
    k = int(claim.wanted)
    chance = numbers.short_percent(design.chance)
    claimed = f"{numbers.count(k)} in a row with a chance of at least {chance}"
    if claim.calls is None:
        rate = assumptions.rate or 0.0
        return (
            f"{claimed}: at this hit rate the chance is {numbers.percent(rate**k)}, so no number of "
            f"trials can support it."
        )
    allowed = (
        "without a miss"
        if not claim.misses
        else f"with {numbers.count(claim.misses)} {'miss' if claim.misses == 1 else 'misses'} among them, "
        f"the number this hit rate predicts"
    )
    per_click = f" ({claim.calls / k:.1f} for each click of the row)" if not claim.misses else ""
    return (
        f"{claimed} (one-sided {numbers.short_percent(design.confidence)}) takes "
        f"{_trials(claim.calls)} {allowed}{per_click}{_cost(claim, assumptions)}. "
        f"`streak --goal {k} --chance {design.chance:g} --confidence {design.confidence:g}` decides "
        f"after {numbers.count(claim.streak_soonest)} clicks at the soonest "
        f"if none misses; its plan of fixed size is {numbers.count(claim.streak_fixed)}."
    )


def _notes(claims: Sequence[tuple[Assumptions, SampleSize]]) -> list[str]:
    kinds = {claim.kind for _, claim in claims}
    notes = []
    if kinds & {"precision", "detect"}:
        notes.append(
            "Trials are on different targets: asking one target again narrows no claim about "
            "others. Precision is half the width of Wilson's interval."
        )
    if "in-a-row" in kinds:
        notes.append(
            "In a row: targets drawn at random with replacement from those available; supported when "
            "the one-sided Clopper-Pearson bound of the hit rate to the power of K is at least the "
            "chance. A real model misses: every miss costs more trials."
        )
    return notes


def _points(share: float) -> str:
    size = f"{100 * share:.2f}".rstrip("0").rstrip(".")
    return f"{size} point{'' if size == '1' else 's'}"


def _trials(number: int | None) -> str:
    return f"{numbers.count(number)} trial{'' if number == 1 else 's'}"


def _cost(claim: SampleSize, assumptions: Assumptions) -> str:
    if assumptions.model is None or assumptions.dollars == 0:
        return ""
    if claim.cost_usd is None:
        return ", at an unknown price"
    return f", about {numbers.dollars(claim.cost_usd)}"
