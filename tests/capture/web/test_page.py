"""A locally served page with every trick, and the elements that a capture finds on it."""

from __future__ import annotations

import functools
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from pointbench.capture.errors import PageError
from pointbench.capture.hover import HoverOutcome
from pointbench.capture.rectangles import Rect
from pointbench.capture.web.browser import (
    NAMES,
    PageRequest,
    PageStep,
    address,
    find_browser,
    opened_page,
)
from pointbench.capture.web.elements import NodeInfo, WebElement, elements_of
from pointbench.capture.web.page import WebSurvey, hover_boxes, hover_page, is_blank, survey_page
from pointbench.cli import main
from pointbench.errors import UsageError
from tests.conftest import environment
from tests.report.page.chrome import find_chrome

HERE = Path(__file__).parent

in_a_browser = pytest.mark.skipif(
    find_chrome() is None, reason="no chromium on this machine (apt install chromium)"
)


class Pages(SimpleHTTPRequestHandler):
    """Serves this folder, and a few responses that are not pages."""

    def do_GET(self) -> None:
        if self.path.startswith("/status/"):
            self.send_error(int(self.path.rsplit("/", 1)[1]))
        elif self.path == "/hang":
            threading.Event().wait(5)
        else:
            super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    """Prints nothing when a browser hangs up early, so stderr holds the command's own messages."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    handler = functools.partial(Pages, directory=str(HERE))
    with QuietServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def survey_at(url: str, **options: Any) -> tuple[WebSurvey, dict[str, int]]:
    request = PageRequest(url, **{"width": 800, "height": 600, "sandbox": False, **options})
    with opened_page(request) as opened:
        return survey_page(opened), dict(opened.refused)


@pytest.fixture(scope="module")
def tricks(site: str) -> WebSurvey:
    return survey_at(f"{site}/page.html")[0]


def boxes(survey: WebSurvey) -> dict[str, list[int]]:
    return {element.name: element.box.as_list() for element in survey.elements}


EXPECTED = {
    "Save": [20, 20, 120, 50],
    "Search": [140, 20, 172, 52],
    "Round": [190, 20, 230, 60],
    "Deep": [250, 20, 340, 50],  # two open shadow roots deep
    "Grown": [20, 70, 110, 100],  # 60 x 20, drawn 1.5 times as large
    "Hidden radio": [140, 70, 230, 94],  # the label's box
    "": [350, 70, 390, 94],  # a glyph of a private font is not a name
    "Settings": [400, 70, 440, 94],  # and this one has a title
    "Pointed": [450, 70, 520, 94],  # no role, but a hand
    "Notes": [540, 70, 636, 94],  # up to the cross in it
    "Close": [636, 70, 660, 94],
    "Inner plain": [40, 140, 140, 170],  # border 4, padding 6 of the frame
    "Inner other": [250, 130, 350, 160],  # a frame from another host
    "Inner scaled": [245, 225, 295, 240],  # a frame drawn half as large
    "Answer": [210, 364, 290, 390],
    "More": [420, 330, 480, 356],
    "Turn": [504, 374, 536, 406],
    "Open": [20, 420, 100, 446],
}


@in_a_browser
def test_the_boxes_of_a_page_with_every_trick(tricks: WebSurvey) -> None:
    measured = boxes(tricks)
    link = measured.pop("a link that is broken")
    assert measured == EXPECTED
    assert link[0] == 540
    assert tricks.dropped == {
        "not shown": 2,  # zero size; zero opacity
        "covered": 2,  # by the dialog; and in a frame under an orange square
        "disabled": 1,
        "off the page's view": 1,
        "cut off": 1,
    }


@in_a_browser
def test_kinds_places_and_pictures(tricks: WebSurvey) -> None:
    by_name = {element.name: element for element in tricks.elements}
    kinds = {name: element.kind for name, element in by_name.items()}
    assert {name for name, kind in kinds.items() if kind == "icon"} == {
        "Search", "Round", "", "Settings", "Close", "Turn",
    }  # fmt: skip
    assert kinds["Hidden radio"] == "other"
    assert by_name["Search"].icon_box == Rect(148, 28, 166, 46)  # the border is 2
    assert by_name["Turn"].place == "tool bar"
    assert by_name["Answer"].place == "dialog"
    assert by_name["Notes"].role == "page tab"


@in_a_browser
def test_a_link_over_two_lines_has_two_parts(tricks: WebSurvey) -> None:
    link = next(element for element in tricks.elements if element.role == "link")
    first, second = link.parts
    assert first.bottom <= second.top + 6
    assert first.left > second.left == 540
    assert link.box == Rect(540, first.top, max(first.right, second.right), second.bottom)


@in_a_browser
def test_twice_the_pixels_in_the_dark(site: str, tricks: WebSurvey) -> None:
    survey, _ = survey_at(f"{site}/page.html", scale=2, dark=True)
    assert survey.picture.size == (1600, 1200)
    doubled = {name: [2 * side for side in box] for name, box in EXPECTED.items()}
    measured = boxes(survey)
    assert {name: measured[name] for name in doubled} == doubled
    assert tricks.picture.getpixel((799, 599)) == (255, 255, 255)
    assert survey.picture.getpixel((1599, 1199)) == (32, 32, 32)


@in_a_browser
def test_two_captures_are_the_same(site: str, tricks: WebSurvey) -> None:
    again, _ = survey_at(f"{site}/page.html")
    assert again.elements == tricks.elements
    assert again.picture.tobytes() == tricks.picture.tobytes()


@in_a_browser
def test_hover_lights_up_the_box(site: str) -> None:
    with opened_page(PageRequest(f"{site}/page.html", 800, 600, 2, sandbox=False)) as opened:
        by_name = {element.name: element for element in survey_page(opened).elements}
        assert hover_page(opened, by_name["Save"]).outcome is HoverOutcome.SAME
        assert hover_page(opened, by_name["Pointed"]).outcome is HoverOutcome.NOTHING
        from dataclasses import replace

        wrong = replace(by_name["Save"], box=by_name["Save"].box.shifted(60, 0))
        assert hover_page(opened, wrong).outcome is HoverOutcome.OTHER


@in_a_browser
def test_offline_refuses_other_hosts_and_counts_them(site: str) -> None:
    survey, refused = survey_at(f"{site}/page.html", offline=True)
    assert refused == {"elsewhere.invalid": 1, "localhost": 1}
    assert "Inner other" not in boxes(survey)
    assert "Inner plain" in boxes(survey)


@in_a_browser
def test_steps_come_before_the_picture(site: str) -> None:
    steps = (PageStep("click", "#opener"), PageStep("wait_for", "#late"))
    survey, _ = survey_at(f"{site}/page.html", steps=steps)
    assert boxes(survey)["Late"] == [120, 420, 200, 446]


@in_a_browser
@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((PageStep("wait", text="1"), PageStep("click", "x[")), "x["),
        ((PageStep("press", text="Nokey"),), "Nokey"),
    ],
)
def test_a_step_that_cannot_be_done(site: str, steps: tuple[PageStep, ...], words: str) -> None:
    with pytest.raises(PageError, match="capture web: ") as caught:
        survey_at(f"{site}/page.html", steps=steps)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@in_a_browser
def test_a_page_that_does_not_stand_still(tmp_path: Path) -> None:
    page = tmp_path / "restless.html"
    page.write_text(
        "<!doctype html><p id=p>0</p><script>let n = 0; setInterval(() => "
        "{ p.textContent = ++n }, 7)</script>"
    )
    with pytest.raises(UsageError, match="the page changed in 3 of 3 tries"):
        survey_at(address(str(page)))


@in_a_browser
def test_a_page_that_goes_away_while_it_is_read(site: str) -> None:
    from playwright.sync_api import Error

    def read_after_closing() -> None:
        with opened_page(PageRequest(f"{site}/inner.html", sandbox=False)) as opened:
            opened.page.close()
            survey_page(opened)

    with pytest.raises(PageError, match=r"/inner\.html: ") as caught:
        read_after_closing()
    assert isinstance(caught.value.__cause__, Error)
    assert "\n" not in str(caught.value)


@in_a_browser
def test_a_page_that_loads_itself_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "again.html"
    page.write_text(
        "<!doctype html><button>Go</button><script>setTimeout(() => location.reload(), 60)</script>"
    )
    status = capture(str(page), "--data", str(tmp_path))
    error = capsys.readouterr().err
    # Captured between two loads, with or without the button; or refused in one line.
    assert error.count("\n") == (1 if status == 2 else 0)


BUTTONS = "".join(f"<button>Button {number}</button>" for number in range(1500))


@in_a_browser
def test_what_is_off_the_view_of_a_long_page_is_only_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playwright.sync_api import CDPSession

    page = tmp_path / "long.html"
    page.write_text(
        "<!doctype html><script>let texts = 0; const made = document.createRange.bind(document);"
        "document.createRange = () => { texts++; return made() }</script>" + BUTTONS
    )
    asked: list[str] = []
    send = CDPSession.send

    def counted(self: CDPSession, method: str, params: dict[str, Any] | None = None) -> Any:
        asked.append(method)
        return send(self, method, params)

    monkeypatch.setattr(CDPSession, "send", counted)
    said: list[str] = []
    request = PageRequest(address(str(page)), 800, 100, sandbox=False)
    with opened_page(request) as opened:
        survey = survey_page(opened, say=said.append)
        texts = opened.page.evaluate("texts")
    seen = len(survey.elements) + survey.dropped["cut off"]
    assert survey.dropped["off the page's view"] == 1500 - seen
    assert 20 < seen < 80
    assert seen <= texts <= 2 * seen
    assert len(asked) < 40  # not one for every button
    assert said == []  # 1,500 are read at once


@in_a_browser
def test_a_page_whose_elements_come_and_go_unseen(tmp_path: Path) -> None:
    page = tmp_path / "changing.html"
    page.write_text(
        "<!doctype html><div id=d hidden></div><button>Save</button> <button>Open</button>"
        "<script>setInterval(() => { if (d.children.length > 50) d.replaceChildren();"
        "d.append(document.createElement('button')) }, 1)</script>"
    )
    survey, _ = survey_at(address(str(page)))
    assert list(boxes(survey)) == ["Save", "Open"]
    assert boxes(survey)["Save"][2] <= boxes(survey)["Open"][0]


@in_a_browser
def test_more_than_400_elements_with_a_hand_below_the_view_hide_none_in_it(tmp_path: Path) -> None:
    page = tmp_path / "hands.html"
    hand = (
        "<div style='cursor: pointer; width: 90px; height: 20px; position: absolute; {}'>{}</div>"
    )
    page.write_text(
        "<!doctype html>"
        + hand.format("top: 5000px", "Far") * 450
        + hand.format("top: 20px", "Near")
    )
    assert list(boxes(survey_at(address(str(page)))[0])) == ["Near"]


@in_a_browser
def test_the_check_with_the_pointer_ends_in_time(tmp_path: Path) -> None:
    clock = iter(range(0, 1000, 25))
    page = tmp_path / "five.html"
    page.write_text(
        "<!doctype html><style>button:hover {background: #08f}</style>"
        + "".join(f"<button>{name}</button> " for name in ("Save", "Open", "Cut", "Find", "Undo"))
    )
    with opened_page(PageRequest(address(str(page)), 800, 600, sandbox=False)) as opened:
        elements = survey_page(opened).elements
        said: list[str] = []
        checks = hover_boxes(opened, elements, said.append, lambda: next(clock))
    assert [check and check.outcome for check in checks] == [HoverOutcome.SAME] * 2 + [None] * 3
    assert said == [
        "0 of 5 boxes checked with the pointer",
        "1 of 5 boxes checked with the pointer",
        "3 of 5 boxes not checked with the pointer, because 60 s are over; a smaller --viewport has fewer",
    ]


@in_a_browser
def test_a_box_that_was_not_checked_is_a_target_without_a_hover(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointbench.capture.web.page.HOVER_LIMIT_S", 0)
    page = tmp_path / "one.html"
    page.write_text("<!doctype html><title>one</title><button>Save</button>")
    assert capture(str(page), "--data", str(tmp_path)) == 0
    shown = capsys.readouterr()
    assert shown.err.startswith("capture web: 1 of 1 boxes not checked with the pointer")
    (target,) = json.loads((tmp_path / "targets/captured/one.json").read_text())["targets"]
    assert target["verified"] == {"hit_test": True, "hover": "none"}


# -- the command -------------------------------------------------------------------------------


def capture(*words: str) -> int:
    return main(["capture", "web", *words, "--no-sandbox"])


@in_a_browser
def test_a_captured_page_is_a_suite_that_runs(
    site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = tmp_path / "seen.png"
    words = ["--viewport", "800x600", "--suite", "mine", "--data", str(tmp_path)]
    assert capture(f"{site}/page.html", *words, "--overlay", str(overlay)) == 0
    printed = capsys.readouterr().out
    assert "mine/tricks-of-a-page.png: 800x600, 17 targets" in printed
    assert "left out 2: no unambiguous wording" in printed
    with Image.open(overlay) as picture:
        assert picture.size[0] >= 800
    document = json.loads((tmp_path / "targets/mine/tricks-of-a-page.json").read_text())
    targets = {target["id"].split("/")[1]: target for target in document["targets"]}
    assert targets["save"]["box"] == EXPECTED["Save"]
    assert targets["save"]["verified"] == {"hit_test": True, "hover": "box"}
    assert targets["save"]["extra"] == {"sources": ["dom", "hover"]}
    assert len(targets["a-link-that-is-broken"]["regions"]) == 2
    assert "box" not in targets["a-link-that-is-broken"]
    assert document["environment"]["theme"] == "light"
    assert main(["validate", str(tmp_path)]) == 0
    monkeypatch.chdir(tmp_path)
    assert main(["run", "-m", "local/center", "-s", "mine", "--name", "one", "-q"]) == 0
    models = json.loads((tmp_path / "results/one/summary.json").read_text())["models"]
    assert models["local/center"]["hit_rate"]["n"] == 17
    capsys.readouterr()
    assert capture(f"{site}/page.html", *words) == 2
    assert "is there already" in capsys.readouterr().err
    assert capture(f"{site}/page.html", *words, "--overwrite", "--no-hover") == 0


@in_a_browser
def test_a_local_file_is_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--data", str(tmp_path), "--name", "inner", "--offline"]
    assert capture(str(HERE / "inner.html"), *words) == 0
    assert "captured/inner.png: 1280x720, 1 target" in capsys.readouterr().out


@in_a_browser
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("{site}/status/404", "answers 404"),
        ("{site}/status/500", "answers 500"),
        ("http://127.0.0.1:1/", "unsafe port"),
        ("http://127.0.0.1:{closed}/nobody", "connection refused"),
        ("http://nowhere.invalid/", "name not resolved"),
    ],
)
def test_pages_that_do_not_come(
    site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str, message: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    assert capture(url.format(site=site, closed=closed), "--data", str(tmp_path)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@in_a_browser
def test_a_page_that_hangs(
    site: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointbench.capture.web.browser.LOAD_TIMEOUT_MS", 1000)
    assert capture(f"{site}/hang") == 2
    assert "not loaded after 1 s" in capsys.readouterr().err


@in_a_browser
def test_an_element_that_never_comes(
    site: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointbench.capture.web.browser.STEP_TIMEOUT_MS", 500)
    assert capture(f"{site}/page.html", "--wait-for", "#never") == 2
    error = capsys.readouterr().err
    assert "#never" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x.html", "--viewport", "big"], "'big' is not WIDTHxHEIGHT"),
        (["x.html", "--viewport", "10x10"], "'10x10' is not WIDTHxHEIGHT"),
        (["x.html", "--scale", "0"], "'0' is not a number from 0.5 to 4"),
        (["x.html", "--wait", "nan"], "'nan' is not a number"),
        (["nosuch.html"], "nosuch.html: no such file; a web address starts with http://"),
        (["ftp://host/x"], "give an http, https or file URL"),
        (["http:///x"], "it has no host"),
        ([str(HERE / "inner.html"), "--name", "../up"], "'../up' is no name"),
        (
            [str(HERE / "inner.html"), "--browser", "/no/such"],
            "--browser /no/such: no such program",
        ),
    ],
)
def test_slips_of_the_keyboard(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert capture(*words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@in_a_browser
def test_a_page_without_a_title_is_named_by_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order form.html").write_text("<button>Save</button>")
    assert capture("order form.html") == 0
    assert (tmp_path / "screenshots/captured/order-form.png").exists()


def test_a_driver_that_does_not_start_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<button>Save</button>")
    # In a separate process: Playwright leaves pieces of a driver that died.
    done = subprocess.run(
        [sys.executable, "-m", "pointbench", "capture", "web", "page.html"],
        cwd=tmp_path,
        env=environment(PLAYWRIGHT_NODEJS_PATH="/bin/false"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    messages = [line for line in done.stderr.splitlines() if line.startswith("pointbench:")]
    assert len(messages) == 1
    assert "driver does not start" in messages[0]
    assert "apt install libatomic1" in messages[0]
    assert "Traceback" not in done.stderr


def test_without_a_browser_the_line_that_installs_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="playwright install --with-deps chromium"):
        find_browser(str(tmp_path / "own"))
    own = tmp_path / "own"
    own.touch()
    assert find_browser(str(own)) == str(own)
    on_path = tmp_path / NAMES[0]
    on_path.write_text("#!/bin/sh\n")
    on_path.chmod(0o755)
    assert find_browser(str(own)) == str(on_path)


# -- the decisions, without a browser ----------------------------------------------------------


def node(left: float, top: float, right: float, bottom: float, **more: Any) -> NodeInfo:
    """A button as `elements.js` measures it; ``more`` replaces some of its fields."""
    box = {"left": left, "top": top, "right": right, "bottom": bottom}
    center = [(left + right) / 2, (top + bottom) / 2, True]
    fields = {
        "known": 0, "type": "", "whole": box, "seen": box, "rects": [box],
        "points": [center] * 25, "painted": True, "disabled": False,
        "role": "push button", "name": "A", "description": "", "title": "",
        "place": "", "text": "A", "text_box": box, "picture": None, "hint": "", "tag": "button",
        **more,
    }  # fmt: skip
    return cast("NodeInfo", fields)


def names_and_boxes(*nodes: NodeInfo) -> list[tuple[str, list[int]]]:
    elements, _ = elements_of(nodes, (1000, 1000), 1)
    return [(element.name, element.box.as_list()) for element in elements]


def test_a_row_is_left_out_when_it_is_full_of_buttons() -> None:
    row = node(0, 0, 100, 20, name="Row")
    halves = node(0, 0, 50, 20, name="Left"), node(50, 0, 100, 20, name="Right")
    assert names_and_boxes(row, *halves) == [("Left", [0, 0, 50, 20]), ("Right", [50, 0, 100, 20])]


def test_what_lies_in_its_like_is_one_thing() -> None:
    assert names_and_boxes(node(0, 0, 100, 20), node(10, 2, 90, 18)) == [("A", [0, 0, 100, 20])]


def test_the_pixels_whose_middle_is_covered() -> None:
    assert names_and_boxes(node(10.4, 10.6, 40.5, 40.49)) == [("A", [10, 11, 41, 40])]


@pytest.mark.parametrize("hidden", range(26))
def test_hardly_a_point_may_be_hidden(hidden: int) -> None:
    points = [[1, 1, False]] * hidden + [[1, 1, True]] * (25 - hidden)
    assert bool(names_and_boxes(node(0, 0, 20, 20, points=points))) == (hidden <= 2)


def test_what_is_drawn_nowhere_is_no_target() -> None:
    picture = Image.new("RGB", (40, 40), "white")
    assert is_blank(picture, Rect(10, 10, 30, 30))
    picture.putpixel((9, 20), (255, 255, 254))  # a border just outside, as of a color's square
    assert not is_blank(picture, Rect(10, 10, 30, 30))


@pytest.mark.parametrize(("text", "kind"), [("", "icon"), ("2", "icon"), ("Wide", "other")])
def test_an_option_drawn_as_a_button_is_an_icon(text: str, kind: str) -> None:
    picture = {"left": 5, "top": 5, "right": 25, "bottom": 25, "area": 400, "own": True}
    option = node(0, 0, 30, 30, role="radio button", tag="input", text=text, picture=picture)
    (element,), _ = elements_of([option], (1000, 1000), 1)
    assert element.kind == kind


def test_elements_know_no_more_than_their_kind() -> None:
    (element,), _ = elements_of([node(0, 0, 20, 20, text="+")], (1000, 1000), 2)
    assert element == WebElement("A", "push button", Rect(0, 0, 40, 40), "", None, kind="icon")
