"""The screenshots of the suite, one scene each: screen, desktop, theme, programs and their places."""

from __future__ import annotations

from dataclasses import dataclass, field

Step = tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """A program to start. `place` is the window's left, top, width and height in pixels."""

    command: tuple[str, ...]
    place: tuple[int, int, int, int] | None = None
    maximised: bool = False
    settle_s: float = 1.5


@dataclass(frozen=True)
class Scene:
    """One screenshot. `size` is in pixels; `park` is a pixel where the pointer lights nothing up."""

    stem: str
    size: tuple[int, int]
    desktop: str
    label: str
    theme: str
    icons: str
    programs: tuple[Program, ...]
    dark: bool = False
    scale: int = 1
    wallpaper: str = "#2d5a76"
    window_theme: str = ""
    panel_height: int = 36
    panel_at_top: bool = False
    panel_launchers: tuple[str, ...] = ()
    desktop_launchers: tuple[str, ...] = ()
    desktop_files: tuple[str, ...] = ()
    thunar_view: str = "ThunarIconView"
    steps: tuple[Step, ...] = ()
    park: tuple[int, int] | None = None
    hover: bool = True
    blank: dict[str, tuple[int, int]] = field(default_factory=dict)
    """For views whose icons are found by markers only: application -> an empty pixel of its view."""
    tags: tuple[str, ...] = field(default=())


def run(
    *command: str, at: tuple[int, int, int, int] | None = None, settle_s: float = 1.5
) -> Program:
    return Program(command, at, settle_s=settle_s)


def full(*command: str, settle_s: float = 1.5) -> Program:
    return Program(command, maximised=True, settle_s=settle_s)


XFCE_BASICS = ("thunar", "xfce4-terminal", "org.xfce.mousepad", "firefox-esr")

SCENES = (
    Scene(
        "xfce-desktop-720p",
        (1280, 720),
        "xfce",
        "Xfce 4.18",
        "Greybird",
        "elementary-xfce",
        (
            run("thunar", "Documents", at=(330, 70, 640, 430)),
            run("galculator", at=(1000, 200, 250, 330)),
        ),
        wallpaper="#3b6e8f",
        panel_height=32,
        panel_launchers=XFCE_BASICS,
        desktop_launchers=(
            "firefox-esr",
            "org.inkscape.Inkscape",
            "org.gnome.Evince",
            "org.xfce.ristretto",
        ),
        desktop_files=("Backups/", "shopping.txt"),
        blank={"Xfdesktop": (1150, 60), "Thunar": (930, 250)},
    ),
    Scene(
        "xfce-files-dark-768p",
        (1366, 768),
        "xfce",
        "Xfce 4.18",
        "Arc-Dark",
        "Papirus-Dark",
        (
            run("thunar", at=(40, 50, 760, 560)),
            run("mousepad", "Documents/letter.txt", at=(640, 120, 690, 520)),
        ),
        dark=True,
        wallpaper="#22303c",
        panel_at_top=True,
        panel_height=30,
        panel_launchers=XFCE_BASICS,
        thunar_view="ThunarDetailsView",
    ),
    Scene(
        "xfce-overlap-1080p",
        (1920, 1080),
        "xfce",
        "Xfce 4.18",
        "Greybird",
        "Papirus",
        (
            run("thunar", "Pictures", at=(120, 60, 860, 600)),
            run("ristretto", "Pictures/lighthouse.png", at=(760, 240, 880, 640)),
            run("xfce4-terminal", at=(180, 560, 700, 420)),
            run("galculator", at=(1540, 90, 300, 380)),
        ),
        wallpaper="#35504a",
        panel_launchers=(*XFCE_BASICS, "org.gnome.Evince", "gnumeric"),
        desktop_launchers=("galculator", "abiword"),
        blank={"Xfdesktop": (1860, 700), "Thunar": (900, 200)},
    ),
    Scene(
        "xfce-settings-900p",
        (1600, 900),
        "xfce",
        "Xfce 4.18",
        "Greybird-dark",
        "elementary-xfce-dark",
        (
            run("xfce4-settings-manager", at=(60, 60, 900, 640)),
            run("xfce4-appearance-settings", at=(1010, 90, 520, 560)),
        ),
        dark=True,
        wallpaper="#3a3444",
        panel_launchers=XFCE_BASICS,
    ),
    Scene(
        "xfce-menu-1050p",
        (1680, 1050),
        "xfce",
        "Xfce 4.18",
        "Arc",
        "Papirus",
        (run("mousepad", "Projects/planets.py", at=(300, 120, 980, 720)),),
        wallpaper="#7a8a91",
        panel_at_top=True,
        panel_launchers=XFCE_BASICS,
        desktop_launchers=("org.gnome.Evince", "gnumeric", "thunar"),
        blank={"Xfdesktop": (1500, 900)},
        steps=(("key", "alt+e"), ("wait", "1")),
        hover=False,
    ),
    Scene(
        "xfce-drawing-dark-1440p",
        (2560, 1440),
        "xfce",
        "Xfce 4.18",
        "Greybird-dark",
        "elementary-xfce",
        (full("inkscape", settle_s=8),),
        dark=True,
        wallpaper="#40566b",
        panel_launchers=(*XFCE_BASICS, "org.inkscape.Inkscape"),
    ),
    Scene(
        "xfce-spreadsheet-1080p",
        (1920, 1080),
        "xfce",
        "Xfce 4.18",
        "Arc",
        "Tango",
        (
            run("gnumeric", "Documents/budget.csv", at=(90, 40, 1300, 860), settle_s=4),
            run("abiword", at=(1000, 300, 880, 680), settle_s=3),
        ),
        wallpaper="#5c6f52",
        panel_launchers=("gnumeric", "abiword", "thunar"),
    ),
    Scene(
        "xfce-files-4k",
        (3840, 2160),
        "xfce",
        "Xfce 4.18",
        "Greybird",
        "Papirus",
        (
            run("thunar", "Documents", at=(200, 160, 1500, 1100)),
            run("ristretto", "Pictures/hills.png", at=(1880, 240, 1700, 1300)),
            run("mousepad", "Documents/garden-plan.txt", at=(620, 1180, 1150, 760)),
        ),
        scale=2,
        window_theme="Default-xhdpi",
        wallpaper="#2f4858",
        panel_launchers=XFCE_BASICS,
        desktop_launchers=("firefox-esr",),
        thunar_view="ThunarDetailsView",
        blank={"Xfdesktop": (3760, 1900)},
    ),
    Scene(
        "xfce-browser-1080p",
        (1920, 1080),
        "xfce",
        "Xfce 4.18",
        "Arc-Dark",
        "Papirus-Dark",
        (
            run(
                "firefox-esr",
                "--new-instance",
                "Documents/page.html",
                at=(160, 40, 1500, 940),
                settle_s=8,
            ),
        ),
        dark=True,
        wallpaper="#1f2d3a",
        panel_launchers=XFCE_BASICS,
        desktop_launchers=("firefox-esr",),
        # Firefox opens a second tab that it cannot load without a network: close it.
        steps=(("mousemove", "679", "64", "click", "1"), ("wait", "2")),
        blank={"Xfdesktop": (1780, 500)},
    ),
    Scene(
        "mate-files-900p",
        (1440, 900),
        "mate",
        "MATE 1.26",
        "Menta",
        "mate",
        (
            run("caja", "--no-desktop", "Documents", at=(330, 90, 800, 560), settle_s=3),
            run("mate-calc", at=(1130, 420, -1, -1), settle_s=2),
        ),
        wallpaper="#56706b",
        desktop_launchers=("pluma", "atril", "eom"),
        desktop_files=("Backups/",),
    ),
    Scene(
        "mate-reader-768p",
        (1366, 768),
        "mate",
        "MATE 1.26",
        "TraditionalOk",
        "mate",
        (
            run("atril", "Documents/guide.pdf", at=(180, 60, 830, 620), settle_s=3),
            run("mate-calc", at=(1040, 250, -1, -1), settle_s=2),
        ),
        wallpaper="#6b5a4e",
    ),
    Scene(
        "mate-pictures-dark-1200p",
        (1920, 1200),
        "mate",
        "MATE 1.26",
        "BlackMATE",
        "mate",
        (
            run("eom", "Pictures/tiles.png", at=(170, 70, 900, 700), settle_s=3),
            run("pluma", "Projects/planets.py", at=(820, 330, 980, 720), settle_s=3),
        ),
        dark=True,
        wallpaper="#2b3a33",
    ),
    Scene(
        "mate-control-1050p",
        (1680, 1050),
        "mate",
        "MATE 1.26",
        "Menta",
        "mate",
        (
            run("mate-control-center", at=(170, 60, 1000, 800), settle_s=3),
            run("mate-appearance-properties", at=(880, 260, -1, -1), settle_s=2),
        ),
        wallpaper="#46606f",
    ),
    Scene(
        "lxqt-files-1200p",
        (1920, 1200),
        "lxqt",
        "LXQt 1.2",
        "frost",
        "breeze",
        (
            run("pcmanfm-qt", "Documents", at=(140, 80, 860, 580), settle_s=2),
            run("featherpad", "Projects/planets.py", at=(760, 420, 980, 640), settle_s=2),
            run("kcalc", at=(1420, 60, 420, 400), settle_s=3),
        ),
        wallpaper="#4a5a6a",
        panel_height=40,
        panel_launchers=("pcmanfm-qt", "qterminal", "featherpad"),
    ),
    Scene(
        "lxqt-pictures-1440p",
        (2560, 1440),
        "lxqt",
        "LXQt 1.2",
        "dark",
        "breeze-dark",
        (
            run("lximage-qt", "Pictures/lighthouse.png", at=(160, 100, 1180, 820), settle_s=2),
            run("qterminal", at=(1180, 640, 900, 560), settle_s=2),
            run("audacious", at=(1500, 90, 860, 480), settle_s=3),
        ),
        dark=True,
        wallpaper="#20262b",
        panel_height=40,
        panel_launchers=("pcmanfm-qt", "qterminal", "featherpad", "audacious"),
    ),
)
