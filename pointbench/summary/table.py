"""The run's targets and trials as columns, so that a million trials are one pass."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pointbench.errors import RunError
from pointbench.suites import AskedTarget
from pointbench.trials import OUTCOMES, VARIANTS, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NONE = "none"
"""The name of the group of targets that say nothing about a field."""

QUARTILES = ("q1", "q2", "q3", "q4")
"""Smallest to largest region."""

HIT, MISS, DECLINED, UNPARSED, OUT_OF_FRAME, ERROR = range(len(OUTCOMES))
AS_IS, JITTERED, REWORDED = range(len(VARIANTS))

_COLUMNS = [
    ("model", "i4"),
    ("target", "i4"),
    ("order", "i8"),
    ("repeat", "i4"),
    ("session", "i4"),
    ("click", "i4"),
    ("variant", "i1"),
    ("outcome", "i1"),
    ("correct", "i1"),
    ("x", "f8"),
    ("y", "f8"),
    ("distance", "f8"),
    ("latency", "f8"),
    ("cost", "f8"),
    ("input", "f8"),
    ("output", "f8"),
]
"""One row a trial. NaN is "not known"; session and click are -1 outside of `streak`."""


@dataclass(frozen=True)
class Group:
    """A way to divide the targets: a code for each target, -1 for none, and the codes' names."""

    codes: NDArray[np.int64]
    names: tuple[str, ...]

    def members(self, among: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """The targets of each name that has any ``among`` them, in the order of the names."""
        import numpy as np

        chosen = np.flatnonzero(among & (self.codes >= 0))
        chosen = chosen[np.argsort(self.codes[chosen], kind="stable")]
        edges = np.searchsorted(self.codes[chosen], np.arange(len(self.names) + 1))
        for code, name in enumerate(self.names):
            if edges[code] < edges[code + 1]:
                yield name, chosen[edges[code] : edges[code + 1]]


@dataclass(frozen=True)
class Targets:
    """The run's targets as columns, in the order of targets.jsonl.

    ``area_cuts`` are the three areas in px² that part the size quartiles.
    """

    asked: tuple[AskedTarget, ...]
    present: NDArray[np.bool_]
    screenshot: Group
    place: Group
    """Screenshot and suite together: where an annotated neighbor can be clicked instead."""
    groups: dict[str, Group]
    """SPEC's ways to divide the targets."""
    more_groups: dict[str, Group]
    """By resolution, position on the screen, and each field of the environment."""
    area_cuts: tuple[float, float, float] | None

    def __len__(self) -> int:
        return len(self.asked)


def target_table(targets: Sequence[AskedTarget]) -> Targets:
    """The targets as columns, sorted by suite and id, so that the file's order changes nothing."""
    import numpy as np

    asked = tuple(sorted(targets, key=lambda target: (target.suite, target.id)))
    present = np.array([not target.absent for target in asked], dtype=bool)
    quartile, cuts = _quartiles(asked)
    groups = {
        "kind": _group(asked, lambda target: target.kind or NONE),
        "size_quartile": quartile,
        "app": _group(asked, lambda target: target.app or NONE),
        "platform": _group(asked, lambda target: target.platform or NONE),
        "suite": _group(asked, lambda target: target.suite),
    }
    screenshot = _group(asked, lambda target: target.screenshot)
    place = _group(asked, lambda target: f"{target.suite}\n{target.screenshot}")
    return Targets(asked, present, screenshot, place, groups, _more_groups(asked), cuts)


def _more_groups(asked: Sequence[AskedTarget]) -> dict[str, Group]:
    found = {
        "resolution": _group(asked, lambda target: f"{target.width}x{target.height}"),
        "position": _group(asked, _position),
    }
    for field in sorted({name for target in asked for name in target.environment or {}}):
        found[f"environment.{field}"] = _group(asked, partial(_environment, field))
    return found


def _environment(field: str, target: AskedTarget) -> str:
    value = (target.environment or {}).get(field)
    return NONE if value is None else str(value)


def _position(target: AskedTarget) -> str:
    """The ninth of the screenshot in which the middle of the region's bounds lies."""
    if target.region is None:
        return NONE
    middle = target.region.bounds.center
    column = min(2, max(0, int(3 * middle.x / target.width)))
    row = min(2, max(0, int(3 * middle.y / target.height)))
    return f"{('top', 'middle', 'bottom')[row]} {('left', 'center', 'right')[column]}"


def _group(asked: Sequence[AskedTarget], key: Callable[[AskedTarget], str]) -> Group:
    import numpy as np

    names = [key(target) for target in asked]
    known = sorted(set(names))
    codes = {name: code for code, name in enumerate(known)}
    return Group(np.array([codes[name] for name in names], dtype=np.int64), tuple(known))


def _quartiles(asked: Sequence[AskedTarget]) -> tuple[Group, tuple[float, float, float] | None]:
    """Quartiles of the region's area over the present targets.

    Parted at numpy's (linear) quartiles of the areas; an area equal to a cut falls below it, so
    that equal areas always fall together.
    """
    import numpy as np

    areas = np.array([target.region.area if target.region else np.nan for target in asked])
    known = ~np.isnan(areas)
    codes = np.full(len(asked), -1, dtype=np.int64)
    if not known.any():
        return Group(codes, QUARTILES), None
    cuts = np.quantile(areas[known], (0.25, 0.5, 0.75))
    codes[known] = np.searchsorted(cuts, areas[known], side="left")
    return Group(codes, QUARTILES), (float(cuts[0]), float(cuts[1]), float(cuts[2]))


def trial_table(
    records: Iterable[Record], targets: Targets, labels: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Each model's trials as rows of one array, in the plan's order whatever the order they came.

    RunError for a record of a model or target that the run does not have.
    """
    import numpy as np

    rows = np.fromiter(_rows(records, targets, labels), dtype=np.dtype(_COLUMNS))
    keys = ("target", "variant", "repeat", "click", "session", "order", "model")
    rows = rows[np.lexsort([rows[key] for key in keys])]
    edges = np.searchsorted(rows["model"], np.arange(len(labels) + 1))
    return {label: rows[edges[i] : edges[i + 1]] for i, label in enumerate(labels)}


def _rows(
    records: Iterable[Record], targets: Targets, labels: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    models = {label: code for code, label in enumerate(labels)}
    codes = {(target.suite, target.id): code for code, target in enumerate(targets.asked)}
    outcomes: dict[str, int] = {name: code for code, name in enumerate(OUTCOMES)}
    variants: dict[str, int] = {name: code for code, name in enumerate(VARIANTS)}
    unknown = float("nan")

    def number(value: float | None) -> float:
        return unknown if value is None else value

    for record in records:
        session, point, reply = record.session, record.point, record.reply
        yield (
            _code(models, record.model, "model", "run.json"),
            _code(codes, (record.suite, record.target), "target", "targets.jsonl"),
            record.order,
            record.repeat,
            -1 if session is None else session.number,
            -1 if session is None else session.click,
            variants[record.variant],
            outcomes[record.outcome],
            -1 if record.correct is None else record.correct,
            unknown if point is None else point[0],
            unknown if point is None else point[1],
            number(record.distance),
            number(record.latency_s),
            number(record.cost_usd),
            unknown if reply is None else number(reply.input_tokens),
            unknown if reply is None else number(reply.output_tokens),
        )


def _code(codes: dict[Any, int], name: Hashable, what: str, file: str) -> int:
    try:
        return codes[name]
    except KeyError:
        shown = ": ".join(name) if isinstance(name, tuple) else str(name)
        raise RunError(
            f"trials.jsonl has {what} {shown!r:.200}, which {file} has not; "
            f"the files are not of one run"
        ) from None
