"""A session file: the screens of a suite as one script, so that all of it can be made again.

Everything here is read and checked before a program starts; nothing here starts one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from pointbench.capture.errors import SessionError
from pointbench.capture.session.fields import (
    CommandLine,
    Pair,
    Seconds,
    StrictModel,
    Texts,
    WindowPlace,
    as_tuple,
    checked_folder,
)
from pointbench.capture.session.web_fields import Application, WebScreen
from pointbench.errors import one_line
from pointbench.suites.places import SUITE_NAME

DesktopName = Literal["xfce", "mate", "lxqt", "plain"]

LABELS = {"xfce": "Xfce", "mate": "MATE", "lxqt": "LXQt", "plain": "Openbox"}
SMALLEST, LARGEST = 64, 16_384
"""Pixels of a screen's side."""
SCRATCH = "session"
_SCREEN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_THEME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]*")
_LAUNCHER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


class Program(StrictModel):
    """A program to start, and where its window goes.

    `command` is run in the home folder. `place` is the window's left, top, width and height in
    pixels of the screenshot; -1 leaves a number as the program chose it.
    """

    command: CommandLine
    place: WindowPlace | None = None
    maximized: bool = Field(default=False, validation_alias=AliasChoices("maximized", "maximised"))
    """``maximised``, as 0.1.0 spelled it, is read, too."""
    settle: Seconds = 1.5
    """Seconds from its window to the next step."""
    window: bool = True
    """Whether it opens a window to wait for."""


class DesktopStep(StrictModel):
    """One thing done to the running screen, then `wait` seconds.

    A place to click is [x, y] in pixels or an element's key, `application|role|name`, as a draft
    lists them; `#2` after it is the second of equal ones from the top.
    """

    key: str | None = None
    type: str | None = None
    click: Pair | str | None = None
    double_click: Pair | str | None = None
    right_click: Pair | str | None = None
    move: Pair | str | None = None
    run: CommandLine | None = None
    wait: Seconds | None = None

    @property
    def action(self) -> str:
        """Which of the fields says what to do: `key`, `click` ..., or `wait` for a pause alone."""
        for name in ("key", "type", "click", "double_click", "right_click", "move", "run"):
            if getattr(self, name) is not None:
                return name
        return "wait"

    @model_validator(mode="after")
    def _one(self) -> DesktopStep:
        given = [name for name, value in self if value is not None and name != "wait"]
        if len(given) > 1:
            raise ValueError(f"a step does one thing; {' and '.join(given)} are given")
        if not given and self.wait is None:
            raise ValueError("a step says what to do: key, type, click, move, run or wait")
        return self


class Panel(StrictModel):
    """The desktop's panel. Launchers are names of .desktop files without the ending."""

    height: Annotated[int, Field(ge=16, le=200)] = 36
    at: Literal["bottom", "top"] = "bottom"
    launchers: Texts = ()


class Icons(StrictModel):
    """What lies on the desktop: launchers as in a panel, and files (a folder ends in /)."""

    launchers: Texts = ()
    files: Texts = ()


class ScreenSpec(StrictModel):
    """One screenshot. All sizes and places are pixels of the screenshot.

    `blank` names, for views whose icons are found by the marker theme only, an empty pixel of the
    view: application -> [x, y]. `home` names folders beside the session file, below `files/`, that
    are copied over the home; `folders` are empty ones in it. `park` is a pixel where the pointer
    lights nothing up.
    """

    name: str
    size: Pair = (1280, 720)
    scale: Literal[1, 2] = 1
    desktop: DesktopName = "xfce"
    label: str = ""
    theme: str = "Adwaita"
    window_theme: str = ""
    icons: str = "Adwaita"
    qt_style: str = "Fusion"
    dark: bool = False
    wallpaper: str = "#2d5a76"
    panel: Panel = Panel()
    on_desktop: Icons = Icons()
    view: Literal["icons", "details", "compact"] = "icons"
    home: Texts = ("home",)
    folders: Texts = ()
    environment: dict[str, str] = Field(default_factory=dict)
    programs: Annotated[tuple[Program, ...], BeforeValidator(as_tuple)] = ()
    steps: Annotated[tuple[DesktopStep, ...], BeforeValidator(as_tuple)] = ()
    park: Pair | None = None
    blank: dict[str, Pair] = Field(default_factory=dict)
    hover: bool = True
    markers: bool = True
    tags: Texts = ()
    web: WebScreen | None = None
    """A page of a web application instead of a desktop; then only name, size, scale, dark, hover and
    tags say something more."""

    @property
    def title(self) -> str:
        """The desktop as the targets file names it."""
        return self.label or LABELS[self.desktop]

    @property
    def parked(self) -> tuple[int, int]:
        """Where the pointer rests: `park`, or the middle of the right edge."""
        return self.park or (self.size[0] - 2, self.size[1] // 2)

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not _SCREEN_NAME.fullmatch(name):
            raise ValueError("small letters, digits, '.', '-' and '_', as it becomes a file's name")
        return name

    @field_validator("size")
    @classmethod
    def _possible_size(cls, size: tuple[int, int]) -> tuple[int, int]:
        if not all(SMALLEST <= side <= LARGEST for side in size):
            raise ValueError(f"[width, height], each {SMALLEST} to {LARGEST} pixels")
        return size

    @field_validator("wallpaper")
    @classmethod
    def _plain_color(cls, color: str) -> str:
        if not _COLOR.fullmatch(color):
            raise ValueError("a color such as '#2d5a76'")
        return color

    @field_validator("theme", "window_theme", "icons", "qt_style")
    @classmethod
    def _theme_name(cls, name: str) -> str:
        if name and not _THEME.fullmatch(name):
            raise ValueError("no name of a theme")
        return name

    @field_validator("home", "folders")
    @classmethod
    def _inside(cls, folders: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_folder(folder) for folder in folders)

    @model_validator(mode="after")
    def _agrees(self) -> ScreenSpec:
        if self.web is not None and any(side % self.scale for side in self.size):
            raise ValueError(f"size {list(self.size)} is no multiple of scale {self.scale}")
        for name in (*self.panel.launchers, *self.on_desktop.launchers):
            if not _LAUNCHER.fullmatch(name):
                raise ValueError(f"launcher {name!r} is no name of a .desktop file")
        for name in self.on_desktop.files:
            if "/" in name.removesuffix("/") or name.strip("./") == "":
                raise ValueError(f"file {name!r} has to lie on the desktop itself")
        spots = [self.park, *self.blank.values()]
        for spot in spots:
            if spot and not (0 <= spot[0] < self.size[0] and 0 <= spot[1] < self.size[1]):
                raise ValueError(f"pixel {list(spot)} is outside the screen of {list(self.size)}")
        return self


class Packages(StrictModel):
    """The versions with which the committed targets were made, by package manager."""

    dpkg: dict[str, str] = Field(default_factory=dict)
    pip: dict[str, str] = Field(default_factory=dict)
    npm: dict[str, str] = Field(default_factory=dict)


class _File(StrictModel):
    suite: Annotated[str, Field(pattern=f"^{SUITE_NAME.pattern}$")]
    captured: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    origin: Annotated[str | None, Field(alias="from")] = None
    screens: Texts | None = None
    scratch: str | None = None
    packages: Packages = Packages()
    application: dict[str, Application] = Field(default_factory=dict)
    defaults: dict[str, Any] = Field(default_factory=dict)
    screen: Annotated[tuple[dict[str, Any], ...], BeforeValidator(as_tuple)] = ()

    @field_validator("scratch")
    @classmethod
    def _plain_folder(cls, name: str | None) -> str | None:
        if name is not None and not _SCREEN_NAME.fullmatch(name):
            raise ValueError("small letters, digits, '.', '-' and '_', as it becomes a folder")
        return name

    @model_validator(mode="after")
    def _one_source(self) -> _File:
        if self.origin is not None and (self.screen or self.defaults):
            raise ValueError("'from' takes its screens from another file: no [[screen]] beside it")
        if self.origin is None and self.screens is not None:
            raise ValueError("'screens' chooses out of the file that 'from' names")
        if self.origin is None and not self.screen:
            raise ValueError("no [[screen]] in it")
        return self


@dataclass(frozen=True)
class Session:
    """A session file that can be used.

    `scratch` is the folder in /tmp below which homes are; some programs show it, so it is part of
    the pictures. `folder` is where the file lies; `sources` are the folders in which its words and
    files are looked for, its own first.
    """

    suite: str
    captured: str | None
    scratch: str
    packages: Packages
    screens: tuple[ScreenSpec, ...]
    folder: Path
    sources: tuple[Path, ...]
    applications: Mapping[str, Application] = field(default_factory=dict)

    def screen(self, name: str) -> ScreenSpec:
        """The screen of a name."""
        for screen in self.screens:
            if screen.name == name:
                return screen
        raise SessionError(
            f"capture session: no screen {one_line(name)!r} in {self.suite}; "
            f"there are {', '.join(screen.name for screen in self.screens)}"
        )

    def words_file(self, screen: ScreenSpec) -> Path:
        """Where a screen's words are; in the own folder if nowhere yet."""
        files = [source / "words" / f"{screen.name}.toml" for source in self.sources]
        return next((file for file in files if file.is_file()), files[0])

    def home_folders(self, screen: ScreenSpec) -> tuple[Path, ...]:
        """The folders that are copied over a screen's home, those that exist."""
        folders = []
        for name in screen.home:
            found = [source / "files" / name for source in self.sources]
            folders += [folder for folder in found if folder.is_dir()][:1]
        return tuple(folders)


def read_session(path: Path, _below: tuple[Path, ...] = ()) -> Session:
    """The session of a file. SessionError: one line that names the file, the screen, the field."""
    label = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
    if path.resolve() in _below:
        raise SessionError(one_line(f"{label}: 'from' leads back to itself"))
    raw = read_toml(path, label)
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise validation_error(label, "", error) from error
    folder = path.parent.resolve()
    if file.origin is not None:
        return _chosen(file, label, folder, (*_below, path.resolve()))
    screens: list[ScreenSpec] = []
    for number, given in enumerate(file.screen, start=1):
        name = given.get("name", f"number {number}")
        try:
            screen = ScreenSpec.model_validate({**file.defaults, **given})
        except ValidationError as error:
            raise validation_error(label, f"screen {name}", error) from error
        if screen.web is not None and screen.web.application not in file.application:
            raise SessionError(
                one_line(f"{label}: screen {name}: no [application.{screen.web.application}]")
            )
        if any(screen.name == other.name for other in screens):
            raise SessionError(one_line(f"{label}: screen {name}: the name appears twice"))
        screens.append(screen)
    scratch = file.scratch or SCRATCH
    return Session(
        file.suite,
        file.captured,
        scratch,
        file.packages,
        tuple(screens),
        folder,
        (folder,),
        file.application,
    )


def _chosen(file: _File, label: str, folder: Path, below: tuple[Path, ...]) -> Session:
    assert file.origin is not None
    whole = read_session(folder / file.origin, below)
    names = file.screens
    known = [screen.name for screen in whole.screens]
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise SessionError(one_line(f"{label}: screens: {', '.join(unknown)} not in {file.origin}"))
    screens = tuple(s for s in whole.screens if names is None or s.name in names)
    own = file.packages
    packages = own if own != Packages() else whole.packages
    captured = file.captured or whole.captured
    scratch = file.scratch or whole.scratch
    return Session(
        file.suite,
        captured,
        scratch,
        packages,
        screens,
        folder,
        (folder, *whole.sources),
        whole.applications,
    )


def read_toml(path: Path, label: str) -> dict[str, Any]:
    """A TOML file. SessionError: it is not there, not readable, or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SessionError(one_line(f"{label}: {error.strerror or error}")) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SessionError(one_line(f"{label}: not TOML: {error}")) from error


def validation_error(label: str, where: str, error: ValidationError) -> SessionError:
    """The first fault of a file, and how many more there are."""
    details = error.errors(include_url=False)
    first = details[0]
    field = ".".join(str(part) for part in first["loc"] if part != "function-before[_words()]")
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "no such key"
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    place = ": ".join(part for part in (label, where, field) if part)
    return SessionError(one_line(f"{place}: {message}{more}"))
