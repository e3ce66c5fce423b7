"""Round trip of a mark at a known place: every adapter and profile, to a server that sees it, and back.

Whatever the vendor's server does to the picture and whatever frame its model answers in, the point
that comes out is on the mark. The server's idea of each model is its own
(`pointbench.testing.vendors.families`), so a wrong profile is detected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

from pointbench.adapters import registry
from pointbench.adapters.catalog import catalog_models
from pointbench.adapters.protocol import Picture, Request
from pointbench.adapters.registry import Model
from pointbench.geometry import Frame, Size
from pointbench.pictures import prepare
from pointbench.profiles import known_profiles
from pointbench.profiles.sizing import sent_size
from pointbench.replies import FORMATS, parse
from pointbench.scoring import Verdict, judge
from pointbench.settings import Config
from pointbench.testing import Vendors, check_adapter
from pointbench.testing.marks import MarkedPicture, marked_picture
from pointbench.testing.vendors.families import Family, family_of

SCREENS = ((1280, 720), (1366, 768), (1920, 1080), (2560, 1440), (3840, 2160), (1080, 2340))
MARKS = (4, 9, 24)
"""Sides of the marks, in pixels of the screenshot."""

OWN_HOSTS = {
    "OPENAI": "openai",
    "ANTHROPIC": "anthropic",
    "GEMINI": "google",
    "MOONDREAM": "moondream",
    "REPLICATE": "replicate",
    **dict.fromkeys(
        (
            "XAI",
            "DEEPSEEK",
            "MOONSHOT",
            "ZAI",
            "DASHSCOPE",
            "OPENROUTER",
            "TOGETHER",
            "GROQ",
            "LLAMA",
        ),
        "compatible",
    ),
}
"""Prefix of a ``_BASE_URL`` variable -> the server's vendor that it points to."""

ELSEWHERE = {
    "pixel": "some/vision-model",
    "pixel-28": "baidu/ERNIE-4.5-VL-28B-A3B-PT",
    "pixel-32": "tencent/HunyuanVL",
    "qwen2-vl": "Qwen/Qwen2-VL-7B-Instruct",
    "qwen2.5-vl": "Qwen/Qwen2.5-VL-7B-Instruct",
    "qwen2.5-vl-json": "Qwen/Qwen2.5-VL-7B-Instruct",
    "qwen3-vl": "Qwen/Qwen3-VL-8B-Instruct",
    "qwen3-vl-json": "Qwen/Qwen3-VL-8B-Instruct",
    "molmo": "allenai/Molmo-7B-D-0924",
    "molmo2": "allenai/Molmo2-8B",
    "ui-tars-1": "ByteDance-Seed/UI-TARS-7B-DPO",
    "ui-tars-1.5": "ByteDance-Seed/UI-TARS-1.5-7B",
    "os-atlas": "OS-Copilot/OS-Atlas-Base-7B",
    "os-atlas-4b": "OS-Copilot/OS-Atlas-Base-4B",
    "uground": "osunlp/UGround-V1-7B",
    "uground-llava": "osunlp/UGround",
    "aguvis": "xlangai/Aguvis-7B-720P",
    "showui": "showlab/ShowUI-2B",
    "seeclick": "cckevinn/SeeClick",
    "holo": "Hcompany/Holo2-8B",
    "holo-1.5": "Hcompany/Holo1.5-7B",
    "mai-ui": "Tongyi-MAI/MAI-UI-8B",
    "gta1": "HelloKKMe/GTA1-7B",
    "opencua": "xlangai/OpenCUA-7B",
    "cogagent": "THUDM/cogagent-9b-20241220",
    "internvl": "OpenGVLab/InternVL3-8B",
    "deepseek-vl2": "deepseek-ai/deepseek-vl2",
    "glm-4.5v": "zai-org/GLM-4.5V",
    "glm-5v": "zai-org/GLM-5.3-Flash",
    "kimi-vl": "moonshotai/Kimi-VL-A3B-Instruct",
    "kimi": "moonshotai/Kimi-K2.6",
    "doubao": "bytedance/doubao-seed-1-6-vision",
    "perceptron": "perceptron/perceptron-mk1",
    "nova": "amazon/nova-2-lite",
    "minicpm-v": "openbmb/MiniCPM-V-4_5",
    "mimo-vl": "XiaomiMiMo/MiMo-VL-7B-RL",
    "qwen2.5-vl-plain": "Tongyi-MiA/UI-Ins-7B",
    "ui-venus-1": "inclusionAI/UI-Venus-Ground-7B",
    "ui-venus-1.5": "inclusionAI/UI-Venus-1.5-8B",
    "gelab": "stepfun-ai/GELab-Zero-4B-preview",
    "autoglm": "zai-org/AutoGLM-Phone-9B",
    "permille": "yutori/n1",
    "florence-2": "microsoft/Florence-2-large",
    "kosmos-2": "microsoft/kosmos-2-patch14-224",
    "paligemma": "google/paligemma2-3b-mix-448",
}
"""Profile of an open checkpoint -> a checkpoint that a user's own server would serve."""


@dataclass(frozen=True)
class Subject:
    """A model with a profile, as a user writes it; ``own`` if its vendor serves it."""

    text: str
    own: bool = True


def subjects() -> list[Subject]:
    """Every known model that sees and is not retired, under each of its profiles, and every family.

    Taken from the installed entry points: models that the command line cannot name are not tested.
    """
    named = [
        Subject(f"{label}?profile={profile}")
        for label, profiles in _known_models()
        for profile in profiles
        if not known_profiles()[profile].blind
    ]
    if "anthropic" in registry.entry_points():
        # Its own model is retired, but servers may still speak its tool's protocol.
        named.append(Subject("anthropic/claude-sonnet-4-5?profile=claude-computer-20241022"))
    if "openai" not in registry.entry_points():
        return named
    return named + [
        Subject(f"openai/{checkpoint}?profile={profile}", own=False)
        for profile, checkpoint in ELSEWHERE.items()
        if profile in known_profiles()
    ]


def _known_models() -> list[tuple[str, tuple[str, ...]]]:
    return [
        (label, model.profiles)
        for label, model in catalog_models().items()
        if model.adapter in registry.entry_points()
        and model.sees
        and not family_of(model.name).retired
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[Vendors]:
    with Vendors(polls=0) as running, pytest.MonkeyPatch.context() as patch:
        for prefix, vendor in OWN_HOSTS.items():
            patch.setenv(f"{prefix}_BASE_URL", running.base_url(vendor))
            patch.setenv(f"{prefix}_API_KEY", f"test-key-of-{vendor}")
        patch.setenv("REPLICATE_API_TOKEN", "test-key-of-replicate")
        yield running


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory.mktemp("screenshots"))


def _marked(size: Size, mark: int, seed: int) -> MarkedPicture:
    """A mark anywhere; the smallest far out, on a whole thousandth, so 0-999 for 0-1000 shows at 4K."""
    far = (size.width * 9 // 10 - mark // 2, size.height * 9 // 10 - mark // 2)
    at = far if mark == MARKS[0] else None
    return marked_picture(*size, mark=mark, at=at, seed=seed)


class Shelf:
    """Marked screenshots on disk, and the pictures sent for them, made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.screenshots = [
            (self._write(marked), marked)
            for number, (width, height) in enumerate(SCREENS)
            for mark in MARKS
            for marked in [_marked(Size(width, height), mark, seed=100 * number + mark)]
        ]
        self.sent = lru_cache(maxsize=None)(prepare)

    def _write(self, marked: MarkedPicture) -> Path:
        width, height = marked.size
        path = self._folder / f"{width}x{height}-{marked.box.right - marked.box.left:.0f}.png"
        path.write_bytes(marked.data)
        return path


def resolved(subject: Subject, server: Vendors) -> Model:
    address = "" if subject.own else f"&base_url={server.base_url('compatible')}"
    return registry.resolve(subject.text + address, Config())


def ask_all(model: Model, shelf: Shelf) -> list[tuple[MarkedPicture, Picture, str, str | None]]:
    """A model's answers about every screenshot, with the pictures it was sent."""
    adapter = registry.adapter_class(model.adapter)(model.name, model.settings)
    answers = []
    try:
        for path, marked in shelf.screenshots:
            picture = shelf.sent(path, sent_size(model.profile.sizing, marked.size))
            instruction = "Click the magenta box."
            reply = adapter.ask(
                Request(
                    model.profile.render(instruction, picture.width, picture.height),
                    picture,
                    model.sampling,
                    instruction,
                    model.profile.system,
                )
            )
            answers.append((marked, picture, reply.text, reply.finish_reason))
    finally:
        close = getattr(adapter, "close", None)
        if callable(close):
            close()
    return answers


def verdict(
    model: Model, marked: MarkedPicture, sent: Size, frame: Frame, text: str, finish: str | None
) -> Verdict:
    parsed = parse(
        text,
        model.profile.format,
        frame.order,
        multi_point=model.profile.several,
        finish_reason=finish,
    )
    return judge(parsed, marked.region, frame=frame, sent=sent, screenshot=marked.size)


def step_in_pixels(family: Family, model: Model, marked: MarkedPicture) -> float:
    """Pixels of the screenshot between two places that the model can name."""
    seen = family.seen(marked.size, model.sampling.get("detail"))
    frame = Frame(family.unit, family.order)
    step = max(family.step, FORMATS[family.format].step)
    return max(
        step * side / seen_side
        for side, seen_side in zip(marked.size, frame.sides(seen), strict=True)
    )


@pytest.mark.parametrize("subject", subjects(), ids=lambda subject: subject.text)
def test_every_mark_that_can_be_named_is_hit_and_only_with_the_mapping(
    subject: Subject, server: Vendors, shelf: Shelf
) -> None:
    model = resolved(subject, server)
    family = family_of(model.name)
    profile = model.profile
    misses, unmapped = [], []
    start = server.count
    for marked, picture, text, finish in ask_all(model, shelf):
        side = marked.box.right - marked.box.left
        sent = Size(picture.width, picture.height)
        judged = verdict(model, marked, sent, profile.frame, text, finish)
        if step_in_pixels(family, model, marked) <= side and judged.outcome != "hit":
            misses.append(f"{marked.size} {side:.0f} px: {judged.outcome} {judged.distance} {text}")
        plain = Frame("pixel", profile.order)
        if sent != marked.size or profile.unit != "pixel":
            raw = verdict(model, marked, marked.size, plain, text, finish)
            unmapped.append(raw.outcome == "hit")
    assert not misses, "\n".join(misses)
    if unmapped:
        # Without the mapping the same answers miss: the test above can fail.
        allowed = len(unmapped) / 4 if profile.unit != "pixel" else len(unmapped) - 1
        assert sum(unmapped) <= allowed
    for call in server.log[start:]:
        assert call.status in (200, 201), f"{call.status}: {call.body}"
        for arrived in call.pictures if family.unit == "pixel" else ():
            # The server sees the picture as sent: it had nothing left to shrink.
            assert family.seen(arrived.size, _detail(call.body)) == arrived.size


def _detail(value: object) -> str | None:
    """The first ``detail`` anywhere in a body."""
    if isinstance(value, dict):
        if isinstance(value.get("detail"), str):
            return str(value["detail"])
        value = list(value.values())
    if isinstance(value, list):
        return next(filter(None, map(_detail, value)), None)
    return None


def test_every_profile_that_sees_is_tested() -> None:
    if "openai" not in registry.entry_points():
        pytest.skip("no vendor's adapter is installed")
    tested = {subject.text.rpartition("?profile=")[2] for subject in subjects()}
    seeing = {name for name, profile in known_profiles().items() if not profile.blind}
    assert seeing - tested - {"local-ocr"} == set()


CONTRACT = {
    "openai": "openai/gpt-4o",
    "anthropic": "anthropic/claude-sonnet-4-6",
    "google": "google/gemini-2.5-flash",
    "moondream": "moondream/moondream3-preview",
    "replicate": "replicate/zsxkib/molmo-7b",
}


@pytest.mark.parametrize(
    "vendor", [vendor for vendor in CONTRACT if vendor in registry.entry_points()]
)
def test_every_adapter_keeps_the_contract(vendor: str, server: Vendors) -> None:
    model = registry.resolve(CONTRACT[vendor], Config())
    loaded = registry.adapter_class(vendor)
    check_adapter(loaded, model.name, model.settings, server=server, vendor=vendor)
