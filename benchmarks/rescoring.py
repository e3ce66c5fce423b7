"""Speed of ``pointbench rescore`` on 100,000 short stored replies.

    python benchmarks/rescoring.py [REPLIES] > benchmarks/rescoring.txt

Prints CPU seconds, which other work on the machine disturbs less than wall time, and peak memory.
Each step is a separate process: the rescoring alone, the whole command with its summary and report,
and the loop of json and re that one would otherwise write.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHOTS, EACH = 160, 10
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


def measured(step: str, *words: str | Path) -> tuple[float, float]:
    """Run a step in its own process; returns CPU seconds without start-up, and peak memory in MB."""
    done = subprocess.run(
        [sys.executable, __file__, "--step", step, *map(str, words)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, megabytes = done.stdout.split()[-2:]
    return float(seconds), float(megabytes)


def run_step(step: str, words: list[str]) -> None:
    """Run one step for `measured`; the clock starts after the imports."""
    if step == "naive":
        began = time.process_time()
        naive(Path(words[0]))
    else:
        from pointbench import cli
        from pointbench.engine.rescore import rescore_run

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


def main(count: int) -> None:
    print(f"{count} stored replies, {SHOTS * EACH} targets; CPU seconds, one process on one core")
    print(f"{'replies':>12} {'rescored/s':>11} {'peak MB':>8} {'whole command s':>16} ", end="")
    print(f"{'peak MB':>8} {'naive loop/s':>13}")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        names = make_suite(work)
        for name, (profile, template) in REPLIES.items():
            write_replies(work / "replies.jsonl", names, template, count)
            words = ["-s", "made", "--profile", profile, "--data", str(work)]
            out = ["--out", str(work / "results"), "--name", name, "--json"]
            score = [sys.executable, "-m", "pointbench", "score", str(work / "replies.jsonl")]
            subprocess.run([*score, *words, *out], capture_output=True, check=True)
            run = work / "results" / name
            seconds, peak = measured("rescoring", run, work / "a")
            whole, whole_peak = measured("command", run, work / "b", work)
            loop, _ = measured("naive", run)
            print(f"{name:>12} {count / seconds:>11,.0f} {peak:>8.0f} ", end="")
            print(f"{whole:>16.1f} {whole_peak:>8.0f} {count / loop:>13,.0f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        run_step(sys.argv[2], sys.argv[3:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
