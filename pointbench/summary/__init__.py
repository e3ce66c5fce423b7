"""A run's trials -> ``summary.json``. Every figure: docs/numbers.md.

`summarize` reads run.json, targets.jsonl and the counting lines of trials.jsonl, and nothing else;
the same three give the same bytes (`dump_summary`), in whatever order the trials were finished.
Neither the run's name nor when or how it was made is in there, so that `rescore` can be compared.
"""

from __future__ import annotations

from pointbench.summary.schema import summary_schema
from pointbench.summary.summarize import dump_summary, summarize

__all__ = ["dump_summary", "summarize", "summary_schema"]
