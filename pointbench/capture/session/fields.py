"""Field types that session files share."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def as_tuple(value: object) -> object:
    """A TOML array as a tuple; anything else unchanged, for type validation to reject."""
    return tuple(value) if isinstance(value, list) else value


def matching(pattern: str, allowed: str) -> AfterValidator:
    """Accept strings that match ``pattern`` entirely; ``allowed`` is the message, with an example."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"{text!r:.60} is not {allowed}")
        return text

    return AfterValidator(check)


def checked_folder(text: str) -> str:
    """A relative path without ``..``; ValueError for any other."""
    if Path(text).is_absolute() or ".." in Path(text).parts:
        raise ValueError(
            f"{text!r:.60} must stay inside its folder: write a relative path without '..', "
            "such as 'home' or 'home/Documents'"
        )
    return text


def _split_command(value: object) -> object:
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError as error:
            raise ValueError(
                f"cannot be split into words: {error}; quote as in a shell, or write a list"
            ) from error
    return as_tuple(value)


Pair = Annotated[tuple[int, int], BeforeValidator(as_tuple)]
WindowPlace = Annotated[tuple[int, int, int, int], BeforeValidator(as_tuple)]
OptionalCommandLine = Annotated[tuple[str, ...], BeforeValidator(_split_command)]
"""A command as one string or a list of words; empty for none."""
CommandLine = Annotated[OptionalCommandLine, Field(min_length=1)]
Texts = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
Seconds = Annotated[float, Field(ge=0, le=600)]
ScreenName = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9._-]{0,80}",
        "a file's name of small letters, digits, '.', '-' and '_', such as 'files-720p'",
    ),
]
Folder = Annotated[str, AfterValidator(checked_folder)]
Folders = Annotated[tuple[Folder, ...], BeforeValidator(as_tuple)]


class StrictModel(BaseModel):
    """Base model that refuses unknown keys and is immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")
