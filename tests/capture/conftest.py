"""A virtual screen with a program on it, as a person would have started it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # needs python-xlib, which not every machine has
    from pointbench.capture.desktop.x11 import X11Display

LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
NEEDED = ("Xvfb", "dbus-daemon", "galculator")


def missing() -> str:
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if not LAUNCHER.is_file():
        lacking.append(str(LAUNCHER))
    return ", ".join(lacking)


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[X11Display]:
    """A screen of 900x700 with a calculator on it, gone after the test."""
    from pointbench.capture.desktop.x11 import X11Display

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
            *(
                "Xvfb",
                "-displayfd",
                "1",
                "-screen",
                "0",
                "900x700x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ),
            read=1,
        )
        environment["DISPLAY"] = f":{first_line(server)}"
        daemon = start("dbus-daemon", "--session", "--nofork", "--print-address=1", read=1)
        environment["DBUS_SESSION_BUS_ADDRESS"] = first_line(daemon)
        start(str(LAUNCHER), "--launch-immediately")
        for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "HOME"):
            monkeypatch.setenv(name, environment[name])
        start("galculator")
        with X11Display(environment["DISPLAY"]) as connection:
            yield connection
    finally:
        for process in reversed(started):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(5)
