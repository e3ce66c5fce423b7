"""Field types that session files share."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def as_tuple(value: Any) -> Any:
    """A TOML array as a tuple; anything else as it is, for the type to refuse."""
    return tuple(value) if isinstance(value, list) else value


def _words(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError as error:
            raise ValueError(f"cannot be split into words: {error}") from error
    return as_tuple(value)


def checked_folder(text: str) -> str:
    """A relative path without ``..``; ValueError for any other."""
    if Path(text).is_absolute() or ".." in Path(text).parts:
        raise ValueError("has to stay inside its folder")
    return text


Pair = Annotated[tuple[int, int], BeforeValidator(as_tuple)]
WindowPlace = Annotated[tuple[int, int, int, int], BeforeValidator(as_tuple)]
OptionalCommandLine = Annotated[tuple[str, ...], BeforeValidator(_words)]
"""A command as one string or a list of words; empty for none."""
CommandLine = Annotated[OptionalCommandLine, Field(min_length=1)]
Texts = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
Seconds = Annotated[float, Field(ge=0, le=600)]


class StrictModel(BaseModel):
    """Refuses keys that it does not know, and is not changed once read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
