"""Reads how long a server asks us to wait, in every form that vendors use."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = (
    r"\d+(?:\.\d+)?\s*(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)"
)
_SENTENCE = re.compile(
    rf"(?:try again|retry|resets?|available again|wait)\s+(?:in|after|for)?\s*~?\s*((?:{_PART}\s*)+)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|mil|s|m|h|d)", re.IGNORECASE)


def asked_wait(headers: Mapping[str, str], body: object, message: str) -> float | None:
    """Seconds until the same request may be sent again; None if the server gives no wait.

    Reads ``retry-after-ms``, ``Retry-After`` (seconds or an HTTP date), Google's ``RetryInfo``, and
    a sentence such as "try again in 7.66s" or "resets in ~30s", in this order.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    milliseconds = _number(lower.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    after = lower.get("retry-after")
    if after is not None:
        seconds = _number(after)
        if seconds is None:
            seconds = _until(after, lower.get("date"))
        if seconds is not None:
            return seconds
    delay = retry_info(body)
    return delay if delay is not None else wait_in_words(message)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _until(text: str, now: str | None) -> float | None:
    """Seconds until an HTTP date, by the server's clock if it sends a ``Date`` header."""
    try:
        then = parsedate_to_datetime(text)
        base = parsedate_to_datetime(now) if now else datetime.now(UTC)
        # parsedate_to_datetime returns a naive datetime if the zone is "-0000".
        gap = then.replace(tzinfo=then.tzinfo or UTC) - base.replace(tzinfo=base.tzinfo or UTC)
    except (TypeError, ValueError):
        return None
    return max(0.0, gap.total_seconds())


def retry_info(body: object) -> float | None:
    """The ``retryDelay`` of Google's ``RetryInfo``, in seconds."""
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    for detail in details if isinstance(details, list) else []:
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str) and delay.endswith("s"):
            return _number(delay[:-1])
    return None


def wait_in_words(message: str) -> float | None:
    """The wait stated in a sentence, in seconds: ``6m30.5s``, ``450ms``, ``~30s``, ``2 minutes``."""
    sentence = _SENTENCE.search(message[:4000])
    if sentence is None:
        return None
    total = 0.0
    for amount, unit in _AMOUNT.findall(sentence[1]):
        unit = unit.lower()
        total += float(amount) * _SECONDS["ms" if unit in ("ms", "mil") else unit]
    return total
