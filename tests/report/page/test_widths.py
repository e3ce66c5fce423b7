"""Nothing on the page is cut off, from a phone to a wide screen, and in print."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pointbench.report.entries import ReportRun
from pointbench.report.page.write import write_page
from pointbench.summary import summarize
from tests.report import sample_run
from tests.report.page.chrome import Chrome, chrome, find_chrome

pytestmark = pytest.mark.skipif(
    find_chrome() is None, reason="no chromium on this machine (apt install chromium)"
)

WIDTHS = (360, 560, 768, 1280, 1440, 1920)
LONG = "a-vendor-with-a-long-name/some-vision-language-model-of-{}-billion-instruct-2026-11-22"
SEVEN = (
    "MAI-UI-8B (server)",
    "MAI-UI-8B (local)",
    "GPT-4o + OmniParser V2",
    "OS-Atlas-7B + DiMo-GUI",
    "OS-Atlas-4B + DiMo-GUI",
    "UGround-V1-7B + DiMo-GUI",
    "UGround-7B + DiMo-GUI",
)
PAGES = ("one", "seven", "long", "twelve", "twenty", "hostile", "two-suites", "two-runs")

CUT = """(() => {
  const page = document.documentElement, wide = page.clientWidth, found = [];
  const clipped = (node) => node && getComputedStyle(node).clipPath !== "none";
  const seen = (node) => node.checkVisibility() && !clipped(node) && !clipped(node.closest("thead"))
    && !node.closest(".visually-hidden, .skip, caption, #cards, select, pre, .bar");
  const cells = /^(TD|TH|H1|H2|H3|P|LI|DD|DT|SUMMARY|FIGCAPTION|DIV)$/;
  if (page.scrollWidth > wide) found.push(`the page: ${page.scrollWidth} px`);
  for (const node of document.querySelectorAll("main *, header *, footer *")) {
    const box = node.getBoundingClientRect();
    if (!box.width || !seen(node)) continue;
    const text = `${node.tagName} ${node.getAttribute("class")} ${node.textContent.trim().slice(0, 50)}`;
    if (box.left < -0.5 || box.right > wide + 0.5) found.push(`outside: ${text}`);
    if (cells.test(node.tagName) && node.clientWidth && node.scrollWidth > node.clientWidth + 1)
      found.push(`cut: ${text}, ${node.scrollWidth} of ${node.clientWidth} px`);
  }
  return [...new Set(found)];
})()"""
"""What is wider than its cell or lies outside the window."""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chrome(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(
    run: ReportRun, hostile: ReportRun, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Pages that are hard to lay out, by `PAGES`."""

    def of(labels: list[str]) -> ReportRun:
        return sample_run.run(root / "widths", labels=tuple(labels))

    long = [LONG.format(number) for number in range(20)]
    targets = [target.model_copy(update={"suite": "other"}) for target in run.targets]
    records = [msgspec.structs.replace(record, suite="other") for record in run.records]
    suite = msgspec.structs.replace(run.info.suites[0], name="other", title="Another suite")
    info = msgspec.structs.replace(run.info, suites=(suite,))
    other = replace(
        run,
        name="other-run",
        info=info,
        targets=tuple(targets),
        records=tuple(records),
        summary=summarize(info, targets, records),
    )
    runs = {
        "one": [of(["openai/gpt-4o"])],
        "seven": [of(list(SEVEN))],
        "long": [of(long[:7])],
        "twelve": [of([*long[:11], "x" * 300])],
        "twenty": [of(long)],
        "hostile": [hostile],
        "two-suites": [run, other],
        "two-runs": [run, replace(run, name="again")],
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, each in runs.items():
        write_page(folder / f"{name}.html", each, lambda _: None, images=False)
    return {name: folder / f"{name}.html" for name in runs}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_at_any_width(tab: Chrome, pages: dict[str, Path], name: str) -> None:
    tab.set_window(1280, 900)
    tab.open(pages[name].as_uri())
    for opened in ("false", "true"):
        tab.evaluate(f"document.querySelectorAll('details').forEach(d => {{ d.open = {opened}; }})")
        for width in WIDTHS:
            tab.set_window(width, 900)
            assert tab.evaluate(CUT) == [], (width, opened)


def test_the_answer_is_on_the_first_screen(tab: Chrome, pages: dict[str, Path]) -> None:
    tab.set_window(1280, 720)
    tab.open(pages["seven"].as_uri())
    bottoms = tab.evaluate(
        "[...document.querySelectorAll('h1, .care, .board, .charts figure:first-child')]"
        ".map(node => node.getBoundingClientRect().bottom)"
    )
    assert len(bottoms) >= 3
    assert max(bottoms) < 720


def test_print_has_no_scroll_bars_and_few_pages(pages: dict[str, Path], tmp_path: Path) -> None:
    program = find_chrome()
    assert program is not None
    for name, most in (("seven", 3), ("one", 3)):
        pdf = tmp_path / f"{name}.pdf"
        subprocess.run(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
             f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={pdf}", pages[name].as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        assert 1 <= pdf.read_bytes().count(b"/Type /Page\n") <= most, name
