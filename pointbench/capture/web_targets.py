"""Elements of a page as targets in the suite format. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pointbench.capture.annotations import present_target
from pointbench.capture.hover import Hover, Verdict
from pointbench.capture.web import WebElement


def web_target(
    element: WebElement, hover: Hover | None, *, looked_at: bool = False, **words: Any
) -> dict[str, Any]:
    """One present target. `words` are what `present_target` takes beside element and hover."""
    verdict = None if hover is None else hover.verdict
    kind = words.pop("kind", "") or element.kind
    target = present_target(element, hover=verdict, kind=kind, **words)
    target.pop("extra", None)
    if not target["app"]:
        del target["app"]
    if element.parts:
        regions = [{"box": part.as_list()} for part in element.parts]
        target = _replaced(target, "box", "regions", regions)
        target.pop("icon_box", None)
    sources = ["dom"] + (["hover"] if verdict is Verdict.SAME else [])
    target["extra"] = {"sources": sources} | ({"looked_at": True} if looked_at else {})
    return target


def _replaced(target: Mapping[str, Any], old: str, new: str, value: Any) -> dict[str, Any]:
    """The same keys in the same order, with one of them under another name."""
    return {
        (new if key == old else key): (value if key == old else kept)
        for key, kept in target.items()
    }
