"""Writes an imported suite: stages it in a hidden folder and moves it into place once complete."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from pointbench.errors import UsageError
from pointbench.geometry import Size
from pointbench.importers.shots import SourcePicture, safe_name
from pointbench.jsontypes import whole_numbers
from pointbench.suites import SUITE_NAME, Target
from pointbench.suites.toml import to_toml
from pointbench.suites.writing import targets_text


@dataclass
class StagedScreenshot:
    """One screenshot of a staged suite. ``sha256`` is None if its picture was not available."""

    screenshot: str
    size: Size
    sha256: str | None
    platform: str | None = None
    rest: Mapping[str, object] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)


class Staging:
    """A staged suite, in a hidden folder of the data root that is removed at the end."""

    def __init__(self, root: Path, suite: str) -> None:
        if not SUITE_NAME.fullmatch(suite) or suite.endswith((".", "-part")):
            raise UsageError(f"{suite!r:.60} is not a suite name: use letters, digits, . _ - only")
        self.root, self.suite = root, suite
        self._taken: dict[str, str] = {}

    def __enter__(self) -> Staging:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=".import-", dir=self.root))
        except OSError as error:
            raise UsageError(f"{self.root} cannot be written: {error.strerror}") from error
        self._targets = self._folder / "targets" / self.suite
        self._screenshots = self._folder / "screenshots" / self.suite
        self._targets.mkdir(parents=True)
        self._screenshots.mkdir(parents=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def name_for(self, picture: str) -> str:
        """A screenshot's path in the suite, derived deterministically from its annotated path."""
        name = safe_name(picture)
        taken = self._taken.setdefault(name.lower(), picture)
        if taken != picture:
            # The two names differed only in case or in a character that was replaced.
            digest = hashlib.sha256(picture.encode("utf-8", "replace")).hexdigest()[:8]
            stem, dot, ending = name.rpartition(".")
            name = f"{stem}-{digest}.{ending}" if dot else f"{name}-{digest}"
        return f"{self.suite}/{name}"

    def keep(self, screenshot: str, picture: SourcePicture) -> None:
        """Copy a picture, byte for byte, into place below ``screenshots/``."""
        path = self._screenshots / screenshot.removeprefix(f"{self.suite}/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture.content)

    def write(self, screenshots: list[StagedScreenshot], info: Mapping[str, object]) -> Path:
        """Write the annotations; returns the staged data root, which holds this suite alone."""
        used: set[str] = set()
        for screenshot in screenshots:
            name = _file_name(screenshot.screenshot, self.suite, used)
            (self._targets / name).write_text(targets_text(_document(screenshot)), "utf-8")
        (self._targets / "suite.toml").write_text(to_toml(info), "utf-8")
        return self._folder

    def finish(self) -> bool:
        """Move the suite into place.

        False if the same suite already exists; UsageError if another one does.
        """
        targets = self.root / "targets" / self.suite
        pictures = self.root / "screenshots" / self.suite
        if targets.exists():
            if _same(self._targets, targets) and _same(self._screenshots, pictures):
                return False
            raise UsageError(f"{targets} holds another suite; choose another name or remove it")
        self._move_pictures(pictures)
        # The targets come last, because a suite exists once its suite.toml does.
        _move(self._targets, targets)
        return True

    def _move_pictures(self, pictures: Path) -> None:
        staged = self._screenshots
        if pictures.exists() and not _same(staged, pictures):
            raise UsageError(f"{pictures} is in the way; choose another name or remove it")
        if not pictures.exists() and any(staged.iterdir()):
            _move(staged, pictures)


def _document(screenshot: StagedScreenshot) -> dict[str, object]:
    head: dict[str, object] = {
        "screenshot": screenshot.screenshot,
        "width": screenshot.size.width,
        "height": screenshot.size.height,
        "sha256": screenshot.sha256,
    }
    if screenshot.platform:
        head["platform"] = screenshot.platform
    targets = [
        whole_numbers(target.model_dump(mode="json", exclude_defaults=True))
        for target in screenshot.targets
    ]
    return {**head, **screenshot.rest, "targets": targets}


def _file_name(screenshot: str, suite: str, used: set[str]) -> str:
    """The name of a screenshot's annotation file; ``a/b.png`` and ``a__b.png`` must not share one."""
    path = screenshot.removeprefix(f"{suite}/")
    name = path.replace("/", "__")
    if len(name.encode()) > 200 or name.lower() in used:
        name = f"{name[:60]}-{hashlib.sha256(path.encode()).hexdigest()[:16]}"
    used.add(name.lower())
    return f"{name}.json"


def _move(staged: Path, place: Path) -> None:
    try:
        place.parent.mkdir(exist_ok=True)
        staged.chmod(0o755)
        staged.replace(place)
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {error.strerror}") from error


def _same(staged: Path, place: Path) -> bool:
    """True when both folders hold the same files."""
    ours, theirs = _files_in(staged), _files_in(place)
    return ours.keys() == theirs.keys() and all(_same_file(ours[n], theirs[n]) for n in ours)


def _same_file(ours: Path, theirs: Path) -> bool:
    """True for the same bytes or equivalent JSON, because 0.1.0 placed its line breaks differently."""
    if ours.suffix != ".json" and ours.stat().st_size != theirs.stat().st_size:
        return False
    our_bytes, their_bytes = ours.read_bytes(), theirs.read_bytes()
    if our_bytes == their_bytes or ours.suffix != ".json":
        return our_bytes == their_bytes
    try:
        return bool(json.loads(our_bytes) == json.loads(their_bytes))
    except (ValueError, RecursionError):
        return False


def _files_in(folder: Path) -> dict[str, Path]:
    paths = folder.rglob("*") if folder.is_dir() else iter(())
    return {path.relative_to(folder).as_posix(): path for path in paths if path.is_file()}
