"""Keys are never written, and never sent to a host that their owner did not choose."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Command, DataRoot, environment

LEAKY = """
import os
from pointbench import Reply

class Pointer:
    def __init__(self, name, settings):
        self.key = os.environ.get(settings.get("key_env", ""), "")

    def ask(self, request):
        return Reply('{"x": 40, "y": 60} ' + self.key, model="m-" + self.key)
"""


def everything_below(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def test_a_reply_with_a_key_named_by_key_env_is_refused_whatever_the_variables_name(
    pointbench: Command, adapters: Callable[[str, str], Path], small: DataRoot, tmp_path: Path
) -> None:
    env = environment(adapters("leaky", LEAKY), GROQ_AUTH="groq-secret-abcdef123456")
    model = "leaky/a?key_env=GROQ_AUTH"
    done = pointbench("run", "-m", model, "-s", "small", "--data", small.path, env=env)
    assert done.returncode == 1, done.stderr
    written = everything_below(tmp_path / "work" / "results")
    assert "groq-secret" not in written + done.stdout + done.stderr
    assert "the reply holds the value of GROQ_AUTH" in written
    assert "GROQ_AUTH" in done.stderr


def test_a_run_from_elsewhere_cannot_borrow_a_vendors_key(
    inline: Command,
    small: DataRoot,
    listener: tuple[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, heard = listener
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai-0123456789")
    words = ["run", "-m", f"openai/x?base_url={url}&retries=0", "-s", "small", "--name", "lent"]
    inline(*words, cwd=small.path)
    assert heard
    assert "sk-openai" not in "".join(heard)
    path = small.path / "results" / "lent" / "run.json"
    run = json.loads(path.read_text())
    run["models"][0]["wire"]["key_env"] = "OPENAI_API_KEY"
    path.write_text(json.dumps(run))
    heard.clear()
    done = inline("run", "--resume", "lent", cwd=small.path)
    assert done.returncode == 2
    assert "would send OPENAI_API_KEY" in done.stderr
    assert heard == []


def test_no_file_names_this_host(
    inline: Command, small: DataRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "alices-laptop")
    url = "http://alices-laptop:9/v1"
    words = ["run", "-m", f"openai/x?base_url={url}&retries=0", "-s", "small", "--limit", "1"]
    inline(*words, cwd=small.path)
    written = everything_below(small.path / "results")
    assert "http://localhost:9/v1" in written
    assert "alices-laptop" not in written
