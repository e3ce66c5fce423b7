"""What makes two runs parts of one plan."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pointbench.runs import RunInfo, RunModel


def plan_identity(info: RunInfo) -> Mapping[str, object]:
    """Everything in ``run.json`` that decides which questions are asked, by its name for people.

    Two runs with the same values ask parts of one plan, or the same plan on two machines. Limits,
    addresses, the machine and what has been asked so far are not in it.
    """
    suites = {f"suite {suite.name}": (suite.version, suite.digest) for suite in info.suites}
    models = {f"model {model.label}": _asked_as(model) for model in info.models}
    return {
        "command": info.kind,
        "pointbench version": info.pointbench,
        "seed": info.seed,
        "repeats": info.repeats,
        "variants": info.variants,
        "--limit": info.limit,
        "--where": info.where,
        "suites": tuple(sorted(suites)),
        "models": tuple(models),
        **suites,
        **models,
        "kind of keys": info.shift_in_keys,
    }


def _asked_as(model: RunModel) -> Mapping[str, object]:
    wire_free = msgspec.structs.replace(model, wire={}, note=None)
    return msgspec.to_builtins(wire_free)  # type: ignore[no-any-return]


def first_difference(one: RunInfo, other: RunInfo) -> str | None:
    """The first thing in which two plans differ, in words; None if they are one plan."""
    before, after = plan_identity(one), plan_identity(other)
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            return _in_words(name, before.get(name), after.get(name))
    return None


def _in_words(name: str, before: object, after: object) -> str:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        fields = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        return f"another {', '.join(fields)} of {name}"
    if name.startswith("suite "):
        return f"another version of {name}"
    return f"another {name} ({_short(after)}, not {_short(before)})"


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"{text:.80}" or "none"
