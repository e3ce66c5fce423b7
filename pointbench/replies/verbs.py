"""The verbs of computer tools: which actions click, move the pointer, give up, or do something else.

A call is one inner form, ``{"name": .., "arguments": ..}``, however it was written. Its verb is the
function's own name if that is a known verb, else the value under ``action`` and kin. Only words on
these lists are verbs; any other word is the name of a function or of a kind of element.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

Action = Literal["click", "tap", "move", "displace", "pause", "other", "gives-up"]
"""``click`` without a place clicks where the pointer is, ``tap`` needs a place. ``move`` leaves the
pointer at its place, ``displace`` at one that is not known. ``pause`` does nothing, ``gives-up``
reports the task as impossible, and ``other`` is anything else that is no click."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CLICK = re.compile(
    r"(?:\w+_)?(?:dbl|double|triple|right|left|middle)?click(?:_\w+)?"
    r"|(?:left|right|middle)_(?:single|double|press)",
)
_TAP = re.compile(
    r"(?:\w+_)?(?:long|double)?(?:tap|touch)(?:_\w+)?"
    r"|(?:long_?|force_?|double_|triple_)?press(?:_at|_element|_and_hold)?|select(?:_\w+)?",
)
_MOVES = _words(
    "move move_to moveto mouse_move mousemove mouse_move_to mouse_moveto mouse_move_absolute "
    "move_mouse move_mouse_to move_cursor move_cursor_to move_pointer move_pointer_to cursor_move "
    "pointer_move move_abs move_absolute set_mouse_position set_cursor_position"
)
_RELATIVE = re.compile(
    r"(?:mouse_|cursor_|pointer_)?move_?(?:mouse_|cursor_|pointer_)?(?:rel|relative|by(?:_offset)?|offset)"
    r"|(?:rel|relative)_(?:mouse_)?move"
)
# Actions that move the pointer elsewhere, whatever follows in their names.
_DISPLACES = re.compile(
    r"(?:mouse_|touch_)?(?:drag|swipe|hover|fling|flick|pinch)(?:_\w+)?"
    r"|(?:\w+_)?(?:drag|drag_to|drag_rel|dragto|dragrel|drag_and_drop|swipe|hover|swipe_to)"
    r"|mouse_over|mouseover"
)
_STEMS = re.compile(
    r"(?:mouse_|page_|h|v)?(?:scroll|wheel|zoom|hotkey|keypress|screenshot|type)(?:_\w+)?"
)
_PLAIN = _words(
    "scroll_at scroll_to scroll_up scroll_down scroll_left scroll_right scroll_by mouse_scroll "
    "left_click_drag click_drag mouse_drag drag_to drag_and_drop hover_at mouse_hover swipe_up "
    "swipe_down swipe_left swipe_right mouse_wheel zoom_in zoom_out"
)
"""Verbs of two words that are no kind of element."""
_PAUSES = _words("wait wait_5_seconds sleep pause wait_for idle noop no_op")
_OTHERS = _words(
    "type typewrite type_text type_text_at type_in type_into input_text enter_text insert_text "
    "fill_text set_text clear_text select_text select_all send_keys "
    "key_press key_down key_up key_combination keydown keyup press_key press_keys press_hotkey press_enter "
    "press_home press_back press_button keyboard_type keyboard_press hold_key hold_keys "
    "take_screenshot get_screenshot cursor_position get_cursor_position open_app open_application "
    "launch_app start_app close_app switch_app list_apps open_url visit_url goto go_to open_web_browser "
    "open_browser navigate_to web_search google_search go_back go_forward history_back "
    "navigate_back navigate_home keyboard_enter left_mouse_down left_mouse_up mouse_down mouse_up "
    "mousedown mouseup touch_down touch_up touch_move pause_and_memorize_fact "
    "switch_tab new_tab close_tab ask_user take_over run_command scroll_document "
    "terminate terminated task_complete task_completed complete_task finish_task "
    "end_task report_status"
)
_WORDS = _words(
    "open launch search navigate back home enter input fill write key keys keyboard system_button "
    "answer respond response reply ask interact memorize zoom screenshot wait sleep pause idle "
    "status done complete completed finish finished none"
)
"""Verbs that are names of elements as well: not verbs where a kind of element may stand."""
_GIVES_UP = _words(
    "call_user fail infeasible impossible give_up giveup infeasible_task task_infeasible "
    "task_impossible report_infeasible mark_infeasible declare_infeasible report_failure "
    "task_failed not_found target_not_found element_not_found cannot_complete"
)
_ENDS = _words(
    "terminate terminated task_complete task_completed complete_task finish_task end_task "
    "report_status status done complete completed finish finished answer response respond"
)
"""Verbs that end the task; they give up if their status says so."""
_FAILED = _words(
    "failure fail failed failing infeasible impossible unachievable unfeasible not_feasible "
    "not_found not_possible unable unsuccessful error cannot_complete"
)
_STATUS = _words("status goal_status task_status state outcome result success successful succeeded")
ARGUMENTS = frozenset(
    ("arguments", "input", "parameters", "params", "args", "kwargs", "tool_input", "action_input")
)
"""Keys beside a function's name that hold what it is called with."""
_TYPES = frozenset(("function", "function_call", "tool_call", "tool_use", "tool"))
TARGETS = _words(
    "index element element_id element_name ref selector target target_id mark node node_id"
)
"""Keys that say what to click in another way than by a place."""

_LONGEST_NAME = 64
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PREFIX = re.compile(
    r"(?:computer|browser|desktop|mobile|phone|android|ios|adb|gui|web|page|agent|action|perform)_"
)


def snake(name: object) -> str:
    """A key or action in lower case, with ``_`` for space and dash; empty for a long or odd one."""
    return _snaked(name) if isinstance(name, str) and len(name) <= _LONGEST_NAME else ""


@lru_cache(maxsize=4096)
def _snaked(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def action_named(name: object, *, element: bool = False) -> Action | None:
    """What a function or action of this name does; None if the name is no known verb.

    Namespaces, call numbers, case, dashes and humps do not matter: ``functions.leftClick:0`` is
    ``left_click``. With ``element``, the word stands where a kind of element may stand
    (``{"type": "home", "point": ..}``), and only unmistakable verbs count.
    """
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        return None
    return _named(name, element)


@lru_cache(maxsize=4096)
def _named(name: str, element: bool) -> Action | None:
    if re.search(r"\bcallUser\b", name):
        # ScaleCUA's question to its user, unlike UI-TARS's call_user, does not end the task.
        return "other"
    if re.search(r"\bpyautogui\.move$", name):
        # The short name of moveRel.
        return "displace"
    word = _verb(name)
    return _word(word, element) or _word(_PREFIX.sub("", word, count=1), element)


@lru_cache(maxsize=4096)
def _verb(name: str) -> str:
    """A function's name without its namespaces and number, in lower case with underscores."""
    word = re.sub(r":\d+$", "", name.strip().strip("\"'`").removesuffix("()"))
    last = re.split(r"[./]|::?|__", word)[-1]
    return re.sub(r"[\s-]+", "_", _HUMP.sub("_", last)).lower().strip("_")


def _word(word: str, element: bool) -> Action | None:
    if element and word in _WORDS:
        return None
    if word in _GIVES_UP:
        return "gives-up"
    if word in _MOVES:
        return "move"
    if word in _PAUSES:
        return "pause"
    if word in _OTHERS or word in _WORDS:
        return "other"
    if _RELATIVE.fullmatch(word):
        return "displace"
    # "scroll bar" and "drag handle" are elements; "scroll down" is an action.
    if _DISPLACES.fullmatch(word) and not (element and "_" in word and word not in _PLAIN):
        return "displace"
    if _STEMS.fullmatch(word) and not (element and "_" in word and word not in _PLAIN):
        return "other"
    if _CLICK.fullmatch(word):
        return "click"
    return "tap" if _TAP.fullmatch(word) else None


def action_of(
    verbs: Sequence[object], kinds: Sequence[object], entries: Mapping[str, object]
) -> Action | None:
    """What an object does: ``verbs`` are its values under ``action`` and kin, ``kinds`` those under ``type``.

    None if it is no action of a computer tool: a plain answer, or a call whose verb is inside.
    """
    if "name" in entries and _is_call(entries):
        name = entries["name"]
        if action := action_named(name):
            return _ended(action, name, entries)
    for verb in verbs:
        if action := action_named(verb):
            return _ended(action, verb, entries)
    for kind in kinds:
        if action := action_named(kind, element=True):
            return _ended(action, kind, entries)
    return None


def _is_call(entries: Mapping[str, object]) -> bool:
    """True if "name" is that of a function; any other "name" is that of an object."""
    for key in entries:
        if key in ARGUMENTS:
            value = entries[key]
            # An "input" in words may be a text field.
            if key != "input" or not isinstance(value, str) or value.lstrip()[:1] in ("", "{"):
                return True
    return snake(entries.get("type")) in _TYPES


def _ended(action: Action, verb: object, entries: Mapping[str, object]) -> Action:
    """The action, or ``gives-up`` if it ends the task and its status says that it failed."""
    if action == "other" and ends_in_failure(verb, entries):
        return "gives-up"
    return action


def ends_in_failure(verb: object, entries: Mapping[str, object]) -> bool:
    """True if this verb ends the task and its status, here or in its arguments, is a failure."""
    if not isinstance(verb, str) or len(verb) > _LONGEST_NAME or _verb(verb) not in _ENDS:
        return False
    if _failed(entries):
        return True
    for key in ARGUMENTS & entries.keys():
        value = entries[key]
        if isinstance(value, str) and len(value) < 1000 and value.lstrip()[:1] == "{":
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                continue
        if isinstance(value, dict) and _failed(value):
            return True
    return False


def _failed(entries: Mapping[str, object]) -> bool:
    for key, value in entries.items():
        name = snake(key)
        if name not in _STATUS:
            continue
        if snake(value) in _FAILED:
            return True
        if name.startswith("succe") and (value is False or snake(value) in ("false", "no")):
            return True
    return False
