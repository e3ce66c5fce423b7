"""Exports a suite: stages it in a hidden folder and moves it into place once it is complete."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.errors import SuiteError, UsageError

if TYPE_CHECKING:
    from pointbench.suites import Suite


@dataclass(frozen=True)
class Loss:
    """A target's loss in the other format: the target is omitted, or written with less detail."""

    target: str
    detail: str
    left_out: bool

    def __str__(self) -> str:
        return f"target {self.target}: {self.detail}"


@dataclass(frozen=True)
class Exporter:
    """A format that suites can be written in. ``convention`` is one line for the help text;
    ``write`` puts a suite's annotations into an empty folder and returns the losses."""

    convention: str
    write: Callable[[Suite, Path], list[Loss]]


@dataclass(frozen=True)
class Exported:
    """The result of an export; ``pictures`` counts the screenshots that existed and were copied."""

    targets: int
    screenshots: int
    pictures: int
    losses: tuple[Loss, ...]


def export_suite(suite: Suite, exporter: Exporter, out: Path) -> Exported:
    """Write the suite to the new folder ``out``, with its pictures below ``images/``."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists already; choose another folder or remove it")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=".export-", dir=out.parent))
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from error
    try:
        losses = exporter.write(suite, staged)
        pictures = _copy_pictures(suite, staged / "images")
        staged.chmod(0o755)
        staged.replace(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    left_out = sum(loss.left_out for loss in losses)
    targets = sum(len(shot.targets) for shot in suite.screenshots) - left_out
    return Exported(targets, len(suite.screenshots), pictures, tuple(losses))


def image_name(suite: Suite, screenshot: str) -> str:
    """A screenshot's path below ``images/``, without the suite's own folder."""
    return screenshot.removeprefix(f"{suite.name}/")


def _copy_pictures(suite: Suite, folder: Path) -> int:
    copied = 0
    for shot in suite.screenshots:
        try:
            picture = suite.picture_path(shot.screenshot)
        except SuiteError:
            continue
        if picture.is_file():
            place = folder / image_name(suite, shot.screenshot)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, place)
            copied += 1
    return copied
