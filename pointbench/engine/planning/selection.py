"""Selects the targets of a run: ``--where`` and ``--limit``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pointbench.engine.planning.seeds import digest_of
from pointbench.errors import UsageError
from pointbench.suites import AskedTarget

_FREE = ("environment", "source", "extra", "screenshot_extra")
_GEOMETRY = ("box", "polygon", "regions", "icon_box")
FIELDS = tuple(name for name in AskedTarget.model_fields if name not in _GEOMETRY)
"""Fields for ``--where``; ``environment``, ``source``, ``verified`` and ``extra`` need a dotted part."""


@dataclass(frozen=True)
class Condition:
    """``FIELD=VALUE`` or ``FIELD!=VALUE``; ``*`` in VALUE matches any text."""

    path: tuple[str, ...]
    pieces: tuple[str, ...]
    """VALUE, split at each ``*``."""
    equal: bool

    def holds(self, target: AskedTarget) -> bool:
        value: object = target
        for part in self.path:
            value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
        values = value if isinstance(value, list | tuple) else [value]
        matches = any(_matches(_text(item), self.pieces) for item in values)
        return matches is self.equal


def _matches(text: str, pieces: Sequence[str]) -> bool:
    """Whether the text is the pieces with any texts between them; in linear time, unlike a pattern."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return text == first
    start, end = len(first), len(text) - len(last)
    if start > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for piece in pieces[1:-1]:
        found = text.find(piece, start, end)
        if found < 0:
            return False
        start = found + len(piece)
    return True


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def parse_condition(text: str) -> Condition:
    """One ``--where``; UsageError, naming the fields, when it is invalid."""
    match = re.fullmatch(r"([A-Za-z_][\w.-]*?)(!?=)(.*)", text, re.DOTALL)
    if match is None:
        raise UsageError(f"--where {text!r}: write FIELD=VALUE or FIELD!=VALUE, such as kind=icon")
    if any("\ud800" <= character <= "\udfff" for character in text):
        # The run would store it, and no file can hold it.
        raise UsageError(f"--where {text!r}: not valid UTF-8; type it again")
    field, sign, value = match.groups()
    path = tuple(field.split("."))
    nested = path[0] in _FREE or path[0] == "verified"
    if path[0] not in FIELDS or nested != (len(path) > 1):
        known = [f"{name}.PART" if name in (*_FREE, "verified") else name for name in FIELDS]
        raise UsageError(f"--where {text!r}: no field {field!r}; there are: {', '.join(known)}")
    return Condition(path, tuple(value.split("*")), sign == "=")


def select_targets(
    targets: Iterable[AskedTarget], where: Sequence[str], limit: int | None, seed: int
) -> list[AskedTarget]:
    """The targets that meet every condition, at most ``limit`` per suite, chosen by the seed.

    Sorted by suite and id. UsageError when no target is left.
    """
    conditions = [parse_condition(text) for text in where]
    by_suite: dict[str, list[AskedTarget]] = {}
    for target in targets:
        if all(condition.holds(target) for condition in conditions):
            by_suite.setdefault(target.suite, []).append(target)
    if not by_suite:
        raise UsageError(f"no target is left after --where {' --where '.join(where)}")
    chosen: list[AskedTarget] = []
    for suite in sorted(by_suite):
        shuffled = sorted(by_suite[suite], key=lambda target: digest_of(seed, "limit", target.id))
        chosen += sorted(shuffled[:limit], key=lambda target: target.id)
    return chosen
