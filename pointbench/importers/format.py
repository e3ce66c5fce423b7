"""A public format: its origin, the names of its files, and its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pointbench.importers.drafts import Draft, Finding
from pointbench.importers.sources import Source

Drafts = Iterator[Draft | Finding]


@dataclass(frozen=True)
class Origin:
    """The authors of a public set, for its suite.toml. ``license`` is that of the data."""

    title: str
    license: str
    authors: tuple[str, ...]
    homepage: str | None = None
    citation: str | None = None


@dataclass(frozen=True)
class ImportFormat:
    """A public format and how to read it."""

    name: str
    convention: str
    """Unit, order of the numbers, polygons, and notation for absent targets, in one line."""
    origin: Origin
    read: Callable[[Source], Drafts]
    files: tuple[str, ...] = ("*.json", "*.jsonl", "*.csv", "*.parquet")
    """Patterns of the annotation files to read if the source is a folder or an archive; a single
    file is read regardless of its name."""
    origin_of: Callable[[Source], Origin] | None = None
    """The origin of one source, for a format in which several sets are published."""
    points: bool = False
    """True if it may hold points, which are regions only with a margin that the user states."""
