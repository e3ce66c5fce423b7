"""Compares the targets of a recaptured suite with the committed ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

WITHIN = 2
"""Pixels by which each number of a region may differ and still count as the same place."""


@dataclass(frozen=True)
class TargetShape:
    """One part of a target's region: ``kind`` is "box" or "polygon", ``numbers`` are in pixels.

    A box is left, top, right, bottom; a polygon is x, y of each corner in turn.
    """

    kind: str
    numbers: tuple[float, ...]

    def __str__(self) -> str:
        numbers = [f"{number:g}" for number in self.numbers]
        if self.kind == "box":
            return f"[{', '.join(numbers)}]"
        corners = zip(numbers[::2], numbers[1::2], strict=True)
        return "polygon " + ", ".join(f"[{x}, {y}]" for x, y in corners)


@dataclass(frozen=True)
class MovedTarget:
    """A target whose region moved or has another shape. An absent target has no shapes."""

    id: str
    committed: tuple[TargetShape, ...]
    captured: tuple[TargetShape, ...]

    @property
    def by(self) -> float | None:
        """The largest difference between two numbers, in pixels; None if the shapes differ in kind."""
        return _distance(self.committed, self.captured)

    def __str__(self) -> str:
        return f"{self.id}: {_in_words(self.committed)} committed, {_in_words(self.captured)} now"


@dataclass(frozen=True)
class SuiteDifference:
    """Difference between committed and captured targets: the number unchanged, and the others."""

    exact: int
    near: int
    moved: tuple[MovedTarget, ...]
    missing: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def same(self) -> int:
        """Targets whose region agrees within WITHIN pixels (or that are absent in both)."""
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
    committed: Sequence[Mapping[str, object]], captured: Sequence[Mapping[str, object]]
) -> SuiteDifference:
    """Compare two lists of targets, as a targets file holds them, by id.

    Shapes are compared in the order in which a target lists them.
    """
    before = {str(target["id"]): tuple(_shapes(target)) for target in committed}
    after = {str(target["id"]): tuple(_shapes(target)) for target in captured}
    exact = near = 0
    moved = []
    for identity in before.keys() & after.keys():
        pair = MovedTarget(identity, before[identity], after[identity])
        if pair.committed == pair.captured:
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


def _shapes(target: Mapping[str, object]) -> Iterator[TargetShape]:
    """The box or polygon of a target, or of each of its regions."""
    regions = target.get("regions")
    for part in regions if isinstance(regions, Sequence) else (target,):
        if isinstance(box := part.get("box"), Sequence):
            yield TargetShape("box", tuple(box))
        if isinstance(corners := part.get("polygon"), Sequence):
            yield TargetShape("polygon", tuple(number for corner in corners for number in corner))


def _distance(before: Sequence[TargetShape], after: Sequence[TargetShape]) -> float | None:
    if not before or [_form(shape) for shape in before] != [_form(shape) for shape in after]:
        return None
    pairs = zip(before, after, strict=True)
    return max(
        abs(a - b) for one, two in pairs for a, b in zip(one.numbers, two.numbers, strict=True)
    )


def _form(shape: TargetShape) -> tuple[str, int]:
    return shape.kind, len(shape.numbers)


def _in_words(shapes: Sequence[TargetShape]) -> str:
    return " and ".join(map(str, shapes)) or "absent"
