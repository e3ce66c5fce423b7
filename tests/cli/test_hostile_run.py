"""A run's folder from anybody: every command that reads it ends well, touches and sends nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Command, DataRoot, small_suite

HOSTILE = "a\x1b[31mred\x1b]0;title\x07b\x9b1mc\u202ed/../../<script>alert(1)</script>,=cmd()"
SECRET = "wJalr-secret-0123456789"
VALUES: list[object] = [
    HOSTILE, "/etc/passwd", "../../../private.png", "", "\ud800", "x" * 100_000, 10**30, 10**400, 1e308,
    -1, 0, float("nan"), float("inf"), None, True, [], {}, [HOSTILE], {HOSTILE: HOSTILE}, [[1e308] * 4],
]  # fmt: skip
READING = [
    ("report", "gift"),
    ("report", "gift", "other"),
    *(
        ("report", "gift", "--format", format_, "-o", f"out/report.{format_}")
        for format_ in ("html", "markdown", "csv", "latex", "json")
    ),
    ("compare", "gift"),
    ("compare", "gift", "other", "--json"),
    ("rescore", "gift", "--name", "again"),
    ("cite", "gift"),
    ("overlay", "gift", "-o", "out/overlays"),
    ("plan", "--run", "gift"),
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the runs ``gift`` and ``other``."""
    from pointbench.cli import main

    folder = tmp_path_factory.mktemp("runs")
    small_suite(DataRoot(folder))
    before = Path.cwd()
    os.chdir(folder)
    try:
        for name in ("gift", "other"):
            models = "-m local/center -m simulated/a?rate=0.7 -m simulated/b?rate=0.4"
            words = f"run {models} -s small -n 2 --name {name} -q"
            assert main(words.split()) == 0
    finally:
        os.chdir(before)
    return folder


def snapshot(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def refuse_controls(text: str) -> None:
    bad = {
        c for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}
    }
    assert not bad, bad


def hostile(value: object, keep: frozenset[str], key: str = "") -> object:
    """The value with every text replaced, but those under the keys that a reader goes by."""
    if isinstance(value, dict):
        return {name: hostile(item, keep, name) for name, item in value.items()}
    if isinstance(value, list):
        return [hostile(item, keep, key) for item in value]
    return f"{value}{HOSTILE}" if isinstance(value, str) and key not in keep else value


KEEP = frozenset(
    {
        "kind", "state", "adapter", "name", "profile", "sizing", "unit", "order", "format", "several",
        "suite", "digest", "exact", "variant", "variants", "outcome", "sha256", "key", "screenshot",
        "media_type", "model", "label", "target", "id", "rule", "evidence",
    }
)  # fmt: skip
"""What must be a known word, or the same in all files, for the folder to be read at all."""


@pytest.fixture
def gift(runs: Path, tmp_path: Path, listener: tuple[str, list[str]]) -> Path:
    """A working folder with a run that has every hostile thing at once; ``private`` is beside it."""
    work = tmp_path / "work"
    shutil.copytree(runs, work)
    folder = work / "results" / "gift"
    info: Any = hostile(json.loads((folder / "run.json").read_text()), KEEP)
    for model in info["models"]:
        model["wire"] = {"base_url": listener[0], "key_env": "AWS_SECRET_ACCESS_KEY"}
    info["data"] = "../../../private"
    info["where"] = ["id=" + "*a" * 500]
    (folder / "run.json").write_text(json.dumps(info))
    private = tmp_path / "private"
    (private / "screenshots" / "small").mkdir(parents=True)
    (private / "targets").mkdir()
    for name in ("mine.json", "mine.txt"):
        (private / name).write_text(json.dumps({"private": SECRET}))
    for name in ("targets.jsonl", "trials.jsonl"):
        lines = [json.loads(line) for line in (folder / name).read_text().splitlines()]
        changed: list[Any] = [hostile(line, KEEP) for line in lines]
        if name == "targets.jsonl":
            # Every other target stays as it is, so that two runs have some in common.
            changed = [line if n % 2 else changed[n] for n, line in enumerate(lines)]
            changed[0]["screenshot"] = str(private / "mine.txt")
            changed[2]["screenshot"] = "../../../../private/mine.txt"
            for line in changed[:4:2]:
                line["sha256"] = snapshot(private)["mine.txt"]
        for line in changed:
            line |= {"extra": {HOSTILE: [HOSTILE]}} if "box" in line else {}
            line |= {"cost_usd": 1e300} if "cost_usd" in line else {}
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in changed))
    (folder / "summary.json").unlink()
    (folder / "summary.json").symlink_to(private / "mine.json")
    (folder / "report.html").unlink()
    (folder / "report.html").symlink_to(private / "mine.txt")
    (folder / "report.html.part").symlink_to(private / "mine.txt")
    return work


@pytest.mark.parametrize("words", READING, ids=lambda words: " ".join(words[:4]))
def test_a_hostile_run_touches_and_sends_nothing(
    inline: Command,
    gift: Path,
    listener: tuple[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    private, folder = gift.parent / "private", gift / "results" / "gift"
    before, own = snapshot(private), snapshot(folder)
    done = inline(*words, cwd=gift)
    assert done.returncode in (0, 1), done.stderr
    refuse_controls(done.stdout + done.stderr)
    assert listener[1] == []
    assert snapshot(private) == before
    assert snapshot(folder) == own
    written = "".join(p.read_text() for p in (gift / "out").rglob("*.*") if p.suffix != ".png")
    assert SECRET not in done.stdout + done.stderr + written


def test_its_page_lands_in_place_of_the_link(inline: Command, gift: Path) -> None:
    before = snapshot(gift.parent / "private")
    assert inline("report", "gift", "--format", "html", cwd=gift).returncode == 0
    assert snapshot(gift.parent / "private") == before
    page = gift / "results" / "gift" / "report.html"
    assert not page.is_symlink()
    assert "<script>alert" not in page.read_text()


def test_resuming_it_is_refused_in_one_line(
    inline: Command, gift: Path, listener: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    before = snapshot(gift)
    done = inline("run", "--resume", "gift", cwd=gift)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    refuse_controls(done.stderr)
    assert listener[1] == []
    assert snapshot(gift) == before


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value in a JSON value; of a list, the first two items."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index in range(min(len(value), 2)):
            yield from places(value[index], (*path, index))


def replaced(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    if not path:
        return new
    inner = value
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = new
    return value


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_value_anywhere_in_it_ends_no_command_with_a_traceback(
    inline: Command, runs: Path, tmp_path: Path, data: st.DataObject
) -> None:
    work = tmp_path / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(runs, work)
    name = data.draw(st.sampled_from(["run.json", "targets.jsonl", "trials.jsonl", "summary.json"]))
    path = work / "results" / "gift" / name
    text = path.read_text()
    documents = text.splitlines() if name.endswith("l") else [text]
    number = data.draw(st.integers(0, len(documents) - 1))
    document = json.loads(documents[number])
    place = data.draw(st.sampled_from(sorted(places(document), key=str)))
    documents[number] = json.dumps(replaced(document, place, data.draw(st.sampled_from(VALUES))))
    path.write_text("\n".join(documents) + "\n")
    words = data.draw(st.sampled_from([*READING, ("run", "--resume", "gift", "-q")]))
    done = inline(*words, cwd=work)
    assert done.returncode in (0, 1, 2)
    assert done.returncode != 2 or done.stderr.count("\n") == 1, done.stderr
    refuse_controls(done.stdout + done.stderr)


@pytest.mark.parametrize("way", ["link to a file", "link to a folder", "absolute", "up"])
@pytest.mark.parametrize(
    "words",
    [
        ("run", "-m", "simulated/a", "-s", "small", "-q"),
        ("streak", "-m", "simulated/a", "--goal", "1", "-s", "small", "-q"),
        ("export", "small", "coco", "-o", "out"),
        ("export", "small", "screenspot-pro", "-o", "out"),
        ("overlay", "small", "-o", "out"),
        ("validate", "targets/small"),
    ],
    ids=lambda words: " ".join(words[:3]),
)
def test_no_command_takes_a_picture_from_outside(
    inline: Command, runs: Path, tmp_path: Path, way: str, words: tuple[str, ...]
) -> None:
    work, private = tmp_path / "work", tmp_path / "private"
    shutil.copytree(runs / "targets", work / "targets")
    shutil.copytree(runs / "screenshots", work / "screenshots")
    (work / "screenshots" / "small").rename(private)
    (private / "shot0.png").write_bytes((private / "shot0.png").read_bytes() + SECRET.encode())
    out = {"absolute": str(private), "up": "../../private"}.get(way, "small")
    for path in (work / "targets" / "small").glob("*.json"):
        annotation = json.loads(path.read_text())
        picture = Path(annotation["screenshot"]).name
        annotation |= {"screenshot": f"{out}/{picture}", "sha256": None}
        path.write_text(json.dumps(annotation))
    if way == "link to a folder":
        (work / "screenshots" / "small").symlink_to(private)
    elif way == "link to a file":
        (work / "screenshots" / "small").mkdir()
        for picture_path in private.iterdir():
            (work / "screenshots" / "small" / picture_path.name).symlink_to(picture_path)
    done = inline(*words, cwd=work)
    assert done.returncode in (0, 1, 2)
    assert done.returncode == 2 or words[0] in ("export", "overlay", "validate"), done.stdout
    written = [path for path in (work / "out").rglob("*") if path.is_file()]
    assert all(SECRET.encode() not in path.read_bytes() for path in written)
    pixels = [path for path in written if path.suffix == ".png"]
    assert words[0] == "overlay" or pixels == []
