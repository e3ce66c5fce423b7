"""The data of the page's script: models, screenshots, targets and trials, compressed.

The page holds two kinds of blocks, both JSON, deflated and in base64: ``data``, which the gallery
reads when the page opens, and blocks of long texts, each read when one of its texts is shown.
"""

from __future__ import annotations

import base64
import json
import random
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pointbench.geometry import Box
from pointbench.report import numbers
from pointbench.report.entries import Entry, ReportRun
from pointbench.report.markers import Marker, Markers
from pointbench.report.page.charts import shape_path
from pointbench.report.page.pictures import PagePicture, picture_key
from pointbench.report.plain_text import visible
from pointbench.report.view import SuiteView
from pointbench.report.words import OUTCOMES as OUTCOME_WORDS
from pointbench.report.words import VARIANTS as VARIANT_WORDS
from pointbench.suites import AskedTarget
from pointbench.trials import OUTCOMES, VARIANTS, Record

MOST_MISSES = 5_000
"""Trials that are not correct: the page has at most this many, drawn if there are more."""
MOST_OTHERS = 5_000
"""All other trials: the same."""
SHORT_TEXT = 200
"""Longer texts (characters) stand in blocks of their own, which are read when one is shown."""
BLOCK = 300_000
"""Characters of the texts in one block."""
MOST_TEXT = 8_000_000
"""Most bytes that all blocks of long texts take in the page."""
LONGEST_TEXT = 200_000
"""Most characters of one text in the page; trials.jsonl has every text whole."""


@dataclass(frozen=True)
class PageData:
    """``data`` for the gallery, ``texts`` as blocks, and how many trials the page has and lacks."""

    data: dict[str, object]
    texts: Sequence[str]
    """Each compressed."""
    shown: int
    left_out: int


@dataclass
class _Texts:
    """Long texts in the order of the trials that they belong to."""

    whole: list[str] = field(default_factory=list)

    def put(self, row: dict[str, object], name: str, text: str | None) -> None:
        """Sets a trial's field: the text itself if it is short, else ``[number]`` among the long ones."""
        if not text:
            return
        if len(text) <= SHORT_TEXT:
            row[name] = text
        else:
            row[name] = [len(self.whole)]
            self.whole.append(text)


def page_data(
    views: Sequence[SuiteView], markers: Markers, pictures: Sequence[PagePicture]
) -> PageData:
    """Everything the gallery needs; numbers for display are rounded here, never by the script.

    ``seen`` counts, for every model and target, over all trials what the filters ask; the trials
    themselves are at most `MOST_MISSES` and `MOST_OTHERS`, drawn with a fixed seed.
    """
    targets = all_targets(views)
    target_numbers = {(item.suite, item.id): number for number, item in enumerate(targets)}
    picture_numbers = {picture.key: number for number, picture in enumerate(pictures)}
    # The gallery shows trials, and a pointer that no run asked has none.
    entries = {entry.label: entry for view in views for entry in view.entries if entry.asked}
    model_numbers = {label: number for number, label in enumerate(entries)}
    trials = [
        (record, target_numbers[record.suite, record.target], numbers_of[record.model])
        for view in views
        for run in view.runs
        for numbers_of in (_model_numbers(view, run, model_numbers),)
        for record in run.records
        if (record.suite, record.target) in target_numbers
    ]
    shown = _bounded([record for record, _, _ in trials])
    left = [0] * len(targets)
    for number in set(range(len(trials))) - set(shown):
        left[trials[number][1]] += 1
    texts = _Texts()
    rows = [
        _trial(record, target, model, targets[target].instruction, texts)
        for record, target, model in (trials[number] for number in shown)
    ]
    blocks, most = _compressed_texts(texts.whole)
    missed = [target_numbers[key] for view in views for key in nobody_hits(view)]
    suspects = {
        target_numbers[key]: words for view in views for key, words in suspicious(view).items()
    }
    data: dict[str, object] = {
        "outcomes": list(OUTCOME_WORDS.values()),
        "variants": [VARIANT_WORDS[name] for name in VARIANTS],
        "models": [_model(entry, markers[label]) for label, entry in entries.items()],
        "shots": [_picture(picture) for picture in pictures],
        "targets": [_target(target, picture_numbers) for target in targets],
        "seen": _seen(trials, len(targets), len(entries)),
        "none": missed,
        "suspects": list(suspects.items()),
        "left": {number: count for number, count in enumerate(left) if count},
        "trials": rows,
        "ends": blocks.ends,
        "cut": {
            number: len(text) - most for number, text in enumerate(texts.whole) if len(text) > most
        },
    }
    return PageData(data, blocks.packed, len(rows), len(trials) - len(rows))


def all_targets(views: Sequence[SuiteView]) -> list[AskedTarget]:
    """The targets of all suites; the runs of a suite have the same ones."""
    return [target for view in views if view.runs for target in view.runs[0].targets]


def nobody_hits(view: SuiteView) -> list[tuple[str, str]]:
    """(suite, id) of the present targets that all models answered and none hit."""
    found = view.standing.hit_by_none or {}
    known = {(target.suite, target.id) for run in view.runs[:1] for target in run.targets}
    keys = [(str(item["suite"]), str(item["target"])) for item in found.get("targets") or ()]
    return [key for key in keys if key in known]


def suspicious(view: SuiteView) -> dict[tuple[str, str], str]:
    """(suite, id) of targets that better models miss and worse ones hit -> by whom, in words."""
    if len(view.runs) != 1:
        return {}
    known = {(target.suite, target.id) for target in view.runs[0].targets}
    found = {}
    for item in view.runs[0].summary.get("suspects") or ():
        key = str(item["suite"]), str(item["target"])
        if key in known:
            missed, hit = (", ".join(map(visible, item[name])) for name in ("missed_by", "hit_by"))
            found[key] = f"Is the label right? Missed by {missed}; hit by {hit}."
    return found


def _model_numbers(view: SuiteView, run: ReportRun, by_label: Mapping[str, int]) -> dict[str, int]:
    """The numbers of a run's models in the gallery, by their label in the run."""
    return {
        entry.model.label: by_label[entry.label] for entry in view.entries if entry.run == run.name
    }


def packed(data: object) -> str:
    """JSON, deflated and in base64, as the page's script reads it."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("ascii"), 6)).decode("ascii")


def unpacked(text: str) -> object:
    """What `packed` packed."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


def _bounded(records: Sequence[Record]) -> list[int]:
    """The places of the trials that the page has, in their order; drawn with a fixed seed."""
    misses = [number for number, record in enumerate(records) if not record.correct]
    others = [number for number, record in enumerate(records) if record.correct]
    rng = random.Random(0)  # noqa: S311
    kept = [
        rng.sample(places, most) if len(places) > most else places
        for places, most in ((misses, MOST_MISSES), (others, MOST_OTHERS))
    ]
    return sorted(kept[0] + kept[1])


def _seen(
    trials: Iterable[tuple[Record, int, int]], targets: int, models: int
) -> list[dict[str, object]]:
    """For each model, per target: the verdict of its first scored as-is trial, and its outcomes.

    ``right`` has ``1``, ``0``, or ``-`` without such a trial. ``outcomes`` has one hexadecimal digit
    pair per target, whose bits are the outcomes of all its trials.
    """
    first: list[list[tuple[int, bool] | None]] = [[None] * targets for _ in range(models)]
    masks = [[0] * targets for _ in range(models)]
    bits = {name: 1 << number for number, name in enumerate(OUTCOMES)}
    for record, target, model in trials:
        masks[model][target] |= bits[record.outcome]
        if record.correct is None or record.variant != "as-is":
            continue
        earlier = first[model][target]
        if earlier is None or record.repeat < earlier[0]:
            first[model][target] = (record.repeat, record.correct)
    return [
        {
            "right": "".join("-" if item is None else str(int(item[1])) for item in verdicts),
            "outcomes": "".join(f"{mask:02x}" for mask in of_model),
        }
        for verdicts, of_model in zip(first, masks, strict=True)
    ]


def _compressed_texts(whole: Sequence[str]) -> tuple[_Blocks, int]:
    """The texts in blocks of at most `MOST_TEXT` bytes in all, and the length that all are cut to.

    That length is about the longest that fits.
    """
    most = _longest_that_fits(
        [len(text) for text in whole], 0.95 * MOST_TEXT / _bytes_per_character(whole)
    )
    while (blocks := _blocks([text[:most] for text in whole])).size > MOST_TEXT:
        most = max(1, most * 3 // 4)
    return blocks, most


def _bytes_per_character(texts: Sequence[str], sample: int = 60) -> float:
    """About how many bytes of the page a character takes, by some of the texts."""
    some = [text[:LONGEST_TEXT] for text in texts[:: len(texts) // sample + 1]]
    return len(packed(some)) / max(1, sum(map(len, some)))


def _longest_that_fits(lengths: Sequence[int], characters: float) -> int:
    """The most characters a text may have so that all texts, cut to it, have at most so many."""
    low, high = 1, LONGEST_TEXT
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(length, middle) for length in lengths) <= characters:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass(frozen=True)
class _Blocks:
    packed: list[str]
    ends: list[int]
    """For each block, the number after its last text."""

    @property
    def size(self) -> int:
        return sum(map(len, self.packed))


def _blocks(texts: Sequence[str]) -> _Blocks:
    blocks = _Blocks([], [])
    start = size = 0
    for number, text in enumerate(texts, 1):
        size += len(text)
        if size >= BLOCK or number == len(texts):
            blocks.packed.append(packed(texts[start:number]))
            blocks.ends.append(number)
            start, size = number, 0
    return blocks


def _model(entry: Entry, marker: Marker) -> dict[str, object]:
    # Nobody knows the prompts of replies made elsewhere.
    profile = {} if entry.model.elsewhere else entry.model.profile
    return {
        "label": entry.label,
        "tags": list(entry.marks),
        "color": marker.color_number,
        "path": shape_path(marker.shape),
        "prompt": profile.get("prompt") or "",
        "system": profile.get("system") or "",
        "profile": entry.facts.get("profile") or "",
        "elsewhere": entry.model.elsewhere,
    }


def _picture(picture: PagePicture) -> dict[str, object]:
    return {"name": picture.name, "size": [picture.width, picture.height]}


def _target(
    target: AskedTarget, picture_numbers: Mapping[tuple[str, str | None], int]
) -> dict[str, object]:
    shapes = target.region.shapes if target.region else ()
    return {"shot": picture_numbers[picture_key(target)]} | _non_empty(
        id=target.id,
        suite=target.suite,
        text=target.instruction,
        name=target.name,
        kind=target.kind,
        app=target.app,
        role=target.role,
        absent=target.absent,
        boxes=[list(shape) for shape in shapes if isinstance(shape, Box)],
        polygons=[
            [list(corner) for corner in shape.corners]
            for shape in shapes
            if not isinstance(shape, Box)
        ],
    )


def _trial(
    record: Record, target: int, model: int, instruction: str, texts: _Texts
) -> dict[str, object]:
    """A trial; fields that are None, zero or empty are left out, and the script assumes them."""
    reply, sent, parsed, error = record.reply, record.sent, record.parsed, record.error
    frame, session, shift = record.frame, record.session, record.shift
    row: dict[str, object] = {"t": target, "m": model, "o": _OUTCOME_NUMBERS[record.outcome]}
    if record.correct is not None:
        row["ok"] = int(record.correct) + 1
    if record.point is not None:
        row["at"] = [round(value, 2) for value in record.point]
    if record.distance:
        row["off"] = numbers.pixels(record.distance)
    if record.variant != "as-is":
        row["variant"] = VARIANTS.index(record.variant)
    if record.repeat:
        row["repeat"] = record.repeat
    if session is not None:
        row["session"] = [session.number, session.click]
    if record.instruction != instruction:
        row["instruction"] = record.instruction
    if shift is not None:
        row["shift"] = [shift.scale, shift.dx, shift.dy]
    if parsed is not None and parsed.format:
        row["format"], row["count"] = parsed.format, parsed.count
        row["raw"] = " ".join(map(str, parsed.raw))
    if frame is not None:
        row["frame"] = f"{frame.unit} {frame.order}"
    if sent is not None:
        row["size"] = [sent.width, sent.height]
        row["sent"] = _sent(sent.media_type, sent.bytes)
    if record.latency_s is not None:
        row["took"] = numbers.seconds(record.latency_s)
    if record.cost_usd is not None:
        row["cost"] = numbers.dollars(record.cost_usd)
    if record.attempts > 1:
        row["tries"] = record.attempts
    if reply is None and error is None:
        row["given"] = True
    if error is not None:
        texts.put(row, "error", f"{error.type}: {error.message}")
    if reply is not None:
        texts.put(row, "reply", reply.text)
        texts.put(row, "thought", reply.reasoning)
        if reply.finish_reason:
            row["finish"] = reply.finish_reason[:SHORT_TEXT]
        if reply.model:
            row["served"] = reply.model[:SHORT_TEXT]
        tokens = _tokens(reply.input_tokens, reply.output_tokens)
        if tokens:
            row["tokens"] = tokens
    return row


_OUTCOME_NUMBERS = {name: number for number, name in enumerate(OUTCOMES)}


@lru_cache(4096)
def _sent(media_type: str | None, bytes_: int | None) -> str:
    return " ".join(part for part in (media_type, numbers.size(bytes_) if bytes_ else None) if part)


@lru_cache(4096)
def _tokens(input_tokens: int | None, output_tokens: int | None) -> str | None:
    if input_tokens is None and output_tokens is None:
        return None
    return f"{numbers.count(input_tokens)} in, {numbers.count(output_tokens)} out"


def _non_empty(**fields: object) -> dict[str, object]:
    """The fields that are not None, zero or empty; the script assumes those values for the rest."""
    return {name: value for name, value in fields.items() if value}
