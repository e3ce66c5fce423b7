"""The settings that an adapter understands, and what each may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pointbench.errors import UsageError

DEFAULT_TIMEOUT_S = 120.0
"""Seconds a server may be silent before the attempt is given up."""
THINKING_TIMEOUT_S = 600.0
"""The same for a model that reasons before it answers."""


@dataclass(frozen=True)
class Setting:
    """One setting: what it means, and a type, a range or a choice that its value is held to."""

    means: str
    kind: type = str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    def fault(self, value: Any) -> str | None:
        """What a value must be, where it is not; None where it is."""
        if self.choices:
            ok = value in self.choices
            return None if ok else f"one of {', '.join(self.choices)}"
        if self.kind is object:
            # The adapter looks at it itself.
            return None
        if self.kind is bool:
            return None if isinstance(value, bool) else "true or false"
        if self.kind is dict:
            return None if isinstance(_table(value), dict) else "a table"
        if self.kind is str:
            return None if isinstance(value, str) and value else "text"
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if self.kind is int and not (number and float(value).is_integer()):
            return "a whole number"
        if not number:
            return "a number"
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            return f"a number from {self.low:g} {f'to {self.high:g}' if self.high else 'up'}"
        return None


Vocabulary = Mapping[str, Setting]

TEMPERATURE = Setting("randomness of sampling", float, low=0, high=2)
TOP_P = Setting("share of probability that is sampled from", float, low=0, high=1)
TOP_K = Setting("number of tokens that are sampled from", int, low=1)
SEED = Setting("the server's own seed for sampling", int)
MAX_TOKENS = Setting("output limit in tokens, reasoning included", int, low=1)

WIRE: Vocabulary = {
    "timeout": Setting("seconds a server may be silent", float, low=0.001),
    "key_env": Setting("the variable that holds the key"),
    "concurrency": Setting("requests under way at once", int, low=1),
    "rpm": Setting("requests a minute", float, low=0.001),
    "retries": Setting("attempts after the first", int, low=0),
}
"""What every adapter of a server understands."""


def check(label: str, settings: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    """UsageError, in one line, for the first setting whose value is unusable."""
    for name, value in settings.items():
        setting = vocabulary.get(name) or WIRE.get(name)
        if setting is None or value is None:
            continue
        fault = setting.fault(value)
        if fault:
            raise UsageError(f"{label}: {name} must be {fault}, not {value!r}")


def table(value: Any) -> dict[str, Any]:
    """A table, also where it was written as JSON after ``?``; {} where there is none."""
    decoded = _table(value)
    return decoded if isinstance(decoded, dict) else {}


def _table(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def timeout_of(settings: Mapping[str, Any], *, thinks: bool) -> float:
    """Seconds, from the settings or by whether the model reasons."""
    return float(settings.get("timeout") or (THINKING_TIMEOUT_S if thinks else DEFAULT_TIMEOUT_S))


def picked(settings: Mapping[str, Any], **names: str) -> dict[str, Any]:
    """The settings that are given, under the names that the server calls them."""
    return {
        wire_name: settings[name]
        for name, wire_name in names.items()
        if settings.get(name) is not None
    }
