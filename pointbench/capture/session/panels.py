"""Writes the settings of each desktop: panel, window manager, wallpaper, themes."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.sax.saxutils import escape

from pointbench.capture.errors import SessionError
from pointbench.capture.session.file import ScreenSpec

CLOCK = "10:24"
"""Format of every panel's clock; without a format letter, it always shows this text."""
ICON_CELL, ICON_MARGIN = 108, 17
"""Logical pixels of an icon's cell on Xfce's desktop, and of the margin around all cells."""
APPLICATIONS = Path("/usr/share/applications")


def write_desktop(home: Path, screen: ScreenSpec) -> None:
    """Write the settings of a screen's desktop; MATE's are in the keyfile that `home` writes."""
    if screen.desktop in ("xfce", "plain"):
        _write_xfce(home, screen)
    _write_qt(home, screen)
    if screen.desktop == "lxqt":
        _write_lxqt(home, screen)
    if screen.desktop in ("lxqt", "plain"):
        _write_openbox(home)


def launcher(name: str) -> Path:
    """The .desktop file of a launcher. SessionError: no such application is installed."""
    path = APPLICATIONS / f"{name}.desktop"
    if not path.is_file():
        raise SessionError(
            f"capture session: no {path}: install the launcher's application, or remove the launcher"
        )
    return path


def write(path: Path, text: str) -> None:
    """Write a text file, creating its parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def channel(name: str, body: str) -> str:
    """The text of an Xfce settings file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<channel name="{name}" version="1.0">{body}</channel>\n'


def value(name: str, kind: str, content: object, inside: str = "") -> str:
    """The XML of one Xfce setting."""
    text = (
        str(content).lower() if isinstance(content, bool) else escape(str(content), {'"': "&quot;"})
    )
    return f'<property name="{name}" type="{kind}" value="{text}">{inside}</property>\n'


def group(name: str, inside: str) -> str:
    """The XML of Xfce settings grouped under a name."""
    return f'<property name="{name}" type="empty">{inside}</property>\n'


def _write_xfce(home: Path, screen: ScreenSpec) -> None:
    channels = home / ".config/xfce4/xfconf/xfce-perchannel-xml"
    write(
        channels / "xsettings.xml",
        channel(
            "xsettings",
            group(
                "Net",
                value("ThemeName", "string", screen.theme)
                + value("IconThemeName", "string", screen.icons)
                + value("CursorBlink", "bool", False)
                + value("EnableEventSounds", "bool", False),
            )
            + group(
                "Xft",
                value("DPI", "int", 96)
                + value("Antialias", "int", 1)
                + value("Hinting", "int", 1)
                + value("HintStyle", "string", "hintslight")
                + value("RGBA", "string", "none"),
            )
            + group(
                "Gtk",
                value("FontName", "string", "Noto Sans 10")
                + value("MonospaceFontName", "string", "DejaVu Sans Mono 10")
                + value("CursorThemeSize", "int", 24),
            )
            + group("Gdk", value("WindowScalingFactor", "int", screen.scale)),
        ),
    )
    write(
        channels / "xfwm4.xml",
        channel(
            "xfwm4",
            group(
                "general",
                value("theme", "string", screen.window_theme or screen.theme)
                + value("use_compositing", "bool", False)
                + value("workspace_count", "int", 2)
                + value("title_font", "string", "Noto Sans Bold 10"),
            ),
        ),
    )
    _write_xfce_panel(home, channels, screen)
    _write_xfce_icons(home, screen)
    red, green, blue = (int(screen.wallpaper[at : at + 2], 16) / 255 for at in (1, 3, 5))
    color = "".join(f'<value type="double" value="{part}"/>' for part in (red, green, blue, 1))
    backdrop = value("image-style", "int", 0) + value("color-style", "int", 0)
    backdrop += f'<property name="rgba1" type="array">{color}</property>'
    monitors = "".join(
        group(monitor, "".join(group(f"workspace{n}", backdrop) for n in (0, 1)))
        for monitor in ("monitorscreen", "monitor0", "monitorDefault")
    )
    write(
        channels / "xfce4-desktop.xml",
        channel(
            "xfce4-desktop",
            group("backdrop", group("screen0", monitors))
            + group(
                "desktop-icons",
                value("style", "int", 2)
                + value("icon-size", "uint", 48)
                + group(
                    "file-icons",
                    "".join(
                        value(f"show-{what}", "bool", what != "removable")
                        for what in ("home", "filesystem", "trash", "removable")
                    ),
                ),
            ),
        ),
    )


def _write_xfce_icons(home: Path, screen: ScreenSpec) -> None:
    """Place the desktop's icons in the listed order instead of the file system's order."""
    desktop = home / "Desktop"
    names = [name.removesuffix("/") for name in screen.on_desktop.files]
    names += [f"{name}.desktop" for name in screen.on_desktop.launchers]
    icons = ["Trash", "/", str(home), *(str(desktop / name) for name in names)]
    rows = max(1, (screen.size[1] // screen.scale - screen.panel.height - ICON_MARGIN) // ICON_CELL)
    write(
        home / ".config/xfce4/desktop/icons.screen.latest.rc",
        "[xfdesktop-version-4.10.3+-rcfile_format]\n4.10.3+=true\n"
        + "".join(
            f"\n[{icon}]\nrow={number % rows}\ncol={number // rows}\n"
            for number, icon in enumerate(icons)
        ),
    )


def _write_xfce_panel(home: Path, channels: Path, screen: ScreenSpec) -> None:
    launchers = {10 + n: name for n, name in enumerate(screen.panel.launchers)}
    plugins = [1, *launchers, 2, 3, 4, 6, 8, 9]
    for number, name in launchers.items():
        folder = home / f".config/xfce4/panel/launcher-{number}"
        folder.mkdir(parents=True)
        shutil.copy(launcher(name), folder)
    order = "".join(f'<value type="int" value="{number}"/>' for number in plugins)
    height = screen.panel.height
    details = (
        value("plugin-1", "string", "applicationsmenu")
        + "".join(
            f'<property name="plugin-{number}" type="string" value="launcher"><property name="items"'
            f' type="array"><value type="string" value="{name}.desktop"/></property></property>'
            for number, name in launchers.items()
        )
        + value("plugin-2", "string", "tasklist", value("grouping", "uint", 0))
        + value(
            "plugin-3",
            "string",
            "separator",
            value("expand", "bool", True) + value("style", "uint", 0),
        )
        + value("plugin-4", "string", "pager")
        + value("plugin-6", "string", "systray", value("square-icons", "bool", True))
        + value(
            "plugin-8",
            "string",
            "clock",
            value("digital-layout", "uint", 3) + value("digital-time-format", "string", CLOCK),
        )
        + value("plugin-9", "string", "showdesktop")
    )
    top = screen.panel.at == "top"
    write(
        channels / "xfce4-panel.xml",
        channel(
            "xfce4-panel",
            value("configver", "int", 2)
            + '<property name="panels" type="array"><value type="int" value="1"/>'
            + value("dark-mode", "bool", screen.dark)
            + group(
                "panel-1",
                value("position", "string", f"p={6 if top else 8};x=0;y=0")
                + value("position-locked", "bool", True)
                + value("length", "uint", 100)
                + value("size", "uint", height)
                + value("icon-size", "uint", 0)
                + f'<property name="plugin-ids" type="array">{order}</property>',
            )
            + "</property>"
            + group("plugins", details),
        ),
    )


def _write_qt(home: Path, screen: ScreenSpec) -> None:
    """Write the settings that LXQt's platform plugin passes to Qt programs on any desktop."""
    write(
        home / ".config/lxqt/lxqt.conf",
        f"[General]\nicon_theme={screen.icons}\ntheme={screen.theme}\nsingle_click_activate=false\n"
        "tool_button_style=ToolButtonIconOnly\n\n"
        f'[Qt]\nfont="Noto Sans,10,-1,5,50,0,0,0,0,0"\nstyle={screen.qt_style}\n'
        + (
            "\n[Palette]\nwindow_color=#31363b\nbase_color=#232629\ntext_color=#eff0f1\n"
            "window_text_color=#eff0f1\nhighlight_color=#3daee9\n"
            if screen.dark
            else ""
        ),
    )


def _write_lxqt(home: Path, screen: ScreenSpec) -> None:
    config = home / ".config"
    launchers = "".join(
        f"apps\\{n}\\desktop={launcher(name)}\n"
        for n, name in enumerate(screen.panel.launchers, start=1)
    )
    write(
        config / "lxqt/panel.conf",
        "[General]\n__userfile__=true\npanels=panel1\n\n"
        "[panel1]\nplugins=mainmenu,desktopswitch,quicklaunch,taskbar,worldclock,showdesktop\n"
        f"position=Bottom\npanelSize={screen.panel.height}\niconSize=24\nwidth=100\nwidth-percent=true\n"
        "alignment=0\nanimation-duration=0\n\n[mainmenu]\ntype=mainmenu\n\n"
        "[desktopswitch]\ntype=desktopswitch\n\n[taskbar]\ntype=taskbar\n\n"
        f"[quicklaunch]\ntype=quicklaunch\n{launchers}apps\\size={len(screen.panel.launchers)}\n\n"
        f"[worldclock]\ntype=worldclock\nformatType=custom\nuseAdvancedManualFormat=true\n"
        f"customFormat=\"'{CLOCK}'\"\n\n[showdesktop]\ntype=showdesktop\n",
    )
    write(
        config / "pcmanfm-qt/default/settings.conf",
        f"[Desktop]\nBgColor={screen.wallpaper}\nFgColor=#ffffff\nShadowColor=#000000\n"
        "WallpaperMode=none\nDesktopShortcuts=Home, Trash, Computer\n\n"
        "[System]\nFallbackIconThemeName=breeze\n\n[Window]\nFixedWidth=640\nFixedHeight=480\n",
    )


def _write_openbox(home: Path) -> None:
    write(
        home / ".config/openbox/rc.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<openbox_config xmlns="http://openbox.org/3.4/rc">\n<theme><name>Clearlooks</name></theme>\n'
        "<desktops><number>2</number><popupTime>0</popupTime></desktops>\n</openbox_config>\n",
    )
