"""Models and processors of six families with random weights, a megabyte or two each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

# Layers of 64 numbers: threads would only wait for one another.
torch.set_num_threads(1)
transformers.logging.disable_progress_bar()

_CORPUS = [
    " ".join(str(number) for number in range(1000)),
    'Click square 0 of screen 1. {"x": 10, "y": 20} (10,20) [10, 20] coordinate left_click',
    "The picture is a screenshot, pixels wide and high. Answer with the place to click.",
] * 20

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}PICTURE{% else %}{{ c['text'] }}{% endif %}{% endfor %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

TEXT: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 8192,
}
_SIGHT: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 64,
}


_DECLARED: list[Any] = []
"""Declarations are valid only as long as their library object lives."""


def _torchvision_works() -> bool:
    """True if torchvision can be imported; helps it to load next to a torch for CPUs.

    The torchvision of the package index is built for the torch of the index, which has CUDA. With
    another torch it lacks two operators that only detection models call; once their names are
    declared,
    its resizing works.
    """
    try:
        import torchvision
    except ImportError:
        return False
    except RuntimeError as error:
        if _DECLARED or "torchvision::nms" not in str(error):
            return False
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        _DECLARED.append(torch.library.Library("torchvision", "DEF"))
        for operator in ("nms", "qnms"):
            _DECLARED[0].define(f"{operator}(Tensor dets, Tensor scores, float limit) -> Tensor")
        import torchvision  # noqa: F401
    return True


TORCHVISION = _torchvision_works()
"""Determined before transformers looks for itself and remembers the result."""
TORCHVISION_HELPED = bool(_DECLARED)
"""True if it works only because its operators were declared here."""


def tokenizer(special: Sequence[str], **named: str) -> Any:
    """A byte-level tokenizer with the special tokens of a family, trained on a page of text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokens = [token for key, token in named.items() if key in ("bos", "eos", "pad", "unk")]
    every = list(dict.fromkeys([*tokens, *special]))
    trainer = trainers.BpeTrainer(
        vocab_size=len(every) + 400,
        special_tokens=every,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    roles = {f"{k}_token" if k in ("bos", "eos", "pad", "unk") else k: v for k, v in named.items()}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, additional_special_tokens=list(special), **roles
    )


def _image_processor(name: str, **options: Any) -> Any:
    """The class that works on this machine: with torchvision, or with Pillow."""
    return getattr(transformers, name if TORCHVISION else f"{name}Pil")(**options)


def idefics3() -> tuple[Any, Any]:
    tiles = [f"<row_{row}_col_{column}>" for row in range(1, 5) for column in range(1, 5)]
    tokens = tokenizer(
        ["<image>", "<fake_token_around_image>", "<global-img>", *tiles],
        bos="<|im_start|>",
        eos="<end_of_utterance>",
        pad="<pad>",
        image_token="<image>",
        fake_image_token="<fake_token_around_image>",
        global_image_token="<global-img>",
        end_of_utterance_token="<end_of_utterance>",
    )
    ids = tokens.convert_tokens_to_ids
    config = transformers.Idefics3Config(
        text_config={
            **TEXT,
            "model_type": "llama",
            "vocab_size": len(tokens),
            "num_key_value_heads": 2,
            "pad_token_id": ids("<pad>"),
            "bos_token_id": ids("<|im_start|>"),
            "eos_token_id": ids("<end_of_utterance>"),
        },
        vision_config={**_SIGHT, "patch_size": 8},
        scale_factor=2,
        image_token_id=ids("<image>"),
        pad_token_id=ids("<pad>"),
    )
    processor = transformers.Idefics3Processor(
        image_processor=_image_processor(
            "Idefics3ImageProcessor",
            size={"longest_edge": 64},
            max_image_size={"longest_edge": 64},
        ),
        tokenizer=tokens,
        image_seq_len=16,
        chat_template=CHATML.replace("PICTURE", "<image>").replace(
            "<|im_end|>", "<end_of_utterance>"
        ),
    )
    return transformers.Idefics3ForConditionalGeneration(config), processor


def gemma3() -> tuple[Any, Any]:
    tokens = tokenizer(
        ["<start_of_image>", "<end_of_image>", "<image_soft_token>", "<|im_start|>", "<|im_end|>"],
        bos="<bos>",
        eos="<eos>",
        pad="<pad>",
        unk="<unk>",
        image_token="<image_soft_token>",
        boi_token="<start_of_image>",
        eoi_token="<end_of_image>",
    )
    ids = tokens.convert_tokens_to_ids
    config = transformers.Gemma3Config(
        text_config={
            **TEXT,
            "vocab_size": len(tokens),
            "num_key_value_heads": 2,
            "head_dim": 16,
            "sliding_window": 512,
            "pad_token_id": ids("<pad>"),
            "bos_token_id": ids("<bos>"),
            "eos_token_id": ids("<eos>"),
        },
        vision_config={**_SIGHT, "patch_size": 16},
        mm_tokens_per_image=4,
        image_token_id=ids("<image_soft_token>"),
        boi_token_id=ids("<start_of_image>"),
        eoi_token_id=ids("<end_of_image>"),
    )
    processor = transformers.Gemma3Processor(
        image_processor=_image_processor(
            "Gemma3ImageProcessor", size={"height": 64, "width": 64}, image_seq_length=4
        ),
        tokenizer=tokens,
        chat_template="{{ bos_token }}" + CHATML.replace("PICTURE", "<start_of_image>"),
        image_seq_length=4,
    )
    return transformers.Gemma3ForConditionalGeneration(config), processor


def paligemma() -> tuple[Any, Any]:
    places = [f"<loc{number:04d}>" for number in range(1024)]
    tokens = tokenizer(
        ["<image>", *places],
        bos="<bos>",
        eos="<eos>",
        pad="<pad>",
        unk="<unk>",
        image_token="<image>",
    )
    ids = tokens.convert_tokens_to_ids
    images = _image_processor("SiglipImageProcessor", size={"height": 64, "width": 64})
    images.image_seq_length = 16
    config = transformers.PaliGemmaConfig(
        text_config={
            **TEXT,
            "model_type": "gemma",
            "vocab_size": len(tokens),
            "num_key_value_heads": 1,
            "head_dim": 16,
            "pad_token_id": ids("<pad>"),
            "bos_token_id": ids("<bos>"),
            "eos_token_id": ids("<eos>"),
        },
        vision_config={
            **_SIGHT,
            "model_type": "siglip_vision_model",
            "patch_size": 16,
            "projection_dim": 64,
        },
        projection_dim=64,
        image_token_id=ids("<image>"),
    )
    return (
        transformers.PaliGemmaForConditionalGeneration(config),
        transformers.PaliGemmaProcessor(image_processor=images, tokenizer=tokens),
    )


def florence2() -> tuple[Any, Any]:
    places = [f"<loc_{number}>" for number in range(1000)]
    tags = ["<od>", "</od>", "<ocr>", "</ocr>", "<poly>", "</poly>", "<and>", "<sep>"]
    tokens = tokenizer(
        ["<image>", *places, *tags],
        bos="<s>",
        eos="</s>",
        pad="<pad>",
        unk="<unk>",
        image_token="<image>",
    )
    ids = tokens.convert_tokens_to_ids
    config = transformers.Florence2Config(
        text_config={
            "model_type": "bart",
            "vocab_size": len(tokens),
            "d_model": 64,
            "encoder_layers": 2,
            "decoder_layers": 2,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "encoder_ffn_dim": 128,
            "decoder_ffn_dim": 128,
            "max_position_embeddings": 256,
            "bos_token_id": ids("<s>"),
            "eos_token_id": ids("</s>"),
            "pad_token_id": ids("<pad>"),
            "decoder_start_token_id": ids("</s>"),
            "forced_eos_token_id": ids("</s>"),
        },
        vision_config={
            "model_type": "florence_vision",
            "depths": (1, 1, 1, 1),
            "embed_dim": (16, 32, 32, 64),
            "num_heads": (2, 2, 2, 2),
            "num_groups": (2, 2, 2, 2),
            "projection_dim": 64,
            "window_size": 4,
        },
        image_token_id=ids("<image>"),
    )
    size = {"height": 128, "width": 128}
    images = _image_processor(
        "CLIPImageProcessor", size=size, crop_size=size, do_center_crop=False, image_seq_length=17
    )
    images.image_seq_length = 17
    return (
        transformers.Florence2ForConditionalGeneration(config),
        transformers.Florence2Processor(image_processor=images, tokenizer=tokens),
    )


def _qwen(family: str, patch: int, sight: dict[str, Any], text: dict[str, Any]) -> tuple[Any, Any]:
    marks = "vision_start vision_end image_pad video_pad box_start box_end im_start"
    tokens = tokenizer(
        [f"<|{mark}|>" for mark in marks.split()], eos="<|im_end|>", pad="<|endoftext|>"
    )
    ids = tokens.convert_tokens_to_ids
    config = getattr(transformers, f"{family}Config")(
        text_config={
            **TEXT,
            "vocab_size": len(tokens),
            "num_key_value_heads": 2,
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [2, 3, 3],
                "rope_theta": 1e6,
            },
            "bos_token_id": None,
            "eos_token_id": ids("<|im_end|>"),
            "pad_token_id": ids("<|endoftext|>"),
            **text,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "out_hidden_size": 64,
            "num_heads": 4,
            "intermediate_size": 64,
            "patch_size": patch,
            **sight,
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
    )
    video = "Qwen3VLVideoProcessor" if family == "Qwen3VL" else "Qwen2VLVideoProcessor"
    processor = getattr(transformers, f"{family}Processor")(
        # The limits of the published checkpoints of these families.
        image_processor=_image_processor(
            "Qwen2VLImageProcessor", patch_size=patch, min_pixels=3136, max_pixels=12845056
        ),
        video_processor=getattr(transformers, video)(patch_size=patch),
        tokenizer=tokens,
        chat_template=CHATML.replace("PICTURE", "<|vision_start|><|image_pad|><|vision_end|>"),
    )
    return getattr(transformers, f"{family}ForConditionalGeneration")(config), processor


def qwen2_5_vl() -> tuple[Any, Any]:
    return _qwen("Qwen2_5_VL", 14, {"fullatt_block_indexes": [1]}, {})


def qwen3_vl() -> tuple[Any, Any]:
    sight = {"deepstack_visual_indexes": [0], "num_position_embeddings": 256}
    return _qwen("Qwen3VL", 16, sight, {"head_dim": 16})


FAMILIES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "idefics3": idefics3,
    "gemma3": gemma3,
    "paligemma": paligemma,
    "florence2": florence2,
    "qwen2_5_vl": qwen2_5_vl,
    "qwen3_vl": qwen3_vl,
}
NEED_TORCHVISION = {"qwen2_5_vl", "qwen3_vl"}
