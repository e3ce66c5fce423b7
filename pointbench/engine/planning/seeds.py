"""Random numbers of a run, derived from its seed; the same on every machine and Python version.

Each number is a hash of its purpose, so adding a model, a target or a repeat changes no other.
"""

from __future__ import annotations

import hashlib


def digest_of(seed: int, *what: object) -> bytes:
    """32 bytes that behave as if random and independent for different ``what``."""
    return hashlib.sha256(repr((seed, *map(str, what))).encode()).digest()


def integer(seed: int, *what: object) -> int:
    """An integer from 0 to 2**63 - 1."""
    return int.from_bytes(digest_of(seed, *what)[:8]) >> 1


def share(seed: int, *what: object) -> float:
    """A number in [0, 1) with 53 random bits."""
    return (int.from_bytes(digest_of(seed, *what)[:8]) >> 11) / 2**53
