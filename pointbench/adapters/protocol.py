"""The adapter interface: the requests that an adapter receives and the replies it returns.

From the rest of pointbench, it needs only the geometry and the description of a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from pointbench.adapters.setting_specs import Setting
from pointbench.geometry import Region, Shift, Size

if TYPE_CHECKING:
    from pointbench.profiles import Evidence


@dataclass(frozen=True)
class Picture:
    """An encoded picture, exactly as it must be sent; never re-encode it."""

    data: bytes = field(repr=False)
    media_type: str
    """``image/png``, ``image/jpeg`` or ``image/webp``."""
    width: int
    """Pixels of the picture as sent, not of the screenshot."""
    height: int
    sha256: str
    """SHA-256 of ``data`` in hex; adapters may cache request bodies under it."""


@dataclass(frozen=True)
class Truth:
    """The correct answer, for simulated models only: the adapter of a real model never receives it."""

    region: Region | None
    """The region where a click counts, in pixels of the screenshot; None if the target is absent."""
    size: Size
    """Size of the screenshot, in pixels."""
    shift: Shift | None = None
    """Scale and shift of a jittered picture; None for a picture that is shown unchanged."""
    order: int = 0
    """The trial's place in the plan, from 0; a simulated model can drift with it."""


@dataclass(frozen=True)
class Request:
    """One question to a model."""

    prompt: str
    """The whole text of the user's turn, instruction included."""
    picture: Picture | None = None
    """None for a blind question."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Sampling and wire settings that apply to this request (``temperature``, ``max_tokens`` ...)."""
    instruction: str = ""
    """The instruction alone, for endpoints that take a noun phrase instead of a prompt."""
    system: str | None = None
    """The text of the system turn; None if the profile has none."""
    profile: str | None = None
    """Name of the profile that wrote the prompt; None if unknown."""
    unit: str | None = None
    """Unit in which the answer is going to be read, as in `pointbench.geometry.Frame`; None if unknown."""
    platform: str | None = None
    """What the target's screenshot shows, in its suite's word: ``linux``, ``web``, ``android`` ..."""
    seed: int = 0
    """The trial's own seed, derived from the run's; for adapters that need random numbers."""
    truth: Truth | None = None
    """Set only for adapters whose `Facts` have ``sees_truth``: simulated models, for tests."""


@dataclass(frozen=True)
class Reply:
    """What the model answered, uninterpreted. ``text`` alone is enough; None means unknown."""

    text: str
    """The whole answer; a tool call as JSON: ``{"name": NAME, "arguments": {...}}``, one a line."""
    finish_reason: str | None = None
    """The vendor's finish reason, unchanged: ``stop``, ``length``, ``max_tokens``, ``content_filter`` ..."""
    model: str | None = None
    """The model that answered, as the server names it."""
    input_tokens: int | None = None
    """All of them, those read from the server's cache and written to it included."""
    output_tokens: int | None = None
    """Everything billed as output, reasoning included."""
    request_id: str | None = None
    cost_usd: float | None = None
    """Cost of the call in dollars; set only if the server itself reports it."""
    latency_s: float | None = None
    """Seconds by the server's own clock; set only if that excludes a cold start."""
    reasoning: str | None = None
    """What the server sent in a field for reasoning. Kept with the reply, never parsed."""
    cache_read_tokens: int | None = None
    """Input tokens that the server read from its cache, and billed as such."""
    cache_write_tokens: int | None = None
    """Input tokens that the server wrote to its cache, where that is billed."""


@dataclass(frozen=True)
class Facts:
    """What is known about a model before it is asked; every field has a sensible default.

    An adapter whose models differ offers ``facts(name, settings) -> Facts`` as a static method.
    Without it, the class attributes ``requires`` and ``profile`` are read.
    """

    profile: str | None = None
    """Name of the default profile."""
    evidence: Evidence | Literal["unknown"] | None = None
    """How the default profile is known to be the model's own; None if the adapter vouches for it.

    ``unknown`` is said by ``models show``, by ``run`` and in reports.
    """
    env: tuple[str, ...] = ()
    """Environment variables without which it cannot be asked."""
    packages: tuple[str, ...] = ()
    """Modules that must be importable."""
    install: str | None = None
    """The argument of ``pip install`` that installs a missing package."""
    accepts: frozenset[str] | Mapping[str, Setting] | None = None
    """Names of its own settings; None accepts any.

    With a mapping from name to `Setting`, the values are checked too, before anything is asked.
    """
    concurrency: int = 8
    """Default number of requests in flight at once."""
    description: str = ""
    floor: bool = False
    """True for a pointer that every table shows as the floor."""
    exact: str | None = None
    """``random``, ``center`` or ``best-constant``: its rates are computed, not estimated."""
    free: bool = False
    """True if asking costs no money."""
    longest_s: float | None = None
    """Maximum seconds that one answer may take, if that is not the timeout."""
    sees_truth: bool = False
    """True for a simulated model, whose requests carry the correct answer."""
    output_limit: int | None = None
    """Output tokens at which an answer is cut off if the settings set no limit; None if nothing is sent."""


@runtime_checkable
class Adapter(Protocol):
    """Carries requests to one model. Created once per worker, as ``cls(name, settings)``.

    ``ask`` blocks. It raises `pointbench.errors.RetryLater`, `GiveUp`, `OutOfCredit` or `Retired`;
    any other exception is recorded as an error and not retried. It never retries, parses or scores.
    Optional attributes: ``requires = {"env": [...], "packages": [...]}``, ``profile = "name"``,
    ``facts(name, settings)`` (see `Facts`), ``close()``.
    """

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None: ...

    def ask(self, request: Request) -> Reply: ...
