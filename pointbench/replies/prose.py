"""Numbers in prose that are no answer: a range, the size of the picture, two corners of a span."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pointbench.replies.answers import Answer, Coordinates

_BARE_PAIR = re.compile(r"[(\[]{1,2}[\s\d.,;+%~pxPX-]{3,80}[)\]]{1,2}")
_TO = re.compile(
    r"\s{0,3}(?:to|through|thru|until|till|bis|à|hasta|->|=>|→|–|—|-|至|到)\s{0,3}(?:the\s)?"
)
_LAST_CORNER = re.compile(
    r"[\s,;.]{0,3}(?:(?:and|to|und|et|y|->|→)\s)?\s?(?:(?:the|its)\s)?"
    r"(?:bottom|lower)[-_\s]?right(?:\scorner)?(?:\s(?:is|at|of)){0,2}[\s:=]{0,3}",
    re.IGNORECASE,
)
_FIRST_CORNER = re.compile(
    r"\b(?:top|upper)[-_\s]?left(?:\scorner)?(?:\s(?:is|at|of)){0,2}[\s:=]{0,3}\Z", re.IGNORECASE
)
_SIZE = re.compile(
    r"\b(?:size|dimensions?|resolution)(?:\s(?:is|are|of)){0,2}[\s:=]{0,3}\Z", re.IGNORECASE
)
_AND = re.compile(r"\s{0,3}(?:and|und|et|y|和|与)\s{0,3}")
_BETWEEN = re.compile(r"\b(?:between|zwischen|entre)\s{0,3}\Z|(?:介于|在)\s{0,3}\Z", re.IGNORECASE)
_DRAGGED = re.compile(r"\b(?:drag|swip|scroll|slid|pan)\w{0,8}\b", re.IGNORECASE)

_RANGE = re.compile(
    r"\b(?:ranges?|ranging|interval|limits|(?:coordinate|reference)\s(?:system|space|frame|grid)|scale)\b"
    r"(?:\s(?:of|is|from|in|being)|\s?[:=])?\s{0,2}(?:the\s)?\Z"
    r"|\bbetween\s{0,2}\Z"
    r"|\b(?:(?:re)?scaled?|normali[sz]ed|mapped|clipped)\s(?:\w{1,12}\s){0,2}"
    r"(?:to|in|within|into|of|from|by)\s(?:the\s)?\Z"
    r"|\b(?:values?|numbers?|integers?|ints?|floats?|both|[xy]|axis|axes|must(?:\s\w{1,8})?\sbe|"
    r"should\sbe|have\sto\sbe|has\sto\sbe|need\sto\sbe|lie|lies)\s?(?:\w{1,12}\s){0,3}"
    r"(?:in|within|inside)\s(?:the\s)?\Z"
    r"|(?:范围|区间|介于)\W{0,3}\w{0,2}\W{0,2}\Z",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:in|within|inside|from|on\sa\sscale\sof|scale)\s{0,2}(?:of\s)?\Z", re.IGNORECASE
)
_RANGE_AFTER = re.compile(
    r"\s{0,2}(?:is\s|are\s|as\s)?(?:the\s|a\s)?(?:\w{1,12}\s)?"
    r"(?:ranges?|interval|scale|normali[sz]ed|normali[sz]ation|coordinate\s(?:space|system|frame)|"
    r"grid|frame)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"(?:[:=]|\b(?:at|is|are|click|tap|press|point|coordinates?|coords?|answer|position|location|"
    r"on|center|centre|choose|select)\b)[\s*_`\"'$\\{]{0,6}\Z",
    re.IGNORECASE,
)
_CLICKING = re.compile(
    r"\b(?:click|tap|press|touch|answer|point)(?:ing)?\b[\w\s:=*_`\"'$\\{]{0,12}\Z", re.IGNORECASE
)
_ENDS = frozenset((1, 99, 100, 999, 1000, 1023, 1024))
_LETTER = re.compile(r"[^\W\d_]")
_CONTEXT = 80


def settled(
    answers: Iterable[Answer],
    text: str,
    picture: tuple[float, float] | None,
    *,
    cut_off_lists: bool,
) -> Iterator[Answer]:
    """The answers, last one first, without what prose says about ranges and sizes.

    Two bare pairs with "to" between them, or called its corners, are a box. It counts only if there
    is no other answer, and so does a pair that is called a size; the ends of a drag are no box.
    ``picture`` is the size of the picture as sent, in pixels. With ``cut_off_lists``, a bare pair in
    the middle of a cut-off sentence does not count: the text may have been reasoning.
    """
    spans: list[Answer] = []
    held: Answer | None = None
    answered = False
    for answer in answers:
        pair = is_bare_pair(answer, text)
        if held is not None:
            span = _span(answer, held, text, picture) if pair else None
            if span is not None:
                spans += span
                held = None
                continue
            if not _is_no_answer(held, text, picture, cut_off_lists):
                if _is_size(held, text):
                    spans.append(held)
                else:
                    answered = True
                    yield held
        held = answer if pair else None
        if not pair:
            answered = True
            yield answer
    if held is not None and not _is_no_answer(held, text, picture, cut_off_lists):
        if _is_size(held, text):
            spans.append(held)
        else:
            answered = True
            yield held
    if not answered:
        yield from spans


def _is_size(pair: Answer, text: str) -> bool:
    """True if the words before a bare pair call it a size, which could also be the name of a field."""
    return _SIZE.search(text, max(0, pair.start - _CONTEXT), pair.start) is not None


def is_bare_pair(answer: Answer, text: str) -> bool:
    """True for two numbers in brackets, without a name, that are not the whole text."""
    places = answer.coordinates
    if len(places) != 1 or len(places[0].numbers) != 2 or places[0].keyed:
        return False
    start, end = answer.start, answer.end
    if text[start] not in "([" or (start == 0 and end == len(text)):
        return False
    return _BARE_PAIR.fullmatch(text, start, end) is not None


def _span(
    near: Answer, far: Answer, text: str, picture: tuple[float, float] | None
) -> list[Answer] | None:
    """The box between two corners; empty if they are no answer, None if they are no corners."""
    if far.start - near.end > 40:
        return None
    before = text[max(0, near.start - _CONTEXT) : near.start]
    between = near.end, far.start
    if not (
        _TO.fullmatch(text, *between)
        or (_AND.fullmatch(text, *between) and _BETWEEN.search(before))
        or (_LAST_CORNER.fullmatch(text, *between) and _FIRST_CORNER.search(before))
    ):
        return None
    (left, top), (right, bottom) = near.coordinates[0].numbers, far.coordinates[0].numbers
    corner = (right, bottom)
    of_the_frame = left == top == 0 and (corner == picture or (right == bottom and right in _ENDS))
    if of_the_frame or _DRAGGED.search(before):
        return []
    percent = near.coordinates[0].percent or far.coordinates[0].percent
    box = Coordinates((left, top, right, bottom), percent=percent)
    return [Answer((box,), near.start, far.end, near.repaired or far.repaired, far.format)]


def _is_no_answer(
    answer: Answer, text: str, picture: tuple[float, float] | None, cut_off_lists: bool
) -> bool:
    """True if the words around a bare pair say that it is a range or the size of the picture."""
    first, second = answer.coordinates[0].numbers
    before = text[max(0, answer.start - _CONTEXT) : answer.start]
    after = text[answer.end : answer.end + _CONTEXT]
    line = before[before.rfind("\n") + 1 :]
    words_before = _LETTER.search(line) is not None
    words_after = _LETTER.search(after.split("\n", 1)[0]) is not None
    if not words_before and not words_after:
        return False
    if cut_off_lists and words_before and words_after:
        return True
    if words_before and _RANGE.search(line):
        return True
    if (first, second) == picture:
        return not _CLICKING.search(line)
    if first in (0, 1) and second > first:
        if _WITHIN.search(line) or _RANGE_AFTER.match(after):
            return True
        return first == 0 and second in _ENDS and words_before and not _POINTING.search(line)
    return False
