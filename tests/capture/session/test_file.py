"""Session files: easy to write, and every mistake reported in one line that names its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from pointbench.capture.errors import SessionError
from pointbench.capture.session.file import Session, read_session
from pointbench.capture.session.words import read_target_specs
from pointbench.cli import main

SMALL = """
suite = "tiny"
[[screen]]
name = "one"
programs = [{command = "galculator --help 'two words'", place = [10, 20, 300, -1]}]
"""


def session_of(folder: Path, text: str, name: str = "session.toml") -> Session:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return read_session(folder / name)


def test_a_screen_needs_a_name_and_nothing_else(tmp_path: Path) -> None:
    session = session_of(tmp_path, 'suite = "s"\n[[screen]]\nname = "bare"\n')
    (screen,) = session.screens
    assert screen.size == (1280, 720)
    assert screen.desktop == "xfce"
    assert screen.title == "Xfce"
    assert screen.parked == (1278, 360)
    assert screen.hover
    assert screen.markers
    assert session.sources == (tmp_path.resolve(),)


def test_a_command_is_split_as_a_shell_does_and_never_run_by_one(tmp_path: Path) -> None:
    (program,) = session_of(tmp_path, SMALL).screens[0].programs
    assert program.command == ("galculator", "--help", "two words")
    assert program.place == (10, 20, 300, -1)


def test_defaults_hold_for_every_screen_that_does_not_say_otherwise(tmp_path: Path) -> None:
    text = (
        'suite = "s"\n[defaults]\nicons = "Papirus"\ndark = true\n'
        '[[screen]]\nname = "a"\n[[screen]]\nname = "b"\nicons = "Tango"\n'
    )
    a, b = session_of(tmp_path, text).screens
    assert (a.icons, b.icons) == ("Papirus", "Tango")
    assert a.dark
    assert b.dark


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("suite = 's'\n", r"session\.toml: it has no \[\[screen\]\]"),
        ("suite = 's'\n[[screen]]\n", r"screen number 1: name: Field required"),
        (SMALL + "color = 1\n", r"screen one: color: no such key"),
        (SMALL + 'name2 = 1\nsize = "big"\n', r"screen one: .*\(and 1 more\)"),
        (SMALL + "size = [1, 720]\n", r"screen one: size: .*64 to 16384 pixels"),
        (SMALL + "scale = 3\n", r"screen one: scale"),
        (SMALL + 'desktop = "aqua"\n', r"screen one: desktop: .*xfce.*mate.*lxqt.*plain"),
        (
            SMALL + 'wallpaper = "blue"\n',
            r"screen one: wallpaper: 'blue' is not a color such as '#2d5a76'",
        ),
        (
            SMALL + 'theme = "a\\nb"\n',
            r"screen one: theme: 'a\\nb' is not a theme name .* such as 'Arc-Dark'",
        ),
        (SMALL + 'steps = [{key = "a", click = [1, 2]}]\n', r"steps\.0: a step does one thing"),
        (SMALL + "steps = [{}]\n", r"steps\.0: a step says what to do"),
        (SMALL + "park = [1280, 5]\n", r"pixel \[1280, 5\] is outside"),
        (
            SMALL + 'home = ["../.."]\n',
            r"home\.0: '\.\./\.\.' must stay inside its folder: .* such as 'home'",
        ),
        (
            SMALL + 'folders = ["/etc/x"]\n',
            r"folders\.0: '/etc/x' must stay inside its folder: .* such as 'home'",
        ),
        (
            SMALL + 'panel = {launchers = ["../x"]}\n',
            r"launcher '\.\./x' is not the name of a \.desktop file, such as",
        ),
        (
            SMALL + 'on_desktop = {files = ["../x"]}\n',
            r"file '\.\./x' must be directly on the desktop, such as",
        ),
        (SMALL + '[[screen]]\nname = "one"\n', r"screen one: the name appears twice"),
        (
            'suite = "s"\n[[screen]]\nname = "../up"\n',
            r"name: '\.\./up' is not a file's name of small letters, digits",
        ),
        (
            'suite = "../s"\n[[screen]]\nname = "a"\n',
            r"suite: '\.\./s' is not a name of letters, digits",
        ),
        (SMALL + 'programs = [{command = "a \'b"}]\n', r"not TOML"),
        (SMALL.replace("'two words'", "'two"), r"cannot be split into words"),
        ("suite = \n", r"session\.toml: not TOML"),
        (
            'suite = "s"\nfrom = "x.toml"\n[[screen]]\nname = "a"\n',
            r"remove 'from' or \[\[screen\]\]",
        ),
        ('suite = "s"\nscreens = ["a"]\n[[screen]]\nname = "a"\n', r"'screens' selects"),
        ('suite = "s"\nfrom = "session.toml"\n', r"'from' leads back to this file"),
        ('suite = "s"\nfrom = "nowhere.toml"\n', r"nowhere\.toml: No such file"),
        (
            'suite = "s"\nscratch = "../etc"\n[[screen]]\nname = "a"\n',
            r"scratch: '\.\./etc' is not a file's name of small letters",
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SessionError, match=message) as caught:
        session_of(tmp_path / "mine", text)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("mine/")


def test_a_selection_takes_screens_words_and_files_from_the_other_suite(tmp_path: Path) -> None:
    whole = 'suite = "all"\nscratch = "room"\n' + "".join(
        f'[[screen]]\nname = "{name}"\n' for name in "abc"
    )
    session_of(tmp_path / "all", whole)
    (tmp_path / "all/words").mkdir()
    (tmp_path / "all/files/home").mkdir(parents=True)
    (tmp_path / "all/words/b.toml").write_text("", encoding="utf-8")
    some = session_of(
        tmp_path / "some",
        'suite = "some"\nfrom = "../all/session.toml"\nscreens = ["c", "b"]\n'
        '[packages.dpkg]\nxvfb = "1"\n',
    )
    assert [screen.name for screen in some.screens] == ["b", "c"]
    assert some.suite == "some"
    assert some.scratch == "room"
    assert some.packages.dpkg == {"xvfb": "1"}
    b, c = some.screens
    assert some.words_file(b) == (tmp_path / "all/words/b.toml").resolve()
    assert some.words_file(c) == (tmp_path / "some/words/c.toml").resolve()
    assert some.home_folders(b) == ((tmp_path / "all/files/home").resolve(),)
    with pytest.raises(SessionError, match=r"no screen 'a' in some; there are b, c"):
        some.screen("a")


def test_a_selection_of_an_unknown_screen_is_refused(tmp_path: Path) -> None:
    session_of(tmp_path / "all", SMALL)
    with pytest.raises(SessionError, match=r"screens: nine not in .*; there are one"):
        session_of(tmp_path / "s", 'suite = "s"\nfrom = "../all/session.toml"\nscreens = ["nine"]')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a = {say = "Click."}\n', r"words/w\.toml: a: either find"),
        ('a = {say = " ", find = "x"}\n', r"a: say"),
        ('a = {say = "Click.", absent = true}\n', r"a: an absent target needs the name"),
        ('a = {say = "Click.", find = "x", absent = true, name = "n"}\n', r"a: either find"),
        ('a = {say = "Click.", find = "x", kind = "picture"}\n', r"a: kind"),
        ('a = "Click."\n', r"words/w\.toml: a: "),
    ],
)
def test_a_mistake_in_words_names_the_target(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "w.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SessionError, match=message):
        read_target_specs(tmp_path / "w.toml")


def test_the_command_says_it_in_one_line_and_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.toml").write_text("suite = 's'\n", encoding="utf-8")
    assert main(["capture", "session", str(tmp_path / "s.toml"), "--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "no [[screen]]" in error
