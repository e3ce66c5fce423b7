"""report.html as a file: its contents, what it must not contain, and that it is reproducible."""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections import Counter
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
from pointbench.report.page import data as page_data
from pointbench.report.page import pictures as page_pictures
from pointbench.report.page.data import MOST_TEXT, packed, unpacked
from pointbench.report.page.markup import el, join
from pointbench.report.page.write import write_page
from pointbench.summary import summarize
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


def _blocks(text: str, name: str) -> list[str]:
    """The blocks whose id is ``name``, or ``name`` with a number, in the page's order."""
    pattern = rf'<script type="text/plain" id="{name}(?:-\d+)?">([^<]*)</script>'
    return re.findall(pattern, text)


def _data(text: str) -> Any:
    (block,) = _blocks(text, "data")
    return unpacked(block)


def _texts(text: str) -> list[str]:
    """The long texts of the page, by their number."""
    return [each for block in _blocks(text, "texts") for each in unpacked(block)]  # type: ignore[attr-defined]


def _replies(text: str) -> list[str]:
    long = _texts(text)
    replies = [trial["reply"] for trial in _data(text)["trials"] if "reply" in trial]
    return [reply if isinstance(reply, str) else long[reply[0]] for reply in replies]


def test_the_page_of_a_run_is_the_same_bytes_twice(
    run: ReportRun, root: Path, tmp_path: Path
) -> None:
    assert _page(tmp_path / "a.html", run, root) == _page(tmp_path / "b.html", run, root)


def test_nothing_is_fetched_and_nothing_inline_runs(
    hostile: ReportRun, root: Path, tmp_path: Path
) -> None:
    page = Reader(_page(tmp_path / "a.html", hostile, root))
    names = [name for name, _ in page.elements]
    scripts = [attributes for name, attributes in page.elements if name == "script"]
    assert scripts.count({}) == 1
    assert {attributes.get("type") for attributes in scripts if attributes} == {"text/plain"}
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
    replies = _replies(text)
    assert sample_run.HOSTILE in replies
    assert "x" * 100_000 in replies


def _with_replies(run: ReportRun, replies: list[str]) -> ReportRun:
    """The run with these replies, on its first record's target and model."""
    first = next(record for record in run.records if record.reply)
    assert first.reply is not None
    records = tuple(
        structs.replace(
            first,
            key=str(number),
            repeat=number,
            reply=structs.replace(first.reply, text=reply),
        )
        for number, reply in enumerate(replies)
    )
    return replace(run, records=records)


def test_long_texts_are_whole_while_they_fit(run: ReportRun, root: Path, tmp_path: Path) -> None:
    reply = "The button is at the top. " * 800
    many = _with_replies(run, [reply] * 5_000)
    text = _page(tmp_path / "a.html", many, root, images=False)
    assert len(text) < 3_000_000
    assert _replies(text) == [reply] * 5_000
    assert _data(text)["cut"] == {}


def test_too_much_text_is_cut_to_one_length_and_the_rest_is_counted(
    run: ReportRun, root: Path, tmp_path: Path
) -> None:
    rng = random.Random(0)
    words = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(4000)
    ]
    replies = [" ".join(rng.choices(words, k=3400))[:20_000] for _ in range(4_900)]
    short = "品質 \U0001f600" * 100
    text = _page(tmp_path / "a.html", _with_replies(run, [*replies, short]), root, images=False)
    assert len(text) < 12_000_000
    assert sum(map(len, _blocks(text, "texts"))) <= MOST_TEXT
    # Most of what fits is used.
    assert sum(map(len, _blocks(text, "texts"))) > MOST_TEXT / 2
    cut = _data(text)["cut"]
    shown = _replies(text)
    for number, (reply, part) in enumerate(zip([*replies, short], shown, strict=True)):
        assert reply.startswith(part)
        assert len(part) + cut.get(str(number), 0) == len(reply)
    assert shown[-1] == short
    assert len({len(part) for part in shown[:-1]}) == 1


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=900), max_size=30))
@settings(deadline=None)
def test_texts_come_back_as_they_were(texts: list[str]) -> None:
    blocks, most = page_data._compressed_texts(texts)
    back = [each for block in blocks.packed for each in unpacked(block)]  # type: ignore[attr-defined]
    assert back == texts
    assert most >= max(map(len, texts), default=0)
    assert blocks.ends == ([len(texts)] if texts else [])


def test_many_trials_are_drawn_the_same_each_time_and_the_filters_know_all(
    run: ReportRun, root: Path, tmp_path: Path
) -> None:
    hits = next(record for record in run.records if record.outcome == "hit")
    misses = next(record for record in run.records if record.outcome == "miss")
    records = tuple(
        structs.replace(record, key=f"{record.key} {number}", repeat=number)
        for record in (hits, misses)
        for number in range(6_000)
    )
    many = replace(run, records=records)
    text = _page(tmp_path / "a.html", many, root, images=False)
    assert text == _page(tmp_path / "b.html", many, root, images=False)
    data = _data(text)
    outcomes = Counter(data["outcomes"][trial["o"]] for trial in data["trials"])
    assert outcomes == {"hit": 5_000, "miss": 5_000}
    assert sum(data["left"].values()) == 2_000
    assert f"10{numbers.THIN}000 trials of 12{numbers.THIN}000 are here" in text
    seen = data["seen"]
    for record in (hits, misses):
        target = [item.id for item in run.targets].index(record.target)
        model = [item["label"] for item in data["models"]].index(record.model)
        assert seen[model]["right"][target] == str(int(bool(record.correct)))
        mask = int(seen[model]["outcomes"][2 * target : 2 * target + 2], 16)
        assert mask & (1 << data["outcomes"].index(record.outcome))


def test_every_trial_and_target_is_there(run: ReportRun, root: Path, tmp_path: Path) -> None:
    data = _data(_page(tmp_path / "a.html", run, root))
    assert len(data["trials"]) == len(run.records)
    assert [target["id"] for target in data["targets"]] == [target.id for target in run.targets]
    trial = next(item for item in data["trials"] if "at" in item)
    record = next(item for item in run.records if item.point is not None)
    assert trial["at"] == list(record.point or ())
    assert data["outcomes"][trial["o"]] == record.outcome


def test_pictures_are_embedded_once_and_large_ones_scaled(
    run: ReportRun, root: Path, tmp_path: Path
) -> None:
    text = _page(tmp_path / "a.html", run, root)
    shots = _data(text)["shots"]
    assert [shot["size"] for shot in shots] == [[1920, 1080], [3840, 2160], [1280, 720]]
    blocks = _blocks(text, "shot")
    assert len(blocks) == 3
    assert all(base64.b64decode(block)[8:12] == b"WEBP" for block in blocks)
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
    assert _blocks(text, "shot") == []
    assert "Made without screenshots" in text


def test_a_picture_that_differs_is_no_picture(run: ReportRun, root: Path, tmp_path: Path) -> None:
    first = run.targets[0].model_copy(update={"sha256": "0" * 64})
    changed = replace(run, targets=(first,))
    assert _blocks(_page(tmp_path / "a.html", changed, root), "shot") == []


def test_encoded_pictures_are_kept_for_the_next_page(
    run: ReportRun, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = _page(tmp_path / "a.html", run, root)
    folder = tmp_path / "cache/pointbench/pictures"
    kept = sorted(folder.iterdir())
    assert len(kept) == 3
    assert folder.stat().st_mode & 0o777 == 0o700
    times = [path.stat().st_mtime_ns for path in kept]
    assert _page(tmp_path / "b.html", run, root) == first
    assert [path.stat().st_mtime_ns for path in kept] == times
    for path in kept:
        path.write_bytes(b"damaged")
    assert _page(tmp_path / "c.html", run, root) == first
    monkeypatch.setattr(page_pictures, "MOST_CACHED", sum(path.stat().st_size for path in kept) - 1)
    assert _page(tmp_path / "d.html", run, root) == first
    assert len(list(folder.iterdir())) == 2


def test_a_cache_that_cannot_be_written_does_not_matter(
    run: ReportRun, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(_blocks(_page(tmp_path / "a.html", run, root), "shot")) == 3


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028\u2029", "&lt;", "\ud800"])
def test_packed_data_is_base64_and_comes_back(text: str) -> None:
    written = packed({"a": text})
    assert re.fullmatch("[A-Za-z0-9+/=]+", written)
    assert unpacked(written) == {"a": text}


def test_markup_escapes_texts_and_attributes() -> None:
    assert el("p", "<b>", title='"x"') == '<p title="&quot;x&quot;">&lt;b&gt;</p>'
    assert el("p", el("b", "x"), None, ["y", 1]) == "<p><b>x</b>y1</p>"
    assert el("input", disabled=True, hidden=False, data_x=1) == '<input disabled data-x="1">'
    assert join("&") == "&amp;"
