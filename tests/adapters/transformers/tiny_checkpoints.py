"""Checkpoints of one or two megabytes, made on the spot and trained on a few points in seconds.

`memorize` trains one for a few seconds until it answers a picture with a text of the test's choice,
so a known point comes back through all the code that a large checkpoint uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from tests.adapters.transformers.tiny_families import (
    FAMILIES,
    NEED_TORCHVISION,
    TORCHVISION,
    TORCHVISION_HELPED,
    qwen2_5_vl,
)

__all__ = [
    "FAMILIES",
    "NEED_TORCHVISION",
    "TORCHVISION",
    "TORCHVISION_HELPED",
    "memorize",
    "qwen2_5_vl",
    "save",
]


def save(family: str, folder: Path, seed: int = 0) -> Path:
    """Makes a checkpoint of that family at ``folder``; the same one for the same seed."""
    torch.manual_seed(seed)
    model, processor = FAMILIES[family]()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def memorize(loaded: Any, lessons: Sequence[tuple[Any, str]], steps: int = 400) -> int:
    """Train until each question is answered, greedily, with its text; returns the number of steps.

    A lesson is a question as encoded by the processor, and its answer.
    """
    model, tokens = loaded.model, loaded.processor.tokenizer
    answers = [
        [*tokens(text, add_special_tokens=False)["input_ids"], tokens.eos_token_id]
        for _, text in lessons
    ]
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    model.train()
    for step in range(1, steps + 1):
        losses, known = [], True
        for (inputs, _), answer in zip(lessons, answers, strict=True):
            logits = _logits_of(model, inputs, answer)
            target = torch.tensor(answer)
            losses.append(torch.nn.functional.cross_entropy(logits, target))
            known &= bool((logits.argmax(-1) == target).all())
        if known:
            model.eval()
            return step
        optimizer.zero_grad()
        torch.stack(losses).sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    raise AssertionError(f"{steps} steps did not teach {loaded.label} its answers")


def _logits_of(model: Any, inputs: Any, answer: list[int]) -> Any:
    """The model's logits at each position of the answer, given the answer up to there."""
    prefix = torch.tensor([answer[:-1]])
    if model.config.is_encoder_decoder:
        start = torch.tensor([[model.config.text_config.decoder_start_token_id]])
        return model(**inputs, decoder_input_ids=torch.cat([start, prefix], 1)).logits[0]
    longer = dict(inputs)
    for key, value in inputs.items():
        if value.shape == inputs["input_ids"].shape:
            more = {"input_ids": prefix, "attention_mask": torch.ones_like(prefix)}
            longer[key] = torch.cat([value, more.get(key, torch.zeros_like(prefix))], 1)
    return model(**longer).logits[0, -len(answer) :]
