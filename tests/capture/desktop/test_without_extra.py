"""``pointbench capture desktop`` on a machine without the packages that read a desktop."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import environment

WITHOUT_EXTRA = (
    "import sys\n"
    "sys.modules['Xlib'] = sys.modules['jeepney'] = None\n"
    "sys.platform = sys.argv.pop(1)\n"
    "from pointbench.cli import main\n"
    "sys.exit(main(['capture', 'desktop']))\n"
)


@pytest.mark.parametrize(
    ("platform", "message"),
    [
        ("linux", "python-xlib and jeepney, not installed here: pip install 'pointbench[capture]'"),
        ("darwin", "reads X11 desktops only, not macOS yet"),
        ("win32", "reads X11 desktops only, not Windows yet"),
    ],
)
def test_a_missing_extra_is_one_line_that_says_what_to_do(platform: str, message: str) -> None:
    session = environment(DISPLAY=":4321", WAYLAND_DISPLAY="", XDG_SESSION_TYPE="x11")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRA, platform],
        env=session,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
