"""The output of ``plan``: how many targets or clicks each claim needs, one row a model. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pointbench.engine.planning.sample_size import Assumptions, SampleSize, TestDesign
from pointbench.report import numbers
from pointbench.report.plain_text import visible
from pointbench.report.tables import Cell, Column, Row, Table, cells
from pointbench.report.text import terminal
from pointbench.report.text.streak import rate_text
from pointbench.statistics.planning import MOST_TARGETS
from pointbench.statistics.sequential import goal_rate

IMPOSSIBLE = "none"
TOO_MANY = "too many"

Claims = Mapping[int, SampleSize]
"""One claim about every model, by the model's place."""


def render(
    bases: Sequence[Assumptions],
    claims: Sequence[tuple[Assumptions, SampleSize]],
    design: TestDesign,
    width: int,
    color: bool,
    encoding: str | None,
) -> str:
    """Tables with a row for each model, at most ``width`` cells wide."""
    groups = _by_claim(bases, claims)
    single = [group for group in groups if _one(group).kind != "in-a-row"]
    rows = [group for group in groups if _one(group).kind == "in-a-row"]
    tables = []
    if single:
        tables.append(_measured(bases, single, design))
    if rows:
        sources = [] if single else _sources(bases)
        tables.append(_other_screens(bases, rows, design, sources))
        tables.append(_these_targets(bases, rows, design))
    if any(basis.model is not None and basis.dollars != 0 for basis in bases):
        tables.append(_costs(bases, groups))
    return terminal.render(tables, width, color, encoding)


def _by_claim(
    bases: Sequence[Assumptions], claims: Sequence[tuple[Assumptions, SampleSize]]
) -> list[Claims]:
    """The claims that were asked for, each with its size for every model."""
    places = {id(basis): place for place, basis in enumerate(bases)}
    groups: dict[tuple[str, float], dict[int, SampleSize]] = {}
    for basis, claim in claims:
        groups.setdefault((claim.kind, claim.wanted), {})[places[id(basis)]] = claim
    return list(groups.values())


def _one(group: Claims) -> SampleSize:
    return next(iter(group.values()))


def _table(
    key: str,
    title: str,
    bases: Sequence[Assumptions],
    columns: Sequence[Column[int]],
    footers: Sequence[str],
) -> Table:
    names = ["any model" if basis.model is None else visible(basis.model) for basis in bases]
    rows = tuple(
        Row(str(place), name, (), cells(columns, place)) for place, name in enumerate(names)
    )
    return Table(key, title, "model", tuple(columns), rows, tuple(map(visible, footers)))


def _column(
    key: str, title: str, text: Callable[[int], str], group: str | None = None
) -> Column[int]:
    return Column(key, title, group or key, lambda place: Cell(text(place)))


def _rate_column(bases: Sequence[Assumptions]) -> Column[int]:
    return _column("rate", "hit rate", lambda place: numbers.percent(bases[place].rate))


def _claim_column(group: Claims, text: Callable[[SampleSize], str]) -> Column[int]:
    one = _one(group)
    return _column(f"{one.kind} {one.wanted}", _title(one), lambda place: text(group[place]))


def _title(claim: SampleSize) -> str:
    if claim.kind == "precision":
        return f"± {_points(claim.wanted)}"
    if claim.kind == "detect":
        return f"{_points(claim.wanted)} apart"
    return f"{numbers.count(claim.wanted)} in a row"


# --- the tables ------------------------------------------------------------------------------


def _measured(bases: Sequence[Assumptions], groups: Sequence[Claims], design: TestDesign) -> Table:
    columns = (
        _rate_column(bases),
        _column("effect", "design effect", lambda place: f"{bases[place].design_effect:.2g}"),
        *(_claim_column(group, lambda claim: _calls(claim, claim.calls)) for group in groups),
    )
    level = numbers.short_percent(design.confidence)
    kinds = {_one(group).kind for group in groups}
    footers = _sources(bases)
    if "precision" in kinds:
        footers.append(
            f"±: half the width of Wilson's {level} interval around the hit rate, or around one half "
            f"where it is not known."
        )
    if "detect" in kinds:
        footers.append(
            f"Apart: two models about this hit rate are told apart ({level}, power "
            f"{numbers.short_percent(design.power)}, correlation {design.correlation:.2g}) on that "
            f"many targets, which both are asked."
        )
    footers += [line for group in groups for line in _no_such_rates(bases, group)]
    footers.append("Asking one target again narrows no claim about others.")
    return _table("targets", "Targets, each asked once", bases, columns, footers)


def _no_such_rates(bases: Sequence[Assumptions], group: Claims) -> list[str]:
    """A sentence for each hit rate about which no two rates are that far apart."""
    places: dict[str, list[int]] = {}
    for place, claim in group.items():
        if claim.kind == "detect" and not claim.possible:
            rate = bases[place].rate
            places.setdefault(numbers.short_percent(0.5 if rate is None else rate), []).append(
                place
            )
    return [
        f"At {rate} no two rates differ by {_points(_one(group).wanted)}, so no number of targets can "
        f"show such a difference{_named(bases, at)}."
        for rate, at in places.items()
    ]


def _named(bases: Sequence[Assumptions], places: Sequence[int]) -> str:
    names = [name for place in places if (name := bases[place].model) is not None]
    return f" ({', '.join(names)})" if names else ""


def _other_screens(
    bases: Sequence[Assumptions],
    groups: Sequence[Claims],
    design: TestDesign,
    sources: Sequence[str],
) -> Table:
    def text(claim: SampleSize) -> str:
        if claim.screenshots is None:
            return _calls(claim, None)
        return f"{numbers.count(claim.screenshots)} ({numbers.count(claim.calls)})"

    columns = (_rate_column(bases), *(_claim_column(group, text) for group in groups))
    chance = numbers.short_percent(design.chance)
    footers = [
        *sources,
        f"Supported when the one-sided {numbers.short_percent(design.confidence)} bound of the hit rate "
        f"on other screens like these, to the power of K, is at least {chance}: `like_these` in "
        f"summary.json. Assumed: {_range([basis.targets_per_screenshot for basis in bases])} targets on "
        f"each screenshot; {_misses(bases)}.",
        *_impossible(groups, design),
    ]
    return _table(
        "other_screens",
        f"K in a row on other screens, chance {chance}: screenshots (targets on them)",
        bases,
        columns,
        footers,
    )


def _misses(bases: Sequence[Assumptions]) -> str:
    """What is assumed of misses, in words."""
    known = [basis for basis in bases if basis.rate is not None and basis.rate < 1]
    if not known:
        return "not a single miss; every miss costs more"
    icc = _range([round(basis.icc, 2) for basis in known])
    others = "" if len(known) == len(bases) else ", none where it is not known or 100 %"
    return (
        f"as many misses as the hit rate predicts, clustered by screenshot (intraclass correlation "
        f"{icc}){others}"
    )


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _impossible(groups: Sequence[Claims], design: TestDesign) -> list[str]:
    """What ``none`` and ``too many`` mean, where they occur."""
    lines = []
    ruled_out = [
        int(_one(group).wanted)
        for group in groups
        if not all(claim.possible for claim in group.values())
    ]
    if ruled_out:
        needed = (
            f"{numbers.count(k)} in a row needs a hit rate above {rate_text(rate, rate)}"
            for k in ruled_out
            for rate in [goal_rate(k, design.chance)]
        )
        lines.append(
            f"{IMPOSSIBLE}: no number of targets can support it at this hit rate; {'; '.join(needed)}."
        )
    if any(claim.possible and claim.calls is None for group in groups for claim in group.values()):
        lines.append(
            f"{TOO_MANY}: more than {numbers.count(MOST_TARGETS)} targets, or a hit rate so close to the "
            f"one needed that no number was found."
        )
    return lines


def _these_targets(
    bases: Sequence[Assumptions], groups: Sequence[Claims], design: TestDesign
) -> Table:
    def text(claim: SampleSize) -> str:
        plain = claim.these_targets
        return _calls(claim, None if plain is None else plain.calls)

    columns = (_rate_column(bases), *(_claim_column(group, text) for group in groups))
    chance, level = numbers.short_percent(design.chance), numbers.short_percent(design.confidence)
    footers = [
        f"The narrower claim: only about these very targets, drawn again (`these_targets` in "
        f"summary.json; one-sided {level} Clopper-Pearson bound).{_each_click(groups)}"
    ]
    for group in groups:
        one = _one(group)
        footers.append(
            f"`streak --goal {one.wanted:.0f} --chance {design.chance:g} --confidence "
            f"{design.confidence:g}` asks this, and decides after {numbers.count(one.streak_soonest)} "
            f"clicks at the soonest; a test of fixed size takes {numbers.count(one.streak_fixed)}."
        )
    return _table(
        "these_targets",
        f"K in a row on these targets, drawn again, chance {chance}: clicks",
        bases,
        columns,
        footers,
    )


def _each_click(groups: Sequence[Claims]) -> str:
    """The rule of thumb for a row without a miss, if one is in the table."""
    for group in groups:
        for claim in group.values():
            plain = claim.these_targets
            if plain is not None and plain.calls is not None and plain.misses == 0:
                each = plain.calls / claim.wanted
                return f" Without a miss it takes {each:.1f} for each click of the row."
    return ""


def _costs(bases: Sequence[Assumptions], groups: Sequence[Claims]) -> Table:
    def cost(claim: SampleSize) -> str:
        return _calls(claim, None) if claim.calls is None else numbers.dollars(claim.cost_usd)

    def per_thousand(place: int) -> str:
        dollars = bases[place].dollars
        return numbers.dollars(None if dollars is None else 1000 * dollars)

    columns = (
        _column("thousand", "1000 clicks", per_thousand),
        *(_claim_column(group, cost) for group in groups),
    )
    footers = []
    if any(basis.model is not None and basis.dollars is None for basis in bases):
        footers.append(f"{numbers.UNKNOWN}: the price of a click is not known.")
    if any(_one(group).kind == "in-a-row" for group in groups):
        footers.append("In a row: on other screens.")
    return _table("costs", "What it costs, one model", bases, columns, footers)


# --- words -----------------------------------------------------------------------------------


def _sources(bases: Sequence[Assumptions]) -> list[str]:
    sources = dict.fromkeys(basis.source for basis in bases)
    return [f"Hit rate and the like: {source}." for source in sources]


def _calls(claim: SampleSize, calls: int | None) -> str:
    if calls is not None:
        return numbers.count(calls)
    return TOO_MANY if claim.possible else IMPOSSIBLE


def _points(share: float) -> str:
    size = f"{100 * share:.2f}".rstrip("0").rstrip(".")
    return f"{size} point{'' if size == '1' else 's'}"
