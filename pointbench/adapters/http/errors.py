"""Classifies vendors' errors: blocked, no credit, retired, retry or give up."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NoReturn

from pointbench.adapters.catalog import CatalogModel
from pointbench.adapters.http.bodies import JsonObject
from pointbench.adapters.http.hosts import Host
from pointbench.adapters.http.waits import asked_wait
from pointbench.adapters.protocol import Reply
from pointbench.errors import AskError, GiveUp, OutOfCredit, Retired, RetryLater
from pointbench.settings import Secret, redact, secrets_of

Meaning = Literal["blocked", "no-credit", "retired", "retry", "give-up"]
"""``blocked`` is the model's own answer (a content policy); the rest are errors."""

BLOCKED_REASON = "content_filter"
"""Finish reason of an answer that a content policy withheld."""

_LONGEST_MESSAGE = 500
_LONGEST_READ = 4000


@dataclass(frozen=True)
class Failure:
    """An error response: its status, codes and message."""

    status: int
    codes: frozenset[str]
    """Every code, type and status word of the body, in lower case."""
    message: str
    after: float | None = None
    """Seconds that the server asks us to wait."""
    should_retry: bool | None = None
    """The value of the ``x-should-retry`` header."""
    answered: int | None = None
    """The HTTP status of the response, where a status in its body replaces it."""

    @property
    def sent_status(self) -> int:
        """The HTTP status of the response itself."""
        return self.answered or self.status


@dataclass(frozen=True)
class Rule:
    """One row of the table. The status must match, and the codes or the words if any are set."""

    means: Meaning
    statuses: frozenset[int] = frozenset()
    codes: frozenset[str] = frozenset()
    words: str = ""
    """Regular expression searched for in the message, ignoring case."""

    def fits(self, failure: Failure) -> bool:
        if self.statuses and failure.status not in self.statuses:
            return False
        if not self.codes and not self.words:
            return True
        if self.codes & failure.codes:
            return True
        return bool(self.words) and bool(re.search(self.words, failure.message, re.IGNORECASE))


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_REFUSALS = frozenset({200, 400, 403, 422, 451})
_TRANSIENT = frozenset({408, 409, 423, 425, 429, 500, 502, 503, 504, *range(520, 530)})

_QUOTE = "['\"`]?"
_PICTURE = rf"{_QUOTE}(?:image|picture|vision|visual|multi-?modal)\w{{0,12}}{_QUOTE}"
_NO_PICTURES = "|".join(
    (
        rf"(?:\bno|not|n't)(?: \S+){{0,4}}? support\w*(?: \S+){{0,2}}? {_PICTURE}",
        rf"{_PICTURE}(?: (?:inputs?|modality|content|parts?|support))*"
        r"(?: (?:is |are )?not|(?: is| are)n't) (?:supported|enabled|accepted)",
        r"(?:not|n't)(?: \S+)?? (?:accept|handle|take|see|view|understand)\w* (?:any )?"
        r"(?:images|pictures|(?:image|visual|vision|multi-?modal) (?:input|content))",
        r"(?:can ?not|can't) process (?:images|pictures)\b",
        r"\bnot (?:an? |(?:compiled|built) (?:for|with) )?(?:vision|multi-?modal)|vision is disabled"
        r"|\btext-only\b",
        rf"(?:\bno|(?:not|n't) have|\black|\bwithout)\w*(?: any)? {_PICTURE} "
        r"(?:support|capab|input|projector)",
        rf"{_PICTURE}(?: \w+)? (?:is |are )?(?:not |un)available (?:for|in|on|with) th(?:is|e) model\b",
        rf"unsupported (?:(?:content|input|message|modality)\S*(?: \S+)?? )?{_PICTURE}",
        rf"\bonly (?:supports? |accepts? |takes? )?{_QUOTE}text\b|image_url{_QUOTE} is only supported",
        rf"image_url{_QUOTE}, expected {_QUOTE}text|allowed values: \['text'\]|at most 0 image",
        r"missing data required for image|\bmmproj|\bmodel projector",
        r"不支持[^，。]{0,6}(?:图片|图像|视觉|多模态)",
    )
)
_FOR_NOW = r"temporar|\blater\b|overload|too many|rate limit"

TABLE: tuple[Rule, ...] = (
    # Content policies under the names of OpenAI, Azure, Anthropic, OpenRouter, DashScope and xAI.
    Rule(
        "blocked",
        _REFUSALS,
        _set(
            "content_policy_violation image_content_policy_violation content_filter content_filtered "
            "responsibleaipolicyviolation responsible_ai_policy_violation "
            "misalignment_policy_violation usage_policy_violation safety_policy_violation "
            "invalid_prompt moderation_blocked data_inspection_failed datainspectionfailed "
            "prohibited_content"
        ),
        r"content management policy|content filtering policy|input was flagged"
        r"|violat\w+ (?:\w+ )?(?:usage|content|safety) (?:guidelines|polic)",
    ),
    # No credit: no request can succeed until somebody pays.
    Rule("no-credit", frozenset({402})),
    Rule(
        "no-credit",
        codes=_set(
            "insufficient_quota insufficient_balance insufficient_credits insufficient_credit "
            "billing_error billing_hard_limit_reached billing_not_active credits_exhausted "
            "payment_required quota_per_day"
        ),
        words=r"credit balance is too low|insufficient (?:balance|credit|funds)"
        r"|(?:used|depleted) (?:all )?(?:of )?(?:its|your|the)?\s*(?:available |prepaid )?credits"
        r"|credits are depleted|(?:have|has) (?:any|no) credits|spending limit",
    ),
    # Larger than the account is ever allowed to send: waiting does not help.
    Rule("give-up", frozenset({413, 429}), words=r"request too large|payload too large"),
    Rule("give-up", frozenset({413})),
    # A model or server that takes no pictures, whatever status its words come with.
    Rule("give-up", words=rf"^(?!.*(?:{_FOR_NOW})).*?(?:{_NO_PICTURES})"),
    # Models that are no longer served.
    Rule("retired", frozenset({410})),
    Rule(
        "retired",
        frozenset({200, 400, 403, 404}),
        _set("model_not_found model_decommissioned model_deprecated model_retired"),
        r"\bmodel\b[^;]{0,80}\b(?:has been|have been|is|was|are)\b[^;.]{0,20}"
        r"\b(?:decommissioned|deprecated|retired|no longer (?:available|supported|served))",
    ),
    Rule(
        "retired",
        frozenset({404}),
        words=r"^model: |models/\S+ is not found|\bmodel\b.{0,120}\b(?:not found|not exist)"
        r"|no such model",
    ),
    Rule("retired", frozenset({404, 422}), words=r"\bversion does not exist"),
    # Temporary errors.
    Rule(
        "retry",
        frozenset({200, *_TRANSIENT}),
        _set(
            "rate_limit_exceeded rate_limit_error rate_limited overloaded overloaded_error "
            "engine_overloaded server_overloaded resource_exhausted unavailable server_error "
            "internal internal_error internal_server_error api_error timeout timeout_error "
            "deadline_exceeded vector_store_timeout service_unavailable too_many_requests"
        ),
    ),
    Rule("retry", _TRANSIENT),
    Rule("give-up"),
)
"""The first matching rule applies."""


def meaning(failure: Failure) -> Meaning:
    """The meaning of an error for the trial."""
    means = next(rule.means for rule in TABLE if rule.fits(failure))
    if failure.should_retry is not None and means in ("retry", "give-up"):
        return "retry" if failure.should_retry else "give-up"
    return means


def read_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """Reads an HTTP error response; never raises, whatever the body is."""
    try:
        decoded: object = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        text = body[:2000].decode("utf-8", "replace")
        # An HTML page for people contains nothing worth showing in a message.
        decoded = {"message": "" if "<" in text else text}
    return failure_of(decoded, status, headers)


def is_error(value: object) -> bool:
    """True if the field ``error`` of a body says anything; ``{"code": 0, "message": null}`` does not."""
    return any(value.values()) if isinstance(value, dict) else bool(value)


def failure_of(body: object, status: int, headers: Mapping[str, str] | None = None) -> Failure:
    """Reads a decoded error body; an HTTP status inside it replaces a 200."""
    message, codes, inner = _message_parts(body)
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return Failure(
        status=inner if status == 200 and inner else status,
        codes=codes,
        message=" ".join(message[:_LONGEST_READ].split()),
        after=asked_wait(lower, body, message),
        should_retry={"true": True, "false": False}.get(lower.get("x-should-retry", "")),
        answered=status,
    )


def _message_parts(body: object) -> tuple[str, frozenset[str], int | None]:
    """Message, codes and inner HTTP status of an error body in any vendor's shape."""
    messages: list[str] = []
    codes: set[str] = set()
    status: int | None = None
    for level in _levels(body):
        for key in ("message", "detail", "title", "error", "raw"):
            value = level.get(key)
            if isinstance(value, str) and value and value not in messages:
                messages.append(value)
        for key in ("code", "type", "status", "error_code", "reason"):
            value = level.get(key)
            if isinstance(value, str):
                codes.add(value.lower())
                if value.isdigit():
                    status = status or int(value)
            elif isinstance(value, int) and 400 <= value < 600:
                status = status or value
        if "perday" in str(level.get("quotaId", "")).lower():
            codes.add("quota_per_day")
    return "; ".join(messages), frozenset(codes), status


def _levels(body: object, depth: int = 0) -> Iterator[JsonObject]:
    """The nested objects of a body that may hold a message or a code, outermost first."""
    if depth > 5:
        return
    if isinstance(body, list):
        for part in body[:8]:
            yield from _levels(part, depth + 1)
    if isinstance(body, str):
        yield {"error": body}
    if not isinstance(body, dict):
        return
    yield body
    for key in (
        "error",
        "details",
        "violations",
        "innererror",
        "inner_error",
        "metadata",
        "detail",
    ):
        if isinstance(body.get(key), dict | list):
            yield from _levels(body[key], depth + 1)


def blocked_or_raise(
    failure: Failure,
    entry: CatalogModel,
    host: Host,
    *,
    request_id: str | None = None,
    usage: Reply | None = None,
) -> Reply:
    """An empty reply if a content policy withheld the answer; raises an AskError otherwise.

    The host's key and every other key in the environment are redacted from the message. ``usage``
    holds the tokens and the cost that the server reported beside its error.
    """
    means = meaning(failure)
    if means == "blocked":
        return replace(usage or Reply(""), finish_reason=BLOCKED_REASON, request_id=request_id)
    try:
        _raise(means, failure, entry, host)
    except AskError as error:
        # A 200 may follow an answer, whatever status its body names.
        error.begun, error.usage = failure.sent_status == 200, usage
        raise


def _raise(means: Meaning, failure: Failure, entry: CatalogModel, host: Host) -> NoReturn:
    status = failure.status
    words = clean(failure.message, host)
    message = f"{host.name} answered {failure.status}" + (f": {words}" if words else "")
    if means == "no-credit":
        raise OutOfCredit(f"no credit left for {entry.label}: {message}", status=status)
    not_served = failure.status == 404 and host.own and entry.retired_on(_today())
    if means == "retired" or not_served:
        raise Retired(entry.successor, f"{_retirement(entry, host)} ({message})", status=status)
    if means == "retry":
        raise RetryLater(failure.after, message, status=status)
    about_key = failure.status in (401, 403) or "api key" in failure.message.lower()
    if about_key and host.key_variable:
        message += f"; the key comes from {host.key_variable} in the environment"
    elif failure.status == 401:
        message += '; no key was sent: key_env = "NAME" names its variable'
    raise GiveUp(message, status=status)


def clean(text: str, host: Host) -> str:
    """A server's message on one line, truncated if it is long, with every key redacted."""
    own = (Secret(host.key_variable or "", host.key),) if host.key else ()
    line = " ".join(redact(text, (*own, *secrets_of())).split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]} ..."


def _retirement(entry: CatalogModel, host: Host) -> str:
    if entry.retired_on(_today()):
        return str(entry.retirement_in_words(_today()))
    return f"{host.name} serves no model {entry.name}: it is retired, or the name is wrong"


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()
