"""Other programs at a run's journal: nothing of theirs or ours is overwritten, and one line says so."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pointbench.engine.journal import Journal, JournalError
from pointbench.errors import RunError
from pointbench.runs import read_lines
from pointbench.trials import encode_record
from tests.conftest import Command, DataRoot, environment, small_suite
from tests.engine.test_journal import record

Meddle = Callable[[Path], object]


def add(path: Path) -> None:
    with path.open("ab") as file:
        file.write(encode_record(record("77")) + b"\n")


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace(path: Path) -> None:
    """As `sed -i` and most editors do."""
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


def move(path: Path) -> None:
    path.rename(path.with_name("old.jsonl"))


@pytest.mark.parametrize(
    ("meddle", "says"),
    [
        (add, "added"),
        (cut, "cut"),
        (empty, "cut"),
        (replace, "replaced trials.jsonl; put it back"),
        (move, "moved or deleted trials.jsonl; put it back"),
        (Path.unlink, "moved or deleted trials.jsonl"),
    ],
)
def test_what_another_program_did_is_noticed_and_stays(
    tmp_path: Path, meddle: Meddle, says: str
) -> None:
    path = tmp_path / "trials.jsonl"
    with Journal(tmp_path) as journal:
        journal.append([record("00"), record("01")])
        meddle(path)
        state = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        for _ in range(2):
            with pytest.raises(JournalError, match=says) as raised:
                journal.append([record("02")])
            assert [r.key[:2] for r in raised.value.records] == ["02"]
            assert "\n" not in str(raised.value)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == state
    # The next one goes on from what is there.
    with Journal(tmp_path) as journal:
        journal.append([record("03")])
    assert [r.key[:2] for r in read_lines(tmp_path)][-1] == "03"


SECOND = (
    "import sys; from pathlib import Path\n"
    "from pointbench.engine.journal import Journal\n"
    "from pointbench.errors import RunError\n"
    "try: Journal(Path(sys.argv[1]))\n"
    "except RunError as error: print(error)\n"
)


def test_a_removed_lock_file_lets_nobody_in(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append([record("00")])
        (tmp_path / ".lock").unlink()
        done = subprocess.run(
            [sys.executable, "-c", SECOND, str(tmp_path)],
            capture_output=True,
            text=True,
            env=environment(),
            check=True,
        )
        assert "is in use: another pointbench" in done.stdout
        journal.append([record("01")])
    with Journal(tmp_path) as journal:
        journal.append([record("02")])
    assert [r.key[:2] for r in read_lines(tmp_path)] == ["00", "01", "02"]


def test_a_run_in_this_process_keeps_a_second_one_out_too(tmp_path: Path) -> None:
    with Journal(tmp_path):
        (tmp_path / ".lock").unlink()
        with pytest.raises(RunError, match="in use"):
            Journal(tmp_path)


LINES = [encode_record(record(f"{n:02}")) for n in range(3)]


@pytest.mark.parametrize(
    "data",
    [
        LINES[0] + b"\n\n" + LINES[1] + b"\n" + LINES[2] + b"\n",
        b"\n" + b"\n".join(LINES) + b"\n\n\n",
        b"\r\n".join(LINES) + b"\r\n \t\r\n",
        b"\n".join(LINES) + b"\n" + bytes(5000) + b"\n",
        b"\n".join(LINES) + b"\n" + bytes(200_000),
        b"\n".join(LINES) + b"\n" + bytes(100) + b"\n" + bytes(3),
        LINES[0] + b"\n" + bytes(4096) + LINES[1] + b"\n" + LINES[2] + b"\n",
        LINES[0] + b"\n" + LINES[1] + b"\n" + bytes(9) + LINES[2],
    ],
    ids=["blank", "blanks", "crlf", "zeros", "zeros-torn", "zeros-both", "hole", "hole-torn"],
)
def test_blank_lines_and_zeros_are_passed_over(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_bytes(data)
    assert [r.key[:2] for r in read_lines(tmp_path)] == ["00", "01", "02"]
    with Journal(tmp_path) as journal:
        journal.append([record("03")])
    assert [r.key[:2] for r in read_lines(tmp_path)] == ["00", "01", "02", "03"]


def test_a_damaged_line_is_named_by_its_number_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "trials.jsonl").write_bytes(LINES[0] + b"\n\n\0{\n" + LINES[1] + b"\n")
    with pytest.raises(RunError, match="line 3 is damaged"):
        list(read_lines(tmp_path))


SLOW = '''
import os, time
from pointbench import Reply

class Pointer:
    """Writes down that it was asked, and takes its time."""

    def __init__(self, name, settings):
        self.log = os.open(os.environ["ASKED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def ask(self, request):
        time.sleep(0.05)
        os.write(self.log, b"asked\\n")
        return Reply('{"x": 40, "y": 60}', "stop")
'''


@pytest.mark.parametrize("meddle", [add, cut])
def test_a_run_stops_in_one_line_and_goes_on_without_asking_twice(
    pointbench: Command,
    root: DataRoot,
    adapters: Callable[[str, str], Path],
    tmp_path: Path,
    meddle: Meddle,
) -> None:
    small_suite(root, screenshots=4, each=10)
    asked = tmp_path / "asked.txt"
    env = environment(adapters("slow", SLOW), ASKED=str(asked), TMPDIR=str(tmp_path))
    folder = tmp_path / "work" / "results" / "r"
    words = ["run", "-m", "slow/a", "-s", "small", "--data", str(root.path), "--name", "r", "-q"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pointbench", *words, "--concurrency", "2"],
        env=env,
        cwd=tmp_path / "work",
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    path = folder / "trials.jsonl"
    while not (path.exists() and path.stat().st_size) and process.poll() is None:
        time.sleep(0.01)
    meddle(path)
    error = process.communicate(timeout=60)[1]
    assert (process.returncode, error.count("\n")) == (2, 1), error
    assert "another program has" in error
    assert json.loads((folder / "run.json").read_text())["state"] == "interrupted"
    (saved,) = tmp_path.glob("pointbench-r-*.jsonl")
    stored = [r.key for r in read_lines(folder)]
    assert len(set(stored)) == len(stored)
    if meddle is add:
        lines = [line for line in path.read_bytes().splitlines() if b'"7777' not in line]
        path.write_bytes(b"".join(line + b"\n" for line in lines))
    else:
        # The torn line is what the other program destroyed; it would be cut off anyway.
        data = path.read_bytes()
        path.write_bytes(data[: data.rfind(b"\n") + 1])
    with path.open("ab") as journal:
        journal.write(saved.read_bytes())
    kept = len(list(read_lines(folder)))
    before = len(asked.read_text().splitlines())
    again = pointbench("run", "--resume", "r", "-q", "--data", str(root.path), env=env)
    assert again.returncode == 0, again.stderr
    assert len({r.key for r in read_lines(folder)}) == len(list(read_lines(folder))) == 41
    assert len(asked.read_text().splitlines()) == before + 41 - kept
