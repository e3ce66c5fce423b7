"""Imports a source as a suite: checks every draft, lists every fault, drops nothing silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from pointbench.errors import UsageError, one_line
from pointbench.geometry import Box, Polygon, Shape, Size
from pointbench.importers.convert import to_region
from pointbench.importers.drafts import Draft, Finding
from pointbench.importers.format import ImportFormat
from pointbench.importers.shots import BadPicture, Finder, SourcePicture, clean_name, measure
from pointbench.importers.sources import Source, open_source
from pointbench.importers.write import StagedScreenshot, Staging
from pointbench.jsontypes import finite_numbers
from pointbench.suites import MAX_SIDE, AnnotationFault, Target, read_suite
from pointbench.validation import repetitions


@dataclass(frozen=True)
class Imported:
    """The result of an import. ``new`` is False if the same suite already existed."""

    suite: str
    targets: int
    screenshots: int
    pictures: int
    findings: tuple[Finding, ...]
    new: bool
    faults: tuple[AnnotationFault, ...] = ()
    """What `validate` says of the suite: targets that repeat others, or share one region."""

    @property
    def odd(self) -> int:
        """Regions that are inverted or mostly outside: many of them speak against the convention."""
        return sum(finding.odd for finding in self.findings)

    @property
    def doubtful(self) -> bool:
        """True if so many regions are odd that the convention may not be that of the file."""
        return 5 * self.odd > self.targets and (self.odd > 1 or self.targets < 2)

    @property
    def sound(self) -> bool:
        """True if every target was imported, and at most cut or read as the format declares."""
        loud = [finding for finding in self.findings if not finding.declared]
        return not loud and not self.faults and not self.doubtful

    def ids(self, action: str) -> dict[str, list[str]]:
        """Reason -> target ids, or places of the rows without an id, in order."""
        return _by_reason(self.findings, action)


def import_suite(
    form: ImportFormat,
    path: Path,
    suite: str,
    root: Path,
    images: Path | None = None,
    point_margin: float | None = None,
    title: str | None = None,
) -> Imported:
    """Import the annotations at ``path`` as ``suite`` into the data root ``root``.

    Pictures are searched for beside the annotations, inside them and in ``images``. ``point_margin``,
    in pixels, makes regions of points. ``title`` takes the place of the set's own. UsageError if the
    source gives no target or another suite of that name exists.
    """
    if point_margin is not None and not form.points:
        raise UsageError(f"{form.name} has no points, so that no margin makes boxes of them")
    source = replace(open_source(path, form.files, images), point_margin=point_margin)
    with Staging(root, suite) as staging:
        builder = _Builder(staging, source)
        for item in form.read(source):
            builder.take(item)
        screenshots = [shot for shot in builder.screenshots.values() if shot.targets]
        findings = tuple(builder.findings)
        if not screenshots:
            first = f": {findings[0]}" if findings else ""
            raise UsageError(f"{path} gives no target as {form.name}{first}")
        info = _info(form, suite, source, findings, title)
        faults = _checked(staging.write(screenshots, info), suite)
        new = staging.finish()
    pictures = sum(shot.sha256 is not None for shot in screenshots)
    targets = sum(len(shot.targets) for shot in screenshots)
    return Imported(suite, targets, len(screenshots), pictures, findings, new, faults)


def _checked(root: Path, suite: str) -> tuple[AnnotationFault, ...]:
    """The faults of the staged suite that leave it usable; UsageError for one that does not.

    Pictures were checked as they were read.
    """
    annotations, broken = read_suite(root, suite)
    if broken or annotations is None:
        first = broken[0] if broken else "it cannot be read"
        raise UsageError(
            one_line(f"the import would not be a valid suite: {first}; nothing is kept")
        )
    return tuple(
        fault
        for screenshot in annotations.screenshots
        for fault in repetitions(screenshot, f"targets/{suite}: {screenshot.screenshot}")
    )


@dataclass
class _Builder:
    """Collects the screenshots of a suite, and the problems found."""

    staging: Staging
    source: Source
    screenshots: dict[str, StagedScreenshot] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._finder = Finder(self.source)
        self._pictures: dict[str, SourcePicture | None] = {}

    def take(self, item: Draft | Finding) -> None:
        finding = item if isinstance(item, Finding) else self._place(item)
        if finding is not None:
            self.findings.append(finding)

    def _place(self, draft: Draft) -> Finding | None:
        name = clean_name(draft.picture) if draft.picture or draft.image is None else ""
        if name is None:
            return _drop(draft, "bad-path", f"picture {draft.picture!r:.60} leads outside")
        if draft.id in self.ids:
            return _drop(draft, "duplicate-id", "this id was there before")
        picture = self._picture(draft, name)
        if isinstance(picture, Finding):
            return picture
        if picture is not None and not name:
            name = f"{picture.sha256[:16]}{picture.ending}"
        size = picture.size if picture else draft.size
        problem = _size_problem(draft, size, picture)
        if problem or size is None:
            return _drop(draft, *(problem or ("no-size", "")))
        target = self._target(draft, size)
        if isinstance(target, Finding):
            return target
        screenshot = self._screenshot(draft, name, size, picture)
        if screenshot.size != size or (picture is not None and screenshot.sha256 != picture.sha256):
            return _drop(draft, "picture-differs", "an earlier row has another picture or size")
        self.ids.add(target.id)
        screenshot.targets.append(target)
        return None

    def _picture(self, draft: Draft, name: str) -> SourcePicture | Finding | None:
        """The draft's picture, measured once; None if there is none."""
        if draft.image is None and name in self._pictures:
            return self._pictures[name]
        try:
            content = draft.image or self._finder.find(name, draft.folder, draft.picture_also)
            picture = None if content is None else measure(content)
        except BadPicture as error:
            return _drop(draft, "bad-picture", f"picture {name!r:.60}: {error}")
        if draft.image is None:
            self._pictures[name] = picture and replace(picture, content=b"")
        return picture

    def _screenshot(
        self, draft: Draft, name: str, size: Size, picture: SourcePicture | None
    ) -> StagedScreenshot:
        staged = self.screenshots.get(name)
        if staged is None:
            screenshot = self.staging.name_for(name)
            if picture is not None:
                if not picture.content:
                    again = self._finder.find(name, draft.folder, draft.picture_also)
                    assert again, "the picture was measured a moment ago"
                    picture = replace(picture, content=again)
                self.staging.keep(screenshot, picture)
            digest = picture.sha256 if picture else None
            rest = _stored_of_screenshot(draft)
            staged = StagedScreenshot(screenshot, size, digest, draft.platform, rest)
            self.screenshots[name] = staged
        return staged

    def _target(self, draft: Draft, size: Size) -> Target | Finding:
        """The target, or the reason why there is none. Also lists the cuts."""
        shapes: list[Shape] = []
        faults: list[Finding] = []
        for region in draft.regions:
            conversion = to_region(region, size)
            if conversion.shape is not None:
                shapes.append(conversion.shape)
            if conversion.reason:
                reason, detail = conversion.reason, conversion.detail
                odd = conversion.odd
                faults.append(Finding(draft.place, draft.id, reason, detail, "changed", odd))
        if not shapes and not draft.absent:
            if faults:
                return replace(faults[0], action="dropped")
            return _drop(draft, "no-region", "no region")
        if not isinstance(draft.instruction, str) or not draft.instruction.strip():
            return _drop(draft, "no-instruction", f"its instruction is {draft.instruction!r:.40}")
        try:
            target = Target.model_validate(_fields(draft, shapes))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return _drop(draft, f"bad-{where or 'target'}", f"{where}: {first['msg']}")
        self.findings.extend(faults)
        return target


def _size_problem(
    draft: Draft, size: Size | None, picture: SourcePicture | None
) -> tuple[str, str] | None:
    """Why the picture's size cannot be used, as (reason, detail); None if it can."""
    if size is None:
        return "no-size", "no picture is there and the annotation gives no size"
    if max(size) > MAX_SIDE:
        return "bad-size", f"a picture of {size.width}x{size.height}"
    if picture is not None and picture.stored != picture.size and draft.size == picture.stored:
        detail = (
            f"its numbers are about the picture as stored ({size.height}x{size.width}), which is "
            f"shown turned on its side"
        )
        return "turned-picture", detail
    pixels = any(region.convention.unit == "pixel" for region in draft.regions)
    if picture is not None and pixels and draft.size not in (None, picture.size):
        assert draft.size is not None
        stated = f"{draft.size.width}x{draft.size.height}"
        return "size-differs", f"the picture is {size.width}x{size.height}, annotated {stated}"
    return None


def _fields(draft: Draft, shapes: list[Shape]) -> dict[str, object]:
    fields: dict[str, object] = {"id": draft.id, "instruction": draft.instruction}
    for key in ("name", "kind", "role", "app"):
        if getattr(draft, key) is not None:
            fields[key] = getattr(draft, key)
    fields |= {"tags": list(draft.tags), "rewordings": list(draft.rewordings)}
    if draft.row:
        fields["extra"] = dict(draft.row)
    fields |= _stored(draft, "target", _TARGET_KEYS)
    parts: list[dict[str, object]] = [_part(shape) for shape in shapes]
    if draft.absent:
        fields["absent"] = True
    elif len(parts) == 1:
        fields |= parts[0]
    else:
        fields["regions"] = parts
    return fields


_TARGET_KEYS = ("id", "name", "kind", "role", "app", "tags", "rewordings", "verified", "extra")
_SCREENSHOT_KEYS = ("environment", "source", "extra")


def _stored_of_screenshot(draft: Draft) -> dict[str, object]:
    if not (draft.stored and "screenshot" in draft.stored):
        return {"source": {"method": "import"}}
    fields = _stored(draft, "screenshot", _SCREENSHOT_KEYS)
    return {key: finite_numbers(value) for key, value in fields.items() if isinstance(value, dict)}


def _stored(draft: Draft, part: str, keys: tuple[str, ...]) -> dict[str, object]:
    """The fields that our exporter stored, except regions, which are checked as in any other set."""
    values = (draft.stored or {}).get(part, {})
    return {key: values[key] for key in keys if key in values}


def _part(shape: Shape) -> dict[str, object]:
    if isinstance(shape, Polygon):
        return {"polygon": [[x, y] for x, y in shape.corners]}
    assert isinstance(shape, Box)
    return {"box": list(shape)}


def _drop(draft: Draft, reason: str, detail: str) -> Finding:
    return Finding(draft.place, draft.id, reason, detail)


def _by_reason(findings: tuple[Finding, ...], action: str) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for finding in findings:
        if finding.action == action:
            ids.setdefault(finding.reason, []).append(finding.target or finding.place)
    return dict(sorted(ids.items()))


def _info(
    form: ImportFormat,
    suite: str,
    source: Source,
    findings: tuple[Finding, ...],
    title: str | None,
) -> Mapping[str, object]:
    origin = form.origin_of(source) if form.origin_of is not None else form.origin
    return {
        "name": suite,
        "version": "1",
        "title": title or origin.title,
        "description": f"{origin.title}, imported as {form.name}: {form.convention}.",
        "license": origin.license,
        "authors": list(origin.authors),
        "homepage": origin.homepage,
        "citation": origin.citation,
        "extra": {
            "format": form.name,
            "convention": form.convention,
            "files": source.digests(),
            "dropped": _by_reason(findings, "dropped"),
            "changed": _by_reason(findings, "changed"),
        },
    }
