"""Marked pictures: questions about a picture with one obvious mark, asked as a run would ask them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pointbench.errors import UsageError

if TYPE_CHECKING:
    from pointbench.adapters.protocol import Adapter, Picture, Reply, Request
    from pointbench.adapters.registry import Model
    from pointbench.engine.asking.work_item import WorkItem
    from pointbench.replies import Parsed
    from pointbench.scoring import Verdict
    from pointbench.settings import Secret
    from pointbench.testing.marks import MarkedPicture

INSTRUCTION = "Click the magenta square."
ATTEMPTS = 3
_LONGEST_WAIT_S = 20.0

MarkPlace = tuple[int, int, int, tuple[int, int]]
"""Width and height of a picture, side of its mark, and the mark's upper left corner, in pixels."""


@dataclass(frozen=True)
class MarkedAnswer:
    """One question about a marked picture, and its answer or error."""

    marked: MarkedPicture
    prompt: str
    sent: Picture | None = None
    """The picture as sent; None for a blind model, or if the adapter could not be created."""
    reply: Reply | None = None
    parsed: Parsed | None = None
    verdict: Verdict | None = None
    error: str | None = None
    seconds: float = 0.0
    cost_usd: float | None = None

    @property
    def hit(self) -> bool:
        return self.verdict is not None and self.verdict.outcome == "hit"


def ask_all(model: Model, marks: Sequence[MarkPlace]) -> list[MarkedAnswer]:
    """Ask about every mark, one after another, with one adapter; its exceptions become answers' errors.

    Only a UsageError from its constructor propagates: the user has to fix a key or an address.
    """
    from pointbench.adapters import registry
    from pointbench.engine.asking.question import UnusableAdapter, open_adapter
    from pointbench.settings import secrets_of
    from pointbench.testing.marks import marked_picture

    secrets = secrets_of(registry.key_variables([model]))
    pictures = [
        marked_picture(width, height, mark=side, at=corner, seed=number)
        for number, (width, height, side, corner) in enumerate(marks)
    ]
    questions = [(marked, _item(model, marked)) for marked in pictures]
    adapter_class = registry.adapter_class(model.adapter)
    try:
        with (
            open_adapter(lambda: adapter_class(model.name, model.settings), secrets) as adapter,
            tempfile.TemporaryDirectory() as folder,
        ):
            return [
                _ask(model, adapter, marked, item, Path(folder), secrets)
                for marked, item in questions
            ]
    except UnusableAdapter as error:
        if isinstance(error.__cause__, UsageError):
            raise error.__cause__ from None
        return [
            MarkedAnswer(marked, item.trial.prompt, error=str(error)) for marked, item in questions
        ]


def _item(model: Model, marked: MarkedPicture) -> WorkItem:
    """The question as a run's plan would have it, but with seed 0."""
    import msgspec

    from pointbench.engine.asking.work_item import WorkItem
    from pointbench.engine.planning.plan import Slot, trial_of
    from pointbench.suites import AskedTarget

    target = AskedTarget(
        suite="marks",
        id="marks/square",
        instruction=INSTRUCTION,
        screenshot="marks/square.png",
        width=marked.size.width,
        height=marked.size.height,
        box=(marked.box.left, marked.box.top, marked.box.right, marked.box.bottom),
    )
    trial = trial_of(
        Slot(target, repeat=0, variant="as-is", order=0),
        model=model.label,
        profile=model.profile,
        sampling=dict(model.sampling),
        seed=0,
        screenshot_sha256=None,
    )
    return WorkItem(msgspec.structs.replace(trial, seed=0), target)


def _ask(
    model: Model,
    adapter: Adapter,
    marked: MarkedPicture,
    item: WorkItem,
    folder: Path,
    secrets: Sequence[Secret],
) -> MarkedAnswer:
    from pointbench.adapters import registry
    from pointbench.engine.answers import ReplyReader
    from pointbench.engine.asking.question import request_of
    from pointbench.engine.planning.costs import reply_price
    from pointbench.engine.planning.setup import sent_output_limit
    from pointbench.geometry import Size

    profile, prompt = model.profile, item.trial.prompt
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    sent = None if profile.blind else _prepared(marked, profile.sizing, folder)
    request = request_of(
        item, sent, profile=profile, sampling=model.sent, sees_truth=facts.sees_truth
    )
    began = time.monotonic()
    limit = sent_output_limit(model)
    reply, error = _answer(adapter, request, secrets, limit)
    seconds = time.monotonic() - began
    if reply is None:
        return MarkedAnswer(marked, prompt, sent, error=error, seconds=seconds)
    size = None if sent is None else Size(sent.width, sent.height)
    read = ReplyReader.of(profile, limit).read(
        reply.text,
        reply.finish_reason,
        item.target,
        prompt=prompt,
        sent=size,
        shift=None,
        output_tokens=reply.output_tokens,
        input_tokens=reply.input_tokens,
    )
    cost = reply_price(model, free=facts.free)(reply)
    return MarkedAnswer(marked, prompt, sent, reply, read.parsed, read.verdict, None, seconds, cost)


def _prepared(marked: MarkedPicture, rule: str, folder: Path) -> Picture:
    from pointbench.pictures import prepare
    from pointbench.profiles.sizing import sent_size

    path = folder / "screenshot.png"
    path.write_bytes(marked.data)
    return prepare(path, sent_size(rule, marked.size))


def _answer(
    adapter: Adapter, request: Request, secrets: Sequence[Secret], output_limit: int | None
) -> tuple[Reply | None, str | None]:
    """The reply, or the reason there is none, with keys redacted; up to `ATTEMPTS` if a retry may help."""
    from pointbench.engine.asking.question import ask_adapter, error_message, told
    from pointbench.errors import RetryLater

    message = ""
    for attempt in range(ATTEMPTS):
        try:
            return ask_adapter(adapter, request, secrets, output_limit), None
        except RetryLater as error:
            message = told(error_message(error, secrets), error.address)
            if attempt + 1 < ATTEMPTS:
                time.sleep(
                    min(2.0**attempt if error.after is None else error.after, _LONGEST_WAIT_S)
                )
        except Exception as error:  # noqa: BLE001 - an adapter may raise anything
            return None, f"{type(error).__name__}: {error_message(error, secrets)}"
    return None, message
