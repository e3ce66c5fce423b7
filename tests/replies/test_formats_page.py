"""docs/reply-formats.md: every example on the page is parsed as the page claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointbench.replies import FORMATS, parse

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reply-formats.md"
HEADING = re.compile(r"### `([a-z0-9-]+)`")


def examples() -> Iterator[tuple[str, str, str, str]]:
    """Format, order, reply and meaning of every line with an arrow; json-point before a heading."""
    format, order = "json-point", "xy"
    for line in PAGE.read_text(encoding="utf-8").split("\n"):
        if heading := HEADING.fullmatch(line):
            format = heading[1]
        elif line in ("```text", "```yx"):
            order = "yx" if line == "```yx" else "xy"
        elif "  →  " in line:
            reply, _, meaning = line.partition("  →  ")
            yield format, order, reply.replace("⏎", "\n"), meaning


EXAMPLES = list(examples())


@pytest.mark.parametrize(("format", "order", "reply", "meaning"), EXAMPLES)
def test_an_example_of_the_page_means_what_it_says(
    format: str, order: str, reply: str, meaning: str
) -> None:
    parsed = parse(reply, format, order)
    if meaning in ("declined", "unparsed"):
        assert parsed.status == meaning
        return
    numbers, _, flags = meaning.rstrip(")").partition(" (")
    assert parsed.point_in_frame == pytest.approx([float(n) for n in numbers.split(", ")])
    assert set(parsed.flags) == set(flags.split(", ") if flags else ())


def test_every_format_has_a_heading_and_examples() -> None:
    headings = HEADING.findall(PAGE.read_text(encoding="utf-8"))
    assert sorted(headings) == sorted(FORMATS)
    assert {example[0] for example in EXAMPLES} == set(FORMATS)
    # The page's first block and one per format.
    assert len(EXAMPLES) > 60


def test_half_an_answer_and_half_a_refusal() -> None:
    assert parse('{"point": [512, 30', "json-point", finish_reason="length").status == "unparsed"
    assert parse("I cannot find the", "json-point", finish_reason="length").status == "unparsed"
    assert parse("", "json-point", finish_reason="content_filter").status == "declined"


def test_several_last_is_the_last() -> None:
    text = '[{"point": [512, 300]}, {"point": [10, 20]}]'
    assert parse(text, "json-point", multi_point="last").raw == (10, 20)
