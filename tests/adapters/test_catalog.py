"""The catalog of models, and the messages that users get from it."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys

import pytest

from pointbench.adapters import registry
from pointbench.adapters.catalog import (
    ModelFamily,
    ShortNames,
    catalog_entry,
    catalog_model,
    catalog_models,
    model_families,
    model_family,
    retirements,
    services,
    where_to_get,
)
from pointbench.adapters.describe import describe_model
from pointbench.adapters.protocol import Request
from pointbench.adapters.registry import facts_of, resolve
from pointbench.adapters.vendors.openai import OpenAIAdapter
from pointbench.errors import GiveUp, UsageError
from pointbench.profiles import find_profile, known_profiles
from pointbench.settings import Config
from tests.adapters.vendor_cases import CHAT
from tests.adapters.vendor_server import VendorServer

SPEC_NAMES = {
    "gpt-4o": ("openai/gpt-4o", "OPENAI_API_KEY"),
    "sonnet-3.5": ("anthropic/claude-3-5-sonnet-20241022", "ANTHROPIC_API_KEY"),
    "sonnet": ("anthropic/claude-sonnet-5-5", "ANTHROPIC_API_KEY"),
    "moondream-2": ("moondream/moondream-2", "MOONDREAM_API_KEY"),
    "molmo-7b": ("replicate/zsxkib/molmo-7b", "REPLICATE_API_TOKEN"),
    "llama-3.3-70b": ("openai/llama-3.3-70b", "LLAMA_BASE_URL"),
    "gemini": ("google/gemini-3.8-flash", "GEMINI_API_KEY"),
    "grok": ("openai/grok-4.7", "XAI_API_KEY"),
    "deepseek": ("openai/deepseek-flash", "DEEPSEEK_API_KEY"),
    "llama-4": ("openai/meta-llama/llama-4-maverick", "OPENROUTER_API_KEY"),
}


@pytest.mark.parametrize("short", SPEC_NAMES)
def test_short_names(short: str, no_keys: pytest.MonkeyPatch) -> None:
    label, variable = SPEC_NAMES[short]
    model = resolve(short, Config())
    assert model.label == label
    facts = facts_of(model.adapter, model.name, model.settings)
    assert facts.env == (variable,)
    assert facts.profile == model.profile.name
    assert where_to_get(variable)


def test_every_listed_model_can_be_resolved_and_put_into_words(
    no_keys: pytest.MonkeyPatch,
) -> None:
    for label in [*catalog_models(), *ShortNames()]:
        model = resolve(label, Config())
        lines = describe_model(model)
        assert all(lines)
        for name in catalog_entry(model.adapter, model.name, {}).profiles:
            find_profile(name)


def test_every_family_has_a_profile_that_is_there() -> None:
    for name in (
        "Qwen/Qwen2.5-VL-7B-Instruct",
        "ByteDance-Seed/UI-TARS-1.5-7B",
        "allenai/Molmo2-8B",
    ):
        assert catalog_model("openai", name).profiles[0] in known_profiles()


@pytest.mark.parametrize(
    ("label", "profile"),
    [
        ("openai/gpt-4.1-2025-04-14", "openai-tiles"),
        ("openai/gpt-5.2-pro", "openai-gpt-5.2"),
        ("openai/gpt-5.4-mini", "openai-original-6000"),
        ("openai/gpt-5.6-terra", "openai-original"),
        ("openai/gpt-6.2-astra", "openai-original"),
        ("openai/gpt-oss-120b", "blind"),
        ("openai/meta-llama/Llama-3.3-70B-Instruct-Turbo", "blind"),
        ("openai/nvidia/Llama-3.1-Nemotron-Nano-VL-8B-V1", "pixel"),
        ("openai/llava-llama-3-8b", "pixel"),
        ("openai/deepseek-v5-vision", "pixel"),
        ("openai/deepseek-ai/DeepSeek-V4.2", "pixel"),
        ("openai/deepseek-v4-1017", "blind"),
        ("openai/o4-mini", "openai-tiles"),
        ("openai/Qwen/Qwen2-VL-7B-Instruct", "qwen2-vl"),
        ("openai/qwen2.5vl:7b", "qwen2.5-vl"),
        ("openai/qwen3-vl:8b", "qwen3-vl"),
        ("openai/Qwen/Qwen3.5-27B", "qwen3-vl"),
        ("openai/bytedance-research/UI-TARS-72B-DPO", "ui-tars-1"),
        ("openai/ui-tars-1.5-7b", "ui-tars-1.5"),
        ("openai/allenai/Molmo-7B-D-0924", "molmo"),
        ("openai/allenai/Molmo2-8B", "molmo2"),
        ("openai/OpenGVLab/InternVL3-8B", "internvl"),
        ("openai/some/other-vlm", "pixel"),
        ("anthropic/claude-sonnet-3.5", "claude-standard"),
        ("anthropic/claude-sonnet-3-7", "claude-standard"),
        ("anthropic/claude-opus-3", "claude-standard"),
        ("anthropic/claude-haiku-3.5", "claude-standard"),
        ("anthropic/claude-opus-4-6", "claude-standard"),
        ("anthropic/claude-opus-4-7", "claude-pixel"),
        ("anthropic/claude-fable-5-2", "claude-pixel"),
        ("google/gemini-2.5-pro", "gemini-point"),
        ("google/gemini-4-computer-use", "gemini-computer"),
        ("moondream/moondream4", "moondream-point"),
    ],
)
def test_unlisted_names_are_asked_as_their_family(label: str, profile: str) -> None:
    adapter, _, name = label.partition("/")
    settings = {"base_url": "http://127.0.0.1:1/v1"}
    assert facts_of(adapter, name, settings).profile == profile


def test_successors_are_known_themselves() -> None:
    models = [catalog_model(*label.split("/", 1)) for label in retirements()]
    for model in [*catalog_models().values(), *models]:
        if model.successor is not None:
            successor = resolve(model.successor, Config())
            after = catalog_model(successor.adapter, successor.name)
            assert after.listed or after.family
            assert not after.retired_on(datetime.datetime.now(datetime.UTC).date())


def test_retirement_in_words() -> None:
    model = catalog_model("openai", "gpt-4o")
    before, after = datetime.date(2026, 11, 22), datetime.date(2027, 1, 14)
    assert model.retirement_in_words(before) == (
        "openai/gpt-4o will be retired on 2027-01-14; its successor is openai/gpt-6-luna"
    )
    assert "was retired on 2027-01-14" in str(model.retirement_in_words(after))
    lines = "\n".join(describe_model(resolve("sonnet-3.5", Config())))
    assert "was retired on 2025-10-28" in lines


def test_a_rerouted_name_is_said_to_be_answered_by_another_model() -> None:
    model = catalog_model("google", "gemini-2.5-flash")
    before, after = datetime.date(2026, 11, 29), datetime.date(2026, 12, 1)
    assert model.retirement_in_words(before) == (
        "google/gemini-2.5-flash will be answered by google/gemini-3.5-flash-lite from 2026-12-01: "
        "its vendor reroutes the old name instead of refusing it"
    )
    assert "has been answered by google/gemini-3.5-flash-lite since" in str(
        model.retirement_in_words(after)
    )
    undated = catalog_model("openai", "deepseek-v4-flash")
    assert "is answered by openai/deepseek-flash" in str(undated.retirement_in_words(before))
    assert undated.sees


def test_a_dated_name_retires_with_its_alias() -> None:
    for label, on in {
        "openai/gpt-4.1-mini-2025-04-14": datetime.date(2027, 1, 14),
        "openai/gpt-5-mini-2025-08-07": datetime.date(2026, 12, 11),
        "openai/gpt-4o-2024-05-13": datetime.date(2026, 10, 23),
        "anthropic/claude-opus-4-5-20251101": datetime.date(2027, 1, 22),
        "anthropic/claude-opus-4-5@20251101": datetime.date(2027, 1, 22),
        "openai/gpt-5.6-sol": None,
    }.items():
        retirement = catalog_model(*label.split("/", 1)).retirement
        assert (retirement.on if retirement else None) == on, label


def test_words_say_sizes_keys_price_and_sampling(no_keys: pytest.MonkeyPatch) -> None:
    lines = "\n".join(describe_model(resolve("gpt-4o", Config())))
    assert "1280x720 unchanged, 1920x1080 as 1365x768, 3840x2160 as 1365x768" in lines
    assert "OPENAI_API_KEY (get one: https://platform.openai.com/api-keys)" in lines
    assert "2.5 / 10 dollars per million tokens" in lines
    assert "Sampling is the vendor's default" in lines
    hosted = "\n".join(describe_model(resolve("openai/x?base_url=http://127.0.0.1:1/v1", Config())))
    assert "sent no key" in hosted


def test_words_of_a_model_that_takes_no_sampling_and_of_one_that_is_not_listed() -> None:
    assert "takes no temperature" in "\n".join(describe_model(resolve("sonnet", Config())))
    assert "It takes the settings api, detail" in "\n".join(
        describe_model(resolve("gpt-4o", Config()))
    )
    words = "\n".join(describe_model(resolve("openai/gpt-7-sol", Config())))
    assert "The catalog does not list it: by its name it belongs to gpt-6 and later" in words
    assert "How it points is a guess" in words


ELSEWHERE = "?base_url=http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    "name",
    [
        "openai/some-model-of-tomorrow" + ELSEWHERE,
        "grok",
        "deepseek",
        "llama-4",
        "replicate/me/vlm",
    ],
)
def test_a_model_of_which_nothing_is_known_is_said_to_be_one(name: str) -> None:
    model = resolve(name, Config())
    words = "\n".join(describe_model(model))
    assert (model.profile.name, model.evidence) == ("pixel", "unknown")
    assert f"Nothing is known of how {model.label} points" in words
    assert "models calibrate" in words
    assert "belongs to" not in words


def test_a_profile_that_the_user_names_needs_no_proof() -> None:
    own = Config(models={"mine": {"model": "openai/x" + ELSEWHERE, "profile": "qwen3-vl"}})
    for name in ("openai/x?profile=pixel&base_url=http://127.0.0.1:1/v1", "mine"):
        model = resolve(name, own)
        assert model.evidence is None
        assert "Nothing is known" not in "\n".join(describe_model(model))
    assert resolve("openai/x" + ELSEWHERE, Config(), blind=True).evidence is None


def test_words_say_whether_a_limit_of_tokens_changes_the_picture() -> None:
    for limit, words in {
        4096: "by the rule qwen-28-4096. The rule follows from max_image_tokens = 4096, which",
        20_000: "by the rule qwen-28. max_image_tokens = 20000 is not sent, and changes nothing",
    }.items():
        model = resolve(f"openai/qwen2.5-vl-7b{ELSEWHERE}&max_image_tokens={limit}", Config())
        assert words in "\n".join(describe_model(model))


def test_how_a_convention_is_known_is_in_the_words() -> None:
    for name, words in {
        "openai/Qwen/Qwen2.5-VL-7B-Instruct": "is published by its makers: https://github.com/QwenLM",
        "openai/microsoft/Fara-7B": "makers: https://github.com/microsoft/fara",
        "openai/microsoft/Fara1.5-9B": "is a guess: https://huggingface.co/microsoft/Fara1.5-9B",
        "openai/moonshotai/kimi-k2.5": "known from answers and code of others",
    }.items():
        assert words in "\n".join(describe_model(resolve(name + ELSEWHERE, Config()))), name


def test_a_model_that_cannot_point_in_words_is_refused_with_the_reason() -> None:
    for name in (
        "openai/allenai/MolmoPoint-8B",
        "replicate/me/molmopoint-gui-8b",
        "anthropic/microsoft_gui_actor_7b",
        "google/kosmos-2.5",
        "moondream/molmo.point",
    ):
        for profile in ("", "?profile=blind"):
            with pytest.raises(UsageError, match="cannot be asked to point") as caught:
                resolve(name + profile, Config())
            assert "\n" not in str(caught.value)


def test_thinking_is_a_word_or_a_budget() -> None:
    for thinking in ("adaptive", "disabled", "2048"):
        resolve(f"sonnet?thinking={thinking}", Config())


def test_a_text_only_model_is_shown_no_picture(
    server: VendorServer, no_keys: pytest.MonkeyPatch, picture: object
) -> None:
    model = resolve("llama-3.3-70b", Config())
    assert (model.profile.name, model.profile.blind) == ("blind", True)
    with pytest.raises(UsageError, match="text only"):
        resolve("llama-3.3-70b?profile=pixel", Config())
    server.answers(CHAT)
    adapter = OpenAIAdapter("llama-3.3-70b", {"base_url": server.url + "/v1"})
    with pytest.raises(GiveUp, match="text only"):
        adapter.ask(Request(prompt="?", picture=picture))  # type: ignore[arg-type]
    adapter.ask(Request(prompt="?"))
    adapter.close()
    assert len(server.received) == 1


def test_llama_is_called_what_its_server_calls_it(
    server: VendorServer, no_keys: pytest.MonkeyPatch
) -> None:
    known = catalog_model("openai", "llama-3.3-70b")
    assert known.called_at("https://api.groq.com/openai/v1") == "llama-3.3-70b-versatile"
    assert known.called_at("http://127.0.0.1:8000/v1") == "llama-3.3-70b"
    server.answers(CHAT)
    no_keys.setenv("LLAMA_BASE_URL", server.url + "/v1")
    adapter = OpenAIAdapter("llama-3.3-70b", {"served_as": "llama3.3:70b"})
    adapter.ask(Request(prompt="?"))
    adapter.close()
    assert server.received[0].json["model"] == "llama3.3:70b"


@pytest.mark.parametrize(
    ("text", "words_of_it"),
    [
        ("openai/gpt-4o?temperature=hot", "temperature must be a number"),
        ("openai/gpt-4o?temperature=3", "from 0 to 2"),
        ("openai/gpt-4o?detail=ultra", "one of low, high, auto, original"),
        ("openai/gpt-4o?max_tokens=1.5", "a whole number"),
        ("openai/gpt-4o?json_schema=yes", "true or false"),
        ("openai/gpt-4o?extra_body=7", "a table"),
        ("openai/gpt-4o?timeout=0", "timeout must be"),
        ("openai/gpt-4o?price=5", "price must be"),
        ("openai/gpt-4o?temprature=0", "did you mean temperature"),
        ("openai/gpt-4o?api=responses&seed=1", "takes no seed"),
        ("openai/gpt-4o?api=chat&tool=computer", "needs api=responses"),
        ("sonnet?temperature=0", "takes no temperature"),
        ("sonnet?thinking=much", "thinking must be"),
        ("gemini?thinking_budget=-2", "thinking_budget must be"),
        ("moondream-2?endpoint=query", "endpoint must be"),
        ("moondream-2?profile=blind", "cannot be asked without one"),
        ("molmo-7b?top_k=0", "top_k must be"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_line(text: str, words_of_it: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(text, Config())
    assert words_of_it in str(caught.value)
    assert "\n" not in str(caught.value)


def test_prompts_of_one_family_are_the_same_words() -> None:
    for family in ("openai", "claude"):
        plain = {
            profile.prompt
            for profile in known_profiles().values()
            if profile.name.startswith(family)
            and profile.format == "any"
            and not profile.settings.get("json_schema")
        }
        assert len(plain) == 1


def test_nothing_heavy_is_imported_to_know_a_model() -> None:
    code = (
        "import sys\n"
        "from pointbench.adapters.registry import resolve, facts_of\n"
        "from pointbench.settings import Config\n"
        "for name in ('gpt-4o', 'sonnet', 'gemini', 'moondream-2', 'molmo-7b'):\n"
        "    resolve(name, Config())\n"
        "heavy = {'openai', 'anthropic', 'httpx', 'httpx2', 'genai_prices', 'replicate', 'PIL'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_service_has_names_of_its_own() -> None:
    variables = [
        name
        for service in services().values()
        for name in (service.key_variable, service.base_url_variable)
    ]
    assert len(set(variables)) == len(variables)
    assert set(registry.entry_points()) >= {
        "openai",
        "anthropic",
        "google",
        "moondream",
        "replicate",
    }


def test_paligemma_is_no_gemma() -> None:
    assert catalog_model("openai", "google/paligemma-3b-mix-448").profiles[0] == "paligemma"
    assert catalog_model("openai", "google/gemma-4-31b-it").profiles[0] != "paligemma"


# --- families ----------------------------------------------------------------------------------

EXAMPLES = [
    (family, name, adapter)
    for family in model_families()
    for name in family.examples
    for adapter in family.adapters or ("openai", "replicate", "anthropic", "google", "transformers")
    if family.holds_for(adapter)
]


def _as_hub_id(name: str) -> str:
    """The example as a hub spells it: with an owner, and without the tag of a server."""
    return "someone/" + re.split("[:@]", name.rpartition("/")[2])[0]


@pytest.mark.parametrize(
    ("family", "name", "adapter"),
    EXAMPLES,
    ids=[f"{adapter}/{name}" for _, name, adapter in EXAMPLES],
)
def test_a_family_is_asked_alike_through_every_adapter(
    family: ModelFamily, name: str, adapter: str
) -> None:
    asked = _as_hub_id(name) if adapter == "transformers" else name
    settings = (
        {} if adapter in ("transformers", "replicate") else {"base_url": "http://127.0.0.1:1/v1"}
    )
    if "cannot_point" in family.fields:
        with pytest.raises(UsageError, match=r"writes no coordinates|does not follow"):
            facts_of(adapter, asked, settings)
        return
    facts = facts_of(adapter, asked, settings)
    assert facts.profile == family.fields["profiles"][0]
    entry = catalog_model(adapter, asked)
    assert facts.evidence == entry.known
    if not entry.listed:
        assert entry.family == family.title


@pytest.mark.parametrize("separator", [".", "_", "-", " ", ""])
@pytest.mark.parametrize(
    ("parts", "title"),
    [
        (("ui", "tars", "1", "5"), "UI-TARS 1.5"),
        (("qwen", "2", "5", "vl"), "Qwen2.5-VL"),
        (("qwen", "3", "vl"), "Qwen3-VL"),
        (("glm", "4", "6v"), "GLM-4.1V to GLM-4.6V"),
        (("kimi", "k", "2", "6"), "Kimi K2.5 and later"),
        (("gui", "owl", "1", "5"), "GUI-Owl 1.5"),
        (("claude", "opus", "4", "5"), "Claude Opus 4.5, Opus 4.6 and Sonnet 4.6"),
        (("holo", "1", "5"), "Holo 1 and 1.5"),
        (("molmo", "2"), "Molmo 2"),
        (("intern", "vl", "3", "5"), "InternVL"),
        (("mini", "cpm", "v", "4", "5"), "MiniCPM-V 4.5 and later"),
        (("gpt", "4", "1"), "gpt-4o and gpt-4.1"),
        (("kosmos", "2", "5"), "Kosmos-2.5"),
        (("moon", "dream", "3"), "Moondream"),
    ],
)
def test_separators_in_names_are_alike(parts: tuple[str, ...], title: str, separator: str) -> None:
    for name in (
        separator.join(parts),
        f"Owner/{separator.join(parts).upper()}",
        f"x/{separator.join(parts)}:free",
    ):
        family = model_family("openai", name)
        assert family is not None
        assert family.title == title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        # Sizes and dates are no versions.
        ("Qwen/Qwen3-8B", None),
        ("Qwen/Qwen3-0.6B", None),
        ("Qwen/Qwen-4B-mine", None),
        ("gpt-4-1106-preview", None),
        ("azure/gpt-35-turbo", None),
        ("moonshotai/Kimi-K2-0905", "text-only models"),
        ("claude-sonnet-4-20250514", "Claude 3.7 to Sonnet 4.5 and Haiku 4.5"),
        ("claude-opus-5-20261001", "Claude Opus 4.8 to Sonnet 5 and Fable 5.1"),
        ("claude-opus-5-5-20261001", "Claude 5.5 and later"),
        ("gpt-5-2025-08-07", "gpt-5 and the o series"),
        ("ui-tars-2b-sft", "UI-TARS"),
        ("molmo-2b", "Molmo"),
        # Relatives that are other models.
        ("allenai/MolmoAct-7B-D", None),
        ("allenai/MolmoWeb-8B", None),
        ("deepseek-ai/DeepSeek-V4.1-Flash-1017", None),
        ("deepseek-ai/DeepSeek-V4-1-Flash", None),
        ("openbmb/MiniCPM-Llama3-V-2_5", None),
        ("THUDM/glm-4v-9b", None),
        ("ByteDance-Seed/Seed-OSS-36B-Instruct", None),
        ("bytedance-seed/BAGEL-7B-MoT", None),
        ("someone/hologram-vl", None),
        ("doubao-1-5-pro-32k", None),
        # Nobody has said how these point.
        ("x-ai/grok-4.7", None),
        ("google/gemma-3-27b-it", None),
        ("gemma3n:e4b", None),
        ("meta/muse-spark-1.3", None),
        ("mistralai/mistral-large-4", None),
        ("MiniMaxAI/MiniMax-M3", None),
        ("baidu/ernie-4.5-vl-28b-a3b", None),
        ("LiquidAI/LFM2.5-VL-3B", None),
        ("CohereLabs/command-a-vision-07-2025", None),
        ("tencent/POINTS-GUI-G", None),
        ("microsoft/Magma-8B", None),
        ("stepfun/step-3.7-flash", None),
        ("xiaomi/mimo-v2.6-pro", None),
        ("meta-llama/llama-4-scout", None),
        # Parts before the last one count where the last says nothing.
        ("perceptron/mk1", "Perceptron and Isaac"),
        ("Qwen2.5-VL-7B-Instruct/checkpoint-500", "Qwen2.5-VL"),
        ("/models/Qwen3-VL-8B/", "Qwen3-VL"),
        ("C:\\models\\Qwen3-VL-8B", "Qwen3-VL"),
        ("", None),
        ("///", None),
    ],
)
def test_which_names_are_of_no_family(name: str, title: str | None) -> None:
    family = model_family("openai", name)
    assert (family.title if family else None) == title


def test_families_of_hosted_models_take_no_checkpoint() -> None:
    assert model_family("transformers", "me/gpt-4o-distilled") is None
    assert model_family("transformers", "me/claude-3-opus-tuned") is None


def test_a_family_that_claims_a_frame_says_where_it_is_written() -> None:
    for family in model_families():
        if "cannot_point" in family.fields:
            continue
        profile = find_profile(family.fields["profiles"][0])
        evidence = family.fields.get("evidence") or profile.evidence
        assert not evidence or family.fields.get("source") or profile.source, family.title
        assert evidence != "guess" or "source" in family.fields or profile.source, family.title


def test_a_name_may_go_on_for_ever() -> None:
    for unit in ("qwen3", "gemini", "deepseek-v3-", "doubao", "vl-"):
        model_family("openai", unit * 1_000_000)
    assert model_family("openai", "a/" * 1_000_000) is None
