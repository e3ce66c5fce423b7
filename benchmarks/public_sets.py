"""Two public sets whose verdicts nobody published, and the commands that read them.

Part of benchmarks/public_logs.py.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from pointbench import cli
from pointbench.cli import import_
from pointbench.profiles import Profile
from pointbench.replies import parse

Row = dict[str, Any]
PRECISION_CUA = ("vscode_dark", "vscode_light", "cursor_dark", "cursor_light")
SCREENAGENT = """
[profiles.screenagent]
description = "Pixels of the screenshot, in ScreenAgent's own actions."
prompt = '''
{instruction}
For example: {"action_type": "MouseAction", "mouse_position": {"width": 10, "height": 760}}'''
unit = "pixel"
format = "tool-call"
"""


def json_lines(text: str) -> list[Row]:
    """The objects of JSON Lines."""
    # Not splitlines: JSON may contain U+2028 and similar characters.
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def bring_suite(logs: Path, work: Path, suite: str, form: str, source: str) -> dict[str, Row]:
    """Import a suite unless it is there already; its targets by id."""
    folder = work / "targets" / suite
    if not folder.exists():
        parser = argparse.ArgumentParser(prog="pointbench import")
        import_.add_arguments(parser)
        words = [form, str(logs / source), "--suite", suite, "--data", str(work)]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            import_.run(parser.parse_args(words))
    files = [path for path in folder.iterdir() if path.suffix == ".json"]
    shots = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    return {target["id"]: target for shot in shots for target in shot["targets"]}


def command(*words: str | Path) -> tuple[int, str]:
    """Run a command in this process; returns its exit status and stdout."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        status = cli.main([*map(str, words)])
    return status, printed.getvalue()


def score(
    replies: list[Row], work: Path, suite: str, name: str, *words: str | Path
) -> tuple[Path, Row]:
    """Run ``pointbench score`` unless the run is there already; its folder and its summary."""
    run = work / "results" / name
    if run.exists():
        return run, json.loads((run / "summary.json").read_text(encoding="utf-8"))
    path = work / f"{name}.jsonl"
    path.write_text("".join(json.dumps(reply) + "\n" for reply in replies), encoding="utf-8")
    words = ("-s", suite, "--data", work, "--out", work / "results", "--name", name, *words)
    status, printed = command("score", path, *words, "--json")
    if status > 1:
        raise RuntimeError(f"score of {name} ended with {status}")
    return run, json.loads(printed)


def screenagent(logs: Path, work: Path) -> list[Row]:
    """GPT-4V's raw answers to ScreenAgent's steps, scored; the trials.

    Its prompt is not in the data; the one example of it, which answers repeat, is.
    """
    (work / "screenagent.toml").write_text(SCREENAGENT, encoding="utf-8")
    bring_suite(logs, work, "screenagent", "screenagent", "screenagent_linux")
    rows = json_lines((logs / "screenagent_linux/steps.jsonl").read_text(encoding="utf-8"))
    replies = [
        {"target": f"steps_{number}", "model": "GPT-4V", "text": row["LLM_response"]}
        for number, row in enumerate(rows)
    ]
    words = ("--profile", "screenagent", "--config", work / "screenagent.toml")
    run, _ = score(replies, work, "screenagent", "screenagent", *words)
    return json_lines((run / "trials.jsonl").read_text(encoding="utf-8"))


def repeats_the_example(trial: Row) -> bool:
    """True if the parser flags the answer as the prompt's example."""
    profile = Profile.model_validate(
        {"name": "screenagent", **tomllib.loads(SCREENAGENT)["profiles"]["screenagent"]}
    )
    prompt = profile.render(trial["instruction"], 1024, 768)
    flags = parse(trial["reply"]["text"], profile.format, prompt=prompt).flags
    return "prompt-example" in flags


def precision_cua(logs: Path, work: Path, name: str) -> tuple[int, Counter[str]]:
    """The annotators' own points of a PrecisionCUA set: rows, and the outcomes of those kept."""
    source = f"precision_cua_ms/{name}"
    targets = bring_suite(logs, work, f"precision-cua-{name}", "precision-cua", source)
    path = logs / source / "combined_data.jsonl"
    rows = json_lines(path.read_text(encoding="utf-8"))
    replies = [
        {"target": target, "model": "truth", "text": row["conversations"][1]["value"]}
        for number, row in enumerate(rows)
        if (target := f"combined_data_{number}") in targets
    ]
    run, _ = score(replies, work, f"precision-cua-{name}", name, "--profile", "uground")
    trials = json_lines((run / "trials.jsonl").read_text(encoding="utf-8"))
    return len(rows), Counter(trial["outcome"] for trial in trials)


def tables(logs: Path, work: Path) -> str:
    """The tables of the two sets whose verdicts nobody published."""
    trials = screenagent(logs, work)
    outcomes = Counter(trial["outcome"] for trial in trials)
    example = sum(map(repeats_the_example, trials))
    lines = ["", "ScreenAgent's raw GPT-4V answers, read as pixels:", ""]
    lines += [
        "| replies | hit | miss | unparsed | repeat the prompt's example |",
        "|---|---|---|---|---|",
    ]
    counts = [len(trials), outcomes["hit"], outcomes["miss"], outcomes["unparsed"], example]
    lines += ["| " + " | ".join(map(str, counts)) + " |"]
    lines += ["", "PrecisionCUA's own points in its own boxes, both read as 0-1000:", ""]
    lines += ["| set | rows | dropped as faulty | hit | miss |", "|---|---|---|---|---|"]
    for name in PRECISION_CUA:
        rows, kept = precision_cua(logs, work, name)
        counts = [rows, rows - kept.total(), kept["hit"], kept["miss"]]
        lines.append(f"| {name} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines) + "\n"
