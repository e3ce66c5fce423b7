"""The plan: which trials a run asks, and in which order. A pure function of the run's own files."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from pointbench.engine.planning import seeds
from pointbench.geometry import Shift, Size
from pointbench.profiles import Profile
from pointbench.profiles.sizing import sent_size
from pointbench.runs import Shard
from pointbench.suites import AskedTarget
from pointbench.trials import SessionRecord, ShiftRecord, Trial, Variant, trial_key

SMALLER = (0.8, 1.0)
"""Scales of an even repeat's shift: the whole screenshot, smaller, moved on its canvas."""
LARGER = (1.0, 1.25)
"""Scales of an odd repeat's shift: an enlarged crop of the screenshot that contains the target."""


@dataclass(frozen=True)
class Slot:
    """One position in the plan; the same for all models."""

    target: AskedTarget
    repeat: int
    variant: Variant
    order: int
    session: SessionRecord | None = None
    """Session and click of ``streak``; None in a planned run."""


def slots(
    targets: Sequence[AskedTarget],
    repeats: int,
    variants: Sequence[str],
    seed: int,
    done: Container[int] = (),
    shard: Shard | None = None,
) -> Iterator[Slot]:
    """The plan of every model: repeat 0 of every target in seeded order, then repeat 1 in another.

    Variants follow one another: as-is, jittered, reworded, each with all repeats; targets without
    rewordings have no reworded trials. Positions (`Slot.order`) in ``done`` are skipped. A shard has
    every ``shard.of``-th position, and so its share of every repeat and of nearly every screenshot.
    """
    order = 0
    variant: Variant
    for variant in ("as-is", "jittered", "reworded"):
        if variant not in variants:
            continue
        able = [target for target in targets if variant != "reworded" or target.rewordings]
        for repeat in range(repeats):
            if all(position in done for position in range(order, order + len(able))):
                order += len(able)  # shuffling would take longer than all the rest
                continue
            shuffled = sorted(
                able,
                key=lambda target: seeds.digest_of(seed, "order", repeat, target.suite, target.id),
            )
            for target in shuffled:
                if order not in done and (shard is None or order % shard.of == shard.index - 1):
                    yield Slot(target, repeat, variant, order)
                order += 1


def count(
    targets: Sequence[AskedTarget],
    repeats: int,
    variants: Sequence[str],
    shard: Shard | None = None,
) -> int:
    """The number of trials that `slots` yields, without generating them."""
    reworded = sum(1 for target in targets if target.rewordings)
    trials = {"as-is": len(targets), "jittered": len(targets), "reworded": reworded}
    whole = repeats * sum(trials[variant] for variant in set(variants))
    return whole if shard is None else len(range(shard.index - 1, whole, shard.of))


def targets_of(
    targets: Sequence[AskedTarget],
    repeats: int,
    variants: Sequence[str],
    seed: int,
    shard: Shard | None,
) -> list[AskedTarget]:
    """The targets that a shard asks, in their order; all of them without a shard."""
    if shard is None:
        return list(targets)
    asked = {
        (slot.target.suite, slot.target.id)
        for slot in slots(targets, repeats, variants, seed, shard=shard)
    }
    return [target for target in targets if (target.suite, target.id) in asked]


def jitter(seed: int, target: AskedTarget, repeat: int) -> Shift:
    """The shift of a target's screenshot in repeat ``repeat``, the same for all models.

    Even repeats show the whole screenshot smaller, with one shift for all its targets; odd ones show
    an enlarged crop that contains the target's whole region (any crop when the target is absent).
    """
    crop = repeat % 2 == 1
    what = (target.suite, target.id) if crop else (target.screenshot,)
    low, high = LARGER if crop else SMALLER
    bounds = target.region.bounds if crop and target.region else None
    if bounds is not None:
        # A region nearly as wide as the screen cannot be enlarged much.
        wide, tall = bounds.right - bounds.left, bounds.bottom - bounds.top
        high = min(high, target.width / wide, target.height / tall)
    scale = _floored(low + (high - low) * seeds.share(seed, "scale", *what, repeat))
    across = None if bounds is None else (bounds.left, bounds.right)
    down = None if bounds is None else (bounds.top, bounds.bottom)
    return Shift(
        scale,
        _offset(seeds.share(seed, "dx", *what, repeat), scale, target.width, across),
        _offset(seeds.share(seed, "dy", *what, repeat), scale, target.height, down),
    )


def _offset(share: float, scale: float, side: int, visible: tuple[float, float] | None) -> float:
    """An offset at which an enlarged picture leaves no gap and a smaller one is not cut off.

    ``visible`` is a span of the screenshot, in pixels, that has to stay visible.
    """
    low, high = sorted((0.0, side * (1 - scale)))
    if visible is not None:
        low, high = max(low, -scale * visible[0]), min(high, side - scale * visible[1])
    # Three decimals are enough, and easy to read in the journal.
    return _floored(low + (high - low) * share)


def _floored(value: float) -> float:
    return math.floor(value * 1000) / 1000


def trial_of(
    slot: Slot,
    *,
    model: str,
    profile: Profile,
    sampling: dict[str, object],
    seed: int,
    screenshot_sha256: str | None,
    shift_in_key: bool = True,
) -> Trial:
    """The trial of a slot for one model, with the prompt as sent and the key.

    ``shift_in_key`` is False in a run begun by 0.1.0, whose keys leave out how a picture was shifted.
    """
    target = slot.target
    instruction = target.instruction
    if slot.variant == "reworded":
        instruction = target.rewordings[slot.repeat % len(target.rewordings)]
    shift = None
    if slot.variant == "jittered" and not profile.blind:
        jittered = jitter(seed, target, slot.repeat)
        shift = ShiftRecord(scale=jittered.scale, dx=jittered.dx, dy=jittered.dy)
    stated = stated_size(profile, target.size)
    prompt = profile.render(instruction, stated.width, stated.height)
    key = trial_key(
        model=model,
        profile=profile.name,
        prompt=prompt if profile.system is None else f"{profile.system}\n\n{prompt}",
        sampling=sampling,
        suite=target.suite,
        target=target.id,
        screenshot_sha256=screenshot_sha256,
        variant=slot.variant,
        repeat=slot.repeat,
        session=slot.session,
        shift=shift if shift_in_key else None,
    )
    # Each click of a session is a new trial, so its seed is also derived from its place.
    place = () if slot.session is None else (slot.session.number, slot.session.click)
    return Trial(
        key=key,
        model=model,
        suite=target.suite,
        target=target.id,
        screenshot=target.screenshot,
        repeat=slot.repeat,
        variant=slot.variant,
        order=slot.order,
        session=slot.session,
        instruction=instruction,
        shift=shift,
        prompt=prompt,
        seed=seeds.integer(
            seed, "trial", target.suite, target.id, slot.variant, slot.repeat, *place
        ),
    )


def stated_size(profile: Profile, screenshot: Size) -> Size:
    """The size that the prompt states, in pixels: of the picture as sent, or of the unseen screen."""
    return screenshot if profile.blind else sent_size(profile.sizing, screenshot)
