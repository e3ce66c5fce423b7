"""One live question, or a dozen, to models on the loopback server, as a person would read it."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters import registry
from pointbench.cli.models_check import CALIBRATION, calibrate, check, refresh
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


# --- the vendors' own lists of models ----------------------------------------------------------


def lists(
    today: datetime.date | None = None, **dates: dict[str, str | None]
) -> dict[str, dict[str, str | None]]:
    """Lists that say what the catalog says, except for what is given."""
    from pointbench.adapters.catalog import catalog_models

    today = today or datetime.datetime.now(datetime.UTC).date()
    found: dict[str, dict[str, str | None]] = {"openai": {}, "anthropic": {}, "google": {}}
    for model in catalog_models().values():
        if model.service.name == model.adapter in found and not model.retired_on(today):
            on = model.retirement.on if model.retirement else None
            found[model.adapter][model.name] = on.isoformat() if on else None
    return {vendor: {**found[vendor], **dates.get(vendor, {})} for vendor in found}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Callable[[Vendors], None]:
    def point_to(server: Vendors) -> None:
        for prefix, vendor in {
            "OPENAI": "openai",
            "ANTHROPIC": "anthropic",
            "GEMINI": "google",
        }.items():
            monkeypatch.setenv(f"{prefix}_API_KEY", KEY)
            monkeypatch.setenv(f"{prefix}_BASE_URL", server.base_url(vendor))

    return point_to


def test_a_list_that_says_what_the_catalog_says_has_not_changed(
    keys: Callable[[Vendors], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with Vendors(models=lists()) as server:
        keys(server)
        assert refresh([], Config(), json=False) == 0
    printed = capsys.readouterr().out
    assert printed.count("nothing has changed") == 3
    assert "openai: " in printed
    # Anthropic's and Google's lists come in pages of two.
    assert len(server.calls("anthropic")) > 2
    assert len(server.calls("google")) > 1
    assert server.calls("openai")[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_date_of_an_odd_type_ends_no_comparison(keys: Callable[[Vendors], None]) -> None:
    from pointbench.adapters.vendors.model_lists import served_models

    found: dict[str, Any] = {
        "gpt-4o": datetime.datetime(2027, 1, 14, tzinfo=datetime.UTC).timestamp(),
        "gpt-4.1": {"on": "2027-01-14"},
        "gpt-5": "soon",
        "gpt-5.1": 1e300,
        "gpt-6-sol": True,
    }
    with Vendors(models={"openai": found}) as server:
        keys(server)
        dates = {model.name: model.retires for model in served_models("openai")}
    assert dates == {**dict.fromkeys(found), "gpt-4o": datetime.date(2027, 1, 14)}


def test_what_has_changed_is_named(keys: Callable[[Vendors], None]) -> None:
    from pointbench.adapters.vendors.model_lists import VENDORS, compare, served_models

    today = datetime.date(2026, 11, 29)
    changed = lists(
        today,
        openai={
            "gpt-4o": "2027-02-28",
            "gpt-5.6-sol": "2027-06-01",
            "gpt-4.1": None,
            "gpt-9-sol": None,
            "gpt-9-sol-2027-01-01": None,
            "gpt-9-audio": "2027-01-01",
            "text-embedding-9": "2027-01-01",
            "\x1b[31mgpt-5.6-terra": None,
        },
        anthropic={"claude-sonnet-5": "2027-03-01"},
    )
    del changed["google"]["gemini-3.8-flash"]
    with Vendors(models=changed) as server:
        keys(server)
        found = {vendor: compare(vendor, served_models(vendor), today) for vendor in VENDORS}
    assert found["openai"].changes == (
        "openai/gpt-4o: its vendor retires it on 2027-02-28; the catalog says 2027-01-14",
        "openai/gpt-4.1: its vendor names no date of retirement; the catalog says 2027-01-14",
        "openai/gpt-5.6-sol: its vendor retires it on 2027-06-01; the catalog knows no date",
    )
    assert found["openai"].new == ("openai/gpt-9-sol (asked like gpt-6 and later)",)
    assert found["anthropic"].changes == (
        "anthropic/claude-sonnet-5: its vendor retires it on 2027-03-01; the catalog knows no date",
    )
    assert found["google"].changes == ("google/gemini-3.8-flash: its vendor does not list it",)


def test_a_change_is_printed_and_is_the_exit_status(
    keys: Callable[[Vendors], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with Vendors(models=lists(openai={"gpt-5.6-sol": "2037-06-01"})) as server:
        keys(server)
        assert refresh(["gpt-5.6"], Config(), json=False) == 1
        said = "openai/gpt-5.6-sol: its vendor retires it on 2037-06-01; the catalog knows no date"
        assert said in capsys.readouterr().out
        assert refresh(["gpt-5.6"], Config(), json=True) == 1
        (row,) = json.loads(capsys.readouterr().out)
    assert row["changes"] == [said]


def test_only_the_vendors_of_the_named_models_are_asked(keys: Callable[[Vendors], None]) -> None:
    with Vendors(models=lists()) as server:
        keys(server)
        assert refresh(["sonnet", "haiku"], Config(), json=False) == 0
        assert {call.vendor for call in server.log} == {"anthropic"}
        with pytest.raises(UsageError, match="only openai, anthropic, google have a list"):
            refresh(["grok"], Config(), json=False)


def test_without_a_key_there_is_one_line(
    pointbench: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for words in (["--refresh"], ["--refresh", "gpt-4o"], []):
        done = pointbench("models", "check", *words, env=environment())
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        assert "OPENAI_API_KEY" in done.stderr or not words


def test_one_key_is_enough_and_the_others_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with Vendors(models=lists()) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url("openai"))
        assert refresh([], Config(), json=False) == 0
    said = capsys.readouterr()
    assert "anthropic is not asked: it needs ANTHROPIC_API_KEY" in said.err
    assert "google is not asked: it needs GEMINI_API_KEY" in said.err


def test_a_list_that_does_not_come_is_one_line_without_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Vendors(models=lists(), keys={"openai": "another-key"}) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        for address in (
            server.base_url("openai"),
            server.base_url("moondream"),
            "http://127.0.0.1:9/v1",
        ):
            monkeypatch.setenv("OPENAI_BASE_URL", address)
            with pytest.raises(UsageError, match="openai: its list of models") as caught:
                refresh(["gpt-4o"], Config(), json=False)
            assert KEY not in str(caught.value)
            assert "\n" not in str(caught.value)
