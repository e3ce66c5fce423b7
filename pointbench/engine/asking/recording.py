"""From what came of a trial to its record: an answer read and judged, or an error.

Every executor records through this module, whoever asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pointbench.adapters.protocol import Picture, Reply
from pointbench.engine.answers import ReplyReader, error_fields, trial_record
from pointbench.engine.asking.model_queue import ModelQueue
from pointbench.engine.asking.question import BrokenOff, ReplyRefused, error_message
from pointbench.engine.asking.work_item import WorkItem
from pointbench.engine.log import EventLog
from pointbench.geometry import Size
from pointbench.settings import Secret
from pointbench.trials import Record


class Recorder:
    """Makes the records of one run's trials, and logs them; one object serves all threads."""

    def __init__(self, secrets: Sequence[Secret], log: EventLog) -> None:
        self._secrets = secrets
        self._log = log

    def answered(
        self,
        queue: ModelQueue,
        item: WorkItem,
        reader: ReplyReader,
        reply: Reply,
        picture: Picture | None,
        *,
        attempts: int,
        started_at: datetime | None,
        latency_s: float | None,
        paid_usd: float | None,
    ) -> Record:
        """The record of an answer; ``paid_usd`` is what earlier attempts are known to have cost.

        ``latency_s`` is None where nobody waited for the answer, as in a batch.
        """
        read = reader.read(
            reply.text,
            reply.finish_reason,
            item.target,
            prompt=item.trial.prompt,
            sent=None if picture is None else Size(picture.width, picture.height),
            shift=item.trial.shift,
            output_tokens=reply.output_tokens,
            input_tokens=reply.input_tokens,
        )
        cost = queue.price(reply)
        self._log.write(
            "answer",
            queue.label,
            item.trial.key,
            outcome=read.verdict.outcome,
            latency_s=None if latency_s is None else round(latency_s, 3),
            request_id=reply.request_id,
        )
        stated = latency_s if reply.latency_s is None else reply.latency_s
        return trial_record(
            item.trial,
            read.fields,
            picture=picture,
            reply=reply,
            latency_s=None if stated is None else round(stated, 6),
            attempts=attempts,
            cost_usd=None if cost is None else cost + (paid_usd or 0.0),
            started_at=None if started_at is None else _stamp(started_at),
        )

    def failed(
        self,
        queue: ModelQueue,
        item: WorkItem,
        picture: Picture | None,
        error: Exception,
        *,
        attempts: int,
        started_at: datetime | None,
        paid_usd: float | None,
    ) -> Record:
        """The record of a trial that stays in error."""
        kind, message = type(error).__name__, self.message(error)
        self._log.write("error", queue.label, item.trial.key, type=kind, reason=message)
        return trial_record(
            item.trial,
            error_fields(kind, message),
            picture=picture,
            # What a server broke off is kept for people; a reply with a key is not.
            reply=error.reply if isinstance(error, BrokenOff) else None,
            latency_s=None,
            attempts=attempts,
            cost_usd=paid_usd,
            started_at=None if started_at is None else _stamp(started_at),
        )

    def message(self, error: Exception) -> str:
        """The error's text for people and files, with keys redacted."""
        return error_message(error, self._secrets)


def cost_of(error: Exception, queue: ModelQueue) -> float | None:
    """Dollars of an attempt that brought no answer, as far as its server reported them."""
    reply = error.reply if isinstance(error, ReplyRefused) else getattr(error, "usage", None)
    return queue.price(reply) if isinstance(reply, Reply) else None


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
