"""Replicate's predictions: create, poll, cancel; and its files: upload and delete."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP

from pointbench.testing.vendors.call import Call, Refused, VendorResponse, as_json
from pointbench.testing.vendors.sight import Arrived
from pointbench.testing.vendors.wire import (
    Mind,
    arrived,
    bearer,
    checked_key,
    data_url,
    only,
    think,
)

INVALID = "Input validation failed"
_KNOWN = frozenset(["version", "input", "stream", "webhook", "webhook_events_filter"])
_PREFER = re.compile(r"wait(=([1-9]|[1-9][0-9]|60))?")
_VERSION = re.compile(r"([\w-]+/[\w.-]+:)?[0-9a-f]{64}")
_INPUTS = {
    "top_k": (1, 100),
    "top_p": (0, 1),
    "max_new_tokens": (1, 1000),
    "temperature": (0.1, 2),
    "length_penalty": (-10, 10),
}
"""Numeric inputs of the community's Molmo 7B, with their bounds."""


@dataclass
class _Prediction:
    output: str | None
    error: str | None
    polls: int
    """Polls left before it is done."""
    input: dict[str, object]
    canceled: bool = False
    aborted: bool = False


class Predictions:
    """``POST {base}/predictions``, ``GET`` and cancel of one, ``POST`` and ``GET {base}/files``.

    A prediction is done after ``polls`` polls. Every numeric input is checked against its bounds.
    """

    def __init__(self, mind: Mind, polls: int = 2) -> None:
        self._mind = mind
        self._polls = polls
        self._predictions: dict[str, _Prediction] = {}
        self._files: dict[str, bytes] = {}

    def answer(self, call: Call, turn: str | None) -> VendorResponse:
        checked_key(call, self._mind, bearer(call), "Unauthenticated")
        parts = call.path.strip("/").split("/")[1:]
        match call.method, parts:
            case "POST", ["predictions"]:
                return self._create(call, turn)
            case "GET", ["predictions", name] if name in self._predictions:
                return self._poll(call, name)
            case "POST", ["predictions", name, "cancel"] if name in self._predictions:
                self._predictions[name].canceled = True
                return self._poll(call, name)
            case "POST", ["files"]:
                return self._upload(call)
            case "GET", ["files", name] if name in self._files:
                return as_json(self._file(call, name))
            case "DELETE", ["files", name] if name in self._files:
                del self._files[name]
                return VendorResponse(204, b"")
        raise Refused(404, "Not found", "The requested resource could not be found.")

    def _create(self, call: Call, turn: str | None) -> VendorResponse:
        body = only(call.body, _KNOWN, INVALID)
        version = body.get("version")
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise Refused(422, "Invalid version or not permitted", "- version is required")
        prefer = call.headers.get("prefer")
        if prefer is not None and not _PREFER.fullmatch(prefer):
            raise Refused(422, INVALID, f"Prefer: '{prefer}' does not match the pattern")
        inputs = body.get("input")
        if not isinstance(inputs, dict):
            raise Refused(422, INVALID, "- input is required")
        for name, (low, high) in _INPUTS.items():
            value = inputs.get(name)
            if value is not None and not (isinstance(value, int | float) and low <= value <= high):
                raise Refused(422, INVALID, f"- input.{name}: Must be from {low} to {high}")
        prompt = inputs.get("text") or inputs.get("prompt")
        if not isinstance(prompt, str):
            raise Refused(422, INVALID, "- input: text is required")
        if not inputs.get("image"):
            raise Refused(422, INVALID, "- input: image is required")
        call.model = version.partition(":")[0] if ":" in version else "molmo-7b"
        picture = self._picture(call, inputs["image"])
        family = self._mind.family(call.model)
        seen = family.seen(picture.seen.size)
        thought = think(self._mind, family, picture, seen, prompt, turn)
        failed = "NSFW content detected" if turn in ("blocked", "blocked-400") else None
        name = f"p{call.number}"
        self._predictions[name] = _Prediction(
            None if failed else thought.text, failed, self._polls, {"text": prompt}
        )
        self._predictions[name].aborted = turn == "abort"
        done = prefer is not None and self._polls == 0
        return as_json(self._prediction(call, name), 201 if done else 202)

    def _picture(self, call: Call, image: object) -> Arrived:
        if isinstance(image, str) and image.startswith("http"):
            name = image.rpartition("/files/")[2]
            if name not in self._files:
                raise Refused(422, INVALID, "- input.image: the file cannot be fetched")
            picture = self._mind.sight.of_bytes(self._files[name])
            call.pictures.append(picture.seen)
            return picture
        media_type, text = data_url(image, INVALID)
        return arrived(call, self._mind, text, media_type, INVALID)

    def _poll(self, call: Call, name: str) -> VendorResponse:
        prediction = self._predictions[name]
        prediction.polls = max(0, prediction.polls - 1)
        return as_json(self._prediction(call, name))

    def _prediction(self, call: Call, name: str) -> dict[str, object]:
        prediction = self._predictions[name]
        if prediction.canceled:
            status = "canceled"
        elif prediction.aborted:
            status = "aborted"
        elif prediction.polls > 0:
            status = "starting" if prediction.polls == self._polls else "processing"
        else:
            status = "failed" if prediction.error else "succeeded"
        done = status == "succeeded"
        base = f"http://{call.headers.get('host', '')}/{call.vendor}/v1/predictions/{name}"
        return {
            "id": name,
            "model": call.model or "molmo-7b",
            "version": "0" * 64,
            "status": status,
            "input": prediction.input,
            "output": prediction.output if done else None,
            "error": prediction.error if status == "failed" else None,
            "logs": "",
            "metrics": {"predict_time": 0.75} if done else {},
            "created_at": "2026-11-22T10:00:00.000Z",
            "started_at": "2026-11-22T10:00:01.000Z" if done else None,
            "completed_at": "2026-11-22T10:00:02.000Z" if done else None,
            "urls": {"get": base, "cancel": f"{base}/cancel"},
        }

    def _upload(self, call: Call) -> VendorResponse:
        head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + call.raw)
        for part in message.iter_parts() if message.is_multipart() else ():
            content = part.get_payload(decode=True)
            if part.get_param("name", header="content-disposition") == "content":
                assert isinstance(content, bytes)
                name = f"f{call.number}"
                self._files[name] = content
                return as_json(self._file(call, name), 201)
        raise Refused(422, INVALID, "- content is required")

    def _file(self, call: Call, name: str) -> dict[str, object]:
        url = f"http://{call.headers.get('host', '')}/{call.vendor}/v1/files/{name}"
        return {
            "id": name,
            "name": "screenshot",
            "content_type": "image/png",
            "size": len(self._files[name]),
            "etag": name,
            "checksums": {},
            "metadata": {},
            "created_at": "2026-11-22T10:00:00.000Z",
            "expires_at": "2026-11-23T10:00:00.000Z",
            "urls": {"get": url},
        }

    def error(self, refused: Refused, call: Call) -> VendorResponse:  # noqa: ARG002
        return as_json(
            {"title": refused.kind, "detail": refused.message, "status": refused.status},
            refused.status,
        )

    def no_credit(self) -> Refused:
        return Refused(
            402,
            "Insufficient credit",
            "You have insufficient credit to run this model. Go to your billing page to purchase "
            "credit.",
        )

    def later(self, seconds: float | None) -> Refused:
        hint = "" if seconds is None else f" Your rate limit resets in ~{seconds:g}s."
        return Refused(429, "Too many requests", f"Request was throttled.{hint}")
