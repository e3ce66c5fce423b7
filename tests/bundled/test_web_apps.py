"""The suite web-apps matches its session and words files, and its card has correct counts."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pointbench.capture.session.file import read_session
from pointbench.capture.session.words import read_target_specs

ROOT = Path(__file__).parents[2]
TARGETS = ROOT / "targets/web-apps"
SESSION = read_session(TARGETS / "session.toml")
NAMES = [screen.name for screen in SESSION.screens]


def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((TARGETS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


DOCUMENTS = {name: document(name) for name in NAMES}
ALL = [target for written in DOCUMENTS.values() for target in written["targets"]]
PRESENT = [target for target in ALL if not target.get("absent")]


def test_every_screen_of_the_session_is_there_and_nothing_else() -> None:
    assert sorted(path.stem for path in TARGETS.glob("*.json")) == sorted(NAMES)
    pictures = (ROOT / "screenshots/web-apps").glob("*")
    assert sorted(path.name for path in pictures) == sorted(f"{name}.png" for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_is_what_its_session_and_words_say(name: str) -> None:
    screen, written = SESSION.screen(name), DOCUMENTS[name]
    assert screen.web is not None
    assert (written["width"], written["height"]) == screen.size
    assert written["environment"]["scale"] == screen.scale
    assert written["environment"]["theme"] == ("dark" if screen.dark else "light")
    title = SESSION.applications[screen.web.application].title
    assert written["environment"]["application"] == title
    specs = read_target_specs(SESSION.words_file(screen))
    texts = {
        target["id"]: (target["instruction"], tuple(target.get("rewordings", ())))
        for target in written["targets"]
    }
    assert texts == {f"{name}/{slug}": (spec.say, spec.also) for slug, spec in specs.items()}
    for target in written["targets"]:
        assert target.get("app", title.lower()) == title.lower()


def test_every_box_was_tried_and_looked_at() -> None:
    for target in PRESENT:
        assert target["verified"]["hit_test"] is True
        assert target["extra"]["looked_at"] is True
        lit = target["verified"]["hover"] == "box"
        assert target["extra"]["sources"] == (["dom", "hover"] if lit else ["dom"])


@pytest.mark.parametrize("name", NAMES)
def test_no_two_targets_of_a_screen_share_words_or_place(name: str) -> None:
    targets = DOCUMENTS[name]["targets"]
    texts = Counter(
        text.casefold() for t in targets for text in (t["instruction"], *t.get("rewordings", ()))
    )
    assert [text for text, times in texts.items() if times > 1] == []
    boxes = [target["box"] for target in targets if "box" in target]
    for number, box in enumerate(boxes):
        for other in boxes[:number]:
            across = min(box[2], other[2]) - max(box[0], other[0])
            down = min(box[3], other[3]) - max(box[1], other[1])
            assert min(across, down) <= 1 or across * down <= 0.03 * min(area(box), area(other))


def area(box: list[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_is_asked_for_is_of_one_color_with_its_surroundings(name: str) -> None:
    with Image.open(ROOT / "screenshots" / DOCUMENTS[name]["screenshot"]) as picture:
        pixels = picture.convert("RGB")
    for target in PRESENT:
        if target["id"].startswith(f"{name}/"):
            left, top, right, bottom = target["box"]
            around = (max(0, left - 1), max(0, top - 1))
            end = (min(pixels.width, right + 1), min(pixels.height, bottom + 1))
            assert pixels.crop((*around, *end)).getcolors(1) is None, target["id"]


def test_the_card_counts_right() -> None:
    card = (TARGETS / "README.md").read_text(encoding="utf-8")
    kinds = Counter(target["kind"] for target in PRESENT)
    reworded = sum(len(target.get("rewordings", ())) >= 2 for target in PRESENT)
    lit = sum(target["verified"]["hover"] == "box" for target in PRESENT)
    pictured = sum("icon_box" in target for target in PRESENT)
    absent = len(ALL) - len(PRESENT)
    for words in (
        f"{len(ALL)} targets: {len(PRESENT)} that are there and {absent} that are not",
        f"{kinds['icon']} icon, {kinds['text']} text, {kinds['other']} other",
        f"{reworded} of the {len(PRESENT)} ({round(100 * reworded / len(PRESENT))} %)",
        f"`box` for {lit} targets",
        f"{pictured} targets have an `icon_box`",
    ):
        assert words in " ".join(card.split()), words
    listed = dict(re.findall(r"[|,] ([A-Za-z][\w .-]+?) \((\d+)(?: targets)?\)", card))
    counted = Counter(target["app"] for target in PRESENT)
    assert {name.lower(): int(count) for name, count in listed.items()} == counted


def test_it_is_as_large_and_various_as_was_meant() -> None:
    assert len(PRESENT) >= 380
    assert sum(target["kind"] == "icon" for target in PRESENT) >= 150
    assert len(ALL) - len(PRESENT) >= 55
    assert len({target["app"] for target in PRESENT}) >= 9
    assert sum(screen.dark for screen in SESSION.screens) >= 5
    assert sum(screen.scale == 2 for screen in SESSION.screens) >= 5
    files = [*TARGETS.rglob("*"), *(ROOT / "screenshots/web-apps").glob("*")]
    assert sum(path.stat().st_size for path in files if path.is_file()) < 8_000_000
