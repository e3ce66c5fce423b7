"""Installs web applications by exact version, each into its own folder, and serves them locally."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

from pointbench.capture.errors import SessionError
from pointbench.capture.session.packages import SEARCH
from pointbench.capture.session.processes import die_with_parent
from pointbench.capture.session.web_fields import Application
from pointbench.errors import one_line

READY_S = 120
"""Seconds allowed for an application to answer."""
INSTALL_S = 1800
"""Seconds allowed for a package manager or build command."""
HOME = "home"
PACKAGES = "node_modules"
_OK = ".complete"


def installed(
    name: str, application: Application, files: Path | None, cache: Path, say: Callable[[str], None]
) -> Path:
    """The folder with an installed and built application, ready to be served.

    It is created once per set of packages, commands and files; its name contains their digest.
    SessionError: a package manager or the build failed.
    """
    facts = application.model_dump(mode="json", include={"pip", "npm", "build"})
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for path in sorted(files.rglob("*")) if files else ():
        if path.is_file():
            digest.update(str(path.relative_to(files or path)).encode() + path.read_bytes())
    folder = cache / f"{name}-{digest.hexdigest()[:12]}"
    if (folder / _OK).exists():
        return folder
    say(f"installing {application.title}")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / HOME).mkdir(parents=True)
    if files is not None:
        shutil.copytree(files, folder / HOME, dirs_exist_ok=True)
    if application.npm:
        need("npm", "nodejs npm")
        (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        requirements = [f"{package}@{version}" for package, version in application.npm.items()]
        quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts")
        _run(name, folder, "npm", "install", *quiet, "--legacy-peer-deps", "--", *requirements)
    if application.pip:
        _run(name, folder, sys.executable, "-m", "venv", "python")
        requirements = [f"{package}=={version}" for package, version in application.pip.items()]
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(name, folder, str(folder / "python/bin/python"), *pip, *requirements)
    if application.build:
        _link_packages(folder, folder / HOME)
        _run(name, folder / HOME, *application.build, path=_path(folder))
        (folder / HOME / PACKAGES).unlink(missing_ok=True)
    (folder / _OK).touch()
    return folder


@contextmanager
def served(
    application: Application, folder: Path, home: Path, path: str, clock: float
) -> Iterator[str]:
    """Serve an installed application from a fresh ``home``; yields the URL of ``path`` in it.

    Every file gets the date ``clock`` (seconds since 1970), because pages show the age of files.
    """
    shutil.copytree(folder / HOME, home, symlinks=True)
    for file in (home, *home.rglob("*")):
        os.utime(file, (clock, clock), follow_symlinks=False)
    _link_packages(folder, home)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    if not application.serve:
        with _static(home, port):
            yield url + path
        return
    fields = {"port": str(port), "home": str(home)}
    command = [_filled(word, fields) for word in application.serve]
    environment = {
        "HOME": str(home),
        "PATH": _path(folder),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **{key: _filled(value, fields) for key, value in application.environment.items()},
    }
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise SessionError(
            f"capture session: {application.title}: no program {command[0]!r}; install it, or fix "
            "'serve'"
        )
    with (home.parent / f"{home.name}.log").open("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        try:
            _await(application.title, process, url + path, log)
            yield url + path
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(5)


def _await(title: str, process: subprocess.Popen[bytes], url: str, log: IO[str]) -> None:
    """Wait for an answer. SessionError: the process ended, or READY_S elapsed."""
    until = time.monotonic() + READY_S
    plain = url.split("#")[0]
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(plain, timeout=5):  # noqa: S310 - our own http URL
                return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            pass
        time.sleep(0.2)
    log.seek(0)
    last = one_line(log.read()[-300:])
    state = "ended" if process.poll() is not None else f"did not answer in {READY_S} s"
    raise SessionError(f"capture session: {title} {state}: {last}")


@contextmanager
def _static(home: Path, port: int) -> Iterator[None]:
    handler = functools.partial(_Files, directory=str(home))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


class _Files(SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012 - the base class declares it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".svg": "image/svg+xml",
    }

    def log_message(self, format: str, *args: object) -> None:
        pass


def home_folder() -> Path:
    """The home folder of this process's user, regardless of HOME."""
    return Path(pwd.getpwuid(os.getuid()).pw_dir)


def _link_packages(folder: Path, home: Path) -> None:
    if (folder / PACKAGES).is_dir():
        (home / PACKAGES).symlink_to(folder / PACKAGES)


def _path(folder: Path) -> str:
    return f"{folder / 'python/bin'}:{folder / PACKAGES / '.bin'}:{SEARCH}"


def _filled(text: str, fields: Mapping[str, str]) -> str:
    for name, value in fields.items():
        text = text.replace("{" + name + "}", value)
    return text


def need(program: str, packages: str) -> None:
    """Raise a SessionError with the command to install the Debian packages if a program is missing."""
    if shutil.which(program) is None:
        raise SessionError(
            f"capture session: not installed: apt-get install -y --no-install-recommends {packages}"
        )


def _run(name: str, folder: Path, *command: str, path: str | None = None) -> None:
    """Run a command until it exits. SessionError, with the last output: it failed."""
    environment = {**os.environ, "HOME": str(home_folder())}
    if path is not None:
        environment["PATH"] = path
    program = shutil.which(command[0], path=environment.get("PATH"))
    if program is None:
        raise SessionError(
            f"capture session: {name}: no program {command[0]!r}; install it, or fix 'build'"
        )
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=INSTALL_S,
        )
    except subprocess.TimeoutExpired as error:
        raise SessionError(
            f"capture session: {name}: {command[0]} did not finish within {INSTALL_S} s"
        ) from error
    if done.returncode:
        output = one_line((done.stderr or done.stdout)[-300:])
        raise SessionError(f"capture session: {name}: {Path(command[0]).name} failed: {output}")
