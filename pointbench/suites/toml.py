"""Writes suite.toml, because the standard library can read TOML but not write it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence


def to_toml(values: Mapping[str, object]) -> str:
    """A mapping of strings, numbers, lists of strings, and mappings of these, as TOML."""
    lines: list[str] = []
    _table(values, (), lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def _table(values: Mapping[str, object], path: tuple[str, ...], lines: list[str]) -> None:
    tables = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in values.items() if key not in tables and value is not None}
    if path and (plain or not tables):
        lines.extend(("", f"[{'.'.join(_key(part) for part in path)}]"))
    lines.extend(f"{_key(key)} = {_value(value)}" for key, value in plain.items())
    for key, value in tables.items():
        _table(value, (*path, key), lines)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _string(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Sequence):
        if len(value) > 3:
            return "[\n" + "".join(f"    {_value(item)},\n" for item in value) + "]"
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _string(text: str) -> str:
    # JSON may hold lone surrogates, which UTF-8 cannot.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '\\"':
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    return f"\\u{ord(char):04X}" if ord(char) < 32 or ord(char) == 127 else char
