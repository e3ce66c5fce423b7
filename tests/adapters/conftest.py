"""Fixtures of the adapters' tests: no key of the machine, a server, a picture."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

import pytest

from pointbench.adapters.protocol import Picture
from tests.adapters import vendor_cases as vendors
from tests.adapters.vendor_server import VendorServer, vendor_server

_AMBIENT = ("_API_KEY", "_API_TOKEN", "_BASE_URL", "_AUTH_TOKEN", "_PROXY", "_proxy")


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without keys, addresses and proxies."""
    for name in list(os.environ):
        if name.endswith(_AMBIENT) or name.startswith(("OPENAI_", "ANTHROPIC_")):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture
def server() -> Iterator[VendorServer]:
    with vendor_server() as running:
        yield running


@pytest.fixture(autouse=True)
def closed_adapters() -> Iterator[None]:
    """Close what a test made; a socket that is left open is a warning, and that an error."""
    yield
    while vendors.MADE:
        vendors.MADE.pop().close()


@pytest.fixture
def picture() -> Picture:
    """Bytes that a server would take for a picture; nobody here decodes them."""
    data = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
    return Picture(data, "image/png", 1365, 768, hashlib.sha256(data).hexdigest())
