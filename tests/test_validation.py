"""Faults that `validate` finds beyond single targets: duplicate questions, and defaults as labels."""

from __future__ import annotations

from typing import Any

import pytest

from pointbench.suites import installed_root, suite_names
from pointbench.validation import MOST_AT_ONE_PLACE, validate_path
from tests.conftest import Command, DataRoot, small_suite

BOX = [20, 40, 60, 80]


def _target(number: int, instruction: str = "", **fields: Any) -> dict[str, Any]:
    words = instruction or f"Click thing {number}."
    return {"id": f"s/{number}", "instruction": words, "box": BOX, **fields}


def _problems(root: DataRoot) -> list[str]:
    return [str(fault) for fault in validate_path(root.path, images=True).faults]


def test_a_target_that_asks_what_another_asks_is_named_with_it(root: DataRoot) -> None:
    root.screenshot(
        "double",
        "s",
        [_target(0, "Click  Save."), _target(1, "click save."), _target(2, "Save it.")],
    )
    assert _problems(root) == [
        "targets/double: double/s.png: target s/1: asks what target s/0 asks, at the same place"
    ]


def test_the_same_words_at_two_places_are_the_authors_business(root: DataRoot) -> None:
    root.screenshot(
        "double",
        "s",
        [_target(0, "Click Save."), _target(1, "Click Save.", box=[100, 40, 140, 80])],
    )
    assert _problems(root) == []


def test_the_same_words_on_two_screenshots_are_two_questions(root: DataRoot) -> None:
    root.screenshot("double", "s", [_target(0, "Click Save.")])
    root.screenshot("double", "t", [{**_target(1, "Click Save."), "id": "t/1"}])
    assert _problems(root) == []


@pytest.mark.parametrize("more", [0, 1])
def test_a_region_that_far_too_many_targets_share_is_named_once(root: DataRoot, more: int) -> None:
    count = MOST_AT_ONE_PLACE + more
    root.screenshot("default", "s", [_target(number) for number in range(count)])
    expected = [
        f"targets/default: default/s.png: target s/0: {count} targets have this very region; "
        "is it a default for missing labels?"
    ]
    assert _problems(root) == expected * more


def test_absent_targets_share_no_place(root: DataRoot) -> None:
    targets = [
        {"id": f"s/{number}", "instruction": f"Click thing {number}.", "absent": True}
        for number in range(MOST_AT_ONE_PLACE + 5)
    ]
    root.screenshot("none", "s", targets)
    assert _problems(root) == []


def test_a_run_takes_targets_that_are_asked_twice_as_they_are(
    pointbench: Command, root: DataRoot
) -> None:
    root.screenshot("double", "s", [_target(0, "Click Save."), _target(1, "Click Save.")])
    refused = pointbench("validate", str(root.path))
    assert refused.returncode == 1
    assert "asks what target s/0 asks" in refused.stdout
    done = pointbench("run", "-m", "local/center", "-s", "double", "--data", str(root.path))
    assert done.returncode == 0, done.stderr


def test_a_single_file_is_looked_at_as_a_suite_is(root: DataRoot) -> None:
    small_suite(root)
    file = root.screenshot("double", "s", [_target(0, "Save."), _target(1, "Save.")])
    assert [str(fault) for fault in validate_path(file, images=True).faults] == [
        "s.json: target s/1: asks what target s/0 asks, at the same place"
    ]


def test_the_bundled_suites_have_no_fault() -> None:
    root = installed_root()
    for name in suite_names(root):
        findings = validate_path(root / "targets" / name, images=True)
        assert findings.faults == (), name
        assert findings.targets
