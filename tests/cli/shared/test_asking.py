"""The options that run and streak share: one table for the parser, ``--resume`` and run.json."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from pointbench.cli import build_parser
from pointbench.cli.shared.asking import ASKING_OPTIONS, typed_command
from pointbench.cli.shared.terminal import count_of
from tests.conftest import Command, DataRoot

REFUSED_WITH_RESUME = [
    ("--suite", ""), ("--where", ""), ("--repeats", "1"), ("--variants", ""),
    ("--limit", "1"), ("--seed", "0"), ("--seed", "5"), ("--blind",), ("--shard", "1/2"), ("--name", ""),
]  # fmt: skip


@pytest.mark.parametrize("words", REFUSED_WITH_RESUME, ids=" ".join)
def test_resume_refuses_every_plan_option_that_is_given_at_all(
    inline: Command, words: tuple[str, ...]
) -> None:
    done = inline("run", "--resume", "any-run", *words)
    assert done.returncode == 2
    assert f"leave out {words[0]}" in done.stderr


def test_resume_names_every_option_to_leave_out(inline: Command) -> None:
    done = inline("run", "--resume", "any-run", "--seed", "0", "--limit", "3")
    assert "leave out --limit, --seed\n" in done.stderr


def test_every_plan_option_is_tried_above() -> None:
    tried = {words[0].lstrip("-").replace("-", "_") for words in REFUSED_WITH_RESUME}
    fixed = {option.name for option in ASKING_OPTIONS if option.role != "asking"}
    # A model that is typed again confirms the settings of its that run.json alone may not decide.
    assert tried == fixed - {"model"}


def test_an_empty_run_to_resume_starts_no_new_run(inline: Command, tmp_path: Path) -> None:
    done = inline("run", "--resume", "")
    assert done.returncode == 2
    assert "no run ''" in done.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("command", ["run", "streak"])
def test_a_new_run_repeats_its_command_with_what_was_typed(
    inline: Command, small: DataRoot, tmp_path: Path, command: str
) -> None:
    own = ["--goal", "2", "--sessions", "1"] if command == "streak" else []
    typed = ["-m", "local/center", "-s", "small", "--where", "kind=icon", *own, "--limit", "2"]
    typed += ["--seed", "0"]
    done = inline(command, *typed, "--data", small.path, "-q", "--name", "r")
    assert done.returncode == 0, done.stderr
    info = json.loads((tmp_path / "results" / "r" / "run.json").read_text())
    assert info["command"] == shlex.join(["pointbench", command, *typed])


def test_the_command_repeats_every_option_of_the_plan_that_was_given() -> None:
    words = "-m a/b -s one -s two --where kind=icon --repeats 2 --variants as-is --limit 3 --seed 0 --blind"
    args = build_parser("run").parse_args([*words.split(), "--name", "mine", "--rpm", "5"])
    assert typed_command("run", args) == f"pointbench run {words}"


@pytest.mark.parametrize("words", [["run"], ["streak", "--goal", "5"]], ids=lambda words: words[0])
def test_an_option_that_is_not_given_is_none(words: list[str]) -> None:
    values = vars(build_parser(words[0]).parse_args(words[1:]))
    assert [values[option.name] for option in ASKING_OPTIONS] == [None] * len(ASKING_OPTIONS)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 targets"), (1, "1 target"), (2, "2 targets"), (12_345, "12,345 targets")],
)
def test_a_count_has_its_plural_right(number: int, text: str) -> None:
    assert count_of(number, "target") == text
    assert count_of(number, "target", "targets") == text


def test_a_plural_may_be_spelled_out() -> None:
    assert count_of(2, "is a box", "are boxes") == "2 are boxes"


def test_a_dry_run_of_one_target_says_it_in_the_singular(inline: Command, small: DataRoot) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--limit", "1", "--dry-run")
    plan = inline("run", *words).stdout
    assert plan.startswith("1 target (0 absent) of small 1.0.0")
    assert "local/center: 1 call, profile" in plan
    streak = inline("streak", "--goal", "1", "--sessions", "1", *words).stdout
    assert streak.startswith("clicks drawn from 1 present target of small")
    assert "at most 1 click, profile" in streak
