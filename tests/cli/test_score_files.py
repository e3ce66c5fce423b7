"""Replies files as other tools leave them: batch output, harness logs, JSON lists, named fields."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from pointbench.engine.reply_files import FORMATS, load_reply_format
from tests.cli.test_score import Scored
from tests.conftest import Command, DataRoot

# The suite `small`: t0 to t4 of shot0 and shot1 at [20 + 60 i, 40, 60 + 60 i, 80], and shot0/gone.
RIGHT = '{"x": 40, "y": 60}'


class ScoreFile:
    """Runs ``score`` on a file with a content and further options."""

    def __init__(self, inline: Command, data: DataRoot) -> None:
        self._inline, self.path = inline, data.path

    def __call__(
        self, content: Any, *words: str, name: str = "made.jsonl", profile: str = "pixel"
    ) -> Scored:
        file = self.path / name
        if isinstance(content, list) and name.endswith(".jsonl"):
            content = "".join(json.dumps(row) + "\n" for row in content)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        run = self.path / "results" / "made"
        shutil.rmtree(run, ignore_errors=True)
        options = ("-s", "small", "--profile", profile, "--name", "made", *words)
        return Scored(self._inline("score", file, *options, cwd=self.path), run)


@pytest.fixture
def score_file(inline: Command, small: DataRoot) -> ScoreFile:
    return ScoreFile(inline, small)


def outcomes(done: Scored) -> list[str]:
    assert done.code in (0, 1), done.err
    return [trial["outcome"] for trial in done.trials]


# --- JSON lists and named fields ---------------------------------------------------------------


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_list_is_read_like_lines(score_file: ScoreFile, indent: int | None) -> None:
    rows = [{"target": "shot0/t0", "text": RIGHT}, {"target": "shot0/t1", "point": None}]
    done = score_file(json.dumps(rows, indent=indent), name="made.json")
    assert outcomes(done) == ["hit", "declined"]
    assert done.trials[0]["model"] == "replies/made"


def test_a_faulty_row_of_a_list_is_named(score_file: ScoreFile) -> None:
    rows: list[Any] = [{"target": "shot0/t0", "text": RIGHT}, 7]
    score_file(rows, name="made.json").refused("made.json row 1: not a JSON object")
    rows[1] = {"target": "nope", "text": "x"}
    score_file(rows, name="made.json").refused("made.json row 1: unknown target 'nope'")
    score_file([], name="made.json").refused("contains no reply")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"id": "shot0/t0", "response": RIGHT}, ("--id-key", "id", "--text-key", "response")),
        (
            {"sample": {"id": "shot0/t0"}, "out": {"choices": [{"text": RIGHT}]}},
            ("--id-key", "sample.id", "--text-key", "out.choices.0.text"),
        ),
        ({"a.b": "shot0/t0", "text": RIGHT}, ("--id-key", "a.b")),
        ({"target": "shot0/t0", "text": "its words", "out": RIGHT}, ("--text-key", "out")),
        ({"target": "a button", "id": "shot0/t0", "text": RIGHT}, ("--id-key", "id")),
        ({"target": "shot0/t0", "out": RIGHT, "error": ""}, ("--text-key", "out")),
        ({"target": "shot0/t0", "out": RIGHT, "point": "none"}, ("--text-key", "out")),
    ],
)
def test_fields_are_named(
    score_file: ScoreFile, row: dict[str, Any], words: tuple[str, ...]
) -> None:
    assert outcomes(score_file([row], *words)) == ["hit"]


def test_named_fields_are_not_told_as_ignored(score_file: ScoreFile) -> None:
    row = {"sample": {"id": "shot0/t0"}, "response": RIGHT, "time": 3}
    done = score_file([row], "--id-key", "sample.id", "--text-key", "response")
    assert "ignored keys: time (1 line)\n" in done.err


def test_a_numeric_id_is_its_text(score_file: ScoreFile, small: DataRoot) -> None:
    small.screenshot("numbers", "n", [{"id": "17", "instruction": "x", "box": [20, 40, 60, 80]}])
    done = score_file([{"id": 17, "text": RIGHT}], "--id-key", "id", "-s", "numbers")
    assert outcomes(done) == ["hit"]


@pytest.mark.parametrize("error", ["HTTP 500", {"code": 500, "message": "down"}])
def test_an_error_in_place_of_a_named_answer(score_file: ScoreFile, error: Any) -> None:
    rows = [
        {"target": "shot0/t0", "response": None, "error": error},
        {"target": "shot0/t1", "error": error},
    ]
    done = score_file(rows, "--text-key", "response")
    assert outcomes(done) == ["error", "error"]
    assert "500" in done.trials[0]["error"]["message"]


@pytest.mark.parametrize(
    ("row", "words", "said"),
    [
        ({"id": "shot0/t0", "text": RIGHT}, (), ["no target", "id and text", "--id-key"]),
        (
            {"target": "shot0/t0", "response": RIGHT},
            (),
            ["one of text, point, error", "target and response", "--text-key"],
        ),
        ({"id": 1, "text": "x"}, ("--id-key", "key"), ["--id-key key", "id and text"]),
        (
            {"target": "shot0/t0", "a": {}},
            ("--text-key", "a.b"),
            ["--text-key a.b", "target and a"],
        ),
        ({"target": "shot0/t0", "a": 5}, ("--text-key", "a"), ["a must be a string"]),
        ({"target": "shot0/t0", "a": "x", "error": "e"}, ("--text-key", "a"), ["a and error"]),
        ({"custom_id": "x", "response": {}}, (), ["--from openai-batch"]),
        ({"prompt_to_evaluate": "x"}, (), ["--from screenspot-pro-results"]),
    ],
)
def test_an_error_names_the_keys_wanted_and_those_there(
    score_file: ScoreFile, row: dict[str, Any], words: tuple[str, ...], said: list[str]
) -> None:
    score_file([row], *words).refused("made.jsonl line 1", *said)


def test_a_file_that_is_one_object_is_refused_with_its_keys(score_file: ScoreFile) -> None:
    log = json.dumps({"details": [], "metrics": {}}, indent=1)
    score_file(log, name="log.json").refused("log.json", "details and metrics")
    one = json.dumps({"details": []})
    score_file(one, name="log.json").refused("log.json", "--from screenspot-pro-results")


def test_an_unknown_format_is_refused_with_the_nearest(score_file: ScoreFile) -> None:
    score_file([], "--from", "openai_batch").refused("did you mean openai-batch")
    score_file([], "--from", "openai-batch", "--id-key", "x").refused("--id-key", "openai-batch")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_what_it_reads(name: str) -> None:
    form = load_reply_format(name)
    assert form.name == name
    assert form.description


# --- what a line may say -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cost_usd", 1e308),
        ("cost_usd", 1e9),
        ("latency_s", 1e7),
        ("latency_s", float("inf")),
        ("latency_s", float("nan")),
        ("latency_s", -1),
        ("cost_usd", 10**400),
        ("output_tokens", 10**40),
    ],
)
def test_numbers_whose_sums_would_overflow_are_refused(
    score_file: ScoreFile, key: str, value: float
) -> None:
    rows = [{"target": "shot0/t0", "text": RIGHT, key: value}]
    score_file(rows).refused("made.jsonl line 1", key)


def test_large_numbers_that_are_allowed_give_a_summary(score_file: ScoreFile) -> None:
    rows = [
        {"target": f"shot{shot}/t{n}", "text": RIGHT, "cost_usd": 9e8, "latency_s": 9e6}
        for shot in range(2)
        for n in range(5)
    ]
    done = score_file(rows)
    assert done.code == 1  # the absent target has no line
    assert done.summary["models"]["replies/made"]["cost_usd"] == pytest.approx(9e9)


def test_an_answer_whose_tokens_reached_its_limit_is_cut_off(score_file: ScoreFile) -> None:
    half = {"target": "shot0/t0", "text": '{"x": 40, "y": 6', "max_tokens": 64}
    whole = {"target": "shot0/t1", "text": '{"x": 100, "y": 60}', "max_tokens": 64}
    done = score_file(
        [
            {**half, "output_tokens": 64, "finish_reason": "stop"},
            {**whole, "output_tokens": 64},
            {**whole, "output_tokens": 63, "target": "shot0/t1", "finish_reason": "stop"},
        ]
    )
    assert outcomes(done) == ["unparsed", "hit", "hit"]
    reasons = [trial["reply"]["finish_reason"] for trial in done.trials]
    assert reasons == ["length", "length", "stop"]


def test_reasoning_is_kept_beside_the_text_and_never_read(score_file: ScoreFile) -> None:
    row = {"target": "shot0/t0", "text": "", "reasoning": RIGHT, "output_tokens": 9}
    done = score_file([row])
    assert outcomes(done) == ["unparsed"]
    assert done.trials[0]["reply"]["reasoning"] == RIGHT
    assert "ignored" not in done.err


@pytest.mark.parametrize(
    ("text", "reason", "outcome"),
    [
        ("", "abort", "error"),
        (RIGHT, "abort", "error"),
        (RIGHT, "error", "error"),
        ("", "cancelled", "error"),
        ("", "SOMETHING_NEW", "error"),
        (RIGHT, "SOMETHING_NEW", "hit"),
        ("", None, "unparsed"),
        ("", "stop", "unparsed"),
        (RIGHT, "stop", "hit"),
        ("", "content_filter", "declined"),
    ],
)
def test_an_answer_that_its_server_broke_off_is_an_error(
    score_file: ScoreFile, text: str, reason: str | None, outcome: str
) -> None:
    line = {"target": "shot0/t0", "text": text, "finish_reason": reason}
    done = score_file([line])
    assert outcomes(done) == [outcome]
    if outcome == "error":
        assert done.trials[0]["correct"] is None
        assert str(reason) in done.trials[0]["error"]["message"]
    if reason is not None:
        again = score_file([batch("shot0/t0", chat(text, reason))], *BATCH)
        assert outcomes(again) == [outcome]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"target": "shot0/t0", "text": [1]}, ["text must be a string"]),
        ({"target": "shot0/t0", "text": {"x": 1}}, ["text must be a string"]),
        ({"target": "shot0/t0", "text": "x", "latency_s": "fast"}, ["latency_s"]),
        ({"text": "x"}, ["no target"]),
        ({"target": "none", "text": "x"}, ["unknown target 'none'"]),
        ({"target": None, "text": None}, ["no target"]),
        ({"target": ["shot0/t0"], "text": "x"}, ["no target"]),
        ({"target": "shot0/t0", "text": "x", "suite": 5}, ["suite must be a name"]),
        ({"target": "shot0/t0", "text": "x", "finish_reason": 5}, ["finish_reason"]),
        ({"target": "shot0/t0", "text": "x", "sent_width": 1e3, "sent_height": 5}, ["sent_width"]),
    ],
)
def test_faulty_lines_are_refused_with_their_number(
    score_file: ScoreFile, line: dict[str, Any], words: list[str]
) -> None:
    score_file([{"target": "shot0/t1", "text": "x"}, line]).refused("made.jsonl line 2", *words)


# --- the output of a batch ---------------------------------------------------------------------


def chat(text: str | None, reason: str = "stop", model: str = "served-1", **fields: Any) -> Any:
    message = {"role": "assistant", "content": text, **fields}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 12, "total_tokens": 912},
    }


def responses(text: str) -> Any:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "model": "served-1",
        "output": [{"type": "message", "role": "assistant", "content": content}],
        "usage": {"input_tokens": 900, "output_tokens": 12},
    }


def batch(custom_id: str, body: Any, status: int = 200, error: Any = None) -> dict[str, Any]:
    response = {"status_code": status, "request_id": "req-1", "body": body}
    return {"id": "batch_req_1", "custom_id": custom_id, "response": response, "error": error}


BATCH = ("--from", "openai-batch")


def test_batch_output_is_read_as_it_comes(score_file: ScoreFile) -> None:
    rows = [
        batch("shot0/t0", chat(RIGHT)),
        batch("shot0/t0#1", chat("I cannot find it.")),
        batch("shot0/t1", responses('{"x": 100, "y": 60}')),
        batch("shot0/t2", chat("", "length")),
        batch("shot0/gone", chat("not found")),
    ]
    done = score_file(rows, *BATCH)
    assert outcomes(done) == ["hit", "declined", "hit", "unparsed", "declined"]
    assert [trial["repeat"] for trial in done.trials] == [0, 1, 0, 0, 0]
    assert {trial["model"] for trial in done.trials} == {"served-1"}
    reply = done.trials[0]["reply"]
    assert reply["text"] == RIGHT
    assert (reply["model"], reply["finish_reason"]) == ("served-1", "stop")
    assert (reply["input_tokens"], reply["output_tokens"]) == (900, 12)
    assert reply["request_id"] == "req-1"


def test_vllms_output_with_a_tool_call(score_file: ScoreFile) -> None:
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "click", "arguments": '{"x": 40, "y": 60}'},
    }
    row = {
        "id": "vllm-1",
        "custom_id": "shot0/t0",
        "response": {"status_code": 200, "body": chat(None, "tool_calls", tool_calls=[call])},
        "error": None,
    }
    assert outcomes(score_file([row], *BATCH)) == ["hit"]


@pytest.mark.parametrize(
    "row",
    [
        batch("shot0/t0", {"error": {"message": "overloaded"}}, 503),
        batch("shot0/t0", None, 400),
        batch("shot0/t0", chat(RIGHT), 500),
        {"custom_id": "shot0/t0", "response": None, "error": {"code": "batch_expired"}},
        {"custom_id": "shot0/t0", "response": None, "error": "out of memory"},
        batch("shot0/t0", None, 400, {"object": "error", "message": "bad", "code": 400}),
        batch("shot0/t0", {"error": {"message": "late"}}),
        batch("shot0/t0", {"hello": 1}),
        batch("shot0/t0", "text"),
        batch("shot0/t0", {"choices": 5}),
        batch("shot0/t0", {"choices": []}),
        batch("shot0/t0", {"output": [], "status": "failed"}),
        {"custom_id": "shot0/t0", "response": "x"},
        {"custom_id": "shot0/t0", "response": None, "error": None},
    ],
)
def test_what_never_became_an_answer_is_an_error(
    score_file: ScoreFile, row: dict[str, Any]
) -> None:
    done = score_file([batch("shot0/t1", chat("(1, 1)")), row], *BATCH)
    assert outcomes(done) == ["miss", "error"]
    trial = done.trials[1]
    assert (trial["correct"], trial["point"], trial["reply"]) == (None, None, None)
    assert trial["error"]["message"]
    # An error names no model; here it can only be that of the other row.
    assert trial["model"] == "served-1"


def test_a_content_policys_block_is_the_models_own_answer(score_file: ScoreFile) -> None:
    error = {"error": {"code": "content_filter", "message": "withheld"}}
    rows = [batch("shot0/t0", error, 400), batch("shot0/t1", chat("", "content_filter"))]
    assert outcomes(score_file(rows, *BATCH)) == ["declined", "declined"]


def test_an_answer_after_an_error_of_the_same_request_counts(score_file: ScoreFile) -> None:
    done = score_file([batch("shot0/t0", None, 500), batch("shot0/t0", chat(RIGHT))], *BATCH)
    assert outcomes(done) == ["error", "hit"]
    assert len({trial["key"] for trial in done.trials}) == 1


def test_a_cost_that_no_sum_could_hold_is_refused(score_file: ScoreFile) -> None:
    body = chat(RIGHT)
    body["usage"]["cost"] = 1e308
    score_file([batch("shot0/t0", body)], *BATCH).refused("made.jsonl line 1", "usage.cost")


def test_the_key_of_a_trial_is_told_from_an_unknown_id(score_file: ScoreFile) -> None:
    rows = [batch("ab" * 32, chat(RIGHT))]
    score_file(rows, *BATCH).refused("made.jsonl line 1", "run --resume RUN --replies FILE")


def test_several_models_in_one_file_stay_apart(score_file: ScoreFile) -> None:
    rows = [batch("shot0/t0", chat(RIGHT)), batch("shot0/t0", chat(RIGHT, model="served-2"))]
    done = score_file(rows, *BATCH)
    assert [trial["model"] for trial in done.trials] == ["served-1", "served-2"]
    twice = [batch("shot0/t0", chat(RIGHT)), batch("shot0/t0", chat(RIGHT))]
    score_file(twice, *BATCH).refused("made.jsonl line 2", "repeat 0", "line 1", "shot0/t0#1")


@pytest.mark.parametrize(
    "path", ["/home/alice/models/qwen-vl", "C:\\models\\qwen-vl", "~/qwen-vl/"]
)
def test_a_model_that_is_a_path_is_its_last_part(score_file: ScoreFile, path: str) -> None:
    done = score_file([batch("shot0/t0", chat(RIGHT, model=path))], *BATCH)
    assert [trial["model"] for trial in done.trials] == ["qwen-vl"]
    written = b"".join(file.read_bytes() for file in done.run.iterdir() if file.is_file())
    assert b"alice" not in written
    line = {"target": "shot0/t0", "text": RIGHT, "model": path}
    assert score_file([line]).trials[0]["model"] == "qwen-vl"
    other = {**line, "model": "/other/qwen-vl"}
    score_file([line, other]).refused("made.jsonl line 2", "two models", "qwen-vl")


def test_a_custom_id_may_be_a_number(score_file: ScoreFile, small: DataRoot) -> None:
    small.screenshot("marks", "m", [{"id": "7", "instruction": "x", "box": [20, 40, 60, 80]}])
    row = {**batch("7", chat(RIGHT)), "custom_id": 7}
    assert outcomes(score_file([row], *BATCH, "-s", "marks")) == ["hit"]


def test_an_empty_error_beside_an_answer_is_an_empty_column(score_file: ScoreFile) -> None:
    line = {"target": "shot0/t0", "text": RIGHT, "error": ""}
    assert outcomes(score_file([line, {"target": "shot0/t1", "error": ""}])) == ["hit", "error"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (batch("nope", chat(RIGHT)), ["custom_id", "nope"]),
        (batch("nope#1", chat(RIGHT)), ["custom_id", "nope#1"]),
        ({"response": {"body": chat(RIGHT)}}, ["no custom_id", "response"]),
        ({**batch("a", chat(RIGHT)), "custom_id": ["a"]}, ["no custom_id that is a text"]),
        ({"custom_id": "shot0/t0", "method": "POST", "body": {}}, ["request", "body"]),
    ],
)
def test_a_row_that_names_no_target_is_refused(
    score_file: ScoreFile, row: dict[str, Any], words: list[str]
) -> None:
    score_file([batch("shot0/t0", chat(RIGHT)), row], *BATCH).refused("made.jsonl line 2", *words)


def test_an_id_with_a_number_sign_of_its_own(score_file: ScoreFile, small: DataRoot) -> None:
    small.screenshot("marks", "m", [{"id": "a#1", "instruction": "x", "box": [20, 40, 60, 80]}])
    rows = [batch("a#1", chat(RIGHT)), batch("a#1#2", chat(RIGHT))]
    done = score_file(rows, *BATCH, "-s", "marks")
    assert [(trial["target"], trial["repeat"]) for trial in done.trials] == [("a#1", 0), ("a#1", 2)]


# --- logs of the ScreenSpot-Pro harness ---------------------------------------------------------

LOG = ("--from", "screenspot-pro-results")


def row(index: int, shot: int = 0, **fields: Any) -> dict[str, Any]:
    left = 20 + 60 * index
    return {
        "img_path": f"/disk/of/someone/images/shot{shot}.png",
        "prompt_to_evaluate": f"Click square {index} of screen {shot}.",
        "gt_type": "positive",
        "bbox": [left, 40, left + 40, 80],
        "pred": [left + 20, 60],
        "raw_response": json.dumps({"x": left + 20, "y": 60}),
        "correctness": "correct",
        **fields,
    }


def gone(**fields: Any) -> dict[str, Any]:
    words = {"prompt_to_evaluate": "Click the circle.", "gt_type": "negative"}
    return {**row(0), **words, "bbox": None, "pred": None, "raw_response": "not found", **fields}


def test_a_harness_log_is_joined_by_picture_instruction_and_box(score_file: ScoreFile) -> None:
    rows = [row(n, shot) for shot in range(2) for n in range(5)]
    done = score_file({"details": [*rows, gone()], "metrics": {}}, *LOG, name="log.json")
    assert done.code == 0, done.err
    assert outcomes(done) == ["hit"] * 10 + ["declined"]
    assert done.trials[0]["target"] == "shot0/t0"
    assert done.trials[0]["reply"]["text"] == rows[0]["raw_response"]
    assert "pred" not in done.err


@pytest.mark.parametrize("form", ["lines", "list", "indented"])
def test_a_harness_log_in_every_layout(score_file: ScoreFile, form: str) -> None:
    rows = [row(0), row(1)]
    content: Any = {
        "lines": "".join(json.dumps(item) + "\n" for item in rows),
        "list": json.dumps(rows),
        "indented": json.dumps({"metrics": {}, "details": rows}, indent=4),
    }[form]
    assert outcomes(score_file(content, *LOG, name="log.json")) == ["hit", "hit"]


def test_a_row_without_a_text_has_the_harness_own_point(score_file: ScoreFile) -> None:
    rows = [row(0), row(1, pred=[0, 0]), row(2, pred=None), row(3, pred=None), gone()]
    rows[3]["correctness"] = "wrong_format"
    for item in rows:
        del item["raw_response"]
    done = score_file(rows, *LOG)
    assert outcomes(done) == ["hit", "miss", "declined", "unparsed", "declined"]
    assert done.trials[-1]["correct"] is True


def test_texts_that_say_something_else_than_pred_are_remarked_on(score_file: ScoreFile) -> None:
    rows = [row(0, pred=[45, 65]), row(1), row(2, raw_response=['{"x": 160, "y": 60}'])]
    done = score_file(rows, *LOG)
    assert "from 1 of 3 answers is not the file's own pred; --text-key pred" in done.err
    assert outcomes(done) == ["hit", "hit", "hit"]
    own = score_file(rows, *LOG, "--text-key", "pred")
    assert own.trials[0]["point"] == [45, 65]
    assert "pred" not in own.err


def test_texts_about_a_crop_leave_the_field_to_the_harness_own_points(
    score_file: ScoreFile,
) -> None:
    rows = [row(n, raw_response="[[300, 300]]") for n in range(5)]
    done = score_file(rows, *LOG)
    assert outcomes(done) == ["hit"] * 5
    assert "pred is scored, which gives the log's own verdict in 5 of 5 rows" in done.err
    assert "from 5 of 5 texts this profile reads another point" in done.err
    texts = score_file(rows, *LOG, "--text-key", "raw_response")
    assert outcomes(texts) == ["miss"] * 5
    assert "from 5 of 5 answers" in texts.err


def test_answers_that_the_harness_could_not_read_are_read(score_file: ScoreFile) -> None:
    rows = [row(n, shot) for shot in range(2) for n in range(5)]
    for item in rows[:4]:
        item |= {"pred": None, "correctness": "wrong_format"}
    done = score_file(rows, *LOG)
    assert outcomes(done) == ["hit"] * 10
    assert "pred is scored" not in done.err


def test_points_in_another_unit_leave_the_field_to_the_texts(score_file: ScoreFile) -> None:
    rows = [row(n, pred=[0.1, 0.2]) for n in range(5)]
    assert outcomes(score_file(rows, *LOG)) == ["hit"] * 5


def test_rows_that_join_nothing_are_named_and_counted(score_file: ScoreFile) -> None:
    rows = [
        row(0),
        row(1, img_path="/disk/other.png"),
        row(2, prompt_to_evaluate="Click something else."),
        row(3, bbox=[0, 0, 5, 5]),
        row(4, gt_type="negative"),
        {**gone(), "gt_type": "positive", "bbox": [1, 2, 3, 4]},
        {"pred": [1, 2]},
    ]
    done = score_file(rows, *LOG)
    assert (done.code, outcomes(done)) == (1, ["hit"])
    assert "6 rows belong to no target of the suite and are not scored" in done.err
    assert "line 2: no target is on a picture 'other.png'" in done.err
    assert "and 3 more" in done.err
    score_file(rows[1:], *LOG).refused("no reply that belongs to small", "line 1", "other.png")


def test_windows_paths_letter_case_and_spaces_join(score_file: ScoreFile) -> None:
    odd = row(0, img_path="C:\\data\\Shot0.PNG", prompt_to_evaluate="click  square 0 of screen 0.")
    assert outcomes(score_file([odd], *LOG)) == ["hit"]


def test_repeats_of_a_log_are_counted_up(score_file: ScoreFile) -> None:
    done = score_file([row(0), row(0)], *LOG)
    assert [trial["repeat"] for trial in done.trials] == [0, 1]


def test_one_instruction_at_two_places_is_told_apart_by_the_box(
    score_file: ScoreFile, small: DataRoot
) -> None:
    boxes = [[20, 40, 60, 80], [200, 40, 240, 80]]
    targets = [{"id": f"p{n}", "instruction": "Close.", "box": box} for n, box in enumerate(boxes)]
    small.screenshot("pairs", "pair", targets)
    rows = [
        row(0, img_path="x/pair.png", prompt_to_evaluate="Close.", bbox=box) for box in boxes[::-1]
    ]
    done = score_file(rows, *LOG, "-s", "pairs")
    assert [trial["target"] for trial in done.trials] == ["p1", "p0"]


# --- sampling and notes ------------------------------------------------------------------------


def test_nothing_known_of_the_replies_is_said(score_file: ScoreFile) -> None:
    done = score_file([{"target": "shot0/t0", "text": RIGHT}])
    shown = " ".join(done.out.split())
    assert "Replies from elsewhere: sampling, time and cost are not known." in shown
    for text in (shown, (done.run / "report.html").read_text()):
        assert "vendor's defaults" not in text


def test_sampling_and_a_note_are_recorded_and_shown(
    score_file: ScoreFile, inline: Command, small: DataRoot
) -> None:
    words = ("--sampling", "temperature=0", "--sampling", "top_p=0.9", "--sampling", "mode=greedy")
    done = score_file([{"target": "shot0/t0", "text": RIGHT}], *words)
    info = json.loads((done.run / "run.json").read_text())
    (model,) = info["models"]
    assert model["settings"] == {"temperature": 0, "top_p": 0.9, "mode": "greedy"}
    shown = " ".join(inline("report", done.run, "--all").stdout.split())
    assert (
        "mode greedy, temperature 0, top_p 0.9, as told by whoever scored them; replies made"
        in shown
    )
    assert "--sampling temperature=0" in info["command"]
    done = score_file([{"target": "shot0/t0", "text": RIGHT}], *words, "--note", "from our\tlog")
    info = json.loads((done.run / "run.json").read_text())
    assert info["models"][0]["note"] == "from our log"
    shown = " ".join(inline("report", done.run, "--all").stdout.split())
    assert "replies made elsewhere, with the note “from our log”" in shown
    cited = inline("cite", "made", cwd=small.path)
    assert "noted by whoever scored them: “from our log”" in " ".join(cited.stdout.split())


@pytest.mark.parametrize(
    "words",
    [
        ("--sampling", "temperature"),
        ("--sampling", "=0"),
        ("--sampling", "a b=1"),
        ("--sampling", "t=0", "--sampling", "t=1"),
        ("--note", "  "),
        ("--note", "x" * 3000),
    ],
)
def test_a_wrong_setting_or_note_is_one_line(score_file: ScoreFile, words: tuple[str, ...]) -> None:
    score_file([{"target": "shot0/t0", "text": RIGHT}], *words).refused(words[0])
