"""The headlines of runs made of published replies, with the numbers that were worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pointbench.report.loading import load_all
from pointbench.report.standing import Standing
from pointbench.report.view import ReportView, SuiteView, report_view

Row = dict[str, Any]
MakeView = Callable[..., ReportView]


def _named(log: Any) -> str:
    """The log's model; two servings of one model are told apart."""
    server = "output_server" in log.file, "output_local" in log.file
    return str(log.model) + {(True, False): " (server)", (False, True): " (local)"}.get(server, "")


def _near(box: list[float], other: list[float]) -> bool:
    return all(abs(a - b) <= 1 for a, b in zip(box, other, strict=True))


@pytest.fixture(scope="module")
def view(scoring: ModuleType, logs: Path, work: Path) -> MakeView:
    """Scores the replies of some models on a suite into one run a name, and reports the runs together."""

    def replies(log: Any, suite: tuple[str, str, str]) -> list[Row]:
        targets = scoring.bring_suite(logs, work, *suite)
        rows = scoring.read_rows(logs / log.file)
        if log.suite == suite[0]:
            ids = scoring.target_ids(log, rows, targets)
        else:
            # Another copy of the same set, whose boxes differ in places, once by a single pixel.
            same: dict[tuple[str, str], list[Row]] = {}
            for each in targets.values():
                key = each["extra"]["img_filename"], each["instruction"].strip()
                same.setdefault(key, []).append(each)
            ids = []
            for row in rows:
                alike = same.get(
                    (Path(row["img_path"]).name, row["prompt_to_evaluate"].strip()), []
                )
                found = [each for each in alike if _near(each["box"], row["bbox"])]
                ids.append(str(found[0]["id"]) if found else "")
                if found:
                    alike.remove(found[0])
        answers = [row["raw_response"] if log.answer == "text" else row["pred"] for row in rows]
        return [
            {"target": name, "model": _named(log), log.answer: answer}
            for name, answer in zip(ids, answers, strict=True)
            if name in targets
        ]

    def make(suite: tuple[str, str, str], **runs: Callable[[Any], bool]) -> ReportView:
        folders = []
        for name, chosen in runs.items():
            rows = [row for log in scoring.LOGS if chosen(log) for row in replies(log, suite)]
            folders.append(scoring.score(rows, work, suite[0], name, "--profile", "mai-ui")[0])
        return report_view(load_all(folders))

    return make


@pytest.fixture(scope="module")
def sspro(view: MakeView, scoring: ModuleType) -> SuiteView:
    return view(scoring.SSPRO, sspro=lambda log: log.suite == "sspro").suites[0]


def test_screenspot_pro(sspro: SuiteView) -> None:
    assert sspro.title == "ScreenSpot-Pro: 1581 targets in 26 apps, 7 models, one reply a target"
    lead, tie, beats, rows, hard, guess = sspro.results
    assert lead == "MAI-UI-8B (server) hits most often: 67.0 % of 1581 targets (95 %: 64.7–69.3)."
    assert tie == (
        "Not told apart from MAI-UI-8B (local): 0.9 points (−0.2 to 2.0); about 4900 targets would "
        "decide a difference of this size."
    )
    assert beats == "It beats the next, OS-Atlas-7B + DiMo-GUI, by 17.4 points (14.9 to 19.9)."
    assert rows.startswith(
        "In a row: 2 right 45 %, 10 right 1.8 % (1.3–2.6). An even chance lasts 1.7 clicks (1.6–1.9)"
    )
    assert hard == "Icons 44 %, text 81 %. 311 targets (20 %) were hit by none of the 7."
    assert guess == "Every model is above guessing: the best fixed point hits 1.1 %."
    apps, elsewhere = sspro.warnings
    assert apps.startswith("For apps other than these 26 the interval of MAI-UI-8B (server) is ")
    assert elsewhere.startswith("Replies from elsewhere: sampling, time and cost are not known")


def test_its_leaderboard(sspro: SuiteView) -> None:
    rows = [[row.label, *(cell.text for cell in row.cells)] for row in sspro.leaderboard.rows]
    shown = [[row[0], row[1], row[2].partition(" ")[0], *row[3:6]] for row in rows]
    assert shown == [
        ["MAI-UI-8B (server)", "1–2", "67.0", "44", "81", "1.8 %"],
        ["MAI-UI-8B (local)", "1–2", "66.2", "44", "80", "1.6 %"],
        ["OS-Atlas-7B + DiMo-GUI", "3–4", "49.7", "25", "65", "1 in 1100"],
        ["UGround-V1-7B + DiMo-GUI", "3–4", "47.4", "24", "62", "1 in 1700"],
        ["GPT-4o + OmniParser V2", "5", "39.8", "12", "57", "1 in 9900"],
        ["UGround-7B + DiMo-GUI", "6", "26.6", "8", "38", "<1 in 100\u202f000"],
        ["OS-Atlas-4B + DiMo-GUI", "7", "10.6", "4", "15", "<1 in 100\u202f000"],
        ["guessing, best point", "", "1.1", "1", "1", ""],
    ]


def test_two_runs_of_it_say_what_one_run_says(
    view: MakeView, scoring: ModuleType, sspro: SuiteView
) -> None:
    """Ranked run by run, a model 17 points behind would share the first rank."""
    apart = view(
        scoring.SSPRO,
        mai=lambda log: log.suite == "sspro" and "MAI" in log.model,
        rest=lambda log: log.suite == "sspro" and "MAI" not in log.model,
    ).suites[0]
    assert apart.headline == sspro.headline
    assert apart.leaderboard.rows == sspro.leaderboard.rows
    assert _outcome(apart.standing) == _outcome(sspro.standing)


def _outcome(place: Standing) -> object:
    return place.rank, place.groups, {key: pair.difference for key, pair in place.pairs.items()}


def test_screenspot_v2_of_two_copies(view: MakeView, scoring: ModuleType) -> None:
    suite = view(
        scoring.SSV2,
        ssv2=lambda log: log.suite == "ssv2" or log.file.startswith("dimo_gui_results/v2/"),
    ).suites[0]
    lead, tie, beats, rows, hard, guess = suite.results
    assert lead.startswith("MAI-UI-8B (local) hits most often: 95.1 % of 1272 targets (95 %: 93.")
    assert tie == (
        "Not told apart from MAI-UI-8B (server): 0.2 points (−0.4 to 0.9); a difference over 0.9 "
        "points is ruled out."
    )
    assert beats == (
        "It beats the next, UGround-V1-7B + DiMo-GUI, by 5.3 points (3.6 to 7.0), on the 1257 targets "
        "both answered."
    )
    assert rows.startswith("In a row: 10 right 61 % (5")
    assert "An even chance lasts 14 clicks (11–18)" in rows
    assert hard.startswith("Icons 90.6 %, text 98.6 %. ")
    assert guess == "Every model is above guessing: the best fixed point hits 4.2 %."
    assert (
        "15 targets have no reply of UGround-V1-7B + DiMo-GUI and OS-Atlas-7B + DiMo-GUI: their rates "
        "are over 1257."
    ) in suite.warnings


def test_osworld_g_says_what_was_clicked_and_is_not_there(
    view: MakeView, scoring: ModuleType
) -> None:
    suite = view(scoring.OSWORLD_G, osworld_g=lambda log: log.suite == "osworld-g").suites[0]
    assert suite.results[0].startswith("MAI-UI-8B (server) hits most often: 70.4 % of 510 targets")
    assert suite.warnings[0] == (
        "MAI-UI-8B (server) clicked on all 54 things that are not there; MAI-UI-8B (local) on 53 of 54."
    )


def test_screenagent_is_not_above_guessing(sets: ModuleType, logs: Path, work: Path) -> None:
    sets.screenagent(logs, work)
    suite = report_view(load_all([work / "results" / "screenagent"])).suites[0]
    assert suite.results[0].startswith("GPT-4V hits 7.3 % of 150 targets (95 %: ")
    assert suite.warnings[:2] == (
        "GPT-4V is not above guessing: the best fixed point hits 8.7 %.",
        "56 answers of GPT-4V repeat the example of the prompt.",
    )
    assert suite.leaderboard.rows[0].guessing


def test_runs_of_several_suites_are_one_matrix_and_a_block_each(
    view: MakeView, scoring: ModuleType, work: Path, sspro: SuiteView
) -> None:
    view(scoring.OSWORLD_G, osworld_g=lambda log: log.suite == "osworld-g")
    both = report_view(load_all([work / "results" / name for name in ("sspro", "osworld_g")]))
    assert [suite.suite for suite in both.suites] == ["sspro", "osworld-g"]
    assert both.suites[0].headline == sspro.headline
    assert both.matrix is not None
    cells = {row.label: [cell.value for cell in row.cells] for row in both.matrix.rows}
    assert cells["MAI-UI-8B (server)"] == ["67.0", "70.4"]
    assert cells["GPT-4o + OmniParser V2"] == ["39.8", "–"]
    assert cells["guessing, best point"] == ["1.1", "2.0"]
