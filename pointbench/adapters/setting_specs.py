"""The settings that an adapter accepts, and the valid values of each.

`WIRE` is the one table of the settings that every adapter takes and that change no answer,
`PICTURE` of those that change the picture before an adapter gets it. An adapter lists its own in a
`Vocabulary`. `pointbench.adapters.registry.resolve` checks all three.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import urlsplit

from pointbench.errors import UsageError, one_line

DEFAULT_TIMEOUT_S = 120.0
"""Seconds a server may be silent before the attempt is given up."""
THINKING_TIMEOUT_S = 600.0
"""The same for a model that reasons before it answers."""

PRICE_PER_TOKEN = frozenset({"input", "output"})
"""Keys of a ``price`` in dollars per million tokens."""
PRICE_PER_SECOND = frozenset({"per_second"})
"""Keys of a ``price`` in dollars per second of prediction."""

_LARGEST_WHOLE = 2**63 - 1
_LONGEST_SHOWN = 60
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def as_written(value: object) -> str:
    """A value as shown in a message: text in quotes, anything else as JSON, truncated if it is long."""
    try:
        text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} ..."


@dataclass(frozen=True)
class Setting:
    """One setting: its meaning, and the type, range, choices or rule that bound its value."""

    means: str
    kind: type = str
    """``str``, ``int``, ``float``, ``bool``, ``dict``, or ``object`` for any type."""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    rule: Callable[[object], str | None] | None = None
    """Replaces all of the above: returns what the value must be, or None if it is valid."""
    shown: Callable[[object], str] = as_written
    """How a message shows a wrong value."""
    runs_code: bool = False
    """Whether it makes the adapter run code that comes with the model: only a user may type that."""

    def problem(self, value: object) -> str | None:
        """What the value must be, such as "a whole number"; None if it is valid."""
        if self.rule is not None:
            return self.rule(value)
        if self.choices:
            return None if value in self.choices else f"one of {', '.join(self.choices)}"
        if self.kind is object:
            return None
        if self.kind is bool:
            return None if isinstance(value, bool) else "true or false"
        if self.kind is dict:
            return None if _decoded_table(value) is not None else "a table"
        if self.kind is str:
            return None if isinstance(value, str) and value else "text"
        return None if self._in_range(value) else self._range()

    def normalized(self, value: object) -> object:
        """A value without a problem, in the setting's own type: 4.0 as 4 for a whole number."""
        return int(value) if self.kind is int and isinstance(value, float) else value

    def _in_range(self, value: object) -> bool:
        if not is_finite_number(value):
            return False
        whole = float(value).is_integer() and abs(value) <= _LARGEST_WHOLE
        if self.kind is int and not whole:
            return False
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)

    def _range(self) -> str:
        number = "a whole number" if self.kind is int else "a number"
        if self.low is None:
            return number
        end = "up" if self.high is None else f"to {self.high:.15g}"
        return f"{number} from {self.low:.15g} {end}"


Vocabulary = Mapping[str, Setting]
"""Settings by name."""


def is_finite_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number that a float can hold; true and false are not."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


# --- settings of every adapter ------------------------------------------------------------------


def _base_url_rule(value: object) -> str | None:
    urls = value if isinstance(value, list) and value else [value]
    for url in urls:
        problem = _url_problem(url)
        if problem:
            return problem
    return None


def is_http_url(url: str) -> bool:
    """Whether a client can connect to ``url``: http or https, a host, and a port that is a number."""
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host.encode("idna")
        # A port that is not a number raises here, when it is read.
        return parts.scheme in ("http", "https") and bool(host) and (parts.port or 0) >= 0
    except ValueError:
        return False


def _url_problem(url: object) -> str | None:
    if not isinstance(url, str) or not is_http_url(url):
        return "an http or https address, or a list of them"
    parts = urlsplit(url)
    if parts.username or parts.password:
        return 'an address without a key (key_env = "NAME" names the variable that holds one)'
    if parts.query or parts.fragment:
        return "an address that ends before ? and # (settings go after the model)"
    return None


def _url_as_written(value: object) -> str:
    """An invalid address without the parts that may be a key: before ``@`` and after ``?``."""
    text = re.sub(r"[^\s/\"']*@", "***@", as_written(value))
    return re.sub(r"[?#].*", "?***", text)


def _key_env_rule(value: object) -> str | None:
    fits = isinstance(value, str) and _VARIABLE.fullmatch(value)
    return None if fits else "the name of an environment variable (letters, digits and _)"


def _not_shown(value: object) -> str:
    # Users often put the key itself here by mistake.
    return (
        as_written(value) if not value else "the value given, which is not shown: it may be a key"
    )


def _price_rule(value: object) -> str | None:
    price = _decoded_table(value) or {}
    amounts = all(is_finite_number(amount) and amount >= 0 for amount in price.values())
    if amounts and frozenset(price) in (PRICE_PER_TOKEN, PRICE_PER_SECOND):
        return None
    return "{input, output} in dollars per million tokens, or {per_second} in dollars"


WIRE: Vocabulary = {
    "base_url": Setting(
        "address of the server, or a list of servers asked in turn",
        object,
        rule=_base_url_rule,
        shown=_url_as_written,
    ),
    "key_env": Setting("variable that holds the key", rule=_key_env_rule, shown=_not_shown),
    # Above 2**31 ms, poll() of the operating system fails.
    "timeout": Setting("seconds a server may be silent", float, low=0.001, high=604_800),
    "total_timeout": Setting(
        "seconds a request may take in all (default 10 x timeout)", float, low=0.001, high=6_048_000
    ),
    "max_reply_mb": Setting(
        "megabytes of an answer, as sent and as unpacked (default 32)",
        float,
        low=0.001,
        high=100_000,
    ),
    "concurrency": Setting("requests in flight at once", int, low=1, high=10_000),
    "rpm": Setting("requests per minute", float, low=0.001, high=1e9),
    "tpm": Setting("tokens per minute", float, low=1, high=1e12),
    "retries": Setting("attempts after the first", int, low=0, high=1000),
    "price": Setting("dollars per million tokens, or per second", object, rule=_price_rule),
}
"""Settings that every adapter takes and that change no answer: they are in no trial key and no label."""

IMAGE_LIMIT = "max_image_tokens"

PICTURE: Vocabulary = {
    IMAGE_LIMIT: Setting(
        "tokens of a picture that the server shows at most", int, low=16, high=999_999
    ),
}
"""Settings that change the picture as sent, and with it the answer. They are in the key and the label of
a model, and no adapter receives them."""


# --- settings that several adapters have ---------------------------------------------------------

TEMPERATURE = Setting("randomness of sampling", float, low=0, high=2)
TOP_P = Setting("probability mass that is sampled from", float, low=0, high=1)
TOP_K = Setting("number of tokens that are sampled from", int, low=1)
SEED = Setting("the server's own seed for sampling", int)
MAX_TOKENS = Setting("output limit in tokens, reasoning included", int, low=1)


def check_settings(where: str, settings: Mapping[str, object], vocabulary: Vocabulary) -> None:
    """UsageError, in one line that begins with ``where``, for the first unusable value.

    None (``null`` after ``?``) means that a setting is not set, and is never a problem.
    """
    for name, value in settings.items():
        setting = vocabulary.get(name)
        if setting is None or value is None:
            continue
        problem = setting.problem(value)
        if problem:
            shown = setting.shown(value)
            raise UsageError(one_line(f"{where}: {name} must be {problem}, not {shown}"))


def check_storable(where: str, settings: Mapping[str, object]) -> None:
    """UsageError for the first name or value that a run's JSON files cannot hold, such as a date."""
    for name, value in settings.items():
        if not _storable(name):
            raise UsageError(f"{where}: the setting {name!r:.60} is not valid UTF-8")
        if not _storable(value):
            raise UsageError(
                one_line(
                    f"{where}: {name} must be text, a finite number, true, false, a list or a "
                    f"table, not {as_written(value)}"
                )
            )


def _storable(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_storable, value))
    if isinstance(value, dict):
        return all(_storable(part) for pair in value.items() for part in pair)
    if isinstance(value, str):
        # A lone surrogate, from an argument that is not UTF-8, cannot be written to any file.
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return value is None or isinstance(value, bool) or is_finite_number(value)


def wire_settings(where: str, settings: Mapping[str, object]) -> dict[str, object]:
    """Wire settings ready for use: checked, without None, numbers converted to their type.

    UsageError, in one line that begins with ``where``, for the first unusable value.
    """
    check_settings(where, settings, WIRE)
    return {
        name: WIRE[name].normalized(value) if name in WIRE else value
        for name, value in settings.items()
        if value is not None
    }


# --- reading a setting ---------------------------------------------------------------------------


def table(value: object) -> dict[str, object]:
    """A table, even if it was written as JSON after ``?``; {} if there is none."""
    return _decoded_table(value) or {}


def _decoded_table(value: object) -> dict[str, object] | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def price_table(settings: Mapping[str, object]) -> dict[str, float]:
    """The amounts of the setting ``price``, in dollars; {} if it is not set."""
    price = table(settings.get("price"))
    return {unit: float(amount) for unit, amount in price.items() if is_finite_number(amount)}


def timeout_of(settings: Mapping[str, object], *, thinks: bool | None) -> float:
    """The timeout in seconds, from the settings or else by whether the model reasons."""
    default = THINKING_TIMEOUT_S if thinks else DEFAULT_TIMEOUT_S
    timeout = settings.get("timeout")
    return float(timeout) if is_finite_number(timeout) else default


_LIMIT_NAMES = frozenset(
    {
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "maxOutputTokens",
        "maxTokens",
        "max_new_tokens",
        "max_gen_len",
        "max_length",
        "num_predict",
        "n_predict",
    }
)
"""Names under which servers take the output limit."""
_ANSWER_COUNTS = frozenset({"n", "best_of", "candidateCount", "candidate_count"})
"""Names under which they take the number of answers to one request."""


def output_limit_in(settings: Mapping[str, object]) -> int | None:
    """The output limit in tokens that the settings send, or None if they send none.

    Fields of ``extra_body`` and ``input`` replace ``max_tokens`` in a request, so they do here. None for
    a vendor's own tool, too, whose answer may take two calls, and for several answers at once: their
    tokens are summed.
    """
    limit, answers = limits_in(settings)
    return None if settings.get("tool") or answers > 1 else limit


def limits_in(settings: Mapping[str, object]) -> tuple[int | None, int]:
    """The output limit in tokens that the settings send for one answer, and the number of answers."""
    extra = [
        (key, value)
        for name in ("extra_body", "input")
        for fields in _nested(table(settings.get(name)))
        for key, value in fields.items()
    ]
    answers = max([_whole(value) or 1 for key, value in extra if key in _ANSWER_COUNTS], default=1)
    limits = [limit for key, value in extra if key in _LIMIT_NAMES and (limit := _whole(value))]
    return (min(limits) if limits else _whole(settings.get("max_tokens"))), answers


def image_limit_in(settings: Mapping[str, object]) -> int | None:
    """The limit for pictures in tokens that the settings state (`PICTURE`); None if there is none."""
    limit = settings.get(IMAGE_LIMIT)
    return (
        int(limit) if is_finite_number(limit) and not PICTURE[IMAGE_LIMIT].problem(limit) else None
    )


def sets_output_limit(settings: Mapping[str, object]) -> bool:
    """Whether the settings decide about the output limit: they set one, or ``max_tokens`` to null."""
    limit, answers = limits_in(settings)
    return limit is not None or answers > 1 or "max_tokens" in settings


def _nested(fields: dict[str, object]) -> list[dict[str, object]]:
    """A table, and the tables directly in it: Gemini's ``generationConfig``, Ollama's ``options``."""
    return [fields, *(value for value in fields.values() if isinstance(value, dict))]


def _whole(value: object) -> int | None:
    if not is_finite_number(value) or not float(value).is_integer() or value < 1:
        return None
    return int(value)


def body_fields(settings: Mapping[str, object], **names: str) -> dict[str, object]:
    """The settings that are set, under the server's names for them."""
    return {
        wire_name: settings[name]
        for name, wire_name in names.items()
        if settings.get(name) is not None
    }
