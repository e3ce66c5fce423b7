"""Where one model's clicks landed, and their time and cost; the figures and their schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from pointbench.geometry import EDGE_TOLERANCE, Box, Point, Region
from pointbench.summary.schema_parts import Schema, count, number, obj, share
from pointbench.summary.table import ERROR, HIT, MISS, Targets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pointbench.summary.table import Trials

REACH_PX = (0, 5, 10, 20, 50, 100)
"""Distances in px of the screenshot for which ``reach`` is given."""

NEAR_PX = 10.0
"""A miss at most this many pixels of the screenshot from the region is a near miss."""


class MissDistanceBlock(TypedDict):
    """Distance in px from the region, over the misses with a point."""

    median: float | None
    near: float | None
    """Share of near misses."""
    n: int


class AimBlock(TypedDict):
    """How far off clicks are, in px."""

    reach: dict[str, float | int | None]
    """By distance, one of `REACH_PX`: the share of scored trials; and ``n``, their number."""
    miss_distance: MissDistanceBlock
    bias: list[float] | None
    """Mean [dx, dy] from the region's center, over hits and near misses."""
    spread: float | None
    """Root mean square distance about the bias."""
    aimed: int


class Confusion(TypedDict):
    """Another target of the screenshot that was clicked instead, and how often."""

    suite: str
    asked: str
    clicked: str
    count: int


class ConfusionsBlock(TypedDict):
    """Targets that were clicked instead of the one asked for."""

    confusions: list[Confusion]


class LatencyBlock(TypedDict):
    """Latency in seconds of the attempts that were answered."""

    p50: float | None
    p95: float | None
    n: int
    cached: int
    """Of these, answers for which the server read input from its cache: not a first look."""


class TokensBlock(TypedDict):
    """Total tokens; None if an answered trial does not report them."""

    input: int | None
    output: int | None


class EffortBlock(TypedDict):
    """Seconds, tokens and dollars."""

    latency_s: LatencyBlock
    tokens: TokensBlock
    cost_usd: float | None
    cost_per_1000_clicks: float | None
    cost_per_hit: float | None


def aim(rows: Trials, targets: Targets) -> AimBlock:
    """Reach, distance of the misses, bias and spread, over as-is trials on present targets.

    ``bias`` is the mean offset in px from the region's center over hits and near misses, ``spread``
    the root mean square distance about that mean. If a region has several shapes, the center of the
    nearest one is used.
    """
    import numpy as np

    near = (rows["outcome"] == MISS) & (rows["distance"] <= NEAR_PX)
    aimed = rows[((rows["outcome"] == HIT) | near) & ~np.isnan(rows["x"])]
    blank: AimBlock = {
        "reach": _reach(rows),
        "miss_distance": _miss_distance(rows),
        "bias": None,
        "spread": None,
        "aimed": 0,
    }
    if not len(aimed):
        return blank
    offsets = np.column_stack((aimed["x"], aimed["y"])) - _centers(aimed, targets)
    bias = offsets.mean(axis=0)
    return {
        **blank,
        "bias": [float(bias[0]), float(bias[1])],
        "spread": float(np.sqrt(((offsets - bias) ** 2).sum(axis=1).mean())),
        "aimed": len(aimed),
    }


def _reach(rows: Trials) -> dict[str, float | int | None]:
    """The share of scored trials whose click is at most so many px from the region, for each distance.

    Unlike bias and spread it leaves nothing out, so it can be compared between models.
    """
    import numpy as np

    n = int((rows["outcome"] != ERROR).sum())
    missed = rows["distance"][(rows["outcome"] == MISS) & ~np.isnan(rows["distance"])]
    hits = int((rows["outcome"] == HIT).sum())
    within = {str(px): (hits + int((missed <= px).sum())) / n if n else None for px in REACH_PX}
    return {**within, "n": n}


def _miss_distance(rows: Trials) -> MissDistanceBlock:
    import numpy as np

    distances = rows["distance"][(rows["outcome"] == MISS) & ~np.isnan(rows["distance"])]
    if not len(distances):
        return {"median": None, "near": None, "n": 0}
    return {
        "median": float(np.median(distances)),
        "near": float((distances <= NEAR_PX).mean()),
        "n": len(distances),
    }


def _centers(rows: Trials, targets: Targets) -> NDArray[np.float64]:
    """The center of the shape that each row is judged by, (rows, 2) in px."""
    import numpy as np

    first_centers = np.zeros((len(targets), 2))
    several = np.zeros(len(targets), dtype=bool)
    for code in np.unique(rows["target"]):
        region = _region(targets, code)
        several[code] = len(region.shapes) > 1
        first_centers[code] = region.shapes[0].center
    centers: NDArray[np.float64] = first_centers[rows["target"]]
    for row in np.flatnonzero(several[rows["target"]]):
        point = Point(float(rows["x"][row]), float(rows["y"][row]))
        centers[row] = _region(targets, rows["target"][row]).nearest(point).center
    return centers


def confusions(rows: Trials, targets: Targets) -> list[Confusion]:
    """Targets clicked instead of the one asked for, with their counts, most frequent first.

    Among the annotated targets of the same suite and screenshot that contain the click, the one with
    the smallest region (then the first id) counts; a click on none of them is not listed.
    """
    import numpy as np

    missed = rows[(rows["outcome"] == MISS) & ~np.isnan(rows["x"])]
    missed = missed[np.argsort(targets.place.codes[missed["target"]], kind="stable")]
    place = targets.place.codes[missed["target"]]
    counts: Counter[tuple[int, int]] = Counter()
    edges = np.flatnonzero(np.diff(place)) + 1
    neighbors = dict(targets.place.members(targets.present)) if len(missed) else {}
    for clicks in np.split(missed, edges):
        if len(clicks):
            name = targets.place.names[targets.place.codes[clicks["target"][0]]]
            counts.update(_clicked_instead(clicks, neighbors[name], targets))
    pairs: list[Confusion] = [
        {
            "suite": targets.asked[asked].suite,
            "asked": targets.asked[asked].id,
            "clicked": targets.asked[clicked].id,
            "count": count,
        }
        for (asked, clicked), count in counts.items()
    ]
    pairs.sort(key=lambda pair: (-pair["count"], pair["suite"], pair["asked"], pair["clicked"]))
    return pairs


def _clicked_instead(
    clicks: Trials, neighbors: NDArray[np.int64], targets: Targets
) -> Counter[tuple[int, int]]:
    """How often each pair (asked, clicked) of one screenshot's targets occurs."""
    import numpy as np

    clicked = np.full(len(clicks), -1, dtype=np.int64)
    by_size = sorted(neighbors, key=lambda code: (_region(targets, code).area, code))
    for code in by_size:
        # A target's own region cannot contain its miss; an inexact edge must not make it seem so.
        open_ = np.flatnonzero((clicked < 0) & (clicks["target"] != code))
        inside = _inside(_region(targets, code), clicks["x"][open_], clicks["y"][open_])
        clicked[open_[inside]] = code
    hit = clicked >= 0
    pairs = zip(clicks["target"][hit].tolist(), clicked[hit].tolist(), strict=True)
    return Counter(pairs)


def _region(targets: Targets, code: int) -> Region:
    region: Region | None = targets.asked[code].region
    assert region is not None
    return region


def _inside(region: Region, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    import numpy as np

    inside = np.zeros(len(x), dtype=bool)
    for shape in region.shapes:
        left, top, right, bottom = shape.bounds
        # The scorer's test, with the same tolerance at the edges, for many points at once.
        off = np.maximum(np.maximum(left - x, x - right), np.maximum(top - y, y - bottom))
        within = off <= EDGE_TOLERANCE
        if not isinstance(shape, Box):
            for index in np.flatnonzero(within):
                within[index] = shape.contains(Point(float(x[index]), float(y[index])))
        inside |= within
    return inside


def clicks_inside(rows: Trials, regions: Sequence[Region | None], size: int) -> NDArray[np.int64]:
    """Number of ``rows`` whose click is inside their target's region, for each of ``size`` targets."""
    import numpy as np

    counts = np.zeros(size, dtype=np.int64)
    clicked = rows[~np.isnan(rows["x"])]
    clicked = clicked[np.argsort(clicked["target"], kind="stable")]
    for group in np.split(clicked, np.flatnonzero(np.diff(clicked["target"])) + 1):
        region = regions[group["target"][0]] if len(group) else None
        if region is not None:
            counts[group["target"][0]] = _inside(region, group["x"], group["y"]).sum()
    return counts


def effort(rows: Trials, present: NDArray[np.bool_]) -> EffortBlock:
    """Seconds, tokens and dollars of ``rows``, all trials of a model; ``present`` marks present targets.

    Seconds are of answered trials on present targets that report how long they took. Tokens and dollars
    are what the run used: of all targets, with the known cost of trials in error, and null if any
    answered trial does not report them. The cost per 1,000 clicks and per hit is of present targets alone,
    and divides by answered trials: a request without an answer is not a click.
    """
    import numpy as np

    shown = rows[present]
    answered = shown[shown["outcome"] != ERROR]
    timed = answered[~np.isnan(answered["latency"])]
    seconds = timed["latency"]
    p50, p95 = (
        (float(x) for x in np.quantile(seconds, (0.5, 0.95))) if len(seconds) else (None, None)
    )
    cost = total(shown, "cost")
    hits, n = int((shown["outcome"] == HIT).sum()), len(answered)
    return {
        "latency_s": {
            "p50": p50,
            "p95": p95,
            "n": len(seconds),
            "cached": int((timed["cached"] > 0).sum()),
        },
        "tokens": {"input": _tokens(rows, "input"), "output": _tokens(rows, "output")},
        "cost_usd": total(rows, "cost"),
        "cost_per_1000_clicks": None if cost is None or not n else 1000 * cost / n,
        "cost_per_hit": None if cost is None or not hits else cost / hits,
    }


def _tokens(rows: Trials, column: str) -> int | None:
    tokens = total(rows, column)
    return None if tokens is None else round(tokens)


def total(rows: Trials, column: str) -> float | None:
    """The sum over all rows; None if an answered row has no value, or no row has one."""
    import numpy as np

    values, answered = rows[column], rows["outcome"] != ERROR
    if np.isnan(values[answered]).any() or np.isnan(values).all():
        return None
    return float(np.nansum(values))


def click_schemas() -> dict[str, Schema]:
    """The schema of this module's blocks, and of ``cost_usd_with_absent``, by key."""
    point = {"type": "number"}
    shares = {str(px): share(f"Share of clicks within {px} px of the region.") for px in REACH_PX}
    return {
        "reach": obj(
            shares | {"n": count("Scored trials, those without a click included.")},
            description=(
                "How near all clicks came: 0 px is inside or on the edge, so it is the hit rate; an "
                "answer without a click on the picture is within no distance."
            ),
        ),
        "miss_distance": obj(
            {
                "median": number("Median distance of misses from the region, in pixels."),
                "near": share("Share of misses within near_miss_px."),
                "n": count("Misses with a point."),
            }
        ),
        "bias": {
            "type": ["array", "null"],
            "items": point,
            "minItems": 2,
            "maxItems": 2,
            "description": "Mean [dx, dy] in px from the region's center, hits and near misses.",
        },
        "spread": number("Root mean square distance in px about the bias."),
        "aimed": count("Hits and near misses that bias and spread are computed over."),
        "confusions": {
            "type": "array",
            "description": "Which other annotated target of the screenshot was clicked instead.",
            "items": obj(
                {
                    "suite": {"type": "string"},
                    "asked": {"type": "string"},
                    "clicked": {"type": "string"},
                    "count": count("Trials."),
                }
            ),
        },
        "latency_s": obj(
            {
                "p50": number("Median seconds of the answered attempt, over every variant."),
                "p95": number("95th percentile."),
                "n": count("Trials that report it."),
                "cached": count(
                    "Of these, trials whose input the server read from its cache, in part or whole; "
                    "they may be faster than a first look at a picture."
                ),
            }
        ),
        "tokens": obj(
            {
                "input": {"type": ["integer", "null"], "description": "Total over every variant."},
                "output": {"type": ["integer", "null"], "description": "Total over every variant."},
            }
        ),
        "cost_usd": number(
            "Dollars that the run cost, absent targets and known costs of errors included; null if the "
            "cost of any answer is unknown."
        ),
        "cost_per_1000_clicks": number("Dollars per 1,000 answered trials on present targets."),
        "cost_per_hit": number("Dollars for present targets per hit."),
        "cost_usd_with_absent": number(
            "The same as cost_usd; in runs of 0.1.0, where that left out absent."
        ),
    }
