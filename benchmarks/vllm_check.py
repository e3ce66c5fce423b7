"""Ask a running vLLM through both of its protocols, OpenAI's and Anthropic's, and check the records.

    vllm serve CHECKPOINT --served-model-name tiny --port 8000
    python benchmarks/vllm_check.py http://127.0.0.1:8000 tiny

Any vision-language checkpoint will do, even one with random weights. Checks that every trial is
answered, that the reply names its model, tokens and finish reason, that greedy answers repeat and are
the same through both protocols, that an answer held to a pattern is read as the point it names, and
that an unknown model is an error. Exit status 1 with a list of faults, 0 without.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

SUITE = """\
name = "squares"
version = "1.0.0"
title = "Squares"
description = "A square on each of three screens."
license = "CC0-1.0"
authors = ["pointbench"]
"""
SIZE = (644, 364)
"""Whole patches of 28 px, the unit in which Qwen2.5-VL sees pictures."""
MIDDLES = ((40, 60), (322, 182), (600, 300))
PATTERN = r'\{"x": 40, "y": 60\}'
"""The pattern that answers must match; it hits the first square and misses the others."""


def draw_suite(root: Path) -> None:
    """Write the suite ``squares`` below a data root."""
    pictures, targets = root / "screenshots/squares", root / "targets/squares"
    pictures.mkdir(parents=True)
    targets.mkdir(parents=True)
    (targets / "suite.toml").write_text(SUITE)
    for number, (x, y) in enumerate(MIDDLES):
        box = [x - 20, y - 20, x + 20, y + 20]
        image = Image.new("RGB", SIZE, "navy")
        ImageDraw.Draw(image).rectangle(box, fill="orange")
        image.save(pictures / f"{number}.png")
        digest = hashlib.sha256((pictures / f"{number}.png").read_bytes()).hexdigest()
        target = {"id": f"{number}/square", "instruction": "Click the square.", "box": box}
        content = {
            "screenshot": f"squares/{number}.png",
            "width": SIZE[0],
            "height": SIZE[1],
            "sha256": digest,
            "targets": [target],
        }
        (targets / f"{number}.json").write_text(json.dumps(content))


def trials_of(root: Path, model: str, name: str) -> list[dict[str, Any]]:
    """Two repeats of every target, in the order of targets and repeats."""
    words = ["run", "-m", model, "-s", "squares", "--data", root, "--out", root / "results"]
    command = [sys.executable, "-m", "pointbench", *map(str, words), "--name", name, "-n", "2"]
    subprocess.run([*command, "-q"], check=False, stdout=subprocess.DEVNULL)
    lines = (root / "results" / name / "trials.jsonl").read_text(encoding="utf-8").splitlines()
    trials = [json.loads(line) for line in lines]
    return sorted(trials, key=lambda trial: (trial["target"], trial["repeat"]))


def faults_of(wire: str, trials: list[dict[str, Any]], model: str) -> list[str]:
    """Faults in the trials of one protocol, one line each."""
    faults = [f"{wire}: {t['error']['message']}" for t in trials if t["error"]]
    for trial in trials:
        reply = trial["reply"] or {}
        lacks = [
            key for key in ("finish_reason", "input_tokens", "output_tokens") if not reply.get(key)
        ]
        if reply and (lacks or reply["model"] != model):
            faults.append(f"{wire}: {trial['target']}: {lacks} missing, model {reply['model']!r}")
    texts = [(trial["reply"] or {}).get("text") for trial in trials]
    if texts[::2] != texts[1::2]:
        faults.append(f"{wire}: two greedy answers to one question differ")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="such as http://127.0.0.1:8000")
    parser.add_argument("model", help="as the server calls it")
    asked = parser.parse_args()
    held = json.dumps({"structured_outputs": {"regex": PATTERN}})
    common = "temperature=0&max_tokens=16&profile=pixel"
    openai = f"openai/{asked.model}?base_url={asked.server}/v1&{common}&picture_first=true"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        draw_suite(root)
        chat = trials_of(root, openai, "chat")
        body = "extra_body=" + json.dumps({"temperature": 0})
        message = trials_of(
            root,
            f"anthropic/{asked.model}?base_url={asked.server}&max_tokens=16&profile=pixel&{body}",
            "message",
        )
        pointing = trials_of(root, f"{openai}&max_tokens=40&extra_body={held}", "pointing")
        unknown = trials_of(root, openai.replace(asked.model, "nobody", 1), "unknown")
    faults = faults_of("openai", chat, asked.model) + faults_of("anthropic", message, asked.model)
    faults += faults_of("openai, held", pointing, asked.model)
    if [t["reply"] and t["reply"]["text"] for t in chat] != [
        t["reply"] and t["reply"]["text"] for t in message
    ]:
        faults.append("the two wires give different greedy texts")
    if [trial["outcome"] for trial in pointing] != ["hit"] * 2 + ["miss"] * 4:
        faults.append(f"held to {PATTERN}: {[trial['outcome'] for trial in pointing]}")
    if {trial["outcome"] for trial in unknown} != {"error"}:
        faults.append("an unknown model is not an error")
    for name, trials in (("openai", chat), ("anthropic", message), ("held", pointing)):
        outcomes = dict(Counter(trial["outcome"] for trial in trials))
        print(f"{name}: {len(trials)} trials, {outcomes}, {trials[0]['reply']}")
    print(f"unknown: {unknown[0]['error']}")
    print("\n".join(faults) or "no fault")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
