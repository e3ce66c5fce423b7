"""``pointbench capture desktop|web|session``: screenshots together with their targets.

Each subcommand is a module ``capture_<name>`` with ``add_arguments(parser)`` and ``run(args)``.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pointbench.cli import Command

WAYS = {
    "desktop": "the X11 desktop that is running: a screenshot and what can be clicked on it",
    "web": "a web page, drawn by a headless Chromium",
    "session": "a list of screens, each on a virtual display of its own: a whole suite again",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    ways = parser.add_subparsers(dest="way", metavar="|".join(_offered()), required=True)
    for name in _offered():
        text = WAYS[name]
        way = ways.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        _module(name).add_arguments(way)


def run(args: argparse.Namespace) -> int:
    return _module(args.way).run(args)


def _offered() -> list[str]:
    return [name for name in WAYS if find_spec(f"pointbench.cli.capture_{name}")]


def _module(name: str) -> Command:
    return cast("Command", import_module(f"pointbench.cli.capture_{name}"))
