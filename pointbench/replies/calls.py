"""What a call of a computer tool means: a click, another action, or giving up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

Action = Literal["gives-up", "other"]

_NO_CLICKS = (
    "type type_text type_text_at input_text key keypress key_press hotkey hold_key "
    "press_key press_home press_back scroll scroll_at scroll_document swipe drag drag_and_drop "
    "left_click_drag mouse_move move hover hover_at wait screenshot zoom open open_app launch "
    "open_web_browser navigate search go_back go_forward back home enter system_button "
    "cursor_position left_mouse_down left_mouse_up mouse_down mouse_up terminate finished "
    "finish done complete status answer call_user fail infeasible respond none"
)
_OTHERS = frozenset(_NO_CLICKS.split())
_GIVING_UP = frozenset(("call_user", "fail", "infeasible"))
_ARGUMENTS = frozenset(("arguments", "input", "parameters", "args"))
_LONGEST_NAME = 64


def snake(name: object) -> str:
    """A key or action in lower case, with ``_`` for space and dash; empty for a long or odd one."""
    return _snaked(name) if isinstance(name, str) and len(name) <= _LONGEST_NAME else ""


@lru_cache(maxsize=4096)
def _snaked(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def action_of(verbs: Sequence[object], entries: Mapping[str, object]) -> Action | None:
    """What an object with these ``verbs`` (values under ``action`` and kin) does besides clicking.

    ``other`` is an action of a computer tool that does not click, ``gives-up`` one that reports the
    task as impossible. None for a click, and for anything that is no action at all.
    """
    # The name of a call is an action, too; any other "name" is that of an object.
    named = [entries.get("name")] if _ARGUMENTS & entries.keys() else []
    names = [snake(verb) for verb in (*verbs, *named)]
    if _OTHERS.isdisjoint(names):
        return None
    failed = "terminate" in names and entries.get("status") == "failure"
    return "gives-up" if failed or not _GIVING_UP.isdisjoint(names) else "other"
