"""A web screen of a session, from nothing to its picture and targets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pointbench.capture.elements import Element
from pointbench.capture.errors import PageError, ScreenError, SessionError, UnstableScreenError
from pointbench.capture.hover import HoverCheck
from pointbench.capture.rectangles import Rect
from pointbench.capture.session.captured_screen import CapturedScreen, keys_of
from pointbench.capture.session.file import ScreenSpec, Session
from pointbench.capture.session.serving import home_folder, installed, need, served
from pointbench.capture.session.web_fields import Application, WebScreen
from pointbench.capture.session.words import TargetSpec
from pointbench.capture.targets import absent_target
from pointbench.capture.web.browser import PageRequest, find_browser, shown
from pointbench.capture.web.elements import WebElement
from pointbench.capture.web.page import hover_page, survey_page
from pointbench.capture.web.targets import web_target
from pointbench.capture.wording.sentences import View


def applications_folder() -> Path:
    """Where installed applications are kept from one session to the next: the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or home_folder() / ".cache") / "pointbench" / "applications"


def refuse_without_tools(session: Session, screens: Iterable[ScreenSpec]) -> None:
    """SessionError or UsageError, with the line that installs it: no browser, no npm."""
    from playwright.sync_api import sync_playwright

    shown_ones = [screen.web for screen in screens if screen.web is not None]
    if not shown_ones:
        return
    with sync_playwright() as playwright:
        find_browser(playwright.chromium.executable_path)
    if any(session.applications[web.application].npm for web in shown_ones):
        need("npm", "nodejs npm")


def make_web_screen(
    session: Session,
    screen: ScreenSpec,
    words: Mapping[str, TargetSpec] | None,
    folder: Path,
    say: Callable[[str], None] = lambda _: None,
) -> CapturedScreen:
    """Install and serve the application, show the page, read it. ScreenError: it does not come.

    The application is served out of `folder`/demo, as some show where their files are.
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
            return _look(screen, web, application, url, words or {})
    except (PageError, UnstableScreenError) as fault:
        raise ScreenError(str(fault)) from fault
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _files(session: Session, application: Application) -> Path | None:
    if application.files is None:
        return None
    folders = [source / "files" / application.files for source in session.sources]
    for folder in folders:
        if folder.is_dir():
            return folder
    raise SessionError(f"capture session: no folder files/{application.files} beside the session")


def _look(
    screen: ScreenSpec,
    web: WebScreen,
    application: Application,
    url: str,
    words: Mapping[str, TargetSpec],
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
        sandbox=False,  # the page is our own machine's
    )
    with shown(request) as opened:
        found = survey_page(opened)
        elements = tuple(replace(one, app=application.title) for one in found.elements)
        browser = f"Chromium {opened.version}"
        keyed = keys_of(elements)
        wanted: dict[str, WebElement] = {}
        for slug, word in words.items():
            if word.find is not None:
                if word.find not in keyed:
                    raise ScreenError(f"not found: {word.find}")
                element = keyed[word.find]
                assert isinstance(element, WebElement)
                wanted[slug] = element
        hovers = {
            slug: hover_page(opened, element) if screen.hover else None
            for slug, element in wanted.items()
        }
    targets = [_target(screen, slug, word, wanted, hovers) for slug, word in words.items()]
    view = View(elements, (), Rect(0, 0, *found.picture.size))
    every: dict[str, Element] = dict(keyed)
    return CapturedScreen(screen, found.picture, every, view, tuple(targets), (), browser)


def _target(
    screen: ScreenSpec,
    slug: str,
    word: TargetSpec,
    wanted: Mapping[str, WebElement],
    hovers: Mapping[str, HoverCheck | None],
) -> dict[str, Any]:
    identity = f"{screen.name}/{slug}"
    if word.absent:
        return absent_target(
            id=identity, instruction=word.say, name=word.name, kind=word.kind or "icon"
        )
    element = wanted[slug]
    return web_target(
        element,
        hovers[slug],
        id=identity,
        instruction=word.say,
        kind=word.kind,
        app=element.app.lower(),
        name=word.name,
        tags=(*screen.tags, *word.tags),
        rewordings=word.also,
        looked_at=word.looked_at,
    )
