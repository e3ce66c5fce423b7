"""Turns a reply into record fields. ``run``, ``score`` and ``rescore`` all go through this module."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple, TypedDict

import msgspec

from pointbench.adapters.protocol import Picture, Reply
from pointbench.engine.planning.plan import stated_size
from pointbench.errors import one_line
from pointbench.geometry import Frame, Point, Shift, Size
from pointbench.profiles import Profile
from pointbench.profiles.seen import SEEN_SMALLER, PictureCheck
from pointbench.replies import Parsed, parse
from pointbench.replies.finish import ending, known_whole
from pointbench.scoring import Verdict, judge, judge_point
from pointbench.suites import AskedTarget
from pointbench.trials import (
    ErrorRecord,
    FrameRecord,
    Outcome,
    ParsedRecord,
    Record,
    ReplyRecord,
    SentRecord,
    ShiftRecord,
    Trial,
)

NOT_TEXT = "not-text"
"""Flag of a reply with bytes or surrogates that are no text: U+FFFD stands in their place."""
REPLACEMENT = "\ufffd"

_LARGEST_EXACT = 2**53
_CUT_OFF = "length"
_ABSOLUTE = re.compile(r"~?[/\\]|[A-Za-z]:[/\\]|file:")


class OutcomeFields(TypedDict):
    """The fields of a record that follow from a reply, a point or an error."""

    outcome: Outcome
    correct: bool | None
    point: tuple[float, float] | None
    distance: float | None
    parsed: ParsedRecord | None
    frame: FrameRecord | None
    error: ErrorRecord | None


class ReadReply(NamedTuple):
    """A parsed reply and the verdict on it."""

    parsed: Parsed
    verdict: Verdict
    frame: FrameRecord

    @property
    def fields(self) -> OutcomeFields:
        return _fields_of(self.verdict, _parsed_record(self.parsed), self.frame)


@dataclass(frozen=True)
class ReplyReader:
    """Parses and judges one model's replies, by the half of its profile that ``rescore`` may change."""

    frame: Frame
    format: str
    multi_point: str
    """Which point counts if an answer has several: ``first`` or ``last`` (`Profile.several`)."""
    nothing: tuple[float, float] | None = None
    """The point that means that there is none (`Profile.nothing`)."""
    opens_reasoning: bool = False
    """True if the prompt opens the reasoning (`Profile.opens_reasoning`)."""
    output_limit: int | None = None
    """Output tokens at which the model's answers are cut off; None if no limit was sent."""
    check: PictureCheck | None = None
    """Notices a picture that the server shrank; None where its tokens do not tell."""

    @classmethod
    def of(cls, profile: Profile, output_limit: int | None = None) -> ReplyReader:
        return cls(
            profile.frame,
            profile.format,
            profile.several,
            nothing=profile.nothing,
            opens_reasoning=bool(profile.opens_reasoning),
            output_limit=output_limit,
            check=PictureCheck.of(profile),
        )

    @cached_property
    def frame_record(self) -> FrameRecord:
        return FrameRecord(unit=self.frame.unit, order=self.frame.order)

    def read(
        self,
        text: str,
        finish_reason: str | None,
        target: AskedTarget,
        *,
        prompt: str,
        sent: Size | None,
        shift: ShiftRecord | None,
        output_tokens: int | None = None,
        input_tokens: int | None = None,
    ) -> ReadReply:
        """Parse and judge a reply that its server did not break off (`broken_off`).

        ``sent`` is the size of the picture as sent, in pixels; None means the screenshot's own size.
        """
        end = ending(text, finish_reason, output_tokens, self.output_limit)
        screenshot = target.size
        parsed = parse(
            text,
            self.format,
            self.frame.order,
            unit=self.frame.unit,
            sent=sent or screenshot,
            nothing=self.nothing,
            opens_reasoning=self.opens_reasoning,
            prompt=prompt,
            multi_point=self.multi_point,
            finish_reason=_CUT_OFF if end == "cut-off" else finish_reason,
            known_whole=known_whole(end, output_tokens, self.output_limit),
        )
        if REPLACEMENT in text:
            parsed = msgspec.structs.replace(parsed, flags=(*parsed.flags, NOT_TEXT))
        if self.check and sent and self.check.seen(sent, prompt, input_tokens) == "smaller":
            parsed = msgspec.structs.replace(parsed, flags=(*parsed.flags, SEEN_SMALLER))
        verdict = judge(
            parsed,
            target.region,
            frame=self.frame,
            sent=sent or screenshot,
            screenshot=screenshot,
            shift=None if shift is None else Shift(shift.scale, shift.dx, shift.dy),
        )
        return ReadReply(parsed, verdict, self.frame_record)


def prompts_of(profile: Profile) -> Callable[[str, int, int], str]:
    """A function that returns the prompt for an instruction and a screenshot's width and height in pixels.

    Prompts are cached, because every repeat asks for the same target again.
    """

    @lru_cache(maxsize=4096)
    def prompt(instruction: str, width: int, height: int) -> str:
        try:
            stated = stated_size(profile, Size(width, height))
        except ValueError:
            # Replies obtained elsewhere may be about a picture that the profile could not send.
            stated = Size(width, height)
        return profile.render(instruction, stated.width, stated.height)

    return prompt


def point_fields(point: Point | None, target: AskedTarget) -> OutcomeFields:
    """The fields of a trial whose point is already in screenshot pixels; None means declined."""
    verdict = judge_point(point, target.region, target.size)
    parsed = None if point is None else ParsedRecord(format="point", raw=tuple(point), count=1)
    return _fields_of(verdict, parsed, FrameRecord(unit="pixel", order="xy"))


def error_fields(type_name: str, message: str) -> OutcomeFields:
    """The fields of a trial without an answer: no point, neither correct nor wrong."""
    return {
        "outcome": "error",
        "correct": None,
        "point": None,
        "distance": None,
        "parsed": None,
        "frame": None,
        "error": ErrorRecord(type=type_name, message=message),
    }


def _fields_of(verdict: Verdict, parsed: ParsedRecord | None, frame: FrameRecord) -> OutcomeFields:
    return {
        "outcome": verdict.outcome,
        "correct": verdict.correct,
        "point": None if verdict.point is None else (verdict.point.x, verdict.point.y),
        "distance": verdict.distance,
        "parsed": parsed,
        "frame": frame,
        "error": None,
    }


def broken_off(
    text: str,
    finish_reason: str | None,
    output_tokens: int | None = None,
    output_limit: int | None = None,
) -> str | None:
    """Why this reply is no answer, for its ``error``: its server broke it off. None if it is one."""
    if not finish_reason or ending(text, finish_reason, output_tokens, output_limit) != "broken":
        return None
    return one_line(f"the server broke the answer off: its finish reason is {finish_reason!r:.100}")


def broken_fields(message: str) -> OutcomeFields:
    """The fields of a reply that is `broken_off` for the reason in ``message``."""
    return error_fields("BrokenOff", message)


def _parsed_record(parsed: Parsed) -> ParsedRecord | None:
    if parsed.point_in_frame is None:
        # Flags are kept even where there is no point to go with them.
        return (
            ParsedRecord(format=None, raw=(), count=0, flags=parsed.flags) if parsed.flags else None
        )
    raw = parsed.raw
    if max(map(abs, raw)) > _LARGEST_EXACT:
        raw = tuple(map(_storable, raw))
    return ParsedRecord(format=parsed.format, raw=raw, count=parsed.count, flags=parsed.flags)


def _storable(number: float) -> int | float:
    # JSON readers agree only on integers up to 2**53.
    return float(number) if abs(number) > _LARGEST_EXACT and math.isfinite(number) else number


def trial_record(
    trial: Trial,
    fields: OutcomeFields,
    *,
    picture: Picture | None,
    reply: Reply | None,
    latency_s: float | None,
    attempts: int,
    cost_usd: float | None,
    started_at: str | None,
) -> Record:
    """The record of a trial that was asked; ``picture`` is as sent, None for a blind model."""
    return Record(
        key=trial.key,
        model=trial.model,
        suite=trial.suite,
        target=trial.target,
        screenshot=trial.screenshot,
        repeat=trial.repeat,
        variant=trial.variant,
        order=trial.order,
        session=trial.session,
        instruction=trial.instruction,
        shift=trial.shift,
        sent=None if picture is None else _sent_record(picture),
        reply=None if reply is None else reply_record(reply),
        latency_s=latency_s,
        attempts=attempts,
        cost_usd=cost_usd,
        started_at=started_at,
        **fields,
    )


def _sent_record(picture: Picture) -> SentRecord:
    return SentRecord(
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
        bytes=len(picture.data),
        sha256=picture.sha256,
    )


def reply_record(reply: Reply) -> ReplyRecord:
    """A reply as a record stores it."""
    return ReplyRecord(
        text=reply.text,
        finish_reason=reply.finish_reason,
        model=reply.model,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        request_id=reply.request_id,
        reasoning=reply.reasoning,
        cache_read_tokens=reply.cache_read_tokens,
        cache_write_tokens=reply.cache_write_tokens,
    )


def checked_reply(reply: object) -> Reply:
    """An adapter's return value as a Reply that can be stored; TypeError when it has no text.

    Other fields of a wrong type or range become None (unknown): they affect no outcome, and the
    answer is paid for.
    """
    if not isinstance(reply, Reply):
        raise TypeError(f"the adapter returned {type(reply).__name__}, not a Reply")
    if not isinstance(reply.text, str):
        raise TypeError(f"the adapter's Reply has {type(reply.text).__name__} as text, not str")
    return replace(
        reply,
        text=storable_text(reply.text),
        finish_reason=_text_or_none(reply.finish_reason),
        model=model_name(_text_or_none(reply.model)),
        input_tokens=_count_or_none(reply.input_tokens),
        output_tokens=_count_or_none(reply.output_tokens),
        request_id=_text_or_none(reply.request_id),
        reasoning=_text_or_none(reply.reasoning) or None,
        cache_read_tokens=_count_or_none(reply.cache_read_tokens),
        cache_write_tokens=_count_or_none(reply.cache_write_tokens),
        cost_usd=_amount_or_none(reply.cost_usd),
        latency_s=_amount_or_none(reply.latency_s),
    )


def _text_or_none(value: object) -> str | None:
    return storable_text(value) if isinstance(value, str) else None


def model_name(model: str | None) -> str | None:
    """A model's name; of an absolute path, which many local servers give instead, the last part."""
    if model is None or not _ABSOLUTE.match(model):
        return model
    return re.split(r"[/\\]", model.rstrip("/\\"))[-1] or None


def _amount_or_none(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < math.inf else None


def _count_or_none(value: object) -> int | None:
    amount = _amount_or_none(value)
    if amount is None or not amount.is_integer() or amount > _LARGEST_EXACT:
        return None
    return int(amount)


def storable_text(text: str) -> str:
    """The text with replacement characters for lone surrogates, which UTF-8 cannot encode."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def reread(
    record: Record,
    target: AskedTarget,
    reader: ReplyReader,
    *,
    prompt: str,
) -> Record:
    """A stored record, parsed and scored again.

    Errors are kept unchanged; points without a reply text are only scored again. A reply that its server
    broke off becomes an error, as in a run: older versions scored it.
    """
    if record.error is not None:
        return record
    if record.reply is None:
        if record.parsed is None:
            return record
        point = Point(*record.parsed.raw)
        return msgspec.structs.replace(record, **point_fields(point, target))
    reply = record.reply
    broken = broken_off(reply.text, reply.finish_reason, reply.output_tokens, reader.output_limit)
    if broken is not None:
        return msgspec.structs.replace(record, **broken_fields(broken))
    sent = None if record.sent is None else Size(record.sent.width, record.sent.height)
    read = reader.read(
        reply.text,
        reply.finish_reason,
        target,
        prompt=prompt,
        sent=sent,
        shift=record.shift,
        output_tokens=reply.output_tokens,
        input_tokens=reply.input_tokens,
    )
    return msgspec.structs.replace(record, **read.fields)
