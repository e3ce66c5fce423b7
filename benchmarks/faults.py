"""Kills a run at random moments while the server fails in every way, and counts what was lost.

    python benchmarks/faults.py [--rounds 50] [--share 0.3] > benchmarks/faults.txt
    python benchmarks/faults.py --rounds 0              only what runs with --max-cost are billed

Real processes against the loopback server of `pointbench.testing`: a run is begun, killed with
``kill -9`` at a random moment, resumed, killed again. At the end it is resumed until no trial is in
error, and its summary is compared with that of an undisturbed run. The requests are counted from
the server's own log.

Then every way to fail that may be billed, against ``--max-cost`` over three sittings (`benchmarks.billing`):
the sum that the server billed, beside the limit and what run.json says.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.billing import CASES, REFUSALS, Bill, bill_of
from benchmarks.screens import draw_suite
from pointbench.testing.vendors import FAULTS, Vendors, Weather

MODEL = "openai/gpt-4o?timeout=1"
_LONGEST_START_S = 120.0


@dataclass
class Findings:
    """Results of the rounds. The three lists are empty if nothing is wrong."""

    trials: int = 0
    rounds: int = 0
    kills: int = 0
    """Rounds in which the process died between two of its own answers."""
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    under_way_twice: int = 0
    """Requests asked again because a killed process never wrote down their answers."""
    asked_again: list[str] = field(default_factory=list)
    """Instructions that were asked again after their answer was in the journal."""
    answered_twice: list[str] = field(default_factory=list)
    """Keys with more than one answer, or with a line after their answer."""
    differences: list[str] = field(default_factory=list)
    """Fields of the summary that differ from the quiet run's."""

    @property
    def sound(self) -> bool:
        return not (self.asked_again or self.answered_twice or self.differences)


def fault_rounds(
    folder: Path, *, rounds: int, screenshots: int, each: int, share: float, seed: int = 0
) -> Findings:
    """Kill and resume ``rounds`` times while ``share`` of all replies fail; then finish undisturbed."""
    draw_suite(folder, "faults", screenshots=screenshots, each=each, size=(640, 360), kilobytes=4)
    findings = Findings(trials=screenshots * each)
    draw = random.Random(seed)
    weather = Weather(share, tuple(FAULTS), seed, 0.05)
    answered: dict[str, int] = {}
    with Vendors(latency=0.02, weather=weather) as server:
        command = _command(folder, "stormy")
        for _ in range(rounds):
            findings.rounds += 1
            before = len(answered)
            _run_and_kill(command, folder, server, draw)
            command = _resume("stormy")
            _note_answers(folder, answered, server.count)
            findings.kills += len(answered) > before
        _look_at(server, answered, findings)
    with Vendors(latency=0.0) as calm:
        for _ in range(5):
            if _finish(_resume("stormy"), folder, calm) == 0:
                break
        _look_at(calm, dict.fromkeys(answered, 0), findings)
        _finish(_command(folder, "quiet"), folder, calm)
    _check_lines(folder / "results" / "stormy" / "trials.jsonl", findings)
    findings.differences = _differences(folder / "results")
    return findings


def _command(folder: Path, name: str) -> list[str]:
    return ["run", "-m", MODEL, "-s", "faults", "--data", str(folder), "--name", name]


def _resume(name: str) -> list[str]:
    return ["run", "--resume", name]


def _start(command: list[str], folder: Path, server: Vendors) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pointbench", *command, "--concurrency", "8", "-q"],
        cwd=folder,
        env={
            **os.environ,
            "OPENAI_API_KEY": "sk-loopback",
            "OPENAI_BASE_URL": server.base_url("openai"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _run_and_kill(command: list[str], folder: Path, server: Vendors, draw: random.Random) -> None:
    journal = folder / "results" / "stormy" / "trials.jsonl"
    asked, written = server.count, _length(journal)
    # Some die before their first answer is on disk, most of them at any moment after it.
    early = draw.random() < 0.2
    process = _start(command, folder, server)
    deadline = time.monotonic() + _LONGEST_START_S
    while process.poll() is None and time.monotonic() < deadline:
        if (early and server.count > asked) or _length(journal) > written:
            break
        time.sleep(0.01)
    time.sleep(draw.uniform(0.0, 0.1 if early else 1.0))
    process.send_signal(signal.SIGKILL)
    process.wait()


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _finish(command: list[str], folder: Path, server: Vendors) -> int:
    return _start(command, folder, server).wait(timeout=900)


def _note_answers(folder: Path, answered: dict[str, int], count: int) -> None:
    """Instruction -> how many requests the server had seen when its answer was found on disk."""
    for record in _records(folder / "results" / "stormy" / "trials.jsonl"):
        if record["outcome"] != "error":
            answered.setdefault(record["instruction"], count)


def _look_at(server: Vendors, answered: dict[str, int], findings: Findings) -> None:
    asked: Counter[str] = Counter()
    for call in server.calls():
        findings.requests += 1
        findings.faults[call.fault or "answered"] += 1
        instruction = _instruction(call.body)
        if call.fault is None:
            asked[instruction] += 1
        if call.number >= answered.get(instruction, sys.maxsize):
            findings.asked_again.append(instruction)
    findings.under_way_twice += sum(count - 1 for count in asked.values())


def _instruction(body: Any) -> str:
    """The instruction within the prompt of a chat completion."""
    content = body["messages"][-1]["content"]
    text = content if isinstance(content, str) else next(p["text"] for p in content if "text" in p)
    start = text.index("Click field ")
    return str(text[start : text.index(".", start) + 1])


def _records(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]


def _check_lines(path: Path, findings: Findings) -> None:
    done: set[str] = set()
    for record in _records(path):
        if record["key"] in done:
            findings.answered_twice.append(record["key"])
        if record["outcome"] != "error":
            done.add(record["key"])
    if len(done) != findings.trials:
        findings.differences.append(f"{len(done)} of {findings.trials} trials have an answer")


def _differences(results: Path) -> list[str]:
    stormy, quiet = (
        stable(json.loads((results / name / "summary.json").read_text()))
        for name in ("stormy", "quiet")
    )
    return [] if stormy == quiet else [f"{k}" for k in quiet if stormy.get(k) != quiet[k]]


def stable(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary without the parts that may differ between runs: the run, times, tokens and cost."""
    kept = {key: value for key, value in summary.items() if key != "run"}
    dropped = ("latency_s", "tokens", "cost")
    kept["models"] = {
        label: {key: value for key, value in model.items() if not key.startswith(dropped)}
        for label, model in summary["models"].items()
    }
    # The headline has a sentence on the time of a click and its price.
    of_time = re.compile(r"takes .* for a click|1000 clicks cost")
    kept["headline"] = [line for line in kept["headline"] if not of_time.search(line["text"])]
    return kept


def bills() -> Iterator[Bill]:
    """The bill of every case, each of a run of its own."""
    for case in (*CASES, *REFUSALS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)

            def run(command: list[str], folder: Path = folder) -> int:
                return subprocess.run(
                    [sys.executable, "-m", "pointbench", *command],
                    cwd=folder,
                    env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    check=False,
                ).returncode

            yield bill_of(folder, case, run)


def _print_bills() -> bool:
    """Print every bill as it comes; True if all are sound."""
    print(
        "\nHalf of the requests fail as named; one run in three sittings under one --max-cost, in dollars"
    )
    print(f"{'':30} requests   limit  billed   known  at most")
    sound = True
    for bill in bills():
        sound = sound and bill.sound
        print(
            f"{bill.case!s:30} {bill.requests:8} {bill.limit:7.3f} {bill.billed:7.3f} {bill.known:7.3f} "
            f"{bill.at_most:8.3f}{'' if bill.sound else '  PASSED THE LIMIT'}",
            flush=True,
        )
    return sound


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=50, help="0: only the bills")
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    sound = _print_rounds(args) if args.rounds else True
    return 0 if _print_bills() and sound else 1


def _print_rounds(args: argparse.Namespace) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        findings = fault_rounds(
            Path(name),
            rounds=args.rounds,
            screenshots=20,
            each=100,
            share=args.share,
            seed=args.seed,
        )
    print(
        f"{findings.trials} trials, {findings.rounds} rounds of kill -9, {args.share:.0%} of replies fail"
    )
    print(f"{findings.kills} rounds brought new answers before the process was killed")
    print(
        f"{findings.requests} requests: {findings.faults.pop('answered')} answered, and failed as"
    )
    for kind, count in sorted(findings.faults.items()):
        print(f"  {kind:14} {count:5}")
    print(
        f"asked again because the process died before their answer was on disk: {findings.under_way_twice}"
    )
    print(f"asked again after their answer was on disk: {len(findings.asked_again)}")
    print(f"keys with more than one answer: {len(findings.answered_twice)}")
    print(f"differences to the summary of a quiet run: {findings.differences or 'none'}")
    print(f"{time.monotonic() - began:.0f} s")
    return findings.sound


if __name__ == "__main__":
    sys.exit(main())
