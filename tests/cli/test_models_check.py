"""One live question, or a dozen, to models on the loopback server, as a person would read it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters import registry
from pointbench.cli.models_check import CALIBRATION, calibrate, check
from pointbench.errors import RetryLater, UsageError
from pointbench.settings import Config
from pointbench.testing import Vendors
from tests.conftest import Command, environment

pytestmark = pytest.mark.skipif(
    "openai" not in registry.entry_points(), reason="no vendor's adapter is installed"
)
KEY = "sk-planted-key-0001"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    with Vendors() as running:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url("openai"))
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.base_url("anthropic"))
        yield running


def served(server: Vendors, model: str, profile: str) -> str:
    return f"openai/{model}?profile={profile}&base_url={server.base_url('compatible')}"


def test_a_check_says_what_was_sent_and_what_came_of_it(
    server: Vendors, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(["gpt-4o", "sonnet"], Config(), json=False) == 0
    printed = capsys.readouterr().out
    assert "openai/gpt-4o: hit" in printed
    assert "1365x768 image/png" in printed
    assert "1920x1080 screenshot" in printed
    assert "read as   [863, 303] in pixel, xy" in printed
    assert "cost      $0.00" in printed
    assert server.count == 2


def test_a_check_is_json_for_programs(server: Vendors, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(["gpt-4o"], Config(), json=True) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["outcome"] == "hit"
    assert row["sent"]["width"] == 1365
    assert row["mark"] == [1190, 402, 1238, 450]


def test_a_miss_and_an_error_are_exit_1_and_show_no_key(
    server: Vendors, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check([served(server, "Qwen/Qwen3-VL-8B", "pixel")], Config(), json=False) == 1
    assert "miss" in capsys.readouterr().out
    server.play("openai", "401-echo")
    assert check(["gpt-4o"], Config(), json=False) == 1
    printed = capsys.readouterr().out
    assert "error" in printed
    assert KEY not in printed


def test_a_throttled_check_waits_and_asks_again(
    server: Vendors, capsys: pytest.CaptureFixture[str]
) -> None:
    server.play("openai", "429-ms", "503")
    assert check(["gpt-4o"], Config(), json=False) == 0
    assert server.count == 3


def test_every_missing_key_is_listed_before_anything_is_asked(
    server: Vendors, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(UsageError) as raised:
        check(["gpt-4o", "sonnet"], Config(), json=False)
    assert "OPENAI_API_KEY" in str(raised.value)
    assert "ANTHROPIC_API_KEY" in str(raised.value)
    assert server.count == 0


def test_a_simulated_model_is_checked_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(["simulated/x"], Config(), json=False) == 0
    assert "simulated/x: hit" in capsys.readouterr().out


def test_a_right_profile_calibrates(server: Vendors, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate([served(server, "Qwen/Qwen3-VL-8B", "qwen3-vl")], Config(), json=False) == 0
    printed = capsys.readouterr().out
    assert f"all {len(CALIBRATION)} hit: the frame is right" in printed
    assert "scale 1.00" in printed or "scale 0.99" in printed


@pytest.mark.parametrize(
    ("model", "profile", "verdict"),
    [
        ("Qwen/Qwen3-VL-8B", "qwen2.5-vl", "read as 0-1000, 12 would"),
        ("gemini-2.5-flash", "qwen3-vl-json", "read as 0-1000, with x and y swapped, 12 would"),
    ],
)
def test_a_wrong_profile_is_named_for_what_it_is(
    server: Vendors, capsys: pytest.CaptureFixture[str], model: str, profile: str, verdict: str
) -> None:
    assert calibrate([served(server, model, profile)], Config(), json=False) == 1
    assert verdict in capsys.readouterr().out


def test_a_calibration_is_json_for_programs(
    server: Vendors, capsys: pytest.CaptureFixture[str]
) -> None:
    server.play("openai", "refusal", "404")
    assert calibrate(["gpt-4o"], Config(), json=True) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["asked"], row["with_point"], len(row["errors"])) == (12, 10, 1)
    assert row["diagnosis"]["hits"] == 10
    assert row["diagnosis"]["better"] is None


def test_a_blind_model_cannot_be_calibrated() -> None:
    with pytest.raises(UsageError, match="nothing to calibrate"):
        calibrate(["local/center"], Config(), json=False)


# --- adapters under development --------------------------------------------------------------

ODD = '''
from pointbench import Reply
from pointbench.errors import RetryLater, UsageError

class Mute(Exception):
    def __str__(self):
        raise ValueError

class Pointer:
    """Does what its model's name says."""

    def __init__(self, name, settings):
        self.name = name
        if name == "unmade":
            raise RuntimeError("no such model: " + SECRET)
        if name == "unmade-exit":
            exit(4)
        if name == "key":
            raise UsageError("odd/key: ODD_KEY holds characters that no key has; set it anew")

    def ask(self, request):
        if self.name == "raise":
            raise ValueError("two\\nlines, and " + SECRET)
        if self.name == "exit":
            exit(3)
        if self.name == "mute":
            raise Mute
        if self.name == "later":
            raise RetryLater(-1, "try again")
        return {"str": "(5, 5)", "none": None, "bytes": Reply(b"(5, 5)"), "textless": Reply(None)}.get(
            self.name, Reply("(1200, 410)", "stop")
        )

    def close(self):
        if self.name == "close":
            raise OSError("closed already")
        if self.name == "close-exit":
            exit(5)

SECRET = "sk-planted-key-0001"
'''
FAULTS = {
    "str": "TypeError: the adapter returned str, not a Reply",
    "none": "TypeError: the adapter returned NoneType, not a Reply",
    "bytes": "TypeError: the adapter's Reply has bytes as text, not str",
    "textless": "TypeError: the adapter's Reply has NoneType as text, not str",
    "raise": "ValueError: two lines, and ***",
    "exit": "RuntimeError: the adapter called exit(3)",
    "mute": "Mute: Mute",
    "later": "try again",
    "unmade": "its adapter cannot be created: no such model: ***",
    "unmade-exit": "its adapter cannot be created: the adapter called exit(4)",
}
"""Model of the adapter ``odd`` -> the error in its line."""


@pytest.mark.parametrize("action", ["check", "calibrate"])
def test_whatever_an_adapter_does_is_a_line_and_no_traceback(
    pointbench: Command, adapters: Callable[[str, str], Path], action: str
) -> None:
    env = environment(adapters("odd", ODD), ODD_API_KEY=KEY)
    models = [f"odd/{name}" for name in FAULTS]
    done = pointbench("models", action, *models, "odd/fine", env=env)
    assert done.returncode == 1
    assert done.stderr == ""
    assert KEY not in done.stdout
    blocks = re.split(r"^(?=odd/)", done.stdout, flags=re.MULTILINE)[1:]
    for (name, fault), block in zip(FAULTS.items(), blocks, strict=False):
        assert block.startswith(f"odd/{name}")
        assert [line for line in block.splitlines() if fault in line] != []
    assert len(blocks) == len(models) + 1


@pytest.mark.parametrize("action", ["check", "calibrate"])
def test_a_key_that_the_constructor_refuses_is_the_users_to_mend(
    pointbench: Command, adapters: Callable[[str, str], Path], action: str
) -> None:
    done = pointbench("models", action, "odd/key", env=environment(adapters("odd", ODD)))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "pointbench: odd/key: ODD_KEY holds characters that no key has; set it anew\n"
    )


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        (None, None),
        (5, 5),
        (-1, 0.0),
        (float("nan"), None),
        ("5", None),
        (float("inf"), float("inf")),
    ],
)
def test_a_wait_that_is_no_number_is_taken_as_not_said(after: Any, wait: float | None) -> None:
    assert RetryLater(after).after == wait


def test_what_fails_in_the_constructor_or_in_close_is_told_to_programs_too(
    pointbench: Command, adapters: Callable[[str, str], Path]
) -> None:
    env = environment(adapters("odd", ODD))
    good = pointbench("models", "check", "odd/close", "odd/close-exit", env=env)
    assert (good.returncode, good.stderr) == (0, "")
    bad = pointbench("models", "check", "odd/unmade", "odd/fine", "--json", env=env)
    assert bad.returncode == 1
    rows = {row["model"]: row for row in json.loads(bad.stdout)}
    assert rows["odd/unmade"]["outcome"] == "error"
    assert rows["odd/unmade"]["sent"] is None
    assert "cannot be created" in rows["odd/unmade"]["error"]
    assert rows["odd/fine"]["outcome"] == "hit"
