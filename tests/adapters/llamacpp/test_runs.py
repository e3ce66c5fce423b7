"""Whole runs against llama.cpp: the wires of OpenAI and Anthropic as another project speaks them.

The weights are random. Where a test needs a certain answer, a grammar leaves the model no other one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pointbench.geometry import Size
from pointbench.profiles import sizing
from tests.adapters.llamacpp.server import TEXT, llamacpp
from tests.conftest import Command, DataRoot

SIZES = {"odd": Size(701, 523), "small": Size(640, 360), "wide": Size(1120, 399)}
"""Screenshot -> its size; the target is the square in its center."""

CENTER = '{"point_2d": [500, 500]}'
"""The center, as Qwen3-VL writes it: in thousandths."""


@dataclass(frozen=True)
class Run:
    """A finished run."""

    status: int
    printed: str
    trials: list[dict[str, Any]]

    def each(self, field: str) -> set[Any]:
        """The values of a field of the replies."""
        return {trial["reply"][field] for trial in self.trials}


RunIt = Callable[..., Run]
Wire = Callable[..., str]


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> DataRoot:
    root = DataRoot(tmp_path_factory.mktemp("shots") / "data")
    for stem, size in SIZES.items():
        x, y = size.width / 2, size.height / 2
        box = [x - 3, y - 3, x + 3, y + 3]
        target = {"id": f"{stem}/square", "instruction": "Click the square.", "box": box}
        root.screenshot("shots", stem, [target], size=(size.width, size.height))
    return root


@pytest.fixture
def run(inline: Command, shots: DataRoot, tmp_path: Path, no_keys: object) -> RunIt:
    def run(model: str, *more: str) -> Run:
        words = ("run", "-m", model, "-s", "shots", "--data", str(shots.path), "--name", "r", "-q")
        done = inline(*words, *more)
        folder = tmp_path / "results" / "r"
        return Run(done.returncode, done.stdout + done.stderr, journal(folder))

    return run


def journal(folder: Path) -> list[dict[str, Any]]:
    """The trials of a run, in the order of its plan."""
    lines = (folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted(map(json.loads, lines), key=lambda trial: trial["order"])


def chat(address: str, **settings: object) -> str:
    return _model("openai/qwen3-vl-8b", base_url=f"{address}/v1", **settings)


def responses(address: str, **settings: object) -> str:
    return chat(address, api="responses", **settings)


def messages(address: str, **settings: object) -> str:
    return _model("anthropic/qwen3-vl-8b", base_url=address, **settings)


def _model(name: str, **settings: object) -> str:
    given = {"temperature": 0, "profile": "qwen3-vl-json", **settings}
    texts = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()
    }
    return f"{name}?" + "&".join(f"{key}={quote(text, safe='')}" for key, text in texts.items())


def only(answer: str) -> dict[str, object]:
    """A field of the request that leaves the model this one answer."""
    return {"grammar": f"root ::= {json.dumps(answer)}"}


on_each_wire = pytest.mark.parametrize("wire", [chat, responses, messages])
# The wire of Anthropic has no grammar.
where_answers_are_scripted = pytest.mark.parametrize("wire", [chat, responses])


@on_each_wire
def test_every_trial_is_answered_and_every_picture_counted_whole(
    wire: Wire, llamacpp_server: str, run: RunIt
) -> None:
    model = wire(llamacpp_server, profile="qwen2.5-vl-json", max_tokens=6)
    done = run(model, "-n", "2")
    assert done.status == 0, done.printed
    assert len(done.trials) == 2 * len(SIZES)
    beside = set()
    for trial in done.trials:
        assert trial["outcome"] != "error", trial["error"]
        assert trial["attempts"] == 1
        screenshot = SIZES[trial["target"].split("/")[0]]
        sent = trial["sent"]
        assert (sent["width"], sent["height"]) == sizing.sent_size("qwen-28", screenshot)
        tokens = sizing.image_tokens("qwen-28", screenshot)
        assert tokens is not None
        reply = trial["reply"]
        assert 0 < reply["output_tokens"] <= 6
        assert 0 <= reply["cache_read_tokens"] < reply["input_tokens"]
        beside.add(reply["input_tokens"] - tokens)
    # The prompt is the same each time, so its tokens are too, unless a picture was dropped or shrunk,
    # or what the server took from its cache for a repeat is left out.
    (text,) = beside
    assert text > 200


@where_answers_are_scripted
def test_a_pointer_that_cannot_miss_hits_every_target(
    wire: Wire, llamacpp_server: str, run: RunIt
) -> None:
    done = run(wire(llamacpp_server, max_tokens=60, extra_body=only(CENTER)))
    assert done.status == 0, done.printed
    assert [trial["outcome"] for trial in done.trials] == ["hit"] * len(SIZES)
    assert done.each("text") == {CENTER}
    assert done.each("finish_reason") == {"completed" if wire is responses else "stop"}


@where_answers_are_scripted
@pytest.mark.parametrize(
    ("answer", "limit"), [(CENTER, 20), ('{"x": 500, "y": 500}', 18)], ids=["list", "names"]
)
def test_half_a_number_is_no_click_whatever_the_server_calls_it(
    wire: Wire,
    answer: str,
    limit: int,
    llamacpp_server: str,
    run: RunIt,
    inline: Command,
    tmp_path: Path,
) -> None:
    done = run(wire(llamacpp_server, max_tokens=limit, extra_body=only(answer)))
    assert done.status == 0, done.printed
    # A token is a byte: the text ends within the last number.
    assert done.each("text") == {answer[:limit]}
    assert done.each("output_tokens") == {limit}
    # On Responses, this server calls a cut-off answer complete.
    assert done.each("finish_reason") == {"completed" if wire is responses else "length"}
    assert [trial["outcome"] for trial in done.trials] == ["unparsed"] * len(SIZES)
    assert "cut off" in done.printed
    # What was read stays so: the limit that was sent is known to `rescore`, too.
    assert inline("rescore", "results/r").returncode == 0
    assert journal(tmp_path / "results" / "r-rescored") == done.trials


def test_noise_is_no_click_and_ends_as_anthropics_wire_says(
    llamacpp_server: str, run: RunIt
) -> None:
    done = run(messages(llamacpp_server, max_tokens=5))
    assert done.status == 0, done.printed
    assert [trial["outcome"] for trial in done.trials] == ["unparsed"] * len(SIZES)
    for trial in done.trials:
        # The model may happen to end its answer by itself.
        ended = trial["reply"]["output_tokens"] < 5
        assert trial["reply"]["finish_reason"] == ("end_turn" if ended else "max_tokens")


@on_each_wire
def test_the_path_that_the_server_calls_its_model_by_is_in_no_file(
    wire: Wire, llamacpp_server: str, llamacpp_checkpoint: Path, run: RunIt, tmp_path: Path
) -> None:
    done = run(wire(llamacpp_server, max_tokens=5))
    assert done.each("model") == {TEXT}
    files = [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert len(files) >= 5
    folder = str(llamacpp_checkpoint).encode()
    assert [path.name for path in files if folder in path.read_bytes()] == []


@on_each_wire
def test_a_server_without_its_picture_encoder_is_asked_once_a_trial(
    wire: Wire, blind_llamacpp_server: str, run: RunIt
) -> None:
    done = run(wire(blind_llamacpp_server, max_tokens=6))
    assert done.status == 1
    for trial in done.trials:
        assert trial["outcome"] == "error"
        assert trial["correct"] is None
        assert trial["attempts"] == 1
        assert "image input is not supported" in trial["error"]["message"]


def test_a_blind_model_needs_no_picture_encoder(blind_llamacpp_server: str, run: RunIt) -> None:
    answer = '{"x": 320, "y": 180}'
    model = chat(blind_llamacpp_server, profile="blind", max_tokens=60, extra_body=only(answer))
    done = run(model, "--where", "screenshot=shots/small.png")
    assert done.status == 0, done.printed
    assert [trial["outcome"] for trial in done.trials] == ["hit"]
    assert {trial["sent"] for trial in done.trials} == {None}


WHOLE = Size(2380, 1344)
"""The largest size of 16:9 that llama.cpp shows whole: 4,080 of its 4,096 tokens."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = DataRoot(tmp_path_factory.mktemp("large") / "data")
    for suite, size in {"uhd": (3840, 2160), "qhd": (2560, 1440)}.items():
        target = {"id": "square", "instruction": "Click the square.", "box": [900, 900, 940, 940]}
        root.screenshot(suite, "screen", [target], size=size)
    return root.path


@on_each_wire
def test_a_picture_that_the_server_shrinks_is_flagged_and_one_within_its_limit_is_not(
    wire: Wire, llamacpp_server: str, large: Path, inline: Command, tmp_path: Path, no_keys: object
) -> None:
    words = ("run", "-s", "uhd", "--data", str(large), "-q", "--name")
    tokens = sizing.image_tokens("qwen-28", Size(3840, 2160))
    assert tokens == 10_549
    for name, limit in {"plain": {}, "limited": {"max_image_tokens": 4096}}.items():
        model = wire(llamacpp_server, profile="qwen2.5-vl-json", max_tokens=4, **limit)
        done = inline(*words, name, "-m", model)
        assert done.returncode == 0, done.stderr
        (trial,) = journal(tmp_path / "results" / name)
        flags = (trial["parsed"] or {}).get("flags", [])
        sent, counted = trial["sent"], trial["reply"]["input_tokens"]
        if limit:
            assert (sent["width"], sent["height"]) == WHOLE
            assert "seen-smaller" not in flags
            # The rest is the text's: a token is a byte.
            assert 4080 + 200 < counted < 4080 + 600
            assert "smaller picture" not in done.stderr + done.stdout
        else:
            assert (sent["width"], sent["height"]) == (3836, 2156)
            assert "seen-smaller" in flags
            assert counted < 4096 + 600
            assert done.stderr.count("showed a smaller picture than it was sent") == 1
            assert "llama-server --image-max-tokens 16384" in done.stderr


def test_a_server_with_room_for_it_shows_the_picture_whole(
    llamacpp_checkpoint: Path, large: Path, inline: Command, tmp_path: Path, no_keys: object
) -> None:
    with llamacpp(llamacpp_checkpoint, "--image-max-tokens", "16384") as address:
        model = chat(address, profile="qwen2.5-vl-json", max_tokens=4)
        done = inline("run", "-s", "qhd", "--data", str(large), "-q", "--name", "r", "-m", model)
    assert done.returncode == 0, done.stderr
    (trial,) = journal(tmp_path / "results" / "r")
    assert "seen-smaller" not in (trial["parsed"] or {}).get("flags", [])
    # More than the 4096 that it would show by itself.
    assert sizing.image_tokens("qwen-28", Size(2560, 1440)) == 4641
    assert 4641 + 200 < trial["reply"]["input_tokens"] < 4641 + 600
    assert "smaller picture" not in done.stderr + done.stdout


@where_answers_are_scripted
def test_models_check_finds_the_mark(
    wire: Wire, llamacpp_server: str, inline: Command, no_keys: object
) -> None:
    # The mark's center in thousandths of 1920x1080.
    scripted = only('{"point_2d": [632, 394]}')
    done = inline("models", "check", wire(llamacpp_server, max_tokens=60, extra_body=scripted))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "read as   [632, 394] in permille, xy: (1213.4, 425.5) on the screenshot" in done.stdout
