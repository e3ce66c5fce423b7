"""A reproducible desktop on a virtual display, with its own home, bus, window manager and panel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from Xlib import display

from pointbench.capture.errors import ScreenError, SessionError
from pointbench.capture.session.file import DesktopStep, Program, ScreenSpec
from pointbench.capture.session.home import write_home
from pointbench.capture.session.packages import SEARCH, program
from pointbench.capture.session.processes import die_with_parent, ended_after
from pointbench.suites.writing import replace_text

WINDOW_S = 45.0
"""Seconds allowed for a program to open its first window."""
START_S = 20.0
"""Seconds allowed for a server or small command to start and answer."""
STEP_S = 0.6
"""Seconds after a key press or click for menus and dialogs to appear."""
USER = "demo"
"""User name that the session's programs see; it appears in prompts and window titles."""
OWN_VARIABLES = ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "HOME", "XDG_RUNTIME_DIR")
"""Variables of this process that point to the desktop while it runs."""


class Desktop:
    """The desktop of one screen, running inside the ``with`` block. Sizes are screenshot pixels.

    It has its own display, bus and home folder. Inside the block, this process's OWN_VARIABLES point
    to them, as reading the accessibility tree requires; afterward they are restored, and every
    process of the desktop has ended.
    """

    def __init__(self, screen: ScreenSpec, home: Path, folders: Sequence[Path]) -> None:
        self.screen = screen
        self.home = home
        self._folders = folders
        self._exits = ExitStack()
        self._started: list[subprocess.Popen[bytes]] = []
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Desktop:
        with ExitStack() as exits:
            exits.callback(self._collect_exit_statuses)
            exits.enter_context(ended_after())
            shutil.rmtree(self.home, ignore_errors=True)
            write_home(self.home, self.screen, self._folders)
            self.environment = self._environment()
            self._start_display()
            self._start_bus()
            exits.enter_context(_variables(self.environment))
            self._spawn([_path_of("at-spi-bus-launcher"), "--launch-immediately"])
            time.sleep(0.5)
            getattr(self, f"_start_{self.screen.desktop}")()
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def _collect_exit_statuses(self) -> None:
        """Collect the exit status of every process started here; all have ended by now."""
        for process in self._started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)

    def _environment(self) -> dict[str, str]:
        runtime = self.home / ".run"
        runtime.mkdir(mode=0o700)
        names = {"xfce": "XFCE", "mate": "MATE", "lxqt": "LXQt", "plain": "XFCE"}
        scale = self.screen.scale
        environment = {
            "HOME": str(self.home),
            "USER": USER,
            "LOGNAME": USER,
            "SHELL": "/bin/bash",
            "PATH": SEARCH,
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CURRENT_DESKTOP": names[self.screen.desktop],
            "XDG_CONFIG_DIRS": "/etc/xdg",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "GTK_MODULES": "gail:atk-bridge",
            "QT_ACCESSIBILITY": "1",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "GNOME_ACCESSIBILITY": "1",
            "GDK_BACKEND": "x11",
            "QT_QPA_PLATFORM": "xcb",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "GSETTINGS_BACKEND": "keyfile",
            "GTK_OVERLAY_SCROLLING": "0",
        }
        if scale != 1:
            environment |= {"GDK_SCALE": str(scale), "QT_SCALE_FACTOR": str(scale)}
        if self.screen.desktop in ("lxqt", "plain"):
            environment["QT_QPA_PLATFORMTHEME"] = "lxqt"
        return environment | self.screen.environment

    def _start_display(self) -> None:
        width, height = self.screen.size
        read, write = os.pipe()
        try:
            self._spawn(
                [
                    _path_of("Xvfb"),
                    *("-displayfd", str(write), "-screen", "0", f"{width}x{height}x24"),
                    *("-dpi", "96", "-nolisten", "tcp", "-noreset", "+extension", "RANDR"),
                ],
                pass_fds=(write,),
            )
        finally:
            os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise ScreenError(f"Xvfb did not start{self._last_line()}")
        self.environment["DISPLAY"] = f":{number}"

    def _start_bus(self) -> None:
        address = f"unix:path={self.environment['XDG_RUNTIME_DIR']}/bus"
        self._spawn([_path_of("dbus-daemon"), "--session", "--nofork", f"--address={address}"])
        self._wait_for(Path(address.removeprefix("unix:path=")).exists, "dbus-daemon")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address

    def _start_xfce(self) -> None:
        self._spawn(["xfsettingsd", "--disable-wm-check"])
        time.sleep(0.5)
        self._spawn(["xfwm4", "--compositor=off"])
        time.sleep(0.5)
        self._spawn(["xfdesktop"])
        self._spawn(["xfce4-panel", "--disable-wm-check"])
        time.sleep(4)

    def _start_mate(self) -> None:
        self._spawn([_path_of("mate-settings-daemon")])
        time.sleep(1)
        self._spawn(["marco", "--no-composite"])
        time.sleep(0.5)
        self._spawn(["mate-panel"])
        self._spawn(["caja", "--no-default-window", "--force-desktop"])
        time.sleep(6)

    def _start_lxqt(self) -> None:
        self._spawn(["openbox"])
        time.sleep(0.5)
        self._spawn(["lxqt-panel"])
        self._spawn(["pcmanfm-qt", "--desktop"])
        time.sleep(4)

    def _start_plain(self) -> None:
        if self.screen.markers:
            self._spawn(["xfsettingsd", "--disable-wm-check"])
            time.sleep(0.5)
        self._spawn(["openbox"])
        self._wait_for(lambda: self.tool("wmctrl", "-m") != "", "openbox")
        self._paint()

    def _wait_for(self, ready: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + START_S
        while not ready():
            if time.monotonic() > until:
                raise ScreenError(f"{what} did not start in {START_S:.0f} s{self._last_line()}")
            time.sleep(0.05)

    def _spawn(self, command: Sequence[str], pass_fds: tuple[int, ...] = ()) -> None:
        """Start a program in the screen's environment without waiting for it."""
        with (self.home / ".programs.log").open("ab") as output:
            process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=pass_fds,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._started.append(process)

    def _last_line(self) -> str:
        """The last line of program output, to append to a message."""
        try:
            lines = (self.home / ".programs.log").read_text("utf-8", "replace").split("\n")
        except OSError:
            return ""
        written = [line for line in lines if line.strip()]
        return f": {written[-1][:200]}" if written else ""

    def tool(self, *command: str) -> str:
        """Run a small command in the session; returns its output."""
        try:
            done = subprocess.run(
                command,
                env=self.environment,
                cwd=self.home,
                capture_output=True,
                text=True,
                check=False,
                timeout=START_S,
            )
        except subprocess.TimeoutExpired as error:
            raise ScreenError(f"{command[0]} did not answer in {START_S:.0f} s") from error
        return done.stdout

    def _paint(self) -> None:
        """Paint the root window, which no desktop program covers, with the wallpaper color."""
        connection = display.Display(self.environment["DISPLAY"])
        root = connection.screen().root
        root.change_attributes(background_pixel=int(self.screen.wallpaper[1:], 16))
        root.clear_area()
        connection.sync()
        connection.close()

    def use_icons(self, theme: str) -> None:
        """Switch the icon theme of the running desktop and its programs."""
        if self.screen.desktop in ("xfce", "plain"):
            self.tool("xfconf-query", *("-c", "xsettings", "-p", "/Net/IconThemeName", "-s", theme))
        if self.screen.desktop == "mate":
            self.tool("gsettings", "set", "org.mate.interface", "icon-theme", theme)
        if self.environment.get("QT_QPA_PLATFORMTHEME") == "lxqt":
            settings = self.home / ".config/lxqt/lxqt.conf"
            text = settings.read_text(encoding="utf-8")
            replace_text(settings, re.sub(r"(?m)^icon_theme=.*$", f"icon_theme={theme}", text))

    def open(self, entry: Program) -> None:
        """Start a program, wait for its window, and move the window into place.

        ScreenError: no window appeared, or it closed again.
        """
        before = set(self._window_ids())
        self._spawn(entry.command)
        if not entry.window:
            time.sleep(entry.settle)
            return
        until = time.monotonic() + WINDOW_S
        while not set(self._window_ids()) - before:
            if time.monotonic() > until:
                raise ScreenError(
                    f"{entry.command[0]}: no window after {WINDOW_S:.0f} s{self._last_line()}"
                )
            time.sleep(0.2)
        time.sleep(entry.settle)
        new = [window for window in self._window_ids() if window not in before]
        if not new:
            raise ScreenError(f"{entry.command[0]}: its window closed{self._last_line()}")
        self._put(new[-1], entry)
        time.sleep(1)

    def act(self, step: DesktopStep, pixel: tuple[float, float] | None) -> None:
        """Do one step; ``pixel`` is the position that it clicks or moves to."""
        clicks = {
            "click": ("click", "1"),
            "double_click": ("click", "--repeat", "2", "--delay", "80", "1"),
            "right_click": ("click", "3"),
            "move": (),
        }
        if step.key is not None:
            self.tool("xdotool", "key", "--", *step.key.split())
        elif step.type is not None:
            self.tool("xdotool", "type", "--", step.type)
        elif step.run is not None:
            self._spawn(step.run)
        elif pixel is not None:
            place = (str(int(pixel[0])), str(int(pixel[1])))
            self.tool("xdotool", "mousemove", *place, *clicks[step.action])
        if step.wait is not None:
            time.sleep(step.wait)
        elif step.action != "wait":
            time.sleep(STEP_S)

    def _window_ids(self) -> list[str]:
        return [line.split()[0] for line in self.tool("wmctrl", "-l").splitlines()]

    def _put(self, window: str, entry: Program) -> None:
        if entry.maximized:
            self.tool("wmctrl", "-i", "-r", window, "-b", "add,maximized_vert,maximized_horz")
        elif entry.place is not None:
            place = ",".join(str(number) for number in entry.place)
            self.tool("wmctrl", "-i", "-r", window, "-e", f"0,{place}")
        self.tool("wmctrl", "-i", "-a", window)


def _path_of(name: str) -> str:
    path = program(name)
    if path is None:
        raise SessionError(f"capture session: no program {name}; install it")
    return path


@contextmanager
def _variables(environment: Mapping[str, str]) -> Iterator[None]:
    """Set this process's OWN_VARIABLES to the desktop's values inside the block."""
    before = {name: os.environ.get(name) for name in OWN_VARIABLES}
    os.environ.update({name: environment[name] for name in OWN_VARIABLES})
    try:
        yield
    finally:
        for name, text in before.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text
