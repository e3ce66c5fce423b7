"""A command whose stdin, stdout or stderr is closed does its work and says how it went."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import DataRoot, environment

CLOSED = [c for n in (1, 2, 3) for c in itertools.combinations((0, 1, 2), n)]
PRINTING = '''
import os
from pointbench import Reply

class Pointer:
    """Prints to the numbers of stdout and stderr, as a C library does."""

    def __init__(self, name, settings):
        pass

    def ask(self, request):
        for number in (1, 2):
            os.write(number, b"from a C library\\n")
        return Reply('{"x": 40, "y": 60}', "stop")
'''


def closed(
    numbers: tuple[int, ...], *words: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    redirections = " ".join(f"{number}>&-" for number in numbers)
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirections}', "sh", sys.executable, "-m", "pointbench", *words],
        cwd=cwd,
        env=env or environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("numbers", CLOSED)
def test_a_run_that_is_done_exits_0_and_its_files_are_whole(
    small: DataRoot, tmp_path: Path, adapters: object, numbers: tuple[int, ...]
) -> None:
    assert callable(adapters)
    env = environment(adapters("printing", PRINTING))
    words = ("run", "-m", "printing/x", "-m", "local/center", "-s", "small", "--name", "r")
    done = closed(numbers, *words, "--data", small.path, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    folder = tmp_path / "results" / "r"
    lines = (folder / "trials.jsonl").read_bytes().splitlines()
    assert len([json.loads(line) for line in lines]) == 22
    for path in folder.iterdir():
        assert b"C library" not in path.read_bytes(), path.name
    assert json.loads((folder / "run.json").read_text())["state"] == "complete"
    if 1 not in numbers:
        assert "guessing, best point" in done.stdout


@pytest.mark.parametrize(
    ("words", "status"),
    [(("--version",), 0), (("models", "list"), 0), (("report", "nowhere"), 2), (("nonsense",), 2)],
)
@pytest.mark.parametrize("numbers", [(1,), (2,), (0, 1, 2)])
def test_the_exit_status_is_the_same(
    tmp_path: Path, words: tuple[str, ...], status: int, numbers: tuple[int, ...]
) -> None:
    done = closed(numbers, *words, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False)


def test_nothing_is_opened_where_the_streams_are_open() -> None:
    from pointbench.cli import main

    before = (sys.stdin, sys.stdout, sys.stderr, len(list(Path("/proc/self/fd").iterdir())))
    assert main(["--version"]) == 0
    assert (sys.stdin, sys.stdout, sys.stderr, len(list(Path("/proc/self/fd").iterdir()))) == before
