"""The whole way on a real screen: Xvfb, one GTK 3 calculator, its accessibility tree, its pixels."""

import contextlib
import gc
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("Xlib", reason="python-xlib is not installed (pointbench[capture])")
pytest.importorskip("jeepney", reason="jeepney is not installed (pointbench[capture])")

from pointbench.capture.annotations import present_target
from pointbench.capture.atspi import AccessibilityBus, NoAccessibility
from pointbench.capture.hover import Verdict, hover
from pointbench.capture.survey import RestlessScreen, Survey, survey
from pointbench.capture.visible import Element, unique
from pointbench.capture.x11 import NoScreen, Screen

LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
NEEDED = ("Xvfb", "dbus-daemon", "galculator")
PATIENCE_S = 40.0


def missing() -> str:
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if not LAUNCHER.is_file():
        lacking.append(str(LAUNCHER))
    return ", ".join(lacking)


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """A screen of 900x700 with a calculator on it, gone after the test."""
    if missing():
        pytest.skip(f"not installed: {missing()}")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    settings = tmp_path / ".config/gtk-3.0/settings.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[Settings]\ngtk-enable-animations=0\n", encoding="utf-8")
    environment = {
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "GTK_MODULES": "gail:atk-bridge",
        "GNOME_ACCESSIBILITY": "1",
        "GDK_BACKEND": "x11",
        "GSETTINGS_BACKEND": "memory",
        "NO_AT_BRIDGE": "0",
    }
    started: list[subprocess.Popen[str]] = []

    def start(*command: str, read: int | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE if read == 1 else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    def first_line(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        process.stdout.close()
        return line

    try:
        server = start(
            *("Xvfb", "-displayfd", "1", "-screen", "0", "900x700x24", "-nolisten", "tcp"),
            read=1,
        )
        environment["DISPLAY"] = f":{first_line(server)}"
        daemon = start("dbus-daemon", "--session", "--nofork", "--print-address=1", read=1)
        environment["DBUS_SESSION_BUS_ADDRESS"] = first_line(daemon)
        start(str(LAUNCHER), "--launch-immediately")
        for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            monkeypatch.setenv(name, environment[name])
        start("galculator")
        with Screen(environment["DISPLAY"]) as connection:
            yield connection
    finally:
        for process in reversed(started):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(5)


def test_a_calculators_keys_are_found_named_and_where_they_are(screen: Screen) -> None:
    until = time.monotonic() + PATIENCE_S
    keys: dict[str, Element] = {}
    found: Survey | None = None
    while "7" not in keys and time.monotonic() < until:
        time.sleep(0.5)
        with contextlib.suppress(NoAccessibility, RestlessScreen):
            found = survey(screen)
            keys = {element.name: element for element in unique(found.elements)}
    assert found is not None
    assert len(found.windows) == 1
    assert found.picture.size == (900, 700)
    assert found.dropped["role"] > 0
    assert set("0123456789=") <= keys.keys()
    seven, eight, four = keys["7"].box, keys["8"].box, keys["4"].box
    assert seven.right <= eight.left
    assert seven.bottom <= four.top
    assert seven.top == eight.top

    digit = found.picture.crop(seven.as_tuple())
    assert len(digit.getcolors() or ()) > 1, "something is drawn there"
    park = (890, 690)
    verdict = hover(screen, seven, park)
    assert verdict.verdict in (Verdict.SAME, Verdict.INSIDE), verdict
    target = present_target(
        keys["7"], id="calculator/seven", instruction="Press 7.", hover=verdict.verdict
    )
    assert target["box"] == seven.as_list()
    assert target["verified"]["hit_test"] is True


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_screen_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4321")
    with pytest.raises(NoScreen, match="set DISPLAY") as caught:
        Screen()
    assert "\n" not in str(caught.value)
    del caught
    gc.collect()  # python-xlib leaves the socket that it could not connect to the collector


def test_no_session_bus_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nothing")
    with pytest.raises(NoAccessibility, match="toolkit-accessibility") as caught:
        AccessibilityBus()
    assert "\n" not in str(caught.value)
