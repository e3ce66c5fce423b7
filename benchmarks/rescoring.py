"""Speed of ``pointbench rescore`` on short stored replies: this checkout and an older one, side by side.

    python benchmarks/rescoring.py [REPLIES] [--older CHECKOUT_OR_COMMIT] > benchmarks/rescoring.txt

REPLIES (100,000) are parsed and judged for each kind of reply. Prints CPU seconds, which other work
on the machine disturbs less than wall time, and peak memory. Each step is a separate process: the
rescoring alone by each checkout in turn, the best of `ROUNDS`; the whole command with its summary
and report; and the loop of json and re that one would otherwise write.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parents[1]
OLDER = "ec0593a"
"""The commit that is compared with by default: version 0.1.0 when its engine was first measured."""
SHOTS, EACH = 160, 10
ROUNDS = 3
REPLIES = {
    "json-point": ("qwen3-vl-json", '{{"point_2d": [{x}, {y}]}}'),
    "fenced": ("qwen3-vl-json", '```json\n[{{"point_2d": [{x}, {y}], "label": "save"}}]\n```'),
    "qwen-tool": (
        "qwen3-vl",
        '<tool_call>\n{{"name": "computer_use", "arguments": '
        '{{"action": "left_click", "coordinate": [{x}, {y}]}}}}\n</tool_call>',
    ),
    "tuple": ("uground", "({x}, {y})"),
    "ui-tars": ("ui-tars-1", "Action: click(start_box='({x},{y})')"),
    "box-tokens": ("os-atlas", "<|box_start|>({x},{y}),({x},{y})<|box_end|>"),
    "reasoning": (
        "mai-ui",
        "<grounding_think>\nThought: The button in the upper bar saves the file; it is to the "
        'right of the search field.\n</grounding_think>\n<answer>\n{{"coordinate":[{x},{y}]}}\n'
        "</answer>",
    ),
}
"""Name -> a profile, and a reply of that family with its numbers left open."""
PAIR = re.compile(r"(\d+)\s*,\s*(\d+)")


def make_suite(root: Path) -> list[str]:
    """A suite of `SHOTS` screenshots without pictures; the ids of its targets."""
    folder = root / "targets" / "made"
    folder.mkdir(parents=True)
    about = ["version", "title", "description", "license"]
    lines = ['name = "made"', *(f'{key} = "1.0.0"' for key in about), 'authors = ["a"]']
    (folder / "suite.toml").write_text("\n".join(lines) + "\n")
    rng = random.Random(0)
    names = []
    for shot in range(SHOTS):
        targets = []
        for number in range(EACH):
            left, top = rng.randrange(1800), rng.randrange(1000)
            name = f"shot{shot}/t{number}"
            words = f"Click thing {number} of screen {shot}."
            box = [left, top, left + 80, top + 40]
            targets.append({"id": name, "instruction": words, "box": box})
            names.append(name)
        file = {"screenshot": f"made/{shot}.png", "width": 1920, "height": 1080, "sha256": None}
        (folder / f"{shot}.json").write_text(json.dumps({**file, "targets": targets}))
    return names


def write_replies(path: Path, names: list[str], template: str, count: int) -> None:
    rng = random.Random(1)
    with path.open("w") as file:
        for number in range(count):
            text = template.format(x=rng.randrange(1001), y=rng.randrange(1001))
            file.write(json.dumps({"target": names[number % len(names)], "text": text}) + "\n")


def checkout_of(older: str, folder: Path) -> Path:
    """A folder with the older package: ``older`` itself, or that commit's files."""
    if Path(older, "pointbench").is_dir():
        return Path(older).resolve()
    files = folder / "older.tar"
    archive = ["git", "-C", str(HERE), "archive", "--output", str(files), older, "pointbench"]
    subprocess.run(archive, check=True)
    with tarfile.open(files) as packed:
        packed.extractall(folder / "older", filter="data")
    return folder / "older"


def python(checkout: Path, *words: str | Path) -> str:
    """What Python printed, with the package of ``checkout``."""
    done = subprocess.run(
        [sys.executable, *map(str, words)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(checkout)}, cwd=checkout,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{checkout}: {' '.join(map(str, words))}\n{done.stderr}")
    return done.stdout


def measured(checkout: Path, step: str, *words: str | Path) -> tuple[float, float]:
    """Run a step in its own process; returns CPU seconds without start-up, and peak memory in MB."""
    printed = python(checkout, Path(__file__).resolve(), "--step", step, checkout, *words)
    seconds, megabytes = printed.split()[-2:]
    return float(seconds), float(megabytes)


def run_step(step: str, checkout: Path, words: list[str]) -> None:
    """Run one step for `measured`; the clock starts after the imports."""
    if step == "naive":
        began = time.process_time()
        naive(Path(words[0]))
    else:
        import pointbench
        from pointbench import cli
        from pointbench.engine.rescore import rescore_run

        assert Path(str(pointbench.__file__)).is_relative_to(checkout), pointbench.__file__
        began = time.process_time()
        if step == "rescoring":
            rescore_run(Path(words[0]), out=Path(words[1]))
        else:
            sys.stdout.flush()
            cli.main(["rescore", words[0], "--out", words[1], "--data", words[2], "--json"])
    seconds = time.process_time() - began
    print(f"\n{seconds} {peak_memory()}")


def peak_memory() -> float:
    """Peak memory of this process in MB; getrusage would include its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def naive(folder: Path) -> None:
    """The loop that one would write by hand: take the first two numbers and test the box."""
    with (folder / "targets.jsonl").open() as lines:
        targets = {row["id"]: row for row in map(json.loads, lines)}
    with (folder / "trials.jsonl").open() as lines, (folder / "naive.jsonl").open("w") as out:
        for line in lines:
            trial = json.loads(line)
            target = targets[trial["target"]]
            pair = PAIR.search(trial["reply"]["text"])
            hit = False
            if pair:
                x, y = float(pair[1]) / 1000 * 1920, float(pair[2]) / 1000 * 1080
                left, top, right, bottom = target["box"]
                hit = left <= x <= right and top <= y <= bottom
                trial["point"] = [x, y]
            trial["correct"] = hit
            out.write(json.dumps(trial) + "\n")


def main(count: int, older: str) -> None:
    print(f"{count} stored replies, {SHOTS * EACH} targets; CPU seconds, one process on one core")
    print(f"'older' is {older}; the best of {ROUNDS} rounds of each")
    print(f"{'replies':>12} {'rescored/s':>11} {'older/s':>9} {'ratio':>6} {'peak MB':>8} ", end="")
    print(f"{'older MB':>9} {'whole command s':>16} {'peak MB':>8} {'naive loop/s':>13}")
    spent = {"new": 0.0, "old": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        checkouts = {"new": HERE, "old": checkout_of(older, work)}
        names = make_suite(work)
        for name, (profile, template) in REPLIES.items():
            write_replies(work / "replies.jsonl", names, template, count)
            # Each checkout reads a run of its own: an older one refuses newer files.
            words = ["score", work / "replies.jsonl", "-s", "made", "--profile", profile]
            for age, checkout in checkouts.items():
                out = ["--data", work, "--out", work / age, "--name", name, "--json"]
                python(checkout, "-m", "pointbench", *words, *out)
            seconds = dict.fromkeys(checkouts, float("inf"))
            peaks = dict.fromkeys(checkouts, 0.0)
            for number in range(ROUNDS):
                for age, checkout in checkouts.items():
                    out = work / f"{age}-{number}"
                    took, peak = measured(checkout, "rescoring", work / age / name, out)
                    seconds[age], peaks[age] = min(seconds[age], took), max(peaks[age], peak)
            run = work / "new" / name
            whole, whole_peak = measured(HERE, "command", run, work / "whole", work)
            loop, _ = measured(HERE, "naive", run)
            new, old = count / seconds["new"], count / seconds["old"]
            print(f"{name:>12} {new:>11,.0f} {old:>9,.0f} {new / old:>6.2f} ", end="")
            print(f"{peaks['new']:>8.0f} {peaks['old']:>9.0f} {whole:>16.1f} ", end="")
            print(f"{whole_peak:>8.0f} {count / loop:>13,.0f}", flush=True)
            for age in spent:
                spent[age] += seconds[age]
    new, old = (len(REPLIES) * count / spent[age] for age in ("new", "old"))
    print(f"{'all':>12} {new:>11,.0f} {old:>9,.0f} {new / old:>6.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        run_step(sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
    else:
        parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
        parser.add_argument("replies", nargs="?", type=int, default=100_000)
        parser.add_argument("--older", default=OLDER, help="a checkout's folder, or a commit")
        arguments = parser.parse_args()
        main(arguments.replies, arguments.older)
