"""Replicate's SDK: its client and key are used, its retries and what it reads by itself are not."""

from __future__ import annotations

import pytest

from pointbench.adapters.http.hosts import Host
from pointbench.adapters.http.transport import answer_limits
from pointbench.adapters.protocol import Request
from pointbench.adapters.vendors import replicate as adapter_module
from pointbench.adapters.vendors.replicate import ReplicateAdapter
from pointbench.adapters.vendors.replicate_client import ReplicateClient
from pointbench.errors import RetryLater, UsageError
from tests.adapters.vendor_cases import KEY, PREDICTION, REPLICATE
from tests.adapters.vendor_server import Answer, VendorServer


def _host(url: str, key: str | None, *, own: bool) -> Host:
    return Host(url, key, "REPLICATE_API_TOKEN", own, "Replicate")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503, 504])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refusal_is_handed_on_whole_and_never_asked_again(
    server: VendorServer, no_keys: pytest.MonkeyPatch, status: int, method: str
) -> None:
    server.answers({"detail": "no", "extra": [1]}, status=status, headers={"Retry-After": "7"})
    client = ReplicateClient(_host(f"{server.url}/v1", KEY, own=True), answer_limits({}, 5.0))
    try:
        response = client.send(method, "predictions")
    finally:
        client.close()
    assert (response.status_code, response.headers["retry-after"]) == (status, "7")
    assert response.json() == {"detail": "no", "extra": [1]}
    assert len(server.received) == 1
    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.received[0].headers["user-agent"].startswith("replicate-python/")


def test_a_refused_poll_is_polled_again_until_the_time_is_up(
    server: VendorServer, no_keys: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter_module, "POLL_S", 0.01)
    starting = {**PREDICTION, "status": "starting", "output": None}
    busy = Answer({"detail": "busy"}, status=503)
    server.answers(starting, busy, busy, PREDICTION)
    reply = REPLICATE.make(server, no_keys).ask(Request(prompt="?"))
    assert reply.text == PREDICTION["output"]
    assert [request.method for request in server.received] == ["POST", "GET", "GET", "GET"]


def test_a_proxy_is_for_the_vendors_own_host_alone(
    server: VendorServer, no_keys: pytest.MonkeyPatch
) -> None:
    """The server plays the proxy; the host that is asked does not exist."""
    server.answers(PREDICTION)
    no_keys.setenv("HTTP_PROXY", server.url)
    for name in ("NO_PROXY", "no_proxy", "http_proxy"):
        no_keys.delenv(name, raising=False)
    url = "http://replicate.invalid/v1"
    for own in (True, False):
        client = ReplicateClient(_host(url, KEY, own=own), answer_limits({}, 5.0))
        try:
            if own:
                assert client.send("GET", "predictions/p1").json() == PREDICTION
            else:
                with pytest.raises(RetryLater, match="cannot be reached"):
                    client.send("GET", "predictions/p1")
        finally:
            client.close()
    no_keys.setenv("NO_PROXY", "replicate.invalid")
    client = ReplicateClient(_host(url, KEY, own=True), answer_limits({}, 5.0))
    with pytest.raises(RetryLater, match="cannot be reached"):
        client.send("GET", "predictions/p1")
    client.close()
    assert len(server.received) == 1


@pytest.mark.parametrize("own", [True, False])
def test_without_a_key_none_is_sent_whatever_the_environment_has(
    server: VendorServer, no_keys: pytest.MonkeyPatch, own: bool
) -> None:
    server.answers(PREDICTION)
    no_keys.setenv("REPLICATE_API_TOKEN", "ambient-0123456789")
    client = ReplicateClient(_host(f"{server.url}/v1", None, own=own), answer_limits({}, 5.0))
    client.send("GET", "predictions/p1")
    client.close()
    assert "authorization" not in server.received[0].headers
    assert "ambient" not in str(server.received[0].headers)


def test_a_variable_that_would_end_the_import_of_the_sdk_is_refused_in_one_line(
    no_keys: pytest.MonkeyPatch,
) -> None:
    no_keys.setenv("REPLICATE_POLL_INTERVAL", "often")
    with pytest.raises(UsageError, match="REPLICATE_POLL_INTERVAL='often'") as raised:
        ReplicateAdapter.facts("zsxkib/molmo-7b", {})
    assert "\n" not in str(raised.value)
