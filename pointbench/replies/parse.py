"""From the text of a reply to the point it means."""

from __future__ import annotations

import math

from pointbench.geometry import Point
from pointbench.replies.answer_part import marked_part, tagged_part
from pointbench.replies.answers import Answer, Coordinates, Format, last_answer
from pointbench.replies.echo import without_prompt, without_prompt_lines
from pointbench.replies.finish import ending
from pointbench.replies.formats import format_named
from pointbench.replies.formats.tuples import TUPLE
from pointbench.replies.numbers import plain, written
from pointbench.replies.parsed import DECLINED, UNPARSED, Parsed
from pointbench.replies.reasoning import without_reasoning
from pointbench.replies.refusals import declines

_UNFINISHED = "0123456789 \t\r\n.,;eE+-%(["


def parse(
    text: str,
    format: str,
    order: str = "xy",
    *,
    prompt: str = "",
    several: str = "first",
    finish_reason: str | None = None,
) -> Parsed:
    """Read a reply by its declared format. Never raises on a text, whatever it holds.

    Reasoning and copies of ``prompt`` are taken out; of what is left the last complete answer
    counts, and of several points in it the ``several`` (``first`` or ``last``) one. ``order`` is
    that of numbers without names. ``finish_reason`` is the vendor's word for how the text ended.
    ValueError for a format, an order or a policy that does not exist.
    """
    rules = format_named(format)
    if order not in ("xy", "yx"):
        raise ValueError(f"unknown order {order!r}: xy or yx")
    if several not in ("first", "last"):
        raise ValueError(f"unknown policy for several points {several!r}: first or last")
    end = ending(finish_reason)
    said = without_reasoning(text)
    if prompt:
        said = without_prompt(said, prompt)
        answer, part = _read(without_prompt_lines(said, prompt), rules, end == "cut-off")
        if answer is None:
            answer, part = _read(said, rules, end == "cut-off")
    else:
        answer, part = _read(said, rules, end == "cut-off")
    if answer is not None and answer.marks:
        parsed = _parsed(answer, rules, order, prompt, several)
        if parsed is not None:
            return parsed
    elif answer is not None and answer.declines and end != "cut-off":
        return DECLINED
    if end == "blocked":
        return DECLINED
    # Words that the token limit cut off may still have come to a point.
    return DECLINED if end == "whole" and declines(part) else UNPARSED


def render(point_in_frame: Point, format: str, order: str = "xy") -> str:
    """How a model that answers in this format would write a point (x first, in frame units)."""
    return format_named(format).write(point_in_frame, order)


def _read(said: str, rules: Format, cut_off: bool) -> tuple[Answer | None, str]:
    """The answer that counts, and the part of the text where it was looked for."""
    part = tagged_part(plain(said))
    if rules.marked:
        part = marked_part(part)
    # A number that touches the end of a cut-off text may lack digits, and a list its other half.
    whole = part.rstrip(_UNFINISHED) if cut_off else part
    return last_answer(rules.find(whole, cut_off), whole), part


def _parsed(answer: Answer, rules: Format, order: str, prompt: str, several: str) -> Parsed | None:
    """The reading of an answer; None where the point that counts is not finite."""
    mark = answer.marks[0 if several == "first" else -1]
    point = mark.located(order)
    if not (math.isfinite(point.x) and math.isfinite(point.y)):
        return None
    flags: list[str] = []
    if len(answer.marks) > 1 and any(other.numbers != mark.numbers for other in answer.marks):
        flags.append("several")
    if mark.is_reversed:
        flags.append("reversed-box")
    if answer.repaired:
        flags.append("repaired")
    if prompt and _is_example(mark, rules, prompt):
        flags.append("prompt-example")
    return Parsed(
        "point",
        point,
        mark.raw or mark.numbers,
        len(answer.marks),
        answer.format or rules.name,
        tuple(flags),
    )


def _is_example(mark: Coordinates, rules: Format, prompt: str) -> bool:
    """True when the prompt itself holds these very numbers as a point or box."""
    numbers = mark.raw or mark.numbers
    for value in numbers:
        if written(float(value)) not in prompt:
            return False
    asked = plain(prompt)
    return any(
        numbers == (example.raw or example.numbers)
        for find in (rules.find, TUPLE.find)
        for answer in find(asked, False)
        for example in answer.marks
    )
