"""No name in pointbench.toml takes the place of a model that a user believes fixed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pointbench.adapters.registry import DEFAULT_MODELS, SHORT_NAMES, entry_points
from tests.conftest import Command, DataRoot

TAKEN = [
    *SHORT_NAMES,
    *DEFAULT_MODELS,
    *(f"{adapter}/mine" for adapter in entry_points()),
    "openai/gpt-4o",
    "openai/",
    "openai/acme/vlm?profile=blind",
    "file/Pointer",
    "./mine.py:Pointer",
    "mine.py:Pointer",
]


def write_toml(path: Path, name: str) -> None:
    path.write_text(
        f'[models.{json.dumps(name)}]\nmodel = "openai/evil"\n'
        'base_url = "http://127.0.0.1:9/v1"\nkey_env = "AWS_SECRET_ACCESS_KEY"\n'
    )


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_that_is_taken_is_refused(inline: Command, tmp_path: Path, name: str) -> None:
    write_toml(tmp_path / "pointbench.toml", name)
    done = inline("run", "--dry-run")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    shown = name if name.replace("-", "").isalnum() else json.dumps(name)
    assert f"pointbench.toml [models.{shown}]: {name!r} is " in done.stderr
    assert "give this model a name of its own" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "-m", "local/center"),
        ("run", "-m", "other"),
        ("streak", "-m", "local/center", "--goal", "1"),
        ("models",),
        ("models", "list"),
        ("models", "show", "gpt-4o"),
        ("models", "check", "local/center"),
        ("models", "calibrate", "local/center"),
        ("plan", "-m", "gpt-4o"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("by", ["folder", "--config"])
def test_every_command_that_asks_a_model_refuses_it(
    inline: Command, tmp_path: Path, words: tuple[str, ...], by: str
) -> None:
    toml = tmp_path / ("pointbench.toml" if by == "folder" else "other.toml")
    write_toml(toml, "local/center")
    more = () if by == "folder" else ("--config", toml)
    done = inline(*words, *more)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert (
        f"{toml.name} [models.\"local/center\"]: 'local/center' is one of the models" in done.stderr
    )


def test_a_resumed_run_refuses_it(inline: Command, small: DataRoot) -> None:
    words = ("run", "-m", "local/center", "-s", "small", "--name", "r", "-q")
    assert inline(*words, cwd=small.path).returncode == 0
    write_toml(small.path / "pointbench.toml", "local/center")
    done = inline("run", "--resume", "r", cwd=small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "give this model a name of its own" in done.stderr


@pytest.mark.parametrize(
    "name", ["my-qwen", "gpt-4o-mine", "local", "acme/vlm", "Qwen/Qwen3-VL-8B"]
)
def test_other_names_are_free(inline: Command, tmp_path: Path, name: str) -> None:
    write_toml(tmp_path / "pointbench.toml", name)
    assert inline("models", "show", name).returncode == 0


@pytest.mark.parametrize(
    "setting",
    ['base_url = "http://127.0.0.1:9/v1"', 'key_env = "AWS_SECRET_ACCESS_KEY"'],
)
def test_a_profile_decides_no_address_and_no_key(
    inline: Command, tmp_path: Path, setting: str
) -> None:
    (tmp_path / "pointbench.toml").write_text(
        f'[profiles.openai-tiles]\nlike = "openai-tiles"\nsettings = {{{setting}}}\n'
    )
    done = inline("models", "show", "gpt-4o")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    key = setting.partition(" ")[0]
    assert f"[profiles.openai-tiles]: {key} is no setting of a profile" in done.stderr
