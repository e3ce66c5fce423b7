"""A captured screen on disk: picture, targets and, for a new suite, its ``suite.toml``."""

from __future__ import annotations

import hashlib
import importlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from pointbench import __version__
from pointbench.capture.targets import slug
from pointbench.errors import UsageError, one_line
from pointbench.suites import SUITE_NAME, SuiteInfo, asked_target, picture_path, read_screenshot
from pointbench.suites.toml import to_toml
from pointbench.suites.writing import replace_text, targets_text

MOST_STEM = 80
"""Maximum number of characters in the stem of a file name."""


@dataclass(frozen=True, slots=True)
class ScreenFiles:
    """The paths of a screen of a suite in a data root."""

    picture: Path
    annotation: Path
    suite_toml: Path
    screenshot: str
    """The picture's path below ``screenshots/``, as the targets file names it."""

    @property
    def taken(self) -> bool:
        """Whether the picture or the targets file already exists."""
        return self.picture.exists() or self.annotation.exists()


def stem_of(text: str) -> str:
    """A file name's stem, made from any text: letters, digits and dashes, never a path."""
    return slug(text)[:MOST_STEM].strip("-") or "screen"


def screen_files(root: Path, suite: str, stem: str) -> ScreenFiles:
    """The files of one screen.

    UsageError: the suite or stem is not a plain name, or a link leads out of the data root.
    """
    for what, text in (("suite", suite), ("name", stem)):
        if not SUITE_NAME.fullmatch(text) or text.endswith(".") or len(text) > 2 * MOST_STEM:
            raise UsageError(
                one_line(
                    f"capture: {text!r:.60} is no {what}: letters, digits, . _ - only, "
                    "such as my-desktop"
                )
            )
    screenshot = f"{suite}/{stem}.png"
    folder = root / "targets" / suite
    if not folder.resolve().is_relative_to((root / "targets").resolve()):
        raise UsageError(
            f"capture: targets/{suite} is a link that leaves targets/; replace it with a folder"
        )
    return ScreenFiles(
        picture_path(root, screenshot), folder / f"{stem}.json", folder / "suite.toml", screenshot
    )


def refuse_taken(
    files: ScreenFiles,
    overwrite: bool,
    what: str = "capture",
    instead: str = "choose another --name",
) -> None:
    """Raise a UsageError if the screen already exists and may not be overwritten.

    ``what`` begins the message; ``instead`` is the alternative to ``--overwrite``.
    """
    if files.taken and not overwrite:
        raise UsageError(
            f"{what}: {files.screenshot} is there already; {instead}, or add --overwrite"
        )


def free_stem(root: Path, suite: str, base: str = "screen") -> str:
    """``base`` with the first number, starting at 1, that no file of the suite has."""
    number = 1
    while screen_files(root, suite, f"{base}-{number}").taken:
        number += 1
    return f"{base}-{number}"


def write_capture(
    files: ScreenFiles,
    suite: str,
    picture: Image.Image,
    targets: Sequence[Mapping[str, object]],
    *,
    method: str,
    environment: Mapping[str, object],
    about: str,
    platform: str = "linux",
    captured: str | None = None,
    suite_toml: Path | None = None,
    overwrite: bool = False,
) -> None:
    """Write one captured screen, and ``suite.toml`` if the suite has none yet.

    Every kind of capture writes through this function, so all of them record the same provenance.
    ``method`` names the source of the boxes ("dom", "at-spi" ...), ``about`` describes a new suite,
    and ``captured`` is the date, today's if None. ``suite_toml`` is copied as the ``suite.toml`` of
    a new suite if it exists.
    """
    write_screen(
        files,
        picture,
        targets,
        environment=environment,
        source=source_of(method, captured),
        platform=platform,
        overwrite=overwrite,
    )
    if suite_toml and suite_toml.is_file() and not files.suite_toml.exists():
        shutil.copyfile(suite_toml, files.suite_toml)
    write_suite_toml(files, new_suite(suite, about))


def write_screen(
    files: ScreenFiles,
    picture: Image.Image,
    targets: Sequence[Mapping[str, object]],
    *,
    environment: Mapping[str, object],
    source: Mapping[str, object],
    platform: str = "linux",
    overwrite: bool = False,
) -> None:
    """Write the picture, then the targets, so no targets file lacks its picture.

    UsageError: one of them already exists and ``overwrite`` is False.
    """
    refuse_taken(files, overwrite)
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


def new_suite(name: str, about: str) -> SuiteInfo:
    """The initial ``suite.toml`` contents of a suite that a capture starts, for its author to edit."""
    return SuiteInfo(
        name=name,
        version="0.1.0",
        title=name,
        description=about,
        license="not stated",
        authors=(),
    )


def write_suite_toml(files: ScreenFiles, info: SuiteInfo) -> bool:
    """Write ``suite.toml`` if there is none; return whether it was written."""
    if files.suite_toml.exists():
        return False
    files.suite_toml.parent.mkdir(parents=True, exist_ok=True)
    replace_text(files.suite_toml, to_toml(info.model_dump(mode="json", exclude_none=True)))
    return True


def save_picture(picture: Image.Image, path: Path) -> None:
    """Save a lossless PNG without metadata, optimized by ``oxipng`` if it is installed."""
    part = path.with_name(f".{path.name}.part")
    try:
        picture.convert("RGB").save(part, format="PNG", optimize=True)
        try:
            oxipng = importlib.import_module("oxipng")
        except ImportError:
            pass
        else:
            oxipng.optimize(part, level=4, strip=oxipng.StripChunks.safe())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def save_overlay(files: ScreenFiles, suite: str, path: Path) -> None:
    """Draw every region of a written screen on a copy of its picture, and save it at ``path``.

    Without targets, the copy is the bare picture. UsageError: ``path`` cannot be written.
    """
    from pointbench.report.overlay import overlay_screenshot

    screenshot, _ = read_screenshot(files.annotation)
    assert screenshot is not None
    targets = [asked_target(suite, screenshot, target) for target in screenshot.targets]
    targets.sort(key=lambda target: target.id)  # numbered as `pointbench overlay` numbers them
    try:
        if targets:
            overlay_screenshot(targets, (), files.picture).save(path)
        else:
            with Image.open(files.picture) as picture:
                picture.save(path)
    except (OSError, ValueError) as error:
        raise UsageError(one_line(f"--overlay {path}: {error}; name another file")) from error
