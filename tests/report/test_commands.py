"""``report``, ``overlay`` and ``cite`` as commands."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from PIL import Image

from pointbench.cli import cite, overlay, report
from pointbench.errors import UsageError
from pointbench.report.entries import ReportRun
from tests.report import sample_run


def _run(module: object, root: Path, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)  # type: ignore[attr-defined]
    options = ["--out", str(root / "results")]
    status: int = module.run(parser.parse_args([*arguments, *options]))  # type: ignore[attr-defined]
    return status


@pytest.mark.parametrize(
    ("format_", "part"),
    [
        ("terminal", "hits % (95 %)"),
        ("markdown", "| rank | model | hits, % (95 %) |"),
        ("csv", "model,run,marks"),
        ("latex", r"\toprule"),
        ("json", '"models"'),
    ],
)
def test_report_to_stdout_and_to_a_file(
    root: Path,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    format_: str,
    part: str,
) -> None:
    assert _run(report, root, folder.name, "--format", format_) == 0
    printed = capsys.readouterr().out
    assert part in printed
    assert "\x1b" not in printed
    path = tmp_path / "deep" / "r.out"
    assert _run(report, root, folder.name, "--format", format_, "-o", str(path)) == 0
    assert part in path.read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""


def test_csv_writes_the_breakdowns_beside_it(root: Path, folder: Path, tmp_path: Path) -> None:
    _run(report, root, folder.name, "--format", "csv", "-o", str(tmp_path / "t.csv"))
    assert (tmp_path / "t-by.csv").read_text().startswith("model,run,dimension,group")
    assert (tmp_path / "t-pairs.csv").read_text().startswith("a,b,suite,difference")
    assert not (tmp_path / "t-all.csv").exists()
    _run(report, root, folder.name, "--format", "csv", "--all", "-o", str(tmp_path / "t.csv"))
    assert (tmp_path / "t-all.csv").read_text().startswith("model,suite,group,figure,value")


def test_options_of_latex_are_refused_in_one_line(root: Path, folder: Path) -> None:
    for arguments, message in (
        (("--floor",), "--floor is for --format latex"),
        (("--format", "latex", "--label", "nobody=x"), "write OLD=NEW"),
        (("--format", "latex", "--label", "openai/gpt-4o=local/ocr"), "two models would be called"),
    ):
        with pytest.raises(UsageError, match=message):
            _run(report, root, folder.name, *arguments)


def test_a_paper_may_call_a_model_otherwise(
    root: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = "anthropic/claude-sonnet-4?temperature=0"
    words = ("--format", "latex", "--label", f"{label}=Sonnet", "--table", "leaderboard,pairs")
    assert _run(report, root, folder.name, *words) == 0
    printed = capsys.readouterr().out
    assert "Sonnet &" in printed
    assert "temperature" not in printed


def test_html_goes_into_the_run(
    root: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(report, root, folder.name, "--format", "html") == 0
    assert "3 of 3 screenshots" in capsys.readouterr().err
    assert (folder / "report.html").is_file()
    assert _run(report, root, folder.name, "--format", "html", "--no-images") == 0
    assert "0 of 3 screenshots" in capsys.readouterr().err


def test_json_is_the_summary(
    root: Path, folder: Path, run: ReportRun, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(report, root, str(folder), "--format", "json")
    assert json.loads(capsys.readouterr().out) == run.summary


def test_an_unwritable_place_is_one_line(root: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for format_ in ("html", "csv"):
        with pytest.raises(UsageError, match="cannot be written") as caught:
            _run(report, root, folder.name, "--format", format_, "-o", str(tmp_path / "file/r"))
        assert "\n" not in str(caught.value)


def test_overlay_draws_a_whole_run_one_screenshot_or_one_target(
    root: Path, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "all"
    assert _run(overlay, root, folder.name, "-o", str(out)) == 0
    names = ["made-desk-1080p.png", "made-desk-2160p.png", "made-desk-720p.png"]
    assert sorted(path.name for path in out.iterdir()) == names
    for what in ("desk-720p/b1", "made/desk-720p.png", "desk-720p"):
        path = tmp_path / "overlay.png"
        assert _run(overlay, root, folder.name, what, "-o", str(path)) == 0
        with Image.open(path) as overlay_:
            assert overlay_.width == 1280


def test_overlay_of_a_suite_draws_its_targets_without_any_answer(
    root: Path, run: ReportRun, tmp_path: Path
) -> None:
    data = root / "data"
    suite = data / "targets" / "made"
    suite.mkdir(parents=True, exist_ok=True)
    (suite / "suite.toml").write_text(
        'name = "made"\nversion = "1"\ntitle = "t"\ndescription = "d"\nlicense = "CC0-1.0"\n'
        'authors = ["a"]\n'
    )
    target = run.targets[1]
    file = {
        "screenshot": target.screenshot,
        "width": target.width,
        "height": target.height,
        "sha256": target.sha256,
        "targets": [{"id": target.id, "instruction": "x", "box": list(target.box or ())}],
    }
    (suite / "a.json").write_text(json.dumps(file))
    out = tmp_path / "suite"
    assert _run(overlay, root, "made", "-o", str(out), "--data", str(data)) == 0
    with Image.open(out / "made-desk-1080p.png") as overlay_:
        assert overlay_.getpixel((5, 5)) == (38, 42, 48)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("made-run", "desk-720p/b11", "-o", "x.png"), "did you mean desk-720p/b"),
        (("made-run", "desk-720p/b1", "-o", "x.txt"), "a picture ends in"),
        (("nothing", "-o", "x"), "neither a run nor a suite"),
    ],
)
def test_overlay_refuses_in_one_line(
    root: Path, folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        _run(overlay, root, *arguments)
    assert "\n" not in str(caught.value)


def test_file_names_are_plain_and_unlike() -> None:
    taken: set[str] = set()
    names = [overlay.file_name(name, taken) for name in ("a/b c.png", "a/b-c.png", "../..", "日")]
    assert names == ["a-b-c.png", "a-b-c-2.png", "screenshot.png", "screenshot-2.png"]


def test_cite_prints_bibtex_and_a_methods_paragraph_with_versions_and_digests(
    root: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(cite, root, folder.name) == 0
    text = capsys.readouterr().out
    assert text.startswith("@misc{pointbench,")
    assert "SHA-256 " + "ab" * 32 in text
    assert (
        "We used pointbench 0.1.0~\\cite{pointbench} on Made by hand~\\cite{pointbench-made} (suite made "
        "1.0.0, 30 present and 3 absent targets on 3 screenshots, SHA-256"
    ) in text
    assert "openai/gpt-4o (profile plain, max\\_tokens 64, temperature 0" in text
    assert "The command was: pointbench run -s made" in text


def test_no_format_lets_a_hostile_label_through_with_its_escapes(
    root: Path, hostile: ReportRun, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample_run.write_run(root / "results" / "hostile", hostile)
    for format_ in ("terminal", "markdown", "csv", "latex"):
        assert _run(report, root, folder.name, "--format", format_) == 0
        printed = capsys.readouterr().out
        assert "\x1b" not in printed
        assert "\u202e" not in printed
    assert _run(cite, root, folder.name) == 0
    assert "\x1b" not in capsys.readouterr().out
