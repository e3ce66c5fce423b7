"""Score's own lines: ``target`` and ``text``, ``point`` or ``error``, or fields that are named."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeGuard

from pointbench.adapters.protocol import Reply
from pointbench.engine.reply_files.found import (
    Found,
    FoundReply,
    GivenError,
    GivenPoint,
    KeyNames,
    ReplyFormat,
    RowError,
    Rows,
)
from pointbench.engine.reply_files.rows import MISSING, format_hint, keys_of, lookup, text_at
from pointbench.errors import one_line
from pointbench.geometry import Point, Size

if TYPE_CHECKING:
    from pointbench.suites import AskedTarget

MAX_REPEAT = 1_000_000
MAX_LATENCY_S = 1e7
"""Four months; larger numbers are mistakes, and their sums would overflow."""
MAX_COST_USD = 1e9
MAX_MESSAGE = 2000
"""Characters of an error's message that are kept."""
MAX_COUNT = 2**53
"""The largest whole number that every JSON reader keeps."""

_ANSWERS = ("text", "point", "error")
KEYS = frozenset({
    "target", *_ANSWERS, "model", "repeat", "sent_width", "sent_height", "suite", "finish_reason",
    "reasoning", "input_tokens", "output_tokens", "max_tokens", "latency_s", "cost_usd",
})  # fmt: skip
"""Every key that a line may have."""


def read(rows: Rows, _targets: Sequence[AskedTarget], names: KeyNames) -> Found:
    for row in rows:
        try:
            yield _found(row.place, row.values, names)
        except RowError as error:
            raise RowError(f"{row.place}: {error}") from None


def _found(place: str, row: Mapping[str, object], names: KeyNames) -> FoundReply:
    used = {name.split(".")[0] for name in (names.id, names.text) if name and name not in row}
    used |= {name for name in (names.id, names.text) if name}
    # Named fields take the place of ours: another `text` in the row is not the answer then.
    replaced = {"target"} if names.id else set()
    replaced |= {"text", "point"} if names.text else set()
    model = row.get("model")
    if model is not None and (not isinstance(model, str) or not model.strip()):
        raise RowError('model must be a name, such as "my-model"')
    suite = row.get("suite")
    if suite is not None and not isinstance(suite, str):
        raise RowError("suite must be a name")
    return FoundReply(
        place=place,
        target=_target(row, names),
        suite=suite,
        model=model,
        repeat=_repeat(row),
        answer=_answer(row, names),
        sent=_sent(row),
        latency_s=amount(row, "latency_s", MAX_LATENCY_S),
        cost_usd=amount(row, "cost_usd", MAX_COST_USD),
        ignored=tuple(key for key in row if key in replaced or key not in KEYS | used),
    )


def _target(row: Mapping[str, object], names: KeyNames) -> str:
    name = lookup(row, names.id) if names.id else row.get("target", MISSING)
    if isinstance(name, str):
        return name
    if names.id and is_whole(name):
        return str(name)
    if names.id:
        said = "there is nothing" if name in (MISSING, None) else "there is no id"
        raise RowError(f"{said} under --id-key {names.id}; it has {keys_of(row)}")
    others = "" if "target" in row else f"; it has {keys_of(row)}; {format_hint(row)}"
    raise RowError(
        f'no target: a line has "target": "ID", the id of a target of the suite, and one of '
        f"{', '.join(_ANSWERS)}{others}"
    )


def _answer(row: Mapping[str, object], names: KeyNames) -> Reply | GivenPoint | GivenError:
    if names.text:
        return _named_answer(row, names.text)
    answers = [key for key in _ANSWERS if key in row]
    # A null point means declined; a null text or error is only an empty column, as is "" beside an answer.
    answers = [key for key in answers if key == "point" or row[key] is not None]
    if len(answers) > 1 and row.get("error") == "":
        answers.remove("error")
    if len(answers) != 1:
        what = " and ".join(answers) or "none of them"
        hint = "" if answers else f"; it has {keys_of(row)}; --text-key K names another field"
        raise RowError(f"a line has one of text, point, error; this one has {what}{hint}")
    if answers == ["error"]:
        return _error(row)
    if answers == ["point"]:
        return GivenPoint(point_of(row["point"]))
    text = text_at(row, "text")
    assert text is not None
    return _reply(row, text)


def _named_answer(row: Mapping[str, object], key: str) -> Reply | GivenError:
    value = lookup(row, key)
    if isinstance(value, str):
        if key != "error" and row.get("error"):
            raise RowError(f"a line has an answer or an error; this one has both {key} and error")
        return _reply(row, value)
    if row.get("error"):
        return _error(row, named=True)
    if value is MISSING or value is None:
        raise RowError(f"there is nothing under --text-key {key}; it has {keys_of(row)}")
    raise RowError(f"{key} must be a string, the model's raw answer")


def _error(row: Mapping[str, object], *, named: bool = False) -> GivenError:
    value = row["error"]
    # Other people's files also have objects there.
    text = value if isinstance(value, str) or not named else json.dumps(value, ensure_ascii=False)
    if not isinstance(text, str):
        raise RowError("error must be a string")
    return GivenError("reported", one_line(text)[:MAX_MESSAGE] or "error")


def _reply(row: Mapping[str, object], text: str) -> Reply:
    reasoning = row.get("reasoning")
    return Reply(
        text=text,
        finish_reason=_finish_reason(row),
        input_tokens=count(row, "input_tokens"),
        output_tokens=count(row, "output_tokens"),
        reasoning=reasoning if isinstance(reasoning, str) else None,
    )


def _finish_reason(row: Mapping[str, object]) -> str | None:
    """The line's own reason, or ``length`` where as many tokens came out as its limit allows."""
    reason = text_at(row, "finish_reason")
    limit, tokens = count(row, "max_tokens"), count(row, "output_tokens")
    reached = limit is not None and limit > 0 and tokens is not None and tokens >= limit
    return "length" if reached else reason


def _repeat(row: Mapping[str, object]) -> int | None:
    repeat = row.get("repeat")
    if repeat is None:
        return None
    if not is_whole(repeat) or not 0 <= repeat <= MAX_REPEAT:
        raise RowError(f"repeat must be a whole number from 0 to {MAX_REPEAT}")
    return repeat


def _sent(row: Mapping[str, object]) -> Size | None:
    if row.get("sent_width") is None and row.get("sent_height") is None:
        return None
    return Size(_side(row, "sent_width"), _side(row, "sent_height"))


def _side(row: Mapping[str, object], key: str) -> int:
    value = row.get(key)
    if not is_whole(value) or not 1 <= value <= MAX_COUNT:
        raise RowError(f"{key} must be a whole number of pixels; give both sides or neither")
    return value


def point_of(value: object) -> Point | None:
    """A point given as [x, y], None if it is null; RowError for anything else."""
    if value is None:
        return None
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 2 or not all(map(is_number, numbers)):
        raise RowError("point must be [x, y] in pixels of the screenshot, or null for declined")
    try:
        return Point(float(numbers[0]), float(numbers[1]))
    except OverflowError:
        return Point(math.inf, math.inf)


def amount(row: Mapping[str, object], key: str, most: float) -> float | None:
    """A number of a row from 0 to below ``most``, None if it is missing; RowError otherwise."""
    value = row.get(key)
    if value is None:
        return None
    if not is_number(value) or not 0 <= value < most:
        raise RowError(f"{key} must be a number of at least 0 and below {most:g}")
    return float(value)


def count(row: Mapping[str, object], key: str) -> int | None:
    """A whole number of a row, at least 0, None if it is missing; RowError otherwise."""
    value = row.get(key)
    if value is None:
        return None
    if not is_whole(value) or not 0 <= value <= MAX_COUNT:
        raise RowError(f"{key} must be a whole number of at least 0 and at most 2^53")
    return value


def is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


LINES = ReplyFormat(
    name="lines",
    description=(
        "one object a line, or a JSON list of them: target, and text, point or error; other fields "
        "by --id-key and --text-key"
    ),
    read=read,
    keys=frozenset({"id", "text"}),
)
