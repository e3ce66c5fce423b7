"""Trials (what is asked) and records (the outcome): one line of ``trials.jsonl`` each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Literal

import msgspec

Outcome = Literal["hit", "miss", "declined", "unparsed", "out_of_frame", "error"]
OUTCOMES: tuple[Outcome, ...] = ("hit", "miss", "declined", "unparsed", "out_of_frame", "error")
"""The outcomes, in the order used by every table."""

Variant = Literal["as-is", "jittered", "reworded"]
VARIANTS: tuple[Variant, ...] = ("as-is", "jittered", "reworded")


class ShiftRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``shown = scale x screenshot + (dx, dy)``, in pixels of the screenshot."""

    scale: float
    dx: float
    dy: float


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The place of a click in ``streak``: session ``number``, ``click`` within it, both from 0."""

    number: int
    click: int


class FrameRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    unit: str
    order: str


class ParsedRecord(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A parsed reply: ``raw`` numbers as the model wrote them, ``count`` points in its answer.

    ``flags`` names oddities (`pointbench.replies.Parsed`); omitted when there are none.
    """

    format: str | None
    raw: tuple[int | float, ...]
    count: int
    flags: tuple[str, ...] = ()


class SentRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The picture as sent; for replies obtained elsewhere, only its size may be known."""

    width: int
    height: int
    media_type: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    rule: str | msgspec.UnsetType = msgspec.UNSET
    """The sizing rule that gave a size which nobody stated; left out where the size is known."""


class ReplyRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A reply as it came: ``text`` is what is parsed, ``reasoning`` (from a field of its own) never is.

    ``input_tokens`` are all of them; those read from the server's cache and written to it are counted
    in it. The last three fields are in runs of schema 2 only.
    """

    text: str
    finish_reason: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    request_id: str | None = None
    reasoning: str | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None


class ErrorRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The error in place of an answer: the exception's class and text, with keys redacted."""

    type: str
    message: str


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A finished trial. Unknown values are null.

    ``point`` is in pixels of the screenshot file; ``distance`` is from it to the target's region, in
    the same pixels (0 inside). ``latency_s`` is that of the attempt that answered, without waits.
    """

    key: str
    model: str
    suite: str
    target: str
    screenshot: str
    repeat: int
    variant: Variant
    order: int
    session: SessionRecord | None
    instruction: str
    shift: ShiftRecord | None
    outcome: Outcome
    correct: bool | None
    point: tuple[float, float] | None
    distance: float | None
    parsed: ParsedRecord | None
    frame: FrameRecord | None
    sent: SentRecord | None
    reply: ReplyRecord | None
    latency_s: float | None
    attempts: int
    cost_usd: float | None
    started_at: str | None
    error: ErrorRecord | None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Record).decode


def encode_record(record: Record) -> bytes:
    """One line of ``trials.jsonl``, without its newline; the same bytes for equal records."""
    return _encode(record)


def decode_record(line: bytes | str) -> Record:
    """The inverse of `encode_record`; msgspec.ValidationError or DecodeError on anything else."""
    return _decode(line)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One model asked one target once, as planned.

    ``seed`` is derived from the run's seed for this trial, the same for all models.
    """

    key: str
    model: str
    suite: str
    target: str
    screenshot: str
    repeat: int
    variant: Variant
    order: int
    session: SessionRecord | None
    instruction: str
    shift: ShiftRecord | None
    prompt: str
    seed: int


def trial_key(
    *,
    model: str,
    profile: str,
    prompt: str,
    sampling: Mapping[str, object],
    suite: str,
    target: str,
    screenshot_sha256: str | None,
    variant: str,
    repeat: int,
    session: SessionRecord | None,
    shift: ShiftRecord | None = None,
) -> str:
    """SHA-256, hex, of everything that decides whether two answers are to the same question.

    ``prompt`` is the text as sent, ``profile`` the name of the profile, ``sampling`` the settings
    that change an answer.
    """
    parts: dict[str, object] = {
        "model": model,
        "profile": profile,
        "prompt": prompt,
        "sampling": dict(sampling),
        "suite": suite,
        "target": target,
        "screenshot": screenshot_sha256,
        "variant": variant,
        "repeat": repeat,
        "session": None if session is None else [session.number, session.click],
    }
    if shift is not None:
        # Only where there is one, so that the keys of all other trials stay what they were.
        parts["shift"] = [shift.scale, shift.dx, shift.dy]
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
