"""report.html in a real browser, from file:// and without any network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pointbench.report.entries import ReportRun
from pointbench.report.loading import pictures
from pointbench.report.page.write import write_page
from tests.report import sample_run
from tests.report.conftest import HOSTILE_LABEL
from tests.report.page.axe import INSTALL, find_axe, violations
from tests.report.page.chrome import Chrome, chrome, find_chrome

pytestmark = pytest.mark.skipif(
    find_chrome() is None, reason="no chromium on this machine (apt install chromium)"
)

CARDS = "document.querySelectorAll('.card').length"
COUNT = "document.querySelector('#count').textContent"
OPEN = "document.querySelector('#detail').open"
TITLE = "document.querySelector('#d-title').textContent"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chrome(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture
def tab(browser: Chrome) -> Iterator[Chrome]:
    """A tab of desktop size; whatever the test did, the console stayed quiet and nothing was fetched."""
    browser.look(1280, 900)
    browser.problems.clear()
    browser.requests.clear()
    yield browser
    assert browser.problems == []
    assert {url.partition(":")[0] for url in browser.requests} <= {"file", "blob", "about"}


@pytest.fixture(scope="module")
def page(run: ReportRun, root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_page(path, [run], pictures([root / "data"]))
    return path.as_uri()


def test_it_opens_and_shows_every_target(tab: Chrome, page: str) -> None:
    tab.open(page)
    assert tab.js(COUNT) == "33 of 33 targets"
    assert tab.js(CARDS) == 33
    loaded = (
        "Promise.all([...document.querySelectorAll('.card image')].slice(0, 5).map(node => "
        "{ const image = new Image(); image.src = node.getAttribute('href'); "
        "return image.decode().then(() => image.naturalWidth); }))"
    )
    assert set(tab.js(loaded)) <= {1280, 1920}


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_it_is_never_wider_than_its_window(tab: Chrome, page: str, width: int, height: int) -> None:
    tab.look(width, height)
    tab.open(page)
    assert tab.js("document.documentElement.scrollWidth") <= width
    tab.open(f"{page}#target=made%2Fdesk-720p%2Fb1")
    assert tab.js("document.querySelector('#detail').scrollWidth") <= width


def test_filters(tab: Chrome, page: str, run: ReportRun) -> None:
    tab.open(f"{page}#outcome=1&model=1")
    label = tab.js("JSON.parse(document.querySelector('#data').textContent).models[1].label")
    missed = {item.target for item in run.records if item.model == label and item.outcome == "miss"}
    assert tab.js(COUNT) == f"{len(missed)} of 33 targets"
    tab.open(f"{page}#pair=a&a=0&b=1")
    first = {
        item.target
        for item in run.records
        if item.model == run.info.models[1].label and item.correct
    }
    second = {
        item.target
        for item in run.records
        if item.model == run.info.models[0].label and item.correct
    }
    assert tab.js(COUNT) == f"{len(first - second)} of 33 targets"
    tab.open(f"{page}#app=editor&kind=text")
    wanted = [item for item in run.targets if item.app == "editor" and item.kind == "text"]
    assert tab.js(COUNT) == f"{len(wanted)} of 33 targets"


def test_keyboard_and_deep_links(tab: Chrome, page: str) -> None:
    tab.open(page)
    tab.key("/")
    tab.type("slack")
    tab.wait(f"{COUNT} === '3 of 33 targets'")
    assert tab.js("location.hash") == "#text=slack"
    tab.key("Escape")
    tab.key("j")
    tab.key("Enter")
    tab.wait(OPEN)
    assert tab.js(TITLE) == "Click the Slack icon."
    assert "target=made%2Fdesk-1080p%2Fabsent" in tab.js("location.hash")
    tab.key("j")
    assert "desk-2160p" in tab.js("location.hash")
    tab.key("k")
    assert "desk-1080p" in tab.js("location.hash")
    tab.key("Escape")
    # The dialog's close event comes after it is closed.
    tab.wait(f"!{OPEN} && location.hash === '#text=slack'")
    tab.open(f"{page}#target=made%2Fdesk-720p%2Fb1")
    tab.wait(OPEN)
    assert tab.js(TITLE) == "Click the blue button number 2 in the window."


def test_a_trial_is_one_click_away(tab: Chrome, page: str) -> None:
    tab.open(f"{page}#target=made%2Fdesk-720p%2Fb1")
    tab.js("document.querySelectorAll('.trial summary')[1].click()")
    tab.wait("document.querySelector('.trial dl')")
    text = tab.js("document.querySelector('.trial dl').textContent")
    for part in ("1280 × 720 px", "pixel xy", "Reply with x, y of: Click the blue button"):
        assert part in text


def test_hostile_text_does_nothing(
    tab: Chrome, hostile: ReportRun, root: Path, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    write_page(path, [hostile], pictures([root / "data"]))
    tab.open(path.as_uri())
    title = tab.js("document.title")
    first = hostile.targets[0]
    tab.js(f"location.hash = 'target={first.suite}%2F' + encodeURIComponent('{first.id}')")
    tab.wait(OPEN)
    tab.js("document.querySelectorAll('.trial').forEach(trial => { trial.open = true; })")
    tab.wait("document.querySelectorAll('.trial dl').length === 5")
    assert tab.js("document.title") == title
    assert tab.js("document.querySelectorAll('script').length") == 2
    assert tab.js("document.querySelectorAll('img, iframe').length") == 0
    shown = tab.js("document.querySelector('#detail').textContent")
    assert "<img src=x onerror=document.title='owned'>" in shown
    assert "\\u{202e}" in shown
    assert "\u202e" not in shown
    assert HOSTILE_LABEL.split()[0] in shown
    for target in hostile.targets[1:4]:
        tab.key("j")
        tab.js("document.querySelectorAll('.trial').forEach(trial => { trial.open = true; })")
        tab.wait("document.querySelectorAll('.trial dl').length === 5")
        assert target.instruction == tab.js(TITLE)
    assert tab.js("document.documentElement.scrollWidth") <= 1280


def test_a_gallery_of_5000_is_built_as_it_is_scrolled(
    tab: Chrome, run: ReportRun, tmp_path: Path
) -> None:
    base = run.targets[1]
    targets = tuple(base.model_copy(update={"id": f"t/{number:04}"}) for number in range(5000))
    label = run.info.models[0].label
    some = sample_run.clicked(base, label, 5.0, 5.0)
    records = tuple(
        msgspec.structs.replace(some, target=target.id, key=str(number))
        for number, target in enumerate(targets)
    )
    large = replace(run, targets=targets, records=records)
    path = tmp_path / "report.html"
    write_page(path, [large], lambda _: None, images=False)
    tab.open(path.as_uri())
    assert tab.js(COUNT) == "5000 of 5000 targets"
    assert tab.js(CARDS) < 500
    tab.js("document.querySelector('#more').scrollIntoView()")
    tab.wait(f"{CARDS} >= 96")
    began = time.monotonic()
    tab.js("document.querySelector('#f-text').value = 't/49'")
    tab.js("document.querySelector('#filters').dispatchEvent(new Event('input', {bubbles: true}))")
    tab.wait(f"{COUNT} === '100 of 5000 targets'")
    # A hundredth of it is what a person notices; a slow machine is given time.
    assert time.monotonic() - began < 5
    tab.open(f"{path.as_uri()}#target=made%2Ft%2F4999")
    tab.wait(OPEN)
    tab.key("Escape")
    tab.wait(f"!{OPEN} && document.activeElement.dataset.n === '4999'")


@pytest.mark.skipif(find_axe() is None, reason=f"axe-core is not installed ({INSTALL})")
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_axe_finds_nothing(tab: Chrome, page: str, width: int, height: int, dark: bool) -> None:
    axe = find_axe()
    assert axe is not None
    tab.look(width, height, dark)
    tab.open(page)
    assert violations(tab, axe) == []
    tab.js("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    assert violations(tab, axe) == []
    tab.js("document.querySelector('.card').click()")
    tab.js("document.querySelectorAll('.trial').forEach(trial => { trial.open = true; })")
    tab.wait("document.querySelector('.trial dl')")
    assert violations(tab, axe) == []


def test_controls_have_names_and_text_has_contrast(tab: Chrome, page: str) -> None:
    for dark in (False, True):
        tab.look(1280, 900, dark)
        tab.open(page)
        unnamed = tab.js(
            "[...document.querySelectorAll('input, select')].filter(node => !node.labels.length)"
            ".length"
        )
        assert unnamed == 0
        low = tab.js(_CONTRAST)
        assert low == []


_CONTRAST = """(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = rgb(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const node of document.querySelectorAll("main *, header *")) {
    const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!text || node.closest("svg")) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${node.tagName} ${node.className}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(low)];
})()"""
