"""Captures one web screen of a session: serves its application, shows the page, and reads it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pointbench.capture.elements import Element
from pointbench.capture.errors import PageError, ScreenError, SessionError, UnstableScreenError
from pointbench.capture.hover import HoverCheck
from pointbench.capture.rectangles import Rect
from pointbench.capture.session.captured_screen import CapturedScreen, Say, keys_of, not_found
from pointbench.capture.session.file import ScreenSpec, Session
from pointbench.capture.session.serving import home_folder, installed, need, served
from pointbench.capture.session.web_fields import Application, WebScreen
from pointbench.capture.session.words import TargetSpec
from pointbench.capture.targets import TargetEntry, absent_target
from pointbench.capture.web.browser import PageRequest, find_browser, opened_page
from pointbench.capture.web.elements import WebElement
from pointbench.capture.web.page import hover_page, survey_page
from pointbench.capture.web.targets import web_target
from pointbench.capture.wording.sentences import View


def applications_folder() -> Path:
    """The folder in the user's cache that keeps installed applications between sessions."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or home_folder() / ".cache") / "pointbench" / "applications"


def refuse_without_tools(session: Session, screens: Iterable[ScreenSpec]) -> None:
    """Raise a SessionError or UsageError with the install command if the browser or npm is missing."""
    from playwright.sync_api import sync_playwright

    pages = [screen.web for screen in screens if screen.web is not None]
    if not pages:
        return
    with sync_playwright() as playwright:
        find_browser(playwright.chromium.executable_path)
    if any(session.applications[page.application].npm for page in pages):
        need("npm", "nodejs npm")


def make_web_screen(
    session: Session,
    screen: ScreenSpec,
    specs: Mapping[str, TargetSpec] | None,
    folder: Path,
    say: Say = lambda _: None,
) -> CapturedScreen:
    """Install and serve the application, show the page, read it. ScreenError: it did not load.

    The application is served from ``folder``/demo, a fixed location, because some applications show
    the paths of their files.
    """
    web = screen.web
    assert web is not None
    application = session.applications[web.application]
    files, cache = _files(session, application), applications_folder()
    place = installed(web.application, application, files, cache, say)
    home = folder / "demo"
    clock = datetime.fromisoformat(web.clock).replace(tzinfo=UTC).timestamp()
    try:
        with served(application, place, home, web.path, clock - 86_400) as url:
            return _look(screen, web, application, url, specs or {})
    except (PageError, UnstableScreenError) as error:
        raise ScreenError(str(error)) from error
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _files(session: Session, application: Application) -> Path | None:
    if application.files is None:
        return None
    folders = [source / "files" / application.files for source in session.sources]
    for folder in folders:
        if folder.is_dir():
            return folder
    raise SessionError(
        f"capture session: no folder files/{application.files} beside the session file; create it"
    )


def _look(
    screen: ScreenSpec,
    web: WebScreen,
    application: Application,
    url: str,
    specs: Mapping[str, TargetSpec],
) -> CapturedScreen:
    width, height = screen.size
    request = PageRequest(
        url=url,
        width=width // screen.scale,
        height=height // screen.scale,
        scale=screen.scale,
        dark=screen.dark,
        offline=True,
        wait_ms=round(1000 * web.wait),
        wait_for=web.wait_for,
        steps=tuple(step.step() for step in web.steps),
        local_storage=web.storage,
        style=web.style,
        clock=web.clock,
        sandbox=False,  # this machine serves the page
    )
    with opened_page(request) as opened:
        survey = survey_page(opened)
        elements = tuple(replace(element, app=application.title) for element in survey.elements)
        browser = f"Chromium {opened.version}"
        keyed = keys_of(elements)
        by_slug: dict[str, WebElement] = {}
        for slug, spec in specs.items():
            if spec.find is not None:
                if spec.find not in keyed:
                    raise ScreenError(not_found(spec.find, keyed))
                element = keyed[spec.find]
                assert isinstance(element, WebElement)
                by_slug[slug] = element
        checks = {
            slug: hover_page(opened, element) if screen.hover else None
            for slug, element in by_slug.items()
        }
    targets = tuple(_target(screen, slug, spec, by_slug, checks) for slug, spec in specs.items())
    view = View(elements, (), Rect(0, 0, *survey.picture.size))
    by_key: dict[str, Element] = dict(keyed)
    return CapturedScreen(screen, survey.picture, by_key, view, targets, browser=browser)


def _target(
    screen: ScreenSpec,
    slug: str,
    spec: TargetSpec,
    by_slug: Mapping[str, WebElement],
    checks: Mapping[str, HoverCheck | None],
) -> TargetEntry:
    identity = f"{screen.name}/{slug}"
    if spec.absent:
        return absent_target(
            id=identity, instruction=spec.say, name=spec.name, kind=spec.kind or "icon"
        )
    element = by_slug[slug]
    return web_target(
        element,
        checks[slug],
        id=identity,
        instruction=spec.say,
        kind=spec.kind,
        app=element.app.lower(),
        name=spec.name,
        tags=(*screen.tags, *spec.tags),
        rewordings=spec.also,
        looked_at=spec.looked_at,
    )
