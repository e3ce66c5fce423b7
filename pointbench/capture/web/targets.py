"""Converts elements of a page to targets in the suite format. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pointbench.capture.hover import HoverCheck, HoverOutcome
from pointbench.capture.rectangles import Rect
from pointbench.capture.targets import TargetEntry, absent_target, present_target, slug, slugs
from pointbench.capture.web.elements import WebElement
from pointbench.capture.wording.absent import absent_things
from pointbench.capture.wording.sentences import View, wordings

if TYPE_CHECKING:
    from pointbench.capture.web.page import WebSurvey

ABOUT = "Web pages, each keeping its own license."


def web_target(
    element: WebElement,
    check: HoverCheck | None,
    *,
    id: str,
    instruction: str,
    kind: str = "",
    app: str = "",
    name: str = "",
    tags: Sequence[str] = (),
    rewordings: Sequence[str] = (),
    looked_at: bool = False,
) -> TargetEntry:
    """One target that is on the page. ``check`` is None if no hover check was made.

    If ``kind``, ``app`` or ``name`` is empty, the element's own value is used.
    """
    outcome = None if check is None else check.outcome
    target = present_target(
        element,
        id=id,
        instruction=instruction,
        hover=outcome,
        kind=kind or element.kind,
        app=app,
        name=name,
        parts=element.parts,
        tags=tags,
        rewordings=rewordings,
        sources=["dom", "hover"] if outcome is HoverOutcome.SAME else ["dom"],
        looked_at=looked_at,
    )
    target["extra"].pop("icon_name", None)  # the page's id or class, not a theme's icon
    if not target["app"]:
        del target["app"]
    return target


def distinct_elements(survey: WebSurvey) -> list[tuple[WebElement, list[str]]]:
    """The elements with unambiguous wordings, and those wordings; counts the others as dropped."""
    view = _view(survey)
    distinct = []
    for element in survey.elements:
        sentences = [wording.text for wording in wordings(element, view)]
        if not element.name:
            survey.dropped["no name"] += 1
        elif not sentences:
            survey.dropped["no unambiguous wording"] += 1
        else:
            distinct.append((element, sentences))
    return distinct


def page_targets(
    stem: str,
    survey: WebSurvey,
    distinct: Sequence[tuple[WebElement, Sequence[str]]],
    checks: Sequence[HoverCheck | None],
    absent: int,
) -> list[TargetEntry]:
    """The targets of a page, and up to ``absent`` things that are not on it.

    ``checks`` belong to the ``distinct`` elements, in the same order.
    """
    names = slugs(element.name for element, _ in distinct)
    targets = [
        web_target(
            element,
            check,
            id=f"{stem}/{name}",
            instruction=sentences[0],
            rewordings=sentences[1:],
        )
        for (element, sentences), check, name in zip(distinct, checks, names, strict=True)
    ]
    return targets + [
        absent_target(id=f"{stem}/no-{slug(thing.name)}", instruction=thing.text, name=thing.name)
        for thing in absent_things(_view(survey), absent, stem)
    ]


def _view(survey: WebSurvey) -> View:
    return View(survey.elements, (), Rect(0, 0, *survey.picture.size))
