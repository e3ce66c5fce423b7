"""Errors survive being sent to another process: type, text and every field."""

from __future__ import annotations

import pickle

import pytest

from pointbench import Reply
from pointbench.engine.asking.question import BrokenOff
from pointbench.engine.journal import JournalError
from pointbench.errors import (
    AskError,
    GiveUp,
    OutOfCredit,
    PointbenchError,
    Retired,
    RetryLater,
    SuiteError,
    UsageError,
)

REPLY = Reply(text="", input_tokens=3)

ERRORS = [
    UsageError("results: no such folder"),
    SuiteError("2 faults", ["a.json: no box", "b.json: no box"]),
    AskError("odd", status=418, usage=REPLY),
    RetryLater(after=3, message="slow down", status=429, usage=REPLY),
    RetryLater(message="nobody listens", reached=False),
    GiveUp("too large", status=413),
    OutOfCredit("no credit", status=402),
    Retired("m2"),
    Retired("m2", "m1 is gone", status=404),
    BrokenOff(message="the answer was broken off"),
    JournalError("the disk is full", []),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_error_is_the_same_after_pickling(error: PointbenchError) -> None:
    if isinstance(error, AskError):
        error.begun = True
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))
    if isinstance(again, AskError) and isinstance(error, AskError):
        assert again.refused == error.refused
