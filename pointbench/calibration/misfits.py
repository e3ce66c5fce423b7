"""Whether a finished run's misses would be hits if its answers were read another way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pointbench.calibration.readings import (
    FactorGuess,
    FrameGuess,
    Reading,
    Sample,
    SizeGuess,
    factor_of,
    other_frames,
    other_sizes,
    sample_of,
)
from pointbench.geometry import Frame, Point, Shift, Size
from pointbench.profiles import Profile, known_profiles
from pointbench.profiles.sizing import sent_size
from pointbench.suites import AskedTarget
from pointbench.trials import Record

LEAST_MISSES = 5
"""Minimum number of misses: with fewer, a reading that fits better is chance."""

LEAST_SHARE = 0.3
"""Share of the misses that another reading must turn into hits to be worth a warning."""

LEAST_PLACES = 5
"""Different regions that another size must put right: one wrong place asked again is no evidence."""

LEAST_FACTOR_SHARE = 0.5
LEAST_FACTOR_PLACES = 8
"""The same for a factor, which is fitted to the answers."""

MOST_TRIED = 1000
"""Misses, and hits, on which the readings are compared; the best one is counted over all misses."""


@dataclass(frozen=True)
class AskedModel:
    """What a warning needs to know of a model; ``profile`` is None if it cannot be read."""

    profile: Profile | None
    blind: bool = False
    elsewhere: bool = False
    """True for replies obtained elsewhere, which can be read again at another size."""
    given: bool = False
    """True if it gave points in place of texts: no profile reads those."""


@dataclass(frozen=True)
class Misfit:
    """Another way to read a run's answers, under which many of its misses would be hits."""

    guess: Reading
    hits: int
    misses: int
    mend: str = "the profile may declare the wrong frame"

    @property
    def sentence(self) -> str:
        """The warning that a report shows."""
        return (
            f"{self.hits / self.misses:.0%} of these misses would be hits read as "
            f"{self.guess.description}; the score is unchanged, {self.mend}"
        )


def misfit(
    misses: Iterable[Sample],
    declared: Frame,
    hits: Sequence[Sample] = (),
    hit_weight: float = 1.0,
    asked: AskedModel | None = None,
) -> Misfit | None:
    """The reading that explains many of a finished run's misses; None if none does.

    ``hits`` are answers that hit as they are read, each of which stands for ``hit_weight`` of them:
    a reading must win more misses than it loses hits.
    """
    samples = list(misses)
    if len(samples) < LEAST_MISSES:
        return None
    tried = samples[:: math.ceil(len(samples) / MOST_TRIED)]
    rule = asked.profile.sizing if asked is not None and asked.profile is not None else "as-is"
    sizes = other_sizes(tried, declared, rule)
    likely = [guess for guess in sizes if _places(guess, tried) >= LEAST_PLACES]
    guesses: list[Reading] = [*other_frames(declared), *likely]
    best = max(guesses, key=lambda guess: _merit(guess, tried))
    found = _checked(best, samples, hits, hit_weight, LEAST_SHARE)
    if found is None and declared.unit == "pixel":
        factor = factor_of(tried)
        if factor is not None and _places(factor, tried) >= LEAST_FACTOR_PLACES:
            found = _checked(factor, samples, hits, hit_weight, LEAST_FACTOR_SHARE)
    if found is None:
        return None
    return Misfit(found.guess, found.hits, found.misses, _mend(found.guess, declared, asked))


def _merit(guess: Reading, samples: Sequence[Sample]) -> tuple[int, float]:
    """Hits, then closeness: the negative sum of distances from the targets' centers, each capped."""
    hits, off = 0, 0.0
    for sample in samples:
        point = guess.point(sample)
        hits += sample.region.contains(point)
        off += min(math.dist(point, sample.region.bounds.center), 1e6)
    return hits, -off


def _places(guess: Reading, samples: Sequence[Sample]) -> int:
    """The number of different regions that the reading puts right."""
    right = (sample for sample in samples if sample.region.contains(guess.point(sample)))
    return len({sample.region for sample in right})


def _checked(
    guess: Reading,
    misses: Sequence[Sample],
    hits: Sequence[Sample],
    hit_weight: float,
    least_share: float,
) -> Misfit | None:
    won = sum(sample.region.contains(guess.point(sample)) for sample in misses)
    lost = hit_weight * sum(not sample.region.contains(guess.point(sample)) for sample in hits)
    if won - lost < max(LEAST_MISSES, least_share * len(misses)):
        return None
    return Misfit(guess, won, len(misses))


def _mend(guess: Reading, declared: Frame, asked: AskedModel | None) -> str:
    """What to type, in words."""
    if asked is None or asked.profile is None:
        return "the profile may declare the wrong frame"
    if asked.given:
        return (
            "the points of a replies file are in pixels of the screenshot: convert them, or give the "
            "raw answers as text"
        )
    if isinstance(guess, FrameGuess) and guess.unit != "screenshot":
        changed = {"unit": guess.unit}
        if guess.swapped:
            changed["order"] = "yx" if declared.order == "xy" else "xy"
        mend = f"the profile may declare the wrong frame: {_rescore(asked.profile, changed)}"
        # Keys are read by their names, whatever the order.
        named = ", except answers that name x and y themselves" if guess.swapped else ""
        return mend + named
    if not asked.elsewhere:
        return (
            "the server may have made another picture of the one it was sent: set its limit "
            "(max_pixels, detail), or ask under a profile with its sizing"
        )
    if isinstance(guess, SizeGuess) and guess.max_pixels is None:
        again = _rescore(asked.profile, {"unit": "pixel", "sizing": guess.rule})
        return f"the model may have seen a picture of that size: {again}"
    if isinstance(guess, SizeGuess):
        size = _score_again(asked.profile, guess.rule, f"max-pixels={guess.max_pixels}")
    elif isinstance(guess, FactorGuess):
        size = "state what it saw as sent_width and sent_height in every line, or as --sent-size"
    else:
        size = "`pointbench score ... --sent-size screenshot` reads them so"
    return f"the model may have seen a picture of another size: {size}"


def _score_again(profile: Profile, rule: str, size: str) -> str:
    """The command that reads replies at a stated size, under a profile whose servers make such sizes."""
    if profile.sizing == rule:
        return f"`pointbench score ... --sent-size {size}` reads them so"
    names = [
        name
        for name, known in known_profiles().items()
        if known.sizing == rule and known.unit == "pixel"
    ]
    if not names:
        return (
            f"`pointbench score ... --sent-size {size}` reads them so, under a profile with "
            f'sizing = "{rule}"'
        )
    name = next((name for name in names if name.endswith("-json")), names[0])
    return f"`pointbench score ... --profile {name} --sent-size {size}` reads them so"


def _rescore(profile: Profile, changed: Mapping[str, str]) -> str:
    """The command that reads the answers under a profile that differs in these fields alone."""
    wanted = profile.model_copy(update=dict(changed))
    read_alike = (
        "unit", "order", "format", "several", "nothing", "sizing", "blind",
    )  # fmt: skip
    # A plain profile first: the model need not be of the family that another one is made for.
    for name, known in sorted(known_profiles().items(), key=lambda item: bool(item[1].evidence)):
        if all(getattr(known, key) == getattr(wanted, key) for key in read_alike):
            return f"`pointbench rescore RUN --profile {name}` reads them so"
    different = [f'{key} = "{value}"' for key, value in changed.items()]
    fields = ", ".join(
        item
        for item, key in zip(different, changed, strict=True)
        if getattr(profile, key) != changed[key]
    )
    return (
        f"`pointbench rescore RUN --profile NAME` reads them so, where pointbench.toml has "
        f'[profiles.NAME] with like = "{profile.name}", {fields}'
    )


@dataclass
class _Thinned:
    """Evenly spaced samples of a stream, at most `MOST_TRIED`; each stands for ``weight`` of them."""

    kept: list[Sample] = field(default_factory=list)
    weight: int = 1
    seen: int = 0

    def due(self) -> bool:
        """True if the next sample of the stream is to be kept."""
        self.seen += 1
        return (self.seen - 1) % self.weight == 0

    def keep(self, sample: Sample) -> None:
        self.kept.append(sample)
        if len(self.kept) > MOST_TRIED:
            self.kept = self.kept[::2]
            self.weight *= 2


@dataclass
class _Answers:
    """One model's answers with a point on present targets."""

    frame: Frame
    misses: list[Sample] = field(default_factory=list)
    hits: _Thinned = field(default_factory=_Thinned)
    given: bool = True
    """True as long as every answer is a point without a text."""


class Misses:
    """The misses of a run by model, and some of the hits, collected in one pass over its records."""

    def __init__(
        self, targets: Iterable[AskedTarget], models: Mapping[str, AskedModel] | None = None
    ) -> None:
        self._targets = {(target.suite, target.id): target for target in targets}
        self._models = models or {}
        self._answers: dict[str, _Answers] = {}

    def take(self, record: Record) -> None:
        """Collects the record's miss, or one of the hits; records of other targets are ignored."""
        if record.outcome not in ("hit", "miss", "out_of_frame"):
            return
        if record.point is None or record.frame is None:
            return
        target = self._targets.get((record.suite, record.target))
        if target is None or target.region is None:
            return
        sent = self._sent(record, target)
        if sent is None:
            return
        answers = self._answers.get(record.model)
        if answers is None:
            frame = Frame(record.frame.unit, record.frame.order)
            answers = self._answers[record.model] = _Answers(frame)
        answers.given = answers.given and record.reply is None
        if record.outcome != "hit":
            answers.misses.append(_sample(record, record.point, target, answers.frame, sent))
        elif answers.hits.due():
            answers.hits.keep(_sample(record, record.point, target, answers.frame, sent))

    def _sent(self, record: Record, target: AskedTarget) -> Size | None:
        """The size of the picture that an answer is about; None if the model saw none."""
        asked = self._models.get(record.model)
        if asked is not None and asked.blind:
            return None
        if record.sent is not None:
            return Size(record.sent.width, record.sent.height)
        if asked is None or not asked.elsewhere or asked.profile is None:
            return None
        if record.reply is None:
            # A point given as such is in pixels of the screenshot.
            return target.size
        try:
            return sent_size(asked.profile.sizing, target.size)
        except ValueError:
            return target.size

    def _asked(self, label: str, *, given: bool) -> AskedModel | None:
        asked = self._models.get(label)
        return None if asked is None else replace(asked, given=given)

    def misfits(self) -> dict[str, Misfit]:
        """Misfits by model label; models without one are omitted."""
        misfits = {
            label: misfit(
                found.misses,
                found.frame,
                found.hits.kept,
                found.hits.weight,
                self._asked(label, given=found.given),
            )
            for label, found in self._answers.items()
        }
        return {label: fit for label, fit in misfits.items() if fit is not None}


def _sample(
    record: Record, point: tuple[float, float], target: AskedTarget, frame: Frame, sent: Size
) -> Sample:
    region, shift = target.region, record.shift
    assert region is not None, "the caller looked"
    to_shown = None if shift is None else Shift(shift.scale, shift.dx, shift.dy).to_shown
    return sample_of(Point(*point), region, frame, sent, target.size, to_shown)
