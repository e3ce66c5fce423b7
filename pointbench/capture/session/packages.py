"""Checks that a session's requirements are installed, compares versions, and says how to install them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pointbench.capture.errors import SessionError
from pointbench.capture.session.file import Packages, ScreenSpec
from pointbench.extras import require_extra

LIBEXEC = (
    "/usr/libexec",
    "/usr/bin",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib",
    "/usr/lib/at-spi2-core",
)
SEARCH = "/usr/local/bin:/usr/bin:/bin:/usr/games"
"""PATH of a session's programs, the same for every user, so the screens come out the same."""

BASE = {
    "Xvfb": "xvfb",
    "dbus-daemon": "dbus",
    "xdotool": "xdotool",
    "wmctrl": "wmctrl",
    "at-spi-bus-launcher": "at-spi2-core",
}
DESKTOPS = {
    "xfce": {
        "xfsettingsd": "xfce4-settings",
        "xfconf-query": "xfconf",
        "xfwm4": "xfwm4",
        "xfdesktop": "xfdesktop4",
        "xfce4-panel": "xfce4-panel",
    },
    "mate": {
        "mate-settings-daemon": "mate-settings-daemon",
        "marco": "marco",
        "mate-panel": "mate-panel",
        "caja": "caja",
    },
    "lxqt": {"openbox": "openbox", "lxqt-panel": "lxqt-panel", "pcmanfm-qt": "pcmanfm-qt"},
    "plain": {"openbox": "openbox"},
}
"""Program -> the Debian package that contains it, for every desktop that a screen can name."""


@dataclass(frozen=True)
class Change:
    """A package whose version differs from the recorded one; ``installed`` is "" if it is missing."""

    package: str
    recorded: str
    installed: str

    def __str__(self) -> str:
        return f"{self.package}: {self.recorded} recorded, {self.installed or 'not installed'} here"


def program(name: str) -> str | None:
    """The path of a session's program, or None."""
    path = shutil.which(name, path=SEARCH)
    if path is None:
        for folder in LIBEXEC:
            if (Path(folder) / name).is_file():
                return str(Path(folder) / name)
    return path


def refuse_without_extra(screens: Iterable[ScreenSpec]) -> None:
    """Raise a UsageError if the Python packages that capture these screens are not installed."""
    packages = {"jeepney"} | {"playwright" if screen.web else "python-xlib" for screen in screens}
    require_extra("capture", "capture session", *sorted(packages))


def refuse_if_missing(screens: Sequence[ScreenSpec], packages: Packages) -> None:
    """Raise a SessionError that names every missing program or package and the command to install it."""
    needed = dict(BASE) if any(screen.web is None for screen in screens) else {}
    for screen in screens:
        if screen.web is not None:
            continue  # the session installs its packages itself
        needed |= DESKTOPS[screen.desktop]
        if screen.markers:
            needed |= {"gtk-update-icon-cache": "gtk-update-icon-cache"}
        if screen.desktop == "plain" and screen.markers:
            needed |= {"xfsettingsd": "xfce4-settings", "xfconf-query": "xfconf"}
    missing = {package for name, package in needed.items() if program(name) is None}
    missing |= {name for name, number in dpkg_versions(packages.dpkg).items() if not number}
    if missing:
        raise SessionError(
            "capture session: not installed: apt-get install -y --no-install-recommends "
            + " ".join(sorted(missing))
        )
    unknown = sorted(
        {
            entry.command[0]
            for screen in screens
            for entry in screen.programs
            if program(entry.command[0]) is None and not Path(entry.command[0]).is_file()
        }
    )
    if unknown:
        raise SessionError(
            f"capture session: no program {', '.join(unknown)}; install the package that contains it, "
            "and name that package under [packages.dpkg]"
        )


def dpkg_versions(names: Iterable[str]) -> dict[str, str]:
    """Debian package -> installed version, "" if not installed. SessionError: there is no dpkg."""
    names = tuple(names)
    versions = dict.fromkeys(names, "")
    if not names:
        return versions
    if shutil.which("dpkg-query") is None:
        raise SessionError(
            "capture session: no dpkg-query: [packages.dpkg] names Debian packages; "
            "remove it from the session file on a system without dpkg"
        )
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package}\t${db:Status-Status}\t${Version}\n", "--", *names],
        capture_output=True,
        text=True,
        check=False,  # 1 if one of them is unknown: those stay empty
    )
    for line in done.stdout.splitlines():
        name, status, number = line.split("\t")
        if name in versions and status == "installed":
            versions[name] = number
    return versions


def pip_versions(names: Iterable[str]) -> dict[str, str]:
    """Python package -> version in this environment; "" if it is not installed."""
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = ""
    return versions


def npm_versions(names: Iterable[str], folder: Path) -> dict[str, str]:
    """npm package -> version in a folder's node_modules; "" if it is not there."""
    versions = {}
    for name in names:
        manifest = folder / "node_modules" / name / "package.json"
        try:
            versions[name] = str(json.loads(manifest.read_text(encoding="utf-8"))["version"])
        except (OSError, ValueError, KeyError):
            versions[name] = ""
    return versions


def changed_packages(packages: Packages, folder: Path) -> tuple[Change, ...]:
    """Every package whose version differs from the recorded one; npm packages are below ``folder``."""
    return (
        *changes(packages.dpkg, dpkg_versions(packages.dpkg)),
        *changes(packages.pip, pip_versions(packages.pip)),
        *changes(packages.npm, npm_versions(packages.npm, folder)),
    )


def changes(recorded: Mapping[str, str], installed: Mapping[str, str]) -> tuple[Change, ...]:
    """The packages whose version differs from the recorded one, by name."""
    return tuple(
        Change(name, number, installed.get(name, ""))
        for name, number in sorted(recorded.items())
        if installed.get(name, "") != number
    )
