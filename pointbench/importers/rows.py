"""Reads rows of annotation files: JSON, JSON Lines, CSV and parquet, all as dictionaries."""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pointbench.errors import UsageError, one_line
from pointbench.extras import install_command, require_extra
from pointbench.importers.drafts import Finding
from pointbench.importers.sources import Source

PARQUET_BATCH = 16
"""Rows in memory at once; a row may carry a whole screenshot."""


@dataclass(frozen=True)
class SourceRow:
    """One row: its values, its place for messages, and an id made from the file name and a number.

    ``textual`` is true for CSV, in which every value is text and numbers must be parsed.
    """

    values: Mapping[str, object]
    place: str
    id: str
    folder: str
    textual: bool = False

    def number(self, key: str) -> object:
        """The value as annotated; for CSV, the number or list parsed from its text."""
        value = self.values.get(key)
        if not self.textual or not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value


def read_rows(source: Source, within: str | None = None) -> Iterator[SourceRow | Finding]:
    """Every row of every annotation file, in order; rows that are not objects become findings.

    ``within`` is the key of the list in a JSON object.
    """
    for name in source.annotations:
        stem, folder = source.stem(name), PurePosixPath(name).parent.as_posix()
        for number, (label, value) in enumerate(_values(source, name, within)):
            place = f"{name}: {label}"
            if isinstance(value, Finding):
                yield value
            elif isinstance(value, dict):
                textual = name.lower().endswith((".csv", ".csv.gz"))
                yield SourceRow(value, place, f"{stem}_{number}", folder, textual)
            else:
                yield Finding(place, None, "not-an-object", f"{value!r:.40} is not an object")


def read_json(source: Source, name: str) -> object:
    """The value of a JSON file; UsageError if it is not JSON."""
    try:
        return _decoded(source.read(name).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not usable JSON: {_line(error)}") from error


def _values(source: Source, name: str, within: str | None) -> Iterator[tuple[str, object]]:
    bare = name.lower().removesuffix(".gz")
    if bare.endswith(".parquet"):
        yield from _parquet(source, name)
    elif bare.endswith(".csv"):
        yield from _csv(source, name)
    elif bare.endswith(".jsonl"):
        yield from _json_lines(_text(source, name), name)
    else:
        yield from _json(_text(source, name), name, within)


def _text(source: Source, name: str) -> str:
    try:
        return source.read(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text (byte {error.start})") from error


def _json(text: str, name: str, within: str | None) -> Iterator[tuple[str, object]]:
    try:
        value = _decoded(text)
    except (ValueError, RecursionError) as error:
        # Some logs named .json are JSON Lines, whose first line by itself is an object.
        first, _, rest = text.lstrip().partition("\n")
        if rest.strip() and _is_object(first):
            yield from _json_lines(text, name)
            return
        raise UsageError(f"{name} is not usable JSON: {_line(error)}") from error
    if within is not None and isinstance(value, dict):
        value = value.get(within)
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        where = f"a list under {within!r}" if within else "a list of rows"
        raise UsageError(f"{name} does not hold {where}")
    yield from ((f"row {number}", item) for number, item in enumerate(value))


def _json_lines(text: str, name: str) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        label = f"line {number}"
        try:
            value = _decoded(line)
        except (ValueError, RecursionError) as error:
            value = Finding(f"{name}: {label}", None, "not-json", f"not JSON: {error}")
        yield label, value


def _decoded(text: str) -> object:
    """The JSON value of a text, with U+FFFD in place of lone surrogates, which no file can hold."""
    value: object = json.loads(text)
    if "\\ud" not in text and "\\uD" not in text:
        return value
    written = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return json.loads(written.decode("utf-8", "replace"))


def _line(error: Exception) -> str:
    return one_line(str(error))[:200]


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _csv(source: Source, name: str) -> Iterator[tuple[str, object]]:
    reader = csv.DictReader(io.StringIO(_text(source, name), newline=""))
    try:
        for row in reader:
            label = f"line {reader.line_num}"
            if None in row:
                # A comma without quotes shifts every cell behind it.
                detail = f"{len(row[None])} more cells than the header has"
                yield label, Finding(f"{name}: {label}", None, "surplus-cells", detail)
            else:
                yield label, dict(row)
    except csv.Error as error:
        raise UsageError(f"{name}: line {reader.line_num} is not CSV: {_line(error)}") from error


def _parquet(source: Source, name: str) -> Iterator[tuple[str, object]]:
    require_extra("parquet", name)
    try:
        parquet = importlib.import_module("pyarrow.parquet")
        arrow = importlib.import_module("pyarrow")
    except ImportError as error:
        again = install_command("parquet")
        raise UsageError(f"{name} needs pyarrow, which is broken here: {again}") from error
    number = 0
    try:
        with source.seekable(name) as stream:
            for batch in parquet.ParquetFile(stream).iter_batches(batch_size=PARQUET_BATCH):
                for value in batch.to_pylist():
                    yield f"row {number}", value
                    number += 1
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise UsageError(f"{name} is not parquet that can be read: {_line(error)}") from error
