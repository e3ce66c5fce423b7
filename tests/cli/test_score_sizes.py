"""Which picture the answers of a replies file are about, where the file does not say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pointbench.geometry import Size
from pointbench.profiles import find_profile
from pointbench.profiles.sizing import sent_size, with_pixel_limit
from pointbench.suites import installed_root, load_suite
from tests.conftest import Command, DataRoot

SCREEN = Size(2560, 1440)


def centers(count: int = 40, size: Size = SCREEN) -> list[tuple[int, int]]:
    """Middles of boxes all over a screenshot."""
    columns, rows = size.width // 8, size.height // 5
    return [
        (columns // 2 + columns * (n % 8), rows // 2 + rows * (n // 8 % 5) + n // 40)
        for n in range(count)
    ]


@pytest.fixture
def screen(root: DataRoot) -> DataRoot:
    """40 boxes of 40 px on one screenshot of 2560x1440."""
    targets = [
        {"id": f"t{n}", "instruction": f"Click {n}.", "box": [x - 20, y - 20, x + 20, y + 20]}
        for n, (x, y) in enumerate(centers())
    ]
    root.screenshot("wide", "screen", targets, size=SCREEN)
    return root


def answers(sent: Size, **fields: Any) -> list[dict[str, Any]]:
    """Answers to every target that are exactly right in a picture of size ``sent``."""
    return [
        {
            "target": f"t{n}",
            "text": json.dumps(
                {"x": x * sent.width / SCREEN.width, "y": y * sent.height / SCREEN.height}
            ),
            **fields,
        }
        for n, (x, y) in enumerate(centers())
    ]


def write(folder: Path, lines: list[dict[str, Any]]) -> Path:
    path = folder / "made.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def trials_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "trials.jsonl").read_text().splitlines()]


def hits(run: Path) -> int:
    return sum(trial["outcome"] == "hit" for trial in trials_of(run))


@pytest.mark.parametrize("profile", ["claude-standard", "openai-tiles", "claude-pixel"])
def test_a_resizing_profile_reads_answers_at_the_size_that_it_sends(
    profile: str, inline: Command, screen: DataRoot
) -> None:
    rule = find_profile(profile).sizing
    sent = sent_size(rule, SCREEN)
    file = write(screen.path, answers(sent))
    words = ("score", file, "-s", "wide", "--profile", profile, "--name", "made")
    done = inline(*words, cwd=screen.path)
    run = screen.path / "results" / "made"
    assert done.returncode == 0, done.stderr
    assert hits(run) == 40
    (said,) = [line for line in done.stderr.splitlines() if "sent_width" in line]
    assert "40 answers state no sent_width and sent_height" in said
    assert f"the size that profile {profile} sends (sizing {rule})" in said
    stored = {"width": sent.width, "height": sent.height, "rule": rule}
    assert all(trial["sent"].items() >= stored.items() for trial in trials_of(run))
    page = " ".join((run / "report.html").read_text().split())
    assert f"the size that sizing {rule} makes of the screenshot" in page
    everything = inline("report", "made", "--all", cwd=screen.path).stdout
    assert "40 answers without a stated size" in " ".join(everything.split())


def test_a_stated_size_wins(inline: Command, screen: DataRoot) -> None:
    lines = answers(SCREEN, sent_width=2560, sent_height=1440)
    file = write(screen.path, lines)
    words = ("score", file, "-s", "wide", "--profile", "claude-standard", "--name", "made")
    done = inline(*words, cwd=screen.path)
    assert (done.returncode, hits(screen.path / "results" / "made")) == (0, 40)
    assert "sent_width" not in done.stderr
    assert "rule" not in trials_of(screen.path / "results" / "made")[0]["sent"]


def test_a_blind_profile_stays_on_the_screenshot(inline: Command, screen: DataRoot) -> None:
    file = write(screen.path, answers(SCREEN))
    words = ("score", file, "-s", "wide", "--profile", "blind", "--name", "made")
    done = inline(*words, cwd=screen.path)
    run = screen.path / "results" / "made"
    assert hits(run) == 40
    assert {json.dumps(trial["sent"]) for trial in trials_of(run)} == {"null"}
    assert "sent_width" not in done.stderr
    refused = inline(*words[:-1], "other", "--sent-size", "screenshot", cwd=screen.path)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("screenshot", SCREEN),
        ("1280x720", Size(1280, 720)),
        ("max-pixels=1003520", with_pixel_limit("qwen-28", SCREEN, 1_003_520)),
    ],
)
def test_a_person_states_the_size(
    choice: str, sent: Size, inline: Command, screen: DataRoot
) -> None:
    file = write(screen.path, answers(sent))
    words = ("score", file, "-s", "wide", "--profile", "qwen2.5-vl-json", "--name", "made")
    done = inline(*words, "--sent-size", choice, cwd=screen.path)
    run = screen.path / "results" / "made"
    assert hits(run) == 40, done.stderr
    # It is stated, so that another profile does not derive it again.
    assert "rule" not in trials_of(run)[0]["sent"]
    assert f"--sent-size {choice}" in json.loads((run / "run.json").read_text())["command"]


@pytest.mark.parametrize("choice", ["full", "0x5", "1280", "max-pixels=0", "max-pixels=x"])
def test_a_wrong_size_is_one_line(choice: str, inline: Command, screen: DataRoot) -> None:
    file = write(screen.path, answers(SCREEN))
    words = ("score", file, "-s", "wide", "--profile", "qwen2.5-vl-json", "--sent-size", choice)
    done = inline(*words, cwd=screen.path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "max-pixels=N" in done.stderr


def test_max_pixels_belongs_to_profiles_whose_servers_have_it(
    inline: Command, screen: DataRoot
) -> None:
    file = write(screen.path, answers(SCREEN))
    words = ("score", file, "-s", "wide", "--profile", "claude-pixel")
    done = inline(*words, "--sent-size", "max-pixels=1003520", cwd=screen.path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "claude-high" in done.stderr


def test_a_screenshot_that_the_server_refuses_needs_a_stated_size(
    inline: Command, root: DataRoot
) -> None:
    target = {"id": "t0", "instruction": "Click.", "box": [0, 0, 20, 9]}
    root.screenshot("strip", "strip", [target], size=(3000, 10))
    line = {"target": "t0", "text": '{"x": 5, "y": 5}'}
    words = ("-s", "strip", "--profile", "qwen2.5-vl-json", "--name", "made")
    done = inline("score", write(root.path, [line]), *words, cwd=root.path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "made.jsonl line 1" in done.stderr
    assert "sent_width" in done.stderr
    stated = {**line, "sent_width": 3000, "sent_height": 10}
    done = inline("score", write(root.path, [stated]), *words, cwd=root.path)
    assert (done.returncode, hits(root.path / "results" / "made")) == (0, 1), done.stderr


def test_rescore_derives_a_size_that_nobody_stated_again(inline: Command, screen: DataRoot) -> None:
    sent = sent_size("claude-standard", SCREEN)
    file = write(screen.path, answers(sent))
    inline("score", file, "-s", "wide", "--profile", "pixel", "--name", "a", cwd=screen.path)
    results = screen.path / "results"
    assert hits(results / "a") == 0
    words = ("rescore", "a", "--profile", "claude-standard", "--name", "b")
    assert inline(*words, cwd=screen.path).returncode == 0
    assert hits(results / "b") == 40
    assert trials_of(results / "b")[0]["sent"]["rule"] == "claude-standard"
    assert inline("rescore", "b", "--name", "c", cwd=screen.path).returncode == 0
    for name in ("trials.jsonl", "summary.json"):
        assert (results / "c" / name).read_bytes() == (results / "b" / name).read_bytes()


def test_rescore_of_replies_scored_by_0_1_0_which_stored_no_size(
    inline: Command, screen: DataRoot
) -> None:
    file = write(screen.path, answers(sent_size("openai-tiles", SCREEN)))
    inline("score", file, "-s", "wide", "--profile", "openai-tiles", "--name", "a", cwd=screen.path)
    run = screen.path / "results" / "a"
    lines = [{**trial, "sent": None, "outcome": "miss"} for trial in trials_of(run)]
    (run / "trials.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert inline("rescore", "a", "--name", "b", cwd=screen.path).returncode == 0
    assert hits(screen.path / "results" / "b") == 40
    stated = [{**line, "sent": {"width": 2560, "height": 1440}} for line in lines]
    (run / "trials.jsonl").write_text("".join(json.dumps(line) + "\n" for line in stated))
    words = ("rescore", "a", "--name", "c", "--profile", "claude-standard")
    assert inline(*words, cwd=screen.path).returncode == 0
    assert hits(screen.path / "results" / "c") == 0


def starter_answers(share: float | None = None) -> list[dict[str, Any]]:
    """Answers at the middle of every box of `starter`: in thousandths, or in a share of the pixels."""
    lines = []
    for screenshot, target in load_suite(installed_root(), "starter").targets():
        if target.box is None:
            continue
        x, y = (target.box[0] + target.box[2]) / 2, (target.box[1] + target.box[3]) / 2
        if share is None:
            x, y = x / screenshot.width * 1000, y / screenshot.height * 1000
        else:
            x, y = x * share, y * share
        lines.append({"target": target.id, "text": json.dumps({"x": x, "y": y})})
    return lines


@pytest.mark.parametrize(
    ("share", "unit", "words"),
    [
        (None, "permille", "would be hits read as 0-1000"),
        (0.685, "factor", "pixels of a picture 0.685 times as large"),
    ],
)
def test_a_wrong_frame_is_warned_of_without_a_stated_size(
    share: float | None, unit: str, words: str, inline: Command, tmp_path: Path
) -> None:
    lines = starter_answers(share)
    assert len(lines) > 400
    file = write(tmp_path, lines)
    done = inline("score", file, "-s", "starter", "--profile", "pixel", "--name", "m", "--json")
    (block,) = json.loads(done.stdout)["models"].values()
    assert block["misfit"]["unit"] == unit
    assert words in block["misfit"]["sentence"]
    assert (
        "pointbench" in block["misfit"]["sentence"] or "sent_width" in block["misfit"]["sentence"]
    )
    assert block["misfit"]["hits"] > 0.9 * block["misfit"]["misses"]


def test_points_given_in_another_unit_are_warned_of(inline: Command, tmp_path: Path) -> None:
    lines = [
        {"target": line["target"], "point": list(json.loads(line["text"]).values())}
        for line in starter_answers()
    ]
    file = write(tmp_path, lines)
    done = inline("score", file, "-s", "starter", "--profile", "pixel", "--name", "m", "--json")
    (block,) = json.loads(done.stdout)["models"].values()
    assert "0-1000" in block["misfit"]["sentence"]
    assert "convert them" in block["misfit"]["sentence"]
