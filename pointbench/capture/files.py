"""A captured screen on disk: picture, targets and, for a new suite, its `suite.toml`."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from pointbench import __version__
from pointbench.capture.targets import slug
from pointbench.errors import UsageError, one_line
from pointbench.suites import SUITE_NAME, SuiteInfo, picture_path
from pointbench.suites.toml import to_toml
from pointbench.suites.writing import replace_text, targets_text

MOST_STEM = 80
"""Characters of a file's stem."""


@dataclass(frozen=True, slots=True)
class ScreenFiles:
    """Where a screen of a suite lies in a data root."""

    picture: Path
    annotation: Path
    suite_toml: Path
    screenshot: str
    """The picture's path below `screenshots/`, as the targets file names it."""

    @property
    def taken(self) -> bool:
        return self.picture.exists() or self.annotation.exists()


def stem_of(text: str) -> str:
    """A file's stem out of any text: letters, digits and dashes, never a path."""
    return slug(text)[:MOST_STEM].strip("-") or "screen"


def screen_files(root: Path, suite: str, stem: str) -> ScreenFiles:
    """The files of one screen; UsageError for a name that is no name or leaves the data root."""
    for what, text in (("suite", suite), ("name", stem)):
        if not SUITE_NAME.fullmatch(text) or text.endswith(".") or len(text) > 2 * MOST_STEM:
            raise UsageError(
                one_line(f"capture: {text!r:.60} is no {what}: letters, digits, . _ - only")
            )
    screenshot = f"{suite}/{stem}.png"
    folder = root / "targets" / suite
    if not folder.resolve().is_relative_to((root / "targets").resolve()):
        raise UsageError(f"capture: targets/{suite} leaves targets/ through a link")
    return ScreenFiles(
        picture_path(root, screenshot), folder / f"{stem}.json", folder / "suite.toml", screenshot
    )


def free_stem(root: Path, suite: str, base: str = "screen") -> str:
    """`base-1`, or with the first number that no file of the suite bears."""
    number = 1
    while screen_files(root, suite, f"{base}-{number}").taken:
        number += 1
    return f"{base}-{number}"


def write_screen(
    files: ScreenFiles,
    picture: Image.Image,
    targets: Sequence[Mapping[str, Any]],
    *,
    environment: Mapping[str, Any],
    source: Mapping[str, Any],
    platform: str = "linux",
    extra: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> None:
    """Write picture and targets, the picture first, so that no targets file lacks its picture.

    UsageError when either is there and `overwrite` is not said.
    """
    if files.taken and not overwrite:
        raise UsageError(
            f"capture: {files.screenshot} is there already; choose another --name, or --overwrite"
        )
    files.picture.parent.mkdir(parents=True, exist_ok=True)
    files.annotation.parent.mkdir(parents=True, exist_ok=True)
    save_picture(picture, files.picture)
    document = {
        "screenshot": files.screenshot,
        "width": picture.width,
        "height": picture.height,
        "sha256": hashlib.sha256(files.picture.read_bytes()).hexdigest(),
        "platform": platform,
        "environment": dict(environment),
        "source": dict(source),
        **({"extra": dict(extra)} if extra else {}),
        "targets": [dict(target) for target in targets],
    }
    replace_text(files.annotation, targets_text(document))


def source_of(method: str, captured: str | None = None) -> dict[str, str]:
    """The ``source`` of a screen that is captured now, by ``method`` ("dom", "at-spi" ...).

    ``captured`` is a date as YYYY-MM-DD; without it, today's in UTC.
    """
    return {
        "method": method,
        "captured": captured or datetime.now(UTC).date().isoformat(),
        "tool": f"pointbench {__version__}",
    }


def new_suite(name: str, description: str) -> SuiteInfo:
    """What suite.toml says of a suite that a capture starts, until its author edits it."""
    return SuiteInfo(
        name=name,
        version="0.1.0",
        title=name,
        description=description,
        license="not stated",
        authors=(),
    )


def write_suite_toml(files: ScreenFiles, info: SuiteInfo) -> bool:
    """Write the suite's own file where there is none; whether it was written."""
    if files.suite_toml.exists():
        return False
    files.suite_toml.parent.mkdir(parents=True, exist_ok=True)
    replace_text(files.suite_toml, to_toml(info.model_dump(mode="json", exclude_none=True)))
    return True


def save_picture(picture: Image.Image, path: Path) -> None:
    """A lossless PNG without metadata, as small as `oxipng` makes it where that is installed."""
    part = path.with_name(f".{path.name}.part")
    try:
        picture.convert("RGB").save(part, format="PNG", optimize=True)
        try:
            oxipng: Any = importlib.import_module("oxipng")
        except ImportError:
            pass
        else:
            oxipng.optimize(part, level=4, strip=oxipng.StripChunks.safe())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
