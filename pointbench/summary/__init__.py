"""Turns a run's trials into ``summary.json``. docs/numbers.md explains every figure.

`summarize` reads run.json, targets.jsonl and the last line of each key in trials.jsonl, and nothing
else; the same three give the same bytes (`dump_summary`), in whatever order the trials finished. The
summary contains neither the run's name nor when or how it was made, so `rescore` can be compared.

Each module computes figures, and defines the TypedDict of their block and its JSON Schema.
"""

from __future__ import annotations

from pointbench.summary.schema import summary_schema
from pointbench.summary.summarize import dump_summary, summarize

__all__ = ["dump_summary", "summarize", "summary_schema"]
