"""How the targets of a suite that was made again differ from the committed ones. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WITHIN = 2
"""Pixels by which each side of a box may differ and still be the same place."""

BoxSides = tuple[float, ...]


@dataclass(frozen=True)
class MovedTarget:
    """A target whose region is elsewhere. Boxes are [left, top, right, bottom] in pixels."""

    id: str
    committed: BoxSides | None
    made: BoxSides | None

    @property
    def by(self) -> float | None:
        """The largest difference of a side in pixels; None where one of them is no box."""
        if self.committed is None or self.made is None:
            return None
        return max(abs(a - b) for a, b in zip(self.committed, self.made, strict=True))

    def __str__(self) -> str:
        return f"{self.id}: {_shown(self.committed)} committed, {_shown(self.made)} made"


@dataclass(frozen=True)
class SuiteDifference:
    """Committed against made targets: how many are equal, and the ids of those that are not."""

    exact: int
    near: int
    moved: tuple[MovedTarget, ...]
    missing: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def same(self) -> int:
        """Targets whose box agrees within WITHIN pixels (or that are absent in both)."""
        return self.exact + self.near

    def __add__(self, other: SuiteDifference) -> SuiteDifference:
        return SuiteDifference(
            self.exact + other.exact,
            self.near + other.near,
            self.moved + other.moved,
            self.missing + other.missing,
            self.new + other.new,
        )

    def __str__(self) -> str:
        return (
            f"{self.same} the same within {WITHIN} px ({self.exact} exactly), "
            f"{len(self.moved)} moved, {len(self.missing)} missing, {len(self.new)} new"
        )


NO_DIFFERENCE = SuiteDifference(0, 0, (), (), ())


def difference(
    committed: Sequence[Mapping[str, Any]], made: Sequence[Mapping[str, Any]]
) -> SuiteDifference:
    """Compare two lists of targets as a targets file holds them, by id."""
    before = {target["id"]: _box(target) for target in committed}
    after = {target["id"]: _box(target) for target in made}
    exact = near = 0
    moved = []
    for identity in before.keys() & after.keys():
        pair = MovedTarget(identity, before[identity], after[identity])
        if pair.committed == pair.made:
            exact += 1
        elif pair.by is not None and pair.by <= WITHIN:
            near += 1
        else:
            moved.append(pair)
    return SuiteDifference(
        exact,
        near,
        tuple(sorted(moved, key=lambda pair: pair.id)),
        tuple(sorted(before.keys() - after.keys())),
        tuple(sorted(after.keys() - before.keys())),
    )


def _box(target: Mapping[str, Any]) -> BoxSides | None:
    """A target's box, or the one around all its regions; None where it is absent."""
    boxes = [part["box"] for part in target.get("regions", ()) if "box" in part]
    boxes += [target["box"]] if "box" in target else []
    if not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _shown(box: BoxSides | None) -> str:
    return "absent" if box is None else f"[{', '.join(f'{side:g}' for side in box)}]"
