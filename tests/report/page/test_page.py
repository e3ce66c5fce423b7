"""report.html as a file: its contents, what it must not contain, and that it is reproducible."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from pointbench.report import numbers
from pointbench.report.entries import ReportRun
from pointbench.report.loading import pictures
from pointbench.report.page.data import LONGEST_REPLY, beginning, to_script
from pointbench.report.page.markup import el, join
from pointbench.report.page.write import write_page
from pointbench.summary import summarize
from pointbench.trials import ErrorRecord
from tests.report import sample_run
from tests.report.conftest import HOSTILE_LABEL


class Reader(HTMLParser):
    """Elements with their attributes, and the text of scripts, styles and everything else."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.text: dict[str, list[str]] = {"script": [], "style": [], "": []}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        self.text[self.inside[-1] if self.inside else ""].append(data)


def _page(path: Path, run: ReportRun, root: Path, images: bool = True) -> str:
    write_page(path, [run], pictures([root / "data"]), images)
    return path.read_text(encoding="utf-8")


def _data(text: str) -> Any:
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert block is not None
    return json.loads(block[1])


def test_the_page_of_a_run_is_the_same_bytes_twice(
    run: ReportRun, root: Path, tmp_path: Path
) -> None:
    assert _page(tmp_path / "a.html", run, root) == _page(tmp_path / "b.html", run, root)


def test_nothing_is_fetched_and_nothing_inline_runs(
    hostile: ReportRun, root: Path, tmp_path: Path
) -> None:
    page = Reader(_page(tmp_path / "a.html", hostile, root))
    names = [name for name, _ in page.elements]
    assert names.count("script") == 2
    assert names.count("style") == 1
    assert not {"link", "iframe", "object", "embed", "base", "img", "image"} & set(names)
    for name, attributes in page.elements:
        assert not [key for key in attributes if key.startswith("on") or key == "style"], name
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")


def test_the_policy_allows_this_script_and_this_style_alone(
    run: ReportRun, root: Path, tmp_path: Path
) -> None:
    text = _page(tmp_path / "a.html", run, root)
    page = Reader(text)
    policy = next(
        attributes["content"] or ""
        for _, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        inner = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[-1]
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_gallery_and_the_dialog_are_named_by_their_headings(
    run: ReportRun, root: Path, tmp_path: Path
) -> None:
    elements = Reader(_page(tmp_path / "a.html", run, root)).elements
    headings = {attributes.get("id") for name, attributes in elements if name == "h2"}
    names = {
        attributes.get("id"): attributes.get("aria-labelledby")
        for name, attributes in elements
        if name in ("section", "dialog") and attributes.get("id")
    }
    assert names == {"gallery": "gallery-title", "detail": "d-title"}
    assert set(names.values()) <= headings


def test_hostile_text_stays_text(hostile: ReportRun, root: Path, tmp_path: Path) -> None:
    text = _page(tmp_path / "a.html", hostile, root)
    assert "<script>document.title" not in text
    assert "<img" not in text
    for mark in ("\u202e", "\u2028", "\x1b", "\x00"):
        assert mark not in text
    data = _data(text)
    assert data["targets"][0]["text"] == sample_run.HOSTILE
    assert HOSTILE_LABEL in [model["label"] for model in data["models"]]
    replies = [trial["reply"] for trial in data["trials"] if "reply" in trial]
    assert sample_run.HOSTILE in replies
    assert max(map(len, replies)) == LONGEST_REPLY
    assert {trial["cut"] for trial in data["trials"] if "cut" in trial} == {100_000 - LONGEST_REPLY}


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 900))
@settings(deadline=None)
def test_the_beginning_of_a_text_is_at_most_2_kb_and_the_rest_is_counted(
    text: str, times: int
) -> None:
    whole = text * times
    shown, left = beginning(whole)
    assert whole.startswith(shown)
    assert len(shown) + left == len(whole)
    size = len(shown.encode())
    # Nothing is left out that would have fitted, but for a character that the limit divides.
    assert size <= LONGEST_REPLY
    assert left == 0 or size > LONGEST_REPLY - 4


def test_huge_replies_and_errors_do_not_make_a_huge_page(
    run: ReportRun, root: Path, tmp_path: Path
) -> None:
    before = len(_page(tmp_path / "a.html", run, root))
    huge = "品質 \U0001f600" * 5_000
    records = tuple(
        structs.replace(record, reply=structs.replace(record.reply, text=huge))
        if record.reply
        else structs.replace(record, error=ErrorRecord(type="GiveUp", message=huge))
        for record in run.records
    )
    text = _page(tmp_path / "b.html", replace(run, records=records), root)
    assert len(text) - before < len(records) * 3 * LONGEST_REPLY
    data = _data(text)
    for trial in data["trials"]:
        if "reply" in trial:
            assert len(trial["reply"]) + trial["cut"] == len(huge)
        else:
            assert trial["error"].endswith("more characters are in trials.jsonl")
            assert len(trial["error"]) < 1500


def test_every_trial_and_target_is_there(run: ReportRun, root: Path, tmp_path: Path) -> None:
    data = _data(_page(tmp_path / "a.html", run, root))
    assert len(data["trials"]) == len(run.records)
    assert [target["id"] for target in data["targets"]] == [target.id for target in run.targets]
    trial = next(item for item in data["trials"] if "at" in item)
    record = next(item for item in run.records if item.point is not None)
    assert trial["at"] == list(record.point or ())
    assert data["outcomes"][trial["o"]] == record.outcome


def test_every_rate_on_the_page_is_the_summarys(run: ReportRun, root: Path, tmp_path: Path) -> None:
    text = " ".join(Reader(_page(tmp_path / "a.html", run, root)).text[""])
    for facts in run.summary["models"].values():
        estimates = [facts["hit_rate"], *facts["in_a_row"].values()]
        estimates += [
            item
            for group in ("kind", "app", "size_quartile")
            for item in facts["by"][group].values()
        ]
        for item in estimates:
            shown = numbers.percent_with_interval(
                item["value"], item.get("low"), item.get("high"), item.get("approximate", False)
            )
            assert shown in text
        assert numbers.pixels(facts["miss_distance"]["median"]) in text
        assert numbers.offset(facts["bias"]) in text
        assert numbers.dollars(facts["cost_per_1000_clicks"]) in text
    for item in run.summary["comparisons"]:
        assert item["sentence"] in text


def test_pictures_are_embedded_once_and_large_ones_scaled(
    run: ReportRun, root: Path, tmp_path: Path
) -> None:
    text = _page(tmp_path / "a.html", run, root)
    shots = _data(text)["shots"]
    assert [shot["size"] for shot in shots] == [[1920, 1080], [3840, 2160], [1280, 720]]
    assert all(base64.b64decode(shot["data"])[8:12] == b"WEBP" for shot in shots)
    assert "3 of 3 screenshots are in this file" in text
    assert "scaled down to 1920 px" in text


def test_a_page_of_many_apps_and_of_two_runs(run: ReportRun, tmp_path: Path) -> None:
    targets = [
        target.model_copy(update={"app": f"app {number % 9}"})
        for number, target in enumerate(run.targets)
    ]
    summary = summarize(run.info, targets, list(run.records))
    changed = replace(run, targets=tuple(targets), summary=summary)
    path = tmp_path / "a.html"
    write_page(path, [changed, replace(changed, name="again")], lambda _: None, images=False)
    text = path.read_text(encoding="utf-8")
    assert "local/ocr@again" in text
    assert len(_data(text)["trials"]) == 2 * len(run.records)
    assert "app 8" in text


def test_without_images_no_picture_is_even_looked_at(run: ReportRun, tmp_path: Path) -> None:
    def never(_: object) -> Path:
        raise AssertionError("looked at a picture")

    path = tmp_path / "a.html"
    assert "0 of 3 screenshots" in write_page(path, [run], never, images=False)
    text = path.read_text(encoding="utf-8")
    assert all(shot["data"] is None for shot in _data(text)["shots"])
    assert "Made without screenshots" in text


def test_a_picture_that_differs_is_no_picture(run: ReportRun, root: Path, tmp_path: Path) -> None:
    first = run.targets[0].model_copy(update={"sha256": "0" * 64})
    changed = replace(run, targets=(first,))
    data = _data(_page(tmp_path / "a.html", changed, root))
    assert data["shots"][0]["data"] is None


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028\u2029", "&lt;", "\ud800"])
def test_json_in_a_script_is_plain_ascii(text: str) -> None:
    written = to_script({"a": text})
    assert written.isascii()
    assert not set("<>&") & set(written)
    assert json.loads(written) == {"a": text}


def test_markup_escapes_texts_and_attributes() -> None:
    assert el("p", "<b>", title='"x"') == '<p title="&quot;x&quot;">&lt;b&gt;</p>'
    assert el("p", el("b", "x"), None, ["y", 1]) == "<p><b>x</b>y1</p>"
    assert el("input", disabled=True, hidden=False, data_x=1) == '<input disabled data-x="1">'
    assert join("&") == "&amp;"
