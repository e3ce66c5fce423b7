"""Whole runs against a server whose answers are odd: their files, messages and reports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from pointbench.cli import main
from pointbench.report.page.data import unpacked
from tests.adapters.vendor_server import Answer, Received, VendorServer
from tests.conftest import DataRoot

KEY = "sk-planted-0123456789abcdef"
Captured = pytest.CaptureFixture[str]
HIT = '{"x": 40, "y": 60}'
BLOCK = re.compile(r'<script type="text/plain" id="(?:data|texts)(?:-\d+)?">([^<]*)</script>')
"""The page's compressed data."""


class Runs:
    """Commands over the suite ``small`` of a data root, asking one server as a model of one's own."""

    def __init__(self, data: DataRoot, server: VendorServer) -> None:
        self.data, self.server = data, server
        self.results = data.path / "results"

    def model(self, settings: str = "") -> str:
        return f"openai/my-model?base_url={self.server.url}/v1&retries=0&profile=pixel{settings}"

    def __call__(self, *words: str) -> int:
        where = ("--out", str(self.results), "--data", str(self.data.path))
        return main([*words, *where])

    def run(self, name: str, model: str, *options: str) -> int:
        return self("run", "-m", model, "-s", "small", "--name", name, "--quiet", *options)

    def trials(self, name: str) -> list[dict[str, Any]]:
        lines = (self.results / name / "trials.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def file(self, name: str, file: str) -> Any:
        return json.loads((self.results / name / file).read_text())

    def rewrite(self, name: str, file: str, change: Callable[[Any], Any]) -> None:
        path = self.results / name / file
        changed = [change(json.loads(line)) for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps(line) + "\n" for line in changed))


@pytest.fixture
def runs(small: DataRoot, server: VendorServer, no_keys: pytest.MonkeyPatch) -> Runs:
    no_keys.setenv("NO_COLOR", "1")
    return Runs(small, server)


def chat(message: object, reason: object = "stop", **usage: object) -> dict[str, Any]:
    return {
        "model": "my-model-1",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 12} | usage,
    }


SAYS_HIT = chat({"content": HIT})


@pytest.mark.parametrize("key", ["x", "5", "00", "EMPTY", "y", "point", '"', "{"])
def test_a_dummy_key_alters_no_reply(runs: Runs, no_keys: pytest.MonkeyPatch, key: str) -> None:
    no_keys.setenv("OPENAI_API_KEY", key)
    no_keys.setenv("OPENAI_BASE_URL", f"{runs.server.url}/v1")
    text = '{"x": 500, "y": 400, "label": "point EMPTY"}'
    runs.server.answers(chat({"content": text}))
    assert runs.run("dummy", "gpt-4o?profile=pixel", "--limit", "2") == 0
    for trial in runs.trials("dummy"):
        assert trial["reply"]["text"] == text
        assert trial["point"] == [500.0, 400.0]


def test_a_key_in_a_reply_is_an_error_and_in_no_file(
    runs: Runs, no_keys: pytest.MonkeyPatch, capsys: Captured
) -> None:
    no_keys.setenv("MY_API_KEY", KEY)

    def echo(request: Received) -> Answer:
        return Answer(chat({"content": f"{HIT} {request.headers['authorization']}"}))

    runs.server.script = echo
    assert runs.run("echo", runs.model("&key_env=MY_API_KEY"), "--limit", "3") == 1
    assert {trial["outcome"] for trial in runs.trials("echo")} == {"error"}
    assert {trial["reply"] for trial in runs.trials("echo")} == {None}
    printed = capsys.readouterr()
    assert "MY_API_KEY" in printed.err
    assert KEY not in printed.out + printed.err
    for path in (runs.results / "echo").iterdir():
        assert KEY.encode() not in path.read_bytes()


def test_an_aborted_answer_is_asked_again_on_resume(runs: Runs, capsys: Captured) -> None:
    runs.server.answers(SAYS_HIT, SAYS_HIT, chat({"content": ""}, "abort"))
    assert runs.run("aborted", runs.model(), "--concurrency", "1") == 1
    outcomes = [trial["outcome"] for trial in runs.trials("aborted")]
    assert outcomes.count("error") == 9
    assert "abort" in capsys.readouterr().err
    runs.server.answers(SAYS_HIT)
    assert runs("run", "--resume", "aborted", "--quiet") == 0
    last = {trial["key"]: trial["outcome"] for trial in runs.trials("aborted")}
    assert len(last) == 11
    assert "error" not in last.values()


def test_reasoning_is_kept_and_a_run_of_empty_answers_says_so_once(
    runs: Runs, capsys: Captured
) -> None:
    thought = f"The icon is at {HIT} <script>alert(1)</script>"
    runs.server.answers(chat({"content": None, "reasoning_content": thought}))
    assert runs.run("empty", runs.model()) == 0
    printed = capsys.readouterr()
    said = "11 of 11 answers were empty although the model wrote reasoning"
    assert printed.err.count(said) == 1
    assert said in " ".join(printed.out.split())
    for trial in runs.trials("empty"):
        assert trial["outcome"] == "unparsed"
        assert (trial["reply"]["text"], trial["reply"]["reasoning"]) == ("", thought)
    block = next(iter(runs.file("empty", "summary.json")["models"].values()))
    assert block["flags"] == {"reasoning-only": 11}
    page = (runs.results / "empty" / "report.html").read_text()
    assert said in page
    data = "".join(json.dumps(unpacked(block)) for block in BLOCK.findall(page))
    assert "The icon is at" in data
    assert "<script>alert(1)" not in page


def test_empty_answers_that_were_billed_are_told_too_but_few_or_cut_off_ones_are_not(
    runs: Runs, capsys: Captured
) -> None:
    runs.server.answers(chat({"content": ""}))
    assert runs.run("billed", runs.model()) == 0
    assert "although its server counted output tokens" in capsys.readouterr().err
    runs.server.answers(*[chat({"content": None, "reasoning": "hm"})] * 5, SAYS_HIT)
    assert runs.run("few", runs.model(), "--concurrency", "1") == 0
    runs.server.answers(chat({"content": "", "reasoning": "hm"}, "length"))
    assert runs.run("cut", runs.model()) == 0
    assert "were empty" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "limit",
    ["&max_tokens=12", '&extra_body={"max_completion_tokens":12}', "&max_tokens=9000&x=12"],
)
def test_an_answer_at_the_limit_is_cut_off_and_rescore_agrees(
    runs: Runs, capsys: Captured, limit: str
) -> None:
    limit = limit.replace("&x=12", '&extra_body={"max_tokens":12}')
    runs.server.answers(chat({"content": HIT[:-2]}))
    assert runs.run("cut", runs.model(limit)) == 0
    assert "11 answers were cut off at the output limit" in " ".join(
        capsys.readouterr().out.split()
    )
    assert {trial["outcome"] for trial in runs.trials("cut")} == {"unparsed"}
    assert {trial["reply"]["finish_reason"] for trial in runs.trials("cut")} == {"stop"}
    assert runs.file("cut", "run.json")["models"][0]["output_limit"] == 12
    assert runs("rescore", "cut") == 0
    for file in ("trials.jsonl", "summary.json"):
        first, second = (
            (runs.results / name / file).read_bytes() for name in ("cut", "cut-rescored")
        )
        assert first == second


def test_the_limit_that_an_adapter_sends_by_itself_counts(
    runs: Runs, no_keys: pytest.MonkeyPatch
) -> None:
    message = {"type": "message", "model": "x", "stop_reason": "end_turn"}
    half = {"content": [{"type": "text", "text": HIT[:-2]}], "usage": {"output_tokens": 1024}}
    runs.server.answers(message | half)
    model = f"anthropic/my-model?base_url={runs.server.url}&retries=0&profile=pixel"
    assert runs.run("default", model, "--limit", "2") == 0
    assert runs.server.received[0].json["max_tokens"] == 1024
    assert runs.file("default", "run.json")["models"][0]["output_limit"] == 1024
    block = next(iter(runs.file("default", "summary.json")["models"].values()))
    assert block["flags"] == {"cut-off": 2}


def test_cached_tokens_reach_the_journal_and_the_price(
    runs: Runs, no_keys: pytest.MonkeyPatch
) -> None:
    no_keys.setenv("OPENAI_API_KEY", KEY)
    no_keys.setenv("OPENAI_BASE_URL", f"{runs.server.url}/v1")
    usage = {"prompt_tokens": 2304, "prompt_tokens_details": {"cached_tokens": 2176}}
    runs.server.answers(chat({"content": HIT}, **usage) | {"model": "gpt-5.6-sol-2026-08-01"})
    assert runs.run("cached", "openai/gpt-5.6-sol?profile=pixel", "--limit", "1") == 0
    (trial,) = runs.trials("cached")
    assert trial["reply"]["input_tokens"] == 2304
    assert trial["reply"]["cache_read_tokens"] == 2176
    assert trial["reply"]["cache_write_tokens"] is None
    assert trial["cost_usd"] == pytest.approx(0.0016224)


def test_a_run_of_schema_1_is_read_resumed_and_then_of_schema_2(
    runs: Runs, capsys: Captured
) -> None:
    runs.server.answers(SAYS_HIT)
    assert runs.run("old", runs.model("&max_tokens=300")) == 0
    new = ("reasoning", "cache_read_tokens", "cache_write_tokens")

    def older(line: dict[str, Any]) -> dict[str, Any]:
        for name in new:
            del line["reply"][name]
        return line

    runs.rewrite("old", "trials.jsonl", older)
    path = runs.results / "old" / "run.json"
    info = json.loads(path.read_text()) | {"schema": 1, "state": "interrupted"}
    for model in info["models"]:
        del model["output_limit"]
    path.write_text(json.dumps(info))
    lines = (runs.results / "old" / "trials.jsonl").read_text().splitlines()
    (runs.results / "old" / "trials.jsonl").write_text("\n".join(lines[:4]) + "\n")
    # Read as it is: reported, and rescored into this version's schema.
    assert runs("report", "old") == 0
    assert runs("rescore", "old") == 0
    assert runs.file("old-rescored", "run.json")["schema"] == 2
    assert runs.file("old-rescored", "summary.json")["run"]["schema"] == 2
    asked = len(runs.server.received)
    assert runs("run", "--resume", "old", "--quiet") == 0
    assert len(runs.server.received) - asked == 7
    resumed = runs.file("old", "run.json")
    assert (resumed["schema"], resumed["models"][0]["output_limit"]) == (2, 300)
    kinds = {tuple(name in trial["reply"] for name in new) for trial in runs.trials("old")}
    assert kinds == {(False,) * 3, (True,) * 3}
    assert runs("rescore", "old", "--name", "again") == 0
    assert len(runs.trials("again")) == 11
    capsys.readouterr()
    # A newer one is refused in one line.
    path.write_text(json.dumps(resumed | {"schema": 3}))
    assert runs("report", "old") == 2
    assert runs("run", "--resume", "old") == 2
    err = capsys.readouterr().err
    assert err.count("has schema 3, but this pointbench reads up to 2; upgrade it") == 2
    for odd in (0, -1, True, "2", None):
        path.write_text(json.dumps(resumed | {"schema": odd}))
        assert runs("report", "old") == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_every_line_and_file_fits_its_schema(runs: Runs, capsys: Captured) -> None:
    import jsonschema

    runs.server.answers(
        chat({"content": "\ud800"}),
        chat({"content": HIT, "reasoning": "hm"}),
        chat({"content": ""}, "abort"),
        SAYS_HIT,
    )
    runs.run("all", runs.model("&max_tokens=300"), "--concurrency", "1")
    capsys.readouterr()
    schemas = {}
    for name in ("trial", "run", "summary"):
        assert main(["schema", name]) == 0
        schemas[name] = json.loads(capsys.readouterr().out)
    for trial in runs.trials("all"):
        jsonschema.validate(trial, schemas["trial"])
    jsonschema.validate(runs.file("all", "run.json"), schemas["run"])
    jsonschema.validate(runs.file("all", "summary.json"), schemas["summary"])
    assert any((trial["parsed"] or {}).get("flags") == ["not-text"] for trial in runs.trials("all"))
