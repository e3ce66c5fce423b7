"""What commands write: one module does it, and no text of others steers the terminal."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pointbench
from pointbench.cli.shared import console
from pointbench.cli.shared.console import json_safe, safe
from tests.conftest import Command, DataRoot

PACKAGE = Path(pointbench.__file__).parent
HOSTILE = "a\x1b[31mred\x1b]0;title\x07b\x9b1mc\u202ed\u2066e\u200f"
"""A color, a window title, a C1 control, and three marks of the reading direction."""
WRITERS = {"cli/shared/console.py", "testing/vendors/__main__.py"}


def _writes(tree: ast.AST) -> Iterator[int]:
    """Lines that print, or write to a standard stream by its name."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called == "print" or re.fullmatch(
            r"sys\.(__)?std(out|err)(__)?(\.buffer)?\.write\w*", called
        ):
            yield node.lineno


def test_only_the_console_writes_to_the_standard_streams() -> None:
    found = {
        f"{name}:{line}"
        for path in PACKAGE.rglob("*.py")
        if (name := path.relative_to(PACKAGE).as_posix()) not in WRITERS
        for line in _writes(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set()


def refuse_controls(text: str) -> None:
    """Fails on any character but line breaks and tabs that a terminal obeys or hides."""
    bad = {
        repr(char)
        for char in text
        if char not in "\n\t" and unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}
    }
    assert not bad, (bad, text)


@given(st.text())
def test_safe_text_steers_nothing_and_keeps_what_is_harmless(text: str) -> None:
    refuse_controls(safe(text))
    if text.isprintable():
        assert safe(text) == text


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_stays_the_same_value_without_controls(value: object) -> None:
    document = json_safe(json.dumps(value, ensure_ascii=False, indent=1))
    refuse_controls(document)
    assert json.loads(document) == value


class _HostileServer(BaseHTTPRequestHandler):
    """Answers every chat completion with texts that try to steer the terminal."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        message = {"role": "assistant", "content": HOSTILE + '{"x": 5, "y": 5}'}
        body = {
            "id": HOSTILE,
            "model": HOSTILE,
            "choices": [{"index": 0, "message": message, "finish_reason": HOSTILE}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5},
        }
        status = 400 if "refused" in self.path else 200
        answer = {"error": {"message": HOSTILE, "type": HOSTILE}} if status == 400 else body
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _HostileServer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture
def hostile(root: DataRoot, server: str) -> Path:
    """A working folder whose suite, pointbench.toml and files hold hostile texts."""
    quoted = json.dumps(HOSTILE)
    root.screenshot(
        "evil",
        "shot",
        [
            {
                "id": f"shot/{index}",
                "instruction": f"Click {HOSTILE} {index}.",
                "name": HOSTILE,
                "box": [20 + 60 * index, 40, 60 + 60 * index, 80],
                "app": HOSTILE,
                "tags": [HOSTILE],
                "extra": {HOSTILE: HOSTILE},
            }
            for index in range(3)
        ],
        platform=HOSTILE,
        environment={"theme": HOSTILE},
    )
    (root.path / "targets/evil/suite.toml").write_text(
        f'name = "evil"\nversion = {quoted}\ntitle = {quoted}\ndescription = {quoted}\n'
        f"license = {quoted}\nauthors = [{quoted}]\ncitation = {quoted}\n"
    )
    (root.path / "pointbench.toml").write_text(
        f'[models.{quoted}]\nmodel = "openai/evil"\nbase_url = "{server}"\nprofile = "pixel"\n'
        f'[models.refused]\nmodel = "openai/evil"\nbase_url = "{server}/refused"\nprofile = "pixel"\n'
    )
    lines = [
        {"target": f"shot/{index}", "text": f"{HOSTILE} (30, 50)", "model": HOSTILE, HOSTILE: 1}
        for index in range(3)
    ]
    (root.path / "replies.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (root.path / "rows.json").write_text(json.dumps([{"img_filename": HOSTILE, HOSTILE: HOSTILE}]))
    (root.path / "faulty.json").write_text(
        json.dumps({HOSTILE: 1, "screenshot": HOSTILE, "targets": [{"id": HOSTILE}]})
    )
    return root.path


COMMANDS = [
    ["suites", "list"],
    ["suites", "show", "evil"],
    ["suites", "show", "evil", "--json"],
    ["models", "list"],
    ["models", "list", "--json"],
    ["models", "show", HOSTILE],
    ["models", "show", f"openai/{HOSTILE}"],
    ["models", "check", HOSTILE],
    ["models", "check", "refused"],
    ["models", "check", HOSTILE, "--json"],
    ["models", "calibrate", HOSTILE],
    ["run", "-s", "evil", "-m", HOSTILE, "--dry-run"],
    ["run", "-s", "evil", "-m", HOSTILE, "--dry-run", "--json"],
    ["run", "-s", "evil", "-m", HOSTILE, "-m", "refused", "--name", "asked"],
    ["run", "-s", "evil", "-m", "local/center", "--where", f"app={HOSTILE}", "--json"],
    ["run", "-s", "evil", "-m", "local/center", "--where", f"{HOSTILE}=1"],
    ["run", "-s", HOSTILE],
    ["streak", "-s", "evil", "-m", HOSTILE, "--goal", "3", "--dry-run"],
    ["streak", "-s", "evil", "-m", HOSTILE, "--goal", "3", "--sessions", "2"],
    ["report", "scored"],
    ["report", "scored", "--format", "markdown"],
    ["report", "scored", "--format", "latex"],
    ["report", "scored", "--format", "csv"],
    ["report", "scored", "--format", "json"],
    ["compare", "scored"],
    ["compare", "scored", "--model", HOSTILE, "--model", "x"],
    ["compare", "scored", "--json"],
    ["cite", "scored"],
    ["rescore", "scored", "--name", "again"],
    ["overlay", "scored", HOSTILE, "-o", "x.png"],
    ["overlay", "evil", "-o", "pictures"],
    ["plan", "--run", "scored"],
    ["validate", "faulty.json"],
    ["validate", "."],
    ["validate", "faulty.json", "--json"],
    ["import", "screenspot", "rows.json", "--suite", "new"],
    ["import", HOSTILE, "rows.json", "--suite", "new"],
    ["export", "evil", "coco", "-o", "out"],
    ["schema", HOSTILE],
    [HOSTILE],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: ascii(" ".join(words))[:60])
def test_no_command_lets_a_hostile_text_steer_the_terminal(
    inline: Command, hostile: Path, words: list[str]
) -> None:
    if "scored" in words:
        scored = inline(
            "score",
            "replies.jsonl",
            "-s",
            "evil",
            "--profile",
            "pixel",
            "--name",
            "scored",
            cwd=hostile,
        )
        assert (hostile / "results/scored").is_dir(), scored.stderr
        refuse_controls(scored.stdout + scored.stderr)
    done = inline(*words, cwd=hostile)
    # The lines of CSV end in a carriage return, too.
    refuse_controls(done.stdout.replace("\r\n", "\n"))
    refuse_controls(done.stderr)
    assert done.stdout or done.stderr


def test_a_stream_in_memory_takes_everything() -> None:
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        console.out("é")
        console.styled("é")
        console.json_out("é")
        console.file_out("é\ud800")
    assert stream.getvalue() == 'é\né"é"\né\\ud800'
