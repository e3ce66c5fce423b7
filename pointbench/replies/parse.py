"""Parses the text of a reply into the point that it means."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from pointbench.geometry import Frame, Point, Size
from pointbench.replies.answer_part import marked_part, tagged_part
from pointbench.replies.answers import Answer, Coordinates, Format, answer_groups
from pointbench.replies.echo import without_prompt, without_prompt_lines
from pointbench.replies.finish import classify_finish_reason
from pointbench.replies.formats import format_named
from pointbench.replies.formats.tuples import TUPLE
from pointbench.replies.json_points import denied
from pointbench.replies.json_text import unescaped
from pointbench.replies.numbers import plain, with_decimal_points, written
from pointbench.replies.parsed import DECLINED, UNPARSED, Parsed
from pointbench.replies.prose import is_bare_pair, settled
from pointbench.replies.reasoning import without_reasoning
from pointbench.replies.refusals import declines

_LISTS_ARE_JSON = frozenset(("json-point", "gemini", "moondream", "qwen-tool", "tool-call"))
_UNFINISHED = "0123456789 \t\r\n.,;eE+-%(["


def parse(
    text: str,
    format: str,
    order: str = "xy",
    *,
    unit: str | None = None,
    sent: tuple[float, float] | None = None,
    nothing: tuple[float, float] | None = None,
    prompt: str = "",
    multi_point: str = "first",
    finish_reason: str | None = None,
    known_whole: bool = False,
    opens_reasoning: bool = False,
) -> Parsed:
    """Parse a reply in its declared format. No text makes it raise.

    Reasoning and copies of ``prompt`` are removed; the last complete answer of the rest counts. If
    that contains several points, ``multi_point`` selects the one that counts: ``first`` or ``last``.
    ``order`` applies to numbers without names.

    ``unit`` is the frame's, ``sent`` the size of the picture as sent, in pixels; None if unknown.
    With them, numbers in percent under another unit are no answer, and the size of the picture is
    neither a point nor a box. ``nothing`` is the point, x first, that means that there is none.

    ``finish_reason`` is the vendor's reason why the text ended. With a reason that does not say
    that the tokens ran out, a number at the very end of an unclosed object, tag or ``y=`` counts
    only if ``known_whole``. ``opens_reasoning`` says that the prompt opens the reasoning, so that a
    cut-off text without an end mark is reasoning.

    ValueError for an unknown format, order, unit or ``multi_point``.
    """
    asked = _asked(format, order, unit, sent, nothing, prompt, multi_point)
    end = classify_finish_reason(finish_reason)
    cut_off = end == "cut-off"
    reply = without_reasoning(text, cut_off=cut_off, opened=opens_reasoning)
    if "\\" in reply:
        reply = unescaped(reply)
    may_be_cut = not known_whole and bool(finish_reason) and not cut_off
    if prompt:
        reply = without_prompt(reply, prompt)
    bare = without_prompt_lines(reply, prompt) if prompt else reply
    parsed, part = asked.read(bare, cut_off, may_be_cut)
    if parsed is None and bare != reply:
        parsed, part = asked.read(reply, cut_off, may_be_cut)
    if parsed is not None and not (parsed is DECLINED and cut_off):
        return parsed
    if end == "blocked":
        return DECLINED
    # A refusal cut off by the token limit might still have gone on to a point.
    return DECLINED if not cut_off and declines(part) else UNPARSED


def render(point_in_frame: Point, format: str, order: str = "xy") -> str:
    """A point (x first, in frame units) as a model that answers in this format would write it."""
    return format_named(format).write(point_in_frame, order)


@dataclass(slots=True)
class _Asked:
    """What is known of the question, and with it how its answers are read."""

    rules: Format
    order: str
    sides: tuple[float, float] | None
    sent: tuple[float, float] | None
    nothing: tuple[float, float] | None
    prompt: str
    multi_point: str
    unit: str | None

    def read(self, reply: str, cut_off: bool, may_be_cut: bool) -> tuple[Parsed | None, str]:
        """What the reply says, None if it holds no answer; and the part that was searched for it."""
        part = tagged_part(with_decimal_points(plain(reply)))
        if self.rules.marked:
            part = marked_part(part)
        # A number at the end of a cut-off text may lack digits, and a list its other half.
        whole = part.rstrip(_UNFINISHED) if cut_off else part
        parsed, answer = self._last(whole, cut_off)
        if may_be_cut and answer is not None and _is_open(answer, whole, reply):
            parsed, answer = self._last(whole.rstrip(_UNFINISHED), True)
            if answer is not None and not answer.coordinates:
                parsed = None
        if parsed is not None and parsed.format not in _LISTS_ARE_JSON and "{" in whole:
            # Numbers that another format reads may stand in an object that denies the thing.
            parsed = DECLINED if denied(whole) else parsed
        return parsed, part

    def _last(self, text: str, cut_off: bool) -> tuple[Parsed | None, Answer | None]:
        """The last answer. One that repeats the prompt's own numbers counts only if no other does."""
        answers = iter(self.rules.find(text, cut_off))
        last = next(answers, None)
        if last is None:
            return None, None
        earlier = next(answers, None)
        if earlier is None and not is_bare_pair(last, text):
            return self._parsed(last), last
        found = settled(
            chain((last,), () if earlier is None else (earlier,), answers),
            text,
            self.sent,
            cut_off_lists=cut_off and self.rules.name in _LISTS_ARE_JSON,
        )
        example: tuple[Parsed | None, Answer | None] = (None, None)
        for answer in answer_groups(found, text):
            parsed = self._parsed(answer)
            if parsed is None or "prompt-example" not in parsed.flags:
                return (parsed, answer) if example[0] is None or parsed is not None else example
            if example[0] is None:
                example = (parsed, answer)
        return example

    def _parsed(self, answer: Answer) -> Parsed | None:
        """The answer as `Parsed`; None if it is no point and does not decline."""
        if not answer.coordinates:
            return DECLINED if answer.declines else None
        places = answer.coordinates
        if len(places) > 1 or places[0].sized or self.nothing is not None:
            places = tuple(self._meant(places))
            if not places:
                return DECLINED
        place = places[0 if self.multi_point == "first" else -1]
        point = place.located(self.order)
        if not (math.isfinite(point.x) and math.isfinite(point.y)):
            return None
        if place.percent and self.unit not in (None, "percent"):
            return None
        flags: tuple[str, ...] = ()
        if len(places) > 1 and any(other.numbers != place.numbers for other in places):
            flags += ("several",)
        if place.is_reversed:
            flags += ("reversed-box",)
        if answer.repaired:
            flags += ("repaired",)
        if self.prompt and _is_example(place, self.rules, self.prompt):
            flags += ("prompt-example",)
        raw = place.raw or place.numbers
        name = answer.format or self.rules.name
        return Parsed("point", point, raw, len(places), name, flags)

    def _meant(self, places: Iterable[Coordinates]) -> Iterator[Coordinates]:
        """The places of an answer, boxes from sizes settled, without those that mean "there is none"."""
        for place in places:
            meant = self._sized(place) if place.sized else place
            if self.nothing is None or meant.located(self.order) != self.nothing:
                yield meant

    def _sized(self, place: Coordinates) -> Coordinates:
        """A corner with a size as a box; the corner alone if the size is that of the picture."""
        left, top, right, bottom = place.numbers
        width, height = right - left, bottom - top
        sides = self.sides or self.sent
        if sides is None:
            # Nothing is known of the picture: this large, and around the corner, is a screen.
            picture = width >= 320 and height >= 200 and left <= width and top <= height
        elif self.sent and abs(width - self.sent[0]) + abs(height - self.sent[1]) < 0.01:
            picture = True
        else:
            fits = right <= sides[0] and bottom <= sides[1]
            small = width < sides[0] / 4 and height < sides[1] / 4
            picture = (width >= sides[0] and height >= sides[1]) or not (fits or small)
        return place.corner if picture else place


@lru_cache(maxsize=4096)
def _asked(
    format: str,
    order: str,
    unit: str | None,
    sent: tuple[float, float] | None,
    nothing: tuple[float, float] | None,
    prompt: str,
    multi_point: str,
) -> _Asked:
    """What is known of a question, kept because every repeat asks it again; ValueError as in `parse`."""
    if multi_point not in ("first", "last"):
        raise ValueError(f"unknown policy for several points {multi_point!r}: first or last")
    frame = Frame(unit or "pixel", order)
    # The sides of the frame, if they do not depend on the picture.
    sides = None if frame.unit == "pixel" else frame.sides(Size(1, 1))
    rules = format_named(format)
    return _Asked(rules, order, sides, sent, nothing, prompt, multi_point, unit)


def _is_open(answer: Answer, part: str, reply: str) -> bool:
    """True if a number at the very end of the text may be half of one: nothing closes it.

    Plain numbers without names are whole answers of their families and stay.
    """
    if answer.end < len(part) or not part[-1:].isdigit() or not reply[-1:].isdigit():
        return False
    named = any(place.keyed for place in answer.coordinates)
    return named or answer.repaired or part[answer.start] in "<{["


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
