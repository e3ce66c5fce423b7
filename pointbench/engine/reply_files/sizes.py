"""Sizes of pictures that a file of replies does not state: what the profile's own sizing makes.

A model that answers in pixels saw the picture that its server made of the screenshot. ``run`` sends
that size itself; for replies obtained elsewhere it is assumed, unless a row or the user states it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from pointbench.errors import UsageError
from pointbench.geometry import Size
from pointbench.profiles import Profile
from pointbench.profiles.sizing import PIXEL_LIMITS, sent_size, with_pixel_limit
from pointbench.trials import SentRecord

CHOICES = "profile, screenshot, WIDTHxHEIGHT or max-pixels=N"

_WHOLE = re.compile(r"([1-9][0-9]{0,5})\s*[xX\u00d7]\s*([1-9][0-9]{0,5})")
_LIMIT = re.compile(r"max[-_]pixels=([1-9][0-9]{0,11})")


@dataclass(frozen=True)
class UnstatedSize:
    """The size that answers without one are read at; ``words`` for people."""

    words: str
    of: Callable[[Size], SentRecord | None]
    """The screenshot's size -> what a record stores; ValueError if the server would refuse it."""
    assumed: bool
    """True if nobody stated it: it follows from the profile, and ``rescore`` derives it again."""


def unstated_size(profile: Profile, choice: str = "profile") -> UnstatedSize:
    """The size for answers without one, by the choice that a user typed; UsageError for a wrong one."""
    if profile.blind:
        if choice != "profile":
            raise UsageError(
                f"--sent-size {choice:.40}: profile {profile.name} sends no picture; leave it out"
            )
        return UnstatedSize("no picture", lambda _size: None, assumed=False)
    if choice == "profile":
        return assumed_size(profile)
    if choice == "screenshot":
        return UnstatedSize("the screenshot's own size", _record, assumed=False)
    whole, limit = _WHOLE.fullmatch(choice), _LIMIT.fullmatch(choice)
    if whole is not None:
        size = Size(int(whole[1]), int(whole[2]))
        return UnstatedSize(f"{size.width}x{size.height}", lambda _size: _record(size), False)
    if limit is not None:
        return _limited(profile, int(limit[1]))
    raise UsageError(f"--sent-size {choice!r:.60} is none of {CHOICES}")


def assumed_size(profile: Profile) -> UnstatedSize:
    """The size that a profile's own sizing makes of each screenshot."""

    @cache
    def record(size: Size) -> SentRecord:
        sent = sent_size(profile.sizing, size)
        return SentRecord(width=sent.width, height=sent.height, rule=profile.sizing)

    if profile.sizing == "as-is":
        words = f"the screenshot's own size, as profile {profile.name} sends it"
    else:
        words = f"the size that profile {profile.name} sends (sizing {profile.sizing})"
    return UnstatedSize(words, record, assumed=True)


def _limited(profile: Profile, max_pixels: int) -> UnstatedSize:
    if profile.sizing not in PIXEL_LIMITS:
        raise UsageError(
            f"--sent-size max-pixels: the sizing {profile.sizing} of profile {profile.name} has no "
            f"such limit (only {', '.join(PIXEL_LIMITS)} do); state the size as WIDTHxHEIGHT"
        )
    return UnstatedSize(
        f"the size that sizing {profile.sizing} makes with max_pixels={max_pixels}",
        lambda size: _record(with_pixel_limit(profile.sizing, size, max_pixels)),
        assumed=False,
    )


def _record(size: Size) -> SentRecord:
    return SentRecord(width=size.width, height=size.height)
