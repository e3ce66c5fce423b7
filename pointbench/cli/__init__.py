"""The ``pointbench`` command: finds a command's module, runs it, and sets the exit status.

Each command is a module with ``add_arguments(parser)`` and ``run(args) -> int``. Only the called
command's module is imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, Protocol, cast

from pointbench.cli.shared import console
from pointbench.errors import PointbenchError, nearest_hint, one_line

COMMANDS = {
    "run": "ask models to point at targets; score and store every answer",
    "streak": "measure clicks in a row: sessions until a failure or a goal",
    "report": "show runs as a table, a page or a file",
    "overlay": "draw regions and the models' points on the screenshots",
    "compare": "compare models in pairs, on the targets both answered",
    "gate": "decide for CI whether a model does as well as a stored run",
    "score": "score replies obtained elsewhere, without calling a model",
    "merge": "make one run of shards, or of runs of one plan",
    "rescore": "parse and score a run's stored replies again, as a new run",
    "models": "list models and what is missing to ask them; check or calibrate one",
    "suites": "list suites and what is in them",
    "plan": "compute how many trials a claim needs, and what they cost",
    "validate": "find every fault in annotation files and their pictures",
    "import": "turn a public benchmark into a suite",
    "export": "write a suite in another benchmark's format",
    "capture": "take screenshots and their targets from a desktop or a web page",
    "schema": "print the JSON Schemas of the files",
    "cite": "print BibTeX and a methods paragraph for runs, with their comparison",
}
_MODULES = {"import": "import_"}


class Command(Protocol):
    """Interface of every command's module."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


class Parser(argparse.ArgumentParser):
    """Reports a wrong argument in one line, with exit status 2."""

    def error(self, message: str) -> NoReturn:
        console.message(f"{message} (see `{self.prog} --help`)")
        self.exit(2)


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return (
        "usage: pointbench COMMAND ...\n\n"
        "Measures how accurately models point at things on a screen, and how many clicks\n"
        "in a row they get right. `pointbench run` alone measures the local pointers and\n"
        "needs no key.\n\n"
        "commands:\n" + "\n".join(lines) + "\n\n"
        "options:\n  --help     show this text; `pointbench COMMAND --help` describes a command\n"
        "  --version  show the version\n"
    )


def load_command(name: str) -> Command:
    """The module of a command."""
    module = import_module(f"pointbench.cli.{_MODULES.get(name, name)}")
    return cast("Command", module)


def build_parser(name: str) -> Parser:
    """The parser for one command's arguments."""
    parser = Parser(prog=f"pointbench {name}", description=COMMANDS[name].capitalize() + ".")
    load_command(name).add_arguments(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status 0, 1, 2 or 130, as documented in the README."""
    _open_closed_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        console.out(_help(), end="")
        return 0 if arguments else 2
    if arguments[0] in ("--version", "-V"):
        from pointbench import __version__

        console.out(f"pointbench {__version__}")
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        hint = nearest_hint(name, COMMANDS, "`pointbench --help` lists them")
        return _refuse(f"no command {name!r}; {hint}")
    try:
        args = build_parser(name).parse_args(arguments[1:])
        return load_command(name).run(args)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 2
    except PointbenchError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        console.message("interrupted")
        return 130
    except BrokenPipeError:
        # Whoever read our output has closed it, as in `pointbench report X | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # If stdout goes to a full disk, the interpreter's last flush would fail again.
        if error.filename is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        what = "the output cannot be written" if error.filename is None else error.filename
        return _refuse(one_line(f"{what}: {error.strerror or error}"))


def _open_closed_streams() -> None:
    """Send a stream that was closed (``2>&-``) to /dev/null: nobody wants to read it.

    Otherwise the next file that is opened, such as the journal, would get its number, and whatever
    a library prints would end up in that file.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is given out, and those below are open.
            os.open(os.devnull, os.O_RDWR)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def _refuse(message: str) -> int:
    console.message(message)
    return 2
