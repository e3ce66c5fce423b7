"""Removes copies of the prompt from replies."""

from __future__ import annotations

from functools import lru_cache

SHORTEST_PROMPT = 8
"""Minimum length in characters; a shorter prompt may occur in a reply by chance."""
SHORTEST_LINE = 24
"""The same minimum for a single line of the prompt."""


def without_prompt(text: str, prompt: str) -> str:
    """The text without verbatim copies of the whole prompt."""
    copied = prompt.strip()
    if len(copied) < SHORTEST_PROMPT or copied not in text:
        return text
    return text.replace(copied, "\n")


def without_prompt_lines(text: str, prompt: str) -> str:
    """The text without verbatim copies of the prompt's longer lines.

    A line may itself be the answer (a model that repeats the prompt's example), so the caller
    falls back to the full text when this one contains no answer.
    """
    if len(text) < SHORTEST_LINE:
        return text
    for line in _lines(prompt):
        if line in text:
            text = text.replace(line, "\n")
    return text


@lru_cache(maxsize=4096)
def _lines(prompt: str) -> tuple[str, ...]:
    """The prompt's longer lines, longest first, because a line may be part of another."""
    lines = {line.strip() for line in prompt.splitlines()}
    long = [line for line in lines if len(line) >= SHORTEST_LINE]
    return tuple(sorted(long, key=lambda line: (-len(line), line)))
