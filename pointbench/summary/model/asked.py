"""How a model was asked, as far as anybody knows; with the schema. Words for tables and citations.

Of replies made elsewhere nothing is known but what whoever scored them told. A profile that they were
scored with says how they were read, never how the model was asked; where only points were given, it read
nothing at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypedDict, get_args
from urllib.parse import unquote

from pointbench.adapters.catalog import base_urls, service_at
from pointbench.adapters.prices import is_private
from pointbench.runs import RunModel
from pointbench.summary.schema_parts import Schema, obj, text
from pointbench.summary.table import ERROR

if TYPE_CHECKING:
    from pointbench.summary.table import Trials

Given = Literal["points", "replies", "both"]
"""What a file of replies made elsewhere held: points as stored, raw replies, or some of each."""

ELSEWHERE = "replies made elsewhere"
_HERE = frozenset(("local", "simulated"))
"""Adapters that run on this machine and sample nothing."""
_LONGEST_NOTE = 300
"""Characters of a note in the words; the whole note is in ``note``."""


class FrameBlock(TypedDict):
    """The coordinate frame of a profile."""

    unit: str | None
    order: str | None


class DisplayBlock(TypedDict):
    """How the model was asked, shown beside its label in tables."""

    profile: str | None
    """None where no profile read the answers."""
    frame: FrameBlock
    settings: dict[str, object]
    sampling: str
    stands_for: str | None
    server: str | None
    elsewhere: Given | None
    """None for a model that was asked here, and where no answer was given."""
    note: str | None


def display(model: RunModel, rows: Trials) -> DisplayBlock:
    """How ``model`` was asked; ``rows``, its trials, tell what was read of replies from elsewhere."""
    given = _given(rows) if model.elsewhere else None
    read = not model.elsewhere or given in ("replies", "both")
    profile = model.profile if read else {}
    return {
        "profile": profile.get("name"),
        "frame": {"unit": profile.get("unit"), "order": profile.get("order")},
        "settings": {name: model.settings[name] for name in sorted(model.settings)},
        "sampling": _sampling(model),
        "stands_for": _stands_for(model),
        "server": _server(model),
        "elsewhere": given,
        "note": model.note,
    }


def _given(rows: Trials) -> Given | None:
    texts = rows["text"][rows["outcome"] != ERROR]
    if not len(texts):
        return None
    if texts.all():
        return "replies"
    return "both" if texts.any() else "points"


def _sampling(model: RunModel) -> str:
    """The sampling settings in words: as sent, or as told of replies made elsewhere."""
    if model.elsewhere:
        note = model.note or ""
        if len(note) > _LONGEST_NOTE:
            note = f"{note[: _LONGEST_NOTE - 1].rstrip()}…"
        words = f"{told(model.settings)}; {ELSEWHERE}"
        return words + (f", with the note “{note}”" if note else "")
    sent = _settings(model.settings)
    if model.floor or model.adapter in _HERE:
        return ", ".join([*sent, "runs on this machine"])
    return ", ".join(sent if "temperature" in model.settings else [*sent, "temperature not set"])


def told(settings: Mapping[str, object]) -> str:
    """The sampling of replies made elsewhere in words, as far as whoever scored them told it."""
    return (
        f"{', '.join(_settings(settings))}, as told by whoever scored them"
        if settings
        else "not known"
    )


def _settings(settings: Mapping[str, object]) -> list[str]:
    return [_setting(name, settings[name]) for name in sorted(settings)]


def _setting(name: str, value: object) -> str:
    if value is None:
        # Nothing is sent for it, even if the profile has a value.
        return f"{name} not set"
    return f"{name} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"


def _stands_for(model: RunModel) -> str | None:
    """``adapter/name`` of a model with a name from pointbench.toml; None if the label says it itself."""
    full = f"{model.adapter}/{model.name}"
    base = model.label.partition("?")[0]
    if model.floor or model.elsewhere or {base, unquote(base)} & {full, model.name}:
        return None
    return full


def _server(model: RunModel) -> str | None:
    """Whose server was asked, where the settings name one; its address may be nobody's business."""
    urls = base_urls(model.wire)
    if not urls:
        return None
    try:
        if all(map(is_private, urls)):
            return "a server of one's own"
        service = service_at(urls[0])
    except ValueError:  # not an address at all, in a run.json from elsewhere
        service = None
    return "a server named in its settings" if service is None else f"served by {service.name}"


def display_schema() -> Schema:
    """The schema of a `DisplayBlock`."""
    words: Schema = {"type": ["string", "null"]}
    return obj(
        {
            "profile": {
                **words,
                "description": "The profile's name; null where it read no answer, as of points alone.",
            },
            "frame": {"type": "object", "description": "The frame of that profile."},
            "settings": {
                "type": "object",
                "description": (
                    "Sampling settings as sent; of replies made elsewhere, those that whoever scored "
                    "them told."
                ),
            },
            "sampling": text("The sampling settings in words, and what is not known."),
            "stands_for": {
                **words,
                "description": "The model that a name of pointbench.toml stands for; else null.",
            },
            "server": {
                **words,
                "description": "Whose server was asked, in words, where the settings name one.",
            },
            "elsewhere": {
                "enum": [None, *get_args(Given)],
                "description": (
                    "What was given of replies made elsewhere; null for a model that was asked here, "
                    "and where no answer was given."
                ),
            },
            "note": {**words, "description": "What whoever scored such replies says of them."},
        },
        description="How the model was asked, shown beside its label in tables.",
    )


def named(label: str, facts: Mapping[str, object]) -> str | None:
    """``home = openai/my-vlm (a server of one's own)``; None if the label says everything.

    ``facts`` is the model's block of summary.json.
    """
    shown = facts.get("display")
    if not isinstance(shown, Mapping):
        return None
    stands_for, server = shown.get("stands_for"), shown.get("server")
    where = f" ({server})" if server else ""
    if stands_for:
        return f"{label} = {stands_for}{where}"
    return f"{label}{where}" if where else None
