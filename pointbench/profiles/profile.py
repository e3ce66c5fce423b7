"""A profile: how to ask a model family and how to read its answers. Data, read from TOML."""

from __future__ import annotations

import math
import re
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pointbench.geometry import Frame
from pointbench.profiles.sizing import find_rule, with_token_limit

Evidence: TypeAlias = Literal["published", "measured", "guess"]
"""How a way of pointing is known: ``published`` by the model's makers (a page, a card, their code);
``measured`` in answers, or read in other people's code that runs the model; ``guess``, from the model
that it is built on or from its relatives."""


def nothing_known(labels: str, count: int = 1) -> str:
    """The sentence about ``count`` models that are asked in pixels because nothing is known of them."""
    verbs = "points; it is" if count == 1 else "point; they are"
    return (
        f"nothing is known of how {labels} {verbs} asked in pixels of the picture as sent, and "
        f"`pointbench models calibrate` tells whether that fits"
    )


class Profile(BaseModel):
    """One way to ask one family of models.

    ``prompt`` is a template with ``{instruction}``, ``{phrase}`` (the instruction without its verb,
    see `noun_phrase`), ``{width}`` and ``{height}`` (of the picture as sent). ``frame`` and
    ``format`` define how to read the answer; they are declared here and never guessed from an answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    description: str
    prompt: str
    system: str | None = None
    blind: bool = False
    """True if no picture is sent."""
    sizing: str = "as-is"
    """Name of the rule in `pointbench.profiles.sizing` for the size at which pictures are sent."""
    unit: str = "pixel"
    order: Literal["xy", "yx"] = "xy"
    format: str = "any"
    """Name of a reply format (`pointbench.replies.FORMATS`)."""
    several: Literal["first", "last"] = "first"
    """Which point counts if an answer contains several."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Settings that are sent unless the user overrides them; vendors' own defaults are omitted."""
    nothing: tuple[float, float] | None = None
    """A point, x first and in frame units, that means "there is none", if the family uses one.

    Undeclared, the same numbers stay a point, which is usually out of the frame.
    """
    opens_reasoning: bool | None = None
    """True if the family's chat template opens the reasoning, so that the mark is not in the text.

    A text that was cut off without an end mark is then reasoning and holds no answer.
    """
    source: str = ""
    """Where the convention is documented: a page, a repository or a package."""
    evidence: Evidence | None = None
    """How the convention is known; None for a profile that is no family's own."""

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        Frame(unit)
        return unit

    @field_validator("sizing")
    @classmethod
    def _known_sizing(cls, sizing: str) -> str:
        find_rule(sizing)
        return sizing

    @field_validator("nothing", mode="before")
    @classmethod
    def _two_numbers(cls, nothing: object) -> object:
        # TOML and JSON have lists, and a strict tuple of floats takes neither lists nor integers.
        if nothing is None:
            return None
        numbers = list(nothing) if isinstance(nothing, list | tuple) else []
        if len(numbers) != 2 or not all(
            isinstance(number, int | float)
            and not isinstance(number, bool)
            and math.isfinite(number)
            for number in numbers
        ):
            raise ValueError("two numbers, x first, in the units of the frame: [-1, -1]")
        return float(numbers[0]), float(numbers[1])

    @property
    def frame(self) -> Frame:
        return Frame(self.unit, self.order)

    def with_image_limit(self, most: int) -> Profile:
        """The profile for a server that shows at most ``most`` tokens of a picture.

        ValueError if it sends no picture, or its sizing has no budget of tokens.
        """
        if self.blind:
            raise ValueError("it sends no picture")
        return self.model_copy(update={"sizing": with_token_limit(self.sizing, most)})

    def render(self, instruction: str, width: int, height: int) -> str:
        """The prompt as sent; ``width`` and ``height`` are pixels of the picture as sent."""
        # Not str.format: an instruction may contain braces and must not be read as a template.
        parts = {
            "{instruction}": instruction,
            "{phrase}": noun_phrase(instruction),
            "{width}": str(width),
            "{height}": str(height),
        }
        text = self.prompt
        pieces: list[str] = []
        while text:
            fields = [(text.find(field), field) for field in parts if field in text]
            if not fields:
                break
            at, field = min(fields)
            pieces += [text[:at], parts[field]]
            text = text[at + len(field) :]
        return "".join([*pieces, text])


_ASKING = re.compile(
    r"(?:please\s+)?(?:can you\s+|could you\s+)?(?:now\s+)?"
    r"(?:(?:left|single|double|right|middle)[\s-]?)?"
    r"(?:click|tap|press|hit|select|choose|pick|point|find|locate|open|touch|move the mouse|go)\b"
    r"(?:\s+(?:on|at|to|onto|over|out))?\s+(?:(?:the|a|an)\s+)?",
    re.IGNORECASE,
)


def noun_phrase(instruction: str) -> str:
    """The noun phrase in an instruction, for models that take an object's name instead.

    "Click the Firefox icon in the panel." becomes "Firefox icon in the panel". A verb that does not
    mean pointing ("Close the window") stays, because the phrase would mean something else without it.
    """
    text = " ".join(instruction.split())
    bare = _ASKING.sub("", text, count=1) if _ASKING.match(text) else text
    bare = bare.rstrip(" .!?")
    return bare or text
