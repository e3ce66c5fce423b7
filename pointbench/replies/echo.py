"""Replies that repeat the question."""

from __future__ import annotations

from functools import lru_cache

SHORTEST_PROMPT = 8
"""Characters below which a prompt found in a reply proves nothing."""
SHORTEST_LINE = 24
"""The same for a single line of the prompt."""


def without_prompt(text: str, prompt: str) -> str:
    """The text without any verbatim copy of the whole prompt."""
    asked = prompt.strip()
    if len(asked) < SHORTEST_PROMPT or asked not in text:
        return text
    return text.replace(asked, "\n")


def without_prompt_lines(text: str, prompt: str) -> str:
    """The text without verbatim copies of the prompt's longer lines.

    A line may be the very answer (a model that repeats the prompt's example), so that the caller
    has to look at the uncut text where this one says nothing.
    """
    if len(text) < SHORTEST_LINE:
        return text
    for line in _lines(prompt):
        if line in text:
            text = text.replace(line, "\n")
    return text


@lru_cache(maxsize=4096)
def _lines(prompt: str) -> tuple[str, ...]:
    """The prompt's longer lines, the longest first: a line may be part of another."""
    lines = {line.strip() for line in prompt.splitlines()}
    long = [line for line in lines if len(line) >= SHORTEST_LINE]
    return tuple(sorted(long, key=lambda line: (-len(line), line)))
