"""Work items: slots of a plan, made into one model's trials, with the prompt and the key of each trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from pointbench.adapters.registry import Model
from pointbench.engine.planning.plan import Slot, trial_of
from pointbench.engine.planning.setup import PreparedRun
from pointbench.pictures import picture_digest
from pointbench.suites import AskedTarget
from pointbench.trials import Trial


@dataclass(frozen=True)
class WorkItem:
    """One trial and the target that its answer is judged against."""

    trial: Trial
    target: AskedTarget
    again: bool = False
    """True if its first answer stayed in error: another error says nothing new of the model."""


def item_maker(model: Model, run: PreparedRun) -> Callable[[Slot], WorkItem]:
    """A function that makes the work item of a slot for ``model``.

    It raises OSError if a picture without an annotated digest cannot be read.
    """
    sampling = dict(model.sampling)
    digest_of = lru_cache(maxsize=None)(picture_digest)

    def item_at(slot: Slot) -> WorkItem:
        target = slot.target
        trial = trial_of(
            slot,
            model=model.label,
            profile=model.profile,
            sampling=sampling,
            seed=run.info.seed,
            screenshot_sha256=target.sha256 or digest_of(run.picture_path(target)),
            shift_in_key=run.info.shift_in_keys,
        )
        return WorkItem(trial, target)

    return item_at
