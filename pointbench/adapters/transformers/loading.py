"""Weights and processor brought into memory once, and every way that fails said in one line."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from pointbench.adapters.transformers.families import Checkpoint
from pointbench.errors import UsageError, one_line

# The hub's client reports what was loaded unless this is set before it is imported.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

_LONGEST_REASON = 300


@dataclass(frozen=True)
class Wanted:
    """What is loaded, and how; two models that want the same share it."""

    checkpoint: Checkpoint
    revision: str | None = None
    device: str | None = None
    """None takes a GPU where there is one."""
    dtype: str = "auto"
    """``auto`` is the checkpoint's own."""
    trust_remote_code: bool = False
    min_pixels: int | None = None
    max_pixels: int | None = None

    @classmethod
    def of(cls, checkpoint: Checkpoint, settings: Mapping[str, Any]) -> Wanted:
        given = {key: settings[key] for key in _LOAD_SETTINGS if settings.get(key) is not None}
        return cls(checkpoint, **given)


_LOAD_SETTINGS = ("revision", "device", "dtype", "trust_remote_code", "min_pixels", "max_pixels")


@dataclass(frozen=True, eq=False)
class Loaded:
    """A checkpoint in memory with its processor."""

    wanted: Wanted
    model: Any
    processor: Any
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held while the model answers."""

    @property
    def label(self) -> str:
        return self.wanted.checkpoint.label

    @property
    def served_name(self) -> str:
        """The name, and of a model of the hub the commit that was loaded."""
        commit = getattr(self.model.config, "_commit_hash", None)
        name = self.wanted.checkpoint.name
        return f"{name}@{commit}" if commit and not self.wanted.checkpoint.folder else name


_SHARED: WeakValueDictionary[Wanted, Loaded] = WeakValueDictionary()
_LOADING = threading.Lock()


def loaded(wanted: Wanted) -> Loaded:
    """The checkpoint in memory, loaded where no other adapter holds it; UsageError if it cannot be."""
    with _LOADING:
        held = _SHARED.get(wanted)
        if held is None:
            held = _SHARED[wanted] = _load(wanted)
        return held


def _load(wanted: Wanted) -> Loaded:
    checkpoint = wanted.checkpoint
    common: dict[str, Any] = {
        # Given outright: left out, transformers asks at the terminal whether to run strange code.
        "trust_remote_code": wanted.trust_remote_code,
        # Nothing is fetched for a folder, whatever its files refer to.
        "local_files_only": checkpoint.folder is not None,
    }
    if wanted.revision is not None:
        common["revision"] = wanted.revision
    try:
        import torch

        import transformers

        _be_quiet(transformers)
        # First, because a model that is not to be had is then missed once and not file by file.
        config = transformers.AutoConfig.from_pretrained(checkpoint.source, **common)
        processor = transformers.AutoProcessor.from_pretrained(checkpoint.source, **common)
        _set_pixel_limits(processor, wanted)
        device = wanted.device or _best_device(torch)
        spread = {"device_map": "auto"} if device == "auto" else {}
        model = transformers.AutoModelForImageTextToText.from_pretrained(
            checkpoint.source, config=config, dtype=wanted.dtype, **common, **spread
        )
        if not spread:
            model = model.to(device)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(f"{checkpoint.label} {_reason(error, checkpoint)}") from error
    return Loaded(wanted, model.eval(), processor)


def _be_quiet(transformers: Any) -> None:
    # Its notes and bars would break into the progress of the run.
    if "TRANSFORMERS_VERBOSITY" not in os.environ:
        transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def _best_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _set_pixel_limits(processor: Any, wanted: Wanted) -> None:
    """Put the user's limits in place of the checkpoint's; UsageError where it knows no such limits."""
    given = {"shortest_edge": wanted.min_pixels, "longest_edge": wanted.max_pixels}
    limits = {key: value for key, value in given.items() if value is not None}
    if not limits:
        return
    images: Any = getattr(processor, "image_processor", None)
    if "image_grid_thw" not in getattr(images, "model_input_names", ()):
        raise UsageError(
            f"{wanted.checkpoint.label}: min_pixels and max_pixels mean nothing to the processor "
            f"of this checkpoint, {type(images).__name__}"
        )
    # Qwen's processors keep numbers of pixels under the names of edges.
    size = images.size
    images.size = type(size)(
        shortest_edge=limits.get("shortest_edge", size["shortest_edge"]),
        longest_edge=limits.get("longest_edge", size["longest_edge"]),
    )


def _reason(error: Exception, checkpoint: Checkpoint) -> str:
    """Why a checkpoint cannot be loaded, and the mend."""
    causes = list(_causes(error))
    whole = " ".join(str(cause) for cause in causes)
    text = str(error) or type(error).__name__
    if checkpoint.folder is not None:
        # What stops a model is printed and logged, and a full path names people.
        text = text.replace(str(checkpoint.folder.absolute()), checkpoint.name)
    text = one_line(text)[:_LONGEST_REASON]
    if "torchvision::nms" in whole:
        return "needs a torchvision that was built for the torch that is installed here"
    if isinstance(error, ImportError):
        named = [cause.name for cause in causes if isinstance(cause, ImportError) and cause.name]
        said = re.search(r"requires the (\w+) library|the `(\w+)` library", whole)
        name = named[-1] if named else said and (said[1] or said[2])
        if name:
            return f"needs {name}, not installed here: pip install 'pointbench[hf]'"
    if is_out_of_memory(error):
        return "does not fit into memory: try dtype=bfloat16, device=auto or a smaller checkpoint"
    if "trust_remote_code" in whole:
        return (
            "brings code of its own, which is not run: read it first, then set "
            "trust_remote_code=true"
        )
    if isinstance(error, OSError) and checkpoint.folder is None:
        return (
            f"is neither a folder here nor in the hub's cache, and was not had from the hub: {text}"
        )
    return f"cannot be loaded: {type(error).__name__}: {text}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from, down to the first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def is_out_of_memory(error: Exception) -> bool:
    """True for torch's errors, and the system's, where memory ran out on any device."""
    words = r"out of memory|can't allocate memory|cannot allocate memory"
    return isinstance(error, MemoryError) or bool(re.search(words, str(error), re.IGNORECASE))
