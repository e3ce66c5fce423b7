"""How the real models behind each wire see a picture and write a point.

Written from the vendors' pages and the models' own code, independently of the profiles, so a
wrong profile is detected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pointbench.geometry import Frame, Point, Size
from pointbench.profiles.sizing import sent_size
from pointbench.replies import render


@dataclass(frozen=True)
class Family:
    """How the models whose names match ``pattern`` see and answer."""

    pattern: str
    """A regular expression over the model's name in lower case, matched at its start or a slash."""
    sizing: str = "as-is"
    """Name of the rule by which the server resizes pictures."""
    details: Mapping[str, str] = field(default_factory=dict)
    """The same rule per value of OpenAI's ``detail``; empty if there is no such parameter."""
    unit: str = "pixel"
    order: str = "xy"
    format: str = "json-point"
    step: float = 1.0
    """Frame units between neighboring values that the model writes; 0 if any number is possible."""
    sees: bool = True
    """False for a model that takes no pictures."""
    reasons: int = 0
    """Output tokens of reasoning before the first word of the answer."""
    sampling: bool = True
    """False if anything but the default temperature is refused."""
    computer: bool = False
    """True if the vendor's computer tool is offered."""
    retired: bool = False
    counts_pictures: bool = True
    """False if the server's input tokens are those of the text alone."""

    def answer(self, point: Point | None, seen: Size) -> str:
        """The model's answer. ``point`` is in pixels of the picture as seen; None if nothing was found."""
        if point is None:
            return "Not found."
        return render(self.numbers(point, seen), self.format, self.order)

    def numbers(self, point: Point, seen: Size) -> Point:
        """The point in the family's frame, x first, rounded to numbers that it can write."""
        frame = Frame(self.unit, self.order)
        in_frame = frame.from_picture(point, seen, seen)
        if not self.step:
            return in_frame
        per_unit = round(1 / self.step)
        x, y = (round(value * per_unit) / per_unit for value in in_frame)
        return Point(x, y)

    def seen(self, size: Size, detail: str | None = None) -> Size:
        """The size to which the server resizes a picture; ValueError if it refuses the picture."""
        rule = self.details.get(detail or "auto", self.sizing) if self.details else self.sizing
        return sent_size(rule, size)


_TILES = {"low": "openai-low-512", "high": "openai-tiles", "auto": "openai-tiles"}
_BOX_2048 = dict.fromkeys(("low", "high", "auto"), "openai-gpt-5.2")
_PATCHES_54 = {
    "low": "openai-gpt-5.2",
    "high": "openai-patches-2500",
    "auto": "openai-patches-2500",
    "original": "openai-original-6000",
}
_PATCHES_55 = {
    "low": "openai-low-512",
    "high": "openai-patches-2500",
    "auto": "openai-original-6000",
    "original": "openai-original-6000",
}
_PATCHES_56 = {**_PATCHES_55, "auto": "openai-original", "original": "openai-original"}

FAMILIES: Sequence[Family] = (
    Family(r"gpt-4o-2024-05-13|gpt-4-turbo|computer-use-preview", retired=True),
    Family(r"gpt-4\.1-mini", details=_BOX_2048),
    Family(r"gpt-4o|gpt-4\.1", details=_TILES),
    Family(r"gpt-5\.1|gpt-5(-|$)", details=_TILES, reasons=64, sampling=False),
    Family(r"gpt-5\.2", details=_BOX_2048, reasons=64, sampling=False),
    Family(r"gpt-5\.4", details=_PATCHES_54, reasons=64, sampling=False, computer=True),
    Family(r"gpt-5\.5", details=_PATCHES_55, reasons=64, sampling=False, computer=True),
    Family(r"gpt-[56]", details=_PATCHES_56, reasons=64, sampling=False, computer=True),
    Family(r"claude-(3|opus-4-0|sonnet-4-0|2)", retired=True),
    Family(r"claude-(sonnet-4|haiku-4|opus-4-[156])", "claude-standard", computer=True),
    Family(r"claude-opus-4-[78]", "claude-high", sampling=False, computer=True),
    Family(r"claude", "claude-high", reasons=60, sampling=False, computer=True),
    Family(r"gemini", unit="permille", order="yx", format="gemini", reasons=200, computer=True),
    Family(r"moondream", unit="unit", format="moondream", step=1 / 1024),
    Family(r"molmo-?2", unit="permille", format="molmo2"),
    Family(r"molmo", unit="percent", format="molmo", step=0.1),
    Family(r"ui-tars-1\.5", "ui-tars", format="ui-tars"),
    Family(r"ui-tars", unit="permille", format="ui-tars"),
    Family(r"qwen-?2\.5-?vl", "qwen-28", format="qwen-tool"),
    Family(r"qwen-?2-?vl", unit="permille", format="box-tokens"),
    Family(r"qwen", unit="permille", format="qwen-tool"),
    Family(r"os-atlas", unit="permille", format="box-tokens"),
    Family(r"internvl", unit="permille", format="box-tokens"),
    Family(r"uground-v1-(2b|7b|72b)", unit="permille", format="tuple"),
    Family(r"uground", "uground-1344", format="tuple"),
    Family(r"showui|seeclick", unit="unit", format="tuple", step=0.01),
    Family(r"deepseek-vl", unit="grid:999", format="box-tokens"),
    Family(r"deepseek-(chat|v4-pro|v3|r1)", sees=False),
    Family(r"glm-[45]", unit="permille", format="box-tokens"),
    Family(r"kimi-(vl|k[23])|aguvis", unit="unit", format="pyautogui", step=0.001),
    Family(r"fara-7b|gui-owl-7b", "qwen-28", format="qwen-tool"),
    Family(r"ui-ins|scalecua|ui-venus-ground", "qwen-28", format="tuple"),
    Family(r"mimo-vl", "mimo-vl"),
    Family(r"ernie-4\.5-vl", "qwen-28"),
    Family(r"hunyuan-?vl", "qwen-32"),
    Family(r"ui-venus|autoglm|gelab|n1|nova|perceptron", unit="permille", format="tuple"),
    Family(r"doubao|seed", unit="permille", format="ui-tars"),
    Family(r"minicpm-v", unit="permille", format="box-tokens"),
    Family(r"opencua", "qwen-28", format="pyautogui"),
    Family(r"gta1", "qwen-28", format="tuple"),
    Family(r"holo-?1\.5", "qwen-28"),
    Family(r"holo|mai-ui", unit="permille"),
    Family(r"cogagent", unit="permille", format="box-tokens"),
    Family(r"florence", unit="grid:1000", format="florence", step=0),
    Family(r"paligemma", unit="grid:1024", order="yx", format="paligemma"),
    Family(r"kosmos", unit="grid:32", format="kosmos", step=0),
    Family(r"meta-llama/llama-3\.3|llama-?3\.[13]|llama-v3p3", sees=False),
    Family(r""),
)
"""The first family whose pattern matches is used; the last matches every name: pixels as sent."""


def family_of(model: str, own: Sequence[Family] = ()) -> Family:
    """The family of a model's name; ``own`` families are tried first."""
    name = model.lower()
    for family in (*own, *FAMILIES):
        if re.search(rf"(?:^|/)(?:{family.pattern})", name):
            return family
    raise AssertionError("the last family takes every name")
