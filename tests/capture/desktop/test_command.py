"""`pointbench capture desktop` on a real screen with a program that was started by hand."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("Xlib", reason="python-xlib is not installed (pointbench[capture])")
pytest.importorskip("jeepney", reason="jeepney is not installed (pointbench[capture])")

from pointbench.capture.desktop.icon_theme import (
    BEFORE,
    IconTheme,
    marker_folder,
    restore_icon_theme,
)
from pointbench.capture.desktop.markers import THEME
from pointbench.capture.desktop.x11 import X11Display

PATIENCE_S = 60.0


def pointbench(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in its own folder, in the session of the test's screen."""
    clean = {
        k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE")
    }
    return subprocess.run(
        [sys.executable, "-m", "pointbench", *words],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def captured(folder: Path, *words: str) -> dict[str, Any]:
    """The JSON output of a capture, once the calculator's accessibility tree is complete."""
    until = time.monotonic() + PATIENCE_S
    while True:
        done = pointbench(folder, "capture", "desktop", "--json", *words)
        if done.returncode == 0 and json.loads(done.stdout)["targets"] > 15:
            answer: dict[str, Any] = json.loads(done.stdout)
            return answer
        assert time.monotonic() < until, done.stderr
        shutil.rmtree(folder / "targets", ignore_errors=True)
        shutil.rmtree(folder / "screenshots", ignore_errors=True)
        time.sleep(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "work"
    place.mkdir()
    return place


def targets(folder: Path, name: str) -> dict[str, Any]:
    text = (folder / f"targets/my-desktop/{name}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def picture(path: Path) -> Image.Image:
    with Image.open(path) as opened:
        opened.load()
        return opened


def test_a_desktop_becomes_a_suite_that_can_be_run_at_once(
    screen: X11Display, folder: Path
) -> None:
    screen.move_pointer(333, 222)
    summary = captured(folder)
    assert screen.pointer == (333, 222), "nobody asked for the pointer to be moved"
    assert summary["screenshot"] == "my-desktop/screen-1.png"
    document = targets(folder, "screen-1")
    assert (document["width"], document["height"]) == (900, 700)
    assert document["environment"]["scale"] == 1
    by_name = {target["name"]: target for target in document["targets"]}
    assert {"0", "7", "9"} <= by_name.keys()
    assert by_name["7"]["instruction"] == "Click the 7 button."
    assert picture(folder / "overlays/my-desktop/screen-1.png").width == 900
    checked = pointbench(folder, "validate", ".")
    assert checked.returncode == 0, checked.stdout
    ran = pointbench(folder, "run", "-m", "local/center", "-s", "my-desktop", "-q", "--name", "one")
    assert ran.returncode == 0, ran.stderr
    assert len((folder / "results/one/trials.jsonl").read_text().splitlines()) == summary["targets"]

    again = captured(folder, "--absent", "3", "--no-overlay")
    assert again["screenshot"] == "my-desktop/screen-2.png"
    assert not (folder / "overlays/my-desktop/screen-2.png").exists()
    assert pointbench(folder, "validate", ".").returncode == 0
    taken = pointbench(folder, "capture", "desktop", "--name", "screen-1")
    assert taken.returncode == 2
    assert "--overwrite" in taken.stderr


def test_one_window_and_a_hover(screen: X11Display, folder: Path) -> None:
    screen.move_pointer(880, 690)
    captured(folder)
    whole = targets(folder, "screen-1")
    done = pointbench(
        folder, *("capture", "desktop", "--window", "galculator", "--hover", "--name", "calc")
    )
    assert done.returncode == 0, done.stderr
    assert "moving the pointer" in done.stderr
    assert "private" in done.stdout
    assert screen.pointer == (880, 690), "the pointer is put back"
    window = targets(folder, "calc")
    alone = picture(folder / "screenshots/my-desktop/calc.png")
    assert alone.size == (window["width"], window["height"])
    assert alone.width < 900
    seven = next(t for t in whole["targets"] if t["name"] == "7")["box"]
    moved = next(t for t in window["targets"] if t["name"] == "7")
    assert moved["box"][2] - moved["box"][0] == seven[2] - seven[0]
    shot = picture(folder / "screenshots/my-desktop/screen-1.png")
    assert alone.crop(moved["box"]).tobytes() == shot.crop(seven).tobytes()
    assert len(window["targets"]) > 15, "no key lit up elsewhere"
    assert pointbench(folder, "validate", ".").returncode == 0
    refused = pointbench(folder, "capture", "desktop", "--window", "chess")
    assert refused.returncode == 2
    assert "galculator" in refused.stderr


@pytest.mark.parametrize(
    ("words", "environment", "message"),
    [
        ((), {"WAYLAND_DISPLAY": "wayland-0"}, "Wayland"),
        ((), {"XDG_SESSION_TYPE": "wayland"}, "X11"),
        ((), {"DISPLAY": ""}, "DISPLAY is not set"),
        ((), {"DISPLAY": ":4321"}, "no X11 display"),
        (("--icons",), {"XDG_CURRENT_DESKTOP": "GNOME"}, "leave --icons out"),
        (("--suite", "../x"), {}, "no suite"),
        (("--delay", "-1"), {}, "'-1' is not a number from 0 to 600"),
        (("--scale", "nan"), {}, "'nan' is not a number from 0.5 to 4"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    folder: Path, words: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    session = {"DISPLAY": ":4321", "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/none"}
    done = pointbench(folder, "capture", "desktop", *words, **(session | environment))
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(folder.iterdir()) == []


def test_no_accessibility_bus_is_said_in_one_line(screen: X11Display, folder: Path) -> None:
    nowhere = f"unix:path={folder}/nothing"
    done = pointbench(folder, "capture", "desktop", DBUS_SESSION_BUS_ADDRESS=nowhere)
    assert done.returncode == 2
    assert "toolkit-accessibility" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def theme(screen: X11Display) -> IconTheme:
    """The setting of a session whose theme is Tango."""
    if shutil.which("xfconf-query") is None:
        pytest.skip("not installed: xfconf")
    command = ["xfconf-query", "-c", "xsettings", "-p", "/Net/IconThemeName"]
    subprocess.run([*command, "-n", "-t", "string", "-s", "Tango"], check=True)
    marker_folder().mkdir(parents=True)
    return IconTheme("xfce")


def test_the_icon_theme_comes_back_whatever_happens(theme: IconTheme) -> None:
    with theme.replaced_by(THEME):
        assert theme.name == THEME
        assert (marker_folder() / BEFORE).read_text() == "Tango"
    assert theme.name == "Tango"

    def interrupted() -> None:
        with theme.replaced_by(THEME):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert theme.name == "Tango"
    assert not (marker_folder() / BEFORE).exists()


def test_the_icon_theme_comes_back_after_a_capture_that_was_killed(theme: IconTheme) -> None:
    code = (
        "import sys, time\n"
        "from pointbench.capture.desktop.icon_theme import IconTheme\n"
        f"with IconTheme('xfce').replaced_by({THEME!r}):\n"
        "    print('changed', flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "changed\n"
    process.kill()
    process.wait()
    process.stdout.close()
    assert theme.name == THEME
    assert restore_icon_theme(theme) == "Tango"
    assert theme.name == "Tango"
    assert restore_icon_theme(theme) == ""
