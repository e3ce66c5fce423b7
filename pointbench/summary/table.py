"""The run's targets and trials as columns, so one pass handles a million trials."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar, get_type_hints

from pointbench.errors import RunError
from pointbench.suites import AskedTarget
from pointbench.trials import OUTCOMES, VARIANTS, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Trials = NDArray[np.void]
    """Trials as rows of a structured array; `TrialRow` holds the columns."""

Key = TypeVar("Key", str, tuple[str, str])

NONE = "none"
"""The name of the group of targets without a value for a field."""

QUARTILES = ("q1", "q2", "q3", "q4")
"""Smallest to largest region."""

SHORT_SIDE_CUTS = (16.0, 24.0, 32.0, 48.0)
SHORT_SIDES = ("under 16", "16-24", "24-32", "32-48", "48 and up")
"""Groups by the short side of a region in px, and the sides that divide them."""

HIT = OUTCOMES.index("hit")
MISS = OUTCOMES.index("miss")
DECLINED = OUTCOMES.index("declined")
ERROR = OUTCOMES.index("error")
"""Outcome codes in the column ``outcome``."""

AS_IS = VARIANTS.index("as-is")
JITTERED = VARIANTS.index("jittered")
REWORDED = VARIANTS.index("reworded")
"""Variant codes in the column ``variant``."""


class TrialRow(NamedTuple):
    """The columns of a trial table, each with its numpy type; NaN if a value is unknown."""

    model: Annotated[int, "i4"]
    target: Annotated[int, "i4"]
    """Index in `Targets.asked`."""
    order: Annotated[int, "i8"]
    repeat: Annotated[int, "i4"]
    session: Annotated[int, "i4"]
    """-1 outside of `streak`, like ``click``."""
    click: Annotated[int, "i4"]
    variant: Annotated[int, "i1"]
    outcome: Annotated[int, "i1"]
    correct: Annotated[int, "i1"]
    """1, 0, or -1 for a trial in error."""
    x: Annotated[float, "f8"]
    """Pixels of the screenshot, like ``y`` and ``distance``."""
    y: Annotated[float, "f8"]
    distance: Annotated[float, "f8"]
    """Distance from the region; 0 inside it."""
    latency: Annotated[float, "f8"]
    """Seconds."""
    cost: Annotated[float, "f8"]
    """Dollars."""
    input: Annotated[float, "f8"]
    """Tokens, like ``output``."""
    output: Annotated[float, "f8"]
    cached: Annotated[float, "f8"]
    """Input tokens that the server read from its cache."""
    text: Annotated[int, "i1"]
    """1 if there is a reply, 0 where only its point was given or no answer came."""


@dataclass(frozen=True)
class Group:
    """A way to divide the targets: a code per target, -1 for none, and the codes' names."""

    codes: NDArray[np.int64]
    names: tuple[str, ...]

    def members(self, among: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Each name with the indices of its targets in the mask ``among``; names without any are skipped."""
        import numpy as np

        chosen = np.flatnonzero(among & (self.codes >= 0))
        chosen = chosen[np.argsort(self.codes[chosen], kind="stable")]
        edges = np.searchsorted(self.codes[chosen], np.arange(len(self.names) + 1))
        for code, name in enumerate(self.names):
            if edges[code] < edges[code + 1]:
                yield name, chosen[edges[code] : edges[code + 1]]


@dataclass(frozen=True)
class Overlap:
    """Groups that may share targets: one row for each target in each of its groups, sorted by group.

    ``codes`` index ``names``; ``targets`` are indices in `Targets.asked`.
    """

    codes: NDArray[np.int64]
    targets: NDArray[np.int64]
    names: tuple[str, ...]

    def members(self, among: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """As `Group.members`."""
        import numpy as np

        edges = np.searchsorted(self.codes, np.arange(len(self.names) + 1))
        for code, name in enumerate(self.names):
            targets = self.targets[edges[code] : edges[code + 1]]
            chosen = targets[among[targets]]
            if len(chosen):
                yield name, chosen


@dataclass(frozen=True)
class Targets:
    """The run's targets as columns, in the order of targets.jsonl.

    ``area_cuts`` are the three areas in px² that separate the size quartiles.
    """

    asked: tuple[AskedTarget, ...]
    present: NDArray[np.bool_]
    screenshot: Group
    place: Group
    """Screenshot and suite together, within which an annotated neighbor can be clicked instead."""
    groups: dict[str, Group]
    """By each of `GROUPS`."""
    overlaps: dict[str, Overlap]
    """By each of `OVERLAPS`."""
    more_groups: dict[str, Group]
    """By resolution, position on the screen, and each field of the environment."""
    area_cuts: tuple[float, float, float] | None

    def __len__(self) -> int:
        return len(self.asked)


def target_table(targets: Sequence[AskedTarget]) -> Targets:
    """The targets as columns, sorted by suite and id, so the file's order does not matter."""
    import numpy as np

    asked = tuple(sorted(targets, key=lambda target: (target.suite, target.id)))
    present = np.array([not target.absent for target in asked], dtype=bool)
    return Targets(
        asked,
        present,
        screenshot=_group(asked, lambda target: target.screenshot),
        place=_group(asked, lambda target: f"{target.suite}\n{target.screenshot}"),
        groups={name: divide(asked) for name, divide in GROUPS.items()},
        overlaps={name: _overlap(asked, names_of) for name, names_of in OVERLAPS.items()},
        more_groups=_more_groups(asked),
        area_cuts=_area_cuts(_areas(asked)),
    )


def _more_groups(asked: Sequence[AskedTarget]) -> dict[str, Group]:
    groups = {
        "resolution": _group(asked, lambda target: f"{target.width}x{target.height}"),
        "position": _group(asked, _position),
    }
    for field in sorted({name for target in asked for name in target.environment or {}}):
        groups[f"environment.{field}"] = _group(asked, partial(_environment, field))
    return groups


def _environment(field: str, target: AskedTarget) -> str:
    value = (target.environment or {}).get(field)
    return NONE if value is None else str(value)


def _position(target: AskedTarget) -> str:
    """The ninth of the screenshot that holds the center of the region's bounds."""
    if target.region is None:
        return NONE
    center = target.region.bounds.center
    column = min(2, max(0, int(3 * center.x / target.width)))
    row = min(2, max(0, int(3 * center.y / target.height)))
    return f"{('top', 'middle', 'bottom')[row]} {('left', 'center', 'right')[column]}"


def _group(asked: Sequence[AskedTarget], name_of: Callable[[AskedTarget], str]) -> Group:
    import numpy as np

    names = [name_of(target) for target in asked]
    distinct = sorted(set(names))
    codes = {name: code for code, name in enumerate(distinct)}
    return Group(np.array([codes[name] for name in names], dtype=np.int64), tuple(distinct))


def _overlap(
    asked: Sequence[AskedTarget], names_of: Callable[[AskedTarget], Iterable[str]]
) -> Overlap:
    import numpy as np

    pairs = [(name, index) for index, target in enumerate(asked) for name in set(names_of(target))]
    pairs.sort()
    distinct = list(dict.fromkeys(name for name, _ in pairs))
    codes = {name: code for code, name in enumerate(distinct)}
    return Overlap(
        np.array([codes[name] for name, _ in pairs], dtype=np.int64),
        np.array([index for _, index in pairs], dtype=np.int64),
        tuple(distinct),
    )


def _tags(target: AskedTarget) -> Sequence[str]:
    return target.tags or (NONE,)


def _tags_with_kind(target: AskedTarget) -> list[str]:
    return [f"{tag} {target.kind or NONE}" for tag in _tags(target)]


def _areas(asked: Sequence[AskedTarget]) -> NDArray[np.float64]:
    """The area in px² of each target's region; NaN if the target is absent."""
    import numpy as np

    return np.array([target.region.area if target.region else np.nan for target in asked])


def _area_cuts(areas: NDArray[np.float64]) -> tuple[float, float, float] | None:
    """numpy's (linear) quartiles of the known areas; None if none is known."""
    import numpy as np

    known = areas[~np.isnan(areas)]
    if not len(known):
        return None
    first, second, third = np.quantile(known, (0.25, 0.5, 0.75))
    return float(first), float(second), float(third)


def _size_quartiles(asked: Sequence[AskedTarget]) -> Group:
    """Quartiles of the region's area over the present targets.

    An area equal to a cut counts as below it, so equal areas are always in the same quartile.
    """
    import numpy as np

    areas = _areas(asked)
    cuts = _area_cuts(areas)
    codes = np.full(len(asked), -1, dtype=np.int64)
    if cuts is not None:
        known = ~np.isnan(areas)
        codes[known] = np.searchsorted(cuts, areas[known], side="left")
    return Group(codes, QUARTILES)


def _short_side(target: AskedTarget) -> float:
    """The short side in px of the box around the region; NaN if the target is absent.

    Of several shapes the one with the longest such side counts: a click on any of them is a hit, so the
    easiest one says how small the target is.
    """
    if target.region is None:
        return float("nan")
    boxes = [shape.bounds for shape in target.region.shapes]
    return max(min(box.right - box.left, box.bottom - box.top) for box in boxes)


def _short_sides(asked: Sequence[AskedTarget]) -> Group:
    """By the short side of the region; a side that equals a cut belongs to the group above it."""
    import numpy as np

    sides = np.array([_short_side(target) for target in asked])
    codes = np.searchsorted(SHORT_SIDE_CUTS, sides, side="right")
    return Group(np.where(np.isnan(sides), -1, codes).astype(np.int64), SHORT_SIDES)


GROUPS: Mapping[str, Callable[[Sequence[AskedTarget]], Group]] = {
    "kind": partial(_group, name_of=lambda target: target.kind or NONE),
    "size_quartile": _size_quartiles,
    "app": partial(_group, name_of=lambda target: target.app or NONE),
    "platform": partial(_group, name_of=lambda target: target.platform or NONE),
    "suite": partial(_group, name_of=lambda target: target.suite),
    "short_side": _short_sides,
}
"""The ways to divide targets under ``by``, in the order of summary.json (docs/numbers.md)."""

OVERLAPS: Mapping[str, Callable[[AskedTarget], Iterable[str]]] = {
    "tag": _tags,
    "tag_kind": _tags_with_kind,
}
"""The groups under ``by`` that may share targets; they come after `GROUPS`."""


def trial_table(
    records: Iterable[Record], targets: Targets, labels: Sequence[str]
) -> dict[str, Trials]:
    """Each model's trials as rows of one array, in the plan's order, whatever the order of ``records``.

    RunError for a record of a model or target that the run does not have.
    """
    import numpy as np

    hints = get_type_hints(TrialRow, include_extras=True)
    columns = np.dtype([(name, hint.__metadata__[0]) for name, hint in hints.items()])
    rows = np.fromiter(_rows(records, targets, labels), dtype=columns)
    sort_keys = ("target", "variant", "repeat", "click", "session", "order", "model")
    rows = rows[np.lexsort([rows[name] for name in sort_keys])]
    edges = np.searchsorted(rows["model"], np.arange(len(labels) + 1))
    return {label: rows[edges[i] : edges[i + 1]] for i, label in enumerate(labels)}


def _rows(records: Iterable[Record], targets: Targets, labels: Sequence[str]) -> Iterator[TrialRow]:
    models = {label: code for code, label in enumerate(labels)}
    codes = {(target.suite, target.id): code for code, target in enumerate(targets.asked)}
    outcomes: dict[str, int] = {name: code for code, name in enumerate(OUTCOMES)}
    variants: dict[str, int] = {name: code for code, name in enumerate(VARIANTS)}
    unknown = float("nan")

    def number(value: float | None) -> float:
        return unknown if value is None else value

    for record in records:
        session, point, reply = record.session, record.point, record.reply
        yield TrialRow(
            model=_code(models, record.model, "model", "run.json"),
            target=_code(codes, (record.suite, record.target), "target", "targets.jsonl"),
            order=record.order,
            repeat=record.repeat,
            session=-1 if session is None else session.number,
            click=-1 if session is None else session.click,
            variant=variants[record.variant],
            outcome=outcomes[record.outcome],
            correct=-1 if record.correct is None else record.correct,
            x=unknown if point is None else point[0],
            y=unknown if point is None else point[1],
            distance=number(record.distance),
            latency=number(record.latency_s),
            cost=number(record.cost_usd),
            input=unknown if reply is None else number(reply.input_tokens),
            output=unknown if reply is None else number(reply.output_tokens),
            cached=unknown if reply is None else number(reply.cache_read_tokens),
            text=reply is not None,
        )


def _code(codes: Mapping[Key, int], key: Key, what: str, file: str) -> int:
    try:
        return codes[key]
    except KeyError:
        name = ": ".join(key) if isinstance(key, tuple) else key
        raise RunError(
            f"trials.jsonl has {what} {name!r:.200}, which is not in {file}; "
            f"the files are not from one run"
        ) from None
