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
    browser.set_window(1280, 900)
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
    assert tab.evaluate(COUNT) == "33 of 33 targets"
    assert tab.evaluate(CARDS) == 33
    loaded = (
        "Promise.all([...document.querySelectorAll('.card image')].slice(0, 5).map(node => "
        "{ const image = new Image(); image.src = node.getAttribute('href'); "
        "return image.decode().then(() => image.naturalWidth); }))"
    )
    assert set(tab.evaluate(loaded)) <= {1280, 1920}


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_it_is_never_wider_than_its_window(tab: Chrome, page: str, width: int, height: int) -> None:
    tab.set_window(width, height)
    tab.open(page)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.open(f"{page}#target=made%2Fdesk-720p%2Fb1")
    assert tab.evaluate("document.querySelector('#detail').scrollWidth") <= width


def test_filters_in_the_address_select_targets_by_outcome_model_pair_app_and_kind(
    tab: Chrome, page: str, run: ReportRun
) -> None:
    tab.open(f"{page}#outcome=1&model=1")
    label = tab.evaluate("page.then(({data}) => data.models[1].label)")
    missed = {item.target for item in run.records if item.model == label and item.outcome == "miss"}
    assert tab.evaluate(COUNT) == f"{len(missed)} of 33 targets"
    tab.open(f"{page}#pair=a&a=0&b=1")
    labels = tab.evaluate("page.then(({data}) => data.models.map(model => model.label))")
    right_of_a, right_of_b = (
        {item.target for item in run.records if item.model == label and item.correct}
        for label in labels[:2]
    )
    assert tab.evaluate(COUNT) == f"{len(right_of_a - right_of_b)} of 33 targets"
    tab.open(f"{page}#app=editor&kind=text")
    texts_of_the_editor = [
        item for item in run.targets if item.app == "editor" and item.kind == "text"
    ]
    assert tab.evaluate(COUNT) == f"{len(texts_of_the_editor)} of 33 targets"


def test_keys_search_and_open_targets_and_the_address_leads_back_to_them(
    tab: Chrome, page: str
) -> None:
    tab.open(page)
    tab.press("/")
    tab.type("slack")
    tab.wait(f"{COUNT} === '3 of 33 targets'")
    assert tab.evaluate("location.hash") == "#text=slack"
    tab.press("Escape")
    tab.press("j")
    tab.press("Enter")
    tab.wait(OPEN)
    assert tab.evaluate(TITLE) == "Click the Slack icon."
    assert "target=made%2Fdesk-1080p%2Fabsent" in tab.evaluate("location.hash")
    tab.press("j")
    assert "desk-2160p" in tab.evaluate("location.hash")
    tab.press("k")
    assert "desk-1080p" in tab.evaluate("location.hash")
    tab.press("Escape")
    # The dialog's close event comes after it is closed.
    tab.wait(f"!{OPEN} && location.hash === '#text=slack'")
    tab.open(f"{page}#target=made%2Fdesk-720p%2Fb1")
    tab.wait(OPEN)
    assert tab.evaluate(TITLE) == "Click the blue button number 2 in the window."


def test_a_link_leads_to_the_targets_that_no_model_hits(
    tab: Chrome, page: str, run: ReportRun
) -> None:
    missed = [item["target"] for item in run.summary["hit_by_none"]["targets"]]
    assert missed
    tab.open(page)
    words = f"Show the {len(missed)} target{'s' * (len(missed) > 1)} that no model hits"
    link = f"[...document.querySelectorAll('a')].find(a => a.textContent === '{words}')"
    tab.evaluate(f"{link}.click()")
    tab.wait(f"{COUNT} === '{len(missed)} of 33 targets'")
    shown = tab.evaluate(
        "page.then(({data}) => [...document.querySelectorAll('.card')]"
        ".map(card => data.targets[card.dataset.n].id))"
    )
    assert shown == missed
    assert tab.evaluate("document.querySelector('#gallery').getBoundingClientRect().top") < 200


def test_a_long_reply_is_read_when_it_is_shown(tab: Chrome, run: ReportRun, tmp_path: Path) -> None:
    replies = [f"{number}: " + "The button is at the top. " * 4000 for number in range(12)]
    target = run.targets[0]
    trials = [
        msgspec.structs.replace(
            record, key=str(number), repeat=number,
            reply=msgspec.structs.replace(record.reply, text=replies[number]),
        )
        for record in run.records[:1]
        if record.reply
        for number in range(12)
    ]  # fmt: skip
    path = tmp_path / "report.html"
    trials = [msgspec.structs.replace(each, target=target.id) for each in trials]
    write_page(path, [replace(run, records=tuple(trials))], lambda _: None, images=False)
    tab.open(f"{path.as_uri()}#target=made%2F{target.id.replace('/', '%2F')}")
    tab.wait(OPEN)
    for number in (0, 11):
        tab.evaluate(f"document.querySelectorAll('.trial summary')[{number}].click()")
        reply = f"document.querySelectorAll('.trial')[{number}].querySelector('pre')?.textContent"
        tab.wait(f"{reply}?.length > 100")
        assert tab.evaluate(reply) == replies[number]


def test_a_trial_is_one_click_away(tab: Chrome, page: str) -> None:
    tab.open(f"{page}#target=made%2Fdesk-720p%2Fb1")
    tab.evaluate("document.querySelectorAll('.trial summary')[1].click()")
    tab.wait("document.querySelector('.trial dl')")
    text = tab.evaluate("document.querySelector('.trial dl').textContent")
    for part in ("1280 × 720 px", "pixel xy", "Reply with x, y of: Click the blue button"):
        assert part in text


def test_hostile_text_does_nothing(
    tab: Chrome, hostile: ReportRun, root: Path, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    write_page(path, [hostile], pictures([root / "data"]))
    tab.open(path.as_uri())
    title = tab.evaluate("document.title")
    first = hostile.targets[0]
    tab.evaluate(f"location.hash = 'target={first.suite}%2F' + encodeURIComponent('{first.id}')")
    tab.wait(OPEN)
    tab.evaluate("document.querySelectorAll('.trial').forEach(trial => { trial.open = true; })")
    tab.wait("document.querySelectorAll('.trial dl').length === 5")
    assert tab.evaluate("document.title") == title
    assert tab.evaluate("document.querySelectorAll('script:not([type])').length") == 1
    assert tab.evaluate("document.querySelectorAll('img, iframe').length") == 0
    shown = tab.evaluate("document.querySelector('#detail').textContent")
    assert "<img src=x onerror=document.title='owned'>" in shown
    assert "\\u{202e}" in shown
    assert "\u202e" not in shown
    assert HOSTILE_LABEL.split()[0] in shown
    for target in hostile.targets[1:4]:
        tab.press("j")
        tab.evaluate("document.querySelectorAll('.trial').forEach(trial => { trial.open = true; })")
        tab.wait("document.querySelectorAll('.trial dl').length === 5")
        assert target.instruction == tab.evaluate(TITLE)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_gallery_of_5000_is_built_as_it_is_scrolled(
    tab: Chrome, run: ReportRun, tmp_path: Path
) -> None:
    first = run.targets[1]
    targets = tuple(first.model_copy(update={"id": f"t/{number:04}"}) for number in range(5000))
    label = run.info.models[0].label
    trial = sample_run.clicked(first, label, 5.0, 5.0)
    records = tuple(
        msgspec.structs.replace(trial, target=target.id, key=str(number))
        for number, target in enumerate(targets)
    )
    large = replace(run, targets=targets, records=records)
    path = tmp_path / "report.html"
    write_page(path, [large], lambda _: None, images=False)
    tab.open(path.as_uri())
    assert tab.evaluate(COUNT) == "5000 of 5000 targets"
    assert tab.evaluate(CARDS) < 500
    tab.evaluate("document.querySelector('#more').scrollIntoView()")
    tab.wait(f"{CARDS} >= 96")
    began = time.monotonic()
    tab.evaluate("document.querySelector('#f-text').value = 't/49'")
    tab.evaluate(
        "document.querySelector('#filters').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    tab.wait(f"{COUNT} === '100 of 5000 targets'")
    # People notice a hundredth of it; slow machines get more time.
    assert time.monotonic() - began < 5
    tab.open(f"{path.as_uri()}#target=made%2Ft%2F4999")
    tab.wait(OPEN)
    tab.press("Escape")
    tab.wait(f"!{OPEN} && document.activeElement.dataset.n === '4999'")


@pytest.mark.skipif(find_axe() is None, reason=f"axe-core is not installed ({INSTALL})")
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_axe_finds_nothing(tab: Chrome, page: str, width: int, height: int, dark: bool) -> None:
    axe = find_axe()
    assert axe is not None
    tab.set_window(width, height, dark)
    tab.open(page)
    assert violations(tab, axe) == []
    tab.evaluate(
        "document.querySelectorAll('main details').forEach(details => { details.open = true; })"
    )
    assert violations(tab, axe) == []
    tab.evaluate("document.querySelector('.card').click()")
    tab.evaluate("document.querySelectorAll('.trial').forEach(trial => { trial.open = true; })")
    tab.wait("document.querySelector('.trial dl')")
    assert violations(tab, axe) == []


def test_controls_have_names_and_text_has_contrast(tab: Chrome, page: str) -> None:
    for dark in (False, True):
        tab.set_window(1280, 900, dark)
        tab.open(page)
        unnamed = tab.evaluate(
            "[...document.querySelectorAll('input, select')].filter(node => !node.labels.length)"
            ".length"
        )
        assert unnamed == 0
        low = tab.evaluate(_CONTRAST)
        assert low == []


_CONTRAST = """(() => {
  // Mixed colors are written color(srgb 0.4 0.7 0.9).
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number)
    .map((part, place) => (text.startsWith("color(") && place < 3 ? part * 255 : part));
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
