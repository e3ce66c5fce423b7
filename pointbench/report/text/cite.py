"""BibTeX and a methods paragraph for one or several runs, with versions and digests that identify them.

Of replies made elsewhere the paragraph says what was scored and what is not known, never how the models
were asked. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from pointbench.report import footers, numbers
from pointbench.report.entries import Entry, ReportRun, report_entries
from pointbench.report.plain_text import visible
from pointbench.report.served import served_text
from pointbench.report.text.compare import p_text
from pointbench.report.text.latex_text import escape, prose
from pointbench.runs import RunInfo, RunSuite, is_partial_gate
from pointbench.summary.model.asked import ELSEWHERE, named, told

if TYPE_CHECKING:
    from pointbench.summary.by_suite import SuitePairs
    from pointbench.summary.comparisons import ComparisonBlock

Form = Literal["latex", "text"]
"""How the paragraph is written: with LaTeX's escapes and ``\\cite``, or as plain text."""

MOST_PAIRS = 6
"""With more pairs in a suite than this, only neighbors by hit rate are told, each with the next."""

_KEY = r"[A-Za-z0-9][A-Za-z0-9:._/+-]*"
_ACTIVE = re.compile(
    r"\\(input|include|write|openin|openout|read|immediate|special|catcode|csname|def|[egx]def|let"
    r"|newcommand|renewcommand|directlua|usepackage|verbatiminput|lstinputlisting|uppercase|loop)(?![a-z])",
    re.IGNORECASE,
)
"""Commands that have no place in a citation: they read or write files, or change what others mean."""


def render(runs: Sequence[ReportRun], form: Form = "latex") -> str:
    """The BibTeX entries, a blank line, and the methods paragraph."""
    entries = _citations(runs)
    return "\n".join(entry.bibtex for entry in entries) + "\n" + methods(runs, form) + "\n"


def bibtex(runs: Sequence[ReportRun]) -> list[str]:
    """A BibTeX entry for pointbench, and one for each suite: its own citation if it has a sound one."""
    return [entry.bibtex for entry in _citations(runs)]


def methods(runs: Sequence[ReportRun], form: Form = "latex") -> str:
    """The methods paragraph for a paper, with numbers rounded as everywhere."""
    return _LatexText(runs).paragraph() if form == "latex" else _PlainText(runs).paragraph()


# --- BibTeX ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Citation:
    key: str
    bibtex: str
    suites: frozenset[tuple[str, str]] = frozenset()
    """Name and digest of the suites that it stands for."""


def _citations(runs: Sequence[ReportRun]) -> list[_Citation]:
    """pointbench's own first, then each suite's once, in the order of the runs."""
    citations = {"pointbench": _Citation("pointbench", _own_entry(runs))}
    for suite in _suites(runs):
        this = frozenset({(suite.name, suite.digest)})
        key, text = _suite_entry(suite)
        if key in citations and citations[key].bibtex != text:
            # Two suites of one name, or a citation that took the key of another.
            key = f"{_safe_key(f'pointbench-{suite.name}')}-{suite.digest[:8]}"
            text = _generated(key, suite)
        known = citations.get(key)
        suites = this | known.suites if known else this
        citations[key] = _Citation(key, text, suites)
    return list(citations.values())


def _own_entry(runs: Sequence[ReportRun]) -> str:
    years = sorted(
        run.info.created_at[:4] for run in runs if re.match(r"\d{4}", run.info.created_at)
    )
    fields = {
        "title": "pointbench: how accurately vision-language models point at things on a screen",
        "author": "{pointbench authors}",
        "year": years[-1] if years else "n.d.",
        "version": escape(_listed(_versions(runs))),
    }
    return _entry("pointbench", fields)


def _suite_entry(suite: RunSuite) -> tuple[str, str]:
    """Key and text of a suite's entry."""
    text = _printable(suite.citation or "").strip()
    key = _sound_key(text)
    if key is not None:
        return key, text + "\n"
    key = _safe_key(f"pointbench-{suite.name}")
    return key, _generated(key, suite)


def _generated(key: str, suite: RunSuite) -> str:
    """An entry of what the suite says of itself; nothing is made up where it says nothing."""
    # A suite of runs before authors were kept is credited to nobody rather than to the wrong people.
    fields = {"title": f"{escape(suite.title)}: a suite of screen targets"}
    if suite.authors:
        fields["author"] = " and ".join(f"{{{escape(author)}}}" for author in suite.authors)
    if suite.version != "0":
        fields["version"] = escape(suite.version)
    if suite.homepage:
        fields["howpublished"] = escape(suite.homepage)
    license_ = "" if suite.license in ("", "not stated") else f", license {escape(suite.license)}"
    fields["note"] = f"Suite {escape(suite.name)}, SHA-256 {suite.digest}{license_}"
    return _entry(key, fields)


def _safe_key(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", text)


def _sound_key(text: str) -> str | None:
    """The key of a citation that is one or more BibTeX entries and nothing else; None for any other text.

    A suite may come from a stranger, and its citation goes into a paper.
    """
    start = re.match(rf"@[A-Za-z]+\s*\{{\s*({_KEY})\s*,", text)
    if start is None or _ACTIVE.search(text):
        return None
    depth, between = 0, ""
    for char in re.sub(r"\\.", "", text, flags=re.DOTALL):
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return None
        if depth == 0 and char != "}":
            between += char
    heads = re.fullmatch(r"(\s*@[A-Za-z]+\s*)+", between)
    return start[1] if depth == 0 and heads else None


def _entry(key: str, fields: Mapping[str, str]) -> str:
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}\n}}\n"


def _printable(text: str) -> str:
    return "\n".join(visible(line) for line in text.splitlines())


# --- the methods paragraph -------------------------------------------------------------------


class _PlainText:
    """The paragraph as plain text."""

    def __init__(self, runs: Sequence[ReportRun]) -> None:
        self._runs = runs
        self._entries = report_entries(runs)

    def written(self, text: str) -> str:
        """The text as this form writes it."""
        return text

    def cited(self, _suite: RunSuite | None = None) -> str:
        """The reference behind a name: pointbench's, or a suite's."""
        return ""

    def paragraph(self) -> str:
        scored = not any(run.info.asked for run in self._runs)
        versions = self.written(_listed(_versions(self._runs)))
        suites = "; ".join(self._suite(suite) for suite in _suites(self._runs))
        verb = f"We scored {ELSEWHERE} with" if scored else "We used"
        rest = [
            *_asked(self._runs),
            *_states(self._runs),
            _models(self._entries),
            _floor(self._entries),
            "A click counts when it lies in the target's region, edges included; refusals, unreadable "
            "answers and points out of frame count as wrong, trials in error are not scored.",
            _intervals(self._runs),
            "The chance of k clicks in a row on targets drawn at random is the hit rate to the k-th "
            "power; of the same target asked k times we give pass^k.",
            *_compared(self._runs),
            _commands(self._runs),
        ]
        first = f"{verb} pointbench {versions}{self.cited()} on {suites}."
        return " ".join([first, *(self.written(sentence) for sentence in rest if sentence)])

    def _suite(self, suite: RunSuite) -> str:
        name = visible(suite.name)
        version = "" if suite.version == "0" else f" {visible(suite.version)}"
        absent = f" and {numbers.count(suite.absent)} absent" if suite.absent else ""
        targets = numbers.counted(suite.present, f"present{absent} target")
        rest = (
            f" (suite {name}{version}, {targets} on "
            f"{numbers.counted(suite.screenshots, 'screenshot')}, SHA-256 {suite.digest})"
        )
        return self.written(visible(suite.title) or name) + self.cited(suite) + self.written(rest)


class _LatexText(_PlainText):
    """The paragraph for LaTeX: special characters escaped, and a reference to each entry."""

    def written(self, text: str) -> str:
        return prose(text)

    def cited(self, _suite: RunSuite | None = None) -> str:
        this = None if _suite is None else (_suite.name, _suite.digest)
        for entry in _citations(self._runs):
            if this in entry.suites or (this is None and entry.key == "pointbench"):
                return f"~\\cite{{{entry.key}}}"
        return ""


def _suites(runs: Iterable[ReportRun]) -> list[RunSuite]:
    """The suites of the runs, each once; with other counts where a run asked another part of one."""
    return list(dict.fromkeys(suite for run in runs for suite in run.info.suites))


def _versions(runs: Iterable[ReportRun]) -> list[str]:
    return sorted({visible(run.info.pointbench) for run in runs})


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _of_each(runs: Sequence[ReportRun], texts: Sequence[str]) -> list[str]:
    """The runs' sentences: once if they agree, else each with its run's name."""
    if len(set(texts)) == 1:
        return [texts[0]] if texts[0] else []
    return [
        f"Run {visible(run.name)}: {text}" for run, text in zip(runs, texts, strict=True) if text
    ]


def _asked(runs: Sequence[ReportRun]) -> list[str]:
    parts = [footers.part_of_a_gate(run) for run in runs]
    asked = ["" if part else _how_asked(run.info) for run, part in zip(runs, parts, strict=True)]
    return [*_of_each(runs, asked), *(part for part in parts if part)]


def _how_asked(info: RunInfo) -> str:
    where = f" Only targets with {_listed([*map(visible, info.where)])}." if info.where else ""
    limit = (
        f" At most {numbers.counted(info.limit, 'target')} per suite, drawn with the seed."
        if info.limit
        else ""
    )
    if not info.asked:
        most = "one reply" if info.repeats <= 1 else f"up to {numbers.count(info.repeats)} replies"
        return (
            f"How the models were asked is not known here but for what is told below; {most} a target "
            f"{'was' if info.repeats <= 1 else 'were'} scored."
        )
    # A rescored streak is still one.
    if info.kind == "streak" or info.goal is not None:
        return (
            f"Targets were drawn at random with replacement (seed {info.seed}, the same draws for "
            f"every model), in sessions that end at the first click that is not correct.{where}{limit}"
        )
    shard = f" Only part {info.shard} of the plan was asked." if info.shard else ""
    return (
        f"Each target was asked {_times(info.repeats)} ({', '.join(info.variants)}; seed "
        f"{info.seed}).{shard}{where}{limit}"
    )


def _states(runs: Sequence[ReportRun]) -> list[str]:
    return [
        f"Run {visible(run.name)} is {run.info.state}: these are the trials so far."
        for run in runs
        if run.info.state != "complete"
    ]


def _models(entries: Sequence[Entry]) -> str:
    """The models, those together of which the same is known."""
    alike: dict[str, list[str]] = {}
    for entry in entries:
        if not entry.model.floor:
            # A name of one's own is followed by what it stands for.
            name = visible(named(entry.label, entry.facts) or entry.label)
            alike.setdefault(_known_of(entry), []).append(name)
    models = "; ".join(f"{_listed(names)} ({known})" for known, names in alike.items())
    return f"Models: {models}." if models else ""


def _known_of(entry: Entry) -> str:
    """What is known of how a model was asked, or of how replies made elsewhere were read."""
    shown, profile = entry.facts.get("display") or {}, entry.facts.get("profile")
    facts = []
    if not entry.model.elsewhere:
        facts += [f"profile {visible(str(profile or numbers.UNKNOWN))}", entry.sampling]
    else:
        given = shown.get("elsewhere")
        if given in ("replies", "both"):
            facts.append(f"replies read by profile {visible(str(profile))}")
        if given in ("points", "both"):
            facts.append("points as stored")
        facts.append(f"sampling {visible(told(shown.get('settings') or {}))}")
        if shown.get("note"):
            facts.append(f"noted by whoever scored them: “{visible(str(shown['note']))}”")
    if entry.model.blind:
        facts.append("blind")
    served = served_text(entry.facts)
    if served is not None:
        facts.append(f"answered by {served}")
    return ", ".join(facts)


def _floor(entries: Sequence[Entry]) -> str:
    floor = ", ".join(
        f"{entry.visible_label}{' (exact)' if entry.model.exact else ''}"
        for entry in entries
        if entry.model.floor
    )
    if not floor:
        return ""
    return (
        f"As the floor, which no model should fall below, we give {floor}; exact rates are computed "
        "over all present targets."
    )


def _intervals(runs: Sequence[ReportRun]) -> str:
    """The sentence that explains the brackets, as in every table's footers."""
    rates = [entry.hit_rate for entry in report_entries(runs)]
    lines = footers.intervals(rates, footers.screenshots(runs))
    return " ".join(line.replace("Brackets: ", "In brackets are ", 1) for line in lines[:1])


def _times(repeats: int) -> str:
    return "once" if repeats == 1 else f"{numbers.count(repeats)} times"


def _commands(runs: Sequence[ReportRun]) -> str:
    """What was typed; not for points alone, whose profile is named there and read nothing."""
    commands = dict.fromkeys(
        visible(run.info.command) for run in runs if run.info.asked or _read_something(run)
    )
    verb = "The command was" if len(commands) == 1 else "The commands were"
    return f"{verb}: {'; '.join(commands)}" if commands else ""


def _read_something(run: ReportRun) -> bool:
    return any(facts.get("profile") for facts in run.summary["models"].values())


# --- comparisons -----------------------------------------------------------------------------


def _compared(runs: Sequence[ReportRun]) -> list[str]:
    """How the models compare in pairs, suite by suite."""
    suites = [
        suite for suite in _pairs(runs) if any(pair["targets"]["both"] for pair in suite.pairs)
    ]
    sentences = []
    for suite in suites:
        sentences += _suite_sentences(suite, _called(suite.suite, runs))
    return sentences


def _called(name: str, runs: Sequence[ReportRun]) -> str | None:
    """A suite's title, or its name where another has that title, too; None for the only suite."""
    titles = {suite.name: suite.title or suite.name for suite in _suites(runs)}
    title = titles.get(name, name)
    if len(titles) == 1:
        return None
    return visible(title if list(titles.values()).count(title) == 1 else name)


def _suite_sentences(suite: SuitePairs, title: str | None) -> list[str]:
    pairs, count = _told(suite), len(suite.pairs)
    on = f"On {title}, models" if title else "Models"
    corrected = f", p adjusted by Holm over the {numbers.count(count)} pairs" if count > 1 else ""
    part = ", of which each model and the next by hit rate are given" if len(pairs) < count else ""
    start = (
        f"{on} were compared in pairs on the present targets that both answered{corrected}{part}"
    )
    texts = "; ".join(_pair_text(pair, suite.rates) for pair in pairs)
    return [f"{start}: {texts}."]


def _told(suite: SuitePairs) -> list[ComparisonBlock]:
    """Every pair, or where there are too many each model with the next by hit rate."""
    pairs = [pair for pair in suite.pairs if pair["targets"]["both"]]
    if len(pairs) <= MOST_PAIRS:
        return pairs
    order = sorted(suite.rates, key=lambda label: -suite.rates[label])
    neighbors = [{a, b} for a, b in pairwise(order)]
    told = [pair for pair in pairs if {pair["a"], pair["b"]} in neighbors]
    return sorted(told, key=lambda pair: neighbors.index({pair["a"], pair["b"]}))


def _pair_text(pair: ComparisonBlock, rates: Mapping[str, float]) -> str:
    """``A hit more than B by 17.4 points (95 % interval 14.9 to 19.9, p <0.001, 1581 targets)``."""
    from pointbench.summary.comparisons import ALPHA

    difference, p = pair["difference"], pair["p_holm"]
    a, b = pair["a"], pair["b"]
    value, low, high = difference["value"], difference.get("low"), difference.get("high")
    if value is None:
        return f"{visible(a)} and {visible(b)} have no target in common"
    if value < 0:
        a, b, value = b, a, -value
        low, high = (None if high is None else -high), (None if low is None else -low)
    level = numbers.short_percent(difference.get("confidence") or 0.95)
    ends = (
        ""
        if low is None or high is None
        else f"{level} interval {numbers.points(low)} to {numbers.points(high)}, "
    )
    p_words = p_text(p)
    p_words = f"p {p_words}" if p_words.startswith("<") else f"p = {p_words}"
    on = numbers.counted(pair["targets"]["both"], "target")
    evidence = f"({ends}{'' if p is None else f'{p_words}, '}{on})"
    # A rate over other targets would not fit the difference.
    same = not pair["targets"]["only_a"] and not pair["targets"]["only_b"]
    first, second = (
        visible(label) + (f" ({numbers.percent(rates[label])})" if same and label in rates else "")
        for label in (a, b)
    )
    if p is not None and p < ALPHA:
        return f"{first} hit more than {second} by {numbers.points(value)} points {evidence}"
    return f"{first} and {second} are not told apart: {numbers.points(value)} points {evidence}"


def _pairs(runs: Sequence[ReportRun]) -> list[SuitePairs]:
    from pointbench.summary.by_suite import Answered, SuitePairs, pairs_by_suite

    # Where a gate stopped depends on the answers.
    whole = [run for run in runs if not is_partial_gate(run.info)]
    names = {run.name for run in whole}
    entries = [entry for entry in report_entries(runs) if entry.run in names and entry.ranked]
    if len(runs) == 1 and len(runs[0].info.suites) == 1:
        # Computed already, over the same targets.
        (suite,), summary = runs[0].info.suites, runs[0].summary
        rates = {
            entry.label: rate.value
            for entry in entries
            if (rate := entry.hit_rate) is not None and rate.value is not None
        }
        return [SuitePairs(suite.name, suite.present, rates, summary["comparisons"])]
    by_name = {run.name: run for run in runs}
    return pairs_by_suite(
        [
            Answered(
                entry.label,
                entry.model.label,
                by_name[entry.run].targets,
                by_name[entry.run].records,
            )
            for entry in entries
        ]
    )
