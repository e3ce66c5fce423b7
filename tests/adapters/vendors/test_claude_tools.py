"""Which computer tool each Claude model is asked with: the catalog, `models show` and the docs agree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointbench.adapters.catalog import catalog_models, retirements
from pointbench.adapters.protocol import Request
from pointbench.adapters.registry import adapter_class, resolve
from pointbench.cli import main
from pointbench.errors import GiveUp, UsageError
from pointbench.settings import Config
from pointbench.testing import Vendors
from pointbench.testing.marks import marked_picture
from tests.adapters.line_up import LINE_UP

PAGE = Path(__file__).parents[3] / "docs" / "models.md"
TOOLSET = "computer_toolset_20260801"


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def documented() -> dict[str, dict[str, tuple[str, str | None]]]:
    """Model -> profile -> tool and beta header, as the table of docs/models.md says."""
    table = re.search(r"<!-- claude: .*?-->\n(.*?)<!-- end -->", PAGE.read_text(), re.DOTALL)
    assert table is not None
    found: dict[str, dict[str, tuple[str, str | None]]] = defaultdict(dict)
    for line in table[1].strip().splitlines()[2:]:
        models, profiles, tools, headers = line.strip("|").split("|")
        for model in _names(models):
            found[model] |= {
                profile: (_names(tools)[0], next(iter(_names(headers)), None))
                for profile in _names(profiles)
            }
    return dict(found)


TABLE = documented()
PICTURE = marked_picture(640, 480, mark=16, at=(200, 120)).picture


def catalog_names() -> set[str]:
    """Every Claude name of the catalog and of the line-up, without the adapter."""
    labels = {*catalog_models(), *retirements(), *LINE_UP}
    return {label.partition("/")[2] for label in labels if label.startswith("anthropic/")}


def test_the_table_has_every_claude_model_of_the_catalog() -> None:
    assert catalog_names() <= set(TABLE)


@pytest.mark.parametrize("name", sorted(catalog_names() | set(TABLE)))
def test_models_show_says_what_the_docs_say(
    name: str, capsys: pytest.CaptureFixture[str], no_keys: pytest.MonkeyPatch
) -> None:
    assert main(["models", "show", f"anthropic/{name}"]) == 0
    shown = re.findall(r"claude-computer[-\w]*", capsys.readouterr().out)
    assert set(shown) == set(TABLE[name])
    for profile, (tool, _) in TABLE[name].items():
        assert main(["models", "show", f"anthropic/{name}?profile={profile}"]) == 0
        assert f"tool = {tool}." in capsys.readouterr().out


@pytest.fixture(scope="module")
def server() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


def ask(text: str) -> None:
    model = resolve(text, Config())
    adapter = adapter_class(model.adapter)(model.name, model.settings)
    try:
        adapter.ask(Request("Click it.", PICTURE, model.sampling))
    finally:
        adapter.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(name for name in TABLE if "claude-3" not in name))
def test_each_tool_is_sent_with_its_header_and_taken(
    name: str, server: Vendors, no_keys: pytest.MonkeyPatch
) -> None:
    no_keys.setenv("ANTHROPIC_BASE_URL", server.base_url("anthropic"))
    no_keys.setenv("ANTHROPIC_API_KEY", "test-key-of-anthropic")
    for profile, (tool, header) in TABLE[name].items():
        ask(f"anthropic/{name}?profile={profile}")
        call = server.calls("anthropic")[-1]
        assert isinstance(call.body, dict)
        assert [entry["type"] for entry in call.body["tools"]] == [tool]
        assert call.headers.get("anthropic-beta") == header


@pytest.mark.parametrize("name", [name for name in sorted(TABLE) if not TABLE[name]])
def test_a_model_without_a_computer_tool_is_refused_one(name: str) -> None:
    for ask_so in ("profile=claude-computer-20241022", f"tool={TOOLSET}"):
        with pytest.raises(UsageError, match=r"has no computer tool for this model$"):
            resolve(f"anthropic/{name}?{ask_so}", Config())
        resolve(f"anthropic/{name}?{ask_so}&base_url=http://127.0.0.1:1", Config())
    resolve(f"anthropic/a-model-of-tomorrow?tool={TOOLSET}", Config())


REFUSED = [
    *((name, "claude-computer-20251124") for name in ("claude-opus-5-5", "claude-fable-5-2")),
    ("claude-haiku-5-5", "claude-computer-20250124"),
    *(
        (name, "claude-computer")
        for name in ("claude-opus-4-7", "claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-4-1")
    ),
]


@pytest.mark.parametrize(("name", "profile"), REFUSED)
def test_a_tool_that_the_vendor_refuses_is_refused_first(
    name: str, profile: str, server: Vendors, no_keys: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="ask under profile=claude-computer") as caught:
        resolve(f"anthropic/{name}?profile={profile}", Config())
    assert "\n" not in str(caught.value)
    tool = "computer_20251124" if profile != "claude-computer" else TOOLSET
    with pytest.raises(UsageError, match=f"takes no tool={tool}"):
        resolve(f"anthropic/{name}?tool={tool}", Config())
    if profile == "claude-computer":
        return
    # Another host may take it; the loopback vendor does as the vendor does.
    url = server.base_url("anthropic")
    no_keys.setenv("SOME_KEY", "test-key-of-anthropic")
    text = f"anthropic/{name}?profile={profile}&base_url={url}&key_env=SOME_KEY"
    with pytest.raises(GiveUp, match="does not support tool types"):
        ask(text)
