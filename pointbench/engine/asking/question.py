"""One question to a model: builds the request, calls the adapter, checks the reply.

``run``, ``streak``, ``models check`` and ``models calibrate`` all ask through this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from pointbench.adapters.protocol import Adapter, Picture, Reply, Request, Truth
from pointbench.engine.answers import broken_off, checked_reply, storable_text
from pointbench.engine.asking.work_item import WorkItem
from pointbench.errors import GiveUp, RetryLater, one_line
from pointbench.geometry import Shift
from pointbench.profiles import Profile
from pointbench.settings import Secret, key_in, redact

_LONGEST_MESSAGE = 2000


class UnusableAdapter(Exception):
    """An adapter whose constructor failed; the message gives the reason, with keys redacted."""


@contextmanager
def open_adapter(make: Callable[[], Adapter], secrets: Sequence[Secret]) -> Iterator[Adapter]:
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
        profile=profile.name,
        unit=profile.unit,
        platform=item.target.platform,
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


class ReplyRefused(Exception):
    """A reply that is no answer, though it was paid for; raised as `BrokenOff` or `KeyInReply`."""

    reply: Reply


class BrokenOff(ReplyRefused, RetryLater):
    """The server broke the answer off; asked again, it may complete it."""


class KeyInReply(ReplyRefused, GiveUp):
    """The reply holds a key, which may reach no file; it is neither altered nor kept."""


def ask_adapter(
    adapter: Adapter,
    request: Request,
    secrets: Sequence[Secret],
    output_limit: int | None = None,
) -> Reply:
    """Ask once; returns the reply as it came, with only its side fields checked.

    Raises whatever the adapter raises, TypeError for anything but a Reply with a text, RuntimeError if it
    calls ``exit``, and `ReplyRefused` for a reply that its server broke off or that holds a key.
    """
    try:
        reply = checked_reply(adapter.ask(request))
    except SystemExit as error:
        raise RuntimeError(_exit_message(error)) from error
    variable = _key_in(reply, secrets)
    if variable is not None:
        raise _refused(
            KeyInReply(
                f"the reply holds the value of {variable}, so it is not kept; change that key"
            ),
            reply,
        )
    broken = broken_off(reply.text, reply.finish_reason, reply.output_tokens, output_limit)
    if broken is not None:
        raise _refused(BrokenOff(message=broken), reply)
    return reply


def _refused(error: BrokenOff | KeyInReply, reply: Reply) -> BrokenOff | KeyInReply:
    error.reply = reply
    return error


def _key_in(reply: Reply, secrets: Sequence[Secret]) -> str | None:
    """The variable of a key that the reply holds as a whole token; None if it holds none."""
    texts = (reply.text, reply.reasoning, reply.finish_reason, reply.model, reply.request_id)
    found = (key_in(text, secrets) for text in texts if text)
    return next((variable for variable in found if variable), None)


def error_message(error: Exception | SystemExit, secrets: Sequence[Secret]) -> str:
    """An adapter's exception as one storable line, with keys redacted."""
    try:
        text = _exit_message(error) if isinstance(error, SystemExit) else str(error)
    except Exception:  # noqa: BLE001 - ``str`` of an adapter's own exception may raise, too
        text = ""
    line = one_line(storable_text(text or type(error).__name__))
    return redact(line, secrets)[:_LONGEST_MESSAGE]


def told(message: str, address: str | None) -> str:
    """A message for the person at the terminal, with the address that could not be reached."""
    return one_line(f"{message} at {address}") if address else message


def _exit_message(error: SystemExit) -> str:
    return f"the adapter called exit({error.code})"
