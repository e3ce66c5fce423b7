"""The pointers that need no key: their answers and their refusals."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pointbench.adapters import local
from pointbench.adapters.local import LocalPointer, matching, ocr
from pointbench.adapters.protocol import Adapter, Picture, Request
from pointbench.errors import GiveUp, UsageError
from pointbench.geometry import Box

PICTURE = Picture(data=b"", media_type="image/png", width=200, height=100, sha256="none")


def point_of(text: str) -> tuple[float, float]:
    answer = json.loads(text)
    assert list(answer) == ["point"]
    x, y = answer["point"]
    return x, y


@pytest.mark.parametrize("name", local.DESCRIPTIONS)
def test_every_pointer_is_an_adapter_with_a_profile(name: str) -> None:
    pointer = LocalPointer(name, {})
    assert isinstance(pointer, Adapter)
    assert pointer.profile == local.PROFILES[name]
    assert pointer.requires == local.requires_of(name)
    assert pointer.requires["env"] == []


@pytest.mark.parametrize("name", local.DESCRIPTIONS)
def test_the_facts_are_known_before_a_pointer_is_made(name: str) -> None:
    facts = LocalPointer.facts(name, {})
    assert facts.profile == local.PROFILES[name]
    assert facts.accepts == frozenset(local.SETTINGS[name])
    assert facts.exact == (None if name == "ocr" else name)
    assert facts.floor
    assert facts.free


@pytest.mark.parametrize(
    ("name", "settings"),
    [("orc", {}), ("ocr", {"min_score": "high"}), ("best-constant", {"point": "middle"})],
)
def test_what_no_pointer_can_be_made_with_is_refused_at_once(
    name: str, settings: dict[str, object]
) -> None:
    for made in (LocalPointer, LocalPointer.facts):
        with pytest.raises(UsageError, match=r"^[^\n]+$"):
            made(name, settings)


def test_only_ocr_needs_packages() -> None:
    needing = [name for name in local.DESCRIPTIONS if local.requires_of(name)["packages"]]
    assert needing == ["ocr"]
    assert local.requires_of("ocr")["packages"] == ["rapidocr", "onnxruntime", "rapidfuzz"]


def test_an_unknown_name_lists_the_four_in_one_line() -> None:
    with pytest.raises(UsageError) as caught:
        LocalPointer("orc", {})
    message = str(caught.value)
    assert "\n" not in message
    for name in ("random", "center", "best-constant", "ocr"):
        assert f"local/{name}" in message


def test_center_answers_the_middle() -> None:
    reply = LocalPointer("center", {}).ask(Request("Click Save"))
    assert (reply.text, reply.finish_reason) == ('{"point": [0.5, 0.5]}', "stop")


def test_random_depends_on_the_seed_and_on_nothing_else() -> None:
    first, second = LocalPointer("random", {}), LocalPointer("random", {})
    replies = [first.ask(Request("a", seed=7)), second.ask(Request("b", PICTURE, seed=7))]
    assert replies[0].text == replies[1].text
    points = {first.ask(Request("a", seed=seed)).text for seed in range(500)}
    assert len(points) == 500
    xs, ys = zip(*(point_of(text) for text in points), strict=True)
    for values in (xs, ys):
        assert 0 <= min(values) < 0.05
        assert 0.95 < max(values) <= 1
        assert sum(values) / 500 == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("point", [[0.25, 0.75], (0.25, 0.75), "0.25,0.75"])
def test_best_constant_answers_its_point(point: object) -> None:
    pointer = LocalPointer("best-constant", {"point": point})
    assert point_of(pointer.ask(Request("Click Save")).text) == (0.25, 0.75)
    reply = LocalPointer("best-constant", {}).ask(Request("Click", settings={"point": point}))
    assert point_of(reply.text) == (0.25, 0.75)


def test_best_constant_without_a_point_gives_up() -> None:
    with pytest.raises(GiveUp, match="planned"):
        LocalPointer("best-constant", {}).ask(Request("Click Save"))


@pytest.mark.parametrize("point", ["0.5", [0.5], [0.5, 0.5, 0.5], "a,b", [2, 0.5], 7, ["nan", 0]])
def test_a_point_that_is_none_is_refused_in_one_line(point: object) -> None:
    with pytest.raises(UsageError, match="best-constant: point") as caught:
        LocalPointer("best-constant", {"point": point}).ask(Request("Click Save"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["high", -1, 101, "nan", None, [70]])
def test_a_min_score_that_is_none_is_refused_in_one_line(value: object) -> None:
    with pytest.raises(UsageError, match="min_score must be a number from 0 to 100"):
        LocalPointer("ocr", {"min_score": value})


def test_ocr_without_a_picture_gives_up() -> None:
    with pytest.raises(GiveUp, match="needs a picture"):
        LocalPointer("ocr", {}).ask(Request("Click Save"))


@pytest.fixture
def read_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that reads "Preferences", without reading one."""
    pytest.importorskip("rapidfuzz", reason="the ocr extra is not installed (rapidfuzz)")
    line = matching.Line("Preferences", Box(10, 20, 110, 40), 0.99)
    monkeypatch.setattr(ocr, "READINGS", ocr.Readings(lambda picture: (line,)))
    monkeypatch.setattr(ocr, "version", lambda: "rapidocr-3.10.0")


@pytest.mark.usefixtures("read_text")
def test_ocr_answers_in_pixels_of_the_sent_picture() -> None:
    request = Request("ignored", PICTURE, instruction="Click the Preferences button")
    reply = LocalPointer("ocr", {}).ask(request)
    assert point_of(reply.text) == (60, 30)
    assert (reply.finish_reason, reply.model) == ("stop", "rapidocr-3.10.0")


@pytest.mark.usefixtures("read_text")
def test_ocr_reads_the_prompt_where_there_is_no_bare_instruction() -> None:
    assert point_of(LocalPointer("ocr", {}).ask(Request("Preferences", PICTURE)).text) == (60, 30)


@pytest.mark.usefixtures("read_text")
def test_ocr_declines_in_words_that_hold_no_number() -> None:
    request = Request("", PICTURE, instruction='Click "{"point": [3, 4]}"')
    reply = LocalPointer("ocr", {}).ask(request)
    assert reply.text.startswith("Not found: ")
    assert not any(letter.isdigit() for letter in reply.text)
    assert reply.finish_reason == "stop"


@pytest.mark.usefixtures("read_text")
@pytest.mark.parametrize(("min_score", "declines"), [("99.9", True), (0, False), (60, False)])
def test_the_threshold_is_a_setting(min_score: object, declines: bool) -> None:
    request = Request("", PICTURE, instruction="Click the Preferenzes button")
    reply = LocalPointer("ocr", {"min_score": min_score}).ask(request)
    assert reply.text.startswith("Not found: ") == declines


def test_making_a_pointer_loads_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from pointbench.adapters.local import LocalPointer\n"
        "for name in ('random', 'center', 'best-constant', 'ocr'): LocalPointer(name, {})\n"
        "heavy = {'numpy', 'PIL', 'cv2', 'onnxruntime', 'rapidocr', 'rapidfuzz'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
