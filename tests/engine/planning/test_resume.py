"""A resumed run asks under the configuration that it began with, or is refused in one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pointbench.engine.planning.resume import ASKS_AND_READS
from pointbench.profiles import Profile
from pointbench.runs import read_targets
from pointbench.trials import trial_key
from tests.adapters.vendor_server import vendor_server
from tests.conftest import Command, DataRoot, small_suite


@pytest.fixture
def half_a_run(inline: Command, small: DataRoot, tmp_path: Path) -> Path:
    """The folder of a run whose last answers are missing."""
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--name", "half")
    assert inline("run", *words).returncode == 0
    folder = tmp_path / "results" / "half"
    lines = (folder / "trials.jsonl").read_text().splitlines(keepends=True)
    assert len(lines) > 1
    (folder / "trials.jsonl").write_text(lines[0])
    return folder


def change_profile(folder: Path, **fields: Any) -> None:
    """Change fields of the profile that a run has stored."""
    info = json.loads((folder / "run.json").read_text())
    info["models"][0]["profile"] |= fields
    (folder / "run.json").write_text(json.dumps(info))


@pytest.mark.parametrize("note", ["description", "source", "evidence", "of_a_later_version"])
def test_a_reworded_note_of_a_profile_does_not_end_a_run(
    inline: Command, small: DataRoot, half_a_run: Path, note: str
) -> None:
    change_profile(half_a_run, **{note: "as an older version put it"})
    done = inline("run", "--resume", "half", "--data", small.path)
    assert done.returncode == 0, done.stderr
    assert len((half_a_run / "trials.jsonl").read_text().splitlines()) > 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", "Where? {instruction}"),
        ("system", "Be brief."),
        ("blind", False),
        ("sizing", "qwen-28"),
        ("unit", "permille"),
        ("order", "yx"),
        ("format", "any"),
        ("several", "last"),
        ("nothing", [-1, -1]),
        ("opens_reasoning", True),
        ("settings", {"temperature": 1}),
    ],
)
def test_a_profile_that_asks_or_reads_in_another_way_does(
    inline: Command, small: DataRoot, half_a_run: Path, field: str, value: object
) -> None:
    change_profile(half_a_run, **{field: value})
    done = inline("run", "--resume", "half", "--data", small.path)
    assert done.returncode == 2
    assert f"has changed ({field}); start a new run" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_field_that_the_stored_profile_lacks_counts_as_its_default(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--name", "r", "-q")
    assert inline("run", *words).returncode == 0
    path = tmp_path / "results" / "r" / "run.json"
    info = json.loads(path.read_text())
    profile = info["models"][0]["profile"]
    default = {"system", "sizing", "order", "several", "nothing", "settings", "evidence"}
    kept = {field: value for field, value in profile.items() if field not in default}
    info["models"][0]["profile"] = kept
    path.write_text(json.dumps(info))
    assert inline("run", "--resume", "r", "--data", small.path).returncode == 0
    # The prompt has no default, and the others are not the default.
    for field in ("prompt", "blind", "unit", "format"):
        lacks = {name: value for name, value in kept.items() if name != field}
        info["models"][0]["profile"] = lacks
        path.write_text(json.dumps(info))
        done = inline("run", "--resume", "r", "--data", small.path)
        assert f"has changed ({field}); start a new run" in done.stderr


def test_every_field_of_a_profile_decides_an_answer_or_is_for_people() -> None:
    for_people = {"name", "description", "source", "evidence"}
    assert {*ASKS_AND_READS, *for_people} == set(Profile.model_fields)


def test_a_setting_that_has_changed_is_named(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    words = ("-m", "simulated/a?rate=0.8", "-s", "small", "--data", small.path, "--name", "r", "-q")
    assert inline("run", *words).returncode == 0
    path = tmp_path / "results" / "r" / "run.json"
    info = json.loads(path.read_text())
    info["models"][0]["settings"] = {"rate": 0.5, "max_tokens": 64}
    path.write_text(json.dumps(info))
    done = inline("run", "--resume", "r", "--data", small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (
        "the settings of simulated/a?rate=0.8 have changed (rate was 0.5, is 0.8, max_tokens was 64, "
        "is not set); start a new run" in done.stderr
    )


# --- a run that 0.1.0 made --------------------------------------------------------------------


@pytest.fixture
def run_of_0_1_0(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its files as 0.1.0 wrote them: three models, every second of 12 trials in error; a server."""
    folder = tmp_path / "results" / "old"
    shutil.copytree(Path(__file__).parent / "run_of_0_1_0", folder)
    message = {"role": "assistant", "content": '{"x": 40, "y": 60}'}
    with vendor_server() as server:
        server.answers({"model": "gpt-4o", "choices": [{"index": 0, "message": message}]})
        monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-the-tests-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/v1")
        path = folder / "run.json"
        info = json.loads(path.read_text())
        for model in info["models"]:
            if "base_url" in model["wire"]:
                model["wire"]["base_url"] = server.url + "/v1"
        path.write_text(json.dumps(info))
        yield folder


def without_glm(folder: Path) -> None:
    path = folder / "run.json"
    info = json.loads(path.read_text())
    info["models"] = [model for model in info["models"] if "glm" not in model["label"]]
    path.write_text(json.dumps(info))
    lines = (folder / "trials.jsonl").read_text().splitlines(keepends=True)
    (folder / "trials.jsonl").write_text("".join(line for line in lines if "glm" not in line))


def test_a_run_of_0_1_0_goes_on_where_its_profiles_ask_and_read_alike(
    inline: Command, run_of_0_1_0: Path
) -> None:
    without_glm(run_of_0_1_0)
    path = run_of_0_1_0 / "trials.jsonl"
    before = [json.loads(line) for line in path.read_text().splitlines()]
    done = inline("run", "--resume", "old", "-q")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[: len(before)] == before
    # Asked again are the trials in error, under their keys, and no other.
    failed = sorted(line["key"] for line in before if line["error"])
    assert sorted(line["key"] for line in lines[len(before) :]) == failed
    assert not any(line["error"] for line in lines[len(before) :])


def test_a_run_of_0_1_0_under_a_frame_that_was_wrong_is_refused_with_the_mend(
    inline: Command, run_of_0_1_0: Path, tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in run_of_0_1_0.iterdir()}
    done = inline("run", "--resume", "old", "-q")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (
        "run old cannot be resumed: profile glm-4.5v of openai/glm-4.5v has changed (unit); start a "
        'new run, or write [profiles."glm-4.5v"] in pointbench.toml, with like = "glm-4.5v" and unit '
        "as in its run.json" in done.stderr
    )
    assert {path.name: path.read_bytes() for path in run_of_0_1_0.iterdir()} == before
    (tmp_path / "pointbench.toml").write_text(
        '[profiles."glm-4.5v"]\nlike = "glm-4.5v"\nunit = "grid:999"\n'
    )
    done = inline("run", "--resume", "old", "-q")
    assert done.returncode == 0, done.stderr
    assert len((run_of_0_1_0 / "trials.jsonl").read_text().splitlines()) == 18


def test_a_profile_under_a_new_name_keeps_the_runs_keys(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--name", "r", "-q")
    assert inline("run", *words).returncode == 0
    folder = tmp_path / "results" / "r"
    info = json.loads((folder / "run.json").read_text())
    info["models"][0]["profile"]["name"] = "as-it-was-called"
    (folder / "run.json").write_text(json.dumps(info))
    (folder / "trials.jsonl").write_text("")
    for _ in range(2):
        done = inline("run", "--resume", "r", "--data", small.path)
        assert done.returncode == 0, done.stderr
        assert len((folder / "trials.jsonl").read_text().splitlines()) == info["planned"]
    records = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    targets = {target.id: target for target in read_targets(folder)}
    first = records[0]
    assert first["key"] == trial_key(
        model="local/center",
        profile="as-it-was-called",
        prompt=first["instruction"],
        sampling={},
        suite="small",
        target=first["target"],
        screenshot_sha256=targets[first["target"]].sha256,
        variant="as-is",
        repeat=0,
        session=None,
    )


def test_a_model_that_is_asked_under_another_profile_today_is_refused(
    inline: Command, run_of_0_1_0: Path
) -> None:
    without_glm(run_of_0_1_0)
    change_profile(run_of_0_1_0, name="pixel", sizing="as-is", unit="permille")
    done = inline("run", "--resume", "old", "-q")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (
        "openai/gpt-4o was asked under profile pixel, but is now under openai-tiles (sizing, unit); "
        "start a new run, with openai/gpt-4o?profile=pixel if you want that one" in done.stderr
    )


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 7},
        {"repeats": 1},
        {"repeats": 3},
        {"repeats": 1, "planned": 22},
        {"repeats": 3, "planned": 66},
        {"variants": ["as-is"]},
        {"variants": ["as-is"], "planned": 22},
        {"planned": 5},
        {"seed": 7, "pointbench": "0.0.0", "planned": 5},
    ],
)
def test_a_run_json_of_another_plan_is_refused(
    inline: Command, small: DataRoot, tmp_path: Path, change: dict[str, Any]
) -> None:
    words = ("-m", "local/center", "-m", "local/random", "-s", "small", "-n", "2", "--variants")
    more = ("as-is,jittered", "--data", small.path, "--name", "r", "-q")
    assert inline("run", *words, *more).returncode == 0
    folder = tmp_path / "results" / "r"
    lines = (folder / "trials.jsonl").read_text().splitlines(keepends=True)
    (folder / "trials.jsonl").write_text("".join(lines[:60]))
    info = json.loads((folder / "run.json").read_text())
    assert info["planned"] == 44
    (folder / "run.json").write_text(json.dumps({**info, **change}))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = inline("run", "--resume", "r", "--data", small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "its run.json has changed (seed, repeats or variants): trials.jsonl has" in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (folder / "run.json").write_text(json.dumps(info))
    assert inline("run", "--resume", "r", "--data", small.path).returncode == 0


def test_a_streak_of_another_seed_is_refused(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    words = ("-m", "simulated/a?rate=0.8", "-s", "small", "--goal", "3", "--sessions", "8")
    assert inline("streak", *words, "--data", small.path, "--name", "r", "-q").returncode in (0, 1)
    path = tmp_path / "results" / "r" / "run.json"
    info = json.loads(path.read_text())
    for change in ({"seed": 5}, {"goal": {**info["goal"], "k": 5}}):
        path.write_text(json.dumps({**info, **change}))
        done = inline("run", "--resume", "r", "--data", small.path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert "its run.json has changed" in done.stderr


@pytest.mark.parametrize("schema", [0, -1, True, 1.5, None])
def test_a_schema_that_never_was_is_refused(
    inline: Command, small: DataRoot, tmp_path: Path, schema: object
) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--name", "r", "-q")
    assert inline("run", *words).returncode == 0
    path = tmp_path / "results" / "r" / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": schema}))
    for command in (("report", "r"), ("run", "--resume", "r"), ("rescore", "r")):
        done = inline(*command)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "run.json has no valid schema number" in done.stderr


def test_a_data_root_below_a_folder_named_like_the_user_is_asked_for_again(
    inline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    root = DataRoot(tmp_path / "ada" / "data")
    small_suite(root)
    words = ("-m", "local/center", "-m", "simulated/a?fail=1", "-s", "small", "--name", "r", "-q")
    done = inline("run", *words, "--data", root.path, "--max-error-rate", "0")
    assert done.returncode == 1
    assert f"`pointbench run --resume r --data {root.path}`" in done.stderr
    assert json.loads((tmp_path / "results" / "r" / "run.json").read_text())["data"] is None
    done = inline("run", "--resume", "r", "-q")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "run r cannot be resumed: no suite 'small' here; add the --data DIR" in done.stderr
    assert "cannot be resumed" not in inline("run", "--resume", "r", "--data", root.path).stderr


def test_shifted_pictures_of_a_run_of_0_1_0_keep_its_keys(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    words = ("-m", "local/center", "-s", "small", "--data", small.path, "--name", "r", "-q")
    assert inline("run", *words, "--variants", "as-is,jittered").returncode == 0
    folder = tmp_path / "results" / "r"
    info = json.loads((folder / "run.json").read_text())
    assert info.pop("shift_in_keys") is True
    (folder / "run.json").write_text(json.dumps(info | {"schema": 1}))
    targets = {target.id: target for target in read_targets(folder)}
    lines = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    for line in lines:
        line["key"] = trial_key(
            model="local/center",
            profile=info["models"][0]["profile"]["name"],
            prompt=line["instruction"],
            sampling={},
            suite="small",
            target=line["target"],
            screenshot_sha256=targets[line["target"]].sha256,
            variant=line["variant"],
            repeat=0,
            session=None,
        )
    kept = [line for line in lines if line["order"] % 2]
    (folder / "trials.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))
    for _ in range(2):
        done = inline("run", "--resume", "r", "--data", small.path, "-q")
        assert done.returncode == 0, done.stderr
    written = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    assert sorted(line["key"] for line in written) == sorted(line["key"] for line in lines)
    info = json.loads((folder / "run.json").read_text())
    assert (info["schema"], info["shift_in_keys"]) == (2, False)
