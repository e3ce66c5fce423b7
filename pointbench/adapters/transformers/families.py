"""Checkpoints by name, and how each model type is asked. Imports no torch."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from pointbench.adapters.catalog import catalog_model, model_family, refuse_pointless
from pointbench.errors import UsageError, one_line
from pointbench.profiles import Evidence, find_profile

JsonObject = dict[str, object]

_TORCHVISION = ("torchvision",)


@dataclass(frozen=True)
class CheckpointFamily:
    """How to ask checkpoints of one model type."""

    profile: str = "pixel"
    packages: tuple[str, ...] = ()
    """Modules that its processor needs besides torch and transformers."""
    places_picture: bool = False
    """Whether its processor puts the picture before a prompt that has no picture token."""
    evidence: Evidence | None = None
    """How its way of pointing is known, where that differs from its profile's evidence."""


# How these point is not known. Their processors round to whole patches, so that is what they are sent.
_PIXEL_28 = CheckpointFamily("pixel-28", _TORCHVISION)
_PIXEL_32 = CheckpointFamily("pixel-32", _TORCHVISION)

FAMILIES: Mapping[str, CheckpointFamily] = {
    "qwen2_vl": CheckpointFamily("qwen2-vl", _TORCHVISION),
    "qwen2_5_vl": CheckpointFamily("qwen2.5-vl", _TORCHVISION),
    "qwen3_vl": CheckpointFamily("qwen3-vl", _TORCHVISION),
    "qwen3_vl_moe": CheckpointFamily("qwen3-vl", _TORCHVISION),
    "qwen3_5": CheckpointFamily("qwen3-vl", _TORCHVISION),
    "qwen3_5_moe": CheckpointFamily("qwen3-vl", _TORCHVISION),
    "qwen4_exp": CheckpointFamily("qwen3-vl", _TORCHVISION, evidence="guess"),
    "qwen2_5_omni": CheckpointFamily("qwen2.5-vl", _TORCHVISION, evidence="guess"),
    "qwen3_omni_moe": CheckpointFamily("qwen3-vl", _TORCHVISION, evidence="guess"),
    "molmo": CheckpointFamily("molmo"),
    "molmo2": CheckpointFamily("molmo2", _TORCHVISION),
    "internvl": CheckpointFamily("internvl", _TORCHVISION),
    "internvl_chat": CheckpointFamily("internvl", _TORCHVISION),
    "glm4v": CheckpointFamily("glm-4.5v", _TORCHVISION),
    "glm4v_moe": CheckpointFamily("glm-4.5v", _TORCHVISION),
    "glm46v": CheckpointFamily("glm-4.5v", _TORCHVISION),
    "glmga": CheckpointFamily("glm-4.5v", _TORCHVISION),
    "glm5_next": CheckpointFamily("glm-5v", _TORCHVISION),
    "kimi_vl": CheckpointFamily("kimi-vl"),
    "kimi_k25": CheckpointFamily("kimi", _TORCHVISION),
    "gemma4": CheckpointFamily("gemini-point", _TORCHVISION, evidence="measured"),
    "gemma4_unified": CheckpointFamily("gemini-point", _TORCHVISION, evidence="measured"),
    "minicpmv4_6": CheckpointFamily("minicpm-v", _TORCHVISION),
    "minicpmv4_7": CheckpointFamily("minicpm-v", _TORCHVISION),
    "florence2": CheckpointFamily("florence-2", places_picture=True),
    "kosmos-2": CheckpointFamily("kosmos-2", places_picture=True),
    "paligemma": CheckpointFamily("paligemma"),
    "smolvlm": CheckpointFamily(packages=("torchvision", "num2words")),
    "cohere_compass": _PIXEL_28,
    "ernie4_5_vl_moe": _PIXEL_28,
    "minimax_m3_vl": _PIXEL_28,
    "muse_glimmer": _PIXEL_28,
    "muse_spark": _PIXEL_28,
    "paddleocr_vl": _PIXEL_28,
    "video_llama_3": _PIXEL_28,
    "cosmos3_edge": _PIXEL_32,
    "hunyuan_vl": _PIXEL_32,
    "hy_v4_vl": _PIXEL_32,
    "nemotron_h_omni": _PIXEL_32,
}
"""By ``model_type`` of config.json; any other type has `CheckpointFamily`'s defaults."""


@dataclass(frozen=True)
class Checkpoint:
    """The checkpoint named by ``transformers/<name>``: a folder on this machine, or a model on the hub."""

    name: str
    """As the user wrote it: relative to the working folder, below ``~``, or ``owner/model``."""
    folder: Path | None
    """None for a hub id."""
    model_type: str | None
    """``model_type`` of config.json; guessed from the name of a hub id that was never downloaded."""
    files: Path | None = None
    """Where its small files are: the folder, or what the hub's cache has; None if it has nothing."""

    @property
    def label(self) -> str:
        return f"transformers/{self.name}"

    @property
    def source(self) -> str:
        """The argument of ``from_pretrained``."""
        return self.name if self.folder is None else str(self.folder)

    @property
    def family(self) -> CheckpointFamily:
        return FAMILIES.get(self.model_type or "", CheckpointFamily())

    @property
    def profile(self) -> str:
        """The profile it is asked under: by the name of a known fine-tune, else by model type."""
        return self._default()[0]

    def able_to_point(self) -> Checkpoint:
        """The checkpoint itself; UsageError if models of its type cannot point in words."""
        refuse_pointless(
            replace(catalog_model("transformers", self.model_type or ""), name=self.name)
        )
        return self

    @property
    def evidence(self) -> Evidence | Literal["unknown"] | None:
        """How the way of pointing that `profile` stands for is known."""
        return self._default()[1]

    def _default(self) -> tuple[str, Evidence | Literal["unknown"] | None]:
        """The default profile and how its convention is known."""
        named = catalog_model("transformers", self.name)
        own = self.family.profile
        # The name of a base model counts less than a known model type; that of a fine-tune, more.
        others = {family.profile for family in FAMILIES.values()} - {own}
        says_nothing = named.family is None or named.profiles[0] in others
        by_type = self.model_type in FAMILIES and says_nothing
        # A folder may be named after the language model in it.
        if by_type or (self.files is not None and not named.sees):
            return own, self.family.evidence or find_profile(own).evidence or "unknown"
        return named.profiles[0], named.known


def checkpoint_at(name: str, revision: str | None = None) -> Checkpoint:
    """The checkpoint named by ``name``; ``revision`` is a hub id's branch, tag or commit.

    UsageError for a model that cannot point in words, for an absolute path, for a folder without a
    configuration or weights, and for a name that is neither a folder nor a hub id.
    """
    refuse_pointless(catalog_model("transformers", name))
    path = Path(name).expanduser()
    if Path(name).is_absolute():
        raise UsageError(
            f"transformers/{name}: a run's files may not contain an absolute path; "
            f"write transformers/{_without_root(path)}"
        )
    if path.is_dir():
        config = _read_config(name, path)
        _check_weights(name, path)
        return Checkpoint(name, path, _model_type(config), path).able_to_point()
    if not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", name):
        raise UsageError(
            f"transformers/{name}: there is no folder {name} here, and a model on the hub is "
            f"written transformers/owner/name"
        )
    files = _cached_files(name, revision)
    known = None if files is None else _model_type(_read_json(files / "config.json") or {})
    # Before it is downloaded, its model type is that of the family that its name belongs to.
    family = model_family("transformers", name)
    kind = known or (family.model_type if family else None)
    return Checkpoint(name, None, kind, files).able_to_point()


def _model_type(config: JsonObject) -> str | None:
    kind = config.get("model_type")
    return kind if isinstance(kind, str) and kind else None


def _cached_files(name: str, revision: str | None) -> Path | None:
    """The folder in the hub's cache that holds a model's config.json; nothing is downloaded."""
    # Set before the import: otherwise the hub's client reports what is loaded.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from huggingface_hub.constants import HF_HUB_CACHE
    except ImportError:
        return None
    return _files_in(HF_HUB_CACHE, name, revision)


# One answer for a whole run: what is downloaded meanwhile changes no profile of its plan.
@cache
def _files_in(hub_cache: str, name: str, revision: str | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    try:
        found = try_to_load_from_cache(name, "config.json", hub_cache, revision)
    except (OSError, ValueError):
        return None
    return Path(found).parent if isinstance(found, str) else None


def sampling_in_words(checkpoint: Checkpoint) -> str:
    """The sampling set by the checkpoint's own generation_config.json, in words."""
    if checkpoint.files is None:
        return "sampled as set in its generation_config.json"
    own = _read_json(checkpoint.files / "generation_config.json") or {}
    if not own.get("do_sample"):
        return "decoded greedily, as set in its generation_config.json"
    parts = [f"{key} {own[key]}" for key in ("temperature", "top_p", "top_k") if key in own]
    return f"sampled as set in its generation_config.json: {', '.join(parts) or 'temperature 1'}"


def _without_root(path: Path) -> str:
    """The same folder, relative to the home folder or to the working folder."""
    if path.is_relative_to(Path.home()):
        return f"~/{path.relative_to(Path.home())}"
    return os.path.relpath(path)


def _read_config(name: str, folder: Path) -> JsonObject:
    config = _read_json(folder / "config.json")
    if config is None:
        raise UsageError(
            f"transformers/{name}: the folder holds no readable config.json, "
            f"so it is not a transformers checkpoint"
        )
    return config


def _read_json(file: Path) -> JsonObject | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _check_weights(name: str, folder: Path) -> None:
    index = _read_json(folder / "model.safetensors.index.json")
    weights = (index or {}).get("weight_map")
    shards = set(map(str, weights.values())) if isinstance(weights, dict) else set()
    missing = sorted(shard for shard in shards if not (folder / shard).is_file())
    if missing:
        raise UsageError(
            one_line(f"transformers/{name}: weights are missing: {', '.join(missing[:3])}")
        )
    if not shards and not any([*folder.glob("*.safetensors"), *folder.glob("*.bin")]):
        raise UsageError(f"transformers/{name}: the folder holds no weights (*.safetensors)")
