"""Parses an English instruction into the label it asks for and hints about the label's place.

Pure. Keeps every label that the instruction may mean, with the number of steps by which it was
shortened; the text on the screen decides between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Label:
    """One reading of what the instruction asks for.

    ``ordinal`` counts from 1 in reading order, and -1 means the last; ``stripped`` is the number of
    steps by which the instruction was shortened to ``text``.
    """

    text: str
    ordinal: int | None = None
    place: tuple[str, ...] = ()
    stripped: int = 0


@dataclass(frozen=True)
class Query:
    """A parsed instruction: the label it asks for, and hints about the label's place."""

    labels: tuple[Label, ...]
    nearby: tuple[str, ...] = ()
    """Texts that the label is said to be in, at or next to."""
    place: tuple[str, ...] = ()
    """Any of ``top``, ``bottom``, ``left``, ``right``, ``middle``, ``panel``."""
    beside: bool = False
    """True for "next to" and "in the row of": vertical distance counts more than horizontal."""
    menu: bool = False
    """True if the instruction asks for a menu, which is in a row of menus."""


_QUOTED = re.compile(
    r'"([^"]+)"|“([^”]+)”|«([^»]+)»|‘([^’]+)’|`([^`]+)`'
    r"|(?<!\w)'((?:[^']|(?<=\w)'(?=\w))+)'(?!\w)"
)
_FIRST_MARK, _LAST_MARK = "\ue000", "\uf8ff"  # a private-use character stands for a quoted text

_POLITE = r"^(?:(?:please|now|then)\s+)*"
_POINTING = re.compile(
    _POLITE + r"(?:(?:(?:double|right|left|middle|single)[\s-]*)?(?:click|tap)(?:\s+once)?"
    r"|press|hit|select|choose|pick|push|point|move\s+the\s+(?:mouse|pointer|cursor))"
    r"(?:\s+(?:on(?:to)?|at|over|to)(?=\s))?\s+",
    re.IGNORECASE,
)
_DOING = re.compile(
    _POLITE + r"(?:open|launch|start|run|close|show|hide|go\s+to|switch\s+to|toggle|"
    r"turn\s+(?:on|off)|enable|disable|activate|check|tick|uncheck|expand|collapse|focus|"
    r"find|locate|view|visit|use|follow)\s+",
    re.IGNORECASE,
)
_NEGATED = re.compile(r",?\s+(?:but\s+)?not\s+(?:in|on|at|the|from)\s.*$", re.IGNORECASE)
_LEADING = re.compile(r"^((?:in|on|at|from|inside|within|under)\s+[^,:]+)[,:]\s+", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:(?:the|a|an|this|that|its|on)\s+)+", re.IGNORECASE)
_LINK = re.compile(
    r"[\s,]+(?:(?:that|which)\s+(?:is|stands|appears)\s+|located\s+|shown\s+)?"
    r"(?:next\s+to|to\s+the\s+(?:left|right)\s+of|in|on|at|of|from|inside|within|under|below|"
    r"beneath|above|over|beside|near|by|along|for|with|belonging\s+to|among|between)\s+"
    r"(?=\S)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[\s,]+(?:that|which|so\s+that)\s+\S.*$", re.IGNORECASE)
_NAMED = re.compile(
    r"^.*?\b(?:label+ed|named|called|titled|entitled|marked|captioned|saying|reading"
    r"|that\s+(?:says|reads)|with\s+the\s+(?:text|label|name|caption|title|words?))\s+(?=\S)",
    re.IGNORECASE,
)
_ROLE = (
    "button|icon|menu|submenu|item|entry|link|tab|checkbox|check|box|radio|field|input|combo|"
    "combobox|dropdown|drop-down|list|row|cell|column|header|heading|label|option|toggle|switch|"
    "slider|spin|launcher|shortcut|folder|file|directory|document|app|application|program|window|"
    "dialog|tool|key|digit|image|picture|thumbnail|logo|arrow|sign|symbol|push|page|text|bookmark|title|bar|choice|"
    "control|table"
)
# A role noun is in lower case or ends the phrase: "the Document menu" is about Document.
_LAST_ROLE = re.compile(rf"\s+(?:{_ROLE})$", re.IGNORECASE)
_ENDS_IN_ROLE = re.compile(rf"\s(?:{_ROLE})$", re.IGNORECASE)
_FIRST_ROLES = re.compile(rf"^(?:(?:{_ROLE})\s+)+")
_ONLY_ROLES = re.compile(rf"^(?:(?:{_ROLE})\s*)+$")
_ROLES_OF = re.compile(rf"^(?:the\s+|an?\s+)?(?:(?:{_ROLE})\s+)+(?:of|for)\s+(?=\S)")
_SMALL_WORDS = re.compile(r"^(?:[a-z]+\s+){1,3}(?=[A-Z0-9])")
_OWNER = re.compile(r"^(.+)['’]s\s+(?=\S)")

_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_ORDINAL = re.compile(rf"^({'|'.join(_ORDINALS)}|last|\d{{1,2}}(?:st|nd|rd|th))\s+", re.IGNORECASE)
_PLACES = {
    "top": "top", "upper": "top", "topmost": "top", "bottom": "bottom", "lower": "bottom",
    "bottommost": "bottom", "left": "left", "leftmost": "left", "left-hand": "left",
    "right": "right", "rightmost": "right", "right-hand": "right", "middle": "middle",
    "center": "middle", "centre": "middle", "panel": "panel", "taskbar": "panel", "dock": "panel",
}  # fmt: skip
_PLACE = re.compile(rf"\b({'|'.join(sorted(_PLACES, key=len, reverse=True))})\b", re.IGNORECASE)
_FIRST_PLACE = re.compile(
    r"^((?:top|upper|bottom|lower|left|right|leftmost|rightmost|topmost|bottommost|middle)"
    r"(?:[\s-]+(?:most|hand|left|right))?)\s+",
    re.IGNORECASE,
)
_SIGNS = {
    "plus": ("+",), "minus": ("-", "−"), "equals": ("=",), "equal": ("=",), "percent": ("%",),
    "division": ("÷", "/"), "divide": ("÷", "/"), "multiplication": ("×", "*"),
    "multiply": ("×", "*"), "square root": ("√", "sqrt"), "asterisk": ("*",), "slash": ("/",),
    "opening bracket": ("(",), "closing bracket": (")",), "decimal point": (".",),
}  # fmt: skip
_BEFORE = re.compile(
    r"^(?:the|a|an|this|that|its|open|current|active|main|small|large)\s+", re.IGNORECASE
)
_COMMON = (
    "screen|desktop|corner|side|edge|end|area|pane|sidebar|toolbar|menubar|titlebar|statusbar|"
    "status|system|tray|bars?|panels?|taskbar|dock|section|group|view|table|grid|form|front|"
    rf"launchers?|icons?|items?|{_ROLE}"
)
_AFTER = re.compile(rf"\s+(?:{_COMMON})$")
_ONLY_COMMON = re.compile(rf"^(?:(?:{_COMMON})\s*)+$")
_TRAILING = ".,;:!?"


def read_instruction(instruction: str) -> Query:
    """Splits an instruction into the labels it may mean and the hints about their place.

    Quoted text is kept unchanged. Never fails: text that is not understood becomes the label.
    """
    text = " ".join(unicodedata.normalize("NFKC", instruction).split())
    quotes: list[str] = []

    def keep(quote: re.Match[str]) -> str:
        quotes.append(next(group for group in quote.groups() if group is not None))
        return chr(ord(_FIRST_MARK) + len(quotes) - 1)

    text = _NEGATED.sub("", _QUOTED.sub(keep, text).rstrip(_TRAILING + " "))
    where = ""
    leading = _LEADING.match(text)
    if leading and (_POINTING.match(rest := text[leading.end() :]) or _DOING.match(rest)):
        where, text = leading[1], rest
    text = _POINTING.sub("", text)
    labels, context = _split(text)
    # "Open the File menu" is about File, but "Open Terminal" may be written on the screen.
    object_phrase = _DOING.sub("", text)
    if object_phrase != text and not _LINK.match(f" {object_phrase}"):
        more, context = _split(object_phrase)
        labels += _further(more, 1)
    nearby, place = _surroundings(f" {where} {context}")
    return Query(
        labels=_unique([replace(label, text=_unquoted(label.text, quotes)) for label in labels]),
        nearby=tuple(_unquoted(name, quotes) for name in nearby),
        place=place,
        beside=bool(re.search(r"\b(?:row|next to|beside|left of|right of)\b", text, re.IGNORECASE)),
        menu=bool(re.search(r"\bmenu\b(?!\s*(?:item|entry|option))", text, re.IGNORECASE)),
    )


def _unquoted(text: str, quotes: Sequence[str]) -> str:
    for index, quoted in enumerate(quotes):
        text = text.replace(chr(ord(_FIRST_MARK) + index), quoted)
    return text.strip()


def _quoted(text: str) -> str | None:
    """The first character that stands for a quoted text; None if there is none."""
    return next((letter for letter in text if _FIRST_MARK <= letter <= _LAST_MARK), None)


def _further(labels: Sequence[Label], steps: int) -> list[Label]:
    return [replace(label, stripped=label.stripped + steps) for label in labels]


def _unique(labels: Sequence[Label]) -> tuple[Label, ...]:
    """The labels, each text once with the fewest steps, without empty texts."""
    best: dict[tuple[str, int | None], Label] = {}
    for label in sorted(labels, key=lambda label: label.stripped):
        if label.text:
            best.setdefault((label.text, label.ordinal), label)
    return tuple(best.values())


def _split(phrase: str) -> tuple[list[Label], str]:
    """The labels that a phrase may mean, and the words about their surroundings."""
    if named := _NAMED.match(phrase):
        phrase = phrase[named.end() :]
    heads = [(phrase[: link.start()], phrase[link.start() :]) for link in _LINK.finditer(phrase)]
    if _quoted(phrase):
        return _split_quoted(phrase, heads)
    if of := _ROLES_OF.match(phrase):
        # "the icon of Firefox", "the window button of the Pictures folder"
        return _split(phrase[of.end() :])
    for head, rest in heads:
        # "the Log in button in the toolbar": text that ends in a role noun is the whole label.
        if _ENDS_IN_ROLE.search(head) and not _ONLY_ROLES.match(_ARTICLE.sub("", head)):
            return _labels(head), rest
    labels = _labels(phrase)
    for steps, (head, _) in enumerate(heads, 1):
        labels += _further(_labels(head), steps)
    if clause := _CLAUSE.search(phrase):
        labels += _further(_labels(phrase[: clause.start()]), 1)
    return labels, heads[0][1] if heads else ""


def _split_quoted(phrase: str, heads: Sequence[tuple[str, str]]) -> tuple[list[Label], str]:
    for head, rest in [*heads, (phrase, "")]:
        readings = _labels(head)
        if mark := _quoted(head):
            ordinal = next((label.ordinal for label in readings if label.ordinal), None)
            place = next((label.place for label in readings if label.place), ())
            return [Label(mark, ordinal, place)], rest
        if not _ONLY_ROLES.match(readings[-1].text) and not readings[-1].ordinal:
            # 'the Close button of the "Files" window': the quotes name the surroundings.
            return readings, rest
    return [Label(_quoted(phrase) or phrase)], ""


def _labels(head: str) -> list[Label]:
    """A noun phrase, and the same without its article, ordinal, place and role nouns."""
    text = _ARTICLE.sub("", head.strip(_TRAILING + " "))
    labels = [Label(text)]
    ordinal: int | None = None
    place: tuple[str, ...] = ()
    if match := _ORDINAL.match(text):
        ordinal, text = _number(match[1]), text[match.end() :]
        labels.append(Label(text, ordinal, place, len(labels)))
    if match := _FIRST_PLACE.match(text):
        place, text = _places(match[1]), text[match.end() :]
        labels.append(Label(text, ordinal, place, len(labels)))
    starts = [text]
    for start in (_OWNER, _FIRST_ROLES, _SMALL_WORDS):
        match = start.match(text)
        # "the style Arc-Dark" is about Arc-Dark, "the arrow in Firefox" is not about Firefox.
        if not match or _LINK.search(f" {match[0]}"):
            continue
        shorter = text[match.end() :]
        if shorter not in starts and not _ONLY_ROLES.match(shorter):
            starts.append(shorter)
    for steps, start_text in enumerate(starts):
        text = start_text
        if steps:
            labels.append(Label(text, ordinal, place, steps))
        while (shorter := _LAST_ROLE.sub("", text)) != text:
            text = shorter
            labels.append(Label(text, ordinal, place, len(labels)))
    signs = [sign for label in labels for sign in _SIGNS.get(label.text.lower(), ())]
    return [*labels, *(Label(sign, ordinal, place, len(labels)) for sign in signs)]


def _number(word: str) -> int:
    word = word.lower()
    if word == "last":
        return -1
    return _ORDINALS.index(word) + 1 if word in _ORDINALS else int(word[:-2])


def _places(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_PLACES[word.lower()] for word in _PLACE.findall(text)))


def _surroundings(context: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts and the places that a context names, without its common nouns."""
    texts = []
    for part in _LINK.split(context):
        if mark := _quoted(part):
            texts.append(mark)
        elif name := _name(part):
            texts.append(name)
    return tuple(dict.fromkeys(texts)), _places(context)


def _name(part: str) -> str:
    """The name in part of a context, such as "Files" in "the Files window"; empty if there is none."""
    text = _OWNER.sub(r"\1 ", part.strip(_TRAILING + " "))
    text = " ".join(_PLACE.sub(" ", text).split())
    while (shorter := _BEFORE.sub("", f"{text} ").strip()) != text:
        text = shorter
    if _ONLY_COMMON.match(text):
        return ""
    while (shorter := _AFTER.sub("", text)) != text:
        text = shorter
    return text
