"""``pointbench.toml`` and ``.env``: a user's models and profiles, and the redaction of keys."""

from __future__ import annotations

import json
import os
import re
import socket
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pointbench.errors import UsageError, one_line
from pointbench.profiles import Profile, read_profile

CONFIG_FILE = "pointbench.toml"
_SECRET = re.compile(r"(^|_)(api_?key|key|token|secret|password|authorization)$", re.IGNORECASE)
_ORDINARY = re.compile(
    r"(^|_)((bos|eos|pad|unk|mask|sep|cls|stop|start|end|image|decoder_start)_token"
    r"|(cache|idempotency|public|sort|partition|primary|routing)_key)$",
    re.IGNORECASE,
)
"""Names of a request's own fields that only look like those of keys."""
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CREDENTIALS = re.compile(r"\s*(Bearer|Basic)\s+[^\s]{8,}\s*$", re.IGNORECASE)
"""The value of an Authorization header, whatever the field is called."""
_ENV_SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$", re.IGNORECASE)
_SHORTEST_SECRET = 8
_SHORTEST_WITH_DIGIT = 4
_SHORTEST_DISTINCTIVE = 16
_DIGIT = re.compile(r"\d")
_TABLES = ("models", "profiles")


@dataclass(frozen=True)
class Config:
    """The tables of ``pointbench.toml``; empty when there is no such file."""

    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    file: str = CONFIG_FILE
    """The file's name, for messages."""


def read_config(path: Path | None, working: Path) -> Config:
    """The file named by ``--config``, else ``pointbench.toml`` in ``working``, else an empty Config.

    UsageError naming the wrong table and key.
    """
    if path is None:
        path = working / CONFIG_FILE
        if not path.exists():
            return Config()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(one_line(f"{path.name} is not TOML: {error}")) from error
    unknown = sorted(set(raw) - set(_TABLES))
    if unknown:
        known = "[models.NAME] and [profiles.NAME]"
        raise UsageError(f"{path.name}: unknown table {unknown[0]!r}; the tables are {known}")
    for table in _TABLES:
        entries = raw.get(table, {})
        if not isinstance(entries, dict) or not all(isinstance(e, dict) for e in entries.values()):
            raise UsageError(f"{path.name}: write {table} as tables [{table}.NAME]")
    profiles = {
        name: read_profile(name, fields, path.name)
        for name, fields in raw.get("profiles", {}).items()
    }
    return Config(raw.get("models", {}), profiles, path.name)


def refuse_secret(name: str, value: object, where: str) -> None:
    """UsageError for a setting that would hold a key, also inside tables: keys belong in the environment.

    A table or list may be written as JSON, as after ``?``.
    """
    if _SECRET.search(name) and name != "key_env":
        raise _no_key_here(name, where)
    left: list[tuple[str, object]] = [(name, value)]
    while left:
        path, value = left.pop()
        if isinstance(value, str):
            if _CREDENTIALS.match(value):
                raise _no_key_here(path, where)
            value = _decoded(value)
        if isinstance(value, list):
            left += [(path, item) for item in value]
        elif isinstance(value, dict):
            for inner, held in value.items():
                below = f"{path}.{inner}"
                if _holds_key(inner, held, value):
                    raise _no_key_here(below, where)
                left.append((below, held))


def _holds_key(name: str, value: object, table: Mapping[str, object]) -> bool:
    """Whether a field inside a setting is a key: by its name, in any spelling, if it is text."""
    plain = _WORD_START.sub("_", name).replace("-", "_")
    if not (isinstance(value, str) and value) or _ORDINARY.search(plain):
        return False
    if plain.lower() == "key" and "value" in table:  # a tag: {"key": "team", "value": "ui"}
        return False
    return _SECRET.search(plain) is not None


def _decoded(text: str) -> object:
    """The table or list that a text is the JSON of, else None."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _no_key_here(name: str, where: str) -> UsageError:
    return UsageError(
        one_line(
            f"{where}: {name!r:.200} is not a setting; keys come from the environment, "
            f'`key_env = "NAME"` names the variable'
        )
    )


_TAKEN_FROM_ENV_FILE = re.compile(r".+_(API_KEY|API_TOKEN|BASE_URL)")
_BASE_URL = "_BASE_URL"
_KEYS_OF_ADDRESS = ("_API_KEY", "_API_TOKEN", "_KEY", "_TOKEN")
"""Ends of the names of variables whose values an adapter sends to the address with the same beginning."""
_MISSED_FROM_ENV_FILE = re.compile(
    r"(.*_proxy|ssl_.*|.*_ca_bundle|.*_certs?|hf_.*|python.*|ld_.*)", re.IGNORECASE
)
"""Variables whose absence a user of an ``.env`` would notice; all others are passed over in silence."""
_LONGEST_ENV_FILE = 100_000
_from_env_file: dict[str, str] = {}
_left_in_env_file: set[str] = set()


def load_env_file(working: Path, named: Iterable[str] = ()) -> list[str]:
    """Set the keys and addresses from ``.env`` in ``working`` that the environment does not have.

    Taken are ``*_API_KEY``, ``*_API_TOKEN``, ``*_BASE_URL``, and the variables in ``named``, those that
    a ``key_env`` on the command line names. Everything else, such as a proxy or certificates, comes from
    the environment alone: the folder may be a stranger's. So a ``_BASE_URL`` is not taken either where
    its key comes from the environment. Returns what a user should know of what was left out, in sentences;
    UsageError for a file that cannot be read.
    """
    for name, value in _from_env_file.items():
        if os.environ.get(name) == value:
            del os.environ[name]
    _from_env_file.clear()
    _left_in_env_file.clear()
    values = _env_file_values(working / ".env")
    wanted = set(named)
    taken = {
        name: value
        for name, value in values.items()
        if name not in os.environ and (name in wanted or _TAKEN_FROM_ENV_FILE.fullmatch(name))
    }
    lines = []
    for name in sorted(taken):
        stem = name.removesuffix(_BASE_URL)
        keys = [f"{stem}{end}" for end in _KEYS_OF_ADDRESS if os.environ.get(f"{stem}{end}")]
        if name != stem and name not in wanted and keys:
            del taken[name]
            lines.append(
                f".env: {name} is not used, because {keys[0]} comes from the environment: an address "
                f"from .env holds only for a key from the same file"
            )
    missed = sorted(
        name
        for name in values
        if name not in os.environ and name not in taken and _MISSED_FROM_ENV_FILE.fullmatch(name)
    )
    if missed:
        lines.append(
            f".env: {', '.join(missed)} not taken: .env gives keys and their addresses alone; set "
            f"anything else in the environment"
        )
    for name, value in taken.items():
        try:
            os.environ[name] = value
        except (ValueError, UnicodeError) as error:
            raise UsageError(one_line(f".env: the value of {name} is unusable: {error}")) from None
        _from_env_file[name] = value
    _left_in_env_file.update(name for name in values if name not in os.environ)
    return lines


def from_env_file(name: str) -> bool:
    """Whether a variable's value comes from ``.env``, not from the environment."""
    return name in _from_env_file and os.environ.get(name) == _from_env_file[name]


def left_in_env_file(name: str) -> bool:
    """Whether a variable is in ``.env`` but was not taken from there."""
    return name in _left_in_env_file


def _env_file_values(path: Path) -> dict[str, str]:
    """The variables of an ``.env`` file; ``${NAME}`` stands for another of its variables only."""
    if not path.is_file():
        return {}
    if path.stat().st_size > _LONGEST_ENV_FILE:
        raise UsageError(f".env has more than {_LONGEST_ENV_FILE:,} bytes; is it the right file?")
    from dotenv import dotenv_values
    from dotenv.variables import parse_variables

    try:
        raw = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f".env cannot be read: {reason}") from error
    values: dict[str, str] = {}
    for name, value in raw.items():
        if value is not None:
            # Never from the environment: a copied value would count as the file's own.
            values[name] = "".join(atom.resolve(values) for atom in parse_variables(value))
            if len(values[name]) > _LONGEST_ENV_FILE:
                raise UsageError(f".env: the value of {name} is longer than any key; correct it")
    return values


class Secret(NamedTuple):
    """The value of a variable that holds a key."""

    variable: str
    value: str

    @property
    def distinctive(self) -> bool:
        """True if no text holds the value by chance; dummy keys (``x``, ``EMPTY``) are ordinary words."""
        return len(self.value) >= _SHORTEST_DISTINCTIVE and _DIGIT.search(self.value) is not None

    @property
    def hidden(self) -> bool:
        """True if the value may be a real key, so messages show stars where it stands as a word."""
        shortest = _SHORTEST_WITH_DIGIT if _DIGIT.search(self.value) else _SHORTEST_SECRET
        return len(self.value) >= shortest


def secrets_of(
    named: Iterable[str] = (), environment: Mapping[str, str] | None = None
) -> tuple[Secret, ...]:
    """The keys in the environment, longest first.

    These are the variables in ``named``, and those whose names look like those of keys.
    """
    named = set(named)
    secrets = (
        Secret(name, value)
        for name, value in (os.environ if environment is None else environment).items()
        if (_ENV_SECRET.search(name) and len(value) >= _SHORTEST_SECRET)
        or (name in named and value)
    )
    return tuple(sorted(secrets, key=lambda secret: (-len(secret.value), secret)))


def key_in(text: str, secrets: Iterable[Secret]) -> str | None:
    """The variable whose key stands in the text as a whole token, None if none does.

    Only keys that no text holds by chance: 16 characters or more, with a digit.
    """
    for secret in secrets:
        # The cheap tests first: every reply is searched for every key.
        if secret.value in text and secret.distinctive and _token(secret.value).search(text):
            return secret.variable
    return None


def without_host_name(text: str) -> str:
    """The text with this machine's name in URLs replaced by ``localhost``; stored files name no host."""
    own = socket.gethostname()
    pattern = rf"(?<=://){re.escape(own)}(?:\.[\w.-]+)?(?=[:/]|$)"
    return re.sub(pattern, "localhost", text, flags=re.IGNORECASE) if own else text


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """An error message with stars in place of every key.

    A distinctive key is found anywhere in it, any other one as a whole token only. The shortest values
    stay: they are no keys but placeholders, and words of the message.
    """
    for secret in secrets:
        if secret.value not in text:
            continue
        if secret.distinctive:
            text = text.replace(secret.value, "***")
        elif secret.hidden:
            text = _token(secret.value).sub("***", text)
    return text


def _token(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])")
