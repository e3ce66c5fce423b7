"""Output of OpenAI's batch endpoint, of vLLM's run-batch and of servers with the same rows.

One row a request: ``custom_id`` as the request named it, ``response`` with ``status_code`` and
``body`` (a chat completion or an answer of the Responses endpoint), or ``error``.
Source: OpenAI, "Batch API"; vLLM, ``vllm/entrypoints/openai/run_batch.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from pointbench.adapters.catalog import catalog_entry
from pointbench.adapters.http.errors import blocked_or_raise, failure_of
from pointbench.adapters.http.hosts import Host
from pointbench.adapters.protocol import Reply
from pointbench.adapters.vendors.openai_replies import (
    ChatBody,
    ResponseBody,
    chat_reply,
    response_reply,
)
from pointbench.engine.reply_files.found import (
    Found,
    FoundReply,
    GivenError,
    KeyNames,
    ReplyFormat,
    RowError,
    Rows,
)
from pointbench.engine.reply_files.lines import MAX_COST_USD, is_whole
from pointbench.engine.reply_files.rows import keys_of
from pointbench.errors import AskError, one_line

if TYPE_CHECKING:
    from pointbench.suites import AskedTarget

_HOST = Host(base_url="", key=None, key_variable=None, own=False, name="the server")
_WORDS = 500
"""Characters of an error's message that are kept."""


def read(rows: Rows, _targets: Sequence[AskedTarget], _names: KeyNames) -> Found:
    for row in rows:
        custom_id = _custom_id(row.values.get("custom_id"))
        if not custom_id:
            raise RowError(
                f"{row.place}: no custom_id that is a text; the row has {keys_of(row.values)}"
            )
        if "response" not in row.values and "error" not in row.values:
            hint = "; it is a request, not its answer" if "body" in row.values else ""
            raise RowError(
                f"{row.place}: neither response nor error; the row has {keys_of(row.values)}{hint}"
            )
        answer = answer_of(row.values)
        model = answer.model if isinstance(answer, Reply) else None
        yield FoundReply(
            place=row.place,
            custom_id=custom_id,
            model=(model or "").strip() or None,
            answer=answer,
            cost_usd=_cost(row.place, answer),
        )


def _cost(place: str, answer: Reply | GivenError) -> float | None:
    cost = answer.cost_usd if isinstance(answer, Reply) else None
    if cost is not None and not 0 <= cost < MAX_COST_USD:
        raise RowError(f"{place}: usage.cost must be at least 0 and below {MAX_COST_USD:g}")
    return cost


def answer_of(row: Mapping[str, object]) -> Reply | GivenError:
    """The reply in a row; never raises. What never became an answer is a `GivenError`.

    A content policy's block is the model's own answer, as in a run.
    """
    given = row.get("response")
    response: Mapping[str, object] = given if isinstance(given, dict) else {}
    body, status = response.get("body"), _status(response)
    failure = row.get("error") or (body if status >= 400 else None)
    if failure is None and isinstance(body, dict) and not ("choices" in body or "output" in body):
        failure = body if body.get("error") else None
    try:
        if failure is not None or status >= 400:
            read_failure = failure_of(failure or {}, status)
            return blocked_or_raise(read_failure, catalog_entry("openai", "", {}), _HOST)
        return _reply(body, _text(response.get("request_id")))
    except AskError as error:
        return GivenError(type(error).__name__, _line(str(error)))
    except (msgspec.ValidationError, RecursionError) as error:
        return GivenError("AlienBody", _line(f"response.body cannot be read: {error}"))


def _reply(body: object, request_id: str | None) -> Reply:
    if isinstance(body, dict) and "choices" in body:
        entry = catalog_entry("openai", "", {})
        return chat_reply(msgspec.convert(body, ChatBody), request_id, entry, _HOST)
    if isinstance(body, dict) and "output" in body:
        return response_reply(msgspec.convert(body, ResponseBody), request_id, _HOST)
    keys = keys_of(body) if isinstance(body, dict) else "no object"
    raise msgspec.ValidationError(f"neither choices nor output, but {keys}")


def _custom_id(value: object) -> str | None:
    return str(value) if is_whole(value) else _text(value)


def _status(response: Mapping[str, object]) -> int:
    status = response.get("status_code")
    return status if isinstance(status, int) and not isinstance(status, bool) else 200


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _line(text: str) -> str:
    return one_line(text)[:_WORDS]


OPENAI_BATCH = ReplyFormat(
    name="openai-batch",
    description=(
        "output of OpenAI's batch endpoint or vLLM's run-batch: custom_id is the target's id, or "
        "ID#N for its repeat N; response.body is a chat completion or a Responses body"
    ),
    read=read,
)
