"""One question to a model: builds the request, calls the adapter, checks and redacts the reply.

``run``, ``streak``, ``models check`` and ``models calibrate`` all ask through this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

from pointbench.adapters.prices import PriceOf
from pointbench.adapters.protocol import Adapter, Picture, Reply, Request, Truth
from pointbench.engine.answers import checked_reply, storable_text
from pointbench.engine.asking.work_item import WorkItem
from pointbench.errors import one_line
from pointbench.geometry import Shift
from pointbench.profiles import Profile
from pointbench.settings import redact

_LONGEST_MESSAGE = 2000


class UnusableAdapter(Exception):
    """An adapter whose constructor failed; the message gives the reason, with keys redacted."""


@contextmanager
def open_adapter(make: Callable[[], Adapter], secrets: tuple[str, ...]) -> Iterator[Adapter]:
    """A new adapter, closed at the end; exceptions from its ``close`` are ignored.

    UnusableAdapter when its constructor raises anything or calls ``exit``.
    """
    try:
        adapter = make()
    except (Exception, SystemExit) as error:
        message = error_message(error, secrets)
        raise UnusableAdapter(f"its adapter cannot be created: {message}") from error
    try:
        yield adapter
    finally:
        with suppress(Exception, SystemExit):
            close = getattr(adapter, "close", None)
            if callable(close):
                close()


def request_of(
    item: WorkItem,
    picture: Picture | None,
    *,
    profile: Profile,
    sampling: Mapping[str, object],
    sees_truth: bool,
) -> Request:
    """The request for a trial; ``picture`` None for a blind model.

    ``sees_truth`` adds the correct answer, for simulated models only.
    """
    return Request(
        prompt=item.trial.prompt,
        picture=picture,
        settings=sampling,
        instruction=item.trial.instruction,
        system=profile.system,
        seed=item.trial.seed,
        truth=_truth(item) if sees_truth else None,
    )


def _truth(item: WorkItem) -> Truth:
    shift = item.trial.shift
    return Truth(
        item.target.region,
        item.target.size,
        None if shift is None else Shift(shift.scale, shift.dx, shift.dy),
        item.trial.order,
    )


def ask_adapter(adapter: Adapter, request: Request, secrets: tuple[str, ...]) -> Reply:
    """Ask once; returns the reply, checked and redacted already, so the stored text is the one judged.

    Raises whatever the adapter raises, TypeError for anything but a Reply with a text, and
    RuntimeError if it calls ``exit``.
    """
    try:
        reply = checked_reply(adapter.ask(request))
    except SystemExit as error:
        raise RuntimeError(_exit_message(error)) from error
    return _redacted(reply, secrets) if secrets else reply


def error_message(error: Exception | SystemExit, secrets: tuple[str, ...]) -> str:
    """An adapter's exception as one storable line, with keys redacted."""
    try:
        text = _exit_message(error) if isinstance(error, SystemExit) else str(error)
    except Exception:  # noqa: BLE001 - ``str`` of an adapter's own exception may raise, too
        text = ""
    line = one_line(storable_text(text or type(error).__name__))
    return redact(line, secrets)[:_LONGEST_MESSAGE]


def reply_cost(reply: Reply, price: PriceOf) -> float | None:
    """Dollars, as reported by the server or computed by ``price``; None if neither gives a cost."""
    return price(reply) if reply.cost_usd is None else reply.cost_usd


def _exit_message(error: SystemExit) -> str:
    return f"the adapter called exit({error.code})"


def _redacted(reply: Reply, secrets: tuple[str, ...]) -> Reply:
    def redacted(text: str | None) -> str | None:
        return None if text is None else redact(text, secrets)

    return replace(
        reply,
        text=redact(reply.text, secrets),
        finish_reason=redacted(reply.finish_reason),
        model=redacted(reply.model),
        request_id=redacted(reply.request_id),
    )
