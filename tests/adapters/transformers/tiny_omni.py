"""Models that also hear and speak, with random weights: Qwen2.5-Omni, Qwen3-Omni and Phi-4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers

from tests.adapters.transformers.tiny_families import CHATML, TEXT, TORCHVISION, tokenizer

__all__ = ["OMNI", "TORCHVISION", "save"]

_MARKS = "vision_bos vision_eos IMAGE VIDEO AUDIO audio_bos audio_eos im_start"
_EAR: dict[str, Any] = {
    "num_mel_bins": 16,
    "encoder_layers": 1,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "d_model": 32,
    "output_dim": 64,
}


def _qwen_omni(
    family: str, patch: int, ear: str, sight: dict[str, Any], text: dict[str, Any]
) -> Any:
    tokens = tokenizer(
        [f"<|{mark}|>" for mark in _MARKS.split()],
        eos="<|im_end|>",
        pad="<|endoftext|>",
        image_token="<|IMAGE|>",
        audio_token="<|AUDIO|>",
        video_token="<|VIDEO|>",
        vision_bos_token="<|vision_bos|>",
        vision_eos_token="<|vision_eos|>",
        audio_bos_token="<|audio_bos|>",
        audio_eos_token="<|audio_eos|>",
    )
    ids = tokens.convert_tokens_to_ids
    index = "token_index" if family == "Qwen2_5Omni" else "token_id"
    thinker = {
        "text_config": {
            **TEXT,
            "vocab_size": len(tokens),
            "num_key_value_heads": 2,
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [2, 3, 3],
                "rope_theta": 1e6,
            },
            "eos_token_id": ids("<|im_end|>"),
            "pad_token_id": ids("<|endoftext|>"),
            **text,
        },
        "vision_config": {
            "depth": 2,
            "hidden_size": 32,
            "out_hidden_size": 64,
            "num_heads": 4,
            "intermediate_size": 64,
            "patch_size": patch,
            **sight,
        },
        "audio_config": {**_EAR, **({"downsample_hidden_size": 16} if ear else {})},
        f"image_{index}": ids("<|IMAGE|>"),
        f"video_{index}": ids("<|VIDEO|>"),
        f"audio_{index}": ids("<|AUDIO|>"),
        "audio_start_token_id": ids("<|audio_bos|>"),
        "vision_start_token_id": ids("<|vision_bos|>"),
        "vision_end_token_id": ids("<|vision_eos|>"),
    }
    config = getattr(transformers, f"{family}Config")(
        thinker_config=thinker, enable_audio_output=False
    )
    processor = getattr(transformers, f"{family}Processor")(
        image_processor=transformers.Qwen2VLImageProcessor(
            patch_size=patch, min_pixels=3136, max_pixels=12845056
        ),
        video_processor=transformers.Qwen2VLVideoProcessor(patch_size=patch),
        feature_extractor=transformers.WhisperFeatureExtractor(feature_size=16),
        tokenizer=tokens,
        chat_template=CHATML.replace("PICTURE", "<|vision_bos|><|IMAGE|><|vision_eos|>"),
    )
    return getattr(transformers, f"{family}ForConditionalGeneration")(config), processor


def qwen2_5_omni() -> Any:
    return _qwen_omni("Qwen2_5Omni", 14, "", {"fullatt_block_indexes": [1]}, {})


def qwen3_omni() -> Any:
    sight = {"deepstack_visual_indexes": [0], "num_position_embeddings": 256}
    text = {
        "head_dim": 16,
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 32,
    }
    return _qwen_omni("Qwen3OmniMoe", 16, "conv", sight, text)


def phi4() -> Any:
    tokens = tokenizer(
        ["<|image|>", "<|audio|>", "<|im_start|>", "<|im_end|>"],
        bos="<|endoftext|>",
        eos="<|end|>",
        pad="<|pad|>",
        image_token="<|image|>",
        audio_token="<|audio|>",
    )
    ids = tokens.convert_tokens_to_ids
    config = transformers.Phi4MultimodalConfig(
        **TEXT,
        vocab_size=len(tokens),
        num_key_value_heads=2,
        original_max_position_embeddings=8192,
        bos_token_id=ids("<|endoftext|>"),
        eos_token_id=ids("<|end|>"),
        pad_token_id=ids("<|pad|>"),
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": 448,
            "crop_size": 448,
            "image_token_id": ids("<|image|>"),
        },
        audio_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_blocks": 1,
            "num_attention_heads": 4,
            "ext_pw_out_channel": 32,
            "depthwise_separable_out_channel": 32,
            "nemo_conv_channels": 32,
            "audio_token_id": ids("<|audio|>"),
        },
    )
    processor = transformers.Phi4MultimodalProcessor(
        image_processor=transformers.Phi4MultimodalImageProcessor(dynamic_hd=4),
        audio_processor=transformers.Phi4MultimodalFeatureExtractor(),
        tokenizer=tokens,
        chat_template=CHATML.replace("PICTURE", "<|image|>"),
    )
    return transformers.Phi4MultimodalForCausalLM(config), processor


OMNI = {"qwen2_5_omni": qwen2_5_omni, "qwen3_omni_moe": qwen3_omni, "phi4_multimodal": phi4}


def save(family: str, folder: Path) -> Any:
    """Makes a checkpoint of that family at ``folder``; returns the model."""
    torch.manual_seed(0)
    model, processor = OMNI[family]()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return model
