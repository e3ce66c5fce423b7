"""Whether servers showed models the pictures that they were sent; with its schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from pydantic import ValidationError

from pointbench.geometry import Size
from pointbench.profiles import Profile
from pointbench.profiles.seen import UNCOUNTED, PictureCheck
from pointbench.runs import RunModel
from pointbench.suites import AskedTarget
from pointbench.summary.schema_parts import Schema, count, obj
from pointbench.trials import Record


class PicturesBlock(TypedDict):
    """A model's answers by what their input tokens tell of the picture as sent."""

    checked: int
    seen_smaller: int
    uncounted: int
    sentence: str | None


class _Model:
    """The counts of one model."""

    def __init__(self, model: RunModel, profile: Profile, check: PictureCheck) -> None:
        # Slow to import, and reports of a stored summary do without.
        from pointbench.engine.answers import prompts_of

        self.check = check
        self.prompt = prompts_of(profile)
        self.elsewhere = model.adapter == "replies"
        self.checked = self.smaller = self.uncounted = 0
        self.worst: tuple[int, int, Size] | None = None
        """Tokens that lack, input tokens and size as sent, of the answer that lacks most."""

    def take(self, record: Record, target: AskedTarget | None) -> None:
        reply, sent = record.reply, record.sent
        if reply is None or sent is None or record.error is not None or target is None:
            return
        size = Size(sent.width, sent.height)
        prompt = self.prompt(record.instruction, target.width, target.height)
        seen = self.check.seen(size, prompt, reply.input_tokens)
        if seen is None or reply.input_tokens is None:
            return
        self.checked += 1
        self.uncounted += seen == "uncounted"
        if seen == "smaller":
            self.smaller += 1
            lacking = (self.check.tokens(size) or 0) - reply.input_tokens
            self.worst = max(self.worst or (0, 0, size), (lacking, reply.input_tokens, size))

    def block(self) -> PicturesBlock | None:
        if not self.checked:
            return None
        return {
            "checked": self.checked,
            "seen_smaller": self.smaller,
            "uncounted": self.uncounted,
            "sentence": self._sentence(),
        }

    def _sentence(self) -> str | None:
        if self.worst is not None:
            _, tokens, size = self.worst
            warning = self.check.warning(tokens, size, elsewhere=self.elsewhere)
            return f"{self.smaller} of {self.checked} answers: {warning}"
        if self.uncounted == self.checked:
            return UNCOUNTED
        return None


class Pictures:
    """What a run's input tokens tell of its pictures, collected in one pass over its records."""

    def __init__(self, targets: Sequence[AskedTarget], models: Iterable[RunModel]) -> None:
        self._targets = {(target.suite, target.id): target for target in targets}
        self._models: dict[str, _Model] = {}
        for model in models:
            try:
                profile = Profile.model_validate(model.profile)
            except ValidationError:
                # The profile of another version: nothing is known of its pictures.
                continue
            check = PictureCheck.of(profile)
            if check is not None:
                self._models[model.label] = _Model(model, profile, check)

    def take(self, record: Record) -> None:
        """Counts the record's picture; records of other targets are ignored."""
        model = self._models.get(record.model)
        if model is not None:
            model.take(record, self._targets.get((record.suite, record.target)))

    def blocks(self) -> Mapping[str, PicturesBlock | None]:
        """The block by model label; models of which nothing can be told have none, or None."""
        return {label: model.block() for label, model in self._models.items()}


def pictures_schema() -> Schema:
    """The schema of a model's ``pictures``."""
    return {
        "description": (
            "What the input tokens of its answers tell of the pictures that it was sent; null where "
            "nothing can be told: no answer in pixels, a rule whose tokens are not known, no count."
        ),
        "anyOf": [
            {"type": "null"},
            obj(
                {
                    "checked": count("Answers whose input tokens are known."),
                    "seen_smaller": count(
                        "Those with fewer than the picture alone has as it was sent, which proves that "
                        "the server shrank it (flag seen-smaller)."
                    ),
                    "uncounted": count(
                        "Those with no more than the text's own: the server did not count the picture."
                    ),
                    "sentence": {
                        "type": ["string", "null"],
                        "description": "What a reader should know, in words; null if all is well.",
                    },
                }
            ),
        ],
    }
