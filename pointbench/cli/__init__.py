"""The ``pointbench`` command: finds the module of a command, runs it, and sees to the exit status.

Each command is a module with ``add_arguments(parser)`` and ``run(args) -> int``. Only the module of
the command that was called is imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import NoReturn, Protocol, cast

from pointbench.errors import PointbenchError, one_line

COMMANDS = {
    "run": "ask models to point at the targets of suites, score and store every answer",
    "streak": "how many clicks in a row: sessions to the first failure, the goal, or a decision",
    "report": "show runs as a table, a page or a file",
    "overlay": "draw regions and the models' points on the screenshots",
    "compare": "compare models, paired, on the targets both answered",
    "score": "score replies obtained elsewhere: a run without a call",
    "rescore": "parse and score the stored replies of a run again, as a new run",
    "models": "what models are known, and what is missing to ask them",
    "suites": "what suites are there, and what is in them",
    "plan": "how many trials a claim needs, and what they cost",
    "validate": "find every fault of annotation files and their pictures",
    "import": "public benchmarks into suites",
    "export": "a suite in another benchmark's format",
    "capture": "take screenshots together with their targets, from a desktop or a page",
    "schema": "print the JSON Schemas of the files",
    "cite": "BibTeX and a methods paragraph for a run",
}
_MODULES = {"import": "import_"}


class Command(Protocol):
    """What a module of this package offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"pointbench: {message} (`{self.prog} --help` lists what it takes)\n")


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return (
        "usage: pointbench COMMAND ...\n\n"
        "How accurately do models point at things on a screen, and how many clicks in a row\n"
        "do they get right? `pointbench run` alone measures the local pointers, without a key.\n\n"
        "commands:\n" + "\n".join(lines) + "\n\n"
        "options:\n  --help     this text; `pointbench COMMAND --help` for a command\n"
        "  --version  the version\n"
    )


def load_command(name: str) -> Command:
    """The module of a command."""
    module = import_module(f"pointbench.cli.{_MODULES.get(name, name)}")
    return cast("Command", module)


def build_parser(name: str) -> Parser:
    """The parser of one command."""
    parser = Parser(prog=f"pointbench {name}", description=COMMANDS[name].capitalize() + ".")
    load_command(name).add_arguments(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1, 2 or 130 as the README says."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write(_help())
        return 0 if arguments else 2
    if arguments[0] in ("--version", "-V"):
        from pointbench import __version__

        sys.stdout.write(f"pointbench {__version__}\n")
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS, n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else "`pointbench --help` lists them"
        return _refuse(f"no command {name!r}; {hint}")
    try:
        args = build_parser(name).parse_args(arguments[1:])
        return load_command(name).run(args)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 2
    except PointbenchError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        sys.stderr.write("pointbench: interrupted\n")
        return 130
    except BrokenPipeError:
        # The reader of our output went away, as in `pointbench report X | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # A full disk under stdout would complain once more when the interpreter flushes it.
        if error.filename is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        what = "the output cannot be written" if error.filename is None else error.filename
        return _refuse(one_line(f"{what}: {error.strerror or error}"))


def _refuse(message: str) -> int:
    sys.stderr.write(f"pointbench: {message}\n")
    return 2
