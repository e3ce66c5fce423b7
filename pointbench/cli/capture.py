"""``pointbench capture desktop|web|session``: screenshots together with their targets.

Each subcommand is a module ``capture_<name>`` with ``add_arguments(parser)`` and ``run(args)``.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pointbench.cli import Command

WAYS = {
    "desktop": "the running X11 desktop: a screenshot and its clickable elements",
    "web": "a web page, rendered by a headless Chromium",
    "session": "a list of screens, each on its own virtual display: recaptures a whole suite",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    ways = parser.add_subparsers(dest="way", metavar="|".join(WAYS), required=True)
    for name, text in WAYS.items():
        way = ways.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        _module(name).add_arguments(way)


def run(args: argparse.Namespace) -> int:
    return _module(args.way).run(args)


def _module(name: str) -> Command:
    return cast("Command", import_module(f"pointbench.cli.capture_{name}"))
