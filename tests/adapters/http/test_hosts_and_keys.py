"""Keys and other parts of the environment that each host receives, as seen by the host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pointbench.adapters.protocol import Picture, Request
from pointbench.adapters.registry import adapter_class, missing, resolve
from pointbench.errors import UsageError
from pointbench.settings import Config
from tests.adapters.vendor_cases import ANTHROPIC, CHAT, KEY, OPENAI, VENDORS, Vendor
from tests.adapters.vendor_server import Answer, VendorServer, vendor_server

AMBIENT = {
    "OPENAI_API_KEY": "sk-ambient-openai-000001",
    "OPENAI_ADMIN_KEY": "sk-ambient-admin-000002",
    "OPENAI_ORG_ID": "org-ambient-000003",
    "OPENAI_PROJECT_ID": "proj-ambient-000004",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/openai",
    "OPENAI_CUSTOM_HEADERS": "X-Own: custom-ambient-000005\nAuthorization: Bearer custom-000006",
    "OPENAI_WEBHOOK_SECRET": "whsec-ambient-000007",
    "ANTHROPIC_API_KEY": "sk-ambient-anthropic-000008",
    "ANTHROPIC_AUTH_TOKEN": "sk-ambient-token-000009",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9/anthropic",
    "ANTHROPIC_CUSTOM_HEADERS": "X-Own: custom-ambient-000010\nx-api-key: custom-000011",
    "GEMINI_API_KEY": "ambient-gemini-000012",
    "GOOGLE_API_KEY": "ambient-google-000013",
    "MOONDREAM_API_KEY": "ambient-moondream-000014",
    "REPLICATE_API_TOKEN": "ambient-replicate-000015",
    "XAI_API_KEY": "ambient-xai-000016",
    "LLAMA_API_KEY": "ambient-llama-000017",
    "HTTP_PROXY": "http://user:ambient-proxy-000018@127.0.0.1:9",
    "HTTPS_PROXY": "http://user:ambient-proxy-000019@127.0.0.1:9",
    "ALL_PROXY": "http://user:ambient-proxy-000020@127.0.0.1:9",
}
"""Environment variables that an SDK or an HTTP library might pick up."""

_MARKS = ("ambient", "custom", "org-", "proj-", "whsec")


def _plant(environment: pytest.MonkeyPatch, folder: Path) -> None:
    for name, value in AMBIENT.items():
        environment.setenv(name, value)
    netrc = folder / "netrc"
    netrc.write_text("machine 127.0.0.1 login ambient-netrc password ambient-netrc-000021\n")
    netrc.chmod(0o600)
    environment.setenv("NETRC", str(netrc))


def _everything_received(server: VendorServer) -> str:
    return "\n".join(
        f"{request.method} {request.path} {request.headers}" for request in server.received
    )


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.adapter)
@pytest.mark.parametrize("named", [False, True], ids=["no key", "key_env"])
def test_a_host_named_in_settings_gets_nothing_but_the_key_that_is_named_for_it(
    vendor: Vendor,
    named: bool,
    server: VendorServer,
    no_keys: pytest.MonkeyPatch,
    picture: Picture,
    tmp_path: Path,
) -> None:
    _plant(no_keys, tmp_path)
    no_keys.setenv("MY_OWN_KEY", "key-of-my-own-server")
    settings: dict[str, Any] = {"base_url": server.url + "/v1"}
    if named:
        settings["key_env"] = "MY_OWN_KEY"
    server.answers(vendor.good)
    adapter = adapter_class(vendor.adapter)(vendor.model, settings)
    adapter.ask(Request(prompt="?", picture=picture))
    adapter.close()  # type: ignore[attr-defined]
    assert server.received
    seen = _everything_received(server)
    assert not [mark for mark in _MARKS if mark in seen], seen
    assert "x-stainless" not in seen
    assert ("key-of-my-own-server" in seen) == named


def test_a_redirect_is_not_followed_with_a_key(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: Picture
) -> None:
    with vendor_server() as elsewhere:
        elsewhere.answers(CHAT)
        server.answers(Answer({}, 307, {"location": elsewhere.url + "/v1/chat/completions"}))
        for vendor in VENDORS:
            with pytest.raises(Exception, match="307"):
                vendor.make(server, no_keys).ask(Request(prompt="?", picture=picture))
        assert elsewhere.received == []


def test_openais_organization_goes_to_openai_and_not_to_others_who_speak_like_it(
    server: VendorServer, no_keys: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _plant(no_keys, tmp_path)
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        no_keys.delenv(proxy)
    no_keys.delenv("OPENAI_CUSTOM_HEADERS")
    server.answers(CHAT)
    OPENAI.make(server, no_keys).ask(Request(prompt="?"))
    assert server.received[0].headers["openai-organization"] == "org-ambient-000003"
    grok = Vendor("openai", "grok-4.7", "XAI_API_KEY", "XAI_BASE_URL", "/v1", CHAT)
    grok.make(server, no_keys).ask(Request(prompt="?"))
    headers = server.received[1].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert not [mark for mark in _MARKS if mark in str(headers)]


def test_llama_is_sent_its_own_key_or_none(
    server: VendorServer, no_keys: pytest.MonkeyPatch
) -> None:
    server.answers(CHAT)
    no_keys.setenv("OPENAI_API_KEY", KEY)
    no_keys.setenv("LLAMA_BASE_URL", server.url + "/v1")
    make = adapter_class("openai")
    for _ in range(2):
        adapter = make("llama-3.3-70b", {})
        adapter.ask(Request(prompt="?"))
        adapter.close()  # type: ignore[attr-defined]
        no_keys.setenv("LLAMA_API_KEY", "key-of-llama")
    first, second = server.received
    assert "authorization" not in first.headers
    assert second.headers["authorization"] == "Bearer key-of-llama"
    assert first.json["model"] == "llama-3.3-70b"


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.adapter)
def test_a_missing_key_is_named_with_where_to_get_one(
    vendor: Vendor, no_keys: pytest.MonkeyPatch
) -> None:
    model = resolve(f"{vendor.adapter}/{vendor.model}", Config())
    [line] = missing(model)
    assert vendor.key_variable in line
    assert "https://" in line
    with pytest.raises(UsageError) as caught:
        adapter_class(vendor.adapter)(vendor.model, {})
    assert vendor.key_variable in str(caught.value)
    assert "https://" in str(caught.value)


def test_other_missing_things(no_keys: pytest.MonkeyPatch) -> None:
    [line] = missing(resolve("llama-3.3-70b", Config()))
    assert "LLAMA_BASE_URL" in line
    assert missing(resolve("openai/x?base_url=http://127.0.0.1:1/v1", Config())) == []
    [line] = missing(resolve("openai/x?base_url=http://127.0.0.1:1/v1&key_env=MINE", Config()))
    assert "MINE" in line
    [line] = missing(resolve("grok", Config()))
    assert "XAI_API_KEY" in line
    no_keys.setenv("MOONDREAM_BASE_URL", "http://localhost:2020/v1")
    assert missing(resolve("moondream-2", Config())) == []


def test_a_key_that_cannot_be_one_is_refused_without_being_shown(
    no_keys: pytest.MonkeyPatch,
) -> None:
    for bad in ("sk-with\nnewline", "sk-ключ", "sk with blanks"):
        no_keys.setenv("OPENAI_API_KEY", bad)
        with pytest.raises(UsageError) as caught:
            adapter_class("openai")("gpt-4o", {})
        assert "OPENAI_API_KEY" in str(caught.value)
        assert bad not in str(caught.value)


def test_a_key_with_a_line_end_behind_it_works(
    server: VendorServer, no_keys: pytest.MonkeyPatch
) -> None:
    server.answers(ANTHROPIC.good)
    no_keys.setattr("tests.adapters.vendor_cases.KEY", KEY + "\n")
    ANTHROPIC.make(server, no_keys).ask(Request(prompt="?"))
    assert KEY in str(server.received[0].headers)


def test_servers_take_turns_and_a_broken_one_is_left_alone(
    no_keys: pytest.MonkeyPatch,
) -> None:
    with vendor_server() as one, vendor_server() as two, vendor_server() as broken:
        one.answers(CHAT)
        two.answers(CHAT)
        broken.answers(Answer({"error": "out of memory"}, 500))
        urls = [f"{server.url}/v1" for server in (one, two, broken)]
        adapter = adapter_class("openai")("qwen", {"base_url": urls})
        failed = 0
        for _ in range(12):
            try:
                adapter.ask(Request(prompt="?"))
            except Exception:  # noqa: BLE001
                failed += 1
        adapter.close()  # type: ignore[attr-defined]
        assert (failed, len(broken.received)) == (1, 1)
        assert min(len(one.received), len(two.received)) >= 4
