"""Tables for programs: one row a model, and the breakdowns in long form. Numbers unrounded.

An unknown number is an empty field. Texts from outside that a spreadsheet would take for a formula
(they start with ``= + - @``, a tab or a line end) are given a leading apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from pointbench.report.breakdowns import DIMENSIONS, more_dimensions
from pointbench.report.entries import Entry, ReportRun, ShownEstimate, entries
from pointbench.report.plain_text import visible

Value = str | int | float | None

ESTIMATE = ("value", "low", "high", "confidence", "method", "hits", "n")
LONG = ("model", "run", "dimension", "group", *ESTIMATE)
ROWS = ("10", "100", "1000")
CHANCES = ("0.5", "0.9", "0.99")


def safe(text: str) -> str:
    """One line of visible text that no spreadsheet runs."""
    risky = text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") or text.lstrip()[:1] in ("=", "@")
    return ("'" if risky else "") + visible(text)


def render(runs: Sequence[ReportRun]) -> str:
    """One row a model: labels, marks, the estimates with their ends, counts, distances, cost."""
    found = entries(runs)
    rows = [_wide(entry) for entry in found]
    columns = list(rows[0]) if rows else []
    return _write(columns, ([row[column] for column in columns] for row in rows))


def render_long(runs: Sequence[ReportRun]) -> str:
    """The breakdowns: one row a model, dimension and group."""
    rows: list[list[Value]] = []
    found = entries(runs)
    dimensions = [*DIMENSIONS, *more_dimensions(found)]
    for entry in found:
        for dimension in dimensions:
            for name, group in entry.groups(dimension).items():
                head: list[Value] = [
                    safe(entry.label),
                    safe(entry.run),
                    safe(dimension),
                    safe(name),
                ]
                rows.append(head + list(_estimate("", group).values()))
    return _write(LONG, rows)


def _wide(entry: Entry) -> dict[str, Value]:
    row: dict[str, Value] = {
        "model": safe(entry.label),
        "run": safe(entry.run),
        "marks": " ".join(entry.marks),
        "profile": safe(str(entry.model.profile.get("name", ""))),
    }
    row |= _estimate("hit_rate_", entry.hit_rate)
    for name in ("accuracy", "macro"):
        row |= _ends(f"{name}_", entry.estimate(name))
    apps = entry.estimate("hit_rate", "by_app")
    row |= {
        "hit_rate_by_app_low": apps.low if apps else None,
        "hit_rate_by_app_high": apps.high if apps else None,
        "rank_low": entry.rank_ends[0],
        "rank_high": entry.rank_ends[1],
    }
    row |= _estimate("icon_hit_rate_", entry.estimate("icon_hit_rate"))
    row |= entry.outcomes
    row |= {
        "error_rate": entry.number("error_rate"),
        "missing": entry.missing,
        "false_clicks": entry.number("false_clicks"),
    }
    for clicks in ROWS:
        row |= _ends(f"in_a_row_{clicks}_", entry.estimate("in_a_row", clicks))
    for chance in CHANCES:
        row |= _ends(f"horizon_{chance}_", entry.estimate("horizon", chance))
    offset = entry.offset or (None, None)
    row |= {
        "supported_k": entry.number("supported_k"),
        "longest_streak": entry.longest_streak,
        "mean_run_length": entry.number("mean_run_length"),
        "miss_distance_median_px": entry.number("miss_distance", "median"),
        "bias_dx_px": offset[0],
        "bias_dy_px": offset[1],
        "spread_px": entry.number("spread"),
        "latency_p50_s": entry.number("latency_s", "p50"),
        "latency_p95_s": entry.number("latency_s", "p95"),
        "input_tokens": entry.number("tokens", "input"),
        "output_tokens": entry.number("tokens", "output"),
        "cost_usd": entry.number("cost_usd"),
        "cost_per_1000_clicks_usd": entry.number("cost_per_1000_clicks"),
        "cost_per_hit_usd": entry.number("cost_per_hit"),
    }
    return row


def _estimate(prefix: str, found: ShownEstimate | None) -> dict[str, Value]:
    values = {name: getattr(found, name) if found else None for name in ESTIMATE}
    return {
        f"{prefix}{name}": safe(value) if isinstance(value, str) else value
        for name, value in values.items()
    }


def _ends(prefix: str, found: ShownEstimate | None) -> dict[str, Value]:
    names = ("value", "low", "high")
    return {f"{prefix}{name}": getattr(found, name) if found else None for name in names}


def _write(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
