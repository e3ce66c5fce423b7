"""The ``replicate`` adapter: predictions through the vendor's SDK, with its own polling.

Polls every prediction until it reaches a terminal state. The vendor's ``run()`` returns None for
predictions that are canceled or still running, so a lost answer would look like an empty one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from pointbench.adapters.catalog import CatalogModel, catalog_entry
from pointbench.adapters.http.bodies import ENCODED, JsonBody, JsonObject
from pointbench.adapters.http.errors import BLOCKED_REASON, blocked_or_raise, clean, read_failure
from pointbench.adapters.http.fields import as_amount, as_object, as_text, first_count
from pointbench.adapters.http.hosts import hosts_of
from pointbench.adapters.http.plain_client import Answer, decoded
from pointbench.adapters.http.transport import answer_limits
from pointbench.adapters.prices import price_per_second
from pointbench.adapters.protocol import Facts, Picture, Reply, Request
from pointbench.adapters.setting_specs import (
    MAX_TOKENS,
    TEMPERATURE,
    TOP_K,
    TOP_P,
    Setting,
    body_fields,
    is_finite_number,
    table,
)
from pointbench.adapters.vendors.model_facts import catalog_facts
from pointbench.adapters.vendors.replicate_client import ReplicateClient
from pointbench.errors import AskError, GiveUp, RetryLater, UsageError

WAIT_S = 600.0
"""Default ``timeout``: seconds a prediction may take, cold start included."""
LONGEST_PREFER_S = 60
"""The longest time, in seconds, that the API holds a request open."""
SILENCE_S = 15.0
"""Seconds of silence allowed beyond the time that the API holds a request open."""
POLL_S = 0.5
DATA_URL_BYTES = 256_000
"""Larger pictures are uploaded once instead of being sent with every question."""
UPLOAD_KEPT_S = 20 * 3600.0
"""Seconds for which an upload is reused: the vendor deletes it after a day."""

SETTINGS: dict[str, Setting] = {
    "max_tokens": MAX_TOKENS,
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "top_k": TOP_K,
    "input": Setting("further inputs of the model", dict),
    "prompt_input": Setting("name of the model's input for the prompt"),
    "picture_input": Setting("name of the model's input for the picture"),
}

_TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
_PASSING = ("interrupted", "please retry", "try again", "out of memory", "timed out", "unavailable")
_POLICY = ("nsfw", "sensitive", "content policy", "safety")


def _wait_of(settings: Mapping[str, object]) -> float:
    timeout = settings.get("timeout")
    return float(timeout) if is_finite_number(timeout) else WAIT_S


class Uploaded(Answer):
    urls: object = None
    error: object = None


class Prediction(Answer):
    id: object = None
    status: object = None
    output: object = None
    # Not named "error": a failed prediction is not a failed request.
    failure: object = msgspec.field(name="error", default=None)
    metrics: object = None
    version: object = None

    @property
    def seconds(self) -> float | None:
        """Seconds that the prediction ran, by the vendor's own clock, which excludes a cold start."""
        return as_amount(as_object(self.metrics).get("predict_time"))

    def usage_alone(self) -> Reply:
        """As in `Answer`; what it cost is not in it."""
        metrics = as_object(self.metrics)
        return Reply(
            "",
            model=as_text(self.version),
            input_tokens=first_count(metrics, "input_token_count"),
            output_tokens=first_count(metrics, "output_token_count"),
        )


_uploads: dict[tuple[str, str], tuple[float, str]] = {}
_uploading = threading.Lock()


class ReplicateAdapter:
    """One model on Replicate: ``owner/name``, ``owner/name:version``, or a listed one."""

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        self._entry = catalog_entry("replicate", name, settings)
        self._settings = dict(settings)
        self._wait_s = _wait_of(settings)
        host = hosts_of(self._entry.service, settings, self._entry.label)[0].at("v1")
        # The API holds a request open for up to a minute; SILENCE_S allows for its own delay.
        held_open_s = min(self._wait_s, LONGEST_PREFER_S)
        limits = answer_limits(settings, held_open_s + SILENCE_S)
        self._client = ReplicateClient(host, limits)
        self._wait_s = min(self._wait_s, limits.total_s)
        self._per_second = price_per_second(settings)

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        """The facts that a run needs about the model; UsageError for more than one server."""
        entry = catalog_entry("replicate", name, settings)
        _check(entry, settings)
        _check_environment()
        facts = catalog_facts(entry, settings, SETTINGS, package="replicate", concurrency=4)
        return replace(facts, longest_s=_wait_of(settings))

    def ask(self, request: Request) -> Reply:
        """The prediction's output; raises the errors of `pointbench.adapters.protocol.Adapter`."""
        settings = {**self._settings, **request.settings}
        deadline = time.monotonic() + self._wait_s
        path, body = self._created(request, settings)
        content = JsonBody(body)
        prefer = f"wait={max(1, min(LONGEST_PREFER_S, int(self._wait_s)))}"
        withheld, prediction = self._prediction(
            "POST",
            path,
            content=content,
            headers={**content.headers, "Prefer": prefer},
        )
        try:
            if withheld is None:
                withheld, prediction = self._ended(prediction, deadline)
            return withheld or self._reply(prediction)
        except AskError as error:
            # Whatever ends the polling: the prediction was begun, and is paid for.
            error.begun = True
            raise

    def _ended(self, prediction: Prediction, deadline: float) -> tuple[Reply | None, Prediction]:
        """The prediction once it has ended; RetryLater at the deadline (`time.monotonic`).

        The first item is a reply only if a content policy withheld the answer.
        """
        withheld: Reply | None = None
        pause = POLL_S
        while withheld is None and prediction.status not in _TERMINAL:
            if time.monotonic() > deadline:
                self._cancel(prediction)
                raise RetryLater(
                    message=f"prediction {prediction.id} was still {prediction.status} "
                    f"after {self._wait_s:g} s"
                )
            time.sleep(pause)
            pause = POLL_S
            try:
                # Never the address given in the answer: the key goes to the configured host only.
                withheld, prediction = self._prediction("GET", f"predictions/{prediction.id}")
            except RetryLater as error:
                # A failed poll loses nothing: the prediction runs on and is paid for.
                pause = max(POLL_S, min(error.after or 0.0, deadline - time.monotonic()))
        return withheld, prediction

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _created(self, request: Request, settings: Mapping[str, object]) -> tuple[str, JsonObject]:
        entry = self._entry
        names = {"prompt": "prompt", "picture": "image", "max_tokens": "max_tokens"}
        names |= dict(entry.inputs)
        inputs: JsonObject = {str(settings.get("prompt_input") or names["prompt"]): request.prompt}
        if request.picture is not None:
            name = str(settings.get("picture_input") or names["picture"])
            inputs[name] = self._picture_input(request.picture)
        inputs |= body_fields(
            settings,
            max_tokens=names["max_tokens"],
            temperature="temperature",
            top_p="top_p",
            top_k="top_k",
        )
        inputs |= table(settings.get("input"))
        version = _version(entry)
        if version:
            return "predictions", {"version": version, "input": inputs}
        return f"models/{entry.name}/predictions", {"input": inputs}

    def _picture_input(self, picture: Picture) -> object:
        """The picture as a data URL if it is small, else the address of its upload."""
        if len(picture.data) <= DATA_URL_BYTES:
            return ENCODED.data_url(picture)
        name = (self._client.host.base_url, picture.sha256)
        # One upload at a time: workers that need the same picture wait for it.
        with _uploading:
            upload = _uploads.get(name)
            if upload is None or time.monotonic() - upload[0] > UPLOAD_KEPT_S:
                upload = _uploads[name] = (time.monotonic(), self._uploaded(picture))
        return upload[1]

    def _uploaded(self, picture: Picture) -> str:
        suffix = picture.media_type.rpartition("/")[2]
        file = (f"{picture.sha256[:16]}.{suffix}", picture.data, picture.media_type)
        response = self._client.send("POST", "files", files={"content": file})
        entry, host = self._entry, self._client.host
        if response.status_code >= 300:
            failure = read_failure(response.status_code, response.headers, response.content)
            blocked_or_raise(failure, entry, host)
            raise GiveUp(f"{host.name} refuses to store the picture")
        _, answer = decoded(response.content, response.headers, Uploaded, entry, host)
        address = as_text(as_object(answer.urls).get("get"))
        if not address:
            raise RetryLater(message=f"{host.name} stored the picture but returned no address")
        return address

    def _prediction(
        self,
        method: str,
        path: str,
        content: JsonBody | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Reply | None, Prediction]:
        response = self._client.send(method, path, content=content, headers=headers)
        entry, host = self._entry, self._client.host
        if response.status_code >= 300:
            failure = read_failure(response.status_code, response.headers, response.content)
            return blocked_or_raise(failure, entry, host), Prediction()
        withheld, prediction = decoded(response.content, response.headers, Prediction, entry, host)
        if not (
            as_text(prediction.id) and prediction.status and isinstance(prediction.status, str)
        ):
            raise RetryLater(message=f"{host.name} answered without a prediction")
        return withheld, prediction

    def _cancel(self, prediction: Prediction) -> None:
        try:
            self._client.send("POST", f"predictions/{prediction.id}/cancel")
        except RetryLater:
            # Canceling only saves money; the prediction ends by itself.
            return

    def _reply(self, prediction: Prediction) -> Reply:
        host = self._client.host
        if prediction.status != "succeeded":
            reason = clean(str(prediction.failure or ""), host)
            outcome = f"prediction {prediction.id} {prediction.status}"
            message = f"{outcome}: {reason}" if reason else outcome
            lower = reason.lower()
            if any(word in lower for word in _POLICY):
                usage = self._usage(prediction)
                request_id = as_text(prediction.id)
                return replace(usage, finish_reason=BLOCKED_REASON, request_id=request_id)
            if prediction.status != "failed" or any(word in lower for word in _PASSING):
                raise RetryLater(message=message, usage=self._usage(prediction))
            raise GiveUp(message, usage=self._usage(prediction))
        return replace(
            self._usage(prediction),
            text=_text(prediction.output),
            finish_reason=as_text(prediction.status),
            request_id=as_text(prediction.id),
            latency_s=prediction.seconds,
        )

    def _usage(self, prediction: Prediction) -> Reply:
        seconds, cost = prediction.seconds, None
        if self._per_second is not None and seconds is not None:
            cost = self._per_second * seconds
        return replace(prediction.usage_alone(), cost_usd=cost)


def _check(entry: CatalogModel, settings: Mapping[str, object]) -> None:
    urls = settings.get("base_url")
    if isinstance(urls, list) and len(urls) > 1:
        raise UsageError(
            f"{entry.label}: base_url must be one address, because a prediction lives on one server"
        )


def _check_environment() -> None:
    """UsageError for a variable that ends the import of the SDK, although only its own polling uses it."""
    name = "REPLICATE_POLL_INTERVAL"
    try:
        float(os.environ.get(name, "0.5"))
    except ValueError:
        raise UsageError(
            f"{name}={os.environ[name]!r}: Replicate's SDK needs a number there, such as 0.5; unset it"
        ) from None


def _version(entry: CatalogModel) -> str | None:
    """The version to run; None for ``owner/name``, the way to call an official model."""
    if entry.wire_name != entry.name:
        return entry.wire_name
    _, colon, version = entry.name.partition(":")
    return version if colon else None


def _text(output: object) -> str:
    """The output as text if it is a string or a list of strings, else as JSON."""
    if isinstance(output, str):
        return output
    if isinstance(output, list):
        pieces = [piece for piece in output if piece is not None]
        if all(isinstance(piece, str) for piece in pieces):
            return "".join(pieces)
    return "" if output is None else msgspec.json.encode(output).decode()
