"""docs/numbers.md: its tables are well formed, and the figures it names are in summary.json."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

import pointbench
from pointbench.summary import summary_schema

PAGE = Path(pointbench.__file__).parent.parent / "docs" / "numbers.md"
LINES = PAGE.read_text(encoding="utf-8").splitlines()


def tables() -> list[list[str]]:
    """Each run of consecutive lines that begin with a pipe."""
    grouped = groupby(LINES, key=lambda line: line.startswith("|"))
    return [list(lines) for is_table, lines in grouped if is_table]


def test_every_row_stands_under_the_head_of_its_table() -> None:
    assert len(tables()) == 5
    for table in tables():
        assert set(table[1]) == {"|", "-"}, table[0]


def test_every_figure_in_a_table_is_in_the_schema() -> None:
    schema = summary_schema()
    known = schema["properties"].keys() | schema["$defs"]["model"]["properties"].keys()
    rows = [row for table in tables() for row in table[2:]]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named - known == set()
    assert {"hit_rate", "floor", "misfit"} <= named


def test_prose_is_wrapped() -> None:
    assert [line for line in LINES if len(line) > 140 and not line.startswith("|")] == []
