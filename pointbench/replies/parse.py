"""Parses the text of a reply into the point that it means."""

from __future__ import annotations

import math

from pointbench.geometry import Point
from pointbench.replies.answer_part import marked_part, tagged_part
from pointbench.replies.answers import Answer, Coordinates, Format, last_answer
from pointbench.replies.echo import without_prompt, without_prompt_lines
from pointbench.replies.finish import classify_finish_reason
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
    multi_point: str = "first",
    finish_reason: str | None = None,
    known_whole: bool = False,  # noqa: ARG001 - read by the repair of objects without an end
) -> Parsed:
    """Parse a reply in its declared format. No text makes it raise.

    Reasoning and copies of ``prompt`` are removed; the last complete answer of the rest counts. If
    that contains several points, ``multi_point`` selects the one that counts: ``first`` or ``last``.
    ``order`` applies to numbers without names. ``finish_reason`` is the vendor's reason why the
    text ended. ValueError for an unknown format, order or ``multi_point``.
    """
    rules = format_named(format)
    if order not in ("xy", "yx"):
        raise ValueError(f"unknown order {order!r}: xy or yx")
    if multi_point not in ("first", "last"):
        raise ValueError(f"unknown policy for several points {multi_point!r}: first or last")
    end = classify_finish_reason(finish_reason)
    reply = without_reasoning(text)
    if prompt:
        reply = without_prompt(reply, prompt)
        answer, part = _read(without_prompt_lines(reply, prompt), rules, end == "cut-off")
        if answer is None:
            answer, part = _read(reply, rules, end == "cut-off")
    else:
        answer, part = _read(reply, rules, end == "cut-off")
    if answer is not None and answer.coordinates:
        parsed = _parsed(answer, rules, order, prompt, multi_point)
        if parsed is not None:
            return parsed
    elif answer is not None and answer.declines and end != "cut-off":
        return DECLINED
    if end == "blocked":
        return DECLINED
    # A refusal cut off by the token limit might still have gone on to a point.
    return DECLINED if end != "cut-off" and declines(part) else UNPARSED


def render(point_in_frame: Point, format: str, order: str = "xy") -> str:
    """A point (x first, in frame units) as a model that answers in this format would write it."""
    return format_named(format).write(point_in_frame, order)


def _read(reply: str, rules: Format, cut_off: bool) -> tuple[Answer | None, str]:
    """The answer that counts, and the part of the text that was searched for it."""
    part = tagged_part(plain(reply))
    if rules.marked:
        part = marked_part(part)
    # A number at the end of a cut-off text may lack digits, and a list its other half.
    whole = part.rstrip(_UNFINISHED) if cut_off else part
    return last_answer(rules.find(whole, cut_off), whole), part


def _parsed(
    answer: Answer, rules: Format, order: str, prompt: str, multi_point: str
) -> Parsed | None:
    """The answer as `Parsed`; None if the point that counts is not finite."""
    coordinates = answer.coordinates[0 if multi_point == "first" else -1]
    point = coordinates.located(order)
    if not (math.isfinite(point.x) and math.isfinite(point.y)):
        return None
    flags: list[str] = []
    if any(other.numbers != coordinates.numbers for other in answer.coordinates):
        flags.append("several")
    if coordinates.is_reversed:
        flags.append("reversed-box")
    if answer.repaired:
        flags.append("repaired")
    if prompt and _is_example(coordinates, rules, prompt):
        flags.append("prompt-example")
    return Parsed(
        "point",
        point,
        coordinates.raw or coordinates.numbers,
        len(answer.coordinates),
        answer.format or rules.name,
        tuple(flags),
    )


def _is_example(coordinates: Coordinates, rules: Format, prompt: str) -> bool:
    """True if the prompt itself contains exactly these numbers as a point or box."""
    numbers = coordinates.raw or coordinates.numbers
    for value in numbers:
        if written(float(value)) not in prompt:
            return False
    asked = plain(prompt)
    return any(
        numbers == (example.raw or example.numbers)
        for find in (rules.find, TUPLE.find)
        for answer in find(asked, False)
        for example in answer.coordinates
    )
