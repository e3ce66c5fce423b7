"""Handles the signals that end a capture, so it restores everything before it exits."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def interrupted_by(*numbers: signal.Signals) -> Iterator[None]:
    """Make these signals end the block as Ctrl-C does; their handlers are restored afterward."""
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
