"""Time of the engine against the best possible time, and against simpler and larger clients.

    python benchmarks/engine.py [--trials N] [--inspect PYTHON] > benchmarks/engine.txt

2,000 questions about 40 screenshots (1080p, 300 kB each), 64 at once, to a server in its own process
that answers after 200 ms: 6.25 s at best. Every contestant runs in its own process. Wall time is
measured by the server, from the first request to the last reply; CPU and memory are the contestant's
between those two moments. ``--inspect`` names a Python that has inspect-ai.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import pty
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.screens import draw_suite

HERE = Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Measured:
    """One contestant between its first request and its last reply."""

    trials: int
    wall_s: float
    cpu_s: float
    start_mb: float
    most_mb: float
    rest_s: float
    """Seconds of the process before the first request and after the last reply."""

    def line(self, name: str, best_s: float) -> str:
        each = 1000 * self.cpu_s / max(1, self.trials)
        return (
            f"{name:44} {self.trials:6} {self.wall_s:8.2f} s {self.wall_s / best_s:6.2f} x "
            f"{each:7.2f} ms {self.start_mb:6.0f} {self.most_mb:6.0f} MB {self.rest_s:6.1f} s"
        )


HEADER = (
    f"{'':44} {'trials':>6} {'wall':>10} {'of best':>8} {'CPU each':>10} "
    f"{'first':>6} {'most':>6}    {'else':>6}"
)


@contextmanager
def server() -> Iterator[int]:
    """Start the cheap server in its own process; yields its port."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "wire_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdin
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait()


def measure(command: Sequence[str], port: int, cwd: Path) -> Measured:
    """Run a contestant on its own terminal, so the cost of its progress display is included."""
    _window(port)
    master, slave = pty.openpty()
    reader = threading.Thread(target=_swallow, args=(master,), daemon=True)
    reader.start()
    environment = {**os.environ, "COLUMNS": "120", "OPENAI_API_KEY": "none"}
    with (cwd / "out.txt").open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=slave, cwd=cwd, env=environment)
        samples = []
        while process.poll() is None:
            sample = _sample(process.pid)
            if sample:
                samples.append(sample)
            time.sleep(0.02)
    os.close(slave)
    reader.join(2)
    os.close(master)
    count, first, last = _window(port)
    inside = [s for s in samples if first <= s[0] <= last]
    if len(inside) < 2:
        return Measured(count, last - first, 0.0, 0.0, 0.0, 0.0)
    whole = samples[-1][0] - samples[0][0]
    return Measured(
        count,
        last - first,
        inside[-1][1] - inside[0][1],
        inside[0][2] / 1e6,
        max(s[2] for s in inside) / 1e6,
        whole - (last - first),
    )


def _swallow(master: int) -> None:
    try:
        while os.read(master, 65_536):
            pass
    except OSError:
        return


def _sample(pid: int) -> tuple[float, float, int] | None:
    """Time, CPU seconds so far, resident bytes."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return None
    return time.monotonic(), (int(stat[11]) + int(stat[12])) / TICK, resident


def _window(port: int) -> tuple[int, float, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/window") as reply:
        count, first, last = json.load(reply)
    return int(count), float(first), float(last)


def ours(
    root: Path, port: int, latencies: Sequence[str], at_once: int, *more: str, suite: str = "hd"
) -> list[str]:
    """The real command, with journal, progress and summary; one model per latency."""
    models = []
    for number, latency in enumerate(latencies):
        url = f"http://127.0.0.1:{port}/{latency}/v1"
        models += ["-m", f"openai/fake-{number}?base_url={url}&profile=pixel"]
    command = [sys.executable, "-m", "pointbench", "run", *models, "-s", suite]
    command += ["--data", str(root), "--out", str(root / "results"), "--name", "r"]
    shutil.rmtree(root / "results", ignore_errors=True)
    return [*command, "--concurrency", str(at_once), *more]


def plain(way: str, root: Path, port: int, latency: str, at_once: int, trials: int) -> list[str]:
    """Run one of the clients of `engine_contestants.py`."""
    script = str(HERE / "engine_contestants.py")
    return [sys.executable, script, way, str(root), str(port), latency, str(at_once), str(trials)]


def contest(root: Path, port: int, trials: int, inspect: str | None) -> None:
    """The main comparison: every contestant asks the same questions."""
    best = trials * 0.2 / 64
    limit = ["--limit", str(trials)]
    print(f"\n{trials} trials, 40 screenshots of 1080p, 64 at once, 200 ms: {best:.2f} s at best")
    print(HEADER)
    for way in ("socket", "sdk-threads", "sdk-async"):
        print(measure(plain(way, root, port, "0.2", 64, trials), port, root).line(way, best))
    for turn in (1, 2):
        measured = measure(ours(root, port, ["0.2"], 64, *limit), port, root)
        print(measured.line(f"pointbench run ({turn})", best), flush=True)
    journal = root / "results" / "r" / "trials.jsonl"
    lines = journal.read_bytes().splitlines()
    texts = sum(len(json.loads(line)["reply"]["text"]) for line in lines)
    print(
        f"{(journal.stat().st_size - texts) / len(lines):.0f} bytes of journal a trial beside the text"
    )
    if inspect is None:
        return
    for way in ("inspect", "inspect-lean"):
        command = plain(way, root, port, "0.2", 64, trials)
        command[0] = inspect
        print(measure(command, port, root).line(way, best), flush=True)


def sweep(root: Path, port: int, trials: int) -> None:
    """Other latencies, other concurrency, larger pictures, one slow model."""
    print("\npointbench run, other latencies and numbers at once")
    print(HEADER)
    for latency, at_once in (
        ("0.001", 64), ("0.05", 64), ("0.2", 8), ("0.2", 32), ("0.2", 128), ("0.2", 256),
    ):  # fmt: skip
        asked = min(trials, 40 * at_once)
        best = asked * float(latency) / at_once
        command = ours(root, port, [latency], at_once, "--limit", str(asked))
        name = f"{float(latency) * 1000:.0f} ms, {at_once} at once"
        print(measure(command, port, root).line(name, best), flush=True)
    command = ours(root, port, ["0.2"], 64, "--limit", "500", suite="uhd")
    print(measure(command, port, root).line("4K screenshots of 1.5 MB, 200 ms, 64", 500 * 0.2 / 64))
    command = ours(root, port, ["0.05", "0.05", "0.5"], 8, "--limit", "160")
    print(measure(command, port, root).line("two of 50 ms, one of 500 ms, 8 each", 160 * 0.5 / 8))


def growth(root: Path, port: int, most: int) -> None:
    """Memory over the length of a run, and the start of a resumed one."""
    print("\nmemory while asking, by trials (blind, 1 ms, 16 at once)")
    print(HEADER)
    for repeats in (1, 10, most // 1000):
        command = ours(root, port, ["0.001"], 16, "--limit", "1000", "-n", str(repeats), "--blind")
        command = [word.replace("&profile=pixel", "") for word in command]
        measured = measure(command, port, root)
        print(measured.line(f"{repeats * 1000} trials", repeats * 1000 * 0.001 / 16), flush=True)


def resume(root: Path, port: int) -> None:
    """Time from the start of the command to its first request, with all but one trial answered."""
    journal = root / "results" / "r" / "trials.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    command = [sys.executable, "-m", "pointbench", "run", "--resume", "r", "-q"]
    command += ["--data", str(root), "--out", str(root / "results")]
    for turn in (1, 2):
        journal.write_bytes(b"".join(lines[:-1]))
        _window(port)
        began = time.monotonic()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, env={**os.environ, "OPENAI_API_KEY": "none"}
        )
        process.wait()
        count, first, _ = _window(port)
        print(
            f"resume ({turn}): {len(lines) - 1} answers, {count} asked; from the start of the command "
            f"to its first request {first - began:.2f} s",
            flush=True,
        )


def million(root: Path) -> None:
    """The summary of a million trials, made by repeating the lines of the journal at hand."""
    folder, large = root / "results" / "r", root / "results" / "million"
    shutil.copytree(folder, large)
    lines = (folder / "trials.jsonl").read_bytes().splitlines()
    with (large / "trials.jsonl").open("wb") as journal:
        for number in range(1_000_000):
            # Every trial needs its own key; the rest may be the same.
            line = lines[number % len(lines)]
            journal.write(b'{"key":"%064x' % number + line[line.index(b'","model"') :] + b"\n")
    script = (
        "import resource, sys, time; from pathlib import Path\n"
        "from pointbench.runs import read_records, read_run_info, read_targets\n"
        "from pointbench.summary import summarize\n"
        "began, folder = time.monotonic(), Path(sys.argv[1])\n"
        "summarize(read_run_info(folder), read_targets(folder), read_records(folder))\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000\n"
        "print(f'summary of 1,000,000 trials: {time.monotonic() - began:.0f} s, {peak:.0f} MB')\n"
    )
    subprocess.run([sys.executable, "-c", script, str(large)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--most", type=int, default=100_000, help="trials of the longest run")
    parser.add_argument("--inspect", metavar="PYTHON", help="one that has inspect-ai")
    parser.add_argument(
        "--only", default="contest,sweep,growth,resume,million", help="parts, in this order"
    )
    args = parser.parse_args()
    parts = args.only.split(",")
    load = os.getloadavg()[0]
    print(
        f"python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} at the start"
    )
    with tempfile.TemporaryDirectory() as name, server() as port:
        root = Path(name)
        draw_suite(root, "hd", screenshots=40, each=50, size=(1920, 1080), kilobytes=290)
        if "sweep" in parts:
            draw_suite(root, "uhd", screenshots=20, each=25, size=(3840, 2160), kilobytes=1400)
        if "contest" in parts:
            contest(root, port, args.trials, args.inspect)
        if "sweep" in parts:
            sweep(root, port, args.trials)
        if "growth" in parts:
            growth(root, port, args.most)
        if "resume" in parts:
            resume(root, port)
        if "million" in parts:
            million(root)
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
