"""Web screens of a session: read, installed, served, shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pointbench.capture.errors import ScreenError, SessionError
from pointbench.capture.session.file import read_session
from pointbench.capture.session.serving import installed, served
from pointbench.capture.session.web_screen import (
    applications_folder,
    make_web_screen,
    refuse_without_tools,
)
from pointbench.capture.session.words import read_target_specs
from tests.capture.web.test_page import in_a_browser
from tests.report.page.chrome import find_chrome

SESSION = """
suite = "pages"
[application.plain]
title = "Plain Page"
files = "plain"
[application.lively]
title = "Lively"
files = "plain"
build = "sh -c 'echo built > built.txt'"
serve = "python3 -m http.server {port} --bind 127.0.0.1 --directory {home}"
environment = {PLACE = "{home}"}
[application.dead]
title = "Dead"
serve = "sh -c 'echo it broke; exit 3'"
[application.nothing]
title = "Nothing"
serve = "no-such-program-here {port}"

[[screen]]
name = "small"
size = [800, 600]
scale = 2
dark = true
[screen.web]
application = "plain"
path = "/page.html"
steps = [{click = "#more"}, {type = "pear", into = "#fruit"}, {wait = 0.1}]
storage = {who = "Ada"}
clock = "2025-05-14T10:24:00"
[[screen]]
name = "lively"
size = [400, 300]
web = {application = "lively", path = "/page.html", style = "button { height: 35px }"}
[[screen]]
name = "lost"
web = {application = "plain", path = "/nothing.html"}
"""
PAGE = """<!doctype html><title>Fruit</title><style>body { margin: 0 } * { position: absolute }
button, input { box-sizing: border-box; left: 10px; width: 100px; height: 30px }</style>
<button style="top: 10px">Keep</button>
<button id="more" style="top: 50px" onclick="late.hidden = false">More</button>
<button id="late" style="top: 90px" hidden>Late</button>
<input id="fruit" aria-label="Fruit" style="top: 130px">
<script>
  const now = new Date().toISOString().slice(11, 16);
  document.title = [localStorage.who, now, Math.random().toFixed(4)].join(" ");
  const b = document.createElement("button");
  b.textContent = document.title; b.style = "top: 170px; font-size: 10px";
  document.body.append(b);
  fetch("http://elsewhere.invalid/").catch(() => {});
</script>
"""
WORDS = """
late = {find = "Plain Page|push button|Late", say = "Click Late."}
no-pay = {absent = true, name = "Pay", say = "Click Pay."}
[keep]
find = "Plain Page|push button|Keep"
say = "Click Keep."
also = ["Click the first button from the top."]
looked_at = true
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "files/plain").mkdir(parents=True)
    (tmp_path / "files/plain/page.html").write_text(PAGE)
    (tmp_path / "words").mkdir()
    (tmp_path / "words/small.toml").write_text(WORDS)
    (tmp_path / "session.toml").write_text(SESSION)
    return tmp_path


@in_a_browser
def test_a_page_is_served_stepped_through_and_read(folder: Path) -> None:
    session = read_session(folder / "session.toml")
    screen = session.screen("small")
    captured = make_web_screen(
        session, screen, read_target_specs(session.words_file(screen)), folder
    )
    assert captured.picture.size == (800, 600)
    assert captured.browser.startswith("Chromium ")
    late, absent, keep = captured.targets
    assert keep == {
        "id": "small/keep",
        "instruction": "Click Keep.",
        "name": "Keep",
        "box": [20, 20, 220, 80],
        "kind": "text",
        "role": "push button",
        "app": "plain page",
        "rewordings": ["Click the first button from the top."],
        "verified": {"hit_test": True, "hover": "box"},
        "extra": {"sources": ["dom", "hover"], "looked_at": True},
    }
    assert late["box"] == [20, 180, 220, 240]
    assert absent["absent"] is True
    assert list(captured.elements)[4] == "Plain Page|push button|Ada 10:24 0.9650"
    again = make_web_screen(session, screen, None, folder)
    assert again.picture.tobytes() == captured.picture.tobytes()
    assert again.targets == ()


@in_a_browser
def test_an_application_of_its_own_server(folder: Path) -> None:
    session = read_session(folder / "session.toml")
    lines: list[str] = []
    captured = make_web_screen(session, session.screen("lively"), None, folder, lines.append)
    assert captured.elements["Lively|push button|Keep"].box.height == 35
    assert lines == ["installing Lively"]
    assert (
        make_web_screen(session, session.screen("lively"), None, folder, lines.append).targets == ()
    )
    assert lines == ["installing Lively"]  # once


@in_a_browser
def test_a_page_that_is_not_there(folder: Path) -> None:
    session = read_session(folder / "session.toml")
    with pytest.raises(ScreenError, match="answers 404"):
        make_web_screen(session, session.screen("lost"), None, folder)


@in_a_browser
def test_words_of_what_is_not_there(folder: Path) -> None:
    (folder / "words/small.toml").write_text('x = {find = "Plain Page|link|X", say = "Click X."}')
    session = read_session(folder / "session.toml")
    screen = session.screen("small")
    with pytest.raises(ScreenError, match=r"not found: Plain Page\|link\|X; similar keys: "):
        make_web_screen(session, screen, read_target_specs(session.words_file(screen)), folder)


def test_what_is_served_is_a_copy_with_one_date(folder: Path) -> None:
    session = read_session(folder / "session.toml")
    application = session.applications["lively"]
    files = folder / "files/plain"
    place = installed("lively", application, files, applications_folder(), lambda _: None)
    with served(application, place, folder / "demo", "/built.txt", 1_700_000_000) as url:
        assert url.endswith("/built.txt")
        assert (folder / "demo/built.txt").read_text() == "built\n"
        assert (folder / "demo/page.html").stat().st_mtime == 1_700_000_000
    assert os.listdir(folder / "files/plain") == ["page.html"]  # noqa: PTH208


@pytest.mark.parametrize(
    ("name", "message"),
    [("dead", "Dead ended: it broke"), ("nothing", "no program 'no-such-program-here'")],
)
def test_applications_that_do_not_start(folder: Path, name: str, message: str) -> None:
    application = read_session(folder / "session.toml").applications[name]
    place = installed(name, application, None, applications_folder(), lambda _: None)
    with (
        pytest.raises(SessionError, match=message),
        served(application, place, folder / "demo", "/", 0),
    ):
        raise AssertionError("served")


@in_a_browser
def test_without_npm_nothing_is_started(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = find_chrome()
    assert browser is not None
    (folder / "bin").mkdir()
    (folder / "bin/chromium").symlink_to(browser)
    monkeypatch.setenv("PATH", str(folder / "bin"))
    session = read_session(folder / "session.toml")
    refuse_without_tools(session, session.screens)
    text = SESSION.replace('title = "Plain Page"', 'title = "Plain Page"\nnpm = {x = "1.0"}')
    (folder / "session.toml").write_text(text)
    session = read_session(folder / "session.toml")
    with pytest.raises(SessionError, match=r"not installed: apt-get install .* nodejs npm"):
        refuse_without_tools(session, session.screens)


def test_a_build_that_fails_is_told_and_done_again(folder: Path) -> None:
    application = read_session(folder / "session.toml").applications["plain"]
    wrong = application.model_copy(update={"build": ("sh", "-c", "echo no such tool >&2; exit 1")})
    for _ in range(2):
        with pytest.raises(SessionError, match="plain: sh failed: no such tool"):
            installed("plain", wrong, None, applications_folder(), lambda _: None)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('application = "lively"', 'application = "gone"', r"screen lively: no \[application.gone\]"),
        ('{click = "#more"}', '{click = "#more", press = "a"}', "a step does one thing"),
        ('{click = "#more"}', '{into = "#more"}', "a step does one thing"),
        ('path = "/nothing.html"', 'path = "nothing"', "path: 'nothing' is not a path from the root"),
        ('size = [800, 600]', "size = [801, 600]", "not a multiple of scale 2"),
        ('files = "plain"\nbuild', 'files = "../plain"\nbuild', "files: .* inside its folder: .* such as"),
        ('title = "Dead"', 'title = "Dead"\nnpm = {x = "latest"}', "'latest' is not an exact version, such"),
        ('title = "Dead"', 'title = "Dead"\npip = {"--x" = "1"}', "'--x' is not a package name, such as"),
        ('2025-05-14T10:24:00"', 'yesterday"', "clock: .* is not a time such as"),
    ],
)  # fmt: skip
def test_slips_in_a_session_file(folder: Path, before: str, after: str, message: str) -> None:
    assert before in SESSION
    (folder / "session.toml").write_text(SESSION.replace(before, after))
    with pytest.raises(SessionError, match=message) as caught:
        read_session(folder / "session.toml")
    assert "\n" not in str(caught.value)
