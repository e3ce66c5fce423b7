"""The home folder of a scene: settings of the desktop and its programs, and files to look at."""

from __future__ import annotations

import math
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.starter.scenes import Scene

CLOCK = "10:24"
DATED = datetime(2025, 3, 14, 10, 24, tzinfo=UTC).timestamp()
"""The time of change of every file, in the past, so that no program writes "today"."""
APPLICATIONS = Path("/usr/share/applications")

DOCUMENTS = {
    "budget.csv": "Month,Rent,Food,Travel\nJanuary,850,310,120\nFebruary,850,295,80\nMarch,850,330,240\n",
    "garden-plan.txt": "Garden plan\n\nBeds along the south wall: beans, peas, sunflowers.\n"
    "Herbs near the door: thyme, sage, chives.\nCompost behind the shed.\n",
    "letter.txt": "Dear Mrs Lindqvist,\n\nthank you for the photographs of the lighthouse.\n"
    "We will come by train on Friday and stay until Sunday.\n\nKind regards\n",
    "meeting-notes.md": "# Meeting notes\n\n- Paint the hallway\n- Order new shelves\n- Ask about the roof\n",
    "report.txt": "Annual report\n\nVisitors rose by four per cent. The library bought 312 books.\n",
    "recipes.html": "<h1>Recipes</h1><p>Bread, soup and pancakes.</p>\n",
}
PLANETS = '''"""Distances of the planets from the sun."""

DISTANCE = {"Mercury": 0.39, "Venus": 0.72, "Earth": 1.0, "Mars": 1.52}


def light_minutes(planet):
    """How long light takes from the sun to a planet."""
    return DISTANCE[planet] * 8.317


if __name__ == "__main__":
    for name in DISTANCE:
        print(f"{name:8} {light_minutes(name):6.2f} min")
'''


def write_home(home: Path, scene: Scene) -> None:
    """Everything below `home`, from nothing."""
    for folder in ("Desktop", "Documents", "Downloads", "Music", "Pictures", "Projects", "Videos"):
        (home / folder).mkdir(parents=True)
    _write_files(home, scene)
    _write_gtk(home, scene)
    _write_programs(home, scene)
    {"xfce": _write_xfce, "mate": _write_mate, "lxqt": _write_lxqt}[scene.desktop](home, scene)
    for path in (*home.rglob("*"), home):
        os.utime(path, (DATED, DATED))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_files(home: Path, scene: Scene) -> None:
    documents = home / "Documents"
    for name, text in DOCUMENTS.items():
        _write(documents / name, text)
    for folder in ("Contracts", "Letters", "Taxes"):
        (documents / folder).mkdir()
    _write(home / "Projects" / "planets.py", PLANETS)
    _write(home / "Projects" / "README.md", "# Planets\n\nA small table of distances.\n")
    for number, picture in enumerate((_lighthouse(), _hills(), _tiles()), start=1):
        name = ("lighthouse", "hills", "tiles")[number - 1]
        picture.save(home / "Pictures" / f"{name}.png")
    _pages(documents / "guide.pdf")
    source = Path(__file__).parent / "page.html"
    if source.exists():
        shutil.copy(source, home / "Documents" / "page.html")
    for name in scene.desktop_launchers:
        shutil.copy(APPLICATIONS / f"{name}.desktop", home / "Desktop")
        (home / "Desktop" / f"{name}.desktop").chmod(0o755)
    for name in scene.desktop_files:
        if name.endswith("/"):
            (home / "Desktop" / name).mkdir()
        else:
            _write(home / "Desktop" / name, "Milk, bread, tea\n")


def _lighthouse() -> Image.Image:
    image = Image.new("RGB", (960, 640), "#9cc9e6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 460, 960, 640), fill="#2f6f8f")
    draw.polygon([(330, 520), (640, 520), (560, 440), (400, 440)], fill="#6b6558")
    draw.polygon([(440, 440), (520, 440), (505, 180), (455, 180)], fill="#f4f1ea")
    draw.rectangle((447, 260, 513, 320), fill="#c0392b")
    draw.rectangle((450, 140, 510, 180), fill="#333f48")
    draw.ellipse((760, 60, 860, 160), fill="#f7d774")
    return image


def _hills() -> Image.Image:
    image = Image.new("RGB", (960, 640), "#f3d9b1")
    draw = ImageDraw.Draw(image)
    for row, colour in enumerate(("#b7c9a8", "#86a77c", "#557a56", "#2f5240")):
        points = [
            (x, 260 + 90 * row + 50 * math.sin(x / (90 + 25 * row) + row)) for x in range(961)
        ]
        draw.polygon([*points, (960, 640), (0, 640)], fill=colour)
    return image


def _tiles() -> Image.Image:
    image = Image.new("RGB", (960, 640), "#f5efe6")
    draw = ImageDraw.Draw(image)
    colours = ("#264653", "#2a9d8f", "#e9c46a", "#f4a261", "#e76f51")
    for column in range(12):
        for row in range(8):
            left, top = column * 80 + 6, row * 80 + 6
            draw.rectangle((left, top, left + 67, top + 67), fill=colours[(column * 2 + row) % 5])
    return image


def _pages(path: Path) -> None:
    """A PDF of four pages with large text."""
    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 44)
    pages = []
    for title in ("Walking guide", "The coast path", "The forest path", "Where to stay"):
        page = Image.new("L", (1240, 1754), 255)
        draw = ImageDraw.Draw(page)
        draw.text((120, 120), title, fill=0, font=font)
        for line in range(18):
            draw.line((120, 260 + 70 * line, 1120 - (line % 4) * 90, 260 + 70 * line), 190, 18)
        pages.append(page)
    pages[0].save(
        path, save_all=True, append_images=pages[1:], resolution=150, title="Walking guide"
    )


def _write_gtk(home: Path, scene: Scene) -> None:
    _write(
        home / ".config/gtk-3.0/settings.ini",
        "[Settings]\n"
        f"gtk-theme-name={scene.theme}\ngtk-icon-theme-name={scene.icons}\n"
        "gtk-font-name=Noto Sans 10\ngtk-enable-animations=0\ngtk-cursor-blink=0\n"
        f"gtk-recent-files-max-age=0\ngtk-application-prefer-dark-theme={int(scene.dark)}\n",
    )
    _write(home / ".config/user-dirs.dirs", 'XDG_DESKTOP_DIR="$HOME/Desktop"\n')
    _write(
        home / ".config/glib-2.0/settings/keyfile",
        "[org/gnome/desktop/interface]\ntoolkit-accessibility=true\nenable-animations=false\n"
        "cursor-blink=false\nfont-name='Noto Sans 10'\n"
        f"icon-theme='{scene.icons}'\ngtk-theme='{scene.theme}'\n\n"
        "[org/mate/desktop/interface]\naccessibility=true\nenable-animations=false\ncursor-blink=false\n"
        f"font-name='Noto Sans 10'\ngtk-theme='{scene.theme}'\nicon-theme='{scene.icons}'\n\n"
        f"[org/mate/marco/general]\ntheme='{scene.theme}'\ncompositing-manager=false\n"
        "titlebar-font='Noto Sans Bold 10'\n\n"
        "[org/mate/desktop/background]\npicture-filename=''\n"
        f"primary-color='{scene.wallpaper}'\ncolor-shading-type='solid'\n\n"
        "[org/mate/desktop/peripherals/mouse]\ncursor-theme='Adwaita'\n\n"
        "[org/mate/panel/objects/clock/prefs]\nformat='custom'\n"
        f"custom-format='{CLOCK}'\n\n"
        "[org/xfce/mousepad/preferences/window]\ntoolbar-visible=true\nstatusbar-visible=true\n"
        "toolbar-icon-size='large-toolbar'\n\n"
        "[org/xfce/mousepad/preferences/view]\nshow-line-numbers=true\n"
        f"color-scheme='{'oblivion' if scene.dark else 'tango'}'\n\n"
        "[org/mate/pluma]\nauto-save=false\n\n[org/gnumeric/gnumeric/core/gui/toolbars]\n\n",
    )


def _write_programs(home: Path, scene: Scene) -> None:
    _write(
        home / ".bashrc",
        "PS1='demo@desk:\\w$ '\nunset PROMPT_COMMAND\nHISTFILE=\nalias ls='ls --color=auto'\n",
    )
    _write(
        home / ".config/inkscape/preferences.xml",
        '<?xml version="1.0"?>\n<inkscape version="1">\n<group id="options">'
        '<group id="boot" enabled="0"/></group>\n</inkscape>\n',
    )
    _write(
        home / ".config/abiword/profile",
        '<?xml version="1.0"?>\n<AbiPreferences app="AbiWord" ver="1.0">\n<Select scheme="_custom_"'
        ' autosaveprefs="1" useenvlocale="1"/>\n<Scheme name="_custom_" CursorBlink="0"/>\n'
        "</AbiPreferences>\n",
    )
    _write(
        home / ".config/xfce4/terminal/terminalrc",
        "[Configuration]\nMiscBell=FALSE\nMiscCursorBlinks=FALSE\nMiscConfirmClose=FALSE\n"
        "MiscToolbarDefault=TRUE\nMiscShowUnsafePasteDialog=FALSE\nTitleMode=TERMINAL_TITLE_HIDE\n"
        "FontName=DejaVu Sans Mono 11\n",
    )
    _write(
        home / ".config/xfce4/xfconf/xfce-perchannel-xml/thunar.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<channel name="thunar" version="1.0">\n'
        '<property name="last-show-hidden" type="bool" value="false"/>\n'
        '<property name="misc-single-click" type="bool" value="false"/>\n'
        '<property name="misc-date-style" type="string" value="THUNAR_DATE_STYLE_ISO"/>\n'
        '<property name="last-location-bar" type="string" value="ThunarLocationButtons"/>\n'
        f'<property name="last-view" type="string" value="{scene.thunar_view}"/>\n</channel>\n',
    )
    _write(
        home / ".config/xfce4/xfconf/xfce-perchannel-xml/ristretto.xml",
        _channel(
            "ristretto",
            _group("errors", _value("missing-thumbnailer", "bool", False))
            + _group("window", _value("maximize-on-startup", "bool", False)),
        ),
    )
    profile = home / ".mozilla/firefox/starter"
    _write(
        home / ".mozilla/firefox/profiles.ini",
        "[Profile0]\nName=starter\nIsRelative=1\nPath=starter\nDefault=1\n\n[General]\nVersion=2\n"
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
        "ui.systemUsesDarkTheme": int(scene.dark),
        "browser.sessionstore.resume_from_crash": False,
        "browser.startup.page": 0,
        "startup.homepage_welcome_url": "",
        "startup.homepage_welcome_url.additional": "",
        "startup.homepage_override_url": "",
        "datareporting.policy.firstRunURL": "",
    }
    lines = [f'user_pref("{key}", {_javascript(value)});' for key, value in preferences.items()]
    _write(profile / "user.js", "\n".join(lines) + "\n")


def _javascript(value: bool | int | str) -> str:
    return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'


def _channel(name: str, body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<channel name="{name}" version="1.0">{body}</channel>\n'


def _value(name: str, kind: str, value: object, inside: str = "") -> str:
    shown = str(value).lower() if isinstance(value, bool) else value
    return f'<property name="{name}" type="{kind}" value="{shown}">{inside}</property>\n'


def _group(name: str, inside: str) -> str:
    return f'<property name="{name}" type="empty">{inside}</property>\n'


def _write_xfce(home: Path, scene: Scene) -> None:
    channels = home / ".config/xfce4/xfconf/xfce-perchannel-xml"
    _write(
        channels / "xsettings.xml",
        _channel(
            "xsettings",
            _group(
                "Net",
                _value("ThemeName", "string", scene.theme)
                + _value("IconThemeName", "string", scene.icons)
                + _value("CursorBlink", "bool", False)
                + _value("EnableEventSounds", "bool", False),
            )
            + _group(
                "Xft",
                _value("DPI", "int", 96)
                + _value("Antialias", "int", 1)
                + _value("Hinting", "int", 1)
                + _value("HintStyle", "string", "hintslight")
                + _value("RGBA", "string", "none"),
            )
            + _group(
                "Gtk",
                _value("FontName", "string", "Noto Sans 10")
                + _value("MonospaceFontName", "string", "DejaVu Sans Mono 10")
                + _value("CursorThemeSize", "int", 24),
            )
            + _group("Gdk", _value("WindowScalingFactor", "int", scene.scale)),
        ),
    )
    _write(
        channels / "xfwm4.xml",
        _channel(
            "xfwm4",
            _group(
                "general",
                _value("theme", "string", scene.window_theme or scene.theme)
                + _value("use_compositing", "bool", False)
                + _value("workspace_count", "int", 2)
                + _value("title_font", "string", "Noto Sans Bold 10"),
            ),
        ),
    )
    _write_xfce_panel(home, channels, scene)
    red, green, blue = (int(scene.wallpaper[at : at + 2], 16) / 255 for at in (1, 3, 5))
    colour = "".join(f'<value type="double" value="{part}"/>' for part in (red, green, blue, 1))
    backdrop = _value("image-style", "int", 0) + _value("color-style", "int", 0)
    backdrop += f'<property name="rgba1" type="array">{colour}</property>'
    monitors = "".join(
        _group(monitor, "".join(_group(f"workspace{n}", backdrop) for n in (0, 1)))
        for monitor in ("monitorscreen", "monitor0", "monitorDefault")
    )
    _write(
        channels / "xfce4-desktop.xml",
        _channel(
            "xfce4-desktop",
            _group("backdrop", _group("screen0", monitors))
            + _group(
                "desktop-icons",
                _value("style", "int", 2)
                + _value("icon-size", "uint", 48)
                + _group(
                    "file-icons",
                    "".join(
                        _value(f"show-{what}", "bool", what != "removable")
                        for what in ("home", "filesystem", "trash", "removable")
                    ),
                ),
            ),
        ),
    )


def _write_xfce_panel(home: Path, channels: Path, scene: Scene) -> None:
    launchers = {10 + n: name for n, name in enumerate(scene.panel_launchers)}
    plugins = [1, *launchers, 2, 3, 4, 6, 8, 9]
    for number, name in launchers.items():
        folder = home / f".config/xfce4/panel/launcher-{number}"
        folder.mkdir(parents=True)
        shutil.copy(APPLICATIONS / f"{name}.desktop", folder)
    order = "".join(f'<value type="int" value="{number}"/>' for number in plugins)
    height = scene.panel_height
    details = (
        _value("plugin-1", "string", "applicationsmenu")
        + "".join(
            f'<property name="plugin-{number}" type="string" value="launcher"><property name="items"'
            f' type="array"><value type="string" value="{name}.desktop"/></property></property>'
            for number, name in launchers.items()
        )
        + _value("plugin-2", "string", "tasklist", _value("grouping", "uint", 0))
        + _value(
            "plugin-3",
            "string",
            "separator",
            _value("expand", "bool", True) + _value("style", "uint", 0),
        )
        + _value("plugin-4", "string", "pager")
        + _value("plugin-6", "string", "systray", _value("square-icons", "bool", True))
        + _value(
            "plugin-8",
            "string",
            "clock",
            _value("digital-layout", "uint", 3) + _value("digital-time-format", "string", CLOCK),
        )
        + _value("plugin-9", "string", "showdesktop")
    )
    top = scene.panel_at_top
    _write(
        channels / "xfce4-panel.xml",
        _channel(
            "xfce4-panel",
            _value("configver", "int", 2)
            + '<property name="panels" type="array"><value type="int" value="1"/>'
            + _value("dark-mode", "bool", scene.dark)
            + _group(
                "panel-1",
                _value("position", "string", f"p={6 if top else 8};x=0;y=0")
                + _value("position-locked", "bool", True)
                + _value("length", "uint", 100)
                + _value("size", "uint", height)
                + _value("icon-size", "uint", 0)
                + f'<property name="plugin-ids" type="array">{order}</property>',
            )
            + "</property>"
            + _group("plugins", details),
        ),
    )


def _write_mate(home: Path, scene: Scene) -> None:
    """All of MATE's settings are in the keyfile that `_write_gtk` writes."""


def _write_lxqt(home: Path, scene: Scene) -> None:
    config = home / ".config"
    _write(
        config / "lxqt/lxqt.conf",
        f"[General]\nicon_theme={scene.icons}\ntheme={scene.theme}\nsingle_click_activate=false\n"
        "tool_button_style=ToolButtonIconOnly\n\n"
        '[Qt]\nfont="Noto Sans,10,-1,5,50,0,0,0,0,0"\nstyle=Fusion\n'
        + (
            "\n[Palette]\nwindow_color=#31363b\nbase_color=#232629\ntext_color=#eff0f1\n"
            "window_text_color=#eff0f1\nhighlight_color=#3daee9\n"
            if scene.dark
            else ""
        ),
    )
    launchers = "".join(
        f"apps\\{n}\\desktop={APPLICATIONS / name}.desktop\n"
        for n, name in enumerate(scene.panel_launchers, start=1)
    )
    _write(
        config / "lxqt/panel.conf",
        "[General]\n__userfile__=true\npanels=panel1\n\n"
        "[panel1]\nplugins=mainmenu,desktopswitch,quicklaunch,taskbar,worldclock,showdesktop\n"
        f"position=Bottom\npanelSize={scene.panel_height}\niconSize=24\nwidth=100\nwidth-percent=true\n"
        "alignment=0\nanimation-duration=0\n\n[mainmenu]\ntype=mainmenu\n\n"
        "[desktopswitch]\ntype=desktopswitch\n\n[taskbar]\ntype=taskbar\n\n"
        f"[quicklaunch]\ntype=quicklaunch\n{launchers}apps\\size={len(scene.panel_launchers)}\n\n"
        f"[worldclock]\ntype=worldclock\nformatType=custom\nuseAdvancedManualFormat=true\n"
        f"customFormat=\"'{CLOCK}'\"\n\n[showdesktop]\ntype=showdesktop\n",
    )
    _write(
        config / "pcmanfm-qt/default/settings.conf",
        f"[Desktop]\nBgColor={scene.wallpaper}\nFgColor=#ffffff\nShadowColor=#000000\n"
        "WallpaperMode=none\nDesktopShortcuts=Home, Trash, Computer\n\n"
        "[System]\nFallbackIconThemeName=breeze\n\n[Window]\nFixedWidth=640\nFixedHeight=480\n",
    )
    _write(
        config / "openbox/rc.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<openbox_config xmlns="http://openbox.org/3.4/rc">\n<theme><name>Clearlooks</name></theme>\n'
        "<desktops><number>2</number><popupTime>0</popupTime></desktops>\n</openbox_config>\n",
    )
