"""``cite`` of several runs: the comparison suite by suite, with the figures of ``compare``."""

from __future__ import annotations

import json
import re

import pytest

from tests.conftest import Command, DataRoot, small_suite


@pytest.fixture
def scored(inline: Command, root: DataRoot) -> DataRoot:
    """Runs ``good`` and ``bad``, and ``both`` with both models, on the suites ``s`` and ``t``."""
    for name in ("s", "t"):
        small_suite(root, name, screenshots=10)
        rows = {
            model: [
                {
                    "suite": suite_name,
                    "target": f"shot{shot}/t{index}",
                    "model": model,
                    "point": [40 + 60 * index if model == "good" else 620, 60],
                }
                for suite_name in ("s", "t")
                for shot in range(10)
                for index in range(5)
            ]
            for model in ("good", "bad")
        }
    rows["both"] = rows["good"] + rows["bad"]
    for name, lines in rows.items():
        file = root.path / f"{name}.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        words = ("-s", "s", "-s", "t", "--profile", "pixel", "--name", name)
        assert inline("score", file, *words, cwd=root.path).returncode == 1  # an absent one each
    return root


def test_the_comparison_is_stated_suite_by_suite(inline: Command, scored: DataRoot) -> None:
    texts = []
    for runs in (("both",), ("good", "bad")):
        text = inline("cite", *runs, "--format", "text", cwd=scored.path).stdout.splitlines()[-1]
        for name in ("s", "t"):
            assert (
                f"On {name}, models were compared in pairs on the present targets "
                "that both answered: good (100.0 %) hit more than bad (0.0 %) by 100.0 points"
            ) in text, name
        assert text.count(", 50 targets)") == 2
        texts.append(text[text.index(" On ") :].partition(" The command")[0])
    assert texts[0] == texts[1]


def test_the_figures_are_those_of_compare(inline: Command, scored: DataRoot) -> None:
    (scored.path / "some.jsonl").write_text(
        "".join(
            json.dumps({"target": f"shot{n}/t0", "model": "some", "point": [x, 60]}) + "\n"
            for n, x in enumerate([40, 40, 600, 40, 600, 40, 600, 600])
        )
    )
    words = ("-s", "s", "--profile", "pixel", "--name", "some")
    inline("score", "some.jsonl", *words, cwd=scored.path)
    (scored.path / "more.jsonl").write_text(
        "".join(
            json.dumps({"target": f"shot{n}/t0", "model": "more", "point": [x, 60]}) + "\n"
            for n, x in enumerate([40, 600, 600, 40, 40, 40, 600, 40, 40])
        )
    )
    inline("score", "more.jsonl", *words[:-1], "more", cwd=scored.path)
    told = inline("cite", "some", "more", "--format", "text", cwd=scored.path).stdout
    pair = json.loads(inline("compare", "some", "more", "--json", cwd=scored.path).stdout)
    (block,) = pair["comparisons"]
    _, high = sorted(abs(100 * block["difference"][end]) for end in ("low", "high"))
    assert "more and some are not told apart" in told or "some and more are not told" in told
    assert f"{abs(100 * block['difference']['value']):.1f} points" in told
    assert f"{high:.1f}" in told
    assert f"p = {block['p_holm']:.2f}" in told
    assert f"{block['targets']['both']} targets)" in told


def test_runs_without_a_target_in_common_are_cited_and_not_compared(
    inline: Command, scored: DataRoot
) -> None:
    (scored.path / "u.jsonl").write_text('{"target":"shot0/t0","model":"u","point":[40,60]}\n')
    small_suite(scored, "u")
    inline("score", "u.jsonl", "-s", "u", "--profile", "pixel", "--name", "u", cwd=scored.path)
    done = inline("cite", "u", "good", cwd=scored.path)
    assert done.returncode == 0
    assert "compared" not in done.stdout
    assert re.findall(r"^@misc.([^,]+),", done.stdout, re.MULTILINE) == [
        "pointbench",
        "pointbench-u",
        "pointbench-s",
        "pointbench-t",
    ]


def test_the_same_run_twice_is_refused(inline: Command, scored: DataRoot) -> None:
    done = inline("cite", "good", "good", cwd=scored.path)
    assert done.returncode == 2
    assert "two of the runs are named 'good'" in done.stderr
