"""The suite linux-desktop matches its words files, contains starter, and names its sources."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pointbench.capture.session.file import read_session
from pointbench.capture.session.words import read_target_specs

ROOT = Path(__file__).parents[2]
TARGETS = ROOT / "targets/linux-desktop"
SESSION = read_session(TARGETS / "session.toml")
NAMES = [screen.name for screen in SESSION.screens]
STARTER = {path.stem for path in (ROOT / "targets/starter").glob("*.json")}


def document(name: str, suite: str = "linux-desktop") -> dict[str, Any]:
    text = (ROOT / "targets" / suite / f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def present(name: str) -> list[dict[str, Any]]:
    return [target for target in document(name)["targets"] if not target.get("absent")]


def test_every_screen_of_the_session_is_there_and_nothing_else() -> None:
    assert sorted(path.stem for path in TARGETS.glob("*.json")) == sorted(NAMES)
    assert set(NAMES) > STARTER
    assert len(NAMES) >= 39


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_is_what_its_session_and_words_say(name: str) -> None:
    screen, written = SESSION.screen(name), document(name)
    assert (written["width"], written["height"]) == screen.size
    assert written["environment"]["scale"] == screen.scale
    assert written["environment"]["theme"] == ("dark" if screen.dark else "light")
    specs = read_target_specs(SESSION.words_file(screen))
    assert {target["id"]: target["instruction"] for target in written["targets"]} == {
        f"{name}/{slug}": spec.say for slug, spec in specs.items()
    }
    assert {
        t["id"]: t.get("rewordings", []) for t in written["targets"] if not t.get("absent")
    } == {f"{name}/{slug}": list(spec.also) for slug, spec in specs.items() if not spec.absent}


@pytest.mark.parametrize("name", sorted(STARTER))
def test_the_screens_of_starter_are_the_same_here(name: str) -> None:
    here, there = document(name), document(name, "starter")
    assert here["sha256"] == there["sha256"]
    for mine, theirs in zip(here["targets"], there["targets"], strict=True):
        assert {key: mine.get(key) for key in theirs if key != "extra"} == {
            key: text for key, text in theirs.items() if key != "extra"
        }


@pytest.mark.parametrize("name", NAMES)
def test_every_box_has_two_sources_or_was_looked_at(name: str) -> None:
    for target in present(name):
        sources = target["extra"]["sources"]
        assert set(sources) <= {"at-spi", "marker theme", "hover", "selection"}
        assert ("hover" in sources) <= (target["verified"]["hover"] == "box"), target["id"]
        assert len(sources) > 1 or target["extra"].get("looked_at"), target["id"]
        assert target["verified"]["hit_test"] is True


@pytest.mark.parametrize("name", NAMES)
def test_no_two_targets_of_a_screen_share_words_or_place(name: str) -> None:
    targets = document(name)["targets"]
    texts = Counter(
        text.casefold() for t in targets for text in (t["instruction"], *t.get("rewordings", ()))
    )
    assert [text for text, times in texts.items() if times > 1] == []
    boxes = [tuple(target["box"]) for target in present(name)]
    assert len(set(boxes)) == len(boxes)


def test_the_new_screens_are_as_many_and_as_various_as_the_card_says() -> None:
    new = [name for name in NAMES if name not in STARTER]
    targets = [target for name in new for target in present(name)]
    assert len(new) >= 24
    assert len(targets) >= 420
    assert sum(len(t.get("rewordings", ())) >= 2 for t in targets) >= 0.6 * len(targets)
    assert all(sum(t.get("absent", False) for t in document(n)["targets"]) >= 3 for n in new)
    assert sum(SESSION.screen(name).dark for name in NAMES) * 3 >= len(NAMES)
    assert sum(SESSION.screen(name).scale == 2 for name in new) >= 3
    assert sum(s.size[1] > s.size[0] for s in SESSION.screens) >= 2
    assert len({target["app"] for name in NAMES for target in present(name)}) >= 30
