"""Reads words files: the curated targets of a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ValidationError, model_validator

from pointbench.capture.session.fields import StrictModel, Texts, matching
from pointbench.capture.session.file import read_toml, validation_error

Sentence = Annotated[str, matching(r"(?s).*\S.*", "an instruction, such as 'Click the Save icon.'")]


class TargetSpec(StrictModel):
    """One curated target: element (``find``), instruction (``say``), other wordings (``also``).

    ``looked_at`` means that a person or reviewer looked at the picture inside its box. ``box`` =
    "hover" uses the area that lights up under the pointer as the box, for programs that report too
    small a box.
    """

    say: Sentence
    find: str | None = None
    also: Texts = ()
    name: str = ""
    kind: Literal["icon", "text", "other", ""] = ""
    tags: Texts = ()
    absent: bool = False
    looked_at: bool = False
    box: Literal["hover"] | None = None

    @model_validator(mode="after")
    def _present_or_absent(self) -> TargetSpec:
        if self.absent == (self.find is not None):
            raise ValueError(
                "either find = an element's key, such as 'thunar|menu|Edit', or absent = true"
            )
        if self.absent and not self.name:
            raise ValueError("an absent target needs the name of the missing thing, name = ...")
        return self


def read_target_specs(path: Path) -> dict[str, TargetSpec]:
    """Slug -> target, in the file's order. SessionError, in one line: the file is unusable."""
    label = f"words/{path.name}"
    specs: dict[str, TargetSpec] = {}
    for slug, fields in read_toml(path, label).items():
        try:
            specs[slug] = TargetSpec.model_validate(fields)
        except ValidationError as error:
            raise validation_error(label, slug, error) from error
    return specs
