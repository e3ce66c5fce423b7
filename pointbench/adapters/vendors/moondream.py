"""The ``moondream`` adapter: the point endpoint of Moondream's cloud or of Moondream Station.

Uses plain HTTP: the vendor's package installs torch and re-encodes every picture as JPEG.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from pointbench.adapters.catalog import catalog_entry
from pointbench.adapters.http.bodies import ENCODED, JsonObject
from pointbench.adapters.http.errors import blocked_or_raise, read_failure
from pointbench.adapters.http.fields import (
    as_object,
    as_text,
    finish_word,
    first_count,
    reasoning_text,
)
from pointbench.adapters.http.hosts import Host, hosts_of
from pointbench.adapters.http.plain_client import Answer, PlainClient, decoded
from pointbench.adapters.http.servers import Rotation, Server
from pointbench.adapters.http.transport import answer_limits
from pointbench.adapters.protocol import Facts, Reply, Request
from pointbench.adapters.setting_specs import TEMPERATURE, TOP_P, Setting, body_fields, timeout_of
from pointbench.adapters.vendors.model_facts import catalog_facts
from pointbench.errors import GiveUp, RetryLater

SETTINGS: dict[str, Setting] = {
    "endpoint": Setting("points or boxes", choices=("point", "detect")),
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "max_objects": Setting("highest number of points or boxes", int, low=1),
}


class PointBody(Answer):
    points: object = None
    objects: object = None
    request_id: object = None
    finish_reason: object = None
    model: object = None
    metrics: object = None
    reasoning: object = None
    error: object = None

    def usage_alone(self) -> Reply:
        metrics = as_object(self.metrics)
        return Reply(
            "",
            model=as_text(self.model),
            input_tokens=first_count(metrics, "input_tokens"),
            output_tokens=first_count(metrics, "output_tokens"),
        )


class MoondreamAdapter:
    """One Moondream model, asked for points. The prompt is the noun phrase that it looks for."""

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        self._entry = catalog_entry("moondream", name, settings)
        self._settings = dict(settings)
        limits = answer_limits(settings, timeout_of(settings, thinks=False))
        self._servers = Rotation(
            [
                Server(host, PlainClient(host.at("v1"), "X-Moondream-Auth", "", limits))
                for host in hosts_of(self._entry.service, settings, self._entry.label)
            ]
        )

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        """The facts that a run needs about the model; UsageError for a profile without a picture."""
        entry = catalog_entry("moondream", name, settings)
        # A new account of the cloud may send two requests per second.
        return catalog_facts(
            entry, settings, SETTINGS, package="httpx", concurrency=2, needs_picture=True
        )

    def ask(self, request: Request) -> Reply:
        """The points as JSON; raises the errors of `pointbench.adapters.protocol.Adapter`.

        GiveUp for a question without a picture.
        """
        if request.picture is None:
            raise GiveUp(f"{self._entry.label} points at pictures and cannot be asked without one")
        settings = {**self._settings, **request.settings}
        endpoint = str(settings.get("endpoint") or "point")
        body: JsonObject = {
            "model": self._entry.wire_name,
            "image_url": ENCODED.data_url(request.picture),
            "object": request.prompt,
        }
        sampling = body_fields(
            settings, temperature="temperature", top_p="top_p", max_objects="max_objects"
        )
        if sampling:
            body["settings"] = sampling
        server = self._servers.next()
        host, entry = server.host, self._entry
        response = server.client.post_json(endpoint, body)
        if response.status_code != 200:
            if response.status_code >= 500:
                self._servers.rest(server)
            failure = read_failure(response.status_code, response.headers, response.content)
            return blocked_or_raise(failure, entry, host)
        withheld, answer = decoded(response.content, response.headers, PointBody, entry, host)
        return withheld or _reply(answer, endpoint, host)

    def close(self) -> None:
        """Close the connections."""
        for server in self._servers.servers:
            server.client.close()


def _reply(answer: PointBody, endpoint: str, host: Host) -> Reply:
    name = "points" if endpoint == "point" else "objects"
    places = answer.points if endpoint == "point" else answer.objects
    if not isinstance(places, list):
        message = f"{host.name} answered without {name}"
        raise RetryLater(message=message, usage=answer.usage_alone())
    return replace(
        answer.usage_alone(),
        text=json.dumps({name: places}),
        finish_reason=finish_word(answer.finish_reason),
        request_id=as_text(answer.request_id),
        reasoning=reasoning_text(answer.reasoning),
    )
