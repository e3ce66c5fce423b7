"""The report for programs: summary.json itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pointbench.report.entries import ReportRun
from pointbench.runs import SCHEMA
from pointbench.summary.headline import Line


def render(runs: Sequence[ReportRun], headline: Sequence[Line] = ()) -> str:
    """The summary of a single run; for several runs ``{"schema", "headline", "runs": {NAME: summary}}``.

    ``headline`` is that of several runs together.
    """
    if len(runs) == 1:
        value: object = runs[0].summary
    else:
        value = {
            "schema": SCHEMA,
            "headline": list(headline),
            "runs": {run.name: run.summary for run in runs},
        }
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
