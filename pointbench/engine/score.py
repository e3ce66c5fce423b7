"""``score``: scores replies obtained elsewhere, read from a file, as a run without a call."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pointbench import __version__
from pointbench.adapters.protocol import Reply
from pointbench.adapters.setting_specs import (
    IMAGE_LIMIT,
    PICTURE,
    check_settings,
    image_limit_in,
    output_limit_in,
)
from pointbench.engine.answers import (
    OutcomeFields,
    ReplyReader,
    broken_fields,
    broken_off,
    checked_reply,
    error_fields,
    model_name,
    point_fields,
    prompts_of,
    reply_record,
    storable_text,
)
from pointbench.engine.planning.setup import DEFAULT_MAX_ERROR_RATE, now, platform_facts, run_suite
from pointbench.engine.reply_files import DEFAULT
from pointbench.engine.reply_files.found import (
    FoundReply,
    GivenError,
    GivenPoint,
    KeyNames,
    RowError,
    Unjoined,
)
from pointbench.engine.reply_files.reading import read_replies
from pointbench.engine.reply_files.sizes import UnstatedSize, unstated_size
from pointbench.errors import UsageError, one_line
from pointbench.geometry import Point, Size
from pointbench.profiles import Profile
from pointbench.runs import SCHEMA, RunInfo, RunModel
from pointbench.settings import refuse_secret
from pointbench.suites import AskedTarget, Suite
from pointbench.trials import Record, ReplyRecord, SentRecord, trial_key

MAX_NOTE = 2000
"""Characters of a note."""

_KEY = re.compile(r"[0-9a-f]{64}")
_ALIKE_PX = 1.0
"""Pixels by which another scorer's point may differ from ours and still be the same."""


@dataclass(frozen=True, kw_only=True)
class ScoreOptions:
    """How a file of replies is read, and what a person says of them."""

    form: str = DEFAULT
    names: KeyNames = field(default_factory=KeyNames)
    sent_size: str = "profile"
    """The size of the pictures where a row states none (`sizes.CHOICES`)."""
    sampling: Mapping[str, object] = field(default_factory=dict)
    """Sampling settings that the replies were made with, as far as they are known."""
    note: str | None = None


@dataclass
class Scored:
    """The run made from a file of replies, and what a person should know of how it was read."""

    info: RunInfo
    targets: list[AskedTarget]
    records: list[Record]
    missing: dict[str, list[str]]
    """Model -> ids of the targets for which it has no reply."""
    rows: int
    """Rows of the file, with those that answer no target."""
    unjoined: list[Unjoined] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    """Unknown key -> number of rows that have it."""
    sized: int = 0
    """Answers with a point in pixels whose row states no size of the picture."""
    size_words: str = ""
    """The size that those were read at."""
    compared: int = 0
    """Texts whose row has another scorer's point, and that we read a point from."""
    differing: int = 0
    """Those of them whose point is another one than ours."""
    chosen: Agreement | None = None
    """Set if another scorer's points were scored in place of the texts, and why."""


@dataclass(frozen=True)
class Agreement:
    """How another scorer's points and verdicts compare with what the profile reads from the texts."""

    points: int = 0
    """Rows with a text, and a point that the other scorer took from it."""
    same: int = 0
    """Those from whose text the profile reads that point."""
    rows: int = 0
    """Rows with a text and a verdict."""
    by_text: int = 0
    """Those whose verdict is ours if the text is read."""
    by_point: int = 0
    """Those whose verdict is ours if the point is taken."""

    @property
    def texts_are_something_else(self) -> bool:
        """True if most texts are not what the other scorer scored, about a crop for example.

        Some differences are what scoring again is for.
        """
        return 2 * self.same < self.points and self.by_point > self.by_text


class _JudgedFields(OutcomeFields):
    """The fields of a record that follow from an answer."""

    sent: SentRecord | None
    reply: ReplyRecord | None


def score_replies(
    path: Path,
    suites: Sequence[Suite],
    profile: Profile,
    options: ScoreOptions | None = None,
) -> Scored:
    """Read, parse and score every row; UsageError, with the row's place, for a faulty one."""
    options = options or ScoreOptions()
    for name, value in options.sampling.items():
        refuse_secret(name, value, "--sampling")
    check_settings("--sampling", options.sampling, PICTURE)
    image_limit = image_limit_in({**profile.settings, **options.sampling})
    if image_limit is not None:
        try:
            profile = profile.with_image_limit(image_limit)
        except ValueError as error:
            raise UsageError(f"{IMAGE_LIMIT} and profile {profile.name}: {error}") from error
    targets = [target for suite in suites for target in suite.asked()]
    scorer = _Scorer(path.stem, targets, profile, options)
    found = list(read_replies(path, options.form, targets, options.names))
    replies = [item for item in found if isinstance(item, FoundReply)]
    models = {reply.model for reply in replies if reply.model is not None}
    # An error names no model; where the file has one model only, it is that one's.
    default = models.pop() if len(models) == 1 and options.form != DEFAULT else None
    chosen = None
    if options.names.text is None:
        agreement = scorer.agreement(replies)
        if agreement.texts_are_something_else:
            chosen = agreement
            replies = [
                reply if reply.scored_as is None else replace(reply, answer=reply.scored_as)
                for reply in replies
            ]
    for reply in replies:
        try:
            scorer.take(reply, default)
        except RowError as error:
            raise UsageError(one_line(f"{path.name} {reply.place}: {error}")) from None
    unjoined = [item for item in found if isinstance(item, Unjoined)]
    if not scorer.records:
        first = f"; {unjoined[0].place}: {unjoined[0].detail}" if unjoined else ""
        names = " and ".join(suite.name for suite in suites)
        what = f"no reply that belongs to {names}{first}" if unjoined else "no reply"
        raise UsageError(one_line(f"{path.name} contains {what}"))
    scored = scorer.finished(suites, path.name)
    scored.rows, scored.unjoined, scored.chosen = len(found), unjoined, chosen
    return scored


class _Scorer:
    """Turns found replies into records, in their order."""

    def __init__(
        self, stem: str, targets: Sequence[AskedTarget], profile: Profile, options: ScoreOptions
    ) -> None:
        self._default_model = f"replies/{stem}"
        self._profile = profile
        self._options = options
        self._reader = ReplyReader.of(profile, output_limit_in(options.sampling))
        self._prompt = prompts_of(profile)
        self._unstated: UnstatedSize = unstated_size(profile, options.sent_size)
        self._targets = targets
        self._by_id: dict[str, list[AskedTarget]] = {}
        for target in targets:
            self._by_id.setdefault(target.id, []).append(target)
        self.records: list[Record] = []
        self._answered: dict[str, str] = {}
        self._named: dict[str, str] = {}
        self._repeats: Counter[tuple[str, str, str]] = Counter()
        self._lines: Counter[tuple[str, str, str]] = Counter()
        self._orders: Counter[str] = Counter()
        self._ignored: Counter[str] = Counter()
        self._sized = self._compared = self._differing = 0

    def agreement(self, replies: Sequence[FoundReply]) -> Agreement:
        """Compare what the texts say with another scorer's points and verdicts, where there are any."""
        points = same = rows = by_text = by_point = 0
        for found in replies:
            if found.scored_as is None or not isinstance(found.answer, Reply):
                continue
            try:
                target, _ = self._target(found)
                read = self._judged(found, target)
                taken = self._judged(replace(found, answer=found.scored_as), target)
            except RowError:
                # Told with its place when the row is taken.
                continue
            if taken["point"] is not None:
                points += 1
                same += read["point"] is not None and _alike(read["point"], taken["point"])
            if found.scored_correct is not None:
                rows += 1
                by_text += read["correct"] is found.scored_correct
                by_point += taken["correct"] is found.scored_correct
        self._sized = self._compared = self._differing = 0
        return Agreement(points, same, rows, by_text, by_point)

    def take(self, found: FoundReply, default_model: str | None) -> None:
        """Add the record of a reply; RowError if it cannot be placed."""
        model = self._label(found.model or default_model or self._default_model)
        target, named_repeat = self._target(found)
        repeat = self._repeat(found, model, target, named_repeat)
        key = trial_key(
            model=model,
            profile=self._profile.name,
            prompt="",
            sampling=self._options.sampling,
            suite=target.suite,
            target=target.id,
            screenshot_sha256=target.sha256,
            variant="as-is",
            repeat=repeat,
            session=None,
        )
        if key in self._answered:
            hint = f"; write {target.id}#1 for another repeat" if found.custom_id else ""
            raise RowError(
                f"{model} answered repeat {repeat} of {target.id} already in "
                f"{self._answered[key]}{hint}"
            )
        fields = self._judged(found, target)
        if fields["outcome"] != "error":
            self._answered[key] = found.place
        self._ignored.update(found.ignored)
        self.records.append(
            Record(
                key=key,
                model=model,
                suite=target.suite,
                target=target.id,
                screenshot=target.screenshot,
                repeat=repeat,
                variant="as-is",
                order=self._orders[model],
                session=None,
                instruction=target.instruction,
                shift=None,
                attempts=1,
                latency_s=found.latency_s,
                cost_usd=found.cost_usd,
                started_at=None,
                **fields,
            )
        )
        self._orders[model] += 1

    def _label(self, model: str) -> str:
        """The model's label: without the folders of a path, which a run's files may not hold."""
        model = storable_text(model)
        label = model_name(model) or self._default_model
        if self._named.setdefault(label, model) != model:
            raise RowError(
                f"two models would both be {label!r:.100}, which is all that is kept of a path; "
                f"rename one of them"
            )
        return label

    def _target(self, found: FoundReply) -> tuple[AskedTarget, int | None]:
        """The target of a reply, and the repeat if its ``custom_id`` names one."""
        if found.custom_id is None:
            assert found.target is not None, "a reply names its target or has a custom_id"
            return self._target_named(found.target, found.suite, "unknown target"), None
        name, mark, number = found.custom_id.rpartition("#")
        repeats = mark and name in self._by_id and number.isascii() and number.isdigit()
        if repeats and found.custom_id not in self._by_id and len(number) < 8:
            return self._target_named(name, found.suite, "unknown target"), int(number)
        unknown = "custom_id is no target's id:"
        if _KEY.fullmatch(found.custom_id):
            unknown = (
                "custom_id is the key of a run's trial, which `pointbench run --resume RUN --replies "
                "FILE` takes in, and no target's id:"
            )
        return self._target_named(found.custom_id, found.suite, unknown), 0

    def _target_named(self, name: str, suite: str | None, unknown: str) -> AskedTarget:
        targets = self._by_id.get(name, [])
        if suite is not None:
            targets = [target for target in targets if target.suite == suite]
        if not targets:
            raise RowError(f"{unknown} {name!r:.200}")
        if len(targets) > 1:
            suites = " and ".join(target.suite for target in targets)
            raise RowError(f"target {name!r:.200} is in {suites}; name one of them as suite")
        return targets[0]

    def _repeat(self, found: FoundReply, model: str, target: AskedTarget, named: int | None) -> int:
        answered = (model, target.suite, target.id)
        repeat = found.repeat if named is None else named
        if repeat is None:
            repeat = self._repeats[answered]
        self._repeats[answered] = max(self._repeats[answered], repeat + 1)
        self._lines[answered] += 1
        return repeat

    def _judged(self, found: FoundReply, target: AskedTarget) -> _JudgedFields:
        stated = None
        if found.sent is not None:
            stated = SentRecord(width=found.sent.width, height=found.sent.height)
        answer = found.answer
        if isinstance(answer, GivenError):
            message = storable_text(answer.message)
            return {**error_fields(answer.type, message), "sent": stated, "reply": None}
        if isinstance(answer, GivenPoint):
            return {**_point_fields(answer.point, target), "sent": stated, "reply": None}
        reply = checked_reply(answer)
        broken = broken_off(
            reply.text, reply.finish_reason, reply.output_tokens, self._reader.output_limit
        )
        if broken is not None:
            return {**broken_fields(broken), "sent": stated, "reply": reply_record(reply)}
        sent = stated or self._unstated_sent(target)
        read = self._reader.read(
            reply.text,
            reply.finish_reason,
            target,
            prompt=self._prompt(target.instruction, target.width, target.height),
            sent=None if sent is None else Size(sent.width, sent.height),
            shift=None,
            output_tokens=reply.output_tokens,
            input_tokens=reply.input_tokens,
        )
        if stated is None and sent is not None and self._profile.unit == "pixel":
            self._sized += read.parsed.point_in_frame is not None
        if isinstance(found.scored_as, GivenPoint):
            self._compare(found.scored_as.point, read.verdict.point)
        return {**read.fields, "sent": sent, "reply": reply_record(reply)}

    def _unstated_sent(self, target: AskedTarget) -> SentRecord | None:
        try:
            sent = self._unstated.of(target.size)
        except ValueError as error:
            raise RowError(
                f"the row states no sent_width and sent_height, and profile {self._profile.name} "
                f"has no size for the screenshot of {target.id}: {error}; state the size in the "
                f"row or with --sent-size"
            ) from None
        return sent

    def _compare(self, theirs: Point | None, ours: Point | None) -> None:
        if theirs is None or ours is None:
            return
        self._compared += 1
        self._differing += not _alike(theirs, ours)

    def finished(self, suites: Sequence[Suite], source: str) -> Scored:
        models = sorted({record.model for record in self.records})
        replied = {(record.model, record.suite, record.target) for record in self.records}
        missing = {
            model: [
                target.id
                for target in self._targets
                if (model, target.suite, target.id) not in replied
            ]
            for model in models
        }
        profile = self._profile.model_dump(mode="json")
        info = RunInfo(
            schema=SCHEMA,
            pointbench=__version__,
            kind="score",
            command=self._command(suites),
            state="complete",
            created_at=now(),
            models=tuple(
                RunModel(
                    label=model,
                    adapter="replies",
                    name=model,
                    profile=profile,
                    settings=dict(self._options.sampling),
                    wire={},
                    blind=self._profile.blind,
                    note=self._options.note,
                )
                for model in models
            ),
            suites=tuple(run_suite(suite, self._targets) for suite in suites),
            seed=0,
            repeats=max(self._lines.values()),
            variants=("as-is",),
            limit=None,
            where=(),
            max_error_rate=DEFAULT_MAX_ERROR_RATE,
            planned=len(self._targets),
            platform=platform_facts(),
            source=storable_text(one_line(source)),
        )
        return Scored(
            info,
            list(self._targets),
            self.records,
            missing,
            rows=len(self.records),
            ignored=self._ignored,
            sized=self._sized,
            size_words=self._unstated.words,
            compared=self._compared,
            differing=self._differing,
        )

    def _command(self, suites: Sequence[Suite]) -> str:
        options = self._options
        words = [f"pointbench score -s {' -s '.join(suite.name for suite in suites)}"]
        words.append(f"--profile {self._profile.name}")
        if options.form != DEFAULT:
            words.append(f"--from {options.form}")
        if options.sent_size != "profile":
            words.append(f"--sent-size {options.sent_size}")
        words += [f"--sampling {key}={json.dumps(v)}" for key, v in options.sampling.items()]
        return " ".join(words)


def _alike(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return math.dist(a, b) <= _ALIKE_PX


def _point_fields(point: Point | None, target: AskedTarget) -> OutcomeFields:
    if point is None or all(map(math.isfinite, point)):
        return point_fields(point, target)
    return {**point_fields(None, target), "outcome": "unparsed", "correct": False}
