"""``cite``: BibTeX of each suite once, the methods paragraph, comparisons, LaTeX that compiles."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pointbench.report.entries import ReportRun
from pointbench.report.text import cite
from pointbench.runs import Gate, Goal, RunSuite, Shard
from pointbench.summary import summarize
from tests.report.sample_run import HOSTILE
from tests.summary import case

OWN = "@article{demo24,\n  title = {The {Demo} set},\n  author = {A. {\\'E}lan}\n}"


def suite(name: str = "demo", digest: str = "0" * 64, **more: Any) -> RunSuite:
    fields: dict[str, Any] = {
        "name": name,
        "version": "1",
        "title": name.title(),
        "license": "CC0-1.0",
        "digest": digest,
        "screenshots": 1,
        "present": 1,
        "absent": 0,
    }
    return RunSuite(**(fields | more))


def made(name: str, *suites: RunSuite, labels: tuple[str, ...] = (case.LABEL,)) -> ReportRun:
    """A run with one hit of each model on one target of each suite."""
    targets = [case.target(f"{each.name}/t", suite=each.name) for each in suites]
    info = case.run_info(*(case.model(label) for label in labels), suites=suites)
    records = [case.record(target, model=label) for label in labels for target in targets]
    summary = json.loads(json.dumps(summarize(info, targets, records)))
    return ReportRun(name, info, tuple(targets), tuple(records), summary)


def keys(text: str) -> list[str]:
    return re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)


# --- BibTeX ----------------------------------------------------------------------------------


def test_every_suite_is_cited_once() -> None:
    a, b = suite("a"), suite("b", citation=OWN)
    text = cite.render([made("one", a, b), made("two", a), made("three", b)])
    assert keys(text) == ["pointbench", "pointbench-a", "demo24"]
    assert OWN in text
    assert "\\cite{pointbench-a}" in text
    assert "\\cite{demo24}" in text
    assert text.count("SHA-256 " + "0" * 64) == 3  # of a in BibTeX, of both in the paragraph


def test_two_suites_of_one_name_or_one_key_have_entries_of_their_own() -> None:
    runs = [made("one", suite("a")), made("two", suite("a", "f" * 64))]
    text = cite.render(runs)
    assert keys(text) == ["pointbench", "pointbench-a", "pointbench-a-ffffffff"]
    assert "\\cite{pointbench-a-ffffffff}" in text
    taken = suite("b", citation="@misc{pointbench,\n  title = {Mine}\n}")
    text = cite.render([made("one", taken)])
    assert keys(text) == ["pointbench", "pointbench-b-00000000"]
    assert "Mine" not in text


def test_two_suites_of_one_citation_share_its_entry() -> None:
    text = cite.render([made("one", suite("a", citation=OWN), suite("b", citation=OWN))])
    assert keys(text) == ["pointbench", "demo24"]
    assert text.count("\\cite{demo24}") == 2


def test_a_suite_is_credited_to_its_authors_or_to_nobody() -> None:
    stated = suite("a", authors=("Ann & Bob", "the_others"), homepage="https://example.org/a_b")
    entry = cite.bibtex([made("one", stated)])[1]
    assert r"author = {{Ann \& Bob} and {the\_others}}" in entry
    assert r"example.org/a\_b" in entry
    silent = suite("b", version="0", license="not stated")
    entry = cite.bibtex([made("one", silent)])[1]
    for word in ("author", "version", "license", "year"):
        assert word not in entry


@pytest.mark.parametrize(
    "citation",
    [
        "see our paper",
        "@misc{a, title = {x}",
        "@misc{a, title = {x}}}",
        "@misc{a, title = {x}} and more",
        "@misc{a, title = {\\input{/etc/passwd}}}",
        "@misc{a, title = {\\immediate\\write18{ls}}}",
        "@misc{a b, title = {x}}",
        "@misc{a, title = {x}}\n\\documentclass{evil}",
    ],
)
def test_a_citation_that_is_no_sound_bibtex_is_replaced(citation: str) -> None:
    text = cite.render([made("one", suite("a", citation=citation))])
    assert keys(text) == ["pointbench", "pointbench-a"]
    for word in ("input", "write18", "documentclass", "see our paper"):
        assert word not in text


# --- the paragraph ---------------------------------------------------------------------------


def test_the_paragraph_names_versions_digests_and_how_models_were_asked() -> None:
    text = cite.methods([made("one", suite("a"))], "text")
    assert text.startswith(
        "We used pointbench 0.1.0 on A (suite a 1, 1 present target on 1 screenshot"
    )
    assert "0" * 64 in text
    assert "Each target was asked once (as-is; seed 0)." in text
    assert "Models: test/a (profile plain, temperature not set)." in text
    assert "The command was: pointbench run" in text


def test_runs_that_were_asked_alike_say_so_once() -> None:
    one, two = made("one", suite("a")), made("two", suite("b"))
    assert cite.methods([one, two], "text").count("Each target was asked once") == 1
    other = ReportRun(
        "two", msgspec.structs.replace(two.info, seed=7), two.targets, two.records, two.summary
    )
    text = cite.methods([one, other], "text")
    assert "Run one: Each target was asked once (as-is; seed 0)." in text
    assert "Run two: Each target was asked once (as-is; seed 7)." in text


def changed(run: ReportRun, **fields: Any) -> ReportRun:
    info = msgspec.structs.replace(run.info, **fields)
    return ReportRun(run.name, info, run.targets, run.records, run.summary)


def test_a_run_that_did_not_ask_every_target_once_does_not_say_so() -> None:
    run = made("one", suite("a"))
    goal = Goal(k=10, chance=0.5, confidence=None, sessions=10, cap=None)
    for kind in ("streak", "rescore"):
        text = cite.methods([changed(run, kind=kind, goal=goal)], "text")
        assert "Targets were drawn at random with replacement" in text
        assert "asked once" not in text
    gate = Gate(
        claim="it is not worse",
        against=None,
        margin=None,
        min_hit_rate=0.9,
        confidence=0.95,
        seed="drawn",
        asked=40,
    )
    text = cite.methods([changed(run, kind="gate", gate=gate, planned=100)], "text")
    assert "is part of a gate: 1 of 100 targets asked." in text
    assert "asked once" not in text
    text = cite.methods([changed(run, kind="gate", gate=gate, planned=40)], "text")
    assert "Each target was asked once" in text
    text = cite.methods([changed(run, shard=Shard(index=1, of=4))], "text")
    assert "Only part 1/4 of the plan was asked." in text


def test_a_gate_that_stopped_early_is_compared_with_nothing() -> None:
    gate = Gate(
        claim="c",
        against=None,
        margin=None,
        min_hit_rate=0.9,
        confidence=0.95,
        seed="drawn",
        asked=1,
    )
    whole = made("one", suite("a"))
    stopped = changed(made("two", suite("a"), labels=("test/b",)), gate=gate, planned=2)
    assert "compared in pairs" in cite.methods([whole, changed(stopped, gate=None)], "text")
    assert "compared" not in cite.methods([whole, stopped], "text")


def test_an_alias_says_what_it_stands_for() -> None:
    model = msgspec.structs.replace(
        case.model("openai/my-vlm"), label="home", wire={"base_url": "http://127.0.0.1:8000/v1"}
    )
    info = case.run_info(model, suites=(suite("demo"),))
    summary = json.loads(json.dumps(summarize(info, [case.target("demo/t")], [])))
    run = ReportRun("one", info, (case.target("demo/t"),), (), summary)
    assert "home = openai/my-vlm (a server of one's own) (profile" in cite.methods([run], "text")


def test_with_many_models_each_is_compared_with_the_next() -> None:
    labels = tuple(f"test/m{number}" for number in range(6))
    text = cite.methods([made("one", suite("a"), labels=labels)], "text")
    assert "Holm over the 15 pairs, of which each model and the next by hit rate are given" in text
    assert text.count("are not told apart") == 5


# --- LaTeX -----------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("hostile", [False, True])
def test_the_paragraph_and_the_entries_compile(tmp_path: Path, hostile: bool) -> None:
    text = HOSTILE if hostile else "we_1 & co--x at 50 % of $5 #1 ~^\\ {a} [b] <c> | \"d\" 'e' `f`"
    text = text.encode("ascii", "ignore").decode()
    labels = (f"test/{text}", "test/other")
    made_run = made("one", suite("a", title=text, license=text, authors=(text,)), labels=labels)
    whole = cite.render([made_run])
    paragraph = whole.splitlines()[-1]
    (tmp_path / "refs.bib").write_text(whole[: whole.index(paragraph)])
    (tmp_path / "paper.tex").write_text(
        "\\documentclass{article}\\usepackage{textcomp}\\begin{document}\n"
        f"{paragraph}\n\\bibliographystyle{{plain}}\\bibliography{{refs}}\\end{{document}}\n"
    )
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper"]
    for command in (latex, ["bibtex", "paper"], latex, latex):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
    assert b"undefined" not in done.stdout
