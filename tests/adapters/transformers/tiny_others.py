"""More models with random weights: some that also hear and speak, and two with limits of another kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers

from tests.adapters.transformers.tiny_families import CHATML, TEXT, TORCHVISION, tokenizer

__all__ = ["MORE", "OMNI", "TORCHVISION", "save"]

_MARKS = "vision_bos vision_eos IMAGE VIDEO AUDIO audio_bos audio_eos im_start"
EAR: dict[str, Any] = {
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
        "audio_config": {**EAR, **({"downsample_hidden_size": 16} if ear else {})},
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


def glm46v() -> Any:
    tokens = tokenizer(
        [
            *("<|begin_of_image|>", "<|end_of_image|>", "<|begin_of_video|>", "<|end_of_video|>"),
            *("<|image|>", "<|video|>", "<|im_start|>"),
        ],
        eos="<|im_end|>",
        pad="<|endoftext|>",
    )
    ids = tokens.convert_tokens_to_ids
    config = transformers.Glm46VConfig(
        text_config={
            **TEXT,
            "model_type": "glm4v_text",
            "vocab_size": len(tokens),
            "num_key_value_heads": 2,
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [2, 1, 1],
                "rope_theta": 1e4,
                "partial_rotary_factor": 0.5,
            },
            "eos_token_id": ids("<|im_end|>"),
            "pad_token_id": ids("<|endoftext|>"),
        },
        vision_config={
            "model_type": "glm4v_vision",
            "depth": 2,
            "hidden_size": 32,
            "out_hidden_size": 64,
            "num_heads": 4,
            "intermediate_size": 64,
        },
        image_token_id=ids("<|image|>"),
        video_token_id=ids("<|video|>"),
        image_start_token_id=ids("<|begin_of_image|>"),
        image_end_token_id=ids("<|end_of_image|>"),
        video_start_token_id=ids("<|begin_of_video|>"),
        video_end_token_id=ids("<|end_of_video|>"),
    )
    processor = transformers.Glm46VProcessor(
        image_processor=transformers.Glm46VImageProcessor(),
        video_processor=transformers.Glm46VVideoProcessor(),
        tokenizer=tokens,
        chat_template=CHATML.replace("PICTURE", "<|begin_of_image|><|image|><|end_of_image|>"),
    )
    return transformers.Glm46VForConditionalGeneration(config), processor


def kimi_k25() -> Any:
    tokens = tokenizer(
        ["<|media_begin|>", "<|media_end|>", "<|media_pad|>", "<|video|>", "<|im_start|>"],
        eos="<|im_end|>",
        pad="[PAD]",
        image_token="<|media_pad|>",
        video_token="<|video|>",
    )
    ids = tokens.convert_tokens_to_ids
    config = transformers.Kimi_K25Config(
        text_config={
            **TEXT,
            "model_type": "deepseek_v3",
            "vocab_size": len(tokens),
            "num_key_value_heads": 4,
            "moe_intermediate_size": 32,
            "n_routed_experts": 4,
            "num_experts_per_tok": 2,
            "n_group": 1,
            "topk_group": 1,
            "first_k_dense_replace": 1,
            "kv_lora_rank": 16,
            "q_lora_rank": 16,
            "qk_rope_head_dim": 8,
            "qk_nope_head_dim": 8,
            "v_head_dim": 16,
            "eos_token_id": ids("<|im_end|>"),
            "pad_token_id": ids("[PAD]"),
            "bos_token_id": None,
        },
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
        },
        projection_hidden_size=32,
        image_token_id=ids("<|media_pad|>"),
        video_token_id=ids("<|video|>"),
        vision_start_token_id=ids("<|media_begin|>"),
        vision_end_token_id=ids("<|media_end|>"),
    )
    processor = transformers.Kimi_K25Processor(
        image_processor=transformers.Kimi_K25ImageProcessor(),
        video_processor=transformers.Kimi_K25VideoProcessor(),
        tokenizer=tokens,
        chat_template=CHATML.replace("PICTURE", "<|media_begin|><|media_pad|><|media_end|>"),
    )
    return transformers.Kimi_K25ForConditionalGeneration(config), processor


def qwen2_audio() -> Any:
    tokens = tokenizer(["<|AUDIO|>"], eos="<|im_end|>", pad="<|endoftext|>")
    config = transformers.Qwen2AudioConfig(
        text_config={**TEXT, "model_type": "qwen2", "vocab_size": len(tokens)},
        audio_config={**EAR, "model_type": "qwen2_audio_encoder"},
        audio_token_index=tokens.convert_tokens_to_ids("<|AUDIO|>"),
    )
    processor = transformers.Qwen2AudioProcessor(
        feature_extractor=transformers.WhisperFeatureExtractor(feature_size=16),
        tokenizer=tokens,
        chat_template=CHATML,
    )
    return transformers.Qwen2AudioForConditionalGeneration(config), processor


MORE = {"glm46v": glm46v, "kimi_k25": kimi_k25, "qwen2_audio": qwen2_audio}
OMNI = {"qwen2_5_omni": qwen2_5_omni, "qwen3_omni_moe": qwen3_omni, "phi4_multimodal": phi4}


def save(family: str, folder: Path) -> Any:
    """Makes a checkpoint of that family at ``folder``; returns the model."""
    torch.manual_seed(0)
    model, processor = {**MORE, **OMNI}[family]()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return model
