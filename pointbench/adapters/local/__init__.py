"""Pointers that run on this machine and need no key: the floor of every table.

``local/random``, ``local/center`` and ``local/best-constant`` ignore the picture; ``local/ocr``
reads the screenshot's text. All answer in text like any model, so the same parser, frame and
scorer apply to them.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping

from pointbench.adapters.protocol import Facts, Reply, Request
from pointbench.adapters.setting_specs import as_written
from pointbench.errors import GiveUp, UsageError
from pointbench.geometry import Size

MIN_SCORE = 70.0
"""Default of ``min_score``: confidence, 0 to 100, below which ``ocr`` answers "Not found"."""

DESCRIPTIONS = {
    "random": "a uniformly random point, from the trial's seed",
    "center": "always the middle of the screen",
    "best-constant": "the one point that hits the most targets of the run, known in hindsight",
    "ocr": "reads the screenshot's text and points at the best match for the instruction",
}
"""One-line description of each pointer, in the order used by every table."""

PROFILES = {
    "random": "local-unit",
    "center": "local-unit",
    "best-constant": "local-unit",
    "ocr": "local-ocr",
}
"""Default profile of each pointer."""

SETTINGS: dict[str, tuple[str, ...]] = {
    "random": (),
    "center": (),
    "best-constant": ("point",),
    "ocr": ("min_score",),
}
"""Settings of each pointer."""

EXTRA = "ocr"
"""The extra of pointbench that installs the packages of ``local/ocr``."""


def requires_of(name: str) -> dict[str, list[str]]:
    """Environment variables (none) and packages that ``local/<name>`` needs."""
    packages = ["rapidocr", "onnxruntime", "rapidfuzz"] if name == "ocr" else []
    return {"env": [], "packages": packages}


class LocalPointer:
    """One of the four pointers; UsageError for another name or an unusable setting.

    Quick to create: the packages of ``ocr`` are loaded when it first reads a picture.
    """

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        _check(name, settings)
        self.name = name
        self.requires = requires_of(name)
        self.profile = PROFILES[name]
        self._settings = dict(settings)
        score = settings.get("min_score", MIN_SCORE) if name == "ocr" else MIN_SCORE
        self._min_score = _min_score(score)
        self._answer: Callable[[Request], Reply] = {
            "random": _random,
            "center": _center,
            "best-constant": self._best_constant,
            "ocr": self._ocr,
        }[name]

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        """The facts that a run needs about ``local/<name>``; UsageError as in `LocalPointer`."""
        _check(name, settings)
        return Facts(
            profile=PROFILES[name],
            packages=tuple(requires_of(name)["packages"]),
            install=f"pointbench[{EXTRA}]",
            accepts=frozenset(SETTINGS[name]),
            # One picture is read at a time; a second worker can match texts meanwhile.
            concurrency=2 if name == "ocr" else 1,
            description=DESCRIPTIONS[name],
            floor=True,
            exact=None if name == "ocr" else name,
            free=True,
        )

    def ask(self, request: Request) -> Reply:
        """The pointer's answer as text; GiveUp if a picture, a point or a package is missing."""
        return self._answer(request)

    def _best_constant(self, request: Request) -> Reply:
        point = request.settings.get("point", self._settings.get("point"))
        if point is None:
            raise GiveUp("local/best-constant has no point: a run computes it when it is planned")
        return _point_reply(*_fractions(point), model="best-constant")

    def _ocr(self, request: Request) -> Reply:
        from pointbench.adapters.local import matching, ocr

        if request.picture is None:
            raise GiveUp("local/ocr needs a picture, but was asked without one")
        model = ocr.version()
        lines = ocr.READINGS.lines(request.picture)
        size = Size(request.picture.width, request.picture.height)
        best = matching.find(request.instruction or request.prompt, lines, size)
        if best is None or best.confidence < self._min_score:
            # Without numbers and words of the instruction, so it is never parsed as a point.
            text = "Not found: no text on the screen matches the instruction."
            return Reply(text, finish_reason="stop", model=model)
        return _point_reply(round(best.point.x, 2), round(best.point.y, 2), model=model)


def _check(name: str, settings: Mapping[str, object]) -> None:
    """UsageError, in one line, for an unknown name or an unusable setting."""
    if name not in DESCRIPTIONS:
        raise UsageError(f"unknown model local/{name}: there are {_listed(DESCRIPTIONS)}")
    if name == "ocr":
        _min_score(settings.get("min_score", MIN_SCORE))
    if name == "best-constant" and settings.get("point") is not None:
        _fractions(settings["point"])


def _random(request: Request) -> Reply:
    source = random.Random(request.seed)  # noqa: S311 - a baseline, not a secret
    return _point_reply(source.random(), source.random(), model="random")


def _center(request: Request) -> Reply:  # noqa: ARG001 - every pointer is asked alike
    return _point_reply(0.5, 0.5, model="center")


def _point_reply(x: float, y: float, *, model: str) -> Reply:
    return Reply(json.dumps({"point": [x, y]}), finish_reason="stop", model=model)


def _fractions(point: object) -> tuple[float, float]:
    """The point in ``[x, y]`` or ``"x,y"``, fractions of the screen's sides; UsageError for anything else."""
    parts = point.split(",") if isinstance(point, str) else point
    try:
        if not isinstance(parts, list | tuple):
            raise TypeError
        x, y = map(float, parts)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(
            f"local/best-constant: point must be two numbers, not {as_written(point)}"
        ) from error
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise UsageError(
            f"local/best-constant: point must be fractions of the sides, from 0 to 1, not {as_written(point)}"
        )
    return x, y


def _min_score(value: object) -> float:
    try:
        numeric = isinstance(value, int | float | str) and not isinstance(value, bool)
        number = float(str(value)) if numeric else math.nan
    except ValueError:
        number = math.nan
    if not 0 <= number <= 100:
        raise UsageError(
            f"local/ocr: min_score must be a number from 0 to 100, not {as_written(value)}"
        )
    return number


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"local/{name}" for name in names)
