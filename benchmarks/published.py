"""The public results of results/published, made from other people's result files by this package's commands.

    python benchmarks/published.py LOGS                  # summaries, replies, licenses and the table
    python benchmarks/published.py LOGS --page PAGE      # these, and a page of all suites

LOGS is the folder of the logs, as for benchmarks/public_logs.py. One run a suite is scored, with every
model that has replies to it; what is committed of it is summary.json and the replies, as lines that
`pointbench score` reads, with the license that each is under. Targets and trials stay out: the targets
belong to the sets, whose annotations `pointbench import` reads.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from public_logs import Log, read_rows, target_ids
from public_sets import SCREENAGENT, Row, bring_suite, command, json_lines
from published_sets import SOURCES, SUITES, V2, Published, Source, label_of, path_of, source_of
from published_table import PUBLISHED, page, read_summaries

from pointbench import cli


@dataclass
class Replies:
    """The lines of one suite, by source."""

    by_source: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def of(self, *sources: Source) -> list[Row]:
        """Target by target: the replies of two servings of one model are alike, and pack better together."""
        rows = [row for source in sources for row in self.by_source.get(source.key, ())]
        place = {row["target"]: number for number, row in reversed(list(enumerate(rows)))}
        return sorted(rows, key=lambda row: place[row["target"]])


def replies_of(suite: Published, logs: Path, targets: Mapping[str, Row]) -> Replies:
    """The lines that `score` reads, from every result file of the suite."""
    replies = Replies()
    for log in suite.logs:
        rows = _rows(log, logs)
        for row, target in zip(rows, _targets_of(suite, log, logs, rows, targets), strict=True):
            if target in targets:
                answer = {"text": row["raw_response"]} if log.answer == "text" else _point(row)
                line = {"target": target, "model": label_of(log), **answer}
                replies.by_source[source_of(log).key].append(line)
    return replies


def _rows(log: Log, logs: Path) -> list[Row]:
    if log.form == "screenagent":
        lines = json_lines((logs / log.file).read_text(encoding="utf-8"))
        return [{"raw_response": line["LLM_response"]} for line in lines]
    return read_rows(logs / log.file)


def _point(row: Row) -> Row:
    return {"point": row["pred"]}


def _targets_of(
    suite: Published, log: Log, logs: Path, rows: list[Row], targets: Mapping[str, Row]
) -> list[str]:
    """The id of each row's target, even if the suite does not have it."""
    if suite.name != "screenspot-v2-dimo":
        return target_ids(log, rows, dict(targets))
    # Both files hold the same items, each in an order of its own; the suite has the first one's.
    ids: dict[Any, list[str]] = defaultdict(list)
    for number, row in enumerate(read_rows(logs / V2)):
        ids[_item(row)].append(f"{Path(V2).stem}_{number}")
    return [ids[_item(row)].pop(0) for row in rows]


def _item(row: Row) -> tuple[str, str, tuple[float, ...]]:
    return Path(row["img_path"]).name, row["prompt_to_evaluate"], tuple(row["bbox"])


def note_of(suite: Published) -> str:
    """What the report says of where the replies come from."""
    sources = {source_of(log).key: source_of(log) for log in suite.logs}.values()
    named = ", ".join(f"{item.link} at {item.commit[:7]} ({item.license})" for item in sources)
    return f"published result files, which do not tell sampling, prompts and times: {named}"


def scored(suite: Published, logs: Path, work: Path) -> tuple[Path, Replies]:
    """The run's folder, and the lines it was scored from; ``work`` is a data root to write to."""
    form, source = suite.imported
    targets = bring_suite(logs, work, suite.name, form, source)
    _name(work / "targets" / suite.name / "suite.toml", suite.title)
    replies = replies_of(suite, logs, targets)
    path = work / f"{suite.name}.jsonl"
    path.write_text(_lines(replies.of(*SOURCES)), encoding="utf-8")
    (work / "pointbench.toml").write_text(SCREENAGENT, encoding="utf-8")
    run = work / "results" / suite.name
    status, _ = command(
        "score", path, "-s", suite.name, "--data", work, "--out", run.parent, "--name", run.name,
        "--config", work / "pointbench.toml", *suite.words, "--note", note_of(suite),
    )  # fmt: skip
    if status > 1:
        raise RuntimeError(f"score of {suite.name} ended with {status}")
    return run, replies


def _name(toml: Path, title: str) -> None:
    """Give an imported suite the title that it has in the table."""
    lines = toml.read_text(encoding="utf-8").splitlines()
    lines = [
        f"title = {json.dumps(title)}" if line.startswith("title = ") else line for line in lines
    ]
    toml.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _lines(rows: Sequence[Row]) -> str:
    return "".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows
    )


# --- what is committed -----------------------------------------------------------------------


def write(suite: Published, logs: Path, run: Path, replies: Replies, out: Path) -> None:
    """The folder of one suite: summary.json, the replies, and the licenses that they are under."""
    folder = out / suite.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(run / "summary.json", folder / "summary.json")
    if suite.name == "screenagent":
        (folder / "pointbench.toml").write_text(SCREENAGENT.lstrip(), encoding="utf-8")
    together = [
        source for source in SOURCES if source.key in replies.by_source and not source.apart
    ]
    alone = [source for source in SOURCES if source.key in replies.by_source and source.apart]
    if together:
        _write_replies(folder, suite, logs, replies, together)
    for source in alone:
        _write_replies(folder / source.license.lower(), suite, logs, replies, [source])


def _write_replies(
    folder: Path, suite: Published, logs: Path, replies: Replies, sources: Sequence[Source]
) -> None:
    folder.mkdir(exist_ok=True)
    rows = replies.of(*sources)
    (folder / "replies.jsonl.gz").write_bytes(_zipped(_lines(rows).encode()))
    notice = [
        f"replies.jsonl.gz: replies to {suite.title}, as lines that `pointbench score` reads.",
        "",
    ]
    for source in sources:
        copied = f"LICENSE.{source.key}" if len(sources) > 1 else "LICENSE"
        shutil.copyfile(logs / source.license_file, folder / copied)
        files = [log for log in suite.logs if source_of(log) is source]
        models = sorted({label_of(log) for log in files})
        notice += [
            f"{', '.join(models)}",
            f"  from    {source.link} at commit {source.commit}",
            f"          {', '.join(sorted(path_of(log) for log in files))}",
            f"  by      {source.holder}",
            f"  license {source.license} ({source.license_link}), see {copied}",
            f"  changed by the pointbench authors: {_changes(files)}",
            "",
        ]
    (folder / "NOTICE").write_text("\n".join(notice), encoding="utf-8")


def _changes(logs: Sequence[Log]) -> str:
    kept = {log.answer for log in logs}
    what = {
        frozenset({"text"}): "of each row the raw reply alone is kept",
        frozenset({"point"}): "of each row the point alone is kept, in pixels of the screenshot",
    }[frozenset(kept)]
    return f"{what}, with the target's id and the model's name; reshaped to JSON Lines"


def _zipped(data: bytes) -> bytes:
    """gzip without a time or a name, so that the same lines give the same bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as file:
        file.write(data)
    return buffer.getvalue()


def make(logs: Path, out: Path, work: Path) -> list[Path]:
    """Write everything below ``out``; the folders of the runs, in the order of `SUITES`."""
    runs = []
    for suite in SUITES:
        run, replies = scored(suite, logs, work)
        write(suite, logs, run, replies, out)
        runs.append(run)
    (out / "README.md").write_text(page(read_summaries(out)), encoding="utf-8")
    return runs


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Make results/published from the public logs.")
    parser.add_argument("logs", type=Path, metavar="LOGS")
    parser.add_argument(
        "--page", type=Path, help="also write a page of all suites, without pictures"
    )
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as work:
        runs = make(args.logs, PUBLISHED, Path(work))
        if args.page is not None:
            words = ["report", *map(str, runs), "--format", "html", "--no-images"]
            # Its own message tells what is wrong.
            sys.exit(cli.main([*words, "-o", str(args.page)]))


if __name__ == "__main__":
    main()
