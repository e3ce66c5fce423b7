"""Who answered, everywhere a reader looks: at the end of a run, in reports, on the page, in cite."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters import registry
from tests.adapters.vendor_server import Answer, Received, VendorServer, vendor_server
from tests.conftest import Command, DataRoot

pytestmark = pytest.mark.skipif(
    "openai" not in registry.entry_points(), reason="no vendor's adapter is installed"
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    with vendor_server() as running:
        monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-the-tests-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", running.url + "/v1")
        monkeypatch.setenv("GEMINI_API_KEY", "a-key-of-the-tests-0123456789")
        monkeypatch.setenv("GEMINI_BASE_URL", running.url + "/v1beta")
        yield running


def chat(model: str | None, **usage: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": '{"x": 40, "y": 60}'}
    tokens = {"prompt_tokens": 900, "completion_tokens": 9, **usage}
    return {
        "id": "a",
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": tokens,
    }


def failing_every_second(server: VendorServer, model: str) -> None:
    count = iter(range(1_000_000))

    def script(request: Received) -> Answer:
        if next(count) % 2:
            return Answer({"error": {"message": "no", "type": "invalid_request_error"}}, 400)
        return Answer(chat(model))

    server.script = script


def served(folder: Path, label: str) -> Any:
    return json.loads((folder / "summary.json").read_text())["models"][label]["served"]


def test_a_dated_model_is_told_and_no_warning(
    inline: Command, small: DataRoot, server: VendorServer, tmp_path: Path
) -> None:
    server.answers(chat("gpt-4o-2024-11-20"))
    words = ("-m", "gpt-4o", "-s", "small", "--data", small.path, "--name", "r", "-q")
    done = inline("run", *words)
    assert done.returncode == 0, done.stderr
    assert "answered by" not in done.stderr
    told = "openai/gpt-4o: gpt-4o-2024-11-20 (11 answers)"
    whole = inline("report", "r", "--all").stdout
    assert f"Answered by, as the servers say: {told}." in " ".join(whole.split())
    for format_ in ("markdown", "latex"):
        shown = inline("report", "r", "--all", "--format", format_).stdout
        assert "gpt-4o-2024-11-20 (11 answers)" in shown.replace("{-}", "-")
    page = (tmp_path / "results" / "r" / "report.html").read_text(encoding="utf-8")
    assert told in page
    assert "answered by gpt-4o-2024-11-20 (11 answers))" in inline("cite", "r").stdout


def test_an_echo_tells_nothing_and_is_not_repeated_below_the_table(
    inline: Command, small: DataRoot, server: VendorServer
) -> None:
    server.answers(chat("gpt-4o"))
    words = ("-m", "gpt-4o", "-s", "small", "--data", small.path, "--name", "r", "-q")
    done = inline("run", *words)
    assert "nswered by" not in done.stdout + done.stderr


def test_a_server_that_names_no_model_says_nothing(
    inline: Command, small: DataRoot, server: VendorServer
) -> None:
    server.answers(chat(None))
    words = ("-m", "gpt-4o", "-s", "small", "--data", small.path, "--name", "r", "-q")
    done = inline("run", *words)
    assert done.returncode == 0, done.stderr
    assert "nswered by" not in done.stdout + done.stderr + inline("cite", "r").stdout


def test_a_rerouted_name_is_warned_of_everywhere(
    inline: Command, small: DataRoot, server: VendorServer, tmp_path: Path
) -> None:
    parts = [{"text": '[{"point": [166, 62]}]'}]
    server.answers(
        {
            "candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}],
            "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 10},
            "modelVersion": "gemini-3.5-flash-lite",
        }
    )
    words = ("-m", "google/gemini-2.5-flash", "-s", "small", "--data", small.path, "--name", "r")
    done = inline("run", *words, "-q")
    assert done.returncode == 0, done.stderr
    warning = (
        "google/gemini-2.5-flash was answered by another model than the one asked: "
        "gemini-3.5-flash-lite (11 answers)."
    )
    assert done.stderr.count(warning) == 1
    assert warning in " ".join(done.stdout.split())
    assert warning in inline("report", "r", "--format", "markdown").stdout
    folder = tmp_path / "results" / "r"
    assert warning in (folder / "report.html").read_text(encoding="utf-8")
    cited = inline("cite", "r").stdout
    assert (
        "answered by gemini-3.5-flash-lite (11 answers), of which gemini-3.5-flash-lite is not the "
        "model asked)" in cited
    )
    assert served(folder, "google/gemini-2.5-flash")["asked_differs"] is True
    # Priced as the model that answered: 0.30 and 2.50 dollars per million tokens.
    line = json.loads((folder / "trials.jsonl").read_text().splitlines()[0])
    assert line["cost_usd"] == pytest.approx(0.000325)


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ("some-other-model", "; some-other-model is not the model asked."),
        ("gpt-4o-2024-11-20", "gpt-4o-2024-11-20 (5 answers)."),
    ],
)
def test_a_run_resumed_into_another_model_is_flagged(
    inline: Command, small: DataRoot, server: VendorServer, tmp_path: Path, later: str, said: str
) -> None:
    failing_every_second(server, "gpt-4o-2024-08-06")
    words = ("-m", "gpt-4o", "-s", "small", "--data", small.path, "--name", "r", "-q")
    first = inline("run", *words, "--concurrency", "1")
    assert first.returncode == 1
    assert "answered by" not in first.stderr
    server.answers(chat(later))
    done = inline("run", "--resume", "r", "--data", small.path, "-q")
    assert done.returncode == 0, done.stderr
    start = "openai/gpt-4o was answered by several models, mixed in these figures: "
    [line] = [line for line in done.stderr.splitlines() if start in line]
    assert "gpt-4o-2024-08-06 (6 answers)" in line
    assert line.endswith(said)
    assert start in " ".join(done.stdout.split())
    folder = tmp_path / "results" / "r"
    assert served(folder, "openai/gpt-4o")["several"] is True
    assert start in (folder / "report.html").read_text(encoding="utf-8")


def test_a_streak_resumed_into_another_model_is_flagged(
    inline: Command, small: DataRoot, server: VendorServer
) -> None:
    # The first answer is right or wrong, as the draw has it; the rest of the sessions fail.
    failing_every_second(server, "gpt-4o-2024-08-06")
    words = ("-m", "gpt-4o", "-s", "small", "--goal", "3", "--sessions", "6", "--name", "r")
    first = inline("streak", *words, "--data", small.path, "-q", "--concurrency", "1")
    assert first.returncode in (0, 1), first.stderr
    server.answers(chat("gpt-4o-mini-2024-07-18"))
    done = inline("run", "--resume", "r", "--data", small.path, "-q")
    start = "openai/gpt-4o was answered by several models, mixed in these figures: "
    assert done.stderr.count(start) == 1, done.stderr
    assert "gpt-4o-mini-2024-07-18 is not the model asked." in done.stderr
    assert start in " ".join(done.stdout.split())


def test_times_of_cached_input_are_marked(
    inline: Command, small: DataRoot, server: VendorServer, tmp_path: Path
) -> None:
    fresh = chat("gpt-4o")
    cached = chat("gpt-4o", prompt_tokens_details={"cached_tokens": 640})
    server.answers(fresh, fresh, cached)
    words = ("-m", "gpt-4o", "-s", "small", "--data", small.path, "--name", "r", "-q")
    done = inline("run", *words, "--concurrency", "1", "--where", "absent=false")
    assert done.returncode == 0, done.stderr
    note = "which is faster than a first look: openai/gpt-4o 8 of 10."
    assert note in " ".join(inline("report", "r", "--all").stdout.split())
    assert note in inline("report", "r", "--table", "cost", "--format", "markdown").stdout
    folder = tmp_path / "results" / "r"
    assert (folder / "report.html").read_text(encoding="utf-8").count(note) >= 1
    facts = json.loads((folder / "summary.json").read_text())["models"]["openai/gpt-4o"]
    assert (facts["latency_s"]["n"], facts["latency_s"]["cached"]) == (10, 8)


def test_a_name_full_of_escapes_is_made_visible_and_short(
    inline: Command, small: DataRoot, server: VendorServer
) -> None:
    server.answers(chat("\x1b[31mgpt-4o|`<b>" + "x" * 5000))
    words = ("-m", "gpt-4o", "-s", "small", "--data", small.path, "--name", "r", "-q")
    done = inline("run", *words)
    assert done.returncode == 0, done.stderr
    for text in (done.stdout, done.stderr, inline("report", "r", "--format", "markdown").stdout):
        assert "\x1b[31m" not in text
        assert "x" * 200 not in text.replace("\n  ", "").replace(" ", "")


def test_a_summary_of_an_older_version_is_computed_anew_and_says_who_answered(
    inline: Command, small: DataRoot, server: VendorServer, tmp_path: Path
) -> None:
    server.answers(chat("gpt-4o-mini"))
    words = ("-m", "gpt-4o", "-s", "small", "--data", small.path, "--name", "r", "-q")
    assert inline("run", *words).returncode == 0
    path = tmp_path / "results" / "r" / "summary.json"
    summary = json.loads(path.read_text())
    del summary["models"]["openai/gpt-4o"]["served"]
    del summary["models"]["openai/gpt-4o"]["latency_s"]["cached"]
    path.write_text(json.dumps(summary))
    for command in (("report", "r"), ("report", "r", "--format", "markdown"), ("cite", "r")):
        shown = inline(*command)
        assert shown.returncode == 0, shown.stderr
        assert "gpt-4o-mini" in shown.stdout
    assert inline("report", "r", "--format", "html").returncode == 0
    page = (tmp_path / "results" / "r" / "report.html").read_text(encoding="utf-8")
    assert "was answered by another model" in page


def test_a_servers_cost_of_nothing_does_not_lift_the_cap_of_a_priced_model(
    inline: Command, small: DataRoot, server: VendorServer, tmp_path: Path
) -> None:
    server.answers(chat("gpt-4o", cost=0))
    (tmp_path / "pointbench.toml").write_text(
        '[models.mine]\nmodel = "openai/gpt-4o"\nmax_tokens = 100\n'
        "price = {input = 10, output = 100}\n"
    )
    words = ("-m", "mine", "-s", "small", "-n", "20", "--data", small.path, "--name", "r", "-q")
    done = inline("run", *words, "--max-cost", "0.1", "--concurrency", "2")
    assert done.returncode == 1
    assert "--max-cost 0.1 leaves no room" in done.stderr
    lines = (tmp_path / "results" / "r" / "trials.jsonl").read_text().splitlines()
    costs = [json.loads(line)["cost_usd"] for line in lines]
    # 900 tokens of input and 9 of output.
    assert costs == [pytest.approx(0.0099)] * len(costs)
    assert 0 < sum(costs) <= 0.1


def test_a_reply_whose_price_nobody_knows_counts_at_its_most(
    inline: Command, small: DataRoot, server: VendorServer, tmp_path: Path
) -> None:
    server.answers(chat("some-other-model"))
    words = ("-m", "gpt-4o?max_tokens=100", "-s", "small", "-n", "20", "--data", small.path)
    done = inline("run", *words, "--name", "r", "-q", "--max-cost", "0.05", "--concurrency", "2")
    assert done.returncode == 1
    assert "--max-cost 0.05 leaves no room" in done.stderr
    lines = (tmp_path / "results" / "r" / "trials.jsonl").read_text().splitlines()
    assert 0 < len(lines) < 50
    assert {json.loads(line)["cost_usd"] for line in lines} == {None}
