"""Our verdicts on other people's published replies, as the tables of docs/public-logs.md.

    python benchmarks/public_logs.py LOGS > tables.md

LOGS is the folder of the logs; its EXPECTED.json gives each file's published figure and stored
number of hits. Every file goes through a user's commands: import and score. Raw
replies are read if the file has the answer itself, otherwise the stored point.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from public_sets import Row, bring_suite, json_lines, score
from public_sets import tables as tables_of_sets

from pointbench.geometry import Box, Point

SSPRO = ("sspro", "screenspot-pro", "mai_ui_annotations/ScreenSpot_Pro_data")
SSV2 = ("ssv2", "mai-ui", "mai_ui_annotations/ScreenSpot_V2_data")
OSWORLD_G = ("osworld-g", "mai-ui", "mai_ui_annotations/OS_G_data")
REFINED = ("osworld-g-refined", "mai-ui", "mai_ui_annotations/OS_G_Refine_data")
MMBENCH = ("mmbench-gui-l2", "mai-ui", "mai_ui_annotations/MMbench_data")


@dataclass(frozen=True)
class Log:
    """A result file: its model, the suite that it answers, and where its answers and targets are."""

    file: str
    model: str
    suite: str
    form: str
    source: str
    answer: Literal["text", "point"]
    """Whether the answer is the raw reply or only the stored point."""
    joined: Literal["id", "picture", "row"]
    """How a row names its target: by id, by the one target of its picture, or by its row number."""


def _mai_ui(file: str, suite: tuple[str, str, str]) -> Log:
    return Log(f"mai_ui_results/{file}", "MAI-UI-8B", *suite, answer="text", joined="id")


def _dimo(name: str, model: str, suite: tuple[str, str, str] | None = None) -> Log:
    file = f"dimo_gui_results/{name}.json"
    own = (f"dimo-{name.replace('/', '-')}", "screenspot-pro-results", file)
    return Log(file, model, *(suite or own), answer="point", joined="picture" if suite else "row")


LOGS = (
    Log("omniparser_sspro_gpt4o/logs_sspro_omniv2.json", "GPT-4o + OmniParser V2", *SSPRO,
        answer="point", joined="picture"),
    _dimo("pro/osatlas-4b-dimo-5-0.05", "OS-Atlas-4B + DiMo-GUI", SSPRO),
    _dimo("pro/osatlas-7b-dimo-5-0.05", "OS-Atlas-7B + DiMo-GUI", SSPRO),
    _dimo("pro/uground-dimo-5-0.05", "UGround-7B + DiMo-GUI", SSPRO),
    _dimo("pro/ugroundv1-dimo-5-0.05", "UGround-V1-7B + DiMo-GUI", SSPRO),
    _dimo("v2/osatlas-7b-dimo-3-0.05", "OS-Atlas-7B + DiMo-GUI"),
    _dimo("v2/ugroundv1-dimo-1-0.05", "UGround-V1-7B + DiMo-GUI"),
    _mai_ui("output_local/SSPro.json", SSPRO),
    _mai_ui("output_local/SSV2.json", SSV2),
    _mai_ui("output_local/OS_G.json", OSWORLD_G),
    _mai_ui("output_local/OS_G_Refine.json", REFINED),
    _mai_ui("output_server/SSPro.jsonl", SSPRO),
    _mai_ui("output_server/SSV2.jsonl", SSV2),
    _mai_ui("output_server/OS_G.jsonl", OSWORLD_G),
    _mai_ui("output_server/OS_G_Refine.jsonl", REFINED),
    _mai_ui("output_server/MMBench.jsonl", MMBENCH),
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """One row of a result file, with the stored verdict and ours."""

    number: int
    """From 0, in the file's order."""
    row: Row
    target: Row
    """The line of targets.jsonl."""
    trial: Row
    """The line of trials.jsonl."""

    @property
    def stored(self) -> bool:
        return bool(self.row["correctness"] == "correct")

    @property
    def hit(self) -> bool:
        return bool(self.trial["outcome"] == "hit")

    @property
    def differs(self) -> bool:
        return self.stored != self.hit

    @property
    def reason(self) -> str:
        """Why the verdicts differ; empty when unknown."""
        if not self.differs or self.trial["point"] is None:
            return ""
        point = Point(*self.trial["point"])
        box = Box(*map(float, self.row["bbox"][:4]))
        if self.target.get("polygon"):
            said = "in" if box.contains(point) else "outside"
            ours = "in" if self.hit else "outside"
            return f"polygon: {ours} it, {said} the box its converter made of four of its numbers"
        edges = [
            name
            for name, at, edge in (("right", point.x, box.right), ("bottom", point.y, box.bottom))
            if abs(at - edge) <= 1e-9
        ]
        if self.hit and edges:
            return f"on the {' and '.join(edges)} edge, which its test leaves out"
        return ""


@dataclass(frozen=True)
class Outcome:
    """A result file after import and score."""

    log: Log
    published: str | None
    """Per cent, as its repository prints it."""
    rows: tuple[Row, ...]
    judged: tuple[Judged, ...]
    dropped: tuple[int, ...]
    """Numbers of the rows whose target the import rejects."""
    summary: Row
    """The model's block of summary.json."""
    run: Path

    @property
    def stored_hits(self) -> int:
        return sum(row["correctness"] == "correct" for row in self.rows)

    @property
    def differing(self) -> list[Judged]:
        return [judged for judged in self.judged if judged.differs]


def read_rows(path: Path) -> list[Row]:
    """The rows of a result file: under ``details`` of one JSON object, or one per line."""
    text = path.read_text(encoding="utf-8")
    try:
        whole = json.loads(text)
    except ValueError:
        return json_lines(text)
    rows: list[Row] = whole["details"]
    return rows


def target_ids(log: Log, rows: list[Row], targets: dict[str, Row]) -> list[str]:
    """The target of each row, even if the suite does not have it."""
    if log.joined == "id":
        return [str(row["id"]) for row in rows]
    if log.joined == "row":
        return [f"{Path(log.file).stem}_{number}" for number in range(len(rows))]
    by_picture = {target["extra"]["img_filename"]: name for name, target in targets.items()}
    return [by_picture["/".join(row["img_path"].split("/")[-2:])] for row in rows]


def outcome(log: Log, logs: Path, work: Path, published: str | None) -> Outcome:
    """Import, score and compare one result file; ``work`` is a data root to write to."""
    targets = bring_suite(logs, work, log.suite, log.form, log.source)
    rows = read_rows(logs / log.file)
    ids = target_ids(log, rows, targets)
    kept = [number for number, name in enumerate(ids) if name in targets]
    replies = [
        {"target": ids[number], "model": log.model, log.answer: _answer(log, rows[number])}
        for number in kept
    ]
    name = log.file.replace("/", "-").removesuffix(Path(log.file).suffix)
    run, summary = score(replies, work, log.suite, name, "--profile", "mai-ui")
    asked = {
        row["id"]: row for row in json_lines((run / "targets.jsonl").read_text(encoding="utf-8"))
    }
    trials = json_lines((run / "trials.jsonl").read_text(encoding="utf-8"))
    judged = tuple(
        Judged(number, rows[number], asked[trial["target"]], trial)
        for number, trial in zip(kept, trials, strict=True)
    )
    dropped = tuple(sorted(set(range(len(rows))) - set(kept)))
    block = summary["models"][log.model]
    return Outcome(log, published, tuple(rows), judged, dropped, block, run)


def _answer(log: Log, row: Row) -> Any:
    return row["raw_response"] if log.answer == "text" else row["pred"]


def all_outcomes(logs: Path, work: Path) -> list[Outcome]:
    """Every result file, in the order of `LOGS`."""
    expected = json.loads((logs / "EXPECTED.json").read_text(encoding="utf-8"))
    published = {entry["file"]: entry["published"] for entry in expected}
    return [outcome(log, logs, work, published[log.file]) for log in LOGS]


def tables(outcomes: list[Outcome]) -> str:
    """The tables: one row per result file, per differing row, and per file with absent targets."""
    lines = [
        "| result file | model | read from | published % | stored hits | our hits | of rows "
        "| our hit rate, present targets | rows that differ |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(result) for result in outcomes]
    lines += ["", "Every row whose verdict differs (rows count from 0):", ""]
    lines += ["| result file | row | target | point, px | stored | ours | why |"]
    lines += ["|---|---|---|---|---|---|---|"]
    lines += [_differing(result.log, judged) for result in outcomes for judged in result.differing]
    lines += ["", "Absent targets, which those logs count as misses whatever the answer:", ""]
    lines += [
        "| result file | absent targets | clicked | declined | unparsed |",
        "|---|---|---|---|---|",
    ]
    for result in outcomes:
        absent = Counter(j.trial["outcome"] for j in result.judged if j.target.get("absent"))
        if absent:
            counts = [absent.total(), absent["miss"], absent["declined"], absent["unparsed"]]
            lines.append(f"| `{result.log.file}` | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines) + "\n"


def _line(result: Outcome) -> str:
    rate = result.summary["hit_rate"]
    why = Counter(judged.reason.split(":")[0].split(",")[0] for judged in result.differing)
    said = "; ".join(f"{count} {_plural(reason, count)}" for reason, count in why.items()) or "none"
    if result.dropped:
        rows = ", ".join(map(str, result.dropped))
        said += f"; row {rows} has a blank wording and is left out"
    cells = [
        f"`{result.log.file}`",
        result.log.model,
        "raw replies" if result.log.answer == "text" else "stored points",
        result.published or "-",
        str(result.stored_hits),
        str(rate["hits"]),
        str(len(result.rows)),
        f"{rate['hits']}/{rate['n']} = {100 * rate['value']:.2f} %",
        said,
    ]
    return "| " + " | ".join(cells) + " |"


def _plural(reason: str, count: int) -> str:
    return f"{reason}s" if reason == "polygon" and count > 1 else reason


def _differing(log: Log, judged: Judged) -> str:
    x, y = judged.trial["point"]
    verdicts = ["hit" if verdict else "miss" for verdict in (judged.stored, judged.hit)]
    cells = [f"`{log.file}`", str(judged.number), judged.target["id"], f"{x:.1f}, {y:.1f}"]
    return "| " + " | ".join([*cells, *verdicts, judged.reason or "unexplained"]) + " |"


def main(logs: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        sys.stdout.write(tables(all_outcomes(logs, Path(work))))
        sys.stdout.write(tables_of_sets(logs, Path(work)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
