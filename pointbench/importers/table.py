"""Reads sets whose rows are targets, by column names; most public benchmarks are like this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from pointbench.geometry import Size
from pointbench.importers.drafts import (
    Convention,
    Draft,
    DraftRegion,
    Finding,
    kind_of,
    size_of,
    text_of,
    texts_of,
)
from pointbench.importers.format import Drafts
from pointbench.importers.plain import plain
from pointbench.importers.rows import SourceRow, read_rows
from pointbench.importers.sources import Source


@dataclass(frozen=True)
class Presence:
    """A column that says whether the thing is there: its values, in lower case, for yes and no.

    A row without a value is present; any other value is a fault.
    """

    column: str
    present: frozenset[str]
    absent: frozenset[str]


GT_TYPE = Presence("gt_type", frozenset({"positive"}), frozenset({"negative"}))
"""The column of ScreenSpot-Pro's harness, and of the many sets and logs in its shape."""


@dataclass(frozen=True)
class Columns:
    """The names of the columns. If a field lists several, the first one present is used. ``box`` is
    one column with four numbers, or four columns with one number each."""

    picture: tuple[str, ...]
    instruction: tuple[str, ...]
    box: tuple[str, ...] = ("bbox",)
    size: tuple[str, ...] = ()
    id: str | None = None
    kind: str | None = None
    name: str | None = None
    app: str | None = None
    platform: str | None = None
    tags: tuple[str, ...] = ()
    presence: Presence = GT_TYPE
    """The column that tells absent targets from present ones; most sets have none in any row."""
    absent_box: tuple[float, ...] | None = None
    """The stand-in box of an absent target."""


Adjust = Callable[[Draft, SourceRow], Draft | Finding]


def table_reader(
    columns: Columns,
    convention: Convention,
    adjust: Adjust | None = None,
    within: str | None = None,
) -> Callable[[Source], Drafts]:
    """A reader that makes one target per row; ``adjust`` modifies a draft if a set requires it."""

    def read(source: Source) -> Iterator[Draft | Finding]:
        for row in read_rows(source, within):
            draft = row if isinstance(row, Finding) else draft_of(row, columns, convention)
            if adjust is not None and isinstance(row, SourceRow) and isinstance(draft, Draft):
                draft = adjust(draft, row)
            yield draft

    return read


def draft_of(row: SourceRow, columns: Columns, convention: Convention) -> Draft | Finding:
    """The draft of a row, or a finding if the row lacks a required value."""
    values = row.values
    identity = _text(values, columns.id) or row.id
    image = _image(values)
    picture = _first_text(values, columns.picture)
    if picture is None and image is None:
        names = " or ".join(columns.picture)
        return Finding(row.place, identity, "no-picture-name", f"has no {names}")
    box = _box(row, columns.box) if columns.box else None
    absent = _absent(row, columns, box)
    if isinstance(absent, str):
        return Finding(row.place, identity, "unknown-presence", absent)
    regions = (DraftRegion(box, convention),) if columns.box and not absent else ()
    return Draft(
        id=identity,
        place=row.place,
        picture=picture or "",
        instruction=_first(values, columns.instruction),
        regions=regions,
        absent=absent,
        size=_size(row, columns.size),
        image=image,
        folder=row.folder,
        kind=kind_of(values.get(columns.kind)) if columns.kind else None,
        name=_text(values, columns.name),
        app=_text(values, columns.app),
        platform=_text(values, columns.platform),
        tags=texts_of(*(values.get(key) for key in columns.tags)),
        row=plain(values),
    )


def _absent(row: SourceRow, columns: Columns, box: object) -> bool | str:
    """True for an absent target; a sentence if the row says neither."""
    if columns.absent_box is not None and box == list(columns.absent_box):
        return True
    presence = columns.presence
    value = row.values.get(presence.column)
    if value is None:
        return False
    word = value.strip().lower() if isinstance(value, str) else None
    if word in presence.absent:
        return True
    if word in presence.present:
        return False
    known = " or ".join(sorted(presence.present | presence.absent))
    return f"{presence.column} is {value!r:.40}, not {known}"


def merge_same_wording(drafts: Iterator[Draft | Finding]) -> Drafts:
    """Merge drafts of one picture that have the same wording; each of their regions is correct.

    For sets without sentences: if two boxes of a picture have the same label, the label cannot
    identify one of them.
    """
    merged: dict[tuple[str, object], Draft] = {}
    for draft in drafts:
        if isinstance(draft, Finding) or draft.absent or draft.stored is not None:
            yield draft
            continue
        key = (draft.picture, repr(draft.instruction))
        first = merged.get(key)
        merged[key] = (
            draft if first is None else replace(first, regions=first.regions + draft.regions)
        )
    yield from merged.values()


def _image(values: Mapping[str, object]) -> bytes | None:
    """The bytes of a picture inside the row itself, as in parquet exports.

    The path beside them is ignored because exports give many pictures the same path.
    """
    value = values.get("image")
    if isinstance(value, dict):
        value = value.get("bytes")
    return value if isinstance(value, bytes) else None


def _box(row: SourceRow, columns: tuple[str, ...]) -> object:
    if len(columns) == 1:
        return row.number(columns[0])
    return [row.number(column) for column in columns]


def _size(row: SourceRow, columns: tuple[str, ...]) -> Size | None:
    if len(columns) == 2 and columns[0] != columns[1] and _is_number(row.number(columns[0])):
        return size_of([row.number(column) for column in columns])
    for column in columns:
        size = size_of(row.number(column))
        if size is not None:
            return size
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(values: Mapping[str, object], key: str | None) -> str | None:
    return text_of(values.get(key)) if key else None


def _first(values: Mapping[str, object], keys: tuple[str, ...]) -> object:
    return next((values[key] for key in keys if values.get(key) is not None), None)


def _first_text(values: Mapping[str, object], keys: tuple[str, ...]) -> str | None:
    texts = (value for key in keys if isinstance(value := values.get(key), str) and value.strip())
    return next(texts, None)
