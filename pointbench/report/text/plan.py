"""What a claim takes, in plain sentences. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pointbench.engine.planning.sample_size import Assumptions, SampleSize, TestDesign
from pointbench.report import numbers
from pointbench.report.plain_text import to_encoding, visible, wrapped


def render(
    bases: Sequence[Assumptions],
    claims: Sequence[tuple[Assumptions, SampleSize]],
    level: TestDesign,
    width: int,
    color: bool,  # noqa: ARG001 - sentences carry none
    encoding: str | None,
) -> str:
    """A paragraph a basis: what is taken for granted, then a sentence a claim."""
    blocks = []
    for basis in bases:
        lines = [_assumed(basis)]
        lines += [f"- {sentence(claim, basis, level)}" for own, claim in claims if own is basis]
        blocks.append("\n".join(wrapped(line, width) for line in lines))
    notes = [wrapped(line, width) for line in _notes(claims)]
    return to_encoding("\n\n".join(blocks) + "\n\n" + "\n".join(notes), encoding) + "\n"


def _assumed(basis: Assumptions) -> str:
    rate = "hit rate unknown" if basis.rate is None else f"hit rate {numbers.percent(basis.rate)}"
    who = "Any model" if basis.model is None else visible(basis.model)
    if basis.model is None:
        price = ""
    elif basis.dollars is None:
        price = ", price of a click unknown"
    elif basis.dollars == 0:
        price = ", free"
    else:
        price = f", {numbers.dollars(1000 * basis.dollars)} for 1000 clicks"
    return (
        f"{who}: {rate}, design effect {basis.design_effect:.2g}{price} ({visible(basis.source)})."
    )


def sentence(claim: SampleSize, basis: Assumptions, level: TestDesign) -> str:
    """One claim in plain words, rounded."""
    sure = _short(level.confidence)
    if claim.kind == "precision":
        rate = _short(0.5 if basis.rate is None else basis.rate)
        return (
            f"A hit rate of {rate} known to ± {_points(claim.wanted)} ({sure}) takes "
            f"{_trials(claim.calls)}{_cost(claim, basis)}."
        )
    if claim.kind == "detect":
        rate = _short(0.5 if basis.rate is None else basis.rate)
        return (
            f"Two models about {rate} that differ by {_points(claim.wanted)} are told apart ({sure}, "
            f"power {_short(level.power)}, correlation {level.correlation:.2g}) on "
            f"{_count(claim.calls)} targets that both are asked{_cost(claim, basis)}"
            f"{'' if basis.model is None else ' of this model'}."
        )
    return _row(claim, basis, level)


def _row(claim: SampleSize, basis: Assumptions, level: TestDesign) -> str:
    k = int(claim.wanted)
    wanted = f"{_count(k)} in a row with a chance of at least {_short(level.chance)}"
    if claim.calls is None:
        rate = basis.rate or 0.0
        return (
            f"{wanted}: at this hit rate the chance is {numbers.percent(rate**k)}, so no number of "
            f"trials can support it."
        )
    allowed = (
        "without a miss"
        if not claim.misses
        else f"with {_count(claim.misses)} {'miss' if claim.misses == 1 else 'misses'} among them, "
        f"as this hit rate lets expect"
    )
    per = f" ({claim.calls / k:.1f} for each click of the row)" if not claim.misses else ""
    return (
        f"{wanted} (one-sided {_short(level.confidence)}) takes {_trials(claim.calls)} {allowed}"
        f"{per}{_cost(claim, basis)}. `streak --goal {k} --chance {level.chance:g} --confidence "
        f"{level.confidence:g}` decides after {_count(claim.streak_soonest)} clicks at the soonest "
        f"where none misses; its plan of fixed size is {_count(claim.streak_fixed)}."
    )


def _notes(claims: Sequence[tuple[Assumptions, SampleSize]]) -> list[str]:
    kinds = {claim.kind for _, claim in claims}
    notes = []
    if kinds & {"precision", "detect"}:
        notes.append(
            "Trials are on different targets: asking one target again narrows no claim about "
            "others. Precision is half of Wilson's interval."
        )
    if "in-a-row" in kinds:
        notes.append(
            "In a row: targets drawn at random with replacement from those at hand; supported when "
            "the one-sided Clopper-Pearson bound of the hit rate to the power of K is at least the "
            "chance. A real model misses: every miss costs more trials."
        )
    return notes


def _short(share: float) -> str:
    return numbers.percent(share).replace(".0 ", " ")


def _points(share: float) -> str:
    size = f"{100 * share:.2f}".rstrip("0").rstrip(".")
    return f"{size} point{'' if size == '1' else 's'}"


def _count(number: int | None) -> str:
    return numbers.count(number)


def _trials(number: int | None) -> str:
    return f"{_count(number)} trial{'' if number == 1 else 's'}"


def _cost(claim: SampleSize, basis: Assumptions) -> str:
    if basis.model is None or basis.dollars == 0:
        return ""
    if claim.cost_usd is None:
        return ", at an unknown price"
    return f", about {numbers.dollars(claim.cost_usd)}"
