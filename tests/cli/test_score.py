"""``pointbench score``: replies obtained elsewhere, by every sentence of the contract."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command, DataRoot

# The suite `small`: shot0 and shot1 of 640x360, t0 to t4 at [20 + 60 i, 40, 60 + 60 i, 80], and
# shot0/gone, which is not there.
IN_T0 = {"target": "shot0/t0", "text": '{"x": 40, "y": 60}'}
EVERY = [f"shot{shot}/t{index}" for shot in range(2) for index in range(5)] + ["shot0/gone"]


class Scored:
    """A finished ``score``: its status, its messages, and the files of its run."""

    def __init__(self, done: subprocess.CompletedProcess[str], run: Path) -> None:
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.run = run

    @property
    def trials(self) -> list[dict[str, Any]]:
        path = self.run / "trials.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]

    @property
    def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = json.loads(
            (self.run / "summary.json").read_text(encoding="utf-8")
        )
        return summary

    def refused(self, *words: str) -> None:
        assert self.code == 2, (self.code, self.err)
        assert (self.out, len(self.err.splitlines())) == ("", 1), self.err
        for word in words:
            assert word in self.err
        assert not self.run.exists()


class Score:
    """Runs ``score`` on lines that are objects, texts or bytes."""

    def __init__(self, inline: Command, data: DataRoot) -> None:
        self._inline, self._data = inline, data

    def __call__(self, *lines: Any, profile: str = "pixel", raw: bytes | None = None) -> Scored:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file = self._data.path / "made.jsonl"
        file.write_bytes(raw if raw is not None else "".join(f"{t}\n" for t in texts).encode())
        run = self._data.path / "results" / "made"
        shutil.rmtree(run, ignore_errors=True)
        words = ("-s", "small", "--profile", profile, "--name", "made")
        return Scored(self._inline("score", file, *words, cwd=self._data.path), run)


@pytest.fixture
def score(inline: Command, small: DataRoot) -> Score:
    return Score(inline, small)


def test_a_reply_is_read_by_the_profile_and_scored(score: Score) -> None:
    (trial,) = score(IN_T0).trials
    assert (trial["outcome"], trial["correct"], trial["point"]) == ("hit", True, [40.0, 60.0])
    assert trial["parsed"] == {"format": "tool-call", "raw": [40, 60], "count": 1}
    assert trial["frame"] == {"unit": "pixel", "order": "xy"}
    assert trial["reply"]["text"] == IN_T0["text"]
    assert trial["instruction"] == "Click square 0 of screen 0."
    assert (trial["variant"], trial["session"]) == ("as-is", None)


def test_the_profile_declares_the_frame(score: Score) -> None:
    line = {"target": "shot0/t0", "text": '[{"point": [167, 63], "label": "a"}]'}
    (trial,) = score(line, profile="gemini-point").trials
    assert trial["point"] == [pytest.approx(0.063 * 640), pytest.approx(0.167 * 360)]
    assert trial["outcome"] == "hit"


def test_no_picture_is_needed(score: Score, small: DataRoot) -> None:
    shutil.rmtree(small.path / "screenshots")
    assert score(IN_T0).trials[0]["outcome"] == "hit"


def test_a_point_is_in_pixels_of_the_screenshot_and_null_is_declined(score: Score) -> None:
    done = score(
        {"target": "shot0/t0", "point": [60, 80]},
        {"target": "shot0/t1", "point": [60.5, 80]},
        {"target": "shot0/t2", "point": None},
        {"target": "shot0/gone", "point": None},
        {"target": "shot0/t3", "point": [640.5, 3]},
        {"target": "shot0/t4", "point": [0, 0]},
    )
    by_target = {trial["target"]: trial for trial in done.trials}
    assert [by_target[name]["outcome"] for name in EVERY[:5]] == [
        "hit", "miss", "declined", "out_of_frame", "miss"
    ]  # fmt: skip
    assert by_target["shot0/gone"]["correct"] is True
    assert by_target["shot0/t2"]["correct"] is False
    assert by_target["shot0/t1"]["distance"] == pytest.approx(19.5)
    assert by_target["shot0/t0"]["reply"] is None


def test_the_whole_frame_is_inside_it(score: Score) -> None:
    edge = score({"target": "shot0/t0", "point": [640, 360]}).trials[0]
    assert edge["outcome"] == "miss"


@pytest.mark.parametrize("point", ["[NaN, 5]", "[Infinity, 5]", "[1e999, 5]", f"[{'9' * 400}, 5]"])
def test_a_point_that_is_no_number_is_unparsed(score: Score, point: str) -> None:
    (trial,) = score(f'{{"target": "shot0/t0", "point": {point}}}').trials
    assert (trial["outcome"], trial["correct"], trial["point"]) == ("unparsed", False, None)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("I cannot find it.", "declined"),
        ("", "unparsed"),
        ("beep", "unparsed"),
        ('{"x": NaN, "y": 3}', "unparsed"),
        ('{"x": -1, "y": 3}', "out_of_frame"),
        ('{"x": 640, "y": 360}', "miss"),
        ('{"x": 640.1, "y": 360}', "out_of_frame"),
        ("[]", "declined"),
    ],
)
def test_outcomes_of_texts(score: Score, text: str, outcome: str) -> None:
    present, absent = score(
        {"target": "shot0/t0", "text": text}, {"target": "shot0/gone", "text": text}
    ).trials
    assert (present["outcome"], absent["outcome"]) == (outcome, outcome)
    assert present["correct"] is False
    assert absent["correct"] is (outcome == "declined")
    assert absent["distance"] is None


def test_a_text_cut_off_at_the_limit_counts_only_as_far_as_it_is_whole(score: Score) -> None:
    line = {"target": "shot0/t0", "finish_reason": "length"}
    (half,) = score({**line, "text": '{"x": 40, "y": 6'}).trials
    assert half["outcome"] == "unparsed"
    (refusal,) = score({**line, "text": "I cannot find it, but"}).trials
    assert refusal["outcome"] == "unparsed"
    (blocked,) = score({**line, "text": "", "finish_reason": "content_filter"}).trials
    assert blocked["outcome"] == "declined"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "abort"), ("(40, 60)", "error"), ("", "engine_dead"), ("", "OTHER"), (" ", "whatever")],
)
def test_an_answer_that_its_server_broke_off_is_an_error(
    score: Score, text: str, reason: str
) -> None:
    (broken,) = score({"target": "shot0/t0", "text": text, "finish_reason": reason}).trials
    assert (broken["outcome"], broken["correct"], broken["parsed"]) == ("error", None, None)
    assert reason in broken["error"]["message"]
    assert broken["reply"]["text"] == text


def test_errors_are_never_scored(score: Score) -> None:
    lines = [{"target": name, "point": [0, 0]} for name in EVERY[1:]]
    done = score({"target": "shot0/t0", "error": "HTTP 429: (5, 429)"}, *lines)
    error = done.trials[0]
    assert (error["outcome"], error["correct"], error["point"]) == ("error", None, None)
    assert error["error"] == {"type": "reported", "message": "HTTP 429: (5, 429)"}
    block = done.summary["models"]["replies/made"]
    assert block["hit_rate"]["n"] == 9
    assert block["outcomes"]["error"] == 1
    # One of eleven is more than the 2 % that may fail.
    assert done.code == 1
    assert "1 of 11 lines is an error" in done.err


def test_an_answer_after_an_error_takes_its_place_when_it_names_the_repeat(score: Score) -> None:
    error = {"target": "shot0/t0", "error": "timeout", "repeat": 0}
    done = score(error, {**IN_T0, "repeat": 0})
    assert [trial["outcome"] for trial in done.trials] == ["error", "hit"]
    assert len({trial["key"] for trial in done.trials}) == 1
    block = done.summary["models"]["replies/made"]
    assert block["outcomes"] == {**dict.fromkeys(block["outcomes"], 0), "hit": 1}


def test_two_answers_to_one_repeat_are_refused(score: Score) -> None:
    twice = {**IN_T0, "repeat": 0}
    score(twice, twice).refused("made.jsonl line 2", "answered repeat 0", "line 1")


def test_repeats_are_counted_up_by_model_and_target(score: Score) -> None:
    other = {**IN_T0, "model": "b"}
    done = score(
        IN_T0, other, IN_T0, {"target": "shot0/t1", "point": None}, {**IN_T0, "repeat": 7}, IN_T0
    )
    trials = [(trial["model"], trial["target"], trial["repeat"]) for trial in done.trials]
    assert trials == [
        ("replies/made", "shot0/t0", 0),
        ("b", "shot0/t0", 0),
        ("replies/made", "shot0/t0", 1),
        ("replies/made", "shot0/t1", 0),
        ("replies/made", "shot0/t0", 7),
        ("replies/made", "shot0/t0", 8),
    ]
    assert [trial["order"] for trial in done.trials] == [0, 0, 1, 2, 3, 4]


def test_the_model_is_taken_as_written_else_named_after_the_file(score: Score) -> None:
    done = score(IN_T0, {**IN_T0, "model": "openai/gpt-4o?x=1 é"})
    assert set(done.summary["models"]) == {"replies/made", "openai/gpt-4o?x=1 é"}


def test_the_sent_picture_scales_the_answer(score: Score) -> None:
    line = {
        "target": "shot0/t0",
        "text": '{"x": 20, "y": 30}',
        "sent_width": 320,
        "sent_height": 180,
    }
    (trial,) = score(line).trials
    assert trial["point"] == [40.0, 60.0]
    assert (trial["sent"]["width"], trial["sent"]["height"]) == (320, 180)
    assert trial["sent"]["sha256"] is None
    (outside,) = score({**line, "text": '{"x": 321, "y": 30}'}).trials
    assert outside["outcome"] == "out_of_frame"


def test_targets_without_a_line_are_missing_named_and_exit_1(score: Score) -> None:
    done = score(
        IN_T0, {**IN_T0, "model": "b"}, {"target": "shot0/t1", "model": "b", "point": None}
    )
    assert done.code == 1
    own, other = (done.summary["models"][label] for label in ("replies/made", "b"))
    assert own["missing"] == 10
    named = {json.dumps(target) for target in own["missing_targets"]}
    assert len(named) == 10
    assert all(any(name in target for target in named) for name in EVERY if name != "shot0/t0")
    assert other["missing"] == 9
    assert other["hit_rate"]["n"] == 2
    assert "replies/made: 10 targets have no reply" in done.err


def test_all_answered_is_exit_0(score: Score) -> None:
    done = score(*[{"target": name, "point": None} for name in EVERY])
    assert done.code == 0, done.err
    assert done.summary["models"]["replies/made"]["missing"] == 0
    assert {path.name for path in done.run.iterdir()} == {
        "run.json", "targets.jsonl", "trials.jsonl", "summary.json", "report.html"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        ({"target": "nope", "text": "x"}, ["unknown target 'nope'"]),
        ({"text": "x"}, ["no target", "ID"]),
        ({"target": "shot0/t0", "text": "x", "point": [1, 2]}, ["text and point"]),
        ({"target": "shot0/t0", "text": "x", "error": "e"}, ["text and error"]),
        ({"target": "shot0/t0"}, ["one of text, point, error"]),
        ({"target": "shot0/t0", "text": None}, ["one of text, point, error"]),
        ({"target": "shot0/t0", "text": 5}, ["text must be a string"]),
        ({"target": "shot0/t0", "point": [1]}, ["point must be [x, y]"]),
        ({"target": "shot0/t0", "point": [1, "2"]}, ["point must be [x, y]"]),
        ({"target": "shot0/t0", "point": [True, 2]}, ["point must be [x, y]"]),
        ({"target": "shot0/t0", "point": None, "repeat": -1}, ["repeat"]),
        ({"target": "shot0/t0", "point": None, "repeat": True}, ["repeat"]),
        ({"target": "shot0/t0", "point": None, "model": ""}, ["model"]),
        ({"target": "shot0/t0", "point": None, "sent_width": 5}, ["sent_height"]),
        ({"target": "shot0/t0", "point": None, "sent_width": 0, "sent_height": 5}, ["sent_width"]),
        ("[1, 2]", ["not a JSON object"]),
        ('{"target": "shot0/t0", "text": "a', ["not JSON"]),
        ("[" * 100_000, ["not JSON"]),
    ],
)
def test_a_faulty_line_is_exit_2_with_its_number(
    score: Score, line: Any, messages: list[str]
) -> None:
    score(IN_T0, "", line).refused("made.jsonl line 3", *messages)


def test_lines_of_windows_and_of_editors(score: Score) -> None:
    texts = [json.dumps(IN_T0), "", "  ", json.dumps({"target": "shot0/t1", "point": None})]
    done = score(raw="\r\n".join(texts).encode())
    assert [trial["outcome"] for trial in done.trials] == ["hit", "declined"]
    marked = score(raw=b"\xef\xbb\xbf" + json.dumps(IN_T0).encode())
    assert [trial["outcome"] for trial in marked.trials] == ["hit"]


def test_what_is_not_text_is_refused(score: Score) -> None:
    raw = json.dumps(IN_T0).encode() + b'\n{"target": "shot0/t1", "text": "\xff"}\n'
    score(raw=raw).refused("made.jsonl", "UTF-8")
    score(raw=b"\n\n").refused("contains no reply")


def test_odd_texts_are_kept_whole(score: Score) -> None:
    texts = ['{"x": 40, "y": 60}\u2028\x85\r\n\t\x00', "\ud800 (40, 60)", "a" * 3_000_000]
    lines = [{"target": f"shot0/t{index}", "text": text} for index, text in enumerate(texts)]
    done = score(*lines)
    texts_stored = [trial["reply"]["text"] for trial in done.trials]
    assert texts_stored == [
        texts[0],
        "? (40, 60)".replace("?", "\ufffd" * (len(texts_stored[1]) - 9)),
        texts[2],
    ]
    assert [trial["outcome"] for trial in done.trials] == ["hit", "miss", "unparsed"]


def test_unknown_keys_are_passed_over_and_told(score: Score) -> None:
    done = score({**IN_T0, "confidence": 0.9, "input_tokens": 5, "latency_s": 1.5})
    assert "confidence (1 line)" in done.err
    (trial,) = done.trials
    assert (trial["reply"]["input_tokens"], trial["latency_s"]) == (5, 1.5)


def test_the_same_lines_give_the_same_bytes(score: Score) -> None:
    first = score(IN_T0, {"target": "shot1/t0", "point": [1, 2]})
    files = ("trials.jsonl", "targets.jsonl", "summary.json")
    before = [(first.run / name).read_bytes() for name in files]
    again = score(IN_T0, {"target": "shot1/t0", "point": [1, 2]})
    assert [(again.run / name).read_bytes() for name in files] == before
    assert str(again.run.parent.parent) not in (again.run / "run.json").read_text()


def test_a_name_that_exists_is_refused(inline: Command, score: Score, small: DataRoot) -> None:
    score(IN_T0)
    words = ("score", "made.jsonl", "-s", "small", "--profile", "pixel", "--name", "made")
    done = inline(*words, cwd=small.path)
    assert done.returncode == 2
    assert "made" in done.stderr
    missing = inline("score", "none.jsonl", "-s", "small", "--profile", "pixel", cwd=small.path)
    assert missing.returncode == 2
    assert "none.jsonl" in missing.stderr
    unknown = inline("score", "made.jsonl", "-s", "small", "--profile", "pixle", cwd=small.path)
    assert "did you mean pixel" in unknown.stderr


def test_answers_that_repeat_the_prompts_example_are_counted_and_shown(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    (small.path / "pointbench.toml").write_text(
        '[profiles.leading]\nlike = "pixel"\nprompt = \'{instruction} Answer like {"x": 10, "y": 760}.\'\n'
    )
    answers = ['{"x": 10, "y": 760}', '{"x": 40, "y": 60}', '{"x": 10, "y": 760}']
    lines = [
        json.dumps({"target": f"shot1/t{number}", "text": text})
        for number, text in enumerate(answers)
    ]
    replies = tmp_path / "leading.jsonl"
    replies.write_text("\n".join(lines))
    done = inline(
        "score", replies, "-s", "small", "--profile", "leading", "--name", "led", cwd=small.path
    )
    said = "2 answers of replies/leading repeat the example of the prompt."
    assert said in " ".join(done.stdout.split())
    summary = json.loads((small.path / "results" / "led" / "summary.json").read_text())
    assert summary["models"]["replies/leading"]["flags"]["prompt-example"] == 2


def test_answers_that_were_cut_off_are_counted_and_warned_of(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    rows = [
        {"target": "shot1/t0", "text": '{"x": 40, "y": 6', "finish_reason": "length"},
        {"target": "shot1/t1", "text": '{"x": 40, "y": 60}', "finish_reason": "max_tokens"},
        {"target": "shot1/t2", "text": '{"x": 40, "y": 60}', "finish_reason": "stop"},
    ]
    replies = tmp_path / "cut.jsonl"
    replies.write_text("\n".join(json.dumps(row) for row in rows))
    done = inline(
        "score", replies, "-s", "small", "--profile", "pixel", "--name", "cut", cwd=small.path
    )
    assert "2 answers were cut off at the output limit" in " ".join(done.stdout.split())
    summary = json.loads((small.path / "results" / "cut" / "summary.json").read_text())
    model = summary["models"]["replies/cut"]
    assert model["flags"]["cut-off"] == 2
    assert model["outcomes"]["unparsed"] == 1  # the other one held a whole point
