"""CSV for programs: one row per model, and the breakdowns in long form. Numbers are unrounded.

An unknown number is an empty field. Untrusted text that a spreadsheet would run as a formula
(it starts with ``= + - @``, a tab or a line end) gets a leading apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from pointbench.report.breakdowns import DIMENSIONS, more_dimensions
from pointbench.report.entries import Entry, ShownEstimate, report_entries
from pointbench.report.loading import SuiteRuns
from pointbench.report.plain_text import visible
from pointbench.report.standing import standing
from pointbench.summary.model.in_a_row import HORIZON_CHANCES, ROW_LENGTHS
from pointbench.trials import OUTCOMES

Value = str | int | float | None

ESTIMATE = ("value", "low", "high", "confidence", "method", "hits", "n")
VALUE_AND_ENDS = ("value", "low", "high")
PAIRS = (
    "a", "b", "suite", "difference", "low", "high", "p_holm", "told_apart", "targets", "wanted_targets",
)  # fmt: skip
FIGURES = ("model", "suite", "group", "figure", "value", "low", "high", "n")
LONG = ("model", "run", "dimension", "group", *ESTIMATE, "suite")


def safe(text: str) -> str:
    """The text on one line, invisible characters escaped, in a form that no spreadsheet runs."""
    risky = text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") or text.lstrip()[:1] in ("=", "@")
    return ("'" if risky else "") + visible(text)


Field = tuple[str, Callable[[Entry], Value]]
"""A column of the wide table: its name, and the function that gets its value from a row's model."""


def _value_of(estimate: ShownEstimate | None, name: str) -> Value:
    value: Value = getattr(estimate, name) if estimate else None
    return safe(value) if isinstance(value, str) else value


def _estimate_fields(
    prefix: str, find: Callable[[Entry], ShownEstimate | None], names: Sequence[str]
) -> list[Field]:
    """A field ``PREFIX_NAME`` for each of the estimate's ``names``."""

    def field(name: str) -> Field:
        return f"{prefix}_{name}", lambda entry: _value_of(find(entry), name)

    return [field(name) for name in names]


def _outcome_field(name: str) -> Field:
    return name, lambda entry: entry.outcomes[name]


def _in_a_row_fields(k: int) -> list[Field]:
    return _estimate_fields(f"in_a_row_{k}", lambda entry: entry.in_a_row(k), VALUE_AND_ENDS)


def _horizon_fields(chance: float) -> list[Field]:
    return _estimate_fields(
        f"horizon_{chance}", lambda entry: entry.horizon(chance), VALUE_AND_ENDS
    )


def _offset_field(name: str, axis: int) -> Field:
    return name, lambda entry: entry.offset[axis] if entry.offset else None


FIELDS: list[Field] = [
    ("model", lambda entry: safe(entry.label)),
    ("run", lambda entry: safe(entry.run)),
    ("marks", lambda entry: " ".join(entry.tags)),
    ("profile", lambda entry: safe(str(entry.facts.get("profile") or ""))),
    *_estimate_fields("hit_rate", lambda entry: entry.hit_rate, ESTIMATE),
    *_estimate_fields("accuracy", lambda entry: entry.accuracy, VALUE_AND_ENDS),
    *_estimate_fields("macro", lambda entry: entry.macro, VALUE_AND_ENDS),
    *_estimate_fields("hit_rate_by_app", lambda entry: entry.hit_rate_by_app, ("low", "high")),
    # Filled in by `render`: a rank depends on the other models of the report.
    ("rank_low", lambda _: None),
    ("rank_high", lambda _: None),
    *_estimate_fields("icon_hit_rate", lambda entry: entry.icon_hit_rate, ESTIMATE),
    *(_outcome_field(name) for name in OUTCOMES),
    ("error_rate", lambda entry: entry.error_rate),
    ("missing", lambda entry: entry.missing),
    ("false_clicks", lambda entry: entry.number("false_clicks")),
    *(field for k in ROW_LENGTHS for field in _in_a_row_fields(k)),
    *(field for chance in HORIZON_CHANCES for field in _horizon_fields(chance)),
    ("supported_k", lambda entry: entry.supported_k),
    ("longest_streak", lambda entry: entry.longest_streak),
    ("mean_run_length", lambda entry: entry.mean_run_length),
    ("miss_distance_median_px", lambda entry: entry.median_miss),
    _offset_field("bias_dx_px", 0),
    _offset_field("bias_dy_px", 1),
    ("spread_px", lambda entry: entry.spread),
    ("latency_p50_s", lambda entry: entry.latency("p50")),
    ("latency_p95_s", lambda entry: entry.latency("p95")),
    ("input_tokens", lambda entry: entry.tokens("input")),
    ("output_tokens", lambda entry: entry.tokens("output")),
    ("cost_usd", lambda entry: entry.cost_usd),
    ("cost_per_1000_clicks_usd", lambda entry: entry.cost_per_1000_clicks),
    ("cost_per_hit_usd", lambda entry: entry.cost_per_hit),
]
"""The wide table's columns; their names are a contract with the programs that read them."""


def render(suites: Sequence[SuiteRuns]) -> str:
    """One row per model and suite: label, tags, estimates with their ends, counts, distances, cost."""
    rows = [row for each in suites for row in _rows(each)]
    return _write([*(name for name, _ in FIELDS), "suite"] if rows else [], rows)


def _rows(each: SuiteRuns) -> Iterable[list[Value]]:
    entries = report_entries(each.runs)
    ranks = standing(each.runs, entries).rank
    for entry in entries:
        low, high = ranks.get(entry.label, (None, None))
        own = {"rank_low": low, "rank_high": high}
        yield [
            *(own[name] if name in own else value(entry) for name, value in FIELDS),
            safe(each.suite),
        ]


def render_long(suites: Sequence[SuiteRuns]) -> str:
    """The breakdowns: one row per model, dimension, group and suite."""
    rows = []
    for each in suites:
        entries = report_entries(each.runs)
        for entry in entries:
            for dimension in (*DIMENSIONS, *more_dimensions(entries)):
                for name, group in entry.groups(dimension).items():
                    labels = (entry.label, entry.run, dimension, name)
                    figures = (_value_of(group, column) for column in ESTIMATE)
                    rows.append([*map(safe, labels), *figures, safe(each.suite)])
    return _write(LONG, rows)


def render_pairs(suites: Sequence[SuiteRuns]) -> str:
    """Who beats whom: a row per pair and suite, the first model's rate minus the second's."""
    rows: list[list[Value]] = []
    for each in suites:
        place = standing(each.runs)
        for number, a in enumerate(place.order):
            for b in place.order[number + 1 :]:
                pair = place.pairs[a, b]
                found = pair.difference
                rows.append(
                    [
                        *(safe(a), safe(b), safe(each.suite), found.value, found.low, found.high),
                        *(pair.p_holm, str(pair.told_apart).lower()),
                        *(pair.targets, pair.wanted_targets),
                    ]
                )
    return _write(PAIRS, rows)


def render_figures(suites: Sequence[SuiteRuns]) -> str:
    """Everything in long form: a row per model, suite, group and figure; ``group`` is DIMENSION=NAME."""
    rows: list[list[Value]] = []
    for each in suites:
        entries = report_entries(each.runs)
        for entry in entries:
            start = [safe(entry.label), safe(each.suite)]
            rows += [[*start, "", name, *values] for name, values in _figures(entry)]
            for dimension in (*DIMENSIONS, *more_dimensions(entries)):
                for name, group in entry.groups(dimension).items():
                    values = [group.value, group.low, group.high, group.n]
                    rows.append([*start, safe(f"{dimension}={name}"), "hit_rate", *values])
    return _write(FIGURES, rows)


def _figures(entry: Entry) -> Iterable[tuple[str, list[Value]]]:
    """The figures of one model over all its targets, those that are known."""
    estimates = {
        "hit_rate": entry.hit_rate,
        "accuracy": entry.accuracy,
        "macro": entry.macro,
        "icon_hit_rate": entry.icon_hit_rate,
        "false_clicks": entry.false_clicks,
        **{f"in_a_row_{k}": entry.in_a_row(k) for k in ROW_LENGTHS},
        **{f"horizon_{chance}": entry.horizon(chance) for chance in HORIZON_CHANCES},
        **{f"pass_{k}": found for k, found in entry.pass_k.items()},
    }
    for name, found in estimates.items():
        if found is not None and (found.value is not None or found.low is not None):
            yield name, [found.value, found.low, found.high, found.n]
    several = {name for name, _ in FIELDS if name.startswith(_OF_ESTIMATES)}
    for name, value in FIELDS:
        number = None if name in several else value(entry)
        if isinstance(number, int | float):
            yield name, [number, None, None, None]


_OF_ESTIMATES = (
    "hit_rate",
    "accuracy",
    "macro",
    "icon_hit_rate",
    "in_a_row",
    "horizon",
    "false_clicks",
)


def _write(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
