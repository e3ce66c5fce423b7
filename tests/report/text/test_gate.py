"""The words of a gate: fixed, the bound before the difference, and never more than was decided."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.engine.gate.result import Ends, GateResult, Slice, Unchanged
from pointbench.report.text import junit
from pointbench.report.text.gate import as_json, render, verdict_sentence
from pointbench.runs import Gate, GateReference

REFERENCE = GateReference(run="nightly", model="openai/x", digest="0", present=1264)
GATE = Gate(
    claim="-",
    against=REFERENCE,
    margin=0.02,
    min_hit_rate=None,
    confidence=0.95,
    seed="drawn",
)
PASSED = GateResult(
    run="new",
    model="openai/x",
    gate=GATE,
    targets=1264,
    suites=("sspro",),
    verdict="pass",
    reason=None,
    clicks=474,
    asked=474,
    errors=0,
    answers=474,
    hits=306,
    old_hits=0.641 * 1264,
    difference=Ends(0.004, -0.0187, 0.03),
    rate=Ends(0.645, 0.62, 0.67),
    unchanged=Unchanged(0.0006, 0.049, False, None, None),
    served=("x",),
    slices=(),
)


def words(result: GateResult, width: int = 80) -> str:
    return " ".join(render(result, width, False, "utf-8").split())


def test_a_pass() -> None:
    assert words(PASSED) == (
        "pass: Asked on all 1264 targets of nightly, openai/x would score at most 2 points lower than "
        "nightly did (64.1 %). "
        "Decided after 474 clicks, 790 saved: difference at least −1.9 points (confidence 95 %), +0.4 at "
        "the stop. "
        "Compared on 1264 of the 1264 present targets of nightly. "
        "nightly and openai/x each answered once. With 4.9 % of targets changing from run to run, an "
        "unchanged model would fail this gate in 0.1 % of cases. "
        "This is about these targets and that stored run, whatever the model would do on others."
    )


def test_a_fail() -> None:
    failed = replace(
        PASSED, verdict="fail", clicks=110, asked=117, difference=Ends(-0.104, -0.16, -0.0203)
    )
    text = words(failed)
    assert "would score more than 2 points lower than nightly did (64.1 %)" in text
    assert (
        "Decided after 110 clicks; 117 were asked, 1147 saved: difference at most −2.0 points "
        "(confidence 95 %), −10.4 at the stop." in text
    )


def test_undecided_has_both_bounds() -> None:
    stopped = replace(
        PASSED, verdict="undecided", reason="max-cost", clicks=300, asked=300,
        difference=Ends(-0.0067, -0.0307, 0.0177),
    )  # fmt: skip
    text = words(stopped)
    assert (
        "undecided: Stopped by --max-cost after 300 clicks: between −3.1 and +1.8 points; both verdicts "
        "are open." in text
    )
    assert "difference −0.7 at the stop. Each end holds at confidence 95 %." in text


def test_all_targets_asked() -> None:
    whole = replace(
        PASSED, clicks=1264, asked=1264, answers=1264, hits=800, rate=Ends(800 / 1264, 0.63, 0.63),
        difference=Ends(-0.008, -0.008, -0.008),
    )  # fmt: skip
    text = words(whole)
    assert "openai/x scored at most 2 points lower" in text
    assert (
        "All 1264 targets were asked: difference −0.8 points, hit rate 63.3 % (800 of 1264), exactly."
        in text
    )


def test_a_margin_of_nothing_and_a_minimum() -> None:
    gate = Gate(
        claim="-", against=REFERENCE, margin=0.0, min_hit_rate=0.6, confidence=0.99, seed="drawn"
    )
    passed = verdict_sentence(replace(PASSED, gate=gate))
    assert "would score not lower than nightly did (64.1 %) and would hit at least 60 %." in passed
    failed = verdict_sentence(replace(PASSED, gate=gate, verdict="fail"))
    assert "would score lower than nightly did (64.1 %) and would hit less than 60 %." in failed


def test_more_than_five_percent_of_false_alarms_are_warned_of() -> None:
    noisy = replace(PASSED, unchanged=Unchanged(0.13, 0.15, True, 1500, 0.034))
    text = words(noisy)
    assert "as many as changed here (an upper guess)" in text
    assert (
        "Warning: that is more than 5 % of false alarms: 1500 targets at this margin or a margin of 3.4 "
        "points on these targets would do." in text
    )


def test_what_stays_out_is_counted() -> None:
    reference = GateReference(
        run="nightly", model="openai/x", digest="0", present=1272, unanswered=5, changed=3, absent=20,
        others=400, repeats=2.5, unstable=0.05,
    )  # fmt: skip
    gate = Gate(
        claim="-", against=reference, margin=0.02, min_hit_rate=None, confidence=0.95, seed="pinned"
    )
    text = words(replace(PASSED, gate=gate))
    assert (
        "Compared on 1264 of the 1272 present targets of nightly; left out: 5 without an answer there, 3 "
        "changed since (instruction, region, picture); never compared: 20 absent targets, 400 jittered or "
        "reworded trials." in text
    )
    assert "nightly answered 2.5 times on average, openai/x once." in text
    assert "The seed was given with --seed" in text


def test_earlier_gates_and_slices() -> None:
    lost = (Slice("app", "gimp", 34, 5, 1), Slice("kind", "icon", 100, 6.5, 0))
    text = words(replace(PASSED, earlier={"pass": 1, "fail": 2}, slices=lost))
    assert "Earlier gates of this pair: 3 (1 pass, 2 fail)." in text
    assert "passes one of 3 in up to 14.3 % of cases" in text
    assert (
        "a hint and untested: app gimp (5 lost, 1 won of 34); kind icon (6.5 lost of 100)." in text
    )


def test_earlier_gates_that_all_passed_call_for_no_warning() -> None:
    text = words(replace(PASSED, earlier={"pass": 2}))
    assert "Earlier gates of this pair: 2 (2 pass)." in text
    assert "Asked again" not in text


@pytest.mark.parametrize("verdict", ["pass", "fail", "undecided"])
def test_words_that_would_claim_more_never_occur(verdict: Any) -> None:
    result = replace(PASSED, verdict=verdict, reason="errors" if verdict == "undecided" else None)
    text = words(replace(result, errors=12))
    assert not re.search(r"not worse|significan|screens like", text)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_no_bound_is_rounded_to_the_better_side(low: float, high: float) -> None:
    ends = Ends(0.0, low, high)
    number = r"([+−]?[\d.]+)"
    passed = re.search(rf"at least {number} points", words(replace(PASSED, difference=ends)))
    failed = re.search(
        rf"at most {number} points",
        words(replace(PASSED, verdict="fail", difference=ends)).split("Decided")[1],
    )
    assert passed is not None
    assert failed is not None
    assert float(passed[1].replace("−", "-")) <= 100 * low + 1e-5
    assert float(failed[1].replace("−", "-")) >= 100 * high - 1e-5


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(width: int) -> None:
    text = render(replace(PASSED, model="openai/" + "x" * 300), width, False, "utf-8")
    lines = [line for line in text.splitlines() if "xxx" not in line]
    assert max(map(len, lines)) <= width


def test_ascii_terminals_get_ascii() -> None:
    assert render(PASSED, 80, False, "ascii").isascii()


HOSTILE = 'a"b<c>&]]>\x1b[31m\u202e\x00\ud800\ufffe\nfoo'


@pytest.mark.parametrize("verdict", ["pass", "fail", "undecided"])
def test_hostile_names_are_escaped(verdict: Any) -> None:
    reference = GateReference(run=HOSTILE, model=HOSTILE + "2", digest="0", present=5)
    gate = Gate(
        claim="-", against=reference, margin=0.02, min_hit_rate=None, confidence=0.95, seed="drawn"
    )
    result = replace(
        PASSED, model=HOSTILE, run=HOSTILE, gate=gate, verdict=verdict, served=(HOSTILE,),
        reason="service" if verdict == "undecided" else None, slices=(Slice("app", HOSTILE, 3, 2, 0),),
    )  # fmt: skip
    text = render(result, 80, False, "utf-8")
    assert not re.search("[\x00\x1b\u202e\ud800]", text)
    document = junit.render(result, "2026-11-22T10:00:00", 1.5)
    root = ET.fromstring(document.encode())
    case = root.find("testsuite/testcase")
    assert case is not None
    assert "\\x1b" in (case.get("name") or "")
    assert {child.tag for child in case} == {
        "pass": set(), "fail": {"failure"}, "undecided": {"error"},
    }[verdict]  # fmt: skip


SUITE = {"name", "tests", "failures", "errors", "time", "timestamp", "hostname", "id", "package"}
"""The attributes that the schema of Ant wants of a test suite."""


def test_junit_is_as_the_schema_wants_it() -> None:
    root = ET.fromstring(junit.render(PASSED, "2026-11-22T10:00:00", 61.25))
    assert root.tag == "testsuites"
    (suite,) = root
    assert set(suite.attrib) == SUITE
    assert [child.tag for child in suite] == ["properties", "testcase", "system-out", "system-err"]
    counts = (suite.get("tests"), suite.get("failures"), suite.get("errors"))
    assert counts == ("1", "0", "0")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp") or "")
    assert suite.get("hostname") == "localhost"
    (case,) = suite.findall("testcase")
    assert set(case.attrib) == {"name", "classname", "time"}
    failed = ET.fromstring(
        junit.render(replace(PASSED, verdict="fail"), "2026-11-22T10:00:00", 0.0)
    )
    failure = failed.find("testsuite/testcase/failure")
    assert failure is not None
    assert set(failure.attrib) == {"message", "type"}
    assert failed[0].get("failures") == "1"


def test_json_has_the_numbers_unrounded() -> None:
    document = as_json(PASSED)
    assert document["difference"] == {"value": 0.004, "low": -0.0187, "high": 0.03}
    assert (document["verdict"], document["clicks"], document["saved"]) == ("pass", 474, 790)
