"""A headless Chromium that shows one page, the same way every time.

Playwright drives it. Everything that could make two pictures of a page differ is fixed: language,
time zone, motion, the caret. The pointer is moved aside.
"""

from __future__ import annotations

import io
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from PIL import Image

from pointbench.capture.errors import PageError
from pointbench.errors import UsageError, one_line
from pointbench.extras import require_extra

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, FloatRect, Page, Playwright, Request, Route

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""Names of a Chromium on PATH, in order of preference."""
FLAGS = (
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
    # One process for all frames, so one debugging session reaches all of them.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process",
)
LOAD_TIMEOUT_MS = 30_000
STEP_TIMEOUT_MS = 10_000
SETTLE_MS = 300
"""Milliseconds between the last step and the picture."""
STEPS = (
    "click",
    "right_click",
    "double_click",
    "hover",
    "type",
    "press",
    "wait",
    "wait_for",
    "scroll",
    "script",
)


@dataclass(frozen=True)
class PageStep:
    """One action on the page before its picture is taken.

    ``what`` is one of STEPS. ``where`` is the Playwright selector to click, hover, wait for, type
    into or scroll to; empty for a key press or for typing at the focus. ``at`` is a point to click
    instead, in CSS pixels. ``text`` is the text to type, the keys to press, the script to run, or
    the milliseconds to wait.
    """

    what: str
    where: str = ""
    text: str = ""
    at: tuple[int, int] | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.where, self.text) if part)


@dataclass(frozen=True)
class PageRequest:
    """One page to show. ``width`` and ``height`` are CSS pixels; ``scale`` is picture pixels per CSS pixel.

    With ``offline``, requests to hosts other than the page's own are refused and counted.
    ``local_storage`` is put into the local storage of the page's origin before the page is opened.
    ``clock`` is the ISO time that the page sees; if set, the page's random numbers are seeded, too.
    """

    url: str
    width: int = 1280
    height: int = 720
    scale: float = 1
    dark: bool = False
    offline: bool = False
    wait_ms: int = 0
    wait_for: str = ""
    steps: tuple[PageStep, ...] = ()
    local_storage: Mapping[str, str] = field(default_factory=dict)
    style: str = ""
    clock: str = ""
    browser: Path | None = None
    sandbox: bool = True


@dataclass(frozen=True)
class OpenPage:
    """A page after loading and all steps. ``refused`` counts refused requests by host."""

    request: PageRequest
    page: Page
    version: str
    refused: Counter[str]

    def grab(self, clip: tuple[int, int, int, int] | None = None) -> Image.Image:
        """The picture, or its part ``clip`` = (left, top, width, height) in CSS pixels."""
        area: FloatRect | None = None
        if clip is not None:
            area = {"x": clip[0], "y": clip[1], "width": clip[2], "height": clip[3]}
        png = self.page.screenshot(animations="disabled", caret="hide", scale="device", clip=area)
        with Image.open(io.BytesIO(png)) as image:
            return image.convert("RGB")


def address(text: str) -> str:
    """A web address unchanged, or the file: URL of a local path.

    UsageError: no such file, or a scheme other than http, https and file.
    """
    scheme = urlsplit(text).scheme.lower()
    if scheme in ("http", "https"):
        if not urlsplit(text).hostname:
            raise UsageError(
                f"capture web: {one_line(text)}: it has no host; write http://HOST/PATH"
            )
        return text
    path = Path(urlsplit(text).path if scheme == "file" else text)
    if scheme not in ("", "file") and not path.exists():
        raise UsageError(
            f"capture web: {one_line(text)}: give an http, https or file URL, or a file's path"
        )
    if path.is_dir():
        path /= "index.html"
    if not path.is_file():
        hint = "" if scheme else f"; a web address starts with http:// (http://{one_line(text)}?)"
        raise UsageError(f"capture web: {one_line(str(path))}: no such file{hint}")
    query = urlsplit(text)
    tail = ("?" + query.query if scheme and query.query else "") + (
        "#" + query.fragment if scheme and query.fragment else ""
    )
    return path.resolve().as_uri() + tail


def find_browser(own: str, chosen: Path | None = None) -> str:
    """The path of the Chromium to start: the chosen one, one on PATH, or Playwright's ``own``.

    UsageError, with the install command: there is none.
    """
    if chosen is not None:
        program = shutil.which(str(chosen))
        if program is None:
            raise UsageError(
                f"--browser {one_line(str(chosen))}: no such program; name a Chromium or its path"
            )
        return program
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None and Path(own).is_file():
        program = own
    if program is None:
        raise UsageError(
            "capture web: no Chromium on this machine; install one with "
            "`playwright install --with-deps chromium` (or `apt install chromium`), "
            "or name yours with --browser PATH"
        )
    return program


@contextmanager
def opened_page(request: PageRequest) -> Iterator[OpenPage]:
    """Open the page, do its steps, and yield it. PageError or UsageError: it cannot be shown."""
    require_extra("capture", "capture web", "playwright")
    from playwright.sync_api import Error

    with _driver() as playwright, _browser(playwright, request) as (context, version):
        refused: Counter[str] = Counter()
        _prepare(context, request, refused)
        page = context.new_page()
        try:
            _load(page, request)
            _act(page, request)
            yield OpenPage(request, page, version, refused)
        except Error as error:  # including errors while the page is in use
            raise PageError(
                f"capture web: {one_line(request.url)}: {_first_line(error)}"
            ) from error


@contextmanager
def _driver() -> Iterator[Playwright]:
    """Playwright's own process, which drives the browser."""
    from playwright.sync_api import sync_playwright

    manager = sync_playwright()
    try:
        playwright = manager.__enter__()
    except Exception as error:  # Playwright's class for this is Exception itself
        raise UsageError(
            f"capture web: Playwright's driver does not start ({_first_line(error)}); if it lacks a "
            "library, `playwright install-deps` or `apt install libatomic1` installs it"
        ) from error
    try:
        yield playwright
    finally:
        manager.__exit__(None, None, None)


@contextmanager
def _browser(playwright: Playwright, request: PageRequest) -> Iterator[tuple[BrowserContext, str]]:
    from playwright.sync_api import Error

    program = find_browser(playwright.chromium.executable_path, request.browser)
    flags = list(FLAGS)
    host = urlsplit(request.url).hostname
    if request.offline:
        # Catches what ``route`` does not see: web sockets, and the browser's own requests.
        flags.append(f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {host or 'localhost'}")
    try:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=flags,
            # The sandbox does not start as root.
            chromium_sandbox=request.sandbox and os.geteuid() != 0,
        )
    except Error as error:
        hint = "; add --no-sandbox if you trust the page" if "sandbox" in str(error) else ""
        raise UsageError(
            f"capture web: {program} does not start: {_first_line(error)}{hint}"
        ) from error
    try:
        context = browser.new_context(
            viewport={"width": request.width, "height": request.height},
            device_scale_factor=request.scale,
            color_scheme="dark" if request.dark else "light",
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="UTC",
            service_workers="block",
            accept_downloads=False,
        )
        yield context, browser.version
    finally:
        browser.close()


SEEDED = """(() => {
  let state = 20240514;
  Math.random = () => (state = (state * 48271) % 2147483647) / 2147483647;
})()"""
"""Replaces the browser's random numbers with the minimal standard generator."""

FILL_STORAGE = """(items) => {
  try { for (const [key, value] of Object.entries(items)) localStorage.setItem(key, value); }
  catch { /* a frame without storage */ }
}"""


def _prepare(context: BrowserContext, request: PageRequest, refused: Counter[str]) -> None:
    """Set up everything that must be in place before the first request."""
    import json

    context.set_default_timeout(STEP_TIMEOUT_MS)
    if request.clock:
        context.clock.install(time=request.clock)
        context.add_init_script(SEEDED)
    if request.local_storage:
        context.add_init_script(f"({FILL_STORAGE})({json.dumps(dict(request.local_storage))})")
    if request.offline:
        own = urlsplit(request.url).hostname

        def refuse_elsewhere(route: Route, sent: Request) -> None:
            parts = urlsplit(sent.url)
            if parts.hostname is None or parts.hostname == own:
                route.continue_()
            else:
                refused[parts.hostname] += 1
                route.abort()

        context.route("**/*", refuse_elsewhere)


def _load(page: Page, request: PageRequest) -> None:
    from playwright.sync_api import Error
    from playwright.sync_api import TimeoutError as TooLate

    try:
        response = page.goto(request.url, wait_until="load", timeout=LOAD_TIMEOUT_MS)
    except TooLate as error:
        raise PageError(
            f"capture web: {one_line(request.url)}: not loaded after {LOAD_TIMEOUT_MS // 1000} s"
        ) from error
    except Error as error:
        raise PageError(
            f"capture web: {one_line(request.url)}: {_reason(error)}; is it served?"
        ) from error
    if response is not None and response.status >= 400:
        raise PageError(
            f"capture web: {one_line(request.url)} answers {response.status} "
            f"{one_line(response.status_text)}".rstrip()
        )


def _act(page: Page, request: PageRequest) -> None:
    from playwright.sync_api import Error

    page.evaluate("document.fonts.ready.then(() => true)")
    if request.style:
        page.add_style_tag(content=request.style)
    steps = [PageStep("wait_for", request.wait_for)] if request.wait_for else []
    steps.append(PageStep("wait", text=str(request.wait_ms)))
    for step in (*steps, *request.steps):
        try:
            _do(page, step)
        except Error as error:
            raise PageError(f"capture web: {one_line(str(step))}: {_first_line(error)}") from error
    # The last pixel of the page, where the pointer lights up the least.
    page.mouse.move(request.width - 1, request.height - 1)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(SETTLE_MS)


def _do(page: Page, step: PageStep) -> None:
    """Do one step; Playwright waits until the element is there."""
    is_click = step.what in ("click", "right_click", "double_click")
    button: Literal["left", "right"] = "right" if step.what == "right_click" else "left"
    count = 2 if step.what == "double_click" else 1
    target = page.locator(step.where).first if step.where else None
    if is_click and step.at is not None:
        page.mouse.click(*step.at, button=button, click_count=count)
    elif is_click and target is not None:
        target.click(button=button, click_count=count)
    elif step.what == "hover" and target is not None:
        target.hover()
    elif step.what == "type" and target is not None:
        target.fill(step.text)
    elif step.what == "type":
        page.keyboard.type(step.text)
    elif step.what == "press":
        page.keyboard.press(step.text)
    elif step.what == "wait":
        page.wait_for_timeout(float(step.text))
    elif step.what == "scroll" and target is not None:
        target.scroll_into_view_if_needed()
    elif step.what == "script":
        page.evaluate(step.text)
    elif step.what == "wait_for" and target is not None:
        target.wait_for()
    else:
        raise PageError(
            f"capture web: {one_line(str(step))}: no such step; there are {', '.join(STEPS)}"
        )


def _first_line(error: Exception) -> str:
    """Playwright's message without its call log."""
    text = str(error).split("\nCall log:")[0].split("\n")[0]
    return one_line(re.sub(r"^[A-Za-z]+\.[a-z_]+: ", "", text))


def _reason(error: Exception) -> str:
    code = re.search(r"net::ERR_([A-Z_]+)", str(error))
    return code[1].replace("_", " ").lower() if code else _first_line(error)
