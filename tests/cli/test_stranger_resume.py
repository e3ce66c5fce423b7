"""A run folder from a stranger is data: resuming it sends and runs only what its reader named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import Command, DataRoot

SECRET = "wJalr-secret-0123456789"
Listener = tuple[str, list[str]]


@pytest.fixture
def gift(inline: Command, small: DataRoot) -> Path:
    """A run whose last trials are not asked yet."""
    done = inline("run", "-m", "local/center", "-s", "small", "--name", "gift", cwd=small.path)
    assert done.returncode == 0, done.stderr
    folder = small.path / "results" / "gift"
    lines = (folder / "trials.jsonl").read_text().splitlines(keepends=True)
    (folder / "trials.jsonl").write_text(lines[0])
    return folder


@pytest.fixture
def asked(inline: Command, small: DataRoot, listener: Listener) -> Path:
    """A run of a model at the listener's address, all of its trials in error."""
    url, heard = listener
    model = f"openai/x?base_url={url}&retries=0"
    inline("run", "-m", model, "-s", "small", "--name", "gift", "-q", cwd=small.path)
    assert heard
    heard.clear()
    return small.path / "results" / "gift"


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "run.json"
    info = json.loads(path.read_text())
    change(info)
    path.write_text(json.dumps(info))


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "targets.jsonl").read_text().splitlines()]


def write_lines(folder: Path, lines: list[dict[str, Any]]) -> None:
    (folder / "targets.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


# --- targets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"box": [0, 0, 640, 360]}, "another box"),
        ({"box": [20.5, 40, 60, 80]}, "another box"),
        ({"instruction": "Click anywhere."}, "another instruction"),
        ({"screenshot": "small/shot1.png"}, "another picture"),
        ({"sha256": "0" * 64}, "another picture"),
        ({"width": 639}, "another picture"),
        ({"rewordings": ["Go."]}, "another rewordings"),
        ({"app": "other"}, "another app"),
        ({"id": "shot9/new"}, "shot9/new is not in suite small"),
        ({"suite": "starter"}, "is not in suite starter"),
        ({"screenshot": "/etc/passwd"}, "another picture"),
        ({"screenshot": "../../private.png", "sha256": None}, "another picture"),
    ],
)
def test_a_line_that_differs_from_the_suite_is_named(
    inline: Command, gift: Path, change: dict[str, Any], what: str
) -> None:
    lines = lines_of(gift)
    number = next(i for i, line in enumerate(lines) if line["id"] == "shot0/t0")
    lines[number] |= change
    write_lines(gift, lines)
    before = (gift / "trials.jsonl").read_bytes()
    done = inline("run", "--resume", "gift", cwd=gift.parent.parent)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "its targets.jsonl differs from the suite: " in done.stderr
    assert what in done.stderr
    assert (gift / "trials.jsonl").read_bytes() == before


def test_a_digest_that_is_not_known_is_no_difference_but_holds_where_it_is(
    inline: Command, small: DataRoot, gift: Path
) -> None:
    lines = lines_of(gift)
    write_lines(gift, [{**line, "sha256": None} for line in lines])
    assert inline("run", "--resume", "gift", cwd=small.path).returncode == 0
    for path in (small.path / "targets").glob("*/*.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "sha256": None}))
    done = inline("run", "-m", "local/center", "-s", "small", "--name", "new", cwd=small.path)
    assert done.returncode == 0
    folder = small.path / "results" / "new"
    write_lines(folder, lines)
    assert inline("run", "--resume", "new", cwd=small.path).returncode == 0
    Image.new("RGB", (640, 360), "red").save(small.path / "screenshots" / "small" / "shot0.png")
    done = inline("run", "--resume", "new", cwd=small.path)
    assert done.returncode == 2
    assert "shot0.png: the picture differs from its sha256" in done.stderr


@pytest.mark.parametrize("by", ["left out", "twice", "absent instead of a box"])
def test_targets_left_out_or_repeated_are_named(inline: Command, gift: Path, by: str) -> None:
    lines = lines_of(gift)
    if by == "left out":
        write_lines(gift, lines[:-2])
        expected = "2 of 11 targets of small are missing"
    elif by == "twice":
        write_lines(gift, [*lines, lines[-1]])
        expected = f"{lines[-1]['id']} of small is in it 2 times"
    else:
        line = next(line for line in lines if "box" in line)
        del line["box"]
        line["absent"] = True
        write_lines(gift, lines)
        expected = f"{line['id']} has another absent, box"
    done = inline("run", "--resume", "gift", cwd=gift.parent.parent)
    assert done.returncode == 2
    assert expected in done.stderr


def test_a_target_that_the_runs_own_selection_leaves_out_is_named(
    inline: Command, small: DataRoot
) -> None:
    words = ("-m", "local/center", "-s", "small", "--where", "kind=icon", "--name", "gift", "-q")
    assert inline("run", *words, cwd=small.path).returncode == 0
    folder = small.path / "results" / "gift"
    other = small.path / "results" / "whole"
    inline("run", "-m", "local/center", "-s", "small", "--name", "whole", "-q", cwd=small.path)
    text = next(line for line in lines_of(other) if line.get("kind") == "text")
    write_lines(folder, [*lines_of(folder)[1:], text])
    done = inline("run", "--resume", "gift", cwd=small.path)
    assert done.returncode == 2
    assert f"{text['id']} is not chosen by --where and --limit" in done.stderr


def test_notes_about_a_target_may_differ(inline: Command, gift: Path) -> None:
    lines = lines_of(gift)
    lines[0] |= {"extra": {"seen": "by another tool"}, "source": {"tool": "an older one"}}
    write_lines(gift, lines)
    done = inline("run", "--resume", "gift", cwd=gift.parent.parent)
    assert done.returncode == 0, done.stderr


def test_a_streak_is_compared_too(inline: Command, small: DataRoot) -> None:
    words = ("-m", "simulated/a?rate=0.8", "-s", "small", "--goal", "3", "--name", "gift", "-q")
    assert inline("streak", *words, cwd=small.path).returncode in (0, 1)
    folder = small.path / "results" / "gift"
    done = inline("run", "--resume", "gift", cwd=small.path)
    assert done.returncode in (0, 1)
    lines = lines_of(folder)
    lines[3]["box"] = [0, 0, 640, 360]
    write_lines(folder, lines)
    done = inline("run", "--resume", "gift", cwd=small.path)
    assert done.returncode == 2
    assert f"{lines[3]['id']} has another box" in done.stderr


# --- pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["absolute", "up", "link"])
def test_no_picture_outside_a_data_root_is_sent(
    inline: Command, small: DataRoot, asked: Path, listener: Listener, tmp_path: Path, way: str
) -> None:
    private = tmp_path / "private" / "small"
    private.mkdir(parents=True)
    Image.new("RGB", (640, 360), "red").save(private / "shot0.png")
    pictures = small.path / "screenshots" / "small"
    if way in ("absolute", "up"):
        lines = lines_of(asked)
        out = "../../private/small/shot0.png"
        for line in lines:
            line["screenshot"] = str(private / "shot0.png") if way == "absolute" else out
            line["sha256"] = None
        write_lines(asked, lines)
    else:
        (pictures / "shot0.png").unlink()
        (pictures / "shot0.png").symlink_to(private / "shot0.png")
    done = inline("run", "--resume", "gift", cwd=small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert listener[1] == []


def test_a_root_that_run_json_names_lends_no_link(
    inline: Command, small: DataRoot, listener: Listener, tmp_path: Path
) -> None:
    url, heard = listener
    for path in (small.path / "targets").glob("*/*.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "sha256": None}))
    model = f"openai/x?base_url={url}&retries=0"
    inline("run", "-m", model, "-s", "small", "--data", small.path, "--name", "gift", "-q")
    assert heard
    heard.clear()
    private = tmp_path / "private" / "small"
    private.mkdir(parents=True)
    for name in ("shot0.png", "shot1.png"):
        Image.new("RGB", (640, 360), "red").save(private / name)
    (small.path / "screenshots").rename(tmp_path / "aside")
    (small.path / "screenshots").symlink_to(private.parent)
    done = inline("run", "--resume", "gift")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert heard == []
    inline("run", "--resume", "gift", "--data", small.path)
    assert heard


# --- keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "variable", ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "OPENAI_API_KEY", "GROQ_API_KEY", "HOME"]
)
@pytest.mark.parametrize("urls", [1, 2])
def test_no_variable_goes_to_a_host_that_run_json_alone_names(
    inline: Command,
    small: DataRoot,
    asked: Path,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    urls: int,
) -> None:
    url, heard = listener
    monkeypatch.setenv(variable, SECRET)
    wire = {"key_env": variable, "base_url": url if urls == 1 else [url, f"{url}/b"]}
    edit(asked, lambda info: info["models"][0]["wire"].update(wire))
    done = inline("run", "--resume", "gift", cwd=small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert f"would send {variable}" in done.stderr
    assert heard == []


def test_a_variable_of_no_vendor_goes_to_no_vendor(
    inline: Command, small: DataRoot, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    edit(
        asked,
        lambda info: info["models"][0].update(wire={"key_env": "AWS_SECRET_ACCESS_KEY"}),
    )
    done = inline("run", "--resume", "gift", cwd=small.path)
    assert done.returncode == 2
    assert "would send AWS_SECRET_ACCESS_KEY of openai/x to a vendor" in done.stderr


@pytest.mark.parametrize(
    "wire", [{"trust_remote_code": True}, {"temperature": 0}, {"api_key": "x"}, {"\x1b[2J": 1}]
)
def test_wire_settings_that_are_none_are_refused(
    inline: Command, small: DataRoot, asked: Path, wire: dict[str, Any]
) -> None:
    edit(asked, lambda info: info["models"][0]["wire"].update(wire))
    done = inline("run", "--resume", "gift", cwd=small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "is no such setting" in done.stderr
    assert "\x1b" not in done.stderr


def test_settings_hidden_in_a_label_are_refused(
    inline: Command,
    small: DataRoot,
    asked: Path,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, heard = listener
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    label = f"openai/x?base_url={url}&key_env=AWS_SECRET_ACCESS_KEY"
    edit(asked, lambda info: info["models"][0].update(label=label, wire={}))
    done = inline("run", "--resume", "gift", cwd=small.path)
    assert done.returncode == 2
    assert "which no label shows" in done.stderr
    assert heard == []


@pytest.mark.parametrize("way", ["typed", "toml", "toml of another model", "_BASE_URL"])
def test_a_key_goes_where_its_owner_says(
    inline: Command,
    small: DataRoot,
    asked: Path,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    url, heard = listener
    variable = "OPENAI_API_KEY" if way == "_BASE_URL" else "GATEWAY_TOKEN"
    monkeypatch.setenv(variable, SECRET)
    words = ["run", "--resume", "gift"]
    edit(asked, lambda info: info["models"][0]["wire"].update(key_env=variable))
    if way == "typed":
        words += ["-m", f"openai/x?base_url={url}&key_env={variable}"]
    elif way == "_BASE_URL":
        monkeypatch.setenv("OPENAI_BASE_URL", url)
    else:
        toml = f'[models.x]\nmodel = "openai/x"\nbase_url = "{url}"\nkey_env = "{variable}"\n'
        (small.path / "pointbench.toml").write_text(toml)
    if way == "toml":
        new = ["run", "-m", "x", "-s", "small", "--name", "own", "-q"]
        inline(*new, cwd=small.path)
        heard.clear()
        words = ["run", "--resume", "own"]
    done = inline(*words, cwd=small.path)
    assert done.returncode == 1
    assert all(f"Bearer {SECRET}" in request for request in heard)
    assert heard
    host = url.split("/")[2]
    assert f"the key in {variable} goes to {host}, which base_url names" in done.stderr


@pytest.mark.parametrize("half", ["base_url", "key_env"])
def test_half_of_the_pair_in_pointbench_toml_is_not_enough(
    inline: Command,
    small: DataRoot,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    half: str,
) -> None:
    url, heard = listener
    monkeypatch.setenv("GATEWAY_TOKEN", SECRET)
    pair = {"base_url": url, "key_env": "GATEWAY_TOKEN"}
    toml = small.path / "pointbench.toml"
    toml.write_text(f'[models.x]\nmodel = "openai/x"\n{half} = "{pair[half]}"\nretries = 0\n')
    given = "" if half == "base_url" else f"?base_url={url}"
    inline("run", "-m", f"x{given}", "-s", "small", "--name", "gift", "-q", cwd=small.path)
    heard.clear()
    folder = small.path / "results" / "gift"
    edit(folder, lambda info: info["models"][0]["wire"].update(pair))
    done = inline("run", "--resume", "gift", cwd=small.path)
    assert done.returncode == 2
    assert "would send GATEWAY_TOKEN" in done.stderr
    assert heard == []


def test_only_a_model_of_the_run_can_be_typed_again(
    inline: Command, small: DataRoot, gift: Path
) -> None:
    done = inline("run", "--resume", "gift", "-m", "local/random", cwd=small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "run gift has no local/random; it has local/center" in done.stderr
    assert inline("run", "--resume", "gift", "-m", "local/center", cwd=small.path).returncode == 0


# --- code ---------------------------------------------------------------------------------------

CODE = """
from pointbench import Reply
from pointbench.adapters.protocol import Facts
from pointbench.adapters.setting_specs import Setting

class Pointer:
    @staticmethod
    def facts(name, settings):
        specs = {"trust_remote_code": Setting("runs code", bool, runs_code=True)}
        return Facts(accepts=specs, profile="pixel")

    def __init__(self, name, settings):
        self.ran = settings.get("trust_remote_code")

    def ask(self, request):
        return Reply('{"x": 1, "y": 1, "ran": "%s"}' % self.ran)
"""


def test_code_of_a_model_runs_only_if_its_setting_is_typed(
    pointbench: Command, adapters: Callable[[str, str], Path], small: DataRoot
) -> None:
    from tests.conftest import environment

    env = environment(adapters("coded", CODE))
    label = "coded/a?trust_remote_code=true"
    done = pointbench("run", "-m", label, "-s", "small", "--name", "gift", env=env, cwd=small.path)
    assert done.returncode == 0, done.stderr
    folder = small.path / "results" / "gift"
    lines = (folder / "trials.jsonl").read_text().splitlines(keepends=True)
    (folder / "trials.jsonl").write_text(lines[0])
    done = pointbench("run", "--resume", "gift", env=env, cwd=small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert f"type the model again: -m '{label}'" in done.stderr
    assert (folder / "trials.jsonl").read_text() == lines[0]
    done = pointbench("run", "--resume", "gift", "-m", label, env=env, cwd=small.path)
    assert done.returncode == 0, done.stderr
    toml = small.path / "pointbench.toml"
    for entry in (
        '[models.mine]\nmodel = "coded/a"\ntrust_remote_code = true\n',
        '[models.mine]\nmodel = "coded/a?trust_remote_code=true"\n',
        '[models.mine]\nmodel = "coded/a"\nprofile = "p"\n[profiles.p]\nlike = "pixel"\n'
        "settings = {trust_remote_code = true}\n",
    ):
        toml.write_text(entry)
        words = ("run", "-m", "mine", "-s", "small", "--dry-run")
        done = pointbench(*words, env=env, cwd=small.path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert "-m 'mine?trust_remote_code=true'" in done.stderr
        done = pointbench("models", "show", "mine?trust_remote_code=true", env=env, cwd=small.path)
        assert done.returncode == 0, done.stderr


# --- links --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["trials.jsonl", ".lock"])
def test_nothing_is_written_through_a_link(
    inline: Command, gift: Path, tmp_path: Path, name: str
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("no line break at its end")
    (gift / name).unlink(missing_ok=True)
    (gift / name).symlink_to(mine)
    done = inline("run", "--resume", "gift", cwd=gift.parent.parent)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert mine.read_text() == "no line break at its end"


@pytest.mark.parametrize(
    "name",
    ["run.json.part", "summary.json.part", "report.html.part", "summary.json", "report.html"],
)
def test_files_are_replaced_not_written_through(
    inline: Command, gift: Path, tmp_path: Path, name: str
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    (gift / name).unlink(missing_ok=True)
    (gift / name).symlink_to(mine)
    assert inline("run", "--resume", "gift", cwd=gift.parent.parent).returncode == 0
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("name", ["run.json", "targets.jsonl", "trials.jsonl", "summary.json"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_file_without_end_is_refused(inline: Command, gift: Path, name: str, kind: str) -> None:
    (gift / name).unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(gift / name)
    else:
        (gift / name).symlink_to("/dev/zero")
    done = inline("report", "gift", cwd=gift.parent.parent)
    # A summary that cannot be read is computed anew.
    assert done.returncode == (0 if name == "summary.json" else 2), done.stderr
    assert done.stderr.count("\n") == (0 if name == "summary.json" else 1)
