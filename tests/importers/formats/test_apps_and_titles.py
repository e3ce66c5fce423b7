"""What is taken for an app, and under which title, license and citation a set stands."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from pointbench.cli import import_
from pointbench.importers import load_format
from tests.importers.conftest import Import, write
from tests.importers.formats.test_conventions import PRO


def only_target(importing: Import, form: str, **change: Any) -> tuple[Any, Any]:
    _, suite = importing(form, {"a.json": [{**PRO, **change}]})
    ((shot, target),) = suite.targets()
    return shot, target


@pytest.mark.parametrize("form", ["screenspot-pro", "screenspot-pro-results", "mai-ui"])
@pytest.mark.parametrize(
    ("application", "platform", "expected"),
    [
        # app, platform, tags
        ("photoshop", "windows", ("photoshop", "windows", ("Dev",))),
        ("windows_common", "windows", ("windows_common", "windows", ("Dev",))),
        ("screenspot_desktop_v2", "v2", (None, "desktop", ())),
        ("screenspot_web", "web", (None, "web", ())),
        ("osworld-g", "linux", (None, "linux", ())),
        ("ios", "mobile", (None, "mobile", ("Dev", "ios"))),
        ("shop", "web", (None, "web", ("Dev", "shop"))),
        ("screenspot_v2_ios", "os_ios", (None, "os_ios", ("Dev", "screenspot_v2_ios"))),
        ("GIMP", "GIMP", ("GIMP", None, ("Dev",))),
        ("", "linux", (None, "linux", ("Dev",))),
    ],
)
def test_an_app_is_taken_only_where_one_is_named(
    importing: Import,
    form: str,
    application: str,
    platform: str,
    expected: tuple[str | None, str | None, tuple[str, ...]],
) -> None:
    shot, target = only_target(importing, form, application=application, platform=platform)
    assert (target.app, shot.platform, target.tags) == expected
    # The row itself is kept as it was, for joining result files.
    assert target.extra["application"] == application


@pytest.mark.parametrize(
    ("file", "form"),
    [
        ("screenspot_mobile_v2_convert.json", "screenspot-v2"),
        ("OSWorld-G_sspro_format.json", "osworld-g"),
        ("OSWorld-G_refined_sspro_format.json", "osworld-g-refined"),
        ("MMbench_GUI_sspro_format.json", "mmbench-gui"),
        ("element_grounding_spatial.json", "ui-vision"),
        ("android_studio_macos.json", "screenspot-pro"),
    ],
)
@pytest.mark.parametrize("source", ["", "file"])
def test_mai_ui_names_the_set_by_its_files(
    importing: Import, file: str, form: str, source: str
) -> None:
    _, suite = importing("mai-ui", {file: [PRO]}, source=file if source else "")
    own = load_format(form).origin
    assert suite.info.title == f"{own.title} (MAI-UI's copy)"
    assert suite.info.citation == own.citation
    assert suite.info.license.startswith(own.license)
    assert "Apache-2.0" in suite.info.license
    assert suite.info.authors == own.authors
    assert suite.info.homepage == "https://github.com/Tongyi-MAI/MAI-UI"


@pytest.mark.parametrize(
    "files", [["mine.json"], ["screenspot_web_v2_convert.json", "OSWorld-G_sspro_format.json"]]
)
def test_files_of_an_unknown_or_of_two_sets_are_not_named_after_one(
    importing: Import, files: list[str]
) -> None:
    rows = {name: [{**PRO, "id": name}] for name in files}
    _, suite = importing("mai-ui", rows)
    assert suite.info.title == "MAI-UI grounding data"
    assert suite.info.citation is None


def command(*words: str | Path) -> int:
    parser = argparse.ArgumentParser(prog="pointbench import")
    import_.add_arguments(parser)
    return import_.run(parser.parse_args([*map(str, words)]))


def test_a_title_can_be_given(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": [PRO]})
    words = ("mai-ui", tmp_path / "a.json", "-s", "mine", "--data", tmp_path / "root")
    assert command(*words, "--title", '  My "own" set ') == 0
    toml = (tmp_path / "root" / "targets" / "mine" / "suite.toml").read_text(encoding="utf-8")
    assert 'title = "My \\"own\\" set"' in toml


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "\x1b[31mred"])
def test_a_title_is_one_printable_line(
    tmp_path: Path, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"a.json": [PRO]})
    with pytest.raises(SystemExit):
        command("mai-ui", tmp_path / "a.json", "-s", "mine", "--title", title)
    error = capsys.readouterr().err
    assert "is no title: one line of printable text" in error
    assert "\x1b" not in error
