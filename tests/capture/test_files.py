"""A captured screen on disk."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pointbench.capture.files import (
    free_stem,
    save_overlay,
    screen_files,
    stem_of,
    write_screen,
    write_suite_toml,
)
from pointbench.errors import UsageError
from pointbench.suites import SUITE_NAME, SuiteInfo, find_suite
from pointbench.suites.writing import targets_text
from pointbench.validation import validate_path

TARGET = {"id": "screen-1/save", "instruction": "Click Save.", "box": [4, 4, 30, 20]}
INFO = SuiteInfo(
    name="mine", version="1.0.0", title="Mine", description="A desk.", license="-", authors=("me",)
)


def write(root: Path, stem: str = "screen-1", overwrite: bool = False) -> None:
    files = screen_files(root, "mine", stem)
    target = TARGET | {"id": f"{stem}/save"}
    picture = Image.effect_noise((64, 48), 90)
    write_screen(files, picture, [target], environment={}, source={}, overwrite=overwrite)
    write_suite_toml(files, INFO)


def test_what_is_written_is_a_suite_without_faults(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "screen-2")
    assert not validate_path(tmp_path, images=True).faults
    suite = find_suite("mine", [tmp_path])
    assert [shot.screenshot for shot in suite.screenshots] == [
        "mine/screen-1.png",
        "mine/screen-2.png",
    ]
    assert free_stem(tmp_path, "mine") == "screen-3"
    assert sorted(path.name for path in tmp_path.rglob("*.part")) == []


def test_nothing_is_overwritten_unless_told(tmp_path: Path) -> None:
    write(tmp_path)
    picture = tmp_path / "screenshots/mine/screen-1.png"
    before = picture.read_bytes()
    with pytest.raises(UsageError, match="--overwrite"):
        write(tmp_path)
    assert picture.read_bytes() == before
    write(tmp_path, overwrite=True)
    assert picture.read_bytes() != before, "noise is never the same twice"
    assert not validate_path(tmp_path, images=True).faults


def test_the_suites_own_file_is_left_as_it_is(tmp_path: Path) -> None:
    write(tmp_path)
    own = tmp_path / "targets/mine/suite.toml"
    own.write_text(own.read_text().replace('"1.0.0"', '"2.0.0"'))
    write(tmp_path, "screen-2")
    assert 'version = "2.0.0"' in own.read_text()


def test_the_overlay_of_a_screen_without_targets_is_its_picture(tmp_path: Path) -> None:
    files = screen_files(tmp_path, "mine", "bare")
    write_screen(files, Image.new("RGB", (64, 48), "navy"), [], environment={}, source={})
    save_overlay(files, "mine", tmp_path / "overlay.png")
    with Image.open(tmp_path / "overlay.png") as overlay:
        assert overlay.size == (64, 48)
    with pytest.raises(UsageError, match="name another file") as caught:
        save_overlay(files, "mine", tmp_path / "no-folder/overlay.png")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".", "..", "-x", "a\nb", "x" * 300])
def test_no_name_leads_out_of_the_data_root(tmp_path: Path, name: str) -> None:
    for suite, stem in ((name, "screen"), ("mine", name)):
        with pytest.raises(UsageError) as caught:
            screen_files(tmp_path, suite, stem)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("folder", ["targets", "screenshots"])
def test_no_link_leads_out_of_the_data_root(tmp_path: Path, folder: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    (root / folder).mkdir(parents=True)
    (root / folder / "mine").symlink_to(outside)
    with pytest.raises(UsageError, match="link"):
        screen_files(root, "mine", "screen")


@given(st.text())
def test_every_text_gives_a_stem(text: str) -> None:
    assert SUITE_NAME.fullmatch(stem_of(text))
    assert len(stem_of(text)) <= 80


@given(
    st.recursive(
        st.integers() | st.text() | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_text_of_a_targets_file_says_what_it_was_made_of(value: object) -> None:
    assert json.loads(targets_text({"value": value})) == {"value": value}
