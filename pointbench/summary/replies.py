"""What one pass over a run's records tells of its replies: irregularities, who answered, frames, pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypedDict

from pydantic import ValidationError

from pointbench.calibration import AskedModel, Misfit, Misses
from pointbench.profiles import Profile
from pointbench.runs import RunInfo, RunModel
from pointbench.suites import AskedTarget
from pointbench.summary.model.facts import MisfitBlock, ServedBlock, served_block
from pointbench.summary.model.pictures import Pictures, PicturesBlock
from pointbench.trials import Record, ReplyRecord


class RepliesBlock(TypedDict):
    """The part of a model's block that is counted from the replies themselves."""

    served: ServedBlock
    flags: dict[str, int]
    """Answers by irregularity."""
    misfit: MisfitBlock | None
    pictures: PicturesBlock | None


class Replies:
    """The replies to some targets of a run, collected record by record."""

    def __init__(self, info: RunInfo, targets: Sequence[AskedTarget]) -> None:
        # Slow to import, and reports of a stored summary do without.
        from pointbench.replies.finish import ending

        self._ending = ending
        self._models = info.models
        self._limits = {model.label: model.cut_off_at for model in info.models}
        self._flags = {model.label: Counter[str]() for model in info.models}
        self._served = {model.label: Counter[str]() for model in info.models}
        self._misses = Misses(targets, {model.label: _asked_model(model) for model in info.models})
        self._pictures = Pictures(targets, info.models)

    def take(self, record: Record) -> None:
        """Counts one record; of a model that the run does not have, nothing."""
        if record.model not in self._limits:
            return
        self._misses.take(record)
        self._pictures.take(record)
        reply = record.reply if record.error is None else None
        odd = list(record.parsed.flags) if record.parsed is not None else []
        if reply is not None:
            limit = self._limits[record.model]
            end = self._ending(reply.text, reply.finish_reason, reply.output_tokens, limit)
            odd += _reply_flags(reply, end)
            if reply.model:
                self._served[record.model][reply.model] += 1
        if odd:
            self._flags[record.model].update(odd)

    def blocks(self) -> dict[str, RepliesBlock]:
        """The block of every model, by its label."""
        misfits, pictures = self._misses.misfits(), self._pictures.blocks()
        return {
            (label := model.label): {
                "served": served_block(model, self._served[label]),
                "flags": {flag: self._flags[label][flag] for flag in sorted(self._flags[label])},
                "misfit": _misfit(misfits.get(label)),
                "pictures": pictures.get(label),
            }
            for model in self._models
        }


def _reply_flags(reply: ReplyRecord, end: str | None) -> list[str]:
    """The irregularities of a reply; ``end`` says how it ended (`pointbench.replies.finish`)."""
    if end == "cut-off":
        return ["cut-off"]
    if end == "blocked" or reply.text.strip():
        return []
    if reply.reasoning:
        return ["reasoning-only"]
    return ["empty"] if reply.output_tokens else []


def _asked_model(model: RunModel) -> AskedModel:
    try:
        profile = Profile.model_validate(model.profile)
    except ValidationError:
        # The profile of another version; the figures need none.
        profile = None
    return AskedModel(profile, model.blind, elsewhere=model.adapter == "replies")


def _misfit(misfit: Misfit | None) -> MisfitBlock | None:
    if misfit is None:
        return None
    return {
        "unit": misfit.guess.unit,
        "swapped": misfit.guess.swapped,
        "hits": misfit.hits,
        "misses": misfit.misses,
        "sentence": misfit.sentence,
    }
