"""Where the clicks of one model went, and what they took: distances, bias, confusions, money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pointbench.geometry import EDGE_TOLERANCE, Box, Point, Region
from pointbench.summary.schema_parts import Schema, count, number, obj, share
from pointbench.summary.table import ERROR, HIT, MISS, Targets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR_PX = 10.0
"""Pixels of the screenshot from the region within which a miss is a near miss."""


def miss_distance(rows: NDArray[Any]) -> dict[str, Any]:
    """Pixels from the region of the misses with a point: median, and the share of near misses."""
    import numpy as np

    away = rows["distance"][(rows["outcome"] == MISS) & ~np.isnan(rows["distance"])]
    if not len(away):
        return {"median": None, "near": None, "n": 0}
    return {
        "median": float(np.median(away)),
        "near": float((away <= NEAR_PX).mean()),
        "n": len(away),
    }


def bias_and_spread(rows: NDArray[Any], targets: Targets) -> dict[str, Any]:
    """The mean offset in px from the region's center over hits and near misses, and the root mean
    square distance about that mean. Of several shapes the nearest one's center counts.
    """
    import numpy as np

    near = (rows["outcome"] == MISS) & (rows["distance"] <= NEAR_PX)
    used = rows[((rows["outcome"] == HIT) | near) & ~np.isnan(rows["x"])]
    if not len(used):
        return {"bias": None, "spread": None, "aimed": 0}
    offsets = np.column_stack((used["x"], used["y"])) - _centers(used, targets)
    bias = offsets.mean(axis=0)
    spread = float(np.sqrt(((offsets - bias) ** 2).sum(axis=1).mean()))
    return {"bias": [float(bias[0]), float(bias[1])], "spread": spread, "aimed": len(used)}


def _centers(rows: NDArray[Any], targets: Targets) -> NDArray[np.float64]:
    """Of each row the center of the shape it is judged by."""
    import numpy as np

    centers = np.zeros((len(targets), 2))
    several = np.zeros(len(targets), dtype=bool)
    for code in np.unique(rows["target"]):
        region = targets.asked[code].region
        assert region is not None
        several[code] = len(region.shapes) > 1
        centers[code] = region.shapes[0].center
    found: NDArray[np.float64] = centers[rows["target"]]
    for at in np.flatnonzero(several[rows["target"]]):
        region = targets.asked[rows["target"][at]].region
        assert region is not None
        point = Point(float(rows["x"][at]), float(rows["y"][at]))
        found[at] = region.nearest(point).center
    return found


def confusions(rows: NDArray[Any], targets: Targets) -> list[dict[str, Any]]:
    """What was clicked instead: asked, clicked, count, the most frequent first.

    Of the annotated targets of the same suite and screenshot that hold the click, the one with the
    smallest region (then the first id); a click on none of them is not listed.
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
            counts.update(_landed(clicks, neighbors[name], targets))
    found: list[dict[str, Any]] = [
        {
            "suite": targets.asked[asked].suite,
            "asked": targets.asked[asked].id,
            "clicked": targets.asked[clicked].id,
            "count": count,
        }
        for (asked, clicked), count in counts.items()
    ]
    found.sort(key=lambda row: (-row["count"], row["suite"], row["asked"], row["clicked"]))
    return found


def _landed(
    clicks: NDArray[Any], neighbors: NDArray[np.int64], targets: Targets
) -> Counter[tuple[int, int]]:
    import numpy as np

    clicked = np.full(len(clicks), -1, dtype=np.int64)
    by_size = sorted(neighbors, key=lambda code: (_region(targets, code).area, code))
    for code in by_size:
        # Its own region cannot hold a miss; an inexact edge must not make it look so.
        open_ = np.flatnonzero((clicked < 0) & (clicks["target"] != code))
        inside = _inside(_region(targets, code), clicks["x"][open_], clicks["y"][open_])
        clicked[open_[inside]] = code
    hit = clicked >= 0
    pairs = zip(clicks["target"][hit].tolist(), clicked[hit].tolist(), strict=True)
    return Counter(pairs)


def _region(targets: Targets, code: Any) -> Region:
    region: Region | None = targets.asked[code].region
    assert region is not None
    return region


def _inside(region: Region, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.bool_]:
    import numpy as np

    inside = np.zeros(len(x), dtype=bool)
    for shape in region.shapes:
        left, top, right, bottom = shape.bounds
        # The scorer's own test, edges that floats blur included, over many points at once.
        off = np.maximum(np.maximum(left - x, x - right), np.maximum(top - y, y - bottom))
        within = off <= EDGE_TOLERANCE
        if not isinstance(shape, Box):
            for at in np.flatnonzero(within):
                within[at] = shape.contains(Point(float(x[at]), float(y[at])))
        inside |= within
    return inside


def landed_in(rows: NDArray[Any], wanted: Sequence[Region | None], size: int) -> NDArray[np.int64]:
    """Of each of ``size`` targets, how many of its ``rows`` clicked into its ``wanted`` region."""
    import numpy as np

    counts = np.zeros(size, dtype=np.int64)
    clicked = rows[~np.isnan(rows["x"])]
    clicked = clicked[np.argsort(clicked["target"], kind="stable")]
    for group in np.split(clicked, np.flatnonzero(np.diff(clicked["target"])) + 1):
        region = wanted[group["target"][0]] if len(group) else None
        if region is not None:
            counts[group["target"][0]] = _inside(region, group["x"], group["y"]).sum()
    return counts


def effort(rows: NDArray[Any]) -> dict[str, Any]:
    """Seconds, tokens and dollars of ``rows``, the trials on present targets.

    Seconds are of answered trials that say how long they took. Tokens and dollars are totals, and
    null when any answered trial does not say; what trials in error are known to have cost is added
    in. Both rates divide by answered trials: a click that was never answered is no click.
    """
    import numpy as np

    answered = rows[rows["outcome"] != ERROR]
    taken = answered["latency"][~np.isnan(answered["latency"])]
    p50, p95 = (float(x) for x in np.quantile(taken, (0.5, 0.95))) if len(taken) else (None, None)
    cost = total(rows, "cost")
    hits = int((rows["outcome"] == HIT).sum())
    n = len(answered)
    tokens = {name: total(rows, name) for name in ("input", "output")}
    return {
        "latency_s": {"p50": p50, "p95": p95, "n": len(taken)},
        "tokens": {name: None if count is None else round(count) for name, count in tokens.items()},
        "cost_usd": cost,
        "cost_per_1000_clicks": None if cost is None else 1000 * cost / n,
        "cost_per_hit": None if cost is None or not hits else cost / hits,
    }


def total(rows: NDArray[Any], column: str) -> float | None:
    """The sum over all rows, None when an answered one does not say or none is answered."""
    import numpy as np

    values, answered = rows[column], rows["outcome"] != ERROR
    if not answered.any() or np.isnan(values[answered]).any():
        return None
    return float(np.nansum(values))


def click_schemas() -> dict[str, Schema]:
    point = {"type": "number"}
    return {
        "miss_distance": obj(
            {
                "median": number("Pixels from the region, over misses."),
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
        "aimed": count("Hits and near misses that bias and spread are over."),
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
                "p50": number("Median seconds of the attempt that answered, every variant."),
                "p95": number("95th percentile."),
                "n": count("Trials that say."),
            }
        ),
        "tokens": obj(
            {
                "input": {"type": ["integer", "null"], "description": "In all, every variant."},
                "output": {"type": ["integer", "null"], "description": "In all."},
            }
        ),
        "cost_usd": number("Dollars for present targets, every variant; null where any is not."),
        "cost_per_1000_clicks": number("Dollars for 1,000 answered trials."),
        "cost_per_hit": number("Dollars over hits."),
        "cost_usd_with_absent": number("Dollars for all targets."),
    }
