"""Options that several commands share, and the types of their values."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

DEFAULT_OUT = Path("results")


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="data root with screenshots/ and targets/, searched before the working folder and the "
        "bundled suites",
    )


def add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        default=DEFAULT_OUT,
        help="folder that holds the runs (default: results)",
    )


def add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="file with models and profiles of your own (default: pointbench.toml in the working "
        "folder)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def add_quiet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-q", "--quiet", action="store_true", help="print no progress on stderr")


def list_below(parser: argparse.ArgumentParser, heading: str, entries: Mapping[str, str]) -> None:
    """List names, each with a sentence, below the options in a command's help."""
    width = shutil.get_terminal_size().columns - 2
    indent = " " * (max(map(len, entries)) + 4)
    lines = [
        textwrap.fill(
            text,
            width,
            initial_indent=f"  {name}".ljust(len(indent)),
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
        for name, text in entries.items()
    ]
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join([heading, *lines])


def positive(text: str) -> int:
    """argparse type: a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number


def between(low: float, high: float) -> Callable[[str], float]:
    """argparse type: a number from ``low`` to ``high``, both included."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")
        return number

    return read


share = between(0, 1)


def check_data(data: Path | None) -> Path | None:
    """``--data`` as given; UsageError when it is not a data root."""
    from pointbench.errors import UsageError

    if data is not None and not (data / "targets").is_dir():
        raise UsageError(
            f"--data {data.name or data}: it has no targets/ folder, so it is not a data root"
        )
    return data
