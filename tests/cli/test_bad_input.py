"""Everything a user may get wrong: one clear line, exit 2 (validate: 1), nothing lost, no traceback."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import Command, DataRoot, environment, small_suite


def refused(done: subprocess.CompletedProcess[str], *words: str) -> str:
    """The one line of a refusal; fails on anything else."""
    assert done.returncode == 2, (done.returncode, done.stderr, done.stdout)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("pointbench: ")
    for word in words:
        assert word in lines[0], lines[0]
    return lines[0]


@pytest.mark.parametrize(
    ("words", "messages"),
    [
        (["frobnicate"], ["no command 'frobnicate'"]),
        (["repot"], ["did you mean report"]),
        (["run", "--frobnicate"], ["--frobnicate"]),
        (["run", "-n", "0"], ["whole number of at least 1"]),
        (["run", "-n", "two"], ["whole number"]),
        (["run", "--max-error-rate", "2"], ["from 0 to 1"]),
        (["run", "-m", "nonsense"], ["no model 'nonsense'", "adapter/name"]),
        (["run", "-m", "loca/random"], ["no adapter 'loca'", "did you mean local"]),
        (["run", "-m", "local/rnadom"], ["local/rnadom", "local/random"]),
        (["run", "-m", "local/ocr?min_scroe=3"], ["min_scroe", "did you mean min_score"]),
        (["run", "-m", "local/ocr?profile=pixle"], ["no profile 'pixle'", "did you mean pixel"]),
        (["run", "-m", "local/center", "-m", "local/center"], ["two models", "'local/center'"]),
        (["run", "-m", "local/ocr?api_key=sk-1"], ["keys come from the environment"]),
        (
            ["run", "-m", 'openai/gpt-4o?extra_body={"headers":{"Authorization":"Bearer sk-1"}}'],
            ["'extra_body.headers.Authorization'", "keys come from the environment"],
        ),
        (["run", "-m", "local/ocr?base_url=ftp://x"], ["base_url"]),
        (["run", "-m", "local/ocr?base_url=http://u:p@x"], ["base_url", "key_env"]),
        (["run", "-m", "local/ocr?base_url=http://x/v1/%3Ftoken=abc"], ["base_url", "before ?"]),
        (["run", "-s", "small", "--variants", ","], ["--variants ''"]),
        (["run", "-s", "nope"], ["no suite 'nope'", "small"]),
        (["run", "-s", "../small"], ["no suite"]),
        (["run", "-s", "small", "--where", "kind"], ["FIELD=VALUE"]),
        (["run", "-s", "small", "--where", "color=red"], ["no field 'color'"]),
        (["run", "-s", "small", "--where", "kind=nothing"], ["no target is left"]),
        (["run", "-s", "small", "--variants", "mirrored"], ["'mirrored'", "as-is, jittered"]),
        (["run", "-s", "small", "--name", "../x"], ["--name", "without a folder"]),
        (["run", "-s", "small", "--config", "none.toml"], ["none.toml", "No such file"]),
        (["run", "--resume", "nothing"], ["no run 'nothing'"]),
        (["run", "--resume", "nothing", "-n", "3"], ["leave out --repeats"]),
        (["report", "nothing"], ["no run 'nothing'"]),
        (["report"], ["RUN"]),
        (["rescore", "nothing"], ["no run 'nothing'"]),
        (["cite", "nothing"], ["no run 'nothing'"]),
        (["overlay", "nothing", "-o", "x.png"], ["nothing"]),
        (["validate", "nothing"], ["no such file or folder"]),
        (["schema", "everything"], ["everything"]),
        (["suites", "show", "nope"], ["no suite 'nope'"]),
        (["models", "show", "nope"], ["no model 'nope'"]),
    ],
)
def test_one_line_and_exit_2(
    inline: Command, small: DataRoot, words: list[str], messages: list[str]
) -> None:
    refused(inline(*words, cwd=small.path), *messages)
    assert not (small.path / "results").exists()


CENTER = ["run", "-m", "local/center", "-s", "small"]


def edit(root: DataRoot, change: Callable[[dict[str, Any]], None]) -> Path:
    path = root.path / "targets" / "small" / "shot0.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


def set_box(box: list[float]) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content["targets"][1]["box"] = box

    return change


def duplicate(content: dict[str, Any]) -> None:
    content["targets"].append(content["targets"][0])


def unknown_key(content: dict[str, Any]) -> None:
    content["targets"][2]["color"] = "red"


def escape(content: dict[str, Any]) -> None:
    content["screenshot"] = "../../secret.png"


def other_size(content: dict[str, Any]) -> None:
    content["width"] += 1


def other_size_undigested(content: dict[str, Any]) -> None:
    other_size(content)
    content["sha256"] = None


def other_digest(content: dict[str, Any]) -> None:
    content["sha256"] = "0" * 64


ANNOTATION_FAULTS = [
    (set_box([80, 40, 20, 80]), ["shot0/t1", "box", "inverted"]),
    (set_box([80, 40, 80, 80]), ["shot0/t1", "box", "empty"]),
    (set_box([80, 40, 8000, 80]), ["shot0/t1", "box", "outside"]),
    (set_box([80, 40, float("nan"), 80]), ["shot0/t1", "box[2]", "finite"]),
    (duplicate, ["shot0/t0", "id", "twice"]),
    (unknown_key, ["shot0/t2", "color", "unknown key"]),
    (escape, ["screenshot", "leaves screenshots/"]),
]


@pytest.mark.parametrize(("change", "messages"), ANNOTATION_FAULTS)
def test_a_faulty_annotation_stops_a_run_and_is_found_by_validate(
    inline: Command,
    small: DataRoot,
    change: Callable[[dict[str, Any]], None],
    messages: list[str],
) -> None:
    path = edit(small, change)
    refused(inline(*CENTER, cwd=small.path), "shot0.json", *messages)
    for looked_at in (small.path, path.parent, path):
        done = inline("validate", looked_at)
        assert done.returncode == 1
        assert all(word in done.stdout for word in ["shot0.json", *messages]), done.stdout


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_size, "641x360"),
        (other_size_undigested, "641x360"),
        (other_digest, "differs from its sha256"),
    ],
)
def test_a_picture_that_does_not_agree(
    inline: Command, small: DataRoot, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    edit(small, change)
    refused(inline(*CENTER, cwd=small.path), "shot0.png", message)
    done = inline("validate", small.path)
    assert done.returncode == 1
    assert "shot0.png" in done.stdout
    assert message in done.stdout
    assert inline("validate", "--no-images", small.path).returncode == 0


def test_missing_pictures_are_all_named(inline: Command, small: DataRoot) -> None:
    for picture in (small.path / "screenshots" / "small").iterdir():
        picture.unlink()
    refused(inline(*CENTER, cwd=small.path), "shot0.png", "shot1.png", "missing")
    assert inline("validate", small.path).stdout.count("missing") == 2
    assert inline("validate", "--no-images", small.path).returncode == 0


def replace_picture(root: DataRoot, data: bytes) -> None:
    (root.path / "screenshots" / "small" / "shot0.png").write_bytes(data)

    def no_digest(content: dict[str, Any]) -> None:
        content["sha256"] = None

    edit(root, no_digest)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be huge: its header and a few bytes of data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + data + chunk(b"IEND", b"")


def test_a_corrupt_picture(inline: Command, small: DataRoot) -> None:
    whole = (small.path / "screenshots" / "small" / "shot0.png").read_bytes()
    replace_picture(small, b"\x89PNG\r\n\x1a\n garbage")
    refused(inline(*CENTER, cwd=small.path), "shot0.png", "cannot be read")
    replace_picture(small, whole[: len(whole) // 2])
    done = inline("validate", small.path)
    assert done.returncode == 1
    assert "shot0.png" in done.stdout


def test_a_decompression_bomb_is_refused_before_it_is_decoded(
    inline: Command, small: DataRoot
) -> None:
    replace_picture(small, png_header(60_000, 60_000))

    def huge(content: dict[str, Any]) -> None:
        content["width"] = content["height"] = 60_000

    edit(small, huge)
    # An annotation may have a side of 60,000 pixels; it is the picture that is refused.
    refused(inline(*CENTER, cwd=small.path), "shot0.png", "more than 100 million pixels")
    assert "more than 100 million pixels" in inline("validate", small.path).stdout


def test_a_picture_that_is_no_ordinary_file(inline: Command, small: DataRoot) -> None:
    picture = small.path / "screenshots" / "small" / "shot0.png"
    picture.unlink()
    os.mkfifo(picture)
    refused(inline(*CENTER, cwd=small.path), "shot0.png", "not an ordinary file")
    assert "not an ordinary file" in inline("validate", small.path).stdout
    annotation = small.path / "targets" / "small" / "shot1.json"
    annotation.unlink()
    os.mkfifo(annotation)
    refused(inline(*CENTER, cwd=small.path), "shot1.json", "not an ordinary file")


def test_a_picture_of_more_bytes_than_memory_should_take(inline: Command, small: DataRoot) -> None:
    picture = small.path / "screenshots" / "small" / "shot0.png"
    with picture.open("r+b") as file:
        file.truncate(20_000_000_000)  # sparse: it takes no room
    refused(inline(*CENTER, cwd=small.path), "shot0.png", "more than 400 million bytes")


def test_a_full_disk_under_stdout(inline: Command, small: DataRoot) -> None:
    assert inline(*CENTER, "--name", "one", cwd=small.path).returncode == 0
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pointbench", "report", "one"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=small.path,
            env=environment(),
            check=False,
        )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "No space left" in done.stderr


def test_json_that_is_cut_off(inline: Command, small: DataRoot) -> None:
    path = small.path / "targets" / "small" / "shot1.json"
    path.write_text(path.read_text()[:200])
    refused(inline(*CENTER, cwd=small.path), "shot1.json", "not JSON", "line 1")
    assert inline("validate", small.path).returncode == 1


def test_an_empty_suite(inline: Command, small: DataRoot) -> None:
    for path in (small.path / "targets" / "small").glob("*.json"):
        path.unlink()
    refused(inline(*CENTER, cwd=small.path), "empty")
    assert inline("validate", small.path).returncode == 1


def test_a_config_that_is_wrong(inline: Command, small: DataRoot) -> None:
    config = small.path / "pointbench.toml"
    for text, messages in [
        ("[models.x\n", ["not TOML"]),
        ("[model.x]\n", ["unknown table 'model'"]),
        ("[models]\nx = 3\n", ["[models.NAME]"]),
        ('[models.x]\nbase = "y"\n', ["[models.x]", "adapter/name"]),
        ('[models.x]\nmodel = "local/ocr"\napi_key = "sk"\n', ["keys come from the environment"]),
        (
            '[models.x]\nmodel = "openai/gpt-4o"\nextra_body = {metadata = {api_key = "sk"}}\n',
            ["[models.x]", "'extra_body.metadata.api_key'", "keys come from the environment"],
        ),
        (
            '[models.x]\nmodel = "local/ocr?profile=y"\n'
            '[profiles.y]\nlike = "pixel"\nsettings = {api_key = "sk"}\n',
            ["profile y", "'api_key'", "keys come from the environment"],
        ),
        ('[profiles.x]\nprompt = 3\ndescription = ""\n', ["profile x", "prompt"]),
        ('[profiles.x]\nprompt = "p"\nunit = "inch"\n', ["profile x", "unit"]),
        ('[profiles.x]\nlike = "pixle"\n', ["pixle"]),
    ]:
        config.write_text(text)
        refused(inline("run", "-m", "x", "-s", "small", cwd=small.path), *messages)


def test_a_name_that_is_taken(inline: Command, small: DataRoot) -> None:
    assert inline(*CENTER, "--name", "one", cwd=small.path).returncode == 0
    before = (small.path / "results" / "one" / "trials.jsonl").read_bytes()
    refused(inline(*CENTER, "--name", "one", cwd=small.path), "exists already")
    assert (small.path / "results" / "one" / "trials.jsonl").read_bytes() == before
    assert inline("rescore", "one", cwd=small.path).returncode == 0
    refused(inline("rescore", "one", cwd=small.path), "one-rescored", "exists already")


def test_a_results_folder_that_is_a_file(inline: Command, small: DataRoot) -> None:
    (small.path / "results").write_text("x")
    refused(inline(*CENTER, cwd=small.path), "cannot be written")


def test_a_results_folder_that_cannot_be_written(inline: Command, small: DataRoot) -> None:
    # Not even root can make a folder in /proc.
    refused(inline(*CENTER, "--out", "/proc/pointbench", cwd=small.path), "cannot be written")


def test_a_run_of_a_newer_schema(inline: Command, small: DataRoot) -> None:
    assert inline(*CENTER, "--name", "one", cwd=small.path).returncode == 0
    path = small.path / "results" / "one" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    for words in (["report", "one"], ["rescore", "one"], ["run", "--resume", "one"]):
        refused(inline(*words, cwd=small.path), "schema 99", "upgrade")


@pytest.mark.parametrize("file", ["run.json", "targets.jsonl", "trials.jsonl"])
def test_a_damaged_run(inline: Command, small: DataRoot, file: str) -> None:
    assert inline(*CENTER, "--name", "one", cwd=small.path).returncode == 0
    path = small.path / "results" / "one" / file
    (small.path / "results" / "one" / "summary.json").unlink()
    path.write_text('{"broken": \n' + path.read_text())
    refused(inline("report", "one", cwd=small.path), "one", file)
    refused(inline("run", "--resume", "one", cwd=small.path), "one", file)


def test_a_changed_suite_is_named_and_not_mixed_in(inline: Command, small: DataRoot) -> None:
    assert inline(*CENTER, "--name", "one", cwd=small.path).returncode == 0
    edit(small, set_box([80, 40, 121, 80]))
    refused(inline("run", "--resume", "one", cwd=small.path), "suite small has changed")


def test_a_changed_profile_is_named_and_not_mixed_in(inline: Command, small: DataRoot) -> None:
    config = small.path / "pointbench.toml"
    config.write_text(
        '[models.mine]\nmodel = "local/ocr?profile=own"\n[profiles.own]\nlike = "local-ocr"\n'
    )
    words = ["run", "-m", "mine", "-s", "small", "--name", "one", "--limit", "2"]
    done = inline(*words, cwd=small.path)
    assert done.returncode == 0, done.stderr
    config.write_text(config.read_text() + 'prompt = "Please: {instruction}"\n')
    refused(inline("run", "--resume", "one", cwd=small.path), "profile own", "prompt")
    config.write_text("")
    refused(inline("run", "--resume", "one", cwd=small.path), "mine")


SLOW = """
import time
from pointbench import Reply

class Pointer:
    def __init__(self, name, settings): pass
    def ask(self, request):
        time.sleep(0.02)
        return Reply('{"x": 40, "y": 60}' + "x" * 2000)
"""


def test_a_disk_that_fills_up_keeps_what_was_stored(
    pointbench: Command, adapters: Callable[[str, str], Path], root: DataRoot, tmp_path: Path
) -> None:
    """A real limit on the size of files, as a full file system gives: the run stops in one line."""
    small_suite(root, screenshots=5, each=8)
    env = environment(adapters("slow", SLOW))
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))\n"
        "from pointbench.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    work = tmp_path / "work"
    words = ["run", "-m", "slow/a", "-s", "small", "--data", str(root.path), "--name", "full", "-q"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        env=env,
        cwd=work,
        timeout=120,
        check=False,
    )
    refused(done, "run full", "could not be stored", "File too large")
    folder = work / "results" / "full"
    trials = (folder / "trials.jsonl").read_bytes()
    assert trials.count(b"\n") >= 5
    assert trials.endswith(b"\n")
    assert json.loads((folder / "run.json").read_text())["state"] == "interrupted"
    again = pointbench("run", "--resume", "full", env=env, cwd=work)
    assert again.returncode == 0, again.stderr
    assert (folder / "trials.jsonl").read_bytes().startswith(trials)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_full_file_system(
    pointbench: Command, adapters: Callable[[str, str], Path], root: DataRoot, tiny_disk: Path
) -> None:
    small_suite(root, screenshots=5, each=8)
    env = environment(adapters("slow", SLOW))
    words = ["-m", "slow/a", "-s", "small", "--data", root.path, "--out", tiny_disk, "-q"]
    refused(
        pointbench("run", *words, "--name", "full", env=env),
        "run full",
        "could not be stored",
        "No space left on device",
    )
    trials = (tiny_disk / "full" / "trials.jsonl").read_bytes()
    assert trials.count(b"\n") >= 5
    assert trials.endswith(b"\n")
    assert all(json.loads(line)["reply"] for line in trials.splitlines())


def test_an_interrupted_pipe_is_no_traceback(inline: Command, small: DataRoot) -> None:
    assert inline(*CENTER, "--name", "one", cwd=small.path).returncode == 0
    done = subprocess.run(
        f"{sys.executable} -m pointbench report one | true",
        shell=True,
        capture_output=True,
        text=True,
        cwd=small.path,
        env=environment(),
        check=False,
    )
    assert "Traceback" not in done.stderr


def test_an_image_that_is_no_picture_format_we_take(inline: Command, small: DataRoot) -> None:
    path = small.path / "screenshots" / "small" / "shot0.png"
    Image.new("RGB", (640, 360)).save(path, "BMP")
    replace_picture(small, path.read_bytes())
    refused(inline(*CENTER, cwd=small.path), "shot0.png", "PNG, JPEG or WebP")
