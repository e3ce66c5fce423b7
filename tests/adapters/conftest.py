"""Fixtures of the adapters' tests: an environment without keys, a server, a picture."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from pointbench.adapters.protocol import Picture
from tests.adapters.llamacpp.server import llamacpp
from tests.adapters.vendor_cases import MADE
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


@pytest.fixture(scope="session")
def llamacpp_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny checkpoint that llama.cpp can serve; skips where its packages are missing."""
    # Looked for, not imported: the server's library stays out of this process.
    missing = [package for package in ("gguf", "xllamacpp") if find_spec(package) is None]
    if missing:
        pytest.skip(f"needs pip install {' '.join(missing)}")
    from tests.adapters.llamacpp.tiny_gguf import write_checkpoint

    folder = tmp_path_factory.mktemp("llamacpp")
    write_checkpoint(folder)
    return folder


@pytest.fixture(scope="session")
def llamacpp_server(llamacpp_checkpoint: Path) -> Iterator[str]:
    """The address of a llama.cpp server that takes pictures; `llamacpp` starts one with options."""
    with llamacpp(llamacpp_checkpoint) as address:
        yield address


@pytest.fixture(scope="session")
def blind_llamacpp_server(llamacpp_checkpoint: Path) -> Iterator[str]:
    """The same without the picture encoder: it refuses every picture."""
    with llamacpp(llamacpp_checkpoint, "--blind") as address:
        yield address


@pytest.fixture(autouse=True)
def closed_adapters() -> Iterator[None]:
    """Closes the adapters that a test made: an open socket is a warning, and a warning an error."""
    yield
    while MADE:
        MADE.pop().close()


@pytest.fixture
def picture() -> Picture:
    """Bytes that look like a picture to a server; no test decodes them."""
    data = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
    return Picture(data, "image/png", 1365, 768, hashlib.sha256(data).hexdigest())
