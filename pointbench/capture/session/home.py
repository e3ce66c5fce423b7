"""Writes the home folder of a screen: files to display, and the settings of its programs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pointbench.capture.session.file import ScreenSpec
from pointbench.capture.session.panels import (
    CLOCK,
    channel,
    group,
    launcher,
    value,
    write,
    write_desktop,
)

DATED = datetime(2025, 3, 14, 10, 24, tzinfo=UTC).timestamp()
"""Modification time of every file, in the past so no program shows "today"."""
FOLDERS = ("Desktop", "Documents", "Downloads", "Music", "Pictures", "Projects", "Videos")
VIEWS = {"icons": "ThunarIconView", "details": "ThunarDetailsView", "compact": "ThunarCompactView"}


def write_home(home: Path, screen: ScreenSpec, folders: Sequence[Path]) -> None:
    """Write everything below ``home``, which does not exist yet; copy ``folders`` over it.

    SessionError: a launcher's application is not installed.
    """
    for name in FOLDERS:
        (home / name).mkdir(parents=True)
    _write_gtk(home, screen)
    _write_programs(home, screen)
    write_desktop(home, screen)
    _write_files(home, screen, folders)
    for path in (*home.rglob("*"), home):
        os.utime(path, (DATED, DATED), follow_symlinks=False)


def _write_files(home: Path, screen: ScreenSpec, folders: Sequence[Path]) -> None:
    for folder in screen.folders:
        (home / folder).mkdir(parents=True, exist_ok=True)
    for source_folder in folders:
        for source in sorted(source_folder.rglob("*")):
            if source.is_file():
                _copy(source, home / source.relative_to(source_folder))
    for name in screen.on_desktop.launchers:
        _copy(launcher(name), home / "Desktop" / f"{name}.desktop")
        (home / "Desktop" / f"{name}.desktop").chmod(0o755)
    for name in screen.on_desktop.files:
        if name.endswith("/"):
            (home / "Desktop" / name).mkdir()
        else:
            write(home / "Desktop" / name, "Milk, bread, tea\n")


def _copy(source: Path, target: Path) -> None:
    """Copy a file of the session; settings of GNOME and MATE are appended to those written here."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.name == "keyfile" and target.exists():
        with target.open("a", encoding="utf-8") as settings:
            settings.write("\n" + source.read_text(encoding="utf-8"))
        return
    shutil.copyfile(source, target)
    if os.access(source, os.X_OK):
        target.chmod(0o755)


def _write_gtk(home: Path, screen: ScreenSpec) -> None:
    write(
        home / ".config/gtk-3.0/settings.ini",
        "[Settings]\n"
        f"gtk-theme-name={screen.theme}\ngtk-icon-theme-name={screen.icons}\n"
        "gtk-font-name=Noto Sans 10\ngtk-enable-animations=0\ngtk-cursor-blink=0\n"
        f"gtk-recent-files-max-age=0\ngtk-application-prefer-dark-theme={int(screen.dark)}\n",
    )
    write(home / ".config/user-dirs.dirs", 'XDG_DESKTOP_DIR="$HOME/Desktop"\n')
    write(
        home / ".config/glib-2.0/settings/keyfile",
        "[org/gnome/desktop/interface]\ntoolkit-accessibility=true\nenable-animations=false\n"
        "cursor-blink=false\nfont-name='Noto Sans 10'\n"
        f"icon-theme='{screen.icons}'\ngtk-theme='{screen.theme}'\n\n"
        "[org/mate/desktop/interface]\naccessibility=true\nenable-animations=false\ncursor-blink=false\n"
        f"font-name='Noto Sans 10'\ngtk-theme='{screen.theme}'\nicon-theme='{screen.icons}'\n\n"
        f"[org/mate/marco/general]\ntheme='{screen.theme}'\ncompositing-manager=false\n"
        "titlebar-font='Noto Sans Bold 10'\n\n"
        "[org/mate/desktop/background]\npicture-filename=''\n"
        f"primary-color='{screen.wallpaper}'\ncolor-shading-type='solid'\n\n"
        "[org/mate/desktop/peripherals/mouse]\ncursor-theme='Adwaita'\n\n"
        "[org/mate/panel/objects/clock/prefs]\nformat='custom'\n"
        f"custom-format='{CLOCK}'\n\n"
        "[org/xfce/mousepad/preferences/window]\ntoolbar-visible=true\nstatusbar-visible=true\n"
        "toolbar-icon-size='large-toolbar'\n\n"
        "[org/xfce/mousepad/preferences/view]\nshow-line-numbers=true\n"
        f"color-scheme='{'oblivion' if screen.dark else 'tango'}'\n\n"
        "[org/mate/pluma]\nauto-save=false\n\n[org/gnumeric/gnumeric/core/gui/toolbars]\n\n",
    )


def _write_programs(home: Path, screen: ScreenSpec) -> None:
    write(
        home / ".bashrc",
        "PS1='demo@desk:\\w$ '\nunset PROMPT_COMMAND\nHISTFILE=\nalias ls='ls --color=auto'\n",
    )
    write(
        home / ".config/inkscape/preferences.xml",
        '<?xml version="1.0"?>\n<inkscape version="1">\n<group id="options">'
        '<group id="boot" enabled="0"/></group>\n</inkscape>\n',
    )
    write(
        home / ".config/abiword/profile",
        '<?xml version="1.0"?>\n<AbiPreferences app="AbiWord" ver="1.0">\n<Select scheme="_custom_"'
        ' autosaveprefs="1" useenvlocale="1"/>\n<Scheme name="_custom_" CursorBlink="0"/>\n'
        "</AbiPreferences>\n",
    )
    write(
        home / ".config/xfce4/terminal/terminalrc",
        "[Configuration]\nMiscBell=FALSE\nMiscCursorBlinks=FALSE\nMiscConfirmClose=FALSE\n"
        "MiscToolbarDefault=TRUE\nMiscShowUnsafePasteDialog=FALSE\nTitleMode=TERMINAL_TITLE_HIDE\n"
        "FontName=DejaVu Sans Mono 11\n",
    )
    write(
        home / ".config/xfce4/xfconf/xfce-perchannel-xml/thunar.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<channel name="thunar" version="1.0">\n'
        '<property name="last-show-hidden" type="bool" value="false"/>\n'
        '<property name="misc-single-click" type="bool" value="false"/>\n'
        '<property name="misc-date-style" type="string" value="THUNAR_DATE_STYLE_ISO"/>\n'
        '<property name="last-location-bar" type="string" value="ThunarLocationButtons"/>\n'
        f'<property name="last-view" type="string" value="{VIEWS[screen.view]}"/>\n</channel>\n',
    )
    write(
        home / ".config/xfce4/xfconf/xfce-perchannel-xml/ristretto.xml",
        channel(
            "ristretto",
            group("errors", value("missing-thumbnailer", "bool", False))
            + group("window", value("maximize-on-startup", "bool", False)),
        ),
    )
    profile = home / ".mozilla/firefox/session"
    write(
        home / ".mozilla/firefox/profiles.ini",
        "[Profile0]\nName=session\nIsRelative=1\nPath=session\nDefault=1\n\n[General]\nVersion=2\n"
        "StartWithLastProfile=1\n",
    )
    preferences: dict[str, bool | int | str] = {
        "browser.aboutwelcome.enabled": False,
        "browser.shell.checkDefaultBrowser": False,
        "browser.startup.homepage_override.mstone": "ignore",
        "browser.tabs.firefox-view": False,
        "browser.toolbars.bookmarks.visibility": "never",
        "datareporting.policy.dataSubmissionEnabled": False,
        "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
        "toolkit.telemetry.reportingpolicy.firstRun": False,
        "trailhead.firstrun.didSeeAboutWelcome": True,
        "termsofuse.acceptedVersion": 999,
        "termsofuse.bypassNotification": True,
        "browser.preonboarding.enabled": False,
        "app.normandy.enabled": False,
        "app.update.auto": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "browser.uitour.enabled": False,
        "ui.caretBlinkTime": 0,
        "ui.prefersReducedMotion": 1,
        "ui.systemUsesDarkTheme": int(screen.dark),
        "browser.sessionstore.resume_from_crash": False,
        "browser.startup.page": 0,
        "startup.homepage_welcome_url": "",
        "startup.homepage_welcome_url.additional": "",
        "startup.homepage_override_url": "",
        "datareporting.policy.firstRunURL": "",
    }
    lines = [f'user_pref("{key}", {_javascript(value)});' for key, value in preferences.items()]
    write(profile / "user.js", "\n".join(lines) + "\n")


def _javascript(value: bool | int | str) -> str:
    return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'
