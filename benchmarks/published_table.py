"""The page results/published/README.md, and the README's own table, from the committed summaries alone.

Part of benchmarks/published.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from public_logs import Log
from public_sets import Row
from published_sets import SOURCES, SUITES, Published, label_of, path_of, source_of

from pointbench import numbers

PUBLISHED = Path(__file__).resolve().parents[1] / "results" / "published"
GUESSING = "guessing, best point"


def read_summaries(folder: Path = PUBLISHED) -> dict[str, Row]:
    """Suite -> summary.json as committed."""
    return {
        suite.name: json.loads((folder / suite.name / "summary.json").read_text(encoding="utf-8"))
        for suite in SUITES
    }


def page(summaries: Mapping[str, Row]) -> str:
    """results/published/README.md."""
    parts = [_HEAD, matrix(summaries), _EXPLAINED, "## Suite by suite", ""]
    for suite in SUITES:
        parts += [*_block(suite, summaries[suite.name]), ""]
    return "\n".join([*parts, "## Sources", "", *_source_table(), _TAIL])


_HEAD = """\
# Published results

What models did on public sets, scored by this package from the result files that others published.
Intervals are 95 %, clustered by screenshot: they speak for other screenshots and targets like those of
the set. The models were asked by those who published the files, not by us. What they did not write down is
not known; it is listed with each source.

Hits, % of present targets (95 %):
"""

_EXPLAINED = """
MAI-UI-8B stands twice because its repository has replies of one model served twice: by vLLM (server) and
by transformers (local). What differs between the two is the noise of serving, not of two models. A dash
means that no replies are public.
"""

_TAIL = """
## Computed again

One command makes everything in this folder. `LOGS` holds the result files and annotations of these sources,
in the folders that [docs/public-logs.md](../../docs/public-logs.md) names:

```sh
python benchmarks/published.py LOGS --page results/published/report.html
```

One suite by hand, from the replies here and the set's own annotations:

```sh
pointbench import screenspot-pro ANNOTATIONS --suite screenspot-pro
zcat results/published/screenspot-pro/{,cc-by-4.0/}replies.jsonl.gz > replies.jsonl
pointbench score replies.jsonl -s screenspot-pro --profile mai-ui
```

`mai-ui` reads MAI-UI's raw replies; those of GPT-4V need `--profile screenagent` and
`--config results/published/screenagent/pointbench.toml`. The other models' points are taken as stored.

The replies are under the licenses beside them (`LICENSE*`, `NOTICE`), not under this repository's; those of
OmniParser's log are under CC-BY-4.0, in a folder of their own. Targets, screenshots and trials are not here:
the sets have licenses and homes of their own.
"""


def matrix(summaries: Mapping[str, Row]) -> str:
    """Model x suite: hit rates with their intervals, guessing last."""
    labels = list(dict.fromkeys(label_of(log) for suite in SUITES for log in suite.logs))
    lines = [
        "| model | " + " | ".join(suite.title for suite in SUITES) + " |",
        "|:--|" + "--:|" * len(SUITES),
    ]
    for label in labels:
        cells = [_rate(summaries[suite.name]["models"].get(label)) for suite in SUITES]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    guesses = [_guessing(summaries[suite.name]) for suite in SUITES]
    return "\n".join([*lines, f"| {GUESSING} | " + " | ".join(guesses) + " |"])


def top(summaries: Mapping[str, Row], models: int = 5) -> str:
    """The best models on the first suite, and guessing: the README's table."""
    suite = SUITES[0]
    summary = summaries[suite.name]
    lines = [
        "| rank | model | hits, % (95 %) | 10 in a row | an even chance lasts, clicks |",
        "|:--|:--|--:|--:|--:|",
    ]
    for log in sorted(suite.logs, key=partial(_by_rate, summary))[:models]:
        block = summary["models"][label_of(log)]
        cells = [
            _rank(block),
            label_of(log),
            _rate(block),
            _in_a_row(block["in_a_row"]["10"]),
            _horizon(block["horizon"]["0.5"]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, f"| | {GUESSING} | {_guessing(summary)} | | |"])


def _rate(block: Row | None) -> str:
    if block is None:
        return numbers.UNKNOWN
    rate = block["hit_rate"]
    return _without_unit(
        numbers.percent(rate["value"]),
        numbers.interval(rate["low"], rate["high"], rate.get("approximate", False)),
    )


def _without_unit(percent: str, interval: str) -> str:
    return " ".join(filter(None, (percent.removesuffix(" %"), interval)))


def _guessing(summary: Row) -> str:
    return numbers.percent(summary["floor"]["best-constant"]["hit_rate"]["value"]).removesuffix(
        " %"
    )


def _block(suite: Published, summary: Row) -> list[str]:
    """One suite: its targets, a row a model, and what is particular about it."""
    targets, (info,) = summary["run"]["targets"], summary["run"]["suites"]
    digest = f"SHA-256 `{info['digest'][:12]}…`"
    absent = f" and {numbers.count(targets['absent'])} absent" if targets["absent"] else ""
    lines = [
        f"### {suite.title}",
        "",
        f"{numbers.count(targets['present'])} present{absent} targets on "
        f"{numbers.counted(targets['screenshots'], 'screenshot')} "
        f"([summary.json]({suite.name}/summary.json), suite `{info['name']}`, {digest}). "
        f"Guessing, best point: {_guessing(summary)} %.",
        "",
        "| rank | model | hits, % (95 %) | hits/n | 10 in a row | an even chance lasts, clicks "
        "| false clicks | read from | source |",
        "|:--|:--|--:|--:|--:|--:|--:|:--|:--|",
    ]
    for log in sorted(suite.logs, key=partial(_by_rate, summary)):
        block, source = summary["models"][label_of(log)], source_of(log)
        cells = [
            _rank(block),
            label_of(log),
            _rate(block),
            numbers.hits_of(block["hit_rate"]["hits"], block["hit_rate"]["n"]),
            _in_a_row(block["in_a_row"]["10"]),
            _horizon(block["horizon"]["0.5"]),
            _false_clicks(block["false_clicks"]),
            "replies" if log.answer == "text" else "points",
            f"{source.name} `{source.commit[:7]}`, {source.date}, {source.license}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    remarks = [suite.remarks, *_remarks(suite, summary)]
    return [*lines, "", " ".join(filter(None, remarks))] if any(remarks) else lines


def _remarks(suite: Published, summary: Row) -> list[str]:
    """What the figures say besides: who is not above guessing, and how far two servings of a model differ."""
    guess = summary["floor"]["best-constant"]["hit_rate"]["value"]
    low = [
        label
        for log in suite.logs
        if summary["models"][label := label_of(log)]["hit_rate"]["low"] <= guess
    ]
    lines = [f"Not above guessing: {', '.join(low)}."] if low else []
    for pair in summary["comparisons"]:
        if pair["a"].rpartition(" (")[0] == pair["b"].rpartition(" (")[0] != "":
            verdicts = pair["mcnemar"]
            differ = verdicts["only_a"] + verdicts["only_b"]
            lines.append(
                f"One model, two servings: {numbers.count(differ)} of {numbers.count(verdicts['n'])} "
                f"verdicts differ ({verdicts['only_a']} hit by {pair['a']} alone, {verdicts['only_b']} by "
                f"{pair['b']} alone)."
            )
    return lines


def _rank(block: Row) -> str:
    return "–".join(map(str, sorted({block["rank"]["low"], block["rank"]["high"]})))


def _by_rate(summary: Row, log: Log) -> float:
    return -float(summary["models"][label_of(log)]["hit_rate"]["value"])


def _in_a_row(estimate: Row) -> str:
    """``1.8 % (1.3–2.6)``; below 1 % ``1 in 1100``, whose interval would say no more."""
    value = estimate["value"]
    if value < 0.01:
        return numbers.chance(value)
    return numbers.chance_with_interval(value, estimate["low"], estimate["high"])


def _horizon(estimate: Row) -> str:
    low, high = estimate.get("low"), estimate.get("high")
    ends = "" if low is None or high is None else f" ({numbers.plain(low)}–{numbers.plain(high)})"
    return numbers.clicks(estimate["value"], low) + ends


def _false_clicks(estimate: Row | None) -> str:
    if not estimate or not estimate.get("n"):
        return numbers.UNKNOWN
    return numbers.hits_of(estimate["clicked"], estimate["n"])


def _source_table() -> list[str]:
    lines = [
        "| source | files | commit | date | license | what is not known |",
        "|:--|:--|:--|:--|:--|:--|",
    ]
    for source in SOURCES:
        logs = [log for suite in SUITES for log in suite.logs if source_of(log) is source]
        files = ", ".join(f"`{path}`" for path in sorted(map(path_of, logs)))
        lines.append(
            f"| [{source.name}]({source.link}) | {files} | `{source.commit[:7]}` | {source.date} "
            f"| {source.license} | {source.unknown} |"
        )
    return lines
