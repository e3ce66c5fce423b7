"""``pointbench capture --help`` answers at once: it imports no library that a capture needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"PIL", "Xlib", "jeepney", "msgspec", "numpy", "playwright", "pydantic"}


@pytest.mark.parametrize("way", [[], ["desktop"], ["web"], ["session"]])
def test_help_of_a_capture_imports_nothing_heavy(way: list[str]) -> None:
    code = (
        "import sys\n"
        "from pointbench.cli import main\n"
        "main(sys.argv[1:])\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "capture", *way, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(done.stderr.split())
    assert modules & HEAVY == set()
    assert {name for name in modules if name.startswith("pointbench.capture.")} == set()
