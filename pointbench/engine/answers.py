"""The one door for replies: from the wire, from ``score``'s lines and from an old journal."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from pointbench.adapters.protocol import Picture, Reply
from pointbench.engine.planning.plan import told_size
from pointbench.geometry import Frame, Point, Shift, Size
from pointbench.profiles import Profile
from pointbench.replies import Parsed, parse
from pointbench.scoring import Verdict, judge, judge_point
from pointbench.suites import AskedTarget
from pointbench.trials import (
    ErrorRecord,
    FrameRecord,
    ParsedRecord,
    Record,
    ReplyRecord,
    SentRecord,
    ShiftRecord,
    Trial,
)

_LARGEST_EXACT = 2**53


@dataclass(frozen=True)
class ReplyReader:
    """How the replies of one model are read; the half of a profile that ``rescore`` may change."""

    frame: Frame
    format: str
    several: str

    @classmethod
    def of(cls, profile: Profile) -> ReplyReader:
        return cls(profile.frame, profile.format, profile.several)

    @cached_property
    def frame_record(self) -> FrameRecord:
        return FrameRecord(unit=self.frame.unit, order=self.frame.order)

    def fields(
        self,
        text: str,
        finish_reason: str | None,
        target: AskedTarget,
        *,
        prompt: str,
        sent: Size | None,
        shift: ShiftRecord | None,
    ) -> dict[str, Any]:
        """The fields of a record that follow from a reply; ``sent`` None means the screenshot."""
        parsed = parse(
            text,
            self.format,
            self.frame.order,
            prompt=prompt,
            several=self.several,
            finish_reason=finish_reason,
        )
        screenshot = target.size
        verdict = judge(
            parsed,
            target.region,
            frame=self.frame,
            sent=sent or screenshot,
            screenshot=screenshot,
            shift=None if shift is None else Shift(shift.scale, shift.dx, shift.dy),
        )
        fields = _fields_of(verdict)
        fields["parsed"] = _parsed_record(parsed)
        fields["frame"] = self.frame_record
        return fields


def prompts_of(profile: Profile) -> Callable[[str, int, int], str]:
    """The prompt for an instruction and a screenshot's width and height in pixels.

    What was rendered is remembered: a target comes back with every repeat.
    """

    @lru_cache(maxsize=4096)
    def prompt(instruction: str, width: int, height: int) -> str:
        told = told_size(profile, Size(width, height))
        return profile.render(instruction, told.width, told.height)

    return prompt


def point_fields(point: Point | None, target: AskedTarget) -> dict[str, Any]:
    """The same fields for a point that is already in pixels of the screenshot; None is declined."""
    verdict = judge_point(point, target.region, target.size)
    raw = None if point is None else ParsedRecord(format="point", raw=tuple(point), count=1)
    return {
        **_fields_of(verdict),
        "parsed": raw,
        "frame": FrameRecord(unit="pixel", order="xy"),
    }


def error_fields(type_name: str, message: str) -> dict[str, Any]:
    """The fields of a trial that never became an answer: no point, not correct and not wrong."""
    return {
        "outcome": "error",
        "correct": None,
        "point": None,
        "distance": None,
        "parsed": None,
        "error": ErrorRecord(type=type_name, message=message),
    }


def _fields_of(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome,
        "correct": verdict.correct,
        "point": None if verdict.point is None else (verdict.point.x, verdict.point.y),
        "distance": verdict.distance,
        "error": None,
    }


def _parsed_record(parsed: Parsed) -> ParsedRecord | None:
    if parsed.point_in_frame is None:
        return None
    raw = tuple(map(_storable, parsed.raw))
    return ParsedRecord(format=parsed.format, raw=raw, count=parsed.count, flags=parsed.flags)


def _storable(number: float) -> int | float:
    # JSON readers agree on integers up to 2**53 only.
    return float(number) if abs(number) > _LARGEST_EXACT and math.isfinite(number) else number


def trial_fields(trial: Trial) -> dict[str, Any]:
    """The fields of a record that are fixed before anything is asked."""
    return {
        "key": trial.key,
        "model": trial.model,
        "suite": trial.suite,
        "target": trial.target,
        "screenshot": trial.screenshot,
        "repeat": trial.repeat,
        "variant": trial.variant,
        "order": trial.order,
        "session": trial.session,
        "instruction": trial.instruction,
        "shift": trial.shift,
    }


def sent_record(picture: Picture | None) -> SentRecord | None:
    if picture is None:
        return None
    return SentRecord(
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
        bytes=len(picture.data),
        sha256=picture.sha256,
    )


def checked_reply(reply: Any) -> Reply:
    """What an adapter returned, as a Reply that can be stored; TypeError when it has no text.

    Facts beside the text that are not what they should be are taken as not known: they decide no
    outcome, and the answer is paid for.
    """
    if not isinstance(reply, Reply):
        raise TypeError(f"the adapter returned {type(reply).__name__}, not a Reply")
    if not isinstance(reply.text, str):
        raise TypeError(f"the adapter's Reply has {type(reply.text).__name__} as text, not str")
    return replace(
        reply,
        text=storable_text(reply.text),
        finish_reason=_text_or_none(reply.finish_reason),
        model=_text_or_none(reply.model),
        input_tokens=_count_or_none(reply.input_tokens),
        output_tokens=_count_or_none(reply.output_tokens),
        request_id=_text_or_none(reply.request_id),
        cost_usd=_amount_or_none(reply.cost_usd),
        latency_s=_amount_or_none(reply.latency_s),
    )


def _text_or_none(value: Any) -> str | None:
    return storable_text(value) if isinstance(value, str) else None


def _amount_or_none(value: Any) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and 0 <= value < math.inf else None


def _count_or_none(value: Any) -> int | None:
    amount = _amount_or_none(value)
    whole = amount is not None and amount.is_integer() and amount <= _LARGEST_EXACT
    return int(amount) if amount is not None and whole else None


def reply_record(reply: Reply) -> ReplyRecord:
    return ReplyRecord(
        text=reply.text,
        finish_reason=reply.finish_reason,
        model=reply.model,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        request_id=reply.request_id,
    )


def storable_text(text: str) -> str:
    """The text with lone surrogates, which no file can hold, as replacement characters."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def reread(
    record: Record,
    target: AskedTarget,
    reading: ReplyReader,
    *,
    prompt: str,
) -> Record:
    """A stored record parsed and scored again; errors and bare points stay what they are."""
    if record.reply is None:
        if record.error is not None or record.parsed is None:
            return record
        point = Point(*record.parsed.raw)
        return msgspec.structs.replace(record, **point_fields(point, target))
    sent = None if record.sent is None else Size(record.sent.width, record.sent.height)
    fields = reading.fields(
        record.reply.text,
        record.reply.finish_reason,
        target,
        prompt=prompt,
        sent=sent,
        shift=record.shift,
    )
    return msgspec.structs.replace(record, **fields)
