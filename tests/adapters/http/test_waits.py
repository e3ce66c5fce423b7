"""Waiting times that servers ask for, in every form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from pointbench.adapters.http.waits import asked_wait, wait_in_words

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
        (
            {
                "date": format_datetime(NOW, usegmt=True),
                "retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True),
            },
            90.0,
        ),
        (
            {
                "date": format_datetime(NOW, usegmt=True),
                "retry-after": format_datetime(NOW - timedelta(days=1), usegmt=True),
            },
            0.0,
        ),
    ],
)
def test_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, None, "") == seconds


def test_a_date_without_the_servers_clock_is_taken_by_ours() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    seconds = asked_wait({"retry-after": then}, None, "")
    assert seconds is not None
    assert 55 < seconds <= 60


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"details": [{"@type": "x.RetryInfo", "retryDelay": "30s"}]}}, 30.0),
        ({"error": {"details": [{"a": 1}, {"retryDelay": "3.5s"}]}}, 3.5),
        ({"error": {"details": [{"retryDelay": "later"}]}}, None),
        ({"error": "x"}, None),
        ([1], None),
    ],
)
def test_googles_retry_info(body: Any, seconds: float | None) -> None:
    assert asked_wait({}, body, "") == seconds


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [
        ("Request was throttled. Your rate limit resets in ~30s.", 30.0),
        ("Limit 30, Used 30, Requested 1. Please try again in 7.66s. Visit ...", 7.66),
        ("Please try again in 6m30.5s.", 390.5),
        ("Please try again in 450ms.", 0.45),
        ("try again in 1h2m3s", 3723.0),
        ("Rate limit exceeded. Try again in 20 seconds.", 20.0),
        ("please retry after 2 minutes", 120.0),
        ("Please wait 5 seconds and ask again", 5.0),
        ("You have 30 requests a minute.", None),
        ("", None),
    ],
)
def test_sentences(sentence: str, seconds: float | None) -> None:
    assert wait_in_words(sentence) == (None if seconds is None else pytest.approx(seconds))


def test_a_long_hostile_message_takes_no_time() -> None:
    assert wait_in_words("try again in " + "1s " * 200_000) is not None
    assert wait_in_words("wait " * 200_000) is None
