"""A whole session on a real virtual display: captured, captured again, interrupted, refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("Xlib", reason="python-xlib is not installed (pointbench[capture])")
pytest.importorskip("jeepney", reason="jeepney is not installed (pointbench[capture])")

from pointbench.capture.session import desktop_screen, processes, workshop
from pointbench.capture.session.packages import program
from pointbench.capture.session.processes import descendants_of, ended_after
from pointbench.cli import main

NEEDED = (
    "Xvfb",
    "dbus-daemon",
    "at-spi-bus-launcher",
    "openbox",
    "wmctrl",
    "xdotool",
    "galculator",
)
SCREEN = """
suite = "tiny"
scratch = "room"
[[screen]]
name = "calculator"
size = [640, 480]
desktop = "plain"
markers = false
programs = [{command = "galculator", place = [40, 40, 300, 360], settle = 0.5}]
steps = [{click = "galculator|toggle button|7"}]
"""
WORDS = """
seven = {find = "galculator|toggle button|7", say = "Press 7.", also = ["Click the digit after 6."]}
nine = {find = "galculator|toggle button|9", say = "Press 9.", looked_at = true}
no-mail = {absent = true, name = "Mail", say = "Open the mail program."}
"""
AS_ANYBODY = (
    "import sys\n"
    "from pathlib import Path\n"
    "from pointbench.capture.session import processes, workshop\n"
    "from pointbench.cli import main\n"
    "processes.become_ordinary_user = lambda user, data: data.mkdir(exist_ok=True)\n"
    "workshop.TEMPORARY = Path(sys.argv.pop(1))\n"
    "sys.exit(main(sys.argv[1:]))\n"
)
"""The command without its refusal of root, because tests may run as root."""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session file of one screen whose instructions are written."""
    missing = [name for name in NEEDED if program(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    monkeypatch.setattr(workshop, "TEMPORARY", tmp_path)
    monkeypatch.setattr(processes, "become_ordinary_user", lambda user, data: None)
    folder = tmp_path / "targets/tiny"
    (folder / "words").mkdir(parents=True)
    (folder / "session.toml").write_text(SCREEN, encoding="utf-8")
    (folder / "words/calculator.toml").write_text(WORDS, encoding="utf-8")
    return folder / "session.toml"


def test_a_suite_is_made_and_made_again_the_same(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = (os.environ.get("DISPLAY"), os.environ.get("HOME"), set(descendants_of(os.getpid())))
    command = ["capture", "session", str(session), "--data"]
    assert main([*command, str(tmp_path)]) == 0
    assert (
        "0 the same within 2 px (0 exactly), 0 moved, 0 missing, 3 new" in capsys.readouterr().out
    )
    document = json.loads((session.parent / "calculator.json").read_text(encoding="utf-8"))
    seven, nine, mail = document["targets"]
    assert seven["rewordings"] == ["Click the digit after 6."]
    assert seven["box"][1] == nine["box"][1]
    assert seven["box"][2] < nine["box"][0]
    assert seven["extra"]["sources"][0] == "at-spi"
    assert (seven["verified"]["hover"] == "box") == ("hover" in seven["extra"]["sources"])
    assert nine["extra"]["looked_at"] is True
    assert mail["absent"] is True
    assert main(["validate", str(tmp_path / "targets/tiny")]) == 0

    capsys.readouterr()
    again = tmp_path / "again"
    assert main([*command, str(again)]) == 0
    assert "3 the same within 2 px (3 exactly), 0 moved" in capsys.readouterr().out
    assert (again / "targets/tiny/suite.toml").is_file()
    assert own == (
        os.environ.get("DISPLAY"),
        os.environ.get("HOME"),
        set(descendants_of(os.getpid())),
    )
    assert not (tmp_path / "room").exists()

    assert main([*command, str(again)]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_a_draft_lists_everything_and_proposes_words(session: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["capture", "session", str(session), "--data", str(out), "--draft"]) == 0
    drafts = out / "drafts/tiny"
    assert (drafts / "calculator.overlay.png").is_file()
    lines = (drafts / "calculator.tsv").read_text(encoding="utf-8").splitlines()
    assert any(line.split("\t")[1] == "galculator|toggle button|7" for line in lines)
    words = drafts / "calculator.words.toml"
    shutil.copy(words, session.parent / "words/calculator.toml")
    assert "galculator|toggle button|7" in words.read_text(encoding="utf-8")
    assert not (out / "targets").exists()


def test_a_screen_that_never_comes_is_named_and_the_others_are_made(
    session: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workshop, "TRIES", 1)
    monkeypatch.setattr(desktop_screen, "TREE_S", 2.0)
    other = SCREEN.partition("[[screen]]")[2].replace('"calculator"', '"nothing"')
    other = other.replace("toggle button|7", "toggle button|no such key")
    session.write_text(SCREEN + "[[screen]]" + other, encoding="utf-8")
    (session.parent / "words/nothing.toml").write_text(WORDS, encoding="utf-8")
    assert main(["capture", "session", str(session), "--data", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr().err
    assert (
        "nothing: step click: not found: galculator|toggle button|no such key; similar keys: "
        in (printed)
    )
    assert "galculator|toggle button|" in printed.partition("similar keys: ")[2]
    assert "not captured, or incomplete: nothing" in printed
    assert (tmp_path / "out/targets/tiny/calculator.json").is_file()
    assert not (tmp_path / "out/targets/tiny/nothing.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays_behind_however_it_ends(
    session: Path, tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    with ended_after():
        running = subprocess.Popen(
            [
                *(sys.executable, "-c", AS_ANYBODY, str(tmp_path)),
                *("capture", "session", str(session), "--data", str(out)),
            ],
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 40
        while not belonging_to(tmp_path, "galculator") and time.monotonic() < until:
            time.sleep(0.1)
        assert belonging_to(tmp_path, "galculator")
        running.send_signal(number)
        status = running.wait(30)
        assert status == (-9 if number is signal.SIGKILL else 130)
        until = time.monotonic() + 5
        while belonging_to(tmp_path) and time.monotonic() < until:
            time.sleep(0.1)
        assert belonging_to(tmp_path) == []


def belonging_to(folder: Path, name: str = "") -> list[str]:
    """The running programs whose home is below a folder."""
    commands = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "comm").read_text().strip()
            except OSError:
                continue
            home = f"HOME={folder}/room".encode()
            if home in environment and command.startswith(name):
                commands.append(command)
    return commands


@pytest.mark.skipif(os.getuid() != 0, reason="only root is refused")
@pytest.mark.parametrize(
    ("user", "message"),
    [
        ([], "cannot run as root"),
        (["--user", "root"], "non-root user"),
        (["--user", "é"], "no such user"),
    ],
)
def test_root_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], user: list[str], message: str
) -> None:
    (tmp_path / "s.toml").write_text(SCREEN, encoding="utf-8")
    (tmp_path / "words").mkdir()
    (tmp_path / "words/calculator.toml").write_text(WORDS, encoding="utf-8")
    data = ["--data", str(tmp_path / "out"), *user]
    assert main(["capture", "session", str(tmp_path / "s.toml"), *data]) == 2
    assert message in capsys.readouterr().err
