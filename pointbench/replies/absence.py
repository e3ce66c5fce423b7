"""Whether a JSON object says in a field of its own that the thing is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from pointbench.replies.refusals import declines

Field = Literal["there", "not there", "status", "error", "words"]

_THERE = (
    "found exists exist existing visible present available located locatable detected shown "
    "displayed identified matched match recognized feasible possible success succeeded successful "
    "in_image on_image in_screenshot on_screenshot in_screen on_screen onscreen in_picture in_frame "
    "in_view in_viewport on_page has there seen appears appear find see locate contains matches"
)
_NOT_THERE = (
    "absent missing notfound not_found not_exist not_exists not_existing not_existent nonexistent "
    "non_existent not_present not_visible not_available not_located not_detected not_shown "
    "not_displayed not_identified not_feasible not_possible not_matched does_not_exist "
    "doesnt_exist invisible unavailable undetected infeasible impossible no_match no_such "
    "none_found nothing_found cannot_find cannot_locate cant_find off_screen offscreen "
    "out_of_view out_of_frame no_results none nothing unseen"
)
_FAILED = "failure failed fail error errored unsuccessful not_successful not_success"
_STATUS = "status result state outcome response answer output verdict presence visibility existence"
_ERROR = (
    "error errors error_message err exception failure_reason error_reason error_type error_code"
)
_WORDS = (
    "reason explanation message label note notes description comment comments thought thoughts "
    "rationale reasoning analysis detail details info text msg justification remark name summary"
)
_FIELDS: dict[str, Field] = {
    **dict.fromkeys(_WORDS.split(), "words"),
    **dict.fromkeys(_STATUS.split(), "status"),
    **dict.fromkeys(_ERROR.split(), "error"),
    **dict.fromkeys(_NOT_THERE.split(), "not there"),
    **dict.fromkeys(_THERE.split(), "there"),
}
_ABSENT = frozenset((*_NOT_THERE.split(), *_FAILED.split())) - {"none", "nothing"}
_THINGS = (
    "is are was be been it its the a an any target element object icon item button thing control "
    "widget component ui entity instruction currently actually can could do does did"
)
_NAMES_OF_THINGS = frozenset(_THINGS.split())
_YES = frozenset(("true", "yes", "y", "1"))
_NO = frozenset(("false", "no", "n", "0"))
_NO_ERROR = frozenset(("", "none", "null", "n/a", "na", "no", "false", "0", "ok", "no error"))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_DENIAL = re.compile(
    # Too broad for prose, but beside a stand-in point it can only mean one thing.
    r"\bnot (?:\w+ ){0,3}?(?:on|in|there|here|part of|shown|listed|appear\w*|match\w*)\b"
    r"|\bno (?:\w+ ){1,4}?(?:on|in|here|there|at|with|that|was|were|is|are|exists?)\b"
    r"|\b(?:missing|absent|nonexistent|unavailable|nowhere|unable|impossible)\b",
    re.IGNORECASE,
)
_LONGEST = 48


# "visible_in_screenshot" says no more than "visible"; "in_screenshot" and "not_in_screenshot" stay.
_PLACE = re.compile(
    r"(?<=[a-z])(?<!^not)(?<!^no)_(?:in|on|within)_"
    r"(?:image|screenshot|screen|picture|frame|view|viewport|page|window)$"
)


@lru_cache(maxsize=4096)
def _phrase(name: str) -> str:
    """A name's words in lower case, joined by ``_``, without those that only name the thing:
    ``isTargetNotFound`` and ``element not found`` become ``not_found``."""
    words = [word.lower() for word in _WORD.findall(name.replace("n't", " not"))]
    return _PLACE.sub("", "_".join(word for word in words if word not in _NAMES_OF_THINGS))


@lru_cache(maxsize=4096)
def field_of(key: str) -> Field | None:
    """What a key of an object is about, if its value may say that the thing is not there."""
    if len(key) > _LONGEST:
        return None
    phrase = _phrase(key)
    field = _FIELDS.get(key) or _FIELDS.get(phrase) or _FIELDS.get(key.strip().lower())
    if field is None and _denies(phrase) and key.strip().lower() != "no":
        return "not there"
    return field


def _denies(phrase: str) -> bool:
    """True for the words of ``not_in_image`` and ``no_target``."""
    return phrase == "no" or (phrase[:4] == "not_" and _FIELDS.get(phrase[4:]) == "there")


def says_absent(fields: Iterable[tuple[Field, object]], numbers: Sequence[float]) -> bool:
    """True if a flag, a status or an error among an object's fields says that the thing is not there.

    A reason in words counts only if all ``numbers`` beside it are a stand-in: zero, or negative.
    """
    stand_in = bool(numbers) and all(number <= 0 for number in numbers)
    for field, value in fields:
        if field == "error":
            said = _is_error(value, stand_in)
        elif field == "status":
            said = _is_absent_status(value, stand_in)
        elif field == "words":
            said = stand_in and isinstance(value, str) and _explains_absence(value)
        else:
            said = _truth(value) is (field == "not there")
        if said:
            return True
    return False


def _truth(value: object) -> bool | None:
    """The truth of a flag, or None if it holds something else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in (0, 1) else None
    if not isinstance(value, str):
        return None
    word = value.strip().lower()
    if word in _YES:
        return True
    return False if word in _NO or _means_absent(value) else None


def _is_absent_status(value: object, stand_in: bool) -> bool:
    if isinstance(value, dict):
        return any(
            isinstance(key, str)
            and (field := field_of(key)) in ("there", "not there")
            and _truth(part) is (field == "not there")
            for key, part in value.items()
        )
    if not isinstance(value, str):
        return value is False and stand_in
    return _means_absent(value) or (stand_in and value.strip().lower() in ("none", "null", "n/a"))


def _is_error(value: object, stand_in: bool) -> bool:
    """True if an error says so in words; beside a stand-in, any error does."""
    if isinstance(value, dict):
        return any(_is_error(part, stand_in) for part in list(value.values())[:8])
    if isinstance(value, list):
        return any(_is_error(part, stand_in) for part in value[:8])
    if value is True:
        return stand_in
    if not isinstance(value, str) or value.strip().lower() in _NO_ERROR:
        return False
    return stand_in or _means_absent(value)


def _explains_absence(value: str) -> bool:
    return _means_absent(value) or _DENIAL.search(value[:400]) is not None


def _means_absent(value: str) -> bool:
    if len(value) <= _LONGEST:
        phrase = _phrase(value)
        if phrase in _ABSENT or (phrase != "no" and _denies(phrase)):
            return True
    # A single word such as "No" may be the name of a button.
    return (" " in value.strip() or not value.isascii()) and declines(value)
