"""The curated targets of a screen, as a words file holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    ValidationError,
    model_validator,
)

from pointbench.capture.session.fields import StrictModel, Texts
from pointbench.capture.session.file import read_toml, validation_error


class TargetSpec(StrictModel):
    """One curated target: which element (`find`), what to say (`say`), other wordings (`also`).

    `looked_at` says that a person or reviewer looked at the picture inside its box. `box` =
    "hover" takes what lights up under the pointer as the box, where the program says a smaller one.
    """

    say: Annotated[str, Field(pattern=r"\S")]
    find: str | None = None
    also: Texts = ()
    name: str = ""
    kind: Literal["icon", "text", "other", ""] = ""
    tags: Texts = ()
    absent: bool = False
    looked_at: bool = False
    box: Literal["hover"] | None = None

    @model_validator(mode="after")
    def _there_or_not(self) -> TargetSpec:
        if self.absent == (self.find is not None):
            raise ValueError("either find = an element's key, or absent = true")
        if self.absent and not self.name:
            raise ValueError("an absent target needs the name of what is not there")
        return self


def read_target_specs(path: Path) -> dict[str, TargetSpec]:
    """Slug -> word, in the file's order. SessionError: one line."""
    label = f"words/{path.name}"
    words: dict[str, TargetSpec] = {}
    for slug, given in read_toml(path, label).items():
        try:
            words[slug] = TargetSpec.model_validate(given)
        except ValidationError as error:
            raise validation_error(label, slug, error) from error
    return words
