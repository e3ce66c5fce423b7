"""Of replies made elsewhere nothing is stated that nobody said, wherever a reader looks."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command, DataRoot
from tests.report.sample_run import HOSTILE

POINT = {"target": "shot0/t0", "model": "somebody", "point": [40, 60]}
TEXT = {"target": "shot0/t0", "model": "somebody", "text": '{"x": 40, "y": 60}'}
INVENTED = (
    "vendor's defaults",
    "seed 0",
    "asked once",
    "1 repeat",
    "as-is)",
    "Reply with only",
    "temperature not set",
)
"""What run.json has as defaults for a run that asked nothing, in the words of reports."""


class Words(HTMLParser):
    """The text of a page, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


def words_of(page: str) -> str:
    words = Words()
    words.feed(page)
    return words.text


def everywhere(inline: Command, folder: Path, run: str) -> dict[str, str]:
    """The texts of a run by where they are: every format, the page, cite, summary.json."""
    forms = {
        "terminal": ("terminal",),
        "terminal, all": ("terminal", "--all"),
        "markdown": ("markdown",),
        "markdown, all": ("markdown", "--all"),
        "latex": ("latex",),
        "latex, all": ("latex", "--all"),
        "csv": ("csv",),
        "json": ("json",),
    }
    texts = {}
    for place, words in forms.items():
        done = inline("report", run, "--format", *words, cwd=folder)
        assert done.returncode == 0, done.stderr
        texts[place] = done.stdout
    texts["cite"] = inline("cite", run, cwd=folder).stdout
    texts["cite text"] = inline("cite", run, "--format", "text", cwd=folder).stdout
    page = (folder / "results" / run / "report.html").read_text(encoding="utf-8")
    texts["page"] = page + words_of(page)
    texts["summary"] = (folder / "results" / run / "summary.json").read_text(encoding="utf-8")
    return texts


def score(inline: Command, data: DataRoot, rows: list[dict[str, Any]], *words: str) -> Path:
    file = data.path / "made.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = inline(
        "score", file, "-s", "small", "--profile", "pixel", "--name", "made", *words, cwd=data.path
    )
    assert done.returncode == 1, done.stderr  # most targets have no reply
    return data.path / "results" / "made"


def block(run: Path, label: str = "somebody") -> Any:
    return json.loads((run / "summary.json").read_text())["models"][label]


@pytest.mark.parametrize("row", [POINT, TEXT])
def test_nothing_is_invented_anywhere(
    inline: Command, small: DataRoot, row: dict[str, Any]
) -> None:
    score(inline, small, [row])
    for place, text in everywhere(inline, small.path, "made").items():
        shown = " ".join(text.split())
        for words in INVENTED:
            assert words not in shown, (place, words)
        if place not in ("csv", "json", "summary"):
            assert "not known" in shown, place
            assert "elsewhere" in shown, place


def test_points_name_no_profile(inline: Command, small: DataRoot) -> None:
    run = score(inline, small, [POINT])
    facts = block(run)
    assert facts["profile"] is None
    assert facts["display"]["profile"] is None
    assert facts["display"]["frame"] == {"unit": None, "order": None}
    assert facts["display"]["elsewhere"] == "points"
    for place, text in everywhere(inline, small.path, "made").items():
        if place != "page":
            # "pixels" is a unit of many columns; the profile is a word of its own.
            assert not re.search(r"profile[^.]{0,20}\bpixel\b", text), place
    page = words_of((run / "report.html").read_text(encoding="utf-8"))
    assert "points as stored" in page
    # The command is a record of what was typed.
    assert page.replace("--profile pixel", "").count("profile") == 0
    assert "points as stored" in inline("cite", "made", cwd=small.path).stdout


def test_texts_name_the_profile_as_what_read_them(inline: Command, small: DataRoot) -> None:
    run = score(inline, small, [TEXT, {**POINT, "target": "shot0/t1", "model": "other"}])
    assert block(run)["profile"] == "pixel"
    assert block(run)["display"]["elsewhere"] == "replies"
    assert block(run, "other")["profile"] is None
    cited = inline("cite", "made", cwd=small.path).stdout
    assert "somebody (replies read by profile pixel, sampling not known)" in cited
    assert "other (points as stored, sampling not known)" in cited
    assert "read by profile" in words_of((run / "report.html").read_text(encoding="utf-8"))


def test_the_run_has_no_seed_and_no_variants(inline: Command, small: DataRoot) -> None:
    run = score(inline, small, [POINT])
    block_of_run = json.loads((run / "summary.json").read_text())["run"]
    assert (block_of_run["seed"], block_of_run["variants"]) == (None, None)
    assert inline("report", "made", cwd=small.path).returncode == 0


def test_what_is_told_is_shown_as_told(inline: Command, small: DataRoot) -> None:
    words = ("--sampling", "temperature=0", "--sampling", "greedy=true", "--note", "our log of May")
    run = score(inline, small, [TEXT], *words)
    told = "greedy true, temperature 0, as told by whoever scored them"
    info = json.loads((run / "run.json").read_text())
    assert info["models"][0]["settings"] == {"temperature": 0, "greedy": True}
    assert info["models"][0]["note"] == "our log of May"
    for place, text in everywhere(inline, small.path, "made").items():
        # LaTeX has the notes with --all alone.
        if place not in ("csv", "latex"):
            shown = " ".join(text.split())
            assert "our log of May" in shown, place
            assert told in shown or "json" in place, place
    # Scored again, it is still only what was told.
    inline("rescore", "made", cwd=small.path)
    assert told in inline("cite", "made-rescored", cwd=small.path).stdout


def test_a_hostile_note_is_escaped_everywhere(inline: Command, small: DataRoot) -> None:
    note = HOSTILE.replace("\x00", "")
    run = score(inline, small, [TEXT], "--note", note, "--sampling", f"mode={note}")
    texts = everywhere(inline, small.path, "made")
    for place, text in texts.items():
        if place not in ("json", "summary"):  # which escape as JSON does
            assert "\x1b" not in text, place
            assert "\u202e" not in text, place
    source = (run / "report.html").read_text(encoding="utf-8")
    assert "<script>document.title" not in source
    assert "<img src=x" not in source
    for place in ("latex", "cite"):
        assert "\\input{" not in texts[place].replace("\\textbackslash{}input", ""), place
    assert "<script" not in texts["markdown"]
    assert (run / "summary.json").exists()


@pytest.mark.parametrize("schema", [1, 2])
def test_a_run_of_before_is_read_and_as_silent(
    inline: Command, small: DataRoot, schema: int
) -> None:
    run = score(inline, small, [POINT])
    info = json.loads((run / "run.json").read_text())
    info["schema"] = schema
    for suite in info["suites"]:
        del suite["authors"], suite["homepage"]
    for model in info["models"]:
        del model["note"]
    (run / "run.json").write_text(json.dumps(info))
    summary = json.loads((run / "summary.json").read_text())
    summary["schema"] = schema
    facts = summary["models"]["somebody"]
    facts["display"] = {
        "profile": "pixel",
        "frame": {"unit": "pixel", "order": "xy"},
        "settings": {},
        "sampling": "the vendor's defaults",
    }
    (run / "summary.json").write_text(json.dumps(summary))
    inline("report", "made", "--format", "html", cwd=small.path)
    for place, text in everywhere(inline, small.path, "made").items():
        if place != "summary":
            for words in INVENTED:
                assert words not in " ".join(text.split()), (place, words)


def test_a_name_of_ones_own_says_what_it_stands_for(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    (small.path / "pointbench.toml").write_text(
        '[models.home]\nmodel = "openai/my-vlm"\nbase_url = "http://127.0.0.1:9/v1"\n'
        'retries = 0\n[models."My label"]\nmodel = "simulated/0.9"\n'
    )
    words = ("-s", "small", "--limit", "1", "--name", "r", "-q")
    models = ("-m", "home", "-m", "openai/gpt-4o?base_url=http://127.0.0.1:9/v1&retries=0")
    inline("run", *models, *words, cwd=small.path)
    named = "home = openai/my-vlm (a server of one's own)"
    for place, text in everywhere(inline, small.path, "r").items():
        shown = " ".join(text.split()).replace("{-}", "-")
        shown = shown.replace("\\textquotesingle{}", "'")
        # Without a single answer, Markdown and LaTeX have their notes with --all alone.
        if place not in ("csv", "json", "summary", "markdown", "latex"):
            assert named in shown, place
            assert "openai/gpt-4o (a server of one's own)" in shown, place
        assert "vendor's default" not in shown, place


def test_compare_names_no_seed_of_replies_made_elsewhere(inline: Command, small: DataRoot) -> None:
    score(inline, small, [POINT, {**POINT, "model": "other"}])
    compared = inline("compare", "made", cwd=small.path).stdout
    assert "somebody" in compared
    assert "seed" not in compared
