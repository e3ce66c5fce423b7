"""Marked pictures, asked of a live model as a run would ask them, and judged."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.adapters.prices import PriceOf
    from pointbench.adapters.protocol import Adapter, Picture, Reply, Request
    from pointbench.adapters.registry import Model
    from pointbench.replies import Parsed
    from pointbench.scoring import Verdict
    from pointbench.settings import Config
    from pointbench.testing.marks import MarkedPicture

INSTRUCTION = "Click the magenta square."
ATTEMPTS = 3
_LONGEST_WAIT_S = 20.0

MarkPlace = tuple[int, int, int, tuple[int, int]]
"""Width and height of a picture, side of its mark, and the mark's upper left corner, in pixels."""


@dataclass(frozen=True)
class MarkedAnswer:
    """One question about a marked picture, and what came of it."""

    marked: MarkedPicture
    sent: Picture | None
    prompt: str
    reply: Reply | None = None
    parsed: Parsed | None = None
    verdict: Verdict | None = None
    error: str | None = None
    seconds: float = 0.0
    cost_usd: float | None = None

    @property
    def hit(self) -> bool:
        return self.verdict is not None and self.verdict.outcome == "hit"


def ready_models(texts: Sequence[str], config: Config) -> list[Model]:
    """The models; UsageError listing every key and package that is missing for any of them."""
    from pointbench.adapters import registry

    models = registry.resolve_all(texts, config)
    lacks = [line for model in models for line in registry.missing(model)]
    if lacks:
        raise UsageError("; ".join(lacks))
    return models


def ask_all(model: Model, marks: Sequence[MarkPlace]) -> list[MarkedAnswer]:
    """Every mark, one after the other, with one adapter."""
    from pointbench.adapters import registry
    from pointbench.engine.planning.costs import reply_price
    from pointbench.testing.marks import marked_picture

    facts = registry.facts_of(model.adapter, model.name, model.settings)
    price = reply_price(model, free=facts.free)
    with _adapter(model) as adapter, tempfile.TemporaryDirectory() as folder:
        return [
            _ask(
                model,
                adapter,
                marked_picture(width, height, mark=side, at=at, seed=number),
                Path(folder),
                price,
                sees_truth=facts.sees_truth,
            )
            for number, (width, height, side, at) in enumerate(marks)
        ]


@contextmanager
def _adapter(model: Model) -> Iterator[Adapter]:
    from pointbench.adapters import registry

    adapter = registry.adapter_class(model.adapter)(model.name, model.settings)
    try:
        yield adapter
    finally:
        close = getattr(adapter, "close", None)
        if callable(close):
            close()


def _ask(
    model: Model,
    adapter: Adapter,
    marked: MarkedPicture,
    folder: Path,
    price: PriceOf,
    *,
    sees_truth: bool,
) -> MarkedAnswer:
    """One mark, asked as a run would ask it."""
    from pointbench.adapters.protocol import Request, Truth
    from pointbench.adapters.registry import key_variables
    from pointbench.geometry import Size
    from pointbench.replies import parse
    from pointbench.scoring import judge
    from pointbench.settings import secrets_of

    profile = model.profile
    sent = None if profile.blind else _prepared(marked, profile.sizing, folder)
    size = Size(sent.width, sent.height) if sent else marked.size
    prompt = profile.render(INSTRUCTION, *size)
    request = Request(
        prompt,
        sent,
        model.sampling,
        INSTRUCTION,
        profile.system,
        truth=Truth(marked.region, marked.size) if sees_truth else None,
    )
    began = time.monotonic()
    reply, error = _answer(adapter, request, secrets_of(key_variables([model])))
    seconds = time.monotonic() - began
    if reply is None:
        return MarkedAnswer(marked, sent, prompt, error=error, seconds=seconds)
    parsed = parse(
        reply.text,
        profile.format,
        profile.order,
        prompt=prompt,
        several=profile.several,
        finish_reason=reply.finish_reason,
    )
    verdict = judge(parsed, marked.region, frame=profile.frame, sent=size, screenshot=marked.size)
    cost = price(reply) if reply.cost_usd is None else reply.cost_usd
    return MarkedAnswer(marked, sent, prompt, reply, parsed, verdict, None, seconds, cost)


def _prepared(marked: MarkedPicture, rule: str, folder: Path) -> Picture:
    from pointbench.pictures import prepare
    from pointbench.profiles.sizing import sent_size

    path = folder / "screenshot.png"
    path.write_bytes(marked.data)
    return prepare(path, sent_size(rule, marked.size))


def _answer(
    adapter: Adapter, request: Request, secrets: tuple[str, ...]
) -> tuple[Reply | None, str | None]:
    """The reply, or why there is none, keys blotted out."""
    from pointbench.errors import RetryLater, one_line
    from pointbench.settings import redact

    message = ""
    for attempt in range(ATTEMPTS):
        try:
            return adapter.ask(request), None
        except RetryLater as error:
            message = str(error)
            if attempt + 1 < ATTEMPTS:
                time.sleep(
                    min(2.0**attempt if error.after is None else error.after, _LONGEST_WAIT_S)
                )
        except Exception as error:  # noqa: BLE001 - an adapter may raise anything
            message = f"{type(error).__name__}: {error}"
            break
    return None, redact(one_line(message), secrets)
