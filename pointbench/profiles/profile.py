"""How a model family wants to be asked and how it answers. Data, read from TOML."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pointbench.geometry import Frame


class Profile(BaseModel):
    """One way to ask one family of models.

    ``prompt`` is a template: ``{instruction}``, ``{phrase}`` (the instruction without its verb, see
    `noun_phrase`), ``{width}`` and ``{height}`` (of the sent picture) are filled in, nothing else
    is. ``frame`` and ``format`` say how the answer is read; they are
    declared here and never guessed from an answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    description: str
    prompt: str
    system: str | None = None
    blind: bool = False
    """True when no picture is sent."""
    sizing: str = "as-is"
    """Name of the rule in `pointbench.profiles.sizing` that says what the server makes of a size."""
    unit: str = "pixel"
    order: Literal["xy", "yx"] = "xy"
    format: str = "any"
    """Name of a reply format (`pointbench.replies.FORMATS`)."""
    several: Literal["first", "last"] = "first"
    """Which point counts where an answer holds several."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Settings sent unless the user says otherwise; the vendor's own defaults are left out."""
    source: str = ""
    """Where the convention is documented: a page, a repository or a package."""

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        Frame(unit)
        return unit

    @property
    def frame(self) -> Frame:
        return Frame(self.unit, self.order)

    def render(self, instruction: str, width: int, height: int) -> str:
        """The prompt as sent; ``width`` and ``height`` are pixels of the picture as sent."""
        # Replaced, not formatted: an instruction may hold braces, and must not be read as a template.
        parts = {
            "{instruction}": instruction,
            "{phrase}": noun_phrase(instruction),
            "{width}": str(width),
            "{height}": str(height),
        }
        text = self.prompt
        pieces: list[str] = []
        while text:
            found = [(text.find(mark), mark) for mark in parts if mark in text]
            if not found:
                break
            at, mark = min(found)
            pieces += [text[:at], parts[mark]]
            text = text[at + len(mark) :]
        return "".join([*pieces, text])


_ASKING = re.compile(
    r"(?:please\s+)?(?:can you\s+|could you\s+)?(?:now\s+)?"
    r"(?:(?:left|single|double|right|middle)[\s-]?)?"
    r"(?:click|tap|press|hit|select|choose|pick|point|find|locate|open|touch|move the mouse|go)\b"
    r"(?:\s+(?:on|at|to|onto|over|out))?\s+(?:(?:the|a|an)\s+)?",
    re.IGNORECASE,
)


def noun_phrase(instruction: str) -> str:
    """The thing that an instruction is about, for models that are asked for a thing.

    "Click the Firefox icon in the panel." is "Firefox icon in the panel". A verb that does not mean
    pointing ("Close the window") is kept: without it another thing would be meant.
    """
    text = " ".join(instruction.split())
    bare = _ASKING.sub("", text, count=1) if _ASKING.match(text) else text
    bare = bare.rstrip(" .!?")
    return bare or text
