"""The sizes to which servers resize pictures, as pure functions of the size alone.

A rule maps the size of the screenshot to the size to send: one that the server sees unchanged, so
the sent size equals the seen size. Sizes are in pixels. The sources are the vendors' pages and code as of
2026-11; each function names its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial

from pointbench.errors import unknown_name
from pointbench.geometry import Size

Sizing = Callable[[Size], Size]

PATCH = 32
"""Side, in pixels, of the squares into which OpenAI's newer models cut a picture."""
TILE = 512
"""Side, in pixels, of the tiles into which gpt-4o and its relatives cut a picture."""
MAX_PATCHES = 30_000
"""Number of patches above which gpt-5.6 and later refuse a picture at ``detail: original``."""
MAX_ASPECT = 200
"""Ratio of long to short side above which Qwen's preprocessing refuses a picture."""


def as_is(size: Size) -> Size:
    """Any size, unchanged: the server sees it, or answers in shares of it (Gemini, Moondream, Molmo)."""
    return size


def claude(size: Size, edge: int, budget: int) -> Size:
    """The largest size of the same aspect whose padding to 28 px fits ``edge`` and ``budget``.

    ``edge`` limits each padded side in pixels, ``budget`` the number of squares of 28 x 28 px. The
    side that follows from the aspect is rounded half to even. Coordinates refer to this size, not to
    the padded one. Source: Anthropic, "Coordinates and bounding boxes". Its table has 1269x952 for
    2000x1500, its code gives 1270x952; this follows the code.
    """
    if _fits_claude(size, edge, budget):
        return size
    long, short = max(size), min(size)

    def with_long_side(side: int) -> Size:
        other = max(1, round(side * short / long))
        return Size(side, other) if size.width >= size.height else Size(other, side)

    fits, too_long = 1, long
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if _fits_claude(with_long_side(middle), edge, budget):
            fits = middle
        else:
            too_long = middle
    return with_long_side(fits)


def _fits_claude(size: Size, edge: int, budget: int) -> bool:
    columns, rows = _cells(size, 28)
    return max(columns, rows) * 28 <= edge and columns * rows <= budget


def openai_tiles(size: Size) -> Size:
    """The size fitted into 2048 x 2048, then its short side to at most 768; the other is rounded down.

    gpt-4o, gpt-4.1 and gpt-5.1 at ``detail`` high or auto. Source: OpenAI, "Images and vision".
    """
    width, height = within(size, 2048)
    short = min(width, height)
    if short <= 768:
        return Size(width, height)
    return Size(width * 768 // short, height * 768 // short)


def within(size: Size, side: int) -> Size:
    """The size shrunk until neither side is longer than ``side``; the other side is rounded down."""
    long = max(size)
    if long <= side:
        return size
    return Size(max(1, size.width * side // long), max(1, size.height * side // long))


def openai_patches(size: Size, side: int, budget: int) -> Size:
    """The size fitted into ``side`` x ``side``, then shrunk to at most ``budget`` patches of 32 px.

    The published factor is ``f = sqrt(32^2 budget / (w h))`` times the smaller of
    ``floor(w f / 32) / (w f / 32)`` and the same for h; the result is rounded down. That makes one
    side a whole number of patches. The code uses integers, so rounding loses no pixel.
    Source: OpenAI, "Images and vision", patch-based models.
    """
    width, height = within(size, side)
    columns, rows = _cells(Size(width, height), PATCH)
    if columns * rows <= budget:
        return Size(width, height)
    columns = math.isqrt(budget * width // height)
    rows = math.isqrt(budget * height // width)
    if columns * height <= rows * width:
        return Size(max(1, PATCH * columns), max(1, PATCH * columns * height // width))
    return Size(max(1, PATCH * rows * width // height), max(1, PATCH * rows))


def openai_original(size: Size) -> Size:
    """The size unchanged, as gpt-5.6 and later see it at ``detail: original``; ValueError if refused.

    Source: OpenAI, "Images and vision": sides up to 65,535 px and at most 30,000 patches. gpt-6
    is assumed to do the same.
    """
    columns, rows = _cells(size, PATCH)
    if max(size) > 65_535 or columns * rows > MAX_PATCHES:
        raise ValueError(
            f"{size.width}x{size.height} is {columns * rows} patches of {PATCH} px; "
            f"the server refuses more than {MAX_PATCHES}"
        )
    return size


def smart_resize(size: Size, factor: int, min_tokens: int = 4, max_tokens: float = 16_384) -> Size:
    """Both sides rounded to multiples of ``factor``, with between min and max tokens of factor x factor px.

    Rounds half to even, as Python does, and enlarges if a side is below half a factor or the
    picture has fewer than ``min_tokens``. ValueError for an aspect above 200. Source: qwen-vl-utils,
    ``smart_resize``; hosted servers may have lower limits.
    """
    _refuse_aspect(size)
    width = max(factor, round(size.width / factor) * factor)
    height = max(factor, round(size.height / factor) * factor)
    pixels = size.width * size.height
    most, least = max_tokens * factor**2, min_tokens * factor**2
    if width * height > most:
        shrink = math.sqrt(pixels / most)
        width = max(factor, math.floor(size.width / shrink / factor) * factor)
        height = max(factor, math.floor(size.height / shrink / factor) * factor)
    elif width * height < least:
        grow = math.sqrt(least / pixels)
        width = math.ceil(size.width * grow / factor) * factor
        height = math.ceil(size.height * grow / factor) * factor
    # Rounding may push the aspect of a strip over the limit, and the rounded size is what is sent.
    _refuse_aspect(Size(width, height))
    return Size(width, height)


def _refuse_aspect(size: Size) -> None:
    if max(size) > MAX_ASPECT * min(size):
        raise ValueError(
            f"{size.width}x{size.height}: the server refuses aspects above {MAX_ASPECT}"
        )


def whole_patches(size: Size, budget: int, side: int) -> Size:
    """Both sides a multiple of 28, with at most ``budget`` squares of 28 x 28 px and ``side`` of them a side.

    The processors of Kimi and GLM-5-Next pad a picture to whole patches and count the padding in their
    grid; whether their shares do is not documented. At such a size there is none, so both readings
    agree. A picture is shrunk, and enlarged only if a side is shorter than a patch; the aspect changes
    by less than a patch. Source: their processors in transformers 5.24.
    """
    width, height = size
    if width * height > budget * 28**2:
        shrink = math.sqrt(budget * 28**2 / (width * height))
        width, height = math.floor(width * shrink), math.floor(height * shrink)
    columns, rows = (min(max(1, length // 28), side) for length in (width, height))
    # A side of one patch may have been rounded up, which leaves fewer for the other.
    columns, rows = min(columns, budget // rows), min(rows, budget // columns)
    return Size(columns * 28, rows * 28)


def uground(size: Size) -> Size:
    """The size scaled to 1344 px wide, even for smaller pictures; the height is rounded.

    Source: the harness of UGround v1's authors, which resizes before asking; the rounding is a guess.
    """
    return Size(1344, max(1, round(size.height * 1344 / size.width)))


RULES: dict[str, Sizing] = {
    "as-is": as_is,
    "claude-standard": partial(claude, edge=1568, budget=1568),
    "claude-high": partial(claude, edge=2576, budget=4784),
    "openai-tiles": openai_tiles,
    "openai-patches-2500": partial(openai_patches, side=2048, budget=2500),
    "openai-original-6000": partial(openai_patches, side=6000, budget=10_000),
    "openai-original": openai_original,
    "openai-gpt-5.2": partial(openai_patches, side=2048, budget=6144),
    "openai-low-512": partial(within, side=512),
    "qwen-28": partial(smart_resize, factor=28),
    "qwen-32": partial(smart_resize, factor=32),
    "ui-tars": partial(smart_resize, factor=28, min_tokens=100),
    "mimo-vl": partial(smart_resize, factor=28, max_tokens=4096),
    "kimi": partial(whole_patches, budget=4096, side=256),
    "glm-5": partial(whole_patches, budget=8000, side=8000),
    "uground-1344": uground,
}
"""Rules by name, as used in a profile's ``sizing``.

``claude-standard`` is every Claude before 4.7, ``claude-high`` 4.7 and later;
``openai-patches-2500`` is ``detail: high`` of gpt-5.4 and later, ``openai-original-6000`` its
``original`` up to 5.5, ``openai-original`` from 5.6 on; ``openai-gpt-5.2`` also holds for
gpt-4.1-mini and for gpt-5.4 at ``low``; ``openai-low-512`` for ``low`` of gpt-4o and of gpt-5.5 on.
``qwen-28`` is Qwen2-VL and 2.5-VL, ``qwen-32`` Qwen3-VL, ``ui-tars`` UI-TARS 1.5, ``mimo-vl`` MiMo-VL.
``kimi`` and ``glm-5`` are whole patches of 28 px within the budget of their processors.
``qwen-28-1280`` is ``qwen-28`` with at most 1280 tokens, and so on for any number and for every rule of
`TOKEN_BUDGETS`.
"""

TOKEN_BUDGETS = {
    "qwen-28": 16_384,
    "qwen-32": 16_384,
    "ui-tars": 16_384,
    "mimo-vl": 4096,
    "kimi": 4096,
    "glm-5": 8000,
}
"""Rules of servers that bound the tokens of a picture, and count one for each square -> that bound."""

MOST_TOKENS = 999_999
"""Largest number after such a rule."""

_WITH_A_LIMIT = re.compile(rf"({'|'.join(TOKEN_BUDGETS)})-([1-9]\d{{0,5}})")


def find_rule(name: str) -> Sizing:
    """The rule of that name; ValueError, with the nearest names, for an unknown one."""
    base, limit = _base_and_limit(name)
    if base not in RULES:
        raise ValueError(unknown_name("sizing rule", name, RULES))
    if limit is None:
        return RULES[base]
    if base == "kimi":
        return partial(whole_patches, budget=limit, side=256)
    if base == "glm-5":
        return partial(whole_patches, budget=limit, side=limit)
    least = min(PIXEL_LIMITS.get(base, (0, 4))[1], limit)
    return partial(smart_resize, factor=token_side(base), min_tokens=least, max_tokens=limit)


def _base_and_limit(name: str) -> tuple[str, int | None]:
    limited = _WITH_A_LIMIT.fullmatch(name)
    return (limited[1], int(limited[2])) if limited else (name, None)


def token_budget(rule: str) -> int | None:
    """Tokens that a picture has at most under a rule of `TOKEN_BUDGETS`; None for another rule."""
    base, limit = _base_and_limit(rule)
    return TOKEN_BUDGETS.get(base) if limit is None else limit


def token_side(rule: str) -> int:
    """Side, in pixels, of the square that is one token under a rule of `TOKEN_BUDGETS`."""
    return 32 if _base_and_limit(rule)[0] == "qwen-32" else 28


def with_token_limit(rule: str, most: int) -> str:
    """The rule for a server that shows at most ``most`` tokens of a picture; never a larger budget.

    ValueError for a rule that is none of `TOKEN_BUDGETS`.
    """
    budget = token_budget(rule)
    if budget is None:
        raise ValueError(f"only {', '.join(TOKEN_BUDGETS)} have a limit in tokens, not {rule}")
    return rule if most >= budget else f"{_base_and_limit(rule)[0]}-{most}"


PIXEL_LIMITS = {"qwen-28": (28, 4), "qwen-32": (32, 4), "ui-tars": (28, 100)}
"""Rules whose servers are often given a lower limit (``max_pixels``) -> factor in px, least tokens."""


def with_pixel_limit(rule: str, size: Size, max_pixels: int) -> Size:
    """The size under one of `PIXEL_LIMITS` whose server shrinks to at most ``max_pixels``.

    ValueError for another rule, a limit below its least size, and a size that is refused.
    """
    if rule not in PIXEL_LIMITS:
        raise ValueError(unknown_name("sizing rule with max_pixels", rule, PIXEL_LIMITS))
    factor, least = PIXEL_LIMITS[rule]
    tokens = max_pixels / factor**2
    if tokens < least:
        raise ValueError(f"max_pixels={max_pixels} is less than {least} squares of {factor} px")
    return smart_resize(size, factor, min_tokens=least, max_tokens=tokens)


def sent_size(rule: str, size: Size) -> Size:
    """The size to send under a named rule.

    ValueError for an unknown name, and for a size that the server would refuse.
    """
    return find_rule(rule)(size)


def image_tokens(rule: str, size: Size) -> int | None:
    """Input tokens billed for a picture sent under ``rule``; None if unknown.

    ``size`` is the screenshot's. Tiles are counted as for gpt-4o (85, and 170 per tile; gpt-5.1
    counts 70 and 140, gpt-4o-mini 2833 and 5667), patches with the factor 1.2 of gpt-5.4 and later.
    """
    sent = sent_size(rule, size)
    if token_budget(rule) is not None:
        return sent.width * sent.height // token_side(rule) ** 2
    if rule in ("claude-standard", "claude-high"):
        return math.prod(_cells(sent, 28))
    if rule == "openai-tiles":
        return 85 + 170 * math.prod(_cells(sent, TILE))
    if rule in ("openai-patches-2500", "openai-original-6000", "openai-original"):
        # In integers: as a float, 1.2 times a multiple of five may be rounded up by a token.
        return -(-math.prod(_cells(sent, PATCH)) * 6 // 5)
    return None


def _cells(size: Size, side: int) -> tuple[int, int]:
    """Columns and rows of squares of ``side`` px that cover a picture."""
    return -(-size.width // side), -(-size.height // side)
