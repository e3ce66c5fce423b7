"""Who answered: the names that servers gave, and whether they are the model that was asked."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pointbench.trials import ErrorRecord, Record
from tests.summary.case import (
    LABEL,
    checked_summary,
    model,
    record,
    run_info,
    separate_targets,
    target,
    with_reply,
)


def served(names: list[str | None], label: str = "google/gemini-2.5-flash", **more: Any) -> Any:
    """``served`` of a run whose answers have these names of models."""
    targets = separate_targets(len(names))
    records = [
        with_reply(record(of, order=order, model=label), model=name)
        for order, (of, name) in enumerate(zip(targets, names, strict=True))
    ]
    info = run_info(model(label, **more))
    return checked_summary(info, targets, records)["models"][label]["served"]


def test_the_names_are_counted_as_the_server_gives_them() -> None:
    assert served(["gemini-2.5-flash", "models/gemini-2.5-flash", "gemini-2.5-flash"]) == {
        "models": {"gemini-2.5-flash": 2, "models/gemini-2.5-flash": 1},
        "asked_differs": False,
        "others": [],
        "several": False,
    }


def test_nothing_is_said_where_no_server_names_its_model() -> None:
    nothing = {"models": {}, "asked_differs": False, "others": [], "several": False}
    assert served([None, None]) == nothing
    assert served(["", None]) == nothing
    assert served([]) == nothing


def test_another_model_than_the_one_asked_is_named() -> None:
    assert served(["gemini-3.5-flash-lite"] * 2 + [None]) == {
        "models": {"gemini-3.5-flash-lite": 2},
        "asked_differs": True,
        "others": ["gemini-3.5-flash-lite"],
        "several": False,
    }


@pytest.mark.parametrize("label", ["local/ocr", "simulated/0.9", "replies/mine"])
def test_a_pointer_without_a_server_is_what_was_asked(label: str) -> None:
    block = served(["rapidocr-3.10.0"], label)
    assert block["models"] == {"rapidocr-3.10.0": 1}
    assert not block["asked_differs"]
    assert block["others"] == []


def test_several_models_behind_one_label_are_flagged() -> None:
    block = served(["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"] * 2, "openai/gpt-4o")
    assert (block["several"], block["asked_differs"]) == (True, False)
    block = served(["gpt-4o-2024-08-06", "some-other-model"], "openai/gpt-4o")
    assert (block["several"], block["others"]) == (True, ["some-other-model"])


def test_errors_do_not_count_and_absent_targets_do() -> None:
    gone = target("gone", None)
    [present, wrong] = separate_targets(2)
    broken = ErrorRecord(type="BrokenOff", message="abort")
    trials: list[Record] = [
        with_reply(record(present, order=0), model="a"),
        with_reply(record(gone, "declined", order=1), model="a"),
        msgspec.structs.replace(
            with_reply(record(wrong, order=2), model="other"),
            outcome="error",
            correct=None,
            error=broken,
        ),
    ]
    summary = checked_summary(run_info(), [present, wrong, gone], trials)
    assert summary["models"][LABEL]["served"]["models"] == {"a": 2}


@pytest.mark.parametrize(
    ("label", "name", "differs"),
    [
        ("replies/gpt-4o", "some-other-model", False),  # nobody knows what was asked
        ("replicate/zsxkib/molmo-7b", "76ebd7" * 10 + "abcd", False),
        ("local/ocr", "ocr", False),
        ("openai/gpt-5.6", "gpt-5.6-sol", False),
        ("openai/llama-3.3-70b", "llama-3.3-70b-versatile", False),
        ("openai/llama-3.3-70b", "llama-3.1-8b-instant", True),
    ],
)
def test_what_was_asked_is_known_from_run_json(label: str, name: str, differs: bool) -> None:
    assert served([name], label)["asked_differs"] is differs


@pytest.mark.parametrize("place", ["settings", "wire"])
def test_the_name_that_the_server_was_asked_by_counts(place: str) -> None:
    label = "openai/mine"
    info = model(label)
    info = msgspec.structs.replace(info, **{place: {"served_as": "Qwen/Qwen2.5-VL-7B-Instruct"}})
    [of] = separate_targets(1)
    trial = with_reply(record(of, model=label), model="qwen2.5-vl-7b-instruct")
    block = checked_summary(run_info(info), [of], [trial])["models"][label]["served"]
    assert block["asked_differs"] is False
    assert block["models"] == {"qwen2.5-vl-7b-instruct": 1}
