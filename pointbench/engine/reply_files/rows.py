"""Rows of a file of replies: one JSON object a line, a JSON list, or a list within a JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pointbench.engine.reply_files.found import RowError
from pointbench.errors import UsageError, one_line

MISSING = object()
"""What `lookup` returns where a row does not have the key."""

_SHOWN_KEYS = 12


@dataclass(frozen=True)
class FileRow:
    """One row: its place in the file, for messages, and its values."""

    place: str
    values: Mapping[str, object]


def read_rows(path: Path, within: str | None = None) -> Iterator[FileRow]:
    """Every row of a file, in order; UsageError, with the place, for one that is not an object.

    ``within`` is the key of the list in a file that is one JSON object.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            whole = _whole(path, next((line for line in lines if line.strip()), ""), within)
        if whole is not None:
            for number, value in enumerate(whole):
                yield _row(path.name, f"row {number}", value)
            return
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _row(path.name, f"line {number}", _decoded(path.name, number, line))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not UTF-8: {error.reason}") from error
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}") from error


def _whole(path: Path, first: str, within: str | None) -> list[object] | None:
    """The rows of a file that is a single JSON value; None if each line is a value of its own."""
    start = first.lstrip()[:1]
    if start not in ("[", "{"):
        return None
    if start == "{":
        row = _json(first)
        if isinstance(row, dict) and (within is None or within not in row):
            return None
    value = _json(path.read_text(encoding="utf-8-sig"))
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    listed = value.get(within) if within else None
    if isinstance(listed, list):
        return listed
    keys = keys_of(value)
    wanted = ["one object a line", "a JSON list of objects"]
    if within:
        wanted.append(f"a list under {within!r}")
    hint = f"; {format_hint(value)}" if within is None and "details" in value else ""
    raise UsageError(
        f"{path.name} is one JSON object, with {keys}; wanted is {' or '.join(wanted)}{hint}"
    )


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _decoded(name: str, number: int, line: str) -> object:
    try:
        return json.loads(line)
    except RecursionError:
        raise UsageError(f"{name} line {number}: not JSON: nested too deeply") from None
    except ValueError as error:
        raise UsageError(one_line(f"{name} line {number}: not JSON: {error}")) from None


def _row(name: str, place: str, value: object) -> FileRow:
    if not isinstance(value, dict):
        raise UsageError(f"{name} {place}: not a JSON object")
    return FileRow(place, value)


def lookup(row: object, key: str) -> object:
    """The value under a key such as ``id``, ``item.id`` or ``choices.0.text``; `MISSING` without one.

    A field whose own name has dots comes first.
    """
    if isinstance(row, dict) and key in row:
        return row[key]
    value = row
    for part in key.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isascii() and part.isdigit() and len(part) < 10:
            index = int(part)
            if index >= len(value):
                return MISSING
            value = value[index]
        else:
            return MISSING
    return value


def keys_of(row: Mapping[str, object]) -> str:
    """The keys of a row in words, for messages: ``the keys a, b and c``."""
    names = [one_line(f"{key:.40}") for key in row]
    if not names:
        return "no key"
    if len(names) > _SHOWN_KEYS:
        names = [*names[:_SHOWN_KEYS], f"{len(names) - _SHOWN_KEYS} more"]
    *first, last = names
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"the key{'s' if first else ''} {listed}"


def format_hint(row: Mapping[str, object]) -> str:
    """The option that reads a row, or a file, with keys that are not score's own."""
    if "custom_id" in row and "response" in row:
        return "--from openai-batch reads the output of a batch"
    if "details" in row or "prompt_to_evaluate" in row:
        return "--from screenspot-pro-results reads a log of that harness"
    return "--id-key K and --text-key K name other fields"


def text_at(row: Mapping[str, object], key: str) -> str | None:
    """A string of a row, None if it is missing or null; RowError for any other value."""
    value = row.get(key)
    if value is None or isinstance(value, str):
        return value
    raise RowError(f"{key} must be a string")
