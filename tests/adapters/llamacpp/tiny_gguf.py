"""A checkpoint of one megabyte for llama.cpp: one layer in Qwen2-VL's shape, with random weights.

Its tokens are bytes, so a prompt has about as many tokens as bytes. It sees nothing: what it answers
is noise, unless a request's ``grammar`` leaves it one answer to give.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

from tests.adapters.llamacpp.server import EYE, TEXT

PATCH = 28
"""Side in pixels of the square that becomes one token of a picture."""

_WIDTH, _HIDDEN, _HEADS, _KEY_VALUE, _ENCODER_PATCH = 64, 128, 4, 32, 14
_CONTEXT = 16384
_END = "<|im_end|>"
_SPECIAL = [
    *("<|endoftext|>", "<|im_start|>", _END),
    *("<|vision_start|>", "<|vision_end|>", "<|image_pad|>"),
]
_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}<|im_start|>assistant\n"
)

Array = NDArray[np.float32]


def write_checkpoint(folder: Path) -> None:
    """Write the checkpoint's two files; the same bytes each time."""
    random = np.random.default_rng(0)
    _write_text(folder / TEXT, random)
    _write_eye(folder / EYE, random)


def _weights(random: np.random.Generator, *shape: int) -> Array:
    return (random.standard_normal(shape) * 0.05).astype(np.float32)


def _vocabulary() -> list[str]:
    """GPT-2's letters for the 256 bytes, and one merged token: a tokenizer without merges is refused."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable}
    letters |= {byte: chr(256 + number) for number, byte in enumerate(others)}
    return [*(letters[byte] for byte in range(256)), "ab"]


def _write_text(path: Path, random: np.random.Generator) -> None:
    ordinary = _vocabulary()
    tokens = ordinary + _SPECIAL
    writer = gguf.GGUFWriter(path, "qwen2vl")
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(_HIDDEN)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(2)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_sections([2, 3, 3, 0])
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    kinds = [gguf.TokenType.NORMAL] * len(ordinary) + [gguf.TokenType.CONTROL] * len(_SPECIAL)
    writer.add_token_types(kinds)
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(tokens.index(_END))
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(_TEMPLATE)
    layer = {
        "attn_norm.weight": np.ones(_WIDTH, np.float32),
        "attn_q.weight": _weights(random, _WIDTH, _WIDTH),
        "attn_q.bias": np.zeros(_WIDTH, np.float32),
        "attn_k.weight": _weights(random, _KEY_VALUE, _WIDTH),
        "attn_k.bias": np.zeros(_KEY_VALUE, np.float32),
        "attn_v.weight": _weights(random, _KEY_VALUE, _WIDTH),
        "attn_v.bias": np.zeros(_KEY_VALUE, np.float32),
        "attn_output.weight": _weights(random, _WIDTH, _WIDTH),
        "ffn_norm.weight": np.ones(_WIDTH, np.float32),
        "ffn_gate.weight": _weights(random, _HIDDEN, _WIDTH),
        "ffn_up.weight": _weights(random, _HIDDEN, _WIDTH),
        "ffn_down.weight": _weights(random, _WIDTH, _HIDDEN),
    }
    _save(
        writer,
        {
            "token_embd.weight": _weights(random, len(tokens), _WIDTH),
            "output_norm.weight": np.ones(_WIDTH, np.float32),
            "output.weight": _weights(random, len(tokens), _WIDTH),
            **{f"blk.0.{name}": tensor for name, tensor in layer.items()},
        },
    )


def _write_eye(path: Path, random: np.random.Generator) -> None:
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "qwen2vl_merger")
    for name, number in {
        "image_size": 20 * PATCH,
        "patch_size": _ENCODER_PATCH,
        "embedding_length": _WIDTH,
        "feed_forward_length": _HIDDEN,
        "projection_dim": _WIDTH,
        "attention.head_count": _HEADS,
        "block_count": 1,
        "spatial_merge_size": PATCH // _ENCODER_PATCH,
    }.items():
        writer.add_uint32(f"clip.vision.{name}", number)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.48, 0.46, 0.41])
    writer.add_array("clip.vision.image_std", [0.27, 0.26, 0.28])
    writer.add_bool("clip.use_silu", False)
    writer.add_bool("clip.use_gelu", False)
    merged = 4 * _WIDTH
    layer: dict[str, Array] = {}
    for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
        layer[f"{name}.weight"] = _weights(random, _WIDTH, _WIDTH)
        layer[f"{name}.bias"] = np.zeros(_WIDTH, np.float32)
    for name in ("ln1", "ln2"):
        layer[f"{name}.weight"] = np.ones(_WIDTH, np.float32)
        layer[f"{name}.bias"] = np.zeros(_WIDTH, np.float32)
    for name, rows, columns in (("ffn_up", _HIDDEN, _WIDTH), ("ffn_down", _WIDTH, _HIDDEN)):
        layer[f"{name}.weight"] = _weights(random, rows, columns)
        layer[f"{name}.bias"] = np.zeros(rows, np.float32)
    patch = (_WIDTH, 3, _ENCODER_PATCH, _ENCODER_PATCH)
    _save(
        writer,
        {
            "v.patch_embd.weight": _weights(random, *patch),
            "v.patch_embd.weight.1": _weights(random, *patch),
            "v.post_ln.weight": np.ones(_WIDTH, np.float32),
            "v.post_ln.bias": np.zeros(_WIDTH, np.float32),
            "mm.0.weight": _weights(random, merged, merged),
            "mm.0.bias": np.zeros(merged, np.float32),
            "mm.2.weight": _weights(random, _WIDTH, merged),
            "mm.2.bias": np.zeros(_WIDTH, np.float32),
            **{f"v.blk.0.{name}": tensor for name, tensor in layer.items()},
        },
    )


def _save(writer: gguf.GGUFWriter, tensors: dict[str, Array]) -> None:
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
