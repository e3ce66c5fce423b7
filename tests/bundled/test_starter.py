"""The bundled suite matches its words files, and no two of its wordings are alike."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pointbench.capture.session.file import read_session
from pointbench.capture.session.words import read_target_specs
from pointbench.suites import Screenshot

ROOT = Path(__file__).parents[2]
TARGETS = ROOT / "targets/starter"
SESSION = read_session(TARGETS / "session.toml")
STEMS = sorted(screen.name for screen in SESSION.screens)


def targets_of(stem: str) -> list[dict[str, Any]]:
    document = json.loads((TARGETS / f"{stem}.json").read_text(encoding="utf-8"))
    targets: list[dict[str, Any]] = document["targets"]
    return targets


def test_every_scene_has_its_file() -> None:
    assert sorted(path.stem for path in TARGETS.glob("*.json")) == STEMS
    assert 14 <= len(STEMS) <= 16


@pytest.mark.parametrize("stem", STEMS)
def test_the_file_is_a_screenshot_of_the_suite_format(stem: str) -> None:
    screenshot = Screenshot.model_validate(json.loads((TARGETS / f"{stem}.json").read_text()))
    with Image.open(ROOT / "screenshots" / screenshot.screenshot) as picture:
        assert picture.size == screenshot.size
        assert picture.mode == "RGB"


@pytest.mark.parametrize("stem", STEMS)
def test_every_word_became_a_target(stem: str) -> None:
    specs = read_target_specs(SESSION.words_file(SESSION.screen(stem)))
    assert {target["id"]: target["instruction"] for target in targets_of(stem)} == {
        f"{stem}/{slug}": spec.say for slug, spec in specs.items()
    }


@pytest.mark.parametrize("stem", STEMS)
def test_no_two_wordings_of_a_screenshot_are_alike(stem: str) -> None:
    wordings = Counter(
        wording.casefold()
        for target in targets_of(stem)
        for wording in (target["instruction"], *target.get("rewordings", ()))
    )
    assert [wording for wording, times in wordings.items() if times > 1] == []


@pytest.mark.parametrize("stem", STEMS)
def test_no_two_targets_of_a_screenshot_share_a_place(stem: str) -> None:
    boxes = [tuple(target["box"]) for target in targets_of(stem) if "box" in target]
    assert len(set(boxes)) == len(boxes)


def test_most_targets_are_icons_and_a_third_are_said_in_two_ways() -> None:
    present = [t for stem in STEMS for t in targets_of(stem) if not t.get("absent")]
    absent = [t for stem in STEMS for t in targets_of(stem) if t.get("absent")]
    assert len(present) >= 260
    assert 12 <= len(absent) <= 20
    assert sum(target["kind"] == "icon" for target in present) > 0.6 * len(present)
    assert sum("rewordings" in target for target in present) > len(present) / 3
