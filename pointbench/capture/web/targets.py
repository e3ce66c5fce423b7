"""Elements of a page as targets in the suite format. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pointbench.capture.hover import HoverCheck, HoverOutcome
from pointbench.capture.targets import present_target
from pointbench.capture.web.elements import WebElement

if TYPE_CHECKING:
    from pointbench.capture.hover import HoverCheck
    from pointbench.capture.web.elements import WebElement
    from pointbench.capture.web.page import WebSurvey
    from pointbench.capture.wording.sentences import View


def web_target(
    element: WebElement, hover: HoverCheck | None, *, looked_at: bool = False, **words: Any
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
    sources = ["dom"] + (["hover"] if verdict is HoverOutcome.SAME else [])
    target["extra"] = {"sources": sources} | ({"looked_at": True} if looked_at else {})
    return target


def _replaced(target: Mapping[str, Any], old: str, new: str, value: Any) -> dict[str, Any]:
    """The same keys in the same order, with one of them under another name."""
    return {
        (new if key == old else key): (value if key == old else kept)
        for key, kept in target.items()
    }


def distinct_elements(found: WebSurvey) -> list[tuple[WebElement, list[str]]]:
    """The elements that words single out, with those words; the others are counted as dropped."""
    from pointbench.capture.wording.sentences import wordings

    view = _view(found)
    apart = []
    for element in found.elements:
        words = [wording.text for wording in wordings(element, view)]
        if not element.name:
            found.dropped["no name"] += 1
        elif not words:
            found.dropped["no words for it alone"] += 1
        else:
            apart.append((element, words))
    return apart


def _view(found: WebSurvey) -> View:
    from pointbench.capture.rectangles import Rect
    from pointbench.capture.wording.sentences import View

    return View(found.elements, (), Rect(0, 0, *found.picture.size))


def page_targets(
    stem: str,
    found: WebSurvey,
    apart: list[tuple[WebElement, list[str]]],
    hovers: list[HoverCheck | None],
    absent: int,
) -> list[dict[str, Any]]:
    from pointbench.capture.targets import absent_target, slug, slugs
    from pointbench.capture.wording.absent import absent_things

    names = slugs(element.name for element, _ in apart)
    targets = [
        web_target(element, hover, id=f"{stem}/{name}", instruction=words[0], rewordings=words[1:])
        for (element, words), hover, name in zip(apart, hovers, names, strict=True)
    ]
    return targets + [
        absent_target(id=f"{stem}/no-{slug(one.name)}", instruction=one.text, name=one.name)
        for one in absent_things(_view(found), absent, stem)
    ]
