"""Time and size of report.html: this checkout and an older one, in turn.

    python benchmarks/page.py [--against CHECKOUT_OR_COMMIT] > benchmarks/page.txt

Each checkout scores the same replies into a run of its own and then runs `report --format html` on it,
in a process of its own; both take turns, and the best of `ROUNDS` counts. Prints CPU seconds of the
whole command, which other work on the machine disturbs less than wall time, and bytes of the page.
"First" is a report that encodes the screenshots; "again" is one that finds them in the user's cache,
as every report after the end of a run does. An older checkout has no cache, so both are alike there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rescoring import HERE, OLDER, checkout_of

ROUNDS = 3
MODELS = 5
SUITE = "starter"
WORDS = 4000


def targets(root: Path) -> list[tuple[str, list[float] | None, int, int]]:
    """(id, box, width, height) of every target of the bundled suite."""
    found = []
    for path in sorted((root / "targets" / SUITE).glob("*.json")):
        shot = json.loads(path.read_text(encoding="utf-8"))
        size = shot["width"], shot["height"]
        found += [(target["id"], target.get("box"), *size) for target in shot["targets"]]
    return found


def write_replies(path: Path, count: int, letters: int) -> None:
    """``count`` answers of five models that hit 45 to 75 %, each with ``letters`` of reasoning before it."""
    rng = random.Random(0)
    asked = targets(HERE)
    words = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9)))
        for _ in range(WORDS)
    ]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            name, box, width, height = asked[number % len(asked)]
            model = number // len(asked) % MODELS
            left, top, right, bottom = (0, 0, width, height)
            if box is not None and rng.random() < 0.45 + 0.075 * model:
                left, top, right, bottom = box
            point = {"x": round(rng.uniform(left, right)), "y": round(rng.uniform(top, bottom))}
            thought = " ".join(rng.choices(words, k=letters // 6)) + "\n" if letters else ""
            line = {"target": name, "model": f"model {model}", "text": thought + json.dumps(point)}
            file.write(json.dumps(line) + "\n")


def command(checkout: Path, cache: Path, *words: str | Path) -> float:
    """CPU seconds of ``pointbench`` of that checkout."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pointbench", *map(str, words)], cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout), "XDG_CACHE_HOME": str(cache)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    told = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{checkout}: {' '.join(map(str, words))}\n{told}")
    return used.ru_utime + used.ru_stime


def measure(work: Path, checkouts: dict[str, Path], replies: Path, images: bool) -> None:
    """One line for each checkout, and one for what the new one takes of the old one's."""
    seconds: dict[str, list[float]] = {age: [9e9, 9e9] for age in checkouts}
    sizes = {}
    for age, checkout in checkouts.items():
        out = ["--data", HERE, "--out", work / age, "--name", replies.stem]
        words = ["score", replies, "-s", SUITE, "--profile", "pixel", *out]
        command(checkout, work / "none", *words)
    page = ["--format", "html", *([] if images else ["--no-images"])]
    for _ in range(ROUNDS):
        for age, checkout in checkouts.items():
            run, cache = work / age / replies.stem, work / f"cache-{age}"
            shutil.rmtree(cache, ignore_errors=True)
            for turn in (0, 1):
                took = command(checkout, cache, "report", run, "--data", HERE, *page)
                seconds[age][turn] = min(seconds[age][turn], took)
            sizes[age] = (run / "report.html").stat().st_size
    for age in checkouts:
        first, again = seconds[age]
        print(f"{replies.stem:>28} {age:>6} {first:>9.2f} {again:>9.2f} {sizes[age]:>12,}")
    shares = [seconds["new"][turn] / seconds["old"][turn] for turn in (0, 1)]
    size = sizes["new"] / sizes["old"]
    print(f"{'':>28} {'share':>6} {shares[0]:>9.2f} {shares[1]:>9.2f} {size:>12.2f}", flush=True)


def main(against: str) -> None:
    print(f"'old' is {against}; the best of {ROUNDS} rounds; CPU seconds of `report --format html`")
    print(f"{'run':>28} {'build':>6} {'first, s':>9} {'again, s':>9} {'bytes':>12}")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        checkouts = {"new": HERE, "old": checkout_of(against, work)}
        runs = (
            ("trials-10000-screenshots-15", 10_000, 0, True),
            ("trials-100000", 100_000, 0, False),
            ("replies-5000-of-20-kB", 5_000, 20_000, False),
        )
        for name, count, letters, images in runs:
            replies = work / f"{name}.jsonl"
            write_replies(replies, count, letters)
            measure(work, checkouts, replies, images)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against", default=OLDER, help="a checkout's folder, or a commit")
    main(parser.parse_args().against)
