"""The parts of a session file for web applications and the screens that show them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from pointbench.capture.session.fields import (
    Folder,
    OptionalCommandLine,
    Pair,
    StrictModel,
    as_tuple,
    matching,
)
from pointbench.capture.web.browser import PageStep

_VERSION = re.compile(r"[0-9][A-Za-z0-9.+!_-]*")
_PACKAGE = re.compile(r"(@[a-z0-9][a-z0-9._-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*")


class Application(StrictModel):
    """A web application that a session installs and serves itself.

    ``pip`` and ``npm`` are packages with their exact versions. ``files`` names a folder below the
    session file's ``files/``; it is copied to the folder in which ``build`` (once) and ``serve``
    (for every screen) run. The packages are available as ``node_modules`` and in PATH. In commands
    and environment, {port} is a free port and {home} is that folder, which is served directly if
    ``serve`` is empty.
    """

    title: str
    pip: dict[str, str] = Field(default_factory=dict)
    npm: dict[str, str] = Field(default_factory=dict)
    files: Folder | None = None
    build: OptionalCommandLine = ()
    serve: OptionalCommandLine = ()
    environment: dict[str, str] = Field(default_factory=dict)

    @field_validator("pip", "npm")
    @classmethod
    def _exact(cls, packages: dict[str, str]) -> dict[str, str]:
        for name, version in packages.items():
            if not _PACKAGE.fullmatch(name):
                raise ValueError(f"{name!r:.60} is not a package name, such as 'tiddlywiki'")
            if not _VERSION.fullmatch(version):
                raise ValueError(
                    f"{name}: {version!r:.60} is not an exact version, such as '5.4.1'"
                )
        return packages


class PageStepField(StrictModel):
    """One action on the page, at a Playwright selector or at [x, y] in CSS pixels.

    ``type`` types at the focus, or into the selector ``into``; ``wait`` is in seconds.
    """

    click: Pair | str | None = None
    right_click: Pair | str | None = None
    double_click: Pair | str | None = None
    hover: str | None = None
    type: str | None = None
    into: str | None = None
    press: str | None = None
    wait: Annotated[float, Field(ge=0, le=120)] | None = None
    wait_for: str | None = None
    scroll: str | None = None
    script: str | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> PageStepField:
        actions = [name for name, value in self if value is not None and name != "into"]
        if len(actions) != 1:
            raise ValueError(
                "a step does one thing: click, type, press, wait, wait_for ..., "
                "such as {click = 'text=Recent'}"
            )
        if self.into is not None and self.type is None:
            raise ValueError("'into' needs text to type: add 'type'")
        return self

    def step(self) -> PageStep:
        """The step in the form that the browser performs."""
        name, value = next((n, v) for n, v in self if v is not None and n != "into")
        if name == "type":
            return PageStep("type", self.into or "", str(value))
        if name in ("press", "script"):
            return PageStep(name, text=str(value))
        if name == "wait":
            return PageStep("wait", text=str(1000 * float(value)))
        if isinstance(value, tuple):
            return PageStep(name, at=value)
        return PageStep(name, str(value))


class WebScreen(StrictModel):
    """A page of an application. The page's size in CSS pixels is the screen's size over its scale.

    ``path`` is the URL after the port. ``storage`` is put into the page's local storage before the
    page is opened, ``style`` is a style sheet added to the page, ``clock`` is the time it sees.
    """

    application: str
    path: Annotated[str, matching(r"/[^\s\\]*", "a path from the root, such as '/index.html'")] = (
        "/"
    )
    wait: Annotated[float, Field(ge=0, le=120)] = 1
    wait_for: str = ""
    steps: Annotated[tuple[PageStepField, ...], BeforeValidator(as_tuple)] = ()
    storage: dict[str, str] = Field(default_factory=dict)
    style: str = ""
    clock: Annotated[
        str,
        matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", "a time such as '2025-05-14T10:24:00'"),
    ] = "2025-05-14T10:24:00"
