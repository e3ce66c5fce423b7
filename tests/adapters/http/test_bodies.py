"""Pictures as JSON strings: encoded once, kept within a bound, spliced untouched."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading

import httpx
import pytest

from pointbench.adapters.http.bodies import EncodedPictures, JsonBody
from pointbench.adapters.http.hosts import certificates
from pointbench.adapters.protocol import Picture


def _picture(number: int, size: int = 3000) -> Picture:
    return Picture(bytes([number]) * size, "image/png", 10, 10, f"{number:064x}")


def test_what_is_spliced_is_a_json_string(picture: Picture) -> None:
    encoded = EncodedPictures()
    body = {"a": encoded.base64(picture), "b": [encoded.data_url(picture)], "text": 'x"\\é'}
    plain = base64.b64encode(picture.data).decode()
    sent = JsonBody(body)
    assert json.loads(b"".join(sent)) == {
        "a": plain,
        "b": [f"data:image/png;base64,{plain}"],
        "text": 'x"\\é',
    }
    assert b"".join(sent) == b"".join(sent)  # a second attempt sends the same
    assert sent.headers["Content-Length"] == str(len(b"".join(sent)))


def test_a_large_picture_is_sent_in_slices_of_what_is_kept() -> None:
    encoded = EncodedPictures()
    pictures = [encoded.base64(_picture(number, 300_000)) for number in range(2)]
    sent = JsonBody({"first": pictures[0], "then": {"parts": [1, pictures[1], None]}})
    assert max(map(len, sent)) <= 65_536
    assert json.loads(b"".join(sent)) == {
        "first": json.loads(bytes(pictures[0])),
        "then": {"parts": [1, json.loads(bytes(pictures[1])), None]},
    }


def test_all_workers_share_one_reading_of_the_certificates() -> None:
    ready = threading.Barrier(8)
    contexts: list[object] = []

    def read() -> None:
        ready.wait()
        contexts.append(certificates(httpx, trust_env=False))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(contexts) == 8
    assert len({id(context) for context in contexts}) == 1


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first byte of every picture that is encoded, in order."""
    firsts: list[int] = []
    real = base64.b64encode

    def encode(data: bytes) -> bytes:
        firsts.append(data[0])
        return real(data)

    monkeypatch.setattr("base64.b64encode", encode)
    return firsts


def test_many_threads_encode_a_picture_once(encodings: list[int]) -> None:
    encoded = EncodedPictures()
    pictures = [_picture(number) for number in range(4)]
    threads = [
        threading.Thread(target=lambda: [encoded.data_url(picture) for picture in pictures * 20])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(encodings) == [0, 1, 2, 3]


def test_the_least_recently_used_picture_is_dropped_first(encodings: list[int]) -> None:
    # Two encoded pictures of 4002 bytes fit, three do not.
    encoded = EncodedPictures(max_bytes=9000)
    for number in (0, 1, 0, 2):
        encoded.base64(_picture(number))
    assert encodings == [0, 1, 2]
    for number in (0, 2):
        encoded.base64(_picture(number))
    assert encodings == [0, 1, 2]
    encoded.base64(_picture(1))
    assert encodings == [0, 1, 2, 1]


def test_one_picture_larger_than_the_bound_is_kept_all_the_same(encodings: list[int]) -> None:
    encoded = EncodedPictures(max_bytes=10)
    for _ in range(2):
        encoded.base64(_picture(1))
    assert encodings == [1]


FIRST_REPLIES = """
import sys, threading
import msgspec
from types import SimpleNamespace
from pointbench.adapters.http.plain_client import decoded

sys.setswitchinterval(1e-6)
CONTENT = b'{"choices": [{"message": {"text": "x", "more": [{"n": 1}]}}], "usage": {"n": 2}}'

for number in range(60):
    Part = msgspec.defstruct("Part", [("n", int | None, None)])
    Message = msgspec.defstruct("Message", [("text", str | None, None), ("more", list[Part], [])])
    Choice = msgspec.defstruct("Choice", [("message", Message | None, None)])
    Body = msgspec.defstruct("Body", [("choices", list[Choice], []), ("usage", Part | None, None)])
    ready = threading.Barrier(16)

    def read():
        ready.wait()
        _, body = decoded(CONTENT, {}, Body, None, SimpleNamespace(name="x"))
        assert body.choices[0].message.more[0].n == 1

    threads = [threading.Thread(target=read) for _ in range(16)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
print("all read")
"""


def test_the_first_replies_of_many_workers_may_come_together() -> None:
    # msgspec analyzes a type at its first use, and crashes when two threads do that at once.
    done = subprocess.run(
        [sys.executable, "-c", FIRST_REPLIES],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "all read\n", (done.returncode, done.stderr[-2000:])
