"""Every draw of a run from its one seed, the same on every machine and Python.

Draws are hashes of what they are for, so that adding a model, a target or a repeat changes no other.
"""

from __future__ import annotations

import hashlib


def digest_of(seed: int, *what: object) -> bytes:
    """32 bytes, alike to independent random ones for different ``what``."""
    return hashlib.sha256(repr((seed, *map(str, what))).encode()).digest()


def integer(seed: int, *what: object) -> int:
    """A number from 0 to 2**63 - 1."""
    return int.from_bytes(digest_of(seed, *what)[:8]) >> 1


def share(seed: int, *what: object) -> float:
    """A number from 0 (included) to 1 (left out), of 53 random bits."""
    return (int.from_bytes(digest_of(seed, *what)[:8]) >> 11) / 2**53
