"""Reading pictures: once each, always the same, offline, and leaving nothing behind."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from pointbench.adapters.local import LocalPointer, ocr
from pointbench.adapters.local.matching import Line
from pointbench.adapters.protocol import Picture, Request
from pointbench.errors import GiveUp
from pointbench.geometry import Box, Point

missing = [
    package
    for package in ("rapidocr", "onnxruntime", "rapidfuzz")
    if importlib.util.find_spec(package) is None
]
needs_ocr = pytest.mark.skipif(
    bool(missing), reason=f"the ocr extra is not installed ({', '.join(missing)})"
)

LABELS = {
    "Open file": Box(40, 40, 200, 70),
    "Preferences": Box(40, 140, 200, 170),
    "Sign out": Box(400, 240, 560, 270),
}


def picture_of(image: Image.Image) -> Picture:
    data = io.BytesIO()
    image.save(data, "PNG")
    content = data.getvalue()
    return Picture(content, "image/png", *image.size, hashlib.sha256(content).hexdigest())


def drawn(labels: dict[str, Box], colors: tuple[str, str] = ("white", "black")) -> Picture:
    """A picture of 640x320 with each label at the top left of its box."""
    image = Image.new("RGB", (640, 320), colors[0])
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=22)
    for text, box in labels.items():
        draw.text((box.left, box.top), text, fill=colors[1], font=font)
    return picture_of(image)


def picture_named(name: str) -> Picture:
    return Picture(name.encode(), "image/png", 10, 10, hashlib.sha256(name.encode()).hexdigest())


LINE = Line("Save", Box(0, 0, 10, 10), 1.0)


# --- each picture once -----------------------------------------------------------------------


def test_twenty_threads_cause_one_reading_of_each_picture() -> None:
    read: list[str] = []
    at_once: list[int] = []
    running = threading.Semaphore(1)

    def slow(picture: Picture) -> tuple[Line, ...]:
        at_once.append(int(running.acquire(blocking=False)))
        read.append(picture.sha256)
        time.sleep(0.05)
        running.release()
        return (LINE,)

    readings = ocr.Readings(slow)
    pictures = [picture_named(name) for name in "abc"] * 20
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(readings.lines, pictures))
    assert sorted(read) == sorted({picture.sha256 for picture in pictures})
    assert at_once == [1, 1, 1]
    assert found == [(LINE,)] * 60


def test_a_failed_reading_is_told_to_all_who_wait_and_then_forgotten() -> None:
    tries: list[int] = []
    arrived = threading.Barrier(5)

    def failing_once(picture: Picture) -> tuple[Line, ...]:
        tries.append(1)
        if len(tries) == 1:
            time.sleep(0.2)
            raise GiveUp("cut off")
        return (LINE,)

    readings = ocr.Readings(failing_once)

    def ask(_: int) -> str:
        arrived.wait()
        try:
            readings.lines(picture_named("a"))
        except GiveUp as error:
            return str(error)
        return "read"

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(ask, range(5))) == ["cut off"] * 5
    assert readings.lines(picture_named("a")) == (LINE,)
    assert len(tries) == 2


def test_only_so_many_readings_are_kept_the_latest_used_ones() -> None:
    read: list[bytes] = []

    def note(picture: Picture) -> tuple[Line, ...]:
        read.append(picture.data)
        return (LINE,)

    readings = ocr.Readings(note, remembered=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        readings.lines(picture_named(name))
    assert read == [b"a", b"b", b"c", b"b"]


# --- wide gaps -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lefts", "parts"),
    [
        ("File Edit View", [0, 60, 120], ["File ", "Edit ", "View"]),
        ("Save As", [0, 45], ["Save As"]),
        ("Save as Ctrl+S", [0, 45, 200], ["Save as ", "Ctrl+S"]),
        ("Save", [0], ["Save"]),
        ("Save", [], ["Save"]),
    ],
)
def test_a_line_is_parted_at_wide_gaps(text: str, lefts: Sequence[int], parts: list[str]) -> None:
    words = [
        (word, Box(left, 0, left + 10 * len(word), 20))
        for word, left in zip(text.split(), lefts, strict=False)
    ]
    found = ocr.split_at_gaps(Line(text, Box(0, 0, 300, 20), 0.9), words)
    assert [line.text.strip() for line in found] == [part.strip() for part in parts]
    assert found[0].box.left == 0
    assert found[-1].box.right == 300


def test_a_line_whose_words_are_not_in_it_stays_whole() -> None:
    whole = Line("Save", Box(0, 0, 40, 20), 0.9)
    assert ocr.split_at_gaps(whole, [("Safe", Box(0, 0, 40, 20))]) == [whole]


# --- real reading ----------------------------------------------------------------------------


@needs_ocr
@pytest.mark.parametrize("colors", [("white", "black"), ("#222222", "#dddddd"), ("blue", "white")])
def test_labels_are_found_where_they_were_drawn(colors: tuple[str, str]) -> None:
    picture, pointer = drawn(LABELS, colors), LocalPointer("ocr", {})
    for text, box in LABELS.items():
        reply = pointer.ask(Request("", picture, instruction=f"Click the {text} button."))
        assert box.contains(Point(*json.loads(reply.text)["point"])), text
        assert reply.model == ocr.version()


@needs_ocr
def test_what_is_not_on_the_picture_is_declined() -> None:
    pointer = LocalPointer("ocr", {})
    for picture in (drawn(LABELS), drawn({})):
        reply = pointer.ask(Request("", picture, instruction="Click the Bluetooth icon."))
        assert reply.text.startswith("Not found: ")


@needs_ocr
def test_the_same_picture_always_reads_the_same() -> None:
    picture = drawn(LABELS)
    first = ocr.read_picture(picture)
    assert [line.text for line in first] == list(LABELS)
    with ThreadPoolExecutor(4) as pool:
        readings = [ocr.Readings(ocr.read_picture) for _ in range(4)]
        again = list(pool.map(lambda one: one.lines(picture), readings[:1] * 4))
    assert again == [first] * 4
    assert ocr.read_picture(picture) == first


@needs_ocr
@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_pictures_of_other_modes_are_read(mode: str) -> None:
    with Image.open(io.BytesIO(drawn(LABELS).data)) as image:
        lines = ocr.read_picture(picture_of(image.convert(mode)))
    assert "Preferences" in [line.text for line in lines]


@needs_ocr
@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_a_picture_that_is_none_gives_up(data: bytes) -> None:
    with pytest.raises(GiveUp, match="the picture cannot be read"):
        ocr.read_picture(Picture(data, "image/png", 10, 10, "x"))


ALONE = """
import json, os, pathlib, socket, sys

if sys.argv[2] == "patched":
    def refuse(*args, **kwargs):
        raise AssertionError(f"a connection was tried: {args}")
    socket.socket.connect = refuse
    socket.socket.connect_ex = refuse
    socket.getaddrinfo = refuse

from pointbench.adapters.local import LocalPointer
from pointbench.adapters.protocol import Picture, Request

data = pathlib.Path(sys.argv[1]).read_bytes()
picture = Picture(data, "image/png", 640, 320, "x")
reply = LocalPointer("ocr", {}).ask(Request("", picture, instruction="Click Preferences"))
print(json.dumps([reply.text, os.environ.get("ORT_DISABLE_TELEMETRY")]))
"""


def without_network() -> list[str]:
    """The command prefix that starts another command without a network; empty if that is not allowed."""
    for command in (["unshare", "-n"], ["unshare", "-rn"]):
        if shutil.which("unshare"):
            tried = subprocess.run([*command, sys.executable, "-c", ""], capture_output=True)
            if tried.returncode == 0:
                return command
    return []


@needs_ocr
def test_it_works_offline_from_an_empty_home_and_leaves_nothing_there(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    (tmp_path / "picture.png").write_bytes(drawn(LABELS).data)
    prefix = without_network()
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("XDG_") and key != "ORT_DISABLE_TELEMETRY"
    }
    environment |= {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [*prefix, sys.executable, "-c", textwrap.dedent(ALONE), str(tmp_path / "picture.png"),
         "unreachable" if prefix else "patched"],
        cwd=temporary, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text, telemetry = json.loads(done.stdout)
    assert LABELS["Preferences"].contains(Point(*json.loads(text)["point"]))
    assert telemetry == "1"
    assert list(home.rglob("*")) == []


def test_the_maker_of_the_runtime_is_told_nothing() -> None:
    assert os.environ["ORT_DISABLE_TELEMETRY"]


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_loaded_engine", None)
    for package in ("onnxruntime", "rapidocr"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(GiveUp, match=r"is not installed: pip install 'pointbench\[ocr\]'"):
        ocr.read_picture(drawn({}))
