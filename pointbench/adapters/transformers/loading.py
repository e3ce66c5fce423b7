"""Loads a checkpoint's weights and processor once; every failure becomes a message of one line."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any
from weakref import WeakValueDictionary

from pointbench.adapters.transformers.families import Checkpoint
from pointbench.adapters.transformers.processors import set_pixel_limits
from pointbench.errors import UsageError, one_line
from pointbench.extras import install_command

# Set before the import: otherwise the hub's client reports what is loaded.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

_LONGEST_REASON = 300


@dataclass(frozen=True)
class LoadSpec:
    """What to load, and how; models with equal specs share what is loaded."""

    checkpoint: Checkpoint
    revision: str | None = None
    device: str | None = None
    """None uses a GPU if there is one."""
    dtype: str = "auto"
    """``auto`` is the checkpoint's own type."""
    trust_remote_code: bool = False
    min_pixels: int | None = None
    max_pixels: int | None = None

    @classmethod
    def of(cls, checkpoint: Checkpoint, settings: Mapping[str, Any]) -> LoadSpec:
        fields = {key: settings[key] for key in _LOAD_SETTINGS if settings.get(key) is not None}
        return cls(checkpoint, **fields)


_LOAD_SETTINGS = ("revision", "device", "dtype", "trust_remote_code", "min_pixels", "max_pixels")


@dataclass(frozen=True, eq=False)
class LoadedCheckpoint:
    """A checkpoint in memory with its processor."""

    spec: LoadSpec
    checkpoint: Checkpoint
    """With the model type of the configuration that was loaded, whatever its name says."""
    model: Any
    processor: Any
    commit: str | None = None
    """The commit of the hub that was loaded, if known."""
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held while the model answers: one question at a time."""

    @property
    def label(self) -> str:
        return self.checkpoint.label

    @property
    def image_processor(self) -> Any:
        """The part of the processor that takes pictures; None if there is none."""
        return getattr(self.processor, "image_processor", None)

    @property
    def served_name(self) -> str:
        """The name; for a model of the hub, with the commit that was loaded."""
        name = self.checkpoint.name
        return f"{name}@{self.commit}" if self.commit and not self.checkpoint.folder else name


_SHARED: WeakValueDictionary[LoadSpec, LoadedCheckpoint] = WeakValueDictionary()
_LOADING = threading.Lock()


def shared_checkpoint(spec: LoadSpec) -> LoadedCheckpoint:
    """The checkpoint, loaded unless another adapter holds it already; UsageError if that fails."""
    with _LOADING:
        loaded = _SHARED.get(spec)
        if loaded is None:
            loaded = _SHARED[spec] = _load(spec)
        return loaded


def _load(spec: LoadSpec) -> LoadedCheckpoint:
    checkpoint = spec.checkpoint
    common: dict[str, object] = {
        # Explicit: without it, transformers asks at the terminal whether to run unknown code.
        "trust_remote_code": spec.trust_remote_code,
        # A folder must not download anything, whatever its files refer to.
        "local_files_only": checkpoint.folder is not None,
    }
    if spec.revision is not None:
        common["revision"] = spec.revision
    try:
        import torch
        import transformers

        _be_quiet(transformers)
        # First, so an unavailable model fails once and not for every file.
        config = transformers.AutoConfig.from_pretrained(checkpoint.source, **common)
        kind = getattr(config, "model_type", None) or checkpoint.model_type
        known = replace(checkpoint, model_type=kind).able_to_point()
        processor = transformers.AutoProcessor.from_pretrained(checkpoint.source, **common)
        _set_pixel_limits(processor, spec)
        device = spec.device or _best_device(torch)
        spread = {"device_map": "auto"} if device == "auto" else {}
        auto, part = _what_points(transformers, config)
        if auto is not transformers.AutoModelForImageTextToText:
            _refuse_the_blind(checkpoint, processor)
        model, report = auto.from_pretrained(
            checkpoint.source,
            config=part,
            dtype=spec.dtype,
            output_loading_info=True,
            **common,
            **spread,
        )
        _refuse_missing(checkpoint, sorted(report["missing_keys"]))
        if not spread:
            model = model.to(device)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(f"{checkpoint.label} {_reason(error, checkpoint)}") from error
    commit = getattr(config, "_commit_hash", None)
    return LoadedCheckpoint(spec, known, model.eval(), processor, commit)


def _be_quiet(transformers: ModuleType) -> None:
    # Its messages and bars would garble the progress display of the run.
    if "TRANSFORMERS_VERBOSITY" not in os.environ:
        transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def _best_device(torch: ModuleType) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _set_pixel_limits(processor: Any, spec: LoadSpec) -> None:
    """Replace the checkpoint's limits with the user's; UsageError if that cannot be done."""
    if spec.min_pixels is None and spec.max_pixels is None:
        return
    images = getattr(processor, "image_processor", None)
    try:
        set_pixel_limits(images, spec.min_pixels, spec.max_pixels)
    except ValueError as error:
        raise UsageError(f"{spec.checkpoint.label}: {error}") from error


def _refuse_missing(checkpoint: Checkpoint, names: list[str]) -> None:
    """UsageError if weights are in no file: transformers fills them with random numbers."""
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise UsageError(
            f"{checkpoint.label}: its files lack the weights {', '.join(names[:3])}{more}, which "
            f"would be random: download or save the checkpoint again"
        )


def _what_points(transformers: ModuleType, config: Any) -> tuple[Any, Any]:
    """The class that loads the part of a model that sees and writes, and that part's configuration."""
    usual = transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
    # Models that also speak: their voice is left out, and what thinks is a model of its own.
    thinker = getattr(config, "thinker_config", None)
    if thinker is not None and type(thinker) in usual:
        return transformers.AutoModelForImageTextToText, thinker
    # transformers 5 keeps some models, such as Phi-4 multimodal, in a wider list only.
    if type(config) not in usual and type(config) in _wider_list(transformers):
        return transformers.AutoModelForMultimodalLM, config
    # Also for a checkpoint's own code, which names this class.
    return transformers.AutoModelForImageTextToText, config


def _refuse_the_blind(checkpoint: Checkpoint, processor: Any) -> None:
    """UsageError for a model that only hears, of which the wider list has some."""
    if getattr(processor, "image_processor", None) is None:
        raise UsageError(
            f"{checkpoint.label} takes no pictures: its {type(processor).__name__} has no image processor"
        )


def _wider_list(transformers: ModuleType) -> Container[object]:
    known: Container[object] = getattr(transformers, "MODEL_FOR_MULTIMODAL_LM_MAPPING", ())
    return known


def _reason(error: Exception, checkpoint: Checkpoint) -> str:
    """Why a checkpoint cannot be loaded, and how to fix it."""
    causes = list(_causes(error))
    whole = " ".join(str(cause) for cause in causes)
    text = str(error) or type(error).__name__
    if checkpoint.folder is not None:
        # The message is printed and logged, and a full path may name a person.
        text = text.replace(str(checkpoint.folder.absolute()), checkpoint.name)
    text = one_line(text)[:_LONGEST_REASON]
    if "torchvision::nms" in whole:
        return "needs a torchvision that was built for the torch that is installed here"
    if isinstance(error, ImportError):
        modules = [cause.name for cause in causes if isinstance(cause, ImportError) and cause.name]
        library = re.search(r"requires the (\w+) library|the `(\w+)` library", whole)
        name = modules[-1] if modules else library and (library[1] or library[2])
        if name:
            return f"needs {name}, not installed here: {install_command('hf')}"
    if is_out_of_memory(error):
        return "does not fit into memory: try dtype=bfloat16, device=auto or a smaller checkpoint"
    if "trust_remote_code" in whole:
        return (
            "contains its own code, which is not run: read it first, then set "
            "trust_remote_code=true"
        )
    if "above report" in whole:
        # transformers logs which weights, and only shows that if it is not silenced.
        return (
            "cannot be loaded: its weights do not fit its config.json, so the files are damaged or "
            "do not belong together; TRANSFORMERS_VERBOSITY=warning in the environment shows which"
        )
    if isinstance(error, OSError) and checkpoint.folder is None:
        return f"is neither a folder here nor in the hub's cache, and cannot be fetched from the hub: {text}"
    return f"cannot be loaded: {type(error).__name__}: {text}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes, down to the first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error from torch or the system means that memory ran out, on any device."""
    words = r"out of memory|can't allocate memory|cannot allocate memory"
    return isinstance(error, MemoryError) or bool(re.search(words, str(error), re.IGNORECASE))
