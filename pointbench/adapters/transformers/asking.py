"""Asks a loaded checkpoint one question: makes the inputs, generates tokens, decodes them."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pointbench.adapters.protocol import Picture, Reply, Request
from pointbench.adapters.setting_specs import is_finite_number
from pointbench.adapters.transformers.loading import LoadedCheckpoint, is_out_of_memory
from pointbench.adapters.transformers.processors import (
    has_pixel_limits,
    most_tokens,
    seen_size,
    whole_patch,
)
from pointbench.errors import GiveUp
from pointbench.geometry import Size
from pointbench.profiles import find_profile

if TYPE_CHECKING:
    from PIL import Image

DEFAULT_MAX_TOKENS = 4096
"""Default output limit in tokens: leaves room for reasoning; the context may allow less."""

_PLAIN_BY_PATCH = {14: "pixel-28", 28: "pixel-28", 32: "pixel-32"}
"""Side of a whole patch -> the plain profile that sends pictures made of such."""


def answer(loaded: LoadedCheckpoint, request: Request, settings: Mapping[str, object]) -> Reply:
    """The checkpoint's reply to a request, in its own tokens.

    GiveUp if memory runs out, if the question exceeds the model's context, and if its
    processor would resize the picture that was sent.
    """
    with loaded.turn:
        return _answer(loaded, request, settings)


def _answer(loaded: LoadedCheckpoint, request: Request, settings: Mapping[str, object]) -> Reply:
    import torch

    refuse_guessed_profile(loaded, request)
    inputs = model_inputs(loaded, request, settings)
    if request.picture is not None and not settings.get("allow_resize"):
        refuse_resizing(loaded, request, request.picture, inputs)
    input_count = int(inputs["input_ids"].shape[1])
    room = _room(loaded, input_count, _limit(settings))
    config = generation_config(loaded, settings, room)
    try:
        with torch.inference_mode():
            # The trial's own seed makes sampling repeatable, whatever was asked before.
            torch.manual_seed(request.seed % 2**63)
            on_device = inputs.to(loaded.model.device, dtype=loaded.model.dtype)
            output = loaded.model.generate(**on_device, generation_config=config)[0].tolist()
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        raise GiveUp(
            f"{loaded.label}: memory ran out over {input_count} input tokens: try dtype=bfloat16, "
            f"device=auto, or max_pixels if the model has it"
        ) from error
    # An encoder-decoder's output begins with a start token that was not generated.
    new = output[1:] if loaded.model.config.is_encoder_decoder else output[input_count:]
    return Reply(
        text=reply_text(loaded, config, new),
        finish_reason=_finish_reason(config, new, room),
        model=loaded.served_name,
        input_tokens=input_count,
        output_tokens=len(new),
    )


def model_inputs(loaded: LoadedCheckpoint, request: Request, settings: Mapping[str, object]) -> Any:
    """The prompt and the picture as the checkpoint's processor prepares them."""
    with warnings.catch_warnings():
        # Deprecations inside third-party packages are not ours to fix.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        inputs = _processed(loaded, request, settings)
    # PaliGemma's processor adds training labels to every prompt.
    inputs.pop("labels", None)
    return inputs


def _processed(loaded: LoadedCheckpoint, request: Request, settings: Mapping[str, object]) -> Any:
    processor = loaded.processor
    image = None if request.picture is None else _decoded(request.picture)
    if getattr(processor, "chat_template", None):
        content: list[dict[str, object]] = [{"type": "text", "text": request.prompt}]
        if image is not None:
            first = settings.get("picture_first", True)
            content.insert(0 if first else 1, {"type": "image", "image": image})
        messages = [{"role": "user", "content": content}]
        if request.system:
            system = [{"type": "text", "text": request.system}]
            messages.insert(0, {"role": "system", "content": system})
        return processor.apply_chat_template(
            messages,
            tokenize=True,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
        )
    if image is None:
        raise GiveUp(f"{loaded.label} has no chat template, and cannot be asked without a picture")
    return processor(text=_bare_text(loaded, request), images=image, return_tensors="pt")


def _bare_text(loaded: LoadedCheckpoint, request: Request) -> str:
    text = f"{request.system}\n{request.prompt}" if request.system else request.prompt
    if loaded.checkpoint.family.places_picture:
        return text
    return f"{getattr(loaded.processor, 'image_token', None) or ''}{text}"


def _decoded(picture: Picture) -> Image.Image:
    from PIL import Image

    with Image.open(io.BytesIO(picture.data)) as image:
        return image.convert("RGB")


def refuse_guessed_profile(loaded: LoadedCheckpoint, request: Request) -> None:
    """GiveUp if the profile was guessed from a name, and the checkpoint's model type says another."""
    guessed, own = loaded.spec.checkpoint.profile, loaded.checkpoint.profile
    if own != guessed == request.profile:
        raise GiveUp(
            f"{loaded.label} is of the model type {loaded.checkpoint.model_type} and asked under "
            f"profile {own}, not {guessed} as its name suggested before it was downloaded: "
            f"start the run again"
        )


def refuse_resizing(
    loaded: LoadedCheckpoint, request: Request, picture: Picture, inputs: Mapping[str, Any]
) -> None:
    """GiveUp if a model that is asked for pixels would see the picture at a size other than sent."""
    images = loaded.image_processor
    unit = request.unit or find_profile(loaded.checkpoint.profile).unit
    if images is None or unit != "pixel":
        return
    sent = Size(picture.width, picture.height)
    seen = seen_size(images, inputs, sent)
    if seen is None or seen == sent:
        return
    raise GiveUp(
        f"{loaded.label} is asked for pixels, but its processor resizes the "
        f"{sent.width}x{sent.height} sent to {seen.width}x{seen.height}: "
        f"{_mend(loaded, request, sent, seen)}; "
        f"if its answers are pixels of what was sent all the same, set allow_resize=true"
    )


def _mend(loaded: LoadedCheckpoint, request: Request, sent: Size, seen: Size) -> str:
    images, own = loaded.image_processor, loaded.checkpoint.profile
    side = whole_patch(images)
    if sent.width % side or sent.height % side:
        fits = _PLAIN_BY_PATCH.get(side) if own in (request.profile, "pixel") else own
        example = f" (profile={fits})" if fits else ""
        return f"ask it under a profile that sends whole patches of {side} px{example}"
    if not has_pixel_limits(images):
        return "ask it under a profile that sends smaller pictures"
    pixels = sent.width * sent.height
    if seen.width * seen.height < pixels:
        smaller = f"qwen-{side}-{most_tokens(images)}" if side in (28, 32) else None
        example = f' (a profile with sizing = "{smaller}")' if smaller else ""
        return f"set max_pixels={pixels} or more, or send smaller pictures{example}"
    return f"set min_pixels={pixels} or less"


def _limit(settings: Mapping[str, object]) -> int:
    limit = settings.get("max_tokens")
    return int(limit) if is_finite_number(limit) else DEFAULT_MAX_TOKENS


def _room(loaded: LoadedCheckpoint, input_count: int, limit: int) -> int:
    """Tokens left for the answer in the model's context, at most ``limit``; GiveUp if none are left."""
    config = loaded.model.config
    context = getattr(config.get_text_config(decoder=True), "max_position_embeddings", None)
    if not isinstance(context, int):
        return limit
    # An encoder-decoder's output has its own context, whose first token is given.
    room = context - (1 if config.is_encoder_decoder else input_count)
    if room < 1 or input_count > context:
        raise GiveUp(
            f"{loaded.label}: the question takes {input_count} tokens, but its context holds {context}"
        )
    return min(limit, room)


def generation_config(loaded: LoadedCheckpoint, settings: Mapping[str, object], room: int) -> Any:
    """The checkpoint's own generation configuration, overridden by the settings."""
    config = copy.deepcopy(loaded.model.generation_config)
    config.max_new_tokens, config.max_length = room, None
    sampling = {key: settings.get(key) for key in ("temperature", "top_p", "top_k")}
    sample = settings.get("do_sample")
    if sample is None and sampling["temperature"] is not None:
        sample = sampling["temperature"] != 0
    elif sample is None and any(value is not None for value in sampling.values()):
        sample = True
    if sample is not None:
        config.do_sample = sample
    for key, value in sampling.items():
        if not config.do_sample:
            # transformers would warn on every call if it stayed.
            setattr(config, key, None)
        elif value is not None:
            setattr(config, key, value)
    tokenizer = loaded.processor.tokenizer
    if config.eos_token_id is None:
        config.eos_token_id = tokenizer.eos_token_id
    if config.pad_token_id is None:
        config.pad_token_id = next(iter(_ends(config)), 0)
    return config


def _ends(config: Any) -> list[int]:
    ends = config.eos_token_id
    if ends is None:
        return []
    return list(ends) if isinstance(ends, list | tuple) else [int(ends)]


def reply_text(loaded: LoadedCheckpoint, config: Any, new: list[int]) -> str:
    """New tokens as text, without the tokens that only begin, end or pad an answer.

    Other special tokens stay: some models write points in them (``<loc_500>``, ``<|box_start|>``).
    """
    tokenizer = loaded.processor.tokenizer
    frame = {*_ends(config), config.pad_token_id, config.bos_token_id}
    frame |= {tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.pad_token_id}
    text: str = tokenizer.decode(
        [token for token in new if token not in frame],
        skip_special_tokens=False,
        clean_up_tokenization_spaces=False,
    )
    return text


def _finish_reason(config: Any, new: list[int], room: int) -> str:
    # If an end token is forced at the limit, it does not mean that the answer was finished.
    forced = config.forced_eos_token_id is not None and len(new) >= room
    return "stop" if new and new[-1] in _ends(config) and not forced else "length"
