"""Compares names of models: whether the name that a server gives is the model that was asked. Pure.

A name that continues the asked one is not enough (``gpt-4o-mini`` for ``gpt-4o``), and a name that
differs may be the same model (``models/gemini-2.5-flash``). So a name is read first: what stands
before it, its date and its tag are set apart, and the rest is compared as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

from pointbench.adapters.catalog import CatalogModel, catalog_models, comparable

_LONGEST = 300
"""Characters of a name that are compared, from its end; a name from a server may be of any length."""

_FILES = (".gguf", ".ggml", ".llamafile", ".safetensors", ".bin", ".onnx", ".pt", ".pth", ".task")
_ON_DISK = re.compile(r"[/\\~.]|[a-z]:[/\\]")
_OPAQUE = re.compile(r"(?:sha256:)?[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ENDPOINT = re.compile(
    r"(?:^|[/:])(?:ep-\d{8,}-\w+|(?:endpoints|application-inference-profile|provisioned-model)/[\w-]+)$"
)
"""A customer's own endpoint at Volcengine, Vertex AI or Bedrock: it does not say which model it serves."""
_PLACEHOLDERS = frozenset(
    {"auto", "default", "hidden", "local", "local-model", "model", "none", "null", "tgi", "unknown"}
)
"""What servers call a model that they do not name, or that a router chooses."""

_REGION = r"(?:(?:us|us-gov|eu|apac|jp|au|ca|global)\.)?"
_VENDORS = "ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai"
_DOTTED_PREFIX = re.compile(rf"{_REGION}(?:{_VENDORS}|nvidia|openai|qwen|writer|zai)\.(?=[a-z])")

_DATES = tuple(
    re.compile(f"-{pattern}$")
    for pattern in (
        r"(?P<year>20\d\d)-?(?P<month>0[1-9]|1[0-2])-?(?P<day>[0-2]\d|3[01])",
        r"(?P<month>0[1-9]|1[0-2])-(?P<year>20\d\d)",
        r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])",
        r"(?P<short_year>2[3-9])(?P<month>0[1-9]|1[0-2])(?P<day>[0-2]\d|3[01])",
        r"(?P<month>0[1-9]|1[0-2])-?(?P<day>[0-2]\d|3[01])",
        r"(?P<short_year>2[3-9])(?P<month>0[1-9]|1[0-2])",
        r"(?P<revision>0\d\d)",
    )
)
"""The dates and revisions at the end of a name, the longest first, as `comparable` writes them."""

_PREVIEW = frozenset({"preview", "exp", "experimental"})
_WORD_OR_NUMBER = re.compile(r"\d+|[^\W\d_]+|\+")
_RELEASE = re.compile(r"-v\d+$")
_SIZES = re.compile(r"-(?:(?:\d+x)?\d+[be]|a\d+b)(?=-|$)")
"""Billions of weights, and experts: ``-8b``, ``-8x7b``, ``-a22b``, ``-128e``."""

_TUNED = re.compile(r"-(?:instruct|it)$")
"""The tuning that an open model's name may leave out; OpenAI's gpt-3.5-turbo-instruct is a model apart."""

_Words = tuple[tuple[str, ...], tuple[str, ...]]
"""The words of a name and its numbers, each in order: vendors put the version before the word or after."""


class _Date(NamedTuple):
    """Digits of a date and a revision; "" where a name has none."""

    year: str = ""
    month: str = ""
    day: str = ""
    revision: str = ""


_UNDATED = _Date()


@dataclass(frozen=True)
class _Name:
    """A name in its parts."""

    base: str = ""
    """Without prefix, date and tag, as `comparable` writes it."""
    date: _Date = _UNDATED
    tag: str = ""
    latest: bool = False
    opaque: bool = False
    """True if the name cannot be compared: a file, a hash, or a placeholder."""

    @property
    def words(self) -> _Words:
        return _words(self.base)


def _read(name: str) -> _Name:
    text = name[-_LONGEST:].strip().lower()
    if _ON_DISK.match(name[:_LONGEST].strip().lower()) or _is_opaque(text):
        return _Name(opaque=True)
    if text.startswith("ft:"):
        # A fine-tuned model is another model than its base, which its name contains.
        return _Name(text)
    last = re.split(r"[/\\]", re.split(r"[#?]", text)[0].rstrip("/\\"))[-1]
    base, _, tag = last.partition(":")
    if _DOTTED_PREFIX.match(base):
        base = _DOTTED_PREFIX.sub("", base, count=1)
    base = comparable(re.sub(r"[@()\[\],]", "-", base).replace("+", "-+")).strip("-")
    latest = tag == "latest" or base.endswith("-latest")
    base, date = _without_date(base.removesuffix("-latest"), numbered=tag.isdigit())
    if latest or tag.isdigit() or _OPAQUE.fullmatch(tag):
        tag = ""
    return _Name(base, date, tag, latest)


def _is_opaque(text: str) -> bool:
    return (
        not text
        or text.endswith(_FILES)
        or _OPAQUE.fullmatch(text) is not None
        or _ENDPOINT.search(text) is not None
        or text.rpartition("/")[2] in _PLACEHOLDERS
    )


def _without_date(base: str, *, numbered: bool) -> tuple[str, _Date]:
    """The name without the date or revision at its end, and that date.

    Resellers number their releases of one model, before its date or after it: nova-pro-v1:0,
    claude-3-5-sonnet-20241022-v2:0, claude-3-5-sonnet-v2@20241022.
    """
    if numbered:
        base = _RELEASE.sub("", base)
    for pattern in _DATES:
        found = pattern.search(base)
        if found and found.start():
            parts = found.groupdict(default="")
            year = f"20{parts['short_year']}" if "short_year" in parts else parts.get("year", "")
            date = _Date(year, *(parts.get(name, "") for name in _Date._fields[1:]))
            undated = base[: found.start()]
            return _RELEASE.sub("", undated) if undated.startswith("claude") else undated, date
    return base, _UNDATED


def _words(base: str) -> _Words:
    words: list[str] = []
    numbers: list[str] = []
    for part in _WORD_OR_NUMBER.findall(base):
        if not part.isdigit():
            words.append("plus" if part == "+" else part)
        elif part != "0" or not numbers:
            # Version 4.0 is version 4.
            numbers.append(part)
    return tuple(words), tuple(numbers)


def same_model(asked: str, served: str) -> bool:
    """Whether a server that calls its model ``served`` answers as the model ``asked``.

    Providers' prefixes, case, separators, tags and dates that only one of the names has do not count,
    nor does the ``-instruct`` or ``-it`` of an open model.
    An alias (``-latest``, or a name without a version) stands for every version of its name. Files,
    hashes and placeholders do not say which model they are, so they count as the one asked.
    """
    if asked == served:
        return True
    ask, serve = _read(asked), _read(served)
    if ask.opaque or serve.opaque:
        return True
    if ask.tag and serve.tag and ask.tag != serve.tag:
        return False
    return _same_words(_untuned(ask), _untuned(serve)) and _dates_agree(ask, serve)


def _untuned(name: _Name) -> _Name:
    return name if name.base.startswith("gpt") else replace(name, base=_TUNED.sub("", name.base))


def names_price_of(name: str, listed: str) -> bool:
    """Whether the price of ``listed`` in a price list is that of the model ``name``.

    Stricter than `same_model`: the list must name the model itself, up to a date.
    """
    asked, of_list = _read(name), _read(listed)
    if asked.opaque or of_list.opaque or asked.tag != of_list.tag:
        return name == listed
    if (_SIZES.search(asked.base) is None) != (_SIZES.search(of_list.base) is None):
        return False
    return _same_words(asked, of_list) and _dates_agree(asked, of_list)


def _same_words(ask: _Name, serve: _Name) -> bool:
    if ask.words == serve.words:
        return True
    served = serve.base
    # Of closed models, gemini-1.5-flash-8b is another one than gemini-1.5-flash.
    sized = _SIZES.search(served) and not served.startswith("gemini")
    if sized and not _SIZES.search(ask.base):
        # A name without a size stands for any: llama-4-scout for llama-4-scout-17b-16e-instruct.
        served = _SIZES.sub("", served).removesuffix("-instruct").removesuffix("-it")
    (words, numbers), (asked_words, asked_numbers) = _words(served), ask.words
    if ask.latest or not asked_numbers:
        words = tuple(word for word in words if word not in _PREVIEW)
    if asked_numbers:
        return (words, numbers) == ask.words
    # The v of v4 and the o of 4o go with the number.
    return tuple(word for word in words if len(word) > 1) == asked_words


def _dates_agree(one: _Name, other: _Name) -> bool:
    pairs = zip(one.date, other.date, strict=True)
    return all(not a or not b or a == b for a, b in pairs)


def is_another_model(asked: Collection[str], served: str) -> bool:
    """Whether ``served`` is a model that goes by none of the names ``asked``; () if none is known."""
    return bool(asked) and not any(same_model(name, served) for name in asked)


def several_models(served: Collection[str]) -> bool:
    """Whether these names of answering models are of more than one model."""
    whole: set[tuple[object, ...]] = set()
    found_by_words: dict[_Words, list[_Name]] = {}
    for name in served:
        read, last = _untuned(_read(name)), re.split(r"[/\\]", name.strip().lower())[-1]
        if last in _PLACEHOLDERS:
            continue
        # Two files or hashes are two models, although neither says which.
        whole.add((last,) if read.opaque else read.words)
        found = found_by_words.setdefault(read.words, [])
        if not read.opaque and read not in found:
            found.append(read)
        if len(whole) > 1 or not _all_agree(found):
            return True
    return False


def _all_agree(names: list[_Name]) -> bool:
    last = names[-1:]
    return all(
        _dates_agree(name, new) and not (name.tag and new.tag and name.tag != new.tag)
        for name in names
        for new in last
    )


def asked_names(entry: CatalogModel, served_as: object = None) -> tuple[str, ...]:
    """Every name by which a model is asked, on any service.

    ``served_as`` is the setting of that name. A short name that a vendor knows, too, stands for its
    model: asked as ``gpt-5.6``, ``gpt-5.6-sol`` answers.
    """
    names = [entry.name, entry.wire_name, *entry.names_at.values()]
    names += [
        model.name
        for model in catalog_models().values()
        if model.adapter == entry.adapter and entry.name in model.short
    ]
    if isinstance(served_as, str) and served_as:
        names.append(served_as)
    return tuple(dict.fromkeys(names))
