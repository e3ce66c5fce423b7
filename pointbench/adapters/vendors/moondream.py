"""The ``moondream`` adapter: the point endpoint of Moondream's cloud or of Moondream Station.

Over plain HTTP: the vendor's package brings torch, and sends every picture again as JPEG.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from pointbench.adapters.catalog import catalog_entry
from pointbench.adapters.http.bodies import ENCODED
from pointbench.adapters.http.errors import blocked_or_raise, read_failure
from pointbench.adapters.http.hosts import Host, hosts_of
from pointbench.adapters.http.plain_client import PlainClient, decoded
from pointbench.adapters.http.servers import Rotation, Server
from pointbench.adapters.protocol import Facts, Reply, Request
from pointbench.adapters.setting_specs import TEMPERATURE, TOP_P, Setting, body_fields, timeout_of
from pointbench.adapters.vendors.model_facts import catalog_facts
from pointbench.errors import GiveUp, RetryLater

SETTINGS: dict[str, Setting] = {
    "endpoint": Setting("points or boxes", choices=("point", "detect")),
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "max_objects": Setting("points or boxes at most", int, low=1),
}


class Metrics(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None


class PointBody(msgspec.Struct):
    points: list[dict[str, Any]] | None = None
    objects: list[dict[str, Any]] | None = None
    request_id: str | None = None
    finish_reason: str | None = None
    model: str | None = None
    metrics: Metrics | None = None
    error: Any = None


class MoondreamAdapter:
    """One Moondream model, asked for points. The prompt is the noun phrase that it looks for."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self._known = catalog_entry("moondream", name, settings)
        self._settings = dict(settings)
        timeout = timeout_of(settings, thinks=False)
        self._servers = Rotation(
            [
                Server(host, PlainClient(host.at("v1"), "X-Moondream-Auth", "", timeout))
                for host in hosts_of(self._known.service, settings, self._known.label)
            ]
        )

    @staticmethod
    def facts(name: str, settings: Mapping[str, Any]) -> Facts:
        """What a run must know of the model; UsageError for an unusable setting."""
        known = catalog_entry("moondream", name, settings)
        # The cloud allows two requests a second to begin with.
        return catalog_facts(
            known, settings, SETTINGS, package="httpx", concurrency=2, needs_picture=True
        )

    def ask(self, request: Request) -> Reply:
        """The points as JSON; raises as `pointbench.adapters.Adapter` says, GiveUp when blind."""
        if request.picture is None:
            raise GiveUp(f"{self._known.label} points at pictures and cannot be asked without one")
        settings = {**self._settings, **request.settings}
        endpoint = settings.get("endpoint") or "point"
        body: dict[str, Any] = {
            "model": self._known.wire_name,
            "image_url": ENCODED.data_url(request.picture),
            "object": request.prompt,
        }
        sampling = body_fields(
            settings, temperature="temperature", top_p="top_p", max_objects="max_objects"
        )
        if sampling:
            body["settings"] = sampling
        server = self._servers.next()
        host, known = server.host, self._known
        response = server.client.post_json(endpoint, body)
        if response.status_code != 200:
            if response.status_code >= 500:
                self._servers.rest(server)
            failure = read_failure(response.status_code, response.headers, response.content)
            return blocked_or_raise(failure, known, host)
        withheld, answer = decoded(response.content, response.headers, PointBody, known, host)
        return withheld or _reply(answer, endpoint, host)

    def close(self) -> None:
        """Close the connections."""
        for server in self._servers.servers:
            server.client.close()


def _reply(answer: PointBody, endpoint: str, host: Host) -> Reply:
    found, name = (answer.points, "points") if endpoint == "point" else (answer.objects, "objects")
    if found is None:
        raise RetryLater(message=f"{host.name} answered without {name}")
    metrics = answer.metrics or Metrics()
    return Reply(
        text=json.dumps({name: found}),
        finish_reason=answer.finish_reason,
        model=answer.model,
        input_tokens=metrics.input_tokens,
        output_tokens=metrics.output_tokens,
        request_id=answer.request_id,
    )
