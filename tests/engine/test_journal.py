"""The journal: on disk before it counts, repaired after a crash, held by one process."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.engine.journal import Journal
from pointbench.errors import RunError
from pointbench.runs import read_lines, read_records
from pointbench.trials import ErrorRecord, Record, ReplyRecord, decode_record, encode_record
from tests.conftest import environment


def record(key: str = "00", text: str = "(1, 2)", outcome: str = "hit") -> Record:
    failed = outcome == "error"
    return Record(
        key=key * 32,
        model="local/center",
        suite="s",
        target="s/a",
        screenshot="s/a.png",
        repeat=0,
        variant="as-is",
        order=0,
        session=None,
        instruction="Click a.",
        shift=None,
        outcome=outcome,  # type: ignore[arg-type]
        correct=None if failed else True,
        point=None if failed else (1.5, 2.0),
        distance=None if failed else 0.0,
        parsed=None,
        frame=None,
        sent=None,
        reply=None if failed else ReplyRecord(text=text),
        latency_s=0.5,
        attempts=1,
        cost_usd=None,
        started_at="2026-11-22T10:00:00.123Z",
        error=ErrorRecord(type="OSError", message="no") if failed else None,
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_record_survives_the_journal_whatever_its_text(text: str) -> None:
    line = encode_record(record(text=text))
    assert b"\n" not in line
    assert decode_record(line) == record(text=text)
    assert encode_record(decode_record(line)) == line


def test_appended_records_are_read_back_in_order(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append([record("00"), record("01")])
        journal.append([record("02")])
    assert [r.key[:2] for r in read_lines(tmp_path)] == ["00", "01", "02"]


def test_the_last_line_of_a_key_counts(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append([record("00", outcome="error"), record("01"), record("00")])
    assert [(r.key[:2], r.outcome) for r in read_records(tmp_path)] == [
        ("00", "hit"),
        ("01", "hit"),
    ]


@settings(max_examples=60)
@given(st.data())
def test_a_journal_cut_anywhere_loses_the_torn_line_alone(data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Journal(folder) as journal:
            journal.append([record(f"{n:02}", text="x" * n) for n in range(5)])
        path = folder / "trials.jsonl"
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut])
        lines = whole[:cut].split(b"\n")
        # A line that lacks only its newline is complete: a paid answer is kept.
        sound = whole[:cut].count(b"\n") + (
            lines[-1] in whole.split(b"\n")[:5] and lines[-1] != b""
        )
        with Journal(folder) as journal:
            journal.append([record("99")])
        read = [r.key[:2] for r in read_lines(folder)]
        assert read == [f"{n:02}" for n in range(sound)] + ["99"]
        assert path.read_bytes().endswith(b"\n")


def test_a_torn_line_longer_than_the_look_back(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append([record("00"), record("01", text="y" * 300_000)])
    path = tmp_path / "trials.jsonl"
    os.truncate(path, path.stat().st_size - 10)
    Journal(tmp_path).close()
    assert [r.key[:2] for r in read_lines(tmp_path)] == ["00"]


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append([record("00"), record("01"), record("02")])
    path = tmp_path / "trials.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"key": 7}\n' + lines[2])
    with pytest.raises(RunError, match="line 2 is damaged"):
        list(read_lines(tmp_path))


def test_two_processes_on_one_run_are_refused(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from pointbench.engine.journal import Journal\n"
        "from pointbench.errors import RunError\n"
        "try: Journal(Path(sys.argv[1]))\n"
        "except RunError as error: print(error)\n"
    )
    with Journal(tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            capture_output=True,
            text=True,
            env=environment(),
            check=True,
        )
    assert "is in use: another pointbench" in done.stdout
    Journal(tmp_path).close()  # free again


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    code = (
        "import os, sys, signal; from pathlib import Path\n"
        "from pointbench.engine.journal import Journal\n"
        "Journal(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=environment(), check=False, timeout=60
    )
    Journal(tmp_path).close()


def test_a_full_disk_keeps_what_was_stored_before(tmp_path: Path) -> None:
    """A real limit on the file's size, set in a separate process."""
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from pointbench.engine.journal import Journal\n"
        "from pointbench.errors import RunError\n"
        "from tests.engine.test_journal import record\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "journal = Journal(Path(sys.argv[1])); journal.append([record('00')])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))\n"
        "try: journal.append([record('01'), record('02', text='z' * 4000)])\n"
        "except RunError as error: print(error)\n"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1500
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment(Path(__file__).parents[2]),
        check=False,
    )
    assert "2 answers could not be stored" in done.stdout, done.stderr
    assert "everything before them is kept" in done.stdout
    assert [r.key[:2] for r in read_lines(tmp_path)] == ["00"]
    assert (tmp_path / "trials.jsonl").read_bytes().endswith(b"\n")


def test_a_vanished_folder_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with Journal(folder) as journal:
        journal.append([record("00")])
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        with pytest.raises(RunError, match="vanished"):
            journal.append([record("01")])
