"""Locates suites and pictures, and refuses paths that leave their folder."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from pointbench.errors import SuiteError

SUITE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def path_problem(screenshot: str) -> str | None:
    """Why a screenshot's path is refused, or None. A path must be relative, with forward slashes."""
    path = PurePosixPath(screenshot)
    plain = screenshot and not any(ord(char) < 32 or char in '\\:*?"<>|' for char in screenshot)
    if not plain:
        return f"{screenshot!r:.80} is not a plain relative path with forward slashes"
    if path.is_absolute() or ".." in path.parts:
        return f"{screenshot!r:.80} leaves screenshots/; a path is relative and has no .."
    return None


def picture_path(root: Path, screenshot: str) -> Path:
    """The picture's path below ``root/screenshots``; SuiteError if it leads outside."""
    problem = path_problem(screenshot)
    base = (root / "screenshots").resolve()
    path = base / screenshot
    if problem is None and not path.resolve().is_relative_to(base):
        problem = f"{screenshot!r:.80} leaves screenshots/ through a link"
    if problem:
        raise SuiteError(f"screenshot {problem}")
    return path


def data_roots(data: Path | None, working: Path) -> list[Path]:
    """The data roots in search order; ``data`` is the value of ``--data``."""
    roots = [] if data is None else [data]
    if (working / "targets").is_dir():
        roots.append(working)
    roots.append(installed_root())
    return roots


def installed_root() -> Path:
    """The data root of the package itself: its ``data`` folder, or the checkout it runs from."""
    package = Path(__file__).resolve().parent.parent
    bundled = package / "data"
    return bundled if (bundled / "targets").is_dir() else package.parent


def suite_names(root: Path) -> list[str]:
    """The names of the suites in a data root, sorted."""
    folder = root / "targets"
    if not folder.is_dir():
        return []
    return sorted(path.parent.name for path in folder.glob("*/suite.toml"))


def label_of(path: Path) -> str:
    """A file's label for messages: its path from ``targets/`` on, or its name alone."""
    parts = path.parts
    if "targets" in parts[:-1]:
        start = len(parts) - 1 - parts[::-1].index("targets")
        return "/".join(parts[start:])
    return path.name
