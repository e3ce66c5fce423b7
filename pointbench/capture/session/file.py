"""Reads a session file: a script of all screens of a suite, from which it can be recaptured.

Everything is read and checked here before any program starts; nothing here starts one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

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
    Folders,
    Pair,
    ScreenName,
    Seconds,
    StrictModel,
    Texts,
    WindowPlace,
    as_tuple,
    matching,
)
from pointbench.capture.session.web_fields import Application, WebScreen
from pointbench.errors import one_line
from pointbench.suites.places import SUITE_NAME

DesktopName = Literal["xfce", "mate", "lxqt", "plain"]

_TITLES = {"xfce": "Xfce", "mate": "MATE", "lxqt": "LXQt", "plain": "Openbox"}
SMALLEST, LARGEST = 64, 16_384
"""Limits of a screen's side, in pixels."""
SCRATCH = "session"
_LAUNCHER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")

ThemeName = Annotated[
    str,
    matching(
        r"([A-Za-z0-9][A-Za-z0-9 ._+-]*)?",
        "a theme name of letters, digits, spaces and . _ + -, such as 'Arc-Dark'",
    ),
]
Color = Annotated[str, matching(r"#[0-9a-fA-F]{6}", "a color such as '#2d5a76'")]


class Program(StrictModel):
    """A program to start, and the position of its window.

    ``command`` runs in the home folder. ``place`` is the window's left, top, width and height in
    pixels of the screenshot; -1 keeps the program's own value.
    """

    command: CommandLine
    place: WindowPlace | None = None
    maximized: bool = Field(default=False, validation_alias=AliasChoices("maximized", "maximised"))
    """Also read as ``maximised``, which 0.1.0 spelled it."""
    settle: Seconds = 1.5
    """Seconds to wait after its window appears."""
    window: bool = True
    """Whether it opens a window to wait for."""


class DesktopStep(StrictModel):
    """One action on the running screen, followed by a pause of ``wait`` seconds.

    A place to click is [x, y] in pixels or an element's key, ``application|role|name``, as listed in
    a draft; a suffix of ``#2`` means the second from the top with the same key.
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
        """The field that names the action: ``key``, ``click`` ..., or ``wait`` for a pause alone."""
        for name in ("key", "type", "click", "double_click", "right_click", "move", "run"):
            if getattr(self, name) is not None:
                return name
        return "wait"

    @model_validator(mode="after")
    def _does_one_thing(self) -> DesktopStep:
        actions = [name for name, value in self if value is not None and name != "wait"]
        if len(actions) > 1:
            raise ValueError(f"a step does one thing; write {' and '.join(actions)} as two steps")
        if not actions and self.wait is None:
            raise ValueError(
                "a step says what to do: key, type, click, move, run or wait, "
                "such as {click = [40, 60]}"
            )
        return self


class Panel(StrictModel):
    """The desktop's panel. Launchers are names of .desktop files without their suffix."""

    height: Annotated[int, Field(ge=16, le=200)] = 36
    at: Literal["bottom", "top"] = "bottom"
    launchers: Texts = ()


class Icons(StrictModel):
    """The icons on the desktop: launchers as in a panel, and files (a folder ends in /)."""

    launchers: Texts = ()
    files: Texts = ()


class ScreenSpec(StrictModel):
    """One screenshot. All sizes and positions are in pixels of the screenshot.

    ``blank`` maps an application to an empty pixel, [x, y], for each view whose icons are found only
    by the marker theme. ``home`` names folders below ``files/`` beside the session file that are
    copied over the home folder; ``folders`` are created empty in it. ``park`` is a pixel where the
    pointer lights nothing up.
    """

    name: ScreenName
    size: Pair = (1280, 720)
    scale: Literal[1, 2] = 1
    desktop: DesktopName = "xfce"
    label: str = ""
    theme: ThemeName = "Adwaita"
    window_theme: ThemeName = ""
    icons: ThemeName = "Adwaita"
    qt_style: ThemeName = "Fusion"
    dark: bool = False
    wallpaper: Color = "#2d5a76"
    panel: Panel = Panel()
    on_desktop: Icons = Icons()
    view: Literal["icons", "details", "compact"] = "icons"
    home: Folders = ("home",)
    folders: Folders = ()
    environment: dict[str, str] = Field(default_factory=dict)
    programs: Annotated[tuple[Program, ...], BeforeValidator(as_tuple)] = ()
    steps: Annotated[tuple[DesktopStep, ...], BeforeValidator(as_tuple)] = ()
    park: Pair | None = None
    blank: dict[str, Pair] = Field(default_factory=dict)
    hover: bool = True
    markers: bool = True
    tags: Texts = ()
    web: WebScreen | None = None
    """A page of a web application in place of a desktop; only the other keys name, size, scale,
    dark, hover and tags then have an effect."""

    @property
    def title(self) -> str:
        """The desktop's name in the targets file."""
        return self.label or _TITLES[self.desktop]

    @property
    def parked(self) -> tuple[int, int]:
        """Where the pointer rests: ``park``, or the middle of the right edge."""
        return self.park or (self.size[0] - 2, self.size[1] // 2)

    @field_validator("size")
    @classmethod
    def _possible_size(cls, size: tuple[int, int]) -> tuple[int, int]:
        if not all(SMALLEST <= side <= LARGEST for side in size):
            raise ValueError(
                f"[width, height], each {SMALLEST} to {LARGEST} pixels, such as [1280, 720]"
            )
        return size

    @model_validator(mode="after")
    def _is_consistent(self) -> ScreenSpec:
        if self.web is not None and any(side % self.scale for side in self.size):
            raise ValueError(
                f"size {list(self.size)} is not a multiple of scale {self.scale}; "
                "each side must be a whole number of CSS pixels"
            )
        for name in (*self.panel.launchers, *self.on_desktop.launchers):
            if not _LAUNCHER.fullmatch(name):
                raise ValueError(
                    f"launcher {name!r:.60} is not the name of a .desktop file, such as 'thunar'"
                )
        for name in self.on_desktop.files:
            if "/" in name.removesuffix("/") or name.strip("./") == "":
                raise ValueError(
                    f"file {name!r:.60} must be directly on the desktop, "
                    "such as 'notes.txt' or, a folder, 'Photos/'"
                )
        for pixel in (self.park, *self.blank.values()):
            if pixel and not (0 <= pixel[0] < self.size[0] and 0 <= pixel[1] < self.size[1]):
                raise ValueError(f"pixel {list(pixel)} is outside the screen of {list(self.size)}")
        return self


class Packages(StrictModel):
    """The package versions that the committed targets were captured with, by package manager."""

    dpkg: dict[str, str] = Field(default_factory=dict)
    pip: dict[str, str] = Field(default_factory=dict)
    npm: dict[str, str] = Field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.dpkg) + len(self.pip) + len(self.npm)


SuiteName = Annotated[
    str, matching(SUITE_NAME.pattern, "a name of letters, digits, . _ -, such as 'my-desktop'")
]
Day = Annotated[str, matching(r"\d{4}-\d{2}-\d{2}", "a date such as '2026-11-22'")]


class _File(StrictModel):
    suite: SuiteName
    captured: Day | None = None
    origin: Annotated[str | None, Field(alias="from")] = None
    screens: Texts | None = None
    scratch: ScreenName | None = None
    packages: Packages = Packages()
    application: dict[str, Application] = Field(default_factory=dict)
    defaults: dict[str, object] = Field(default_factory=dict)
    screen: Annotated[tuple[dict[str, object], ...], BeforeValidator(as_tuple)] = ()

    @model_validator(mode="after")
    def _one_source(self) -> _File:
        if self.origin is not None and (self.screen or self.defaults):
            raise ValueError("'from' uses the screens of another file: remove 'from' or [[screen]]")
        if self.origin is None and self.screens is not None:
            raise ValueError("'screens' selects from the file that 'from' names: add 'from'")
        if self.origin is None and not self.screen:
            raise ValueError("it has no [[screen]]; add one with a name")
        return self


@dataclass(frozen=True)
class Session:
    """A session file that was read and checked.

    ``scratch`` is the folder in /tmp that holds the home folders; some programs show it, so it is
    part of the pictures. ``folder`` is the session file's folder; ``sources`` are the folders to
    search for words files and ``files/``, with ``folder`` first.
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
        """The screen with the given name. SessionError: there is none."""
        for screen in self.screens:
            if screen.name == name:
                return screen
        raise SessionError(
            f"capture session: no screen {one_line(name)!r} in {self.suite}; "
            f"there are {', '.join(screen.name for screen in self.screens)}"
        )

    def words_file(self, screen: ScreenSpec) -> Path:
        """The path of a screen's words file; the one in the session's own folder if none exists yet."""
        files = [source / "words" / f"{screen.name}.toml" for source in self.sources]
        return next((file for file in files if file.is_file()), files[0])

    def home_folders(self, screen: ScreenSpec) -> tuple[Path, ...]:
        """The existing folders that are copied over a screen's home folder."""
        folders = []
        for name in screen.home:
            candidates = [source / "files" / name for source in self.sources]
            folders += [folder for folder in candidates if folder.is_dir()][:1]
        return tuple(folders)


def read_session(path: Path, _from: tuple[Path, ...] = ()) -> Session:
    """Read a session file. SessionError: one line that names the file, the screen and the field."""
    label = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
    if path.resolve() in _from:
        raise SessionError(
            one_line(f"{label}: 'from' leads back to this file; name a file that has [[screen]]")
        )
    raw = read_toml(path, label)
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise validation_error(label, "", error) from error
    folder = path.parent.resolve()
    if file.origin is not None:
        return _selection(file, label, folder, (*_from, path.resolve()))
    screens: list[ScreenSpec] = []
    for number, fields in enumerate(file.screen, start=1):
        name = fields.get("name", f"number {number}")
        try:
            screen = ScreenSpec.model_validate({**file.defaults, **fields})
        except ValidationError as error:
            raise validation_error(label, f"screen {name}", error) from error
        if screen.web is not None and screen.web.application not in file.application:
            raise SessionError(
                one_line(
                    f"{label}: screen {name}: no [application.{screen.web.application}] in the file"
                )
            )
        if any(screen.name == other.name for other in screens):
            raise SessionError(
                one_line(f"{label}: screen {name}: the name appears twice; rename one of them")
            )
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


def _selection(file: _File, label: str, folder: Path, origins: tuple[Path, ...]) -> Session:
    """The session of a file that uses the screens of another file, named by ``from``."""
    assert file.origin is not None
    whole = read_session(folder / file.origin, origins)
    names = file.screens
    known = [screen.name for screen in whole.screens]
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise SessionError(
            one_line(
                f"{label}: screens: {', '.join(unknown)} not in {file.origin}; "
                f"there are {', '.join(known)}"
            )
        )
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


def read_toml(path: Path, label: str) -> dict[str, object]:
    """Read a TOML file. SessionError: it is missing, not readable, or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SessionError(one_line(f"{label}: {error.strerror or error}")) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SessionError(one_line(f"{label}: not TOML: {error}")) from error


def validation_error(label: str, where: str, error: ValidationError) -> SessionError:
    """The first fault of a file and the number of further ones, in one line."""
    details = error.errors(include_url=False)
    first = details[0]
    field = ".".join(str(part) for part in first["loc"] if not str(part).startswith("function-"))
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "no such key"
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    place = ": ".join(part for part in (label, where, field) if part)
    return SessionError(one_line(f"{place}: {message}{more}"))
