"""A desktop on a virtual screen, the same every time: its own home, bus, window manager, panel."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.starter.home import write_home
from tests.starter.scenes import Program, Scene

PR_SET_CHILD_SUBREAPER = 36
LIBEXEC = ("/usr/libexec", "/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/lib")


def adopt_orphans() -> None:
    """Make programs that detach themselves our children, so that `end_children` finds them."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(parent: int) -> list[int]:
    """The process ids of everything below a process, deepest last."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            below.setdefault(int(fields[1]), []).append(int(entry.name))
    found = list(below.get(parent, ()))
    for pid in found:
        found.extend(below.get(pid, ()))
    return found


def end_children() -> None:
    """End every process below this one, politely and then not."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for pid in children(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        until = time.monotonic() + 2
        while time.monotonic() < until:
            try:
                if os.waitpid(-1, os.WNOHANG) == (0, 0):
                    time.sleep(0.05)
            except ChildProcessError:
                return


def libexec(name: str) -> str:
    for folder in LIBEXEC:
        if (Path(folder) / name).is_file():
            return str(Path(folder) / name)
    raise FileNotFoundError(f"{name}: not in {', '.join(LIBEXEC)}")


@dataclass
class Desktop:
    """One scene's desktop, running inside the `with` block. Sizes are screenshot pixels."""

    scene: Scene
    scratch: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Desktop:
        home = self.scratch / "demo"
        shutil.rmtree(home, ignore_errors=True)
        write_home(home, self.scene)
        self.environment = self._environment(home)
        self._start_screen()
        self._start_bus()
        getattr(self, f"_start_{self.scene.desktop}")()
        return self

    def __exit__(self, *_: object) -> None:
        end_children()

    def _environment(self, home: Path) -> dict[str, str]:
        runtime = home / ".run"
        runtime.mkdir(mode=0o700)
        names = {"xfce": "XFCE", "mate": "MATE", "lxqt": "LXQt"}
        scale = self.scene.scale
        environment = {
            "HOME": str(home),
            "USER": "demo",
            "LOGNAME": "demo",
            "SHELL": "/bin/bash",
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/games",
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CURRENT_DESKTOP": names[self.scene.desktop],
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
        if self.scene.desktop == "lxqt":
            environment["QT_QPA_PLATFORMTHEME"] = "lxqt"
        return environment

    def _start_screen(self) -> None:
        read, write = os.pipe()
        width, height = self.scene.size
        self.spawn(
            (
                "Xvfb",
                "-displayfd",
                str(write),
                "-screen",
                "0",
                f"{width}x{height}x24",
                "-dpi",
                "96",
                "-nolisten",
                "tcp",
                "-noreset",
                "+extension",
                "RANDR",
            ),
            pass_fds=(write,),
        )
        os.close(write)
        with os.fdopen(read) as answer:
            self.environment["DISPLAY"] = f":{answer.readline().strip()}"

    def _start_bus(self) -> None:
        daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert daemon.stdout is not None
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = daemon.stdout.readline().strip()
        os.environ.update(
            {k: self.environment[k] for k in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "HOME")}
            | {k: self.environment[k] for k in ("GSETTINGS_BACKEND", "XDG_RUNTIME_DIR")}
        )
        self.spawn([libexec("at-spi-bus-launcher"), "--launch-immediately"])
        time.sleep(0.5)

    def _start_xfce(self) -> None:
        self.spawn(["xfsettingsd", "--disable-wm-check"])
        time.sleep(0.5)
        self.spawn(["xfwm4", "--compositor=off"])
        time.sleep(0.5)
        self.spawn(["xfdesktop"])
        self.spawn(["xfce4-panel", "--disable-wm-check"])
        time.sleep(4)

    def _start_mate(self) -> None:
        self.spawn([libexec("mate-settings-daemon")])
        time.sleep(1)
        self.spawn(["marco", "--no-composite"])
        time.sleep(0.5)
        self.spawn(["mate-panel"])
        self.spawn(["caja", "--no-default-window", "--force-desktop"])
        time.sleep(6)

    def _start_lxqt(self) -> None:
        self.spawn(["openbox"])
        time.sleep(0.5)
        self.spawn(["lxqt-panel"])
        self.spawn(["pcmanfm-qt", "--desktop"])
        time.sleep(4)

    def spawn(self, command: Sequence[str], pass_fds: tuple[int, ...] = ()) -> None:
        """Start a program in the scene's environment and let it be."""
        log = Path(self.environment["HOME"]) / ".programs.log"
        with log.open("ab") as output:
            subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.environment["HOME"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=pass_fds,
                start_new_session=True,
            )

    def tool(self, *command: str) -> str:
        """Run a small command of the session and give what it prints."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout

    def window_ids(self) -> list[str]:
        return [line.split()[0] for line in self.tool("wmctrl", "-l").splitlines()]

    def open(self, program: Program) -> None:
        """Start a program, wait for its window, and put the window in its place."""
        before = set(self.window_ids())
        self.spawn(program.command)
        until = time.monotonic() + 40
        new: list[str] = []
        while not new and time.monotonic() < until:
            time.sleep(0.2)
            new = [window for window in self.window_ids() if window not in before]
        if not new:
            raise TimeoutError(f"{program.command[0]}: no window after 40 s")
        time.sleep(program.settle_s)
        new = [window for window in self.window_ids() if window not in before]
        self.place(new[-1], program)
        time.sleep(1)

    def place(self, window: str, program: Program) -> None:
        if program.maximised:
            self.tool("wmctrl", "-i", "-r", window, "-b", "add,maximized_vert,maximized_horz")
        elif program.place is not None:
            place = ",".join(str(number) for number in program.place)
            self.tool("wmctrl", "-i", "-r", window, "-e", f"0,{place}")
        self.tool("wmctrl", "-i", "-a", window)

    def act(self, step: tuple[str, ...]) -> None:
        """One step of a scene: an xdotool command, or ("wait", seconds)."""
        if step[0] == "wait":
            time.sleep(float(step[1]))
        else:
            self.tool("xdotool", *step)
            time.sleep(0.6)
