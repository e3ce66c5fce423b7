"""The jobs that docs/ci.md prints do what it says: their commands are run as they stand there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pointbench
from pointbench.cli import build_parser
from tests.conftest import Command, DataRoot, environment
from tests.engine.gate.pointer_server import PointerServer, grid_suite

PAGE = Path(pointbench.__file__).parent.parent / "docs" / "ci.md"


def jobs() -> list[str]:
    """The commands of the YAML blocks, in order: GitHub's, GitLab's, and the one with three lines."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    scripts = []
    for block in blocks:
        lines = [line.strip().removeprefix("- ") for line in block.splitlines()]
        start = next(n for n, line in enumerate(lines) if line.startswith("pointbench gate"))
        rest = lines[start:]
        # The steps that follow, up to the next key of the YAML.
        stop = next((n for n, line in enumerate(rest) if re.match(r"[a-z_]+:", line)), len(rest))
        scripts.append("\n".join(rest[:stop]))
    return scripts


def test_every_job_is_one_that_parses() -> None:
    assert len(jobs()) == 3
    for script in jobs():
        words = shlex.split(re.split(r" [|>] | \|\| ", script.splitlines()[0])[0])
        build_parser("gate").parse_args(words[2:])


@pytest.mark.parametrize(("number", "works"), [(0, True), (0, False), (1, False), (2, False)])
def test_a_job_fails_when_the_model_got_worse(
    number: int, works: bool, inline: Command, root: DataRoot, tmp_path: Path
) -> None:
    grid_suite(root, 30)
    with PointerServer(lambda _: True) as server:
        server.configure(tmp_path, "candidate")
        done = inline(
            "run", "-m", "candidate", "-s", "grid", "--data", "data", "--name", "baseline", "-q"
        )
        assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "baseline"
    # What the page says is enough.
    for file in ("summary.json", "report.html", ".lock"):
        (folder / file).unlink(missing_ok=True)
    with PointerServer(lambda number: works or number % 2 == 0) as server:
        server.configure(tmp_path, "candidate")
        bash = shutil.which("bash") or "bash"
        variables = {"GITHUB_RUN_ID": "7", "CI_JOB_ID": "8", "GITHUB_STEP_SUMMARY": "summary.md"}
        scripts = tmp_path / "bin"
        scripts.mkdir()
        for name, what in (("pointbench", "-m pointbench"), ("python", "")):
            (scripts / name).write_text(f'#!/bin/sh\nexec {sys.executable} {what} "$@"\n')
            (scripts / name).chmod(0o755)
        env = environment(**variables)
        env["PATH"] = f"{scripts}:{env['PATH']}"
        ran = subprocess.run(
            [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", jobs()[number]],
            cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert ran.returncode == (0 if works else 1), ran.stderr
    if number == 0:
        assert (tmp_path / "summary.md").read_text().startswith("pass:" if works else "fail:")
    elif number == 1:
        assert ("<failure " in (tmp_path / "gate.xml").read_text()) is not works
    else:
        assert json.loads((tmp_path / "gate.json").read_text())["verdict"] in ("pass", "fail")


def test_an_undecided_gate_passes_the_job_that_lets_it(
    inline: Command, root: DataRoot, tmp_path: Path
) -> None:
    (tmp_path / "gate.json").write_text('{\n "verdict": "undecided"\n}\n')
    last = jobs()[2].splitlines()[-1]
    ran = subprocess.run(["bash", "-c", f"status=1; {last}"], cwd=tmp_path, check=False)
    assert ran.returncode == 0
