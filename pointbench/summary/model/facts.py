"""Facts about a model: exact shares, its identity, and which models answered; with their schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict, get_args

from pointbench.adapters.catalog import catalog_model
from pointbench.adapters.model_names import asked_names, is_another_model, several_models
from pointbench.baselines import center_hits, random_hit_share
from pointbench.geometry import Box, Point, Region
from pointbench.runs import Exact, RunModel
from pointbench.summary.model.asked import DisplayBlock, display, display_schema
from pointbench.summary.model.pictures import pictures_schema
from pointbench.summary.schema_parts import Schema, count, obj, text
from pointbench.summary.table import Targets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pointbench.summary.table import Trials


class FactsBlock(TypedDict):
    """A model's identity, and how it was asked."""

    label: str
    adapter: str
    name: str
    profile: str | None
    blind: bool
    floor: bool
    exact: Exact | None
    display: DisplayBlock


class ServedBlock(TypedDict):
    """The models that answered, by the names that the server gave."""

    models: dict[str, int]
    """Name -> answers, the most frequent first; an answer without a name is not counted."""
    asked_differs: bool
    others: list[str]
    """The names among ``models`` of another model than the one asked."""
    several: bool
    """True if the names are of more than one model, so that the figures mix them."""


class RankBlock(TypedDict):
    """A model's rank by hit rate, and the best and worst rank that the comparisons leave open."""

    value: int
    low: int
    high: int


class MisfitBlock(TypedDict):
    """Another frame under which many of the misses would be hits."""

    unit: str
    swapped: bool
    hits: int
    misses: int
    sentence: str


def regions(targets: Targets) -> list[Region | None]:
    """The region of each target; None if the target is absent."""
    return [target.region for target in targets.asked]


def icon_regions(targets: Targets) -> list[Region | None]:
    """The icon's box alone as each target's region; None if the box is unknown."""
    return [
        None if target.icon_box is None else Region((Box(*target.icon_box),))
        for target in targets.asked
    ]


def exact_shares(
    model: RunModel, targets: Targets, regions: Sequence[Region | None]
) -> NDArray[np.float64] | None:
    """The chance, 0 to 1, that this local pointer clicks into the region of each target.

    None for every other model. These pointers never decline, so without a region, as on an absent
    target, the chance of being correct is 0.
    """
    import numpy as np

    if model.exact is None:
        return None
    shares = np.zeros(len(targets))
    for code, (target, region) in enumerate(zip(targets.asked, regions, strict=True)):
        if region is None:
            continue
        if model.exact == "random":
            shares[code] = random_hit_share(region, target.size)
        elif model.exact == "center":
            shares[code] = center_hits(region, target.size)
        elif model.best_constant is not None:
            x, y = model.best_constant
            shares[code] = region.contains(Point(x * target.width, y * target.height))
    return shares


def facts(model: RunModel, rows: Trials) -> FactsBlock:
    """The facts of one model, from run.json; ``rows`` are its trials."""
    shown = display(model, rows)
    return {
        "label": model.label,
        "adapter": model.adapter,
        "name": model.name,
        "profile": shown["profile"],
        "blind": model.blind,
        "floor": model.floor,
        "exact": model.exact,
        "display": shown,
    }


_NOTHING_ASKED = frozenset(("local", "simulated", "replies"))
"""Adapters without a server: pointers, which name their reader, and replies obtained elsewhere, of which
nobody knows what was asked."""


def served_block(model: RunModel, answers: Mapping[str, int]) -> ServedBlock:
    """The models that answered as ``model``; ``answers`` counts them by the names the server gave."""
    names = sorted(answers, key=lambda name: (-answers[name], name))
    asked: tuple[str, ...] = ()
    if model.adapter not in _NOTHING_ASKED:
        entry = catalog_model(model.adapter, model.name)
        asked = asked_names(entry, {**model.settings, **model.wire}.get("served_as"))
    others = [name for name in names if is_another_model(asked, name)]
    return {
        "models": {name: answers[name] for name in names},
        "asked_differs": bool(others),
        "others": others,
        "several": several_models(names),
    }


def fact_schemas() -> dict[str, Schema]:
    """The schema of a `FactsBlock`, and of ``served``, ``flags``, ``misfit``, ``pictures`` and ``rank``."""
    return {
        "label": text("The model's label, as in every table."),
        "adapter": text("The adapter that sends the requests."),
        "name": text("The adapter's name for the model."),
        "profile": {
            "type": ["string", "null"],
            "description": "The name of the profile that asked or read; null where none did.",
        },
        "blind": {"type": "boolean", "description": "True if the model was sent no picture."},
        "floor": {
            "type": "boolean",
            "description": "True for a local pointer, which every table shows.",
        },
        "exact": {
            "enum": [None, *get_args(Exact)],
            "description": "Kind of a pointer whose rates are computed, not estimated; else null.",
        },
        "display": display_schema(),
        "served": obj(
            {
                "models": {
                    "type": "object",
                    "additionalProperties": count("Answers."),
                    "description": (
                        "The models that answered, as the server names them, the most frequent first; "
                        "answers without a name are left out."
                    ),
                },
                "asked_differs": {
                    "type": "boolean",
                    "description": (
                        "True if one of them is another model than the one asked. Dates, providers' "
                        "prefixes, case and aliases do not count, nor does a file or a hash."
                    ),
                },
                "others": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "The names of another model than the one asked.",
                },
                "several": {
                    "type": "boolean",
                    "description": "True if the names are of more than one model.",
                },
            },
            description="Who answered, over every trial with an answer, absent targets included.",
        ),
        "flags": {
            "type": "object",
            "description": (
                "Answers by irregularity: several points, a repaired or reversed text, the numbers "
                "of the prompt's own example, bytes that are no text (not-text), too few input tokens "
                "for the picture as it was sent (seen-smaller), cut off at the "
                "output limit, without a text though the server sent reasoning (reasoning-only) or "
                "counted output tokens (empty)."
            ),
            "additionalProperties": count("Answers."),
        },
        "misfit": {
            "description": (
                "Another way to read the answers under which many of the misses would be hits; null "
                "if there is none. "
                "A warning that the profile may be wrong: it changes no score."
            ),
            "anyOf": [
                {"type": "null"},
                obj(
                    {
                        "unit": {
                            "type": "string",
                            "description": (
                                "The unit of that frame, or a picture in whose pixels the numbers "
                                "are: screenshot, sizing:RULE, max-pixels:N, factor."
                            ),
                        },
                        "swapped": {
                            "type": "boolean",
                            "description": "True if x and y are swapped.",
                        },
                        "hits": count("Misses that would be hits."),
                        "misses": count("Misses with a point on a picture that was sent."),
                        "sentence": {"type": "string", "description": "The warning in words."},
                    }
                ),
            ],
        },
        "pictures": pictures_schema(),
        "rank": {
            "type": ["object", "null"],
            "description": (
                "By hit rate among models without exact figures; low and high are the best and "
                "worst rank that the comparisons (after Holm) leave open."
            ),
            "properties": {name: count("") for name in RankBlock.__annotations__},
        },
    }
