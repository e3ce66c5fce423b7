"""Missing packages are named with the command that installs them; differing versions are reported."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from pointbench.capture.errors import SessionError
from pointbench.capture.session import packages
from pointbench.capture.session.file import Packages, ScreenSpec
from pointbench.capture.session.packages import (
    Change,
    changes,
    dpkg_versions,
    npm_versions,
    pip_versions,
)


def test_only_versions_that_differ_are_said() -> None:
    differing = changes({"b": "2", "a": "1", "c": "3"}, {"a": "1", "b": "2.1"})
    assert differing == (Change("b", "2", "2.1"), Change("c", "3", ""))
    assert [str(change) for change in differing] == [
        "b: 2 recorded, 2.1 here",
        "c: 3 recorded, not installed here",
    ]


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="no dpkg here")
def test_dpkg_knows_itself_and_no_invention() -> None:
    versions = dpkg_versions(["dpkg", "no-such-package-of-anybody"])
    assert versions["dpkg"][0].isdigit()
    assert versions["no-such-package-of-anybody"] == ""


def test_pip_and_npm_versions_come_from_what_is_installed(tmp_path: Path) -> None:
    assert pip_versions(["pydantic", "nobody-wrote-this"]) == {
        "pydantic": version("pydantic"),
        "nobody-wrote-this": "",
    }
    manifest = tmp_path / "node_modules/one/package.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"version": "4.1"}', encoding="utf-8")
    assert npm_versions(["one", "two"], tmp_path) == {"one": "4.1", "two": ""}


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="no dpkg here")
def test_everything_missing_is_named_in_one_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packages, "program", lambda name: None)
    screens = [
        ScreenSpec(name="a", desktop="mate"),
        ScreenSpec(name="b", desktop="plain", markers=False),
    ]
    with pytest.raises(SessionError) as caught:
        packages.refuse_if_missing(screens, Packages(dpkg={"no-such-package-of-anybody": "1"}))
    line = str(caught.value)
    assert "apt-get install -y --no-install-recommends at-spi2-core caja dbus" in line
    assert "no-such-package-of-anybody openbox" in line
    assert "xfce4-panel" not in line
    assert "\n" not in line


def test_a_program_that_no_package_is_named_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "BASE", {})
    monkeypatch.setattr(packages, "DESKTOPS", {"plain": {}})
    screen = ScreenSpec.model_validate(
        {"name": "a", "desktop": "plain", "markers": False, "programs": [{"command": "not-here x"}]}
    )
    with pytest.raises(SessionError, match=r"no program not-here; .*\[packages\.dpkg\]"):
        packages.refuse_if_missing([screen], Packages())
