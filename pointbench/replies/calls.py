"""Calls of tools, however they are written: as JSON, as XML, with argument tags, or as code.

Every notation is read into one inner form, ``{"name": .., "arguments": ..}``, and one rule decides
what an answer of several calls clicks (`clicked`). The words are in `pointbench.replies.verbs`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pointbench.jsontypes import JsonValue
from pointbench.replies.answers import Answer, Coordinates
from pointbench.replies.json_points import KINDS, Points
from pointbench.replies.numbers import NUMBER, coordinates_in, number
from pointbench.replies.verbs import Action, action_named, action_of, snake

_LONGEST = 600
"""Characters of a call's arguments that are searched for its end."""


class Call(NamedTuple):
    """One call and its position in the text; its arguments stand between ``inside`` and ``until``."""

    name: str
    action: Action | None
    arguments: dict[str, JsonValue]
    start: int
    inside: int
    until: int
    end: int

    @property
    def form(self) -> dict[str, JsonValue]:
        """The call as JSON, as it goes over a wire."""
        return {"name": self.name, "arguments": self.arguments}


def _action(name: str, arguments: dict[str, JsonValue]) -> Action | None:
    """What a call does by its name, else by the verb among its arguments; None if unknown."""
    named = action_named(name)
    if named is not None and named != "other":
        return named
    action = action_of((), (), {"name": name, "arguments": arguments})
    if action is not None:
        return action
    verbs, kinds = [], []
    for key, value in arguments.items():
        kind = KINDS.get(snake(key))
        if kind == "verb":
            verbs.append(value)
        elif kind == "type":
            kinds.append(value)
    return action_of(verbs, kinds, arguments)


class Part(NamedTuple):
    """A call or a JSON value of a text: its points, and its position."""

    points: Points
    start: int
    end: int
    repaired: bool = False


def clicked(parts: Iterable[Part], length: int) -> Iterator[Answer]:
    """The answers among the parts of a text of this length; both run from the last to the first.

    A click without a place is where the actions before it left the pointer. A text that holds only
    other actions is one answer that neither points nor declines.
    """
    waiting: Part | None = None
    answered = acted = False
    for part in parts:
        points = part.points
        acted = acted or points.other_action
        if waiting is not None and (points.pointer is not None or points.coordinates):
            if points.pointer and not points.coordinates:
                answered = True
                repaired = part.repaired or waiting.repaired
                yield Answer((points.pointer[0],), part.start, waiting.end, repaired)
            elif points.pointer:
                answered = True
                yield Answer((points.pointer[0],), waiting.start, waiting.end, waiting.repaired)
            elif waiting.points.declines:
                answered = True
                yield Answer((), waiting.start, waiting.end, waiting.repaired)
            waiting = None
        if points.waits:
            # The last click of those that wait is where all of them are.
            waiting = waiting or part
        elif points.coordinates or points.declines:
            answered = True
            yield Answer(tuple(points.coordinates), part.start, part.end, part.repaired)
    if waiting is not None and waiting.points.declines:
        yield Answer((), waiting.start, waiting.end, waiting.repaired)
    elif acted and not answered:
        yield Answer((), 0, length, declines=False)


# --- XML and argument tags -------------------------------------------------------------------------

_NAME = r"[A-Za-z_][\w.:/-]{0,63}"
_TAGGED = re.compile(
    rf"<function=[\"']?(?P<equals>{_NAME})[\"']?\s*+>"
    rf"|<(?:\w{{1,12}}:)?(?:invoke|function|tool_call|function_call|tool)\s++name=[\"'](?P<named>{_NAME})[\"']\s*+>"
    rf"|<tool_call>\s*+(?P<bare>{_NAME})\s*+(?=<arg_key>|</tool_call>)"
)
_TAGGED_END = re.compile(r"</(?:\w{1,12}:)?(?:invoke|function|tool_call|function_call|tool)>")
_PARAMETER = re.compile(
    r"<(?:\w{1,12}:)?(?:parameter|param|arg|argument)(?:=[\"']?|\s++name=[\"'])(?P<key>\w{1,64})[\"']?[^<>]{0,80}>"
    r"|<arg_key>\s*+(?P<arg_key>\w{1,64})\s*+</arg_key>\s*+<arg_value>"
    r"|(?P<end></(?:\w{1,12}:)?(?:parameter|param|arg|argument|arg_value|invoke|function|tool_call)>)"
)
_TOKEN = re.compile(r"<[|/]?\w{1,20}\|?>")
_SIGNS = (
    r"<(?:function[=\s]|\w{0,12}:?invoke\s|arg_key>|tool_call(?:\s|>\s*+[A-Za-z_])"
    r"|function_call\s|tool\s)"
)
_TAGS = re.compile(_SIGNS)
_ANY_CALL = re.compile(rf"\w\(|{_SIGNS}")


def may_hold_calls(text: str) -> bool:
    """False if the text certainly holds no call in tags or in code."""
    return ("(" in text or "<" in text) and _ANY_CALL.search(text) is not None


def tagged_calls(text: str) -> tuple[Call, ...]:
    """Calls in tags, in their order: ``<function=NAME>``, ``<invoke name=..>``, ``<tool_call>NAME``.

    A call ends at its closing tag, at the next call, or with the text.
    """
    return _tagged_calls(text) if "<" in text and _TAGS.search(text) else ()


@lru_cache(maxsize=4)
def _tagged_calls(text: str) -> tuple[Call, ...]:
    calls: list[Call] = []
    limit = len(text)
    for head in reversed(list(_TAGGED.finditer(text))):
        close = _TAGGED_END.search(text, head.end(), limit)
        until = close.start() if close else limit
        name = head["equals"] or head["named"] or head["bare"]
        arguments = _tagged_arguments(text, head.end(), until)
        action = _action(name, arguments)
        calls.append(Call(name, action, arguments, head.start(), head.end(), until, limit))
        limit = head.start()
    return tuple(reversed(calls))


def _tagged_arguments(text: str, start: int, end: int) -> dict[str, JsonValue]:
    arguments: dict[str, JsonValue] = {}
    key: str | None = None
    begin = start
    for tag in _PARAMETER.finditer(text, start, end):
        if key is not None:
            arguments.setdefault(key, _tagged_value(text[begin : tag.start()]))
        key = tag["key"] or tag["arg_key"]
        begin = tag.end()
    if key is not None:
        arguments.setdefault(key, _tagged_value(text[begin:end]))
    if not arguments and text[start:end].lstrip()[:1] == "{":
        return _json_object(text[start:end])
    return arguments


def _tagged_value(text: str) -> JsonValue:
    """The value of a parameter: JSON if it is that, else its text without tags."""
    text = text.strip()
    if text[:1] in ("[", "{"):
        try:
            value: JsonValue = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            pass
        else:
            return value
    if len(text) > _LONGEST:
        return text
    return list(numbers) if len(numbers := _place(text)) > 1 else text


def _json_object(text: str) -> dict[str, JsonValue]:
    try:
        value = json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _place(text: str) -> tuple[float, ...]:
    """The two or four numbers of a text that is a place and nothing else, with or without tags."""
    if len(text) > 200:
        return ()
    plain = _TOKEN.sub(" ", text).strip(" \t\r\n'\"`") if "<" in text else text.strip(" \t\r\n'\"`")
    return coordinates_in(plain) or coordinates_in(_CORNERS.sub(",", plain))


_CORNERS = re.compile(r"[)\]]\s*+,?\s*+[(\[]")


# --- Code ------------------------------------------------------------------------------------------

_CALLED = re.compile(
    r"(?<![A-Za-z0-9_.])((?:[A-Za-z_]\w{0,30}+\.){0,6}+[A-Za-z_]\w{0,40}+)\(", re.ASCII
)
_STRING = r"(?:'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\")"
_ARGUMENTS = re.compile(
    rf"((?:[^()'\"]|{_STRING}|\((?:[^()'\"]|{_STRING}|\([^()]*+\)|['\"])*+\)|['\"])*+)\)"
)
_LINE = re.compile(r"[^\n]*+")
_ITEM = re.compile(
    rf"(?:[^,'\"()\[\]]|{_STRING}|\[(?:[^\[\]]|\[[^\[\]]*+\])*+\]|\((?:[^()]|\([^()]*+\))*+\)"
    r"|['\"()\[\]])++"
)
_KEYED = re.compile(r"\s*+(?:([A-Za-z_]\w{0,39}+)\s*+(?:=(?!=)|:))?+\s*+(.*)", re.DOTALL)
_PLACED = re.compile(r"\s*+[(\[]?\s*+[-+.\d]")
_VERB_ARGUMENT = re.compile(r"[^()]{0,200}?\b(?:action|action_type|operation|type)\s?[=:]\s?['\"]")
_ONE_NUMBER = re.compile(NUMBER)
# A call whose "arguments" hold these is a string in a JSON object, and they are the rest of it.
_JSON = re.compile(r"[{}]|\"\w{1,40}\"\s?:\s?[\[\"\d.-]")


def code_calls(text: str) -> tuple[Call, ...]:
    """Calls of actions written as code, in their order; nothing is evaluated.

    ``click(x=1, y=2)``, ``computer.terminate("failure")``, ``do(action="Tap", element=[1, 2])``. A
    call that is not closed ends with its line; a number at its very end may lack digits and is left
    out. A function with another name is no action, and is searched for calls inside it.
    """
    return _code_calls(text) if "(" in text else ()


@lru_cache(maxsize=4)
def _code_calls(text: str) -> tuple[Call, ...]:
    calls: list[Call] = []
    position = 0
    while (head := _CALLED.search(text, position)) is not None:
        position = head.end()
        name = head[1]
        if action_named(name) is None and not _VERB_ARGUMENT.match(text, position, position + 220):
            continue
        closed = None
        if text.find(")", position, position + _LONGEST) >= 0:
            closed = _ARGUMENTS.match(text, position, position + _LONGEST)
        inside = closed[1] if closed else _open_arguments(text, position)
        if _JSON.search(inside):
            continue
        until = position + len(inside)
        end = closed.end() if closed else until
        arguments = _arguments(inside)
        if not closed:
            # Without its end, nobody knows that a click has no place.
            arguments.setdefault("target", "")
        action = _action(name, arguments)
        if action is None or (action == "other" and _is_label(name, inside)):
            continue
        calls.append(Call(name, action, arguments, head.start(), position, until, end))
        position = end
    return tuple(calls)


_ONE_CLICK = re.compile(
    r"(?<![A-Za-z0-9_.])(?:pyautogui\.)?(?:(?:left_|right_|double_|double)?click)"
    r"\((?:start_box='\((\d{1,6}),\s?(\d{1,6})\)'|x=(\d{1,6}), ?y=(\d{1,6}))\)",
    re.IGNORECASE,
)


def one_click(text: str) -> Answer | None:
    """The answer of a short text whose only call is a plain click, as most are; None for any other.

    It says what the general way would say, and sooner.
    """
    if len(text) > 1000 or "<" in text or "{" in text:
        return None
    match = _ONE_CLICK.search(text)
    if match is None or text.count("(") != match[0].count("("):
        return None
    if match[1]:
        coordinates = Coordinates((int(match[1]), int(match[2])))
    else:
        coordinates = Coordinates((int(match[3]), int(match[4])), keyed=True)
    return Answer((coordinates,), match.start(), match.end())


def parts_of(calls: Sequence[Call]) -> Iterator[Part]:
    """The calls' points, last one first."""
    for call in reversed(calls):
        yield Part(Points(call.form), call.start, call.end)


def _open_arguments(text: str, start: int) -> str:
    """The rest of the line up to the last mark that closes a value; a number there is not complete."""
    line = _LINE.match(text, start, start + _LONGEST)
    inside = line[0] if line else ""
    return inside[: max(map(inside.rfind, ")]>'\"")) + 1]


def _is_label(name: str, inside: str) -> bool:
    """True for ``Home(512, 300)``: the name of an element, with the place where it is."""
    if "." in name or action_named(name, element=True) is not None:
        return False
    return _PLACED.match(inside) is not None


def _arguments(inside: str) -> dict[str, JsonValue]:
    """Named arguments by name; the first two numbers or the first list of the others as ``point``."""
    arguments: dict[str, JsonValue] = {}
    positional: list[JsonValue] = []
    unknown: JsonValue = None
    for part in _ITEM.finditer(inside):
        item = _KEYED.match(part[0])
        if item is None or not item[2].strip():
            continue
        key, written = item[1], item[2].strip()
        value = _value(written)
        if key is None:
            positional.append(value)
            continue
        arguments.setdefault(key, value)
        if unknown is None and isinstance(value, list) and written[0] in "([":
            unknown = value
    if point := _positional(positional):
        arguments.setdefault("point", point)
    elif positional and isinstance(positional[0], str):
        # A status, or a picture or an element to click.
        arguments.setdefault("status", positional[0])
        arguments.setdefault("target", positional[0])
    if unknown is not None and not any(
        KINDS.get(snake(key)) in ("point", "box") for key in arguments
    ):
        arguments["point"] = unknown
    return arguments


def _value(written: str) -> JsonValue:
    if _ONE_NUMBER.fullmatch(written):
        return number(written)
    text = written.strip("'\"")
    numbers = _place(text)
    return list(numbers) if len(numbers) > 1 else text


def _positional(values: list[JsonValue]) -> list[JsonValue] | None:
    if values and isinstance(values[0], list):
        return values[0]
    first = values[:2]
    if len(first) == 2 and all(isinstance(value, int | float) for value in first):
        return first
    return None


# --- What formats that read no calls leave out ------------------------------------------------------


def without_actions(text: str) -> str:
    """The text with the arguments of every call blanked that does not click; offsets stay the same.

    Whatever numbers such a call holds, they are no point; nor are those in the words beside a
    click's place (``element_info='Page (1, 2)'``).
    """
    if not may_hold_calls(text):
        return text
    code = code_calls(text)
    return _blanked(text, [*_spans(tagged_calls(text)), *_spans(code), *_beside(text, code)])


def without_code(text: str) -> str:
    """`without_actions`, for the other actions that are written as code only."""
    return _blanked(text, _spans(code_calls(text))) if "(" in text else text


def _spans(calls: Sequence[Call]) -> list[tuple[int, int]]:
    return [(c.inside, c.until) for c in calls if c.action not in (None, "click", "tap")]


def _beside(text: str, calls: Sequence[Call]) -> Iterator[tuple[int, int]]:
    """The words among the arguments of clicks."""
    for call in calls:
        if call.action in ("click", "tap"):
            for part in _ITEM.finditer(text, call.inside, call.until):
                item = _KEYED.match(part[0])
                if item is None or item[2][:1] not in ("'", '"'):
                    continue
                if snake(item[1]) not in KINDS if item[1] else not _place(item[2]):
                    yield part.span()


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    position = 0
    for start, end in sorted(spans):
        if start >= position:
            pieces += (text[position:start], " " * (end - start))
            position = end
    return "".join((*pieces, text[position:])) if pieces else text


def gives_up(text: str) -> int | None:
    """Where the last call that reports the task as impossible begins; None if there is none."""
    calls = (*tagged_calls(text), *code_calls(text))
    return max((call.start for call in calls if call.action == "gives-up"), default=None)


_BEFORE = re.compile(
    rf"(?:tool_?calls?(?:_begin)?[|>\]]+|tool▁call▁begin\|>(?:function)?|tool▁sep\|>|\bto=|\bfunctions\."
    rf"|function_call>|\bname>|(?<![\w.])(?={_NAME}\())\s*+({_NAME})"
    r"(?:\s*+(?:<[|/]?[\w▁]{1,40}\|?>|\[ARGS\]|```|json|\())*+\s*+\Z",
    re.IGNORECASE,
)
_BEFORE_SIGNS = ("tool", "TOOL", "function", "to=", "name>")


def name_before(text: str, start: int) -> str | None:
    """The name of a call whose arguments, a JSON object, begin here; None for any other text.

    ``functions.click:0<|tool_call_argument_begin|>{..}``, ``[TOOL_CALLS]click[ARGS]{..}``,
    ``to=functions.click<|message|>{..}``, ``click({..})``.
    """
    before = text[max(start - 160, 0) : start]
    if not before.endswith("("):
        if before.rstrip().endswith("<tool_call>"):
            return None
        if not any(sign in before for sign in _BEFORE_SIGNS):
            return None
    match = _BEFORE.search(before)
    return match[1] if match else None
