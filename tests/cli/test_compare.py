"""``pointbench compare``: pairs within and across runs, against counts made by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command, DataRoot

Row = dict[str, Any]
A, B = "simulated/a?rate=0.9", "simulated/b?rate=0.6"


@pytest.fixture
def suite(root: DataRoot) -> DataRoot:
    """60 present targets on 12 screenshots of 3 apps."""
    for number in range(12):
        targets = [
            {
                "id": f"s{number}/t{index}",
                "instruction": f"Click square {index} of screen {number}.",
                "box": [20 + 60 * index, 40, 60 + 60 * index, 80],
                "app": f"app{number % 3}",
            }
            for index in range(5)
        ]
        root.screenshot("many", f"s{number}", targets)
    return root


@pytest.fixture
def words(suite: DataRoot) -> tuple[str, ...]:
    return ("-s", "many", "--data", str(suite.path), "-q")


def verdicts(folder: Path, model: str) -> dict[str, bool]:
    rows = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    return {row["target"]: row["correct"] for row in rows if row["model"] == model}


def compared(inline: Command, *words: str) -> Row:
    done = inline("compare", *words, "--json")
    assert done.returncode == 0, done.stderr
    comparison: Row = json.loads(done.stdout)
    return comparison


def test_two_models_of_a_run_as_counted_by_hand(
    inline: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    inline("run", "-m", A, "-m", B, *words, "--name", "r")
    first, second = (verdicts(tmp_path / "results/r", model) for model in (A, B))
    (pair,) = compared(inline, "r")["comparisons"]
    assert (pair["a"], pair["b"]) == (A, B)
    assert pair["targets"] == {"both": 60, "only_a": 0, "only_b": 0}
    counts = {
        "both": sum(first[t] and second[t] for t in first),
        "only_a": sum(first[t] and not second[t] for t in first),
        "only_b": sum(second[t] and not first[t] for t in first),
        "neither": sum(not first[t] and not second[t] for t in first),
    }
    assert {name: pair["mcnemar"][name] for name in counts} == counts
    assert "ignores clusters" in pair["mcnemar"]["note"]
    gap = (counts["only_a"] - counts["only_b"]) / 60
    assert pair["difference"]["value"] == pytest.approx(gap)
    # The clustered standard error from its definition, over the 12 screenshots.
    sums = [
        sum(first[t] - second[t] - gap for t in first if t.startswith(f"s{n}/")) for n in range(12)
    ]
    plain = math.sqrt(sum(s**2 for s in sums)) / 60
    assert pair["difference"]["standard_error"] == pytest.approx(plain, rel=0.05)
    shown = " ".join(inline("compare", "r").stdout.split())
    assert f"{A} beats {B} by {100 * gap:.1f} points" in shown
    assert "clustered by screenshot (12)" in shown


def test_clusters_may_be_apps(inline: Command, words: tuple[str, ...]) -> None:
    inline("run", "-m", A, "-m", B, *words, "--name", "r")
    comparison = compared(inline, "r", "--cluster", "app")
    (pair,) = comparison["comparisons"]
    assert comparison["cluster"] == "app"
    assert pair["difference"]["clusters"] == 3
    assert pair["difference"]["approximate"] is True
    shown = " ".join(inline("compare", "r", "--cluster", "app").stdout.split())
    assert "clustered by app (3)" in shown
    assert "other apps like those asked" in shown
    assert "≈" in shown


def test_many_models_share_one_alpha_and_get_ranks(inline: Command, words: tuple[str, ...]) -> None:
    models = [f"simulated/m{index}?rate={rate}" for index, rate in enumerate((0.95, 0.6, 0.1))]
    inline("run", *(w for model in models for w in ("-m", model)), *words, "--name", "r")
    comparison = compared(inline, "r")
    assert len(comparison["comparisons"]) == 3
    raw = sorted(pair["p"] for pair in comparison["comparisons"])
    adjusted = sorted(pair["p_holm"] for pair in comparison["comparisons"])
    steps = [min(1.0, p * factor) for p, factor in zip(raw, (3, 2, 1), strict=True)]
    expected = [max(steps[: index + 1]) for index in range(3)]
    assert adjusted == pytest.approx(expected)
    ranks = [comparison["models"][model]["rank"]["value"] for model in models]
    assert ranks == [1, 2, 3]
    assert "rank (left open)" in inline("compare", "r").stdout


def test_one_model_in_two_runs_is_told_apart(inline: Command, words: tuple[str, ...]) -> None:
    for name, seed in (("first", "0"), ("second", "1")):
        inline("run", "-m", A, *words, "--seed", seed, "--name", name)
    (pair,) = compared(inline, "first", "second")["comparisons"]
    assert (pair["a"], pair["b"]) == (f"{A}@first", f"{A}@second")
    (same,) = compared(inline, "first", "second", "--model", A)["comparisons"]
    assert same == pair
    (turned,) = compared(
        inline, "first", "second", "--model", f"{A}@second", "--model", f"{A}@first"
    )["comparisons"]
    assert turned["difference"]["value"] == -pair["difference"]["value"]


def test_runs_that_differ_are_compared_on_what_they_have_in_common(
    inline: Command, suite: DataRoot, words: tuple[str, ...]
) -> None:
    inline("run", "-m", A, *words, "--name", "whole")
    inline("run", "-m", B, *words, "--limit", "40", "--name", "part")
    comparison = compared(inline, "whole", "part")
    assert comparison["targets"]["present"] == 40
    assert [run["targets"] for run in comparison["runs"]] == [60, 40]
    assert comparison["models"][A]["hit_rate"]["n"] == 40
    shown = " ".join(inline("compare", "whole", "part").stdout.split())
    assert "Run whole asked 60 targets; the comparison is over the 40" in shown

    # A region that has moved since is another target, whatever its id.
    annotation = suite.path / "targets/many/s0.json"
    changed = json.loads(annotation.read_text())
    changed["targets"][0]["box"][0] += 1
    annotation.write_text(json.dumps(changed))
    inline("run", "-m", B, *words, "--name", "moved")
    assert compared(inline, "whole", "moved")["targets"]["present"] == 59


def test_runs_with_nothing_in_common_are_refused(
    inline: Command, root: DataRoot, words: tuple[str, ...]
) -> None:
    box = {"id": "x", "instruction": "Click it.", "box": [1, 1, 9, 9]}
    root.screenshot("other", "shot", [box])
    inline("run", "-m", A, *words, "--name", "r")
    inline("run", "-m", B, "-s", "other", "--data", root.path, "-q", "--name", "o")
    done = inline("compare", "r", "o")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no target in common" in done.stderr


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        ((1, 1), "are not told apart on 60 targets"),
        ((0, 0), "are not told apart on 60 targets"),
        ((1, 0), "simulated/a beats simulated/b?rate=0 by 100.0 points"),
    ],
)
def test_all_hits_and_no_hits(
    inline: Command, words: tuple[str, ...], rates: tuple[int, int], says: str
) -> None:
    models = [f"simulated/{name}?rate={rate}" for name, rate in zip("ab", rates, strict=True)]
    inline("run", "-m", models[0], "-m", models[1], *words, "--name", "r")
    done = inline("compare", "r")
    assert done.returncode == 0, done.stderr
    assert says in " ".join(done.stdout.split()).replace("?rate=1.0", "").replace("?rate=1", "")


def test_one_target(inline: Command, root: DataRoot) -> None:
    root.screenshot("one", "s", [{"id": "t", "instruction": "Click it.", "box": [1, 1, 90, 90]}])
    words = ("-s", "one", "--data", root.path, "-q", "--name", "r")
    inline("run", "-m", "simulated/a", "-m", "simulated/b?rate=0", *words)
    (pair,) = compared(inline, "r")["comparisons"]
    assert (pair["difference"]["n"], pair["difference"]["value"]) == (1, 1.0)
    assert pair["p_holm"] > 0.05
    assert "is not told apart from chance" in pair["sentence"]


def test_targets_that_only_one_answered_are_left_out_and_counted(
    inline: Command, words: tuple[str, ...]
) -> None:
    flaky = "simulated/flaky?fail=0.4&retries=0"
    inline("run", "-m", A, "-m", flaky, *words, "--name", "r")
    (pair,) = compared(inline, "r")["comparisons"]
    targets = pair["targets"]
    assert targets["only_a"] > 0
    assert targets["both"] + targets["only_a"] == 60
    assert pair["mcnemar"]["n"] == pair["difference"]["n"] == targets["both"]


def test_every_trial_in_error_leaves_nothing_to_compare(
    inline: Command, words: tuple[str, ...]
) -> None:
    broken = "simulated/broken?fail=1&retries=0"
    inline("run", "-m", A, "-m", broken, *words, "--name", "r")
    comparison = compared(inline, "r")
    (pair,) = comparison["comparisons"]
    assert pair["difference"]["value"] is None
    assert pair["p_holm"] is None
    assert "no target that both answered" in pair["sentence"]
    done = inline("compare", "r")
    assert done.returncode == 0
    assert "no target that both answered" in " ".join(done.stdout.split())


def test_pointers_with_exact_figures_are_compared_only_by_name(
    inline: Command, words: tuple[str, ...]
) -> None:
    inline("run", "-m", A, "-m", B, "-m", "local/center", *words, "--name", "r")
    assert len(compared(inline, "r")["comparisons"]) == 1
    done = inline("compare", "r", "--model", A, "--model", "local/center")
    assert "compared by the run's trials, not by exact figures" in done.stdout


def test_repeats_enter_as_means_and_mcnemar_takes_the_first(
    inline: Command, words: tuple[str, ...]
) -> None:
    inline("run", "-m", A, "-m", B, "-n", "3", *words, "--name", "r")
    (pair,) = compared(inline, "r")["comparisons"]
    assert pair["difference"]["n"] == 60
    assert pair["mcnemar"]["n"] == 60


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        (("--model", "simulated/zzz"), "no model 'simulated/zzz' in these runs"),
        (("--model", A), "name a second --model"),
        (("r",), "named r"),
        (("nowhere",), "no run 'nowhere'"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(
    inline: Command, words: tuple[str, ...], extra: tuple[str, ...], says: str
) -> None:
    inline("run", "-m", A, "-m", B, *words, "--name", "r")
    done = inline("compare", "r", *extra)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert says in done.stderr


def test_one_model_only_is_refused(inline: Command, words: tuple[str, ...]) -> None:
    inline("run", "-m", A, "-m", "local/center", *words, "--name", "r")
    done = inline("compare", "r")
    assert done.returncode == 2
    assert "at least two models" in done.stderr
    assert "local/center" in done.stderr


@pytest.mark.parametrize("width", ["80", "120"])
def test_nothing_is_wider_than_the_terminal(
    inline: Command, words: tuple[str, ...], width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inline("run", "-m", A, "-m", B, "-m", "simulated/c", *words, "--name", "r")
    monkeypatch.setenv("COLUMNS", width)
    done = inline("compare", "r")
    assert max(map(len, done.stdout.splitlines())) <= int(width)
