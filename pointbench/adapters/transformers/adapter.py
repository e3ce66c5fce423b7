"""The ``transformers`` adapter: a checkpoint folder or a model on the hub, run in this process.

The first adapter created imports torch and transformers and loads the weights, once for all
workers and profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pointbench.adapters.protocol import Facts, Reply, Request
from pointbench.adapters.setting_specs import MAX_TOKENS, TEMPERATURE, TOP_K, TOP_P, Setting
from pointbench.adapters.transformers.families import Checkpoint, checkpoint_at, sampling_in_words
from pointbench.errors import GiveUp, UsageError

if TYPE_CHECKING:
    from pointbench.adapters.transformers.loading import LoadedCheckpoint

EXTRA = "pointbench[hf]"
"""What to install if a package is missing."""

SETTINGS: dict[str, Setting] = {
    "device": Setting("cpu, cuda, cuda:1, mps, or auto to spread it over all devices"),
    "dtype": Setting("of the weights", choices=("auto", "float32", "float16", "bfloat16")),
    "revision": Setting("branch, tag or commit of a hub id"),
    "trust_remote_code": Setting(
        "run the Python code that comes with the checkpoint", bool, runs_code=True
    ),
    "min_pixels": Setting("pixels below which the processor enlarges a picture", int, low=1),
    "max_pixels": Setting("pixels above which the processor shrinks a picture", int, low=1),
    "allow_resize": Setting("let the processor resize although the model answers in pixels", bool),
    "picture_first": Setting("put the picture before the text", bool),
    "max_tokens": MAX_TOKENS,
    "do_sample": Setting("sample instead of taking the most likely token", bool),
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "top_k": TOP_K,
}


class TransformersAdapter:
    """A vision-language checkpoint of Hugging Face transformers, run on this machine.

    UsageError, in one line, if it cannot be loaded.
    """

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        checkpoint = _checked(name, settings)
        # Imported here: torch and transformers cost seconds, and `models list` needs neither.
        from pointbench.adapters.transformers.loading import LoadSpec, shared_checkpoint

        self._settings = dict(settings)
        self._loaded: LoadedCheckpoint | None = shared_checkpoint(LoadSpec.of(checkpoint, settings))

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        """The facts that a run needs; UsageError as in `checkpoint_at`, or for unusable settings."""
        checkpoint = _checked(name, settings)
        spread = ("accelerate",) if settings.get("device") == "auto" else ()
        where = "on this machine" if checkpoint.folder else "on the Hugging Face hub"
        kind = f", model type {checkpoint.model_type}" if checkpoint.model_type else ""
        return Facts(
            profile=checkpoint.profile,
            evidence=checkpoint.evidence,
            packages=("torch", "transformers", *checkpoint.family.packages, *spread),
            install=EXTRA,
            accepts=SETTINGS,
            # One set of weights answers one question at a time.
            concurrency=1,
            description=f"a checkpoint {where}{kind}; {sampling_in_words(checkpoint)}",
            free=True,
        )

    def ask(self, request: Request) -> Reply:
        """The model's answer, unchanged; GiveUp if it would see the picture at a size other than sent."""
        from pointbench.adapters.transformers.asking import answer

        if self._loaded is None:
            raise GiveUp("the adapter was closed")
        return answer(self._loaded, request, {**self._settings, **request.settings})

    def close(self) -> None:
        """Release the weights; closing the last worker's adapter frees the memory."""
        self._loaded = None


def _checked(name: str, settings: Mapping[str, object]) -> Checkpoint:
    revision = settings.get("revision")
    checkpoint = checkpoint_at(name, str(revision) if revision else None)
    if checkpoint.folder is not None and revision is not None:
        raise UsageError(f"{checkpoint.label}: revision is for models of the hub, this is a folder")
    if settings.get("temperature") == 0 and settings.get("do_sample"):
        raise UsageError(f"{checkpoint.label}: do_sample=true needs a temperature above 0")
    return checkpoint
