"""End to end on a real screen: Xvfb, one GTK 3 calculator, its accessibility tree, its pixels."""

import contextlib
import gc
import time
from pathlib import Path

import pytest

pytest.importorskip("Xlib", reason="python-xlib is not installed (pointbench[capture])")
pytest.importorskip("jeepney", reason="jeepney is not installed (pointbench[capture])")

from pointbench.capture.desktop.atspi import AccessibilityBus
from pointbench.capture.desktop.pointer import hover
from pointbench.capture.desktop.survey import Survey, survey_screen
from pointbench.capture.desktop.x11 import X11Display
from pointbench.capture.elements import Element, unique
from pointbench.capture.errors import AccessibilityError, DisplayError, UnstableScreenError
from pointbench.capture.hover import HoverOutcome
from pointbench.capture.targets import present_target

PATIENCE_S = 40.0


def test_a_calculators_keys_are_found_named_and_where_they_are(screen: X11Display) -> None:
    until = time.monotonic() + PATIENCE_S
    keys: dict[str, Element] = {}
    survey: Survey | None = None
    while "7" not in keys and time.monotonic() < until:
        time.sleep(0.5)
        with contextlib.suppress(AccessibilityError, UnstableScreenError):
            survey = survey_screen(screen)
            keys = {element.name: element for element in unique(survey.elements)}
    assert survey is not None
    assert len(survey.windows) == 1
    assert survey.picture.size == (900, 700)
    assert survey.dropped["role"] > 0
    assert set("0123456789=") <= keys.keys()
    seven, eight, four = keys["7"].box, keys["8"].box, keys["4"].box
    assert seven.right <= eight.left
    assert seven.bottom <= four.top
    assert seven.top == eight.top

    digit = survey.picture.crop(seven.as_tuple())
    assert len(digit.getcolors() or ()) > 1, "something is drawn there"
    park = (890, 690)
    check = hover(screen, seven, park)
    assert check.outcome in (HoverOutcome.SAME, HoverOutcome.INSIDE), check
    target = present_target(
        keys["7"], id="calculator/seven", instruction="Press 7.", hover=check.outcome
    )
    assert target["box"] == seven.as_list()
    assert target["verified"]["hit_test"] is True


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_screen_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4321")
    with pytest.raises(DisplayError, match="set DISPLAY") as caught:
        X11Display()
    assert "\n" not in str(caught.value)
    del caught
    gc.collect()  # python-xlib leaves its unconnected socket to the garbage collector


def test_no_session_bus_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nothing")
    with pytest.raises(AccessibilityError, match="toolkit-accessibility") as caught:
        AccessibilityBus()
    assert "\n" not in str(caught.value)
