"""``pointbench.toml`` and ``.env``: a user's models and profiles, and the redaction of keys."""

from __future__ import annotations

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
    return Config(raw.get("models", {}), profiles)


def refuse_secret(name: str, where: str) -> None:
    """UsageError for a setting that would hold a key: keys belong in the environment."""
    if _SECRET.search(name) and name != "key_env":
        raise UsageError(
            f"{where}: {name!r} is not a setting; keys come from the environment, "
            f'`key_env = "NAME"` names the variable'
        )


def load_env_file(working: Path) -> None:
    """Set variables from ``.env`` in ``working``, unless the environment has them already."""
    path = working / ".env"
    if path.is_file():
        from dotenv import load_dotenv

        load_dotenv(path, override=False)


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
