"""Finds the place that an instruction means among the lines of text read from a picture.

Pure: no input or output, no randomness, no state. All coordinates are pixels of the
picture that the lines were read from. Similarities are rapidfuzz's, 0 to 100, minus penalties for
matches of only a part of a line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from pointbench.adapters.local.instruction import Label, Query, read_instruction
from pointbench.adapters.local.words import Words, similarity, words_of
from pointbench.geometry import Box, Point, Size

PART_OF_A_LINE = 8.0
"""Penalty if the matched words are only a part of their line ..."""
EXTRA_WORD = 2.0
"""... plus this much for each other word of that line ..."""
EXTRA_WORDS = 22.0
"""... up to this much: a label stands alone, the same word in prose does not."""
PART_OF_A_WORD = 4.0
"""Additional penalty if the label is joined to its neighbors, as in ``FileEditView``."""
STACKED = 2.0
"""Penalty for each additional line if a label is joined from stacked lines."""
SHORTENED = 15.0
"""Penalty if the line ends in an ellipsis and the label goes on."""
STRIPPED = 1.0
"""Penalty for each step by which the instruction was shortened to the label."""
FAR_AWAY = 20.0
"""Penalty for a place a whole diagonal away from the text that the instruction places it near."""
ALIKE = 3.0
"""Places whose scores differ by no more than this tie: the first in reading order is chosen."""
PANEL = 0.05
"""Height of a panel at the top or bottom, as a fraction of the picture's height."""


@dataclass(frozen=True)
class Line:
    """One line of text as it was read; ``score`` is the reader's own confidence, 0 to 1."""

    text: str
    box: Box
    score: float


@dataclass(frozen=True)
class Match:
    """The best place: its center, the confidence (0 to 100), and the text found there."""

    point: Point
    confidence: float
    text: str


# --- the lines -------------------------------------------------------------------------------

_SHORTCUT = re.compile(
    r"(?:\s+|(?<=[a-z.…]))(?:(?:ctrl|control|alt|shift|super|meta|cmd|strg)\s*\+\s*)+\S{1,9}$"
    r"|\s+(?:f\d{1,2}|del|delete|esc|escape|enter|return|space)$",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"(?:…|\.{2,})\s*$")


@dataclass(frozen=True)
class _Text:
    """A line, or several stacked lines joined, prepared for comparison."""

    text: str
    box: Box
    words: Words
    count: int
    """Number of lines that it was joined from."""
    shortened: bool

    def part(self, start: int, end: int) -> Box:
        """The box of the characters from ``start`` to ``end``, assumed to be equally wide."""
        width = (self.box.right - self.box.left) / max(len(self.text), 1)
        return self.box._replace(
            left=self.box.left + start * width, right=self.box.left + end * width
        )


@dataclass(frozen=True)
class _Place:
    """A possible place of a label: ``score`` 0 to 100, ``rank`` the score minus the distance penalty."""

    score: float
    rank: float
    box: Box
    source: _Text
    label: Label


def _texts(lines: Sequence[Line]) -> list[_Text]:
    single = [_text(line.text, line.box, 1) for line in lines]
    texts = [text for text in single if text.words.words]
    pairs = [_below(a, b) for a in texts for b in texts if _stacked(a, b)]
    triples = [_below(a, b) for a in pairs for b in texts if _stacked(a, b)]
    return [*texts, *pairs, *triples]


def _text(text: str, box: Box, count: int) -> _Text:
    shortcut = _SHORTCUT.search(text)
    # "Save As… Ctrl+S": the shortcut is not part of the label, so its width is cut off.
    label = text[: shortcut.start()] if shortcut and shortcut.start() else text
    share = len(label) / len(text) if text else 1.0
    box = box._replace(right=box.left + (box.right - box.left) * share)
    return _Text(label, box, words_of(label), count, bool(_ELLIPSIS.search(label)))


def _stacked(upper: _Text, lower: _Text) -> bool:
    """Whether ``lower`` looks like the next line of the same label."""
    height = (upper.box.bottom - upper.box.top) / upper.count
    other = lower.box.bottom - lower.box.top
    gap = lower.box.top - upper.box.bottom
    if not (-0.5 * height <= gap <= 0.6 * height and 0.6 <= other / max(height, 1e-9) <= 1.7):
        return False
    centered = abs(lower.box.center.x - upper.box.center.x) <= height
    return centered or abs(lower.box.left - upper.box.left) <= height / 2


def _below(upper: _Text, lower: _Text) -> _Text:
    box = Box(
        min(upper.box.left, lower.box.left),
        upper.box.top,
        max(upper.box.right, lower.box.right),
        lower.box.bottom,
    )
    text = f"{upper.text} {lower.text}"
    return _Text(text, box, words_of(text), upper.count + lower.count, lower.shortened)


def _places_of(label: Label, texts: Sequence[_Text]) -> Iterator[_Place]:
    words = words_of(label.text)
    if not words.words:
        return
    for text in texts:
        similar, box = _whole(words, text) if text.count > 1 else _best_part(words, text)
        if similar > 0:
            score = max(0.0, similar - STRIPPED * label.stripped)
            yield _Place(score, score, box, text, label)


def _whole(label: Words, text: _Text) -> tuple[float, Box]:
    score = similarity(label.spaced, text.words.spaced) - STACKED * (text.count - 1)
    glued, other = label.glued, text.words.glued
    if text.shortened and 6 <= len(other) < len(glued):
        score = max(score, similarity(glued[: len(other)], other) - SHORTENED)
    return score, text.box


def _best_part(label: Words, text: _Text) -> tuple[float, Box]:
    """The best match with the whole line, a run of its words, or a run of its characters."""
    return max(
        chain([_whole(label, text)], _runs(label, text), _glued(label, text)),
        key=lambda match: match[0],
    )


def _runs(label: Words, text: _Text) -> Iterator[tuple[float, Box]]:
    count = len(text.words.words)
    for length in {len(label.words) - 1, len(label.words), len(label.words) + 1}:
        if not 0 < length < count:
            continue
        off = PART_OF_A_LINE + min(EXTRA_WORDS, EXTRA_WORD * (count - length))
        for start in range(count - length + 1):
            run = " ".join(text.words.words[start : start + length])
            score = similarity(label.spaced, run) - off
            first, last = text.words.spans[start], text.words.spans[start + length - 1]
            yield score, text.part(first[0], last[1])


def _glued(label: Words, text: _Text) -> Iterator[tuple[float, Box]]:
    """Matches of the label within words that were read without the spaces between them."""
    glued, line = label.glued, text.words.glued
    if len(glued) < 4 or len(line) <= len(glued) or glued not in line:
        return
    # Position in the line of each character of the joined words.
    positions = [
        at
        for word, (start, end) in zip(text.words.words, text.words.spans, strict=True)
        for at in _spread(len(word), start, end)
    ]
    first, last = positions[line.index(glued)], positions[line.index(glued) + len(glued) - 1] + 1
    if not (_begins(text.text, first) and _begins(text.text, last)):
        return
    extra = (len(line) - len(glued)) / 5  # a word has about five letters
    off = PART_OF_A_LINE + PART_OF_A_WORD + min(EXTRA_WORDS, EXTRA_WORD * extra)
    yield 100.0 - off, text.part(first, last)


def _spread(count: int, start: int, end: int) -> list[int]:
    return [start + index * (end - start) // count for index in range(count)]


def _begins(text: str, at: int) -> bool:
    """Whether a word may begin at ``at``: Edit in FileEdit, but not list in Playlist."""
    return at in (0, len(text)) or text[at].isupper() or not (text[at - 1] + text[at]).isalnum()


# --- the choice ------------------------------------------------------------------------------

_MENUS = frozenset(
    ("file", "edit", "view", "insert", "format", "tools", "window", "help", "go", "options")
)


def find(instruction: str, lines: Sequence[Line], size: Size) -> Match | None:
    """The place on a picture of ``size`` that best fits ``instruction``; None if there is no text.

    The caller compares ``confidence`` with a threshold: on real desktops 9 in 10 places above 80
    were correct, half of those between 70 and 80, and hardly any below.
    """
    query = read_instruction(instruction)
    texts = _texts(lines)
    places = [place for label in query.labels for place in _places_of(label, texts)]
    if not places:
        return None
    best = max(place.score for place in places)
    near = [place for place in places if place.score >= best - FAR_AWAY - ALIKE]
    anchors = [_anchors(text, texts) for text in query.nearby]
    ranked = [
        replace(place, rank=place.score - FAR_AWAY * _distance(place, query, anchors, texts, size))
        for place in near
    ]
    place = _choose(ranked)
    return Match(place.box.center, min(100.0, max(0.0, place.rank)), place.source.text)


def _choose(places: Sequence[_Place]) -> _Place:
    best = max(places, key=lambda place: place.rank)
    if best.label.ordinal is None:
        equals = [place for place in places if place.rank >= best.rank - ALIKE]
        exact = max(place.score for place in equals)
        equals = [place for place in equals if place.rank == best.rank or place.score == exact]
        top = max(place.rank for place in equals)
        return min((place for place in equals if place.rank == top), key=_reading_order)
    equals = sorted(
        (
            place
            for place in places
            if place.label == best.label and place.score >= best.score - ALIKE
        ),
        key=_reading_order,
    )
    index = best.label.ordinal if best.label.ordinal < 0 else best.label.ordinal - 1
    return equals[index] if -len(equals) <= index < len(equals) else best


def _reading_order(place: _Place) -> tuple[float, float]:
    return place.box.center.y, place.box.center.x


def _anchors(text: str, texts: Sequence[_Text]) -> list[_Text]:
    """The lines that best match a text the instruction names as surroundings."""
    places = [
        place for place in _places_of(Label(text), texts) if place.score >= 100 - EXTRA_WORDS - 18
    ]
    best = max((place.score for place in places), default=0.0)
    return [place.source for place in places if place.score >= best - 2 * EXTRA_WORD - ALIKE]


def _distance(
    place: _Place,
    query: Query,
    anchors: Sequence[Sequence[_Text]],
    texts: Sequence[_Text],
    size: Size,
) -> float:
    """Distance of a place from the one that the instruction describes, 0 to about 1."""
    costs = [_from_anchor(place, lines, query.beside, size) for lines in anchors if lines]
    # "at the bottom of the Files window" means that window, so the screen's edge counts less.
    weight = 0.5 if costs else 1.0
    sides = place.label.place or query.place
    costs += [weight * _from_edge(place.box.center, side, size) for side in sides]
    if query.menu and "panel" not in query.place and not _in_menu_bar(place, texts):
        costs.append(0.5)
    return min(1.0, sum(costs))


def _from_anchor(place: _Place, lines: Sequence[_Text], beside: bool, size: Size) -> float:
    others = [line for line in lines if line.box != place.source.box]
    if not others:
        return 0.5
    diagonal = math.hypot(size.width, size.height)
    box = place.box

    def cost(line: _Text) -> float:
        across = max(line.box.left - box.right, box.left - line.box.right, 0.0)
        down = max(line.box.top - box.bottom, box.top - line.box.bottom, 0.0)
        # A title, a heading and a menu's name are above what they contain.
        above = 0.3 if not beside and box.center.y < line.box.bottom else 0.0
        # A row is low and wide; a window extends about as far below its title as across.
        far = math.hypot(across, 4 * down) if beside else math.hypot(2 * across, down)
        return min(1.0, far / diagonal + above)

    return min(cost(line) for line in others)


def _from_edge(point: Point, side: str, size: Size) -> float:
    x, y = point.x / size.width, point.y / size.height
    return {
        "left": x,
        "right": 1 - x,
        "top": y,
        "bottom": 1 - y,
        "middle": abs(x - 0.5) + abs(y - 0.5),
        "panel": min(1.0, max(0.0, (min(y, 1 - y) - PANEL) / PANEL)),
    }[side]


def _in_menu_bar(place: _Place, texts: Sequence[_Text]) -> bool:
    """Whether at least two usual menu names are at the same height."""
    y = place.box.center.y
    words = {
        word
        for text in texts
        if text.count == 1 and text.box.top <= y <= text.box.bottom
        for word in text.words.words
    }
    return len((words & _MENUS) - set(words_of(place.label.text).words)) >= 2
