"""A headless Chromium that shows one page, the same way every time.

Playwright drives it. Everything that would make two pictures of a page differ is held still:
language, time zone, motion, the caret, and with it the pointer, which is put aside.
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
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PIL import Image

from pointbench.capture.errors import PageError
from pointbench.errors import UsageError, one_line

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Playwright, Request, Route

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""What a Chromium is called on PATH."""
INSTALL = "pip install 'pointbench[capture]'"
FLAGS = (
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
    # One process for all frames, so that one question reaches every one of them.
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
    """Something done to the page before its picture is taken.

    `what` is one of STEPS. `where` is a Playwright selector: what to click, hover, wait for, type
    into or scroll to (empty for a key press or typing at the focus); `at` is a point to click
    instead, in CSS pixels. `text` is what to type, the keys to press, the script to run, and for
    `wait` milliseconds.
    """

    what: str
    where: str = ""
    text: str = ""
    at: tuple[int, int] | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.where, self.text) if part)


@dataclass(frozen=True)
class PageRequest:
    """One page to show. `width` and `height` are CSS pixels; the picture has `scale` times as many.

    With `offline`, requests to other hosts than the page's own are refused and counted.
    `local_storage` is what the page's origin remembers before it is opened. With `clock` (ISO time)
    the page believes it is then, and its random numbers come from one fixed seed.
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
    """A page that is shown, loaded and stepped through. `refused` counts requests by host."""

    request: PageRequest
    page: Page
    version: str
    refused: Counter[str]

    def grab(self, clip: tuple[int, int, int, int] | None = None) -> Image.Image:
        """The picture, or the part of it at left, top, width, height in CSS pixels."""
        options: dict[str, Any] = {"animations": "disabled", "caret": "hide", "scale": "device"}
        if clip is not None:
            options["clip"] = dict(zip(("x", "y", "width", "height"), clip, strict=True))
        with Image.open(io.BytesIO(self.page.screenshot(**options))) as image:
            return image.convert("RGB")


def address(text: str) -> str:
    """A URL as it stands, or the file: URL of a local path.

    Raises UsageError for a path that is not there and for a scheme that no page has.
    """
    scheme = urlsplit(text).scheme.lower()
    if scheme in ("http", "https"):
        if not urlsplit(text).hostname:
            raise UsageError(f"capture web: {one_line(text)}: no host in it")
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


def find_browser(own: str, given: Path | None = None) -> str:
    """The Chromium to start: the one given, one on PATH, or Playwright's `own`.

    Raises UsageError, with the line that installs one, when there is none.
    """
    if given is not None:
        found = shutil.which(str(given))
        if found is None:
            raise UsageError(f"--browser {one_line(str(given))}: no such program")
        return found
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None and Path(own).is_file():
        found = own
    if found is None:
        raise UsageError(
            "capture web: no Chromium on this machine; install one with "
            "`playwright install --with-deps chromium` (or `apt install chromium`), "
            "or name yours with --browser PATH"
        )
    return found


@contextmanager
def shown(request: PageRequest) -> Iterator[OpenPage]:
    """Open the page, do the steps, and give it. Raises PageError or UsageError in one line."""
    try:
        from playwright.sync_api import Error
    except ImportError as error:
        raise UsageError(f"capture web: Playwright is not installed; {INSTALL}") from error
    with _driver() as playwright, _browser(playwright, request) as (context, version):
        refused: Counter[str] = Counter()
        _prepare(context, request, refused)
        page = context.new_page()
        try:
            _load(page, request)
            _act(page, request)
            yield OpenPage(request, page, version, refused)
        except Error as error:  # also of what is done with the page while it is open
            raise PageError(
                f"capture web: {one_line(request.url)}: {_first_line(error)}"
            ) from error


@contextmanager
def _driver() -> Iterator[Playwright]:
    """Playwright's own process, which speaks to the browser."""
    from playwright.sync_api import sync_playwright

    manager = sync_playwright()
    try:
        playwright = manager.__enter__()
    except Exception as error:  # Playwright's class for this is Exception itself
        raise UsageError(
            f"capture web: Playwright's driver does not start ({_first_line(error)}); where it lacks "
            "a library, `playwright install-deps` or `apt install libatomic1` brings it"
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
        # Below the page's requests: what a browser asks on its own account, and web sockets.
        flags.append(f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {host or 'localhost'}")
    try:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=flags,
            # The super-user cannot have the sandbox.
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
"""The minimal standard generator in place of the browser's."""

REMEMBERED = """(items) => {
  try { for (const [key, value] of Object.entries(items)) localStorage.setItem(key, value); }
  catch { /* a frame without storage */ }
}"""


def _prepare(context: BrowserContext, request: PageRequest, refused: Counter[str]) -> None:
    """Everything that has to hold before the first request."""
    import json

    context.set_default_timeout(STEP_TIMEOUT_MS)
    if request.clock:
        context.clock.install(time=request.clock)
        context.add_init_script(SEEDED)
    if request.local_storage:
        context.add_init_script(f"({REMEMBERED})({json.dumps(dict(request.local_storage))})")
    if request.offline:
        own = urlsplit(request.url).hostname

        def answer(route: Route, asked: Request) -> None:
            parts = urlsplit(asked.url)
            if parts.hostname is None or parts.hostname == own:
                route.continue_()
            else:
                refused[parts.hostname] += 1
                route.abort()

        context.route("**/*", answer)


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
    # Where the pointer lights up the least: the last pixel of the page.
    page.mouse.move(request.width - 1, request.height - 1)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(SETTLE_MS)


def _do(page: Page, step: PageStep) -> None:
    """One step; Playwright waits until the element is there."""
    buttons: dict[str, dict[str, Any]] = {
        "click": {},
        "right_click": {"button": "right"},
        "double_click": {"click_count": 2},
    }
    target = page.locator(step.where).first if step.where else None
    if step.what in buttons and step.at is not None:
        page.mouse.click(*step.at, **buttons[step.what])
    elif step.what in buttons and target is not None:
        target.click(**buttons[step.what])
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
        raise PageError(f"capture web: {one_line(str(step))}: no such step")


def _first_line(error: Exception) -> str:
    """Playwright's message without its call log."""
    text = str(error).split("\nCall log:")[0].split("\n")[0]
    return one_line(re.sub(r"^[A-Za-z]+\.[a-z_]+: ", "", text))


def _reason(error: Exception) -> str:
    found = re.search(r"net::(ERR_[A-Z_]+)", str(error))
    return found[1].removeprefix("ERR_").replace("_", " ").lower() if found else _first_line(error)
