"""Looks up the purpose of icons and buttons in ``purposes.toml``, by icon or name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from pointbench.capture.elements import Element


@dataclass(frozen=True, slots=True)
class Purpose:
    """One entry of the table.

    ``called`` completes "the ... icon", ``shows`` is the thing pictured in nearly every icon theme,
    ``to`` is a person's goal as an imperative without a period. ``app`` marks programs.
    """

    key: str
    icons: tuple[str, ...]
    names: tuple[str, ...]
    called: str
    shows: str
    to: str
    app: bool

    def words(self) -> Iterator[str]:
        """Every name that a person may use for it."""
        yield from self.names
        if self.called:
            yield self.called
        if self.shows:
            yield self.shows


@cache
def purposes() -> tuple[Purpose, ...]:
    """The whole table, in file order."""
    text = (files("pointbench.capture.wording") / "purposes.toml").read_text(encoding="utf-8")
    return tuple(
        Purpose(
            key=key,
            icons=tuple(row.get("icons", ())) + (() if row.get("app") else (key,)),
            names=tuple(row.get("names", ())),
            called=row.get("called", ""),
            shows=row.get("shows", ""),
            to=row["to"],
            app=row.get("app", False),
        )
        for key, row in tomllib.loads(text).items()
    )


def plain_icon(icon: str) -> str:
    """An icon's name without the prefixes and suffixes that only describe how it is drawn."""
    plain = re.sub(r"(-symbolic|-ltr|-rtl)+$", "", icon)
    return plain if plain in _by_icon() else plain.removeprefix("gtk-")


@cache
def _by_icon() -> dict[str, Purpose]:
    return {icon: purpose for purpose in purposes() for icon in purpose.icons}


@cache
def _by_name() -> dict[str, Purpose]:
    """Purposes, indexed by the names that are unique to one of them."""
    by_name: dict[str, list[Purpose]] = {}
    for purpose in purposes():
        for name in {name.casefold() for name in purpose.names}:
            by_name.setdefault(name, []).append(purpose)
    return {name: namesakes[0] for name, namesakes in by_name.items() if len(namesakes) == 1}


@lru_cache(maxsize=4096)
def purpose_of(element: Element) -> Purpose | None:
    """An element's purpose, looked up by its name if it has one, otherwise by its icon.

    The name takes precedence because programs use one icon for several things.
    """
    by_icon = _by_icon().get(plain_icon(element.icon)) if element.icon else None
    name = element.name.casefold()
    if by_icon is not None and (not name or name in map(str.casefold, by_icon.words())):
        return by_icon
    return _by_name().get(name) if name else None


@lru_cache(maxsize=4096)
def looks_like(element: Element) -> Purpose | None:
    """The purpose that the icon alone suggests, regardless of the element's name."""
    return _by_icon().get(plain_icon(element.icon)) if element.icon else None
