"""The suite icons: icons only, each with its exact picture, in words that fit one of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pointbench.capture.session.file import read_session
from pointbench.capture.session.words import read_target_specs

ROOT = Path(__file__).parents[2]
TARGETS = ROOT / "targets/icons"
SESSION = read_session(TARGETS / "session.toml")
NAMES = [screen.name for screen in SESSION.screens]


def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((TARGETS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def present(name: str) -> list[dict[str, Any]]:
    return [target for target in document(name)["targets"] if not target.get("absent")]


def test_the_card_counts_right() -> None:
    targets = [target for name in NAMES for target in document(name)["targets"]]
    here = [target for name in NAMES for target in present(name)]
    assert sorted(path.stem for path in TARGETS.glob("*.json")) == sorted(NAMES)
    assert (len(NAMES), len(targets), len(here)) == (27, 742, 688)
    assert {target["kind"] for target in targets} == {"icon"}
    assert sum(len(target.get("rewordings", ())) >= 2 for target in here) == 669
    assert sum(target["verified"]["hover"] == "box" for target in here) == 477
    assert len({document(name)["environment"]["icons"] for name in NAMES}) == 18
    assert Counter(tag for target in here for tag in target["tags"]) == {
        "panel": 362,
        "desktop": 228,
        "toolbar": 98,
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_is_what_its_session_and_words_say(name: str) -> None:
    screen, written = SESSION.screen(name), document(name)
    assert (written["width"], written["height"]) == screen.size
    assert written["environment"]["icons"] == screen.icons
    specs = read_target_specs(SESSION.words_file(screen))
    assert {target["id"]: target["instruction"] for target in written["targets"]} == {
        f"{name}/{slug}": spec.say for slug, spec in specs.items()
    }
    assert {
        t["id"]: t.get("rewordings", []) for t in written["targets"] if not t.get("absent")
    } == {f"{name}/{slug}": list(spec.also) for slug, spec in specs.items() if not spec.absent}


@pytest.mark.parametrize("name", NAMES)
def test_every_target_has_its_exact_icon_and_two_sources(name: str) -> None:
    scale = document(name)["environment"]["scale"]
    for target in present(name):
        left, top, right, bottom = target["icon_box"]
        box = target["box"]
        assert box[0] <= left < right <= box[2], target["id"]
        assert box[1] <= top < bottom <= box[3], target["id"]
        assert 16 * scale <= min(right - left, bottom - top), target["id"]
        assert max(right - left, bottom - top) <= 48 * scale, target["id"]
        sources = target["extra"]["sources"]
        assert "marker theme" in sources
        assert len(sources) > 1 or target["extra"]["looked_at"], target["id"]


@pytest.mark.parametrize("name", NAMES)
def test_no_two_icons_share_words_or_place(name: str) -> None:
    texts = Counter(
        text.casefold()
        for target in document(name)["targets"]
        for text in (target["instruction"], *target.get("rewordings", ()))
    )
    assert [text for text, times in texts.items() if times > 1] == []
    boxes = [tuple(target["box"]) for target in present(name)]
    assert len(set(boxes)) == len(boxes)


@pytest.mark.parametrize("name", NAMES)
def test_something_is_drawn_in_every_icon_box(name: str) -> None:
    with Image.open(ROOT / "screenshots" / document(name)["screenshot"]) as picture:
        pixels = picture.convert("RGB")
    for target in present(name):
        colors = pixels.crop(target["icon_box"]).getcolors(1 << 16) or [(1, 1)] * 9
        assert len(colors) > 1, target["id"]
