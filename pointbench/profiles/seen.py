"""Whether a server showed a model the picture that it was sent, as its count of input tokens tells.

A server that shrinks a picture says so nowhere, but the picture then has fewer tokens. Answers in
pixels are pixels of the smaller picture, and would be read at the wrong place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pointbench.geometry import Size
from pointbench.profiles.profile import Profile
from pointbench.profiles.sizing import image_tokens, token_budget, token_side

SEEN_SMALLER = "seen-smaller"
"""Flag of an answer whose input tokens are too few for the picture as it was sent."""

Seen = Literal["whole", "smaller", "uncounted"]
"""``uncounted``: the input tokens are no more than the text's own, so nothing is known of the picture."""

UNCOUNTED = "its server does not count pictures in its input tokens, so nothing tells whether it shrinks them"
"""What to say of a server all of whose counts are ``uncounted``."""

LLAMA_CPP_TOKENS = 4096
"""Tokens of a picture that llama.cpp's server shows at most unless it is told otherwise."""

_BYTES_PER_TOKEN = 3
"""Bytes of English and JSON per token: fewer than with any tokenizer of these models."""
_TOKENS_PER_CHARACTER = 2
"""Tokens of a character that is not ASCII, at most."""
_TEMPLATE_TOKENS = 64
"""Tokens of a chat template at most: roles, and a system turn of the template's own."""


@dataclass(frozen=True)
class PictureCheck:
    """Checks the input tokens of one model's replies against the pictures that it was sent."""

    sizing: str
    system: str = ""

    @classmethod
    def of(cls, profile: Profile) -> PictureCheck | None:
        """The check for a profile; None where a smaller picture moves no point or tokens tell nothing.

        It takes an answer in pixels, and a rule of `pointbench.profiles.sizing.TOKEN_BUDGETS`: its
        servers count one token for each square of the picture, and a vendor's own service, such as
        OpenAI's or Anthropic's, shrinks nothing that its rule lets through.
        """
        if profile.blind or profile.unit != "pixel" or token_budget(profile.sizing) is None:
            return None
        return cls(profile.sizing, profile.system or "")

    def tokens(self, sent: Size) -> int | None:
        """Tokens of a picture of ``sent`` pixels that is seen whole; None if it would be refused."""
        return _tokens(self.sizing, sent)

    def seen(self, sent: Size, prompt: str, input_tokens: int | None) -> Seen | None:
        """What the input tokens of a reply, all of them, tell of its picture; None if nothing.

        ``prompt`` is the text of the user's turn. The text's own tokens are in the count, so a picture
        that was shrunk by less than them goes unnoticed, and none is accused wrongly.
        """
        tokens = self.tokens(sent)
        if tokens is None or input_tokens is None:
            return None
        if input_tokens >= tokens:
            return "whole"
        most = _most_tokens(self.system) + _most_tokens(prompt) + _TEMPLATE_TOKENS
        return "uncounted" if input_tokens <= most else "smaller"

    def warning(self, input_tokens: int, sent: Size, *, elsewhere: bool = False) -> str:
        """What the input tokens of a reply prove, and the mend; ``elsewhere`` as in `mend`."""
        return (
            f"the server showed a smaller picture than it was sent ({input_tokens:,} input tokens in all, "
            f"where {sent.width}x{sent.height} alone has {self.tokens(sent) or 0:,}), so points are read at "
            f"the wrong place: {self.mend(elsewhere=elsewhere)}"
        )

    def mend(self, *, elsewhere: bool = False) -> str:
        """What to do about a server that shrinks pictures, in words.

        ``elsewhere`` is True for replies that exist already (`pointbench score`).
        """
        if elsewhere:
            return (
                "state what the model saw, as sent_width and sent_height in every line, or with "
                "`pointbench score ... --sent-size`"
            )
        budget = token_budget(self.sizing) or 0
        pixels = budget * token_side(self.sizing) ** 2
        own = (
            f" ({LLAMA_CPP_TOKENS} for llama.cpp)"
            if budget > LLAMA_CPP_TOKENS
            else f", below {budget}"
        )
        return (
            f"start the server with room for it (llama-server --image-max-tokens {budget}; vllm serve "
            f"--mm-processor-kwargs '{{\"max_pixels\": {pixels}}}'), or set max_image_tokens to the "
            f"server's own limit{own}, to send no more than it shows"
        )


@lru_cache(maxsize=4096)
def _tokens(sizing: str, sent: Size) -> int | None:
    # A size may come from a stranger's file.
    if min(sent) < 1:
        return None
    try:
        return image_tokens(sizing, sent)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def _most_tokens(text: str) -> int:
    ascii_only = sum(character.isascii() for character in text)
    # Qwen's tokenizers have a token for each digit.
    digits = sum("0" <= character <= "9" for character in text)
    words = (ascii_only - digits) // _BYTES_PER_TOKEN
    return words + digits + (len(text) - ascii_only) * _TOKENS_PER_CHARACTER
