"""Plain coordinates in prose: ``(512, 300)``, ``x=512, y=300``, ``[512, 300]``, ``52 %``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointbench.geometry import Point
from pointbench.replies.answers import Answer, Coordinates, Format, pair
from pointbench.replies.formats import point_tag
from pointbench.replies.numbers import COMMA, NUMBER, number, single_number, values

_ONE = rf"[~≈]?\s?({NUMBER})(?:\s?(?:px|pixels?|%))?"
_QUOTES = r"[\"'*_`]{0,3}"
_IS = (
    rf"{_QUOTES}\s?(?:[-_ ]?(?:coord(?:inate)?|value|pos(?:ition)?|axis)\s?)?{_QUOTES}\s?"
    rf"(?:[=:≈]|is\b)\s*+{_QUOTES}\s*+"
)
_BETWEEN = rf"{_QUOTES}[\s,;|&/]*+(?:and\s++)?(?:[-*•]\s*+)?(?:the\s)?{_QUOTES}"
_NAMED = (
    # x and y by name, in either order
    rf"\b(?P<x>x){_IS}{_ONE}{_BETWEEN}y{_IS}{_ONE}"
    rf"|\b(?P<y>y){_IS}{_ONE}{_BETWEEN}x{_IS}{_ONE}"
)
_EDGE = r"(?:\s(?:edge|side|border|margin))?"
_FROM_LEFT = (
    rf"(?:to\sthe\sright\s|in\s|away\s|across\s|right\s)?(?:from|of)\s(?:the\s)?(?:left){_EDGE}"
)
_FROM_TOP = rf"(?:down\s|in\s|away\s|below\s)?(?:from|of|below)\s?(?:the\s)?(?:top){_EDGE}"
_OF_PICTURE = r"(?:\sof\s(?:the\s)?\w{1,12})?"
_AND = r"[\s,;]*+(?:and\s)?\s*+(?:about\s|approximately\s|~\s?)?"
_TUPLE = re.compile(
    # two or four numbers in brackets of any kind
    rf"[(\[{{]\s*+(?:x\s?[=:]\s?)?{_ONE}{COMMA}(?:y\s?[=:]\s?)?{_ONE}"
    rf"(?:{COMMA}{_ONE}{COMMA}{_ONE})?\s*+,?\s*+(?:\\(?:right)?)?[)\]}}]"
    rf"|{_NAMED}"
    rf"|<(?P<tag>x)>\s*+{_ONE}\s*+</x>\s*+<y>\s*+{_ONE}\s*+</y>",
    re.IGNORECASE,
)
_NAMED_ONLY = re.compile(rf"{_NAMED}|(?P<tag>(?!))", re.IGNORECASE)
_EDGES = re.compile(
    rf"(?P<left>(?<![\w.]){_ONE}\s{_FROM_LEFT}{_OF_PICTURE}{_AND}{_ONE}\s{_FROM_TOP})"
    rf"|(?<![\w.]){_ONE}\s{_FROM_TOP}{_OF_PICTURE}{_AND}{_ONE}\s{_FROM_LEFT}",
    re.IGNORECASE,
)
_BARE = re.compile(rf"[\s*_`\"'$.]*+{_ONE}(?:{COMMA}|\s++){_ONE}[\s*_`\"'$.]*+", re.IGNORECASE)
_LABELED = re.compile(
    r"\b(?:coord(?:inate)?s?\s?(?:is|are|at|of|:|=)?|(?:point|position|location)\s?(?:is|are|at|:|=)"
    r"|(?:click|tap)(?:ing)?\s?at)"
    rf"{_QUOTES}\s*+{_QUOTES}{_ONE}{COMMA}{_ONE}(?!\s?[,:;x/]\s?\d|[\d:])",
    re.IGNORECASE,
)
# A command of a shell, alone on its line: "adb shell input tap 512 300", "xdotool mousemove 512 300 click 1".
_COMMAND = re.compile(
    r"^[ \t>$`]*+(?:(?:adb|hdc)\s(?:-s\s\S{1,40}\s)?shell\s)?(?:input\s(?:touchscreen\s)?)?"
    rf"(?:(?:left_|double_|mouse\s)?(?:click|tap|touch|press)\s{{1,2}}{_ONE}(?:\s?,\s?|\s){_ONE}"
    rf"|xdotool\smousemove\s(?:--sync\s)?{_ONE}\s{_ONE}(?=\s(?:[^\n]{{0,40}}\s)?click\b)"
    rf"|cliclick\s(?:d?c|rc|tc):{_ONE},{_ONE})"
    r"(?=[ \t`;]*+(?:$|&&|click\b))",
    re.IGNORECASE | re.MULTILINE,
)
# A list of YAML: "point:", then one number a line after a dash.
_DASHED = re.compile(
    r"\b(?:point(?:_2d)?|coord(?:inate)?s?|position|location|click|center|bbox(?:_2d)?|box)[\"']?\s?:"
    r"[ \t]*+(?:\n[ \t]*+-[ \t]++[-+\d.]++[ \t]*+(?!\d)){2,8}",
    re.IGNORECASE,
)
_DASHED_NUMBER = re.compile(rf"-[ \t]++({NUMBER})", re.IGNORECASE)


_ONE_PAIR = re.compile(r"\((\d{1,6}), ?(\d{1,6})\)")


def find(text: str, cut_off: bool) -> Iterator[Answer]:
    if len(text) < 20 and (one := _ONE_PAIR.fullmatch(text)):
        # Most answers are that and nothing else.
        return iter((Answer((Coordinates((int(one[1]), int(one[2]))),), 0, len(text)),))
    if "<" in text and (tagged := list(point_tag.perceptron(text))):
        return reversed(tagged)
    bracketed = [Answer((_coordinates(m),), m.start(), m.end()) for m in _TUPLE.finditer(text)]
    return reversed(bracketed or _unbracketed(text, cut_off))


def named_pair(text: str, start: int, end: int) -> Answer | None:
    """The first x and y that a part of the text names."""
    match = _NAMED_ONLY.search(text, start, end)
    return match and Answer((_coordinates(match),), match.start(), match.end())


def _unbracketed(text: str, cut_off: bool) -> list[Answer]:
    """Numbers without brackets: the whole answer, after a word such as "coordinates", from the
    edges, as a command, in a list of YAML, or in a table."""
    if len(text) < 200 and (bare := _BARE.fullmatch(text)):
        return [_plain(bare)]
    if labeled := list(_LABELED.finditer(text)):
        return [_plain(match) for match in labeled]
    if edges := list(_EDGES.finditer(text)):
        return [_from_edges(match) for match in edges]
    if commands := list(_COMMAND.finditer(text)):
        return [_plain(match) for match in commands]
    dashed = [_dashed(match) for match in _DASHED.finditer(text)]
    return [answer for answer in dashed if answer.coordinates] or list(_table(text, cut_off))


def _plain(match: re.Match[str]) -> Answer:
    coordinates = Coordinates(values(match), percent="%" in match[0])
    return Answer((coordinates,), match.start(), match.end())


def _from_edges(match: re.Match[str]) -> Answer:
    """``512 px from the left and 300 px from the top``, or the top first."""
    first, second = (number(group) for group in match.groups() if group and group != match["left"])
    numbers = (first, second) if match["left"] else (second, first)
    coordinates = Coordinates(numbers, keyed=True, percent="%" in match[0])
    return Answer((coordinates,), match.start(), match.end())


def _dashed(match: re.Match[str]) -> Answer:
    numbers = tuple(number(group) for group in _DASHED_NUMBER.findall(match[0]))
    places = (Coordinates(numbers),) if len(numbers) in (2, 4) else ()
    return Answer(places, match.start(), match.end())


def _table(text: str, cut_off: bool) -> Iterator[Answer]:
    """The rows of Markdown tables that have a column x and a column y."""
    if "|" not in text:
        return
    columns: tuple[int, int] | None = None
    position = 0
    lines = text.splitlines(keepends=True)
    for line in lines:
        start, position = position, position + len(line)
        cells = [cell.strip(" \t\r\n*`").lower() for cell in line.strip().strip("|").split("|")]
        if "x" in cells and "y" in cells:
            columns = (cells.index("x"), cells.index("y"))
        elif len(cells) < 2:
            columns = None
        elif columns and max(columns) < len(cells):
            # The last line of a cut-off text may end in half a number.
            x, y = (single_number(cells[column]) for column in columns)
            if x is not None and y is not None and not (cut_off and position == len(text)):
                percent = "%" in cells[columns[0]]
                yield Answer((Coordinates((x, y), keyed=True, percent=percent),), start, position)


def _coordinates(match: re.Match[str]) -> Coordinates:
    written = match[0]
    numbers = tuple(
        [number(group) for group in match.groups() if group is not None and group not in "xyXY"]
    )
    percent = "%" in written
    if match["y"]:
        return Coordinates((numbers[1], numbers[0]), keyed=True, percent=percent)
    keyed = bool(match["x"] or match["tag"]) or written.lstrip("([{ \t\r\n")[:1] in "xX"
    return Coordinates(numbers, keyed, percent=percent)


def _write(point: Point, order: str) -> str:
    return "({}, {})".format(*pair(point, order))


TUPLE = Format("tuple", find, _write, marked=True)
