"""The three capture commands write the same stamps: date, tool, and facts about a new suite."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from pointbench import __version__
from pointbench.capture.files import screen_files, write_capture
from pointbench.capture.rectangles import Rect
from pointbench.capture.session import captured_screen
from pointbench.capture.session.captured_screen import CapturedScreen, write_captured_screen
from pointbench.capture.session.file import read_session
from pointbench.capture.targets import absent_target
from pointbench.capture.web import targets as web_targets
from pointbench.capture.wording.sentences import View
from pointbench.cli import capture_desktop
from pointbench.suites import SuiteInfo, read_suite_info

TARGET = absent_target(id="one/no-mail", instruction="Open the mail program.", name="Mail")
PICTURE = Image.new("RGB", (64, 48), "navy")


@pytest.fixture
def another_day_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A time zone whose date differs from the UTC date."""
    zone = "UTC-14" if datetime.now(UTC).hour >= 12 else "UTC+12"
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    assert datetime.now().astimezone().date() != datetime.now(UTC).date()
    yield
    monkeypatch.undo()
    time.tzset()


def capture_desktop_or_web(root: Path, suite: str) -> None:
    """Files written by the commands `capture desktop` and `capture web`."""
    about = {"desktop": capture_desktop.ABOUT, "web": web_targets.ABOUT}[suite]
    files = screen_files(root, suite, "one")
    write_capture(files, suite, PICTURE, [TARGET], method="-", environment={}, about=about)


def capture_session(root: Path) -> None:
    """Files written by the command `capture session`, from a session file without a date."""
    file = root / "session.toml"
    file.write_text('suite = "session"\n[[screen]]\nname = "one"\n', encoding="utf-8")
    session = read_session(file)
    view = View((), (), Rect(0, 0, *PICTURE.size))
    captured = CapturedScreen(session.screen("one"), PICTURE, {}, view, (TARGET,))
    write_captured_screen(session, captured, root, overwrite=False)


@pytest.mark.usefixtures("another_day_here")
def test_desktop_web_and_session_stamp_alike(tmp_path: Path) -> None:
    capture_desktop_or_web(tmp_path, "desktop")
    capture_desktop_or_web(tmp_path, "web")
    capture_session(tmp_path)
    infos: list[SuiteInfo] = []
    for suite in ("desktop", "web", "session"):
        document = json.loads((tmp_path / f"targets/{suite}/one.json").read_text(encoding="utf-8"))
        assert document["source"]["captured"] == datetime.now(UTC).date().isoformat()
        assert document["source"]["tool"] == f"pointbench {__version__}"
        info, faults = read_suite_info(tmp_path / "targets" / suite / "suite.toml")
        assert not faults
        assert info is not None
        infos.append(info)
    assert {(info.version, info.license, info.authors) for info in infos} == {
        ("0.1.0", "not stated", ())
    }


def test_every_command_writes_through_the_one_function() -> None:
    package = Path(captured_screen.__file__).parents[2]
    calls = Counter(
        path.name
        for path in package.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "write_capture(" in line and "def " not in line
    )
    assert calls == {"capture_desktop.py": 1, "capture_web.py": 1, "captured_screen.py": 1}
