"""Result logs of the ScreenSpot-Pro harness, joined to a suite by picture, instruction and box.

The harness writes ``pred``, the point that it scored, in pixels of the picture, and
``raw_response``, the model's text, which for methods in several steps may be about a crop only;
``gt_type`` is negative where the thing is absent. Rows stand in
a list ``details``, or one a line; their pictures have paths of the machine that ran the harness.
Source: github.com/likaixin2000/ScreenSpot-Pro-GUI-Grounding, ``eval_screenspot_pro.py``.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pointbench.adapters.protocol import Reply
from pointbench.engine.reply_files.found import (
    Found,
    FoundReply,
    GivenPoint,
    KeyNames,
    ReplyFormat,
    RowError,
    Rows,
    Unjoined,
)
from pointbench.engine.reply_files.lines import is_number, point_of
from pointbench.engine.reply_files.rows import MISSING, keys_of, lookup

if TYPE_CHECKING:
    from pointbench.suites import AskedTarget

PICTURE = ("img_path", "img_filename")
INSTRUCTION = ("prompt_to_evaluate", "instruction")
TEXT, POINT = "raw_response", "pred"
_REPLACED = re.compile(r'[\x00-\x1f\x7f:*?"<>|]')
NO_BOX: tuple[list[int] | None, ...] = (None, [], [0, 0, 0, 0], [-1, -1, -1, -1])
"""What stands in the place of the box where the thing is absent."""
CLOSE_PX = 0.51
"""Pixels by which a box of a log may differ from the suite's: logs round to whole pixels."""


@dataclass
class _Join:
    """The targets of the suites by picture and instruction, and how often each was found."""

    targets: Sequence[AskedTarget]
    found: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._by_words: dict[tuple[str, str], list[AskedTarget]] = defaultdict(list)
        self._pictures: set[str] = set()
        for target in self.targets:
            picture = _file_name(target.screenshot)
            self._pictures.add(picture)
            self._by_words[picture, _words(target.instruction)].append(target)

    def target(self, row: Mapping[str, object], model: str | None) -> AskedTarget | str:
        """The row's target, or why there is none, in words."""
        path, words = _first(row, PICTURE), _first(row, INSTRUCTION)
        if not isinstance(path, str) or not isinstance(words, str):
            wanted = " and ".join(" or ".join(names) for names in (PICTURE, INSTRUCTION))
            return f"it lacks {wanted}; it has {keys_of(row)}"
        picture = _file_name(path)
        if picture not in self._pictures:
            return f"no target is on a picture {picture!r:.80}"
        alike = self._by_words.get((picture, _words(words)), [])
        if not alike:
            return f"no target on {picture!r:.80} has the instruction {words!r:.80}"
        there = [target for target in alike if _same_place(row, target)]
        if not there:
            return f"its box is not that of {alike[0].id!r:.80}: {row.get('bbox')!r:.60}"
        return self._one_of(there, row, path, model)

    def _one_of(
        self, targets: list[AskedTarget], row: Mapping[str, object], path: str, model: str | None
    ) -> AskedTarget:
        """The one that the row's own id or its picture's folders name, else the next in turn."""
        shared = {target.id: _shared_tail(target.screenshot, path) for target in targets}
        most = max(shared.values())
        targets = [target for target in targets if shared[target.id] == most]
        named = [target for target in targets if target.id == row.get("id")]
        label = model or ""
        counts = [self.found[label, target.suite, target.id] for target in named or targets]
        target = (named or targets)[counts.index(min(counts))]
        self.found[label, target.suite, target.id] += 1
        return target


def read(rows: Rows, targets: Sequence[AskedTarget], names: KeyNames) -> Found:
    join = _Join(targets)
    for row in rows:
        try:
            yield _found(row.place, row.values, names, join)
        except RowError as error:
            raise RowError(f"{row.place}: {error}") from None


def _found(
    place: str, row: Mapping[str, object], names: KeyNames, join: _Join
) -> FoundReply | Unjoined:
    model = row.get("model")
    label = model if isinstance(model, str) and model.strip() else None
    target = join.target(row, label)
    if isinstance(target, str):
        return Unjoined(place, target)
    verdict = row.get("correctness")
    return FoundReply(
        place=place,
        target=target.id,
        suite=target.suite,
        model=label,
        answer=_answer(row, names.text),
        scored_as=_answer_at(row, POINT) if POINT in row else None,
        scored_correct=None if not isinstance(verdict, str) else verdict == "correct",
    )


def _answer(row: Mapping[str, object], key: str | None) -> Reply | GivenPoint:
    if key is not None:
        return _answer_at(row, key)
    text = _text(row.get(TEXT))
    if text is not None:
        return Reply(text)
    if POINT not in row:
        what = f"{TEXT} is no text, and there is no {POINT}" if row.get(TEXT) is not None else ""
        raise RowError(
            f"{what or f'neither {TEXT} nor {POINT}'}; it has {keys_of(row)}; "
            f"--text-key K names another field"
        )
    return _answer_at(row, POINT)


def _answer_at(row: Mapping[str, object], key: str) -> Reply | GivenPoint:
    value = lookup(row, key)
    if value is MISSING:
        raise RowError(f"there is nothing under --text-key {key}; it has {keys_of(row)}")
    text = _text(value)
    if text is not None:
        return Reply(text)
    if value is None and row.get("correctness") == "wrong_format":
        # The harness found no point in an answer that it does not show.
        return Reply("")
    try:
        return GivenPoint(point_of(value))
    except RowError:
        raise RowError(f"{key} is neither a text nor a point [x, y] nor null") from None


def _text(value: object) -> str | None:
    """A raw response, also where a model's batch of one was stored as a list."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    return value if isinstance(value, str) else None


def _same_place(row: Mapping[str, object], target: AskedTarget) -> bool:
    box = row.get("bbox")
    negative = str(row.get("gt_type", "")).strip().lower() == "negative"
    if negative or box in NO_BOX or target.absent:
        # The harness stores no box, or a set's stand-in, where the thing is absent.
        return target.absent and (negative or box in NO_BOX)
    if not isinstance(box, list) or not all(map(is_number, box)):
        return False
    if target.extra is not None and target.extra.get("bbox") == box:
        return True
    region = target.region
    if region is None or len(box) != 4:
        return False
    left, top, right, bottom = box
    # Imports keep only what lies inside the picture.
    inside = (max(left, 0), max(top, 0), min(right, target.width), min(bottom, target.height))
    return all(
        math.isclose(a, b, abs_tol=CLOSE_PX) for a, b in zip(inside, region.bounds, strict=True)
    )


def _first(row: Mapping[str, object], keys: Sequence[str]) -> object:
    return next((row[key] for key in keys if row.get(key) is not None), None)


def _file_name(path: str) -> str:
    """The picture's name alone; imports replace the characters that some file systems refuse."""
    return _REPLACED.sub("_", PurePosixPath(path.replace("\\", "/")).name.lower())


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def _shared_tail(a: str, b: str) -> int:
    """The number of last parts that two paths share."""
    first = PurePosixPath(a).parts[::-1]
    second = PurePosixPath(b.replace("\\", "/")).parts[::-1]
    pairs = zip(first, second, strict=False)
    return next((n for n, (x, y) in enumerate(pairs) if x != y), min(len(first), len(second)))


SCREENSPOT_PRO_RESULTS = ReplyFormat(
    name="screenspot-pro-results",
    description=(
        "a log of the ScreenSpot-Pro harness: rows (in details, or one a line) are joined to the "
        "suite by picture, instruction and box; raw_response is read by the profile, unless only "
        "pred, the harness's own point, gives its verdicts; --text-key names one of them"
    ),
    read=read,
    within="details",
    keys=frozenset({"text"}),
)
