"""``pointbench suites [list|show SUITE]``: lists the suites, or the contents of one."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Required, TypedDict

from pointbench.cli.shared import console
from pointbench.cli.shared.options import add_data, add_json, check_data
from pointbench.cli.shared.terminal import count_of

if TYPE_CHECKING:
    from pointbench.suites import Suite


class FileFacts(TypedDict):
    """One screenshot of a suite, as ``suites show --json`` prints it."""

    screenshot: str
    width: int
    height: int
    targets: int


class SuiteFacts(TypedDict, total=False):
    """A suite as ``--json`` prints it: ``list`` prints the first block, ``show`` both."""

    name: Required[str]
    version: str
    title: str
    digest: str
    screenshots: int
    targets: int
    present: int
    absent: int
    faults: int

    license: str
    authors: list[str]
    description: str
    kinds: dict[str, int]
    apps: dict[str, int]
    sizes: dict[str, int]
    """``WIDTHxHEIGHT`` -> screenshots."""
    reworded: int
    files: list[FileFacts]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|show")
    listing = actions.add_parser("list", help="list every suite in the data roots")
    show = actions.add_parser("show", help="show what is in one suite")
    show.add_argument("suite", metavar="SUITE")
    for command in (parser, listing, show):
        add_data(command)
        add_json(command)


def run(args: argparse.Namespace) -> int:
    from pointbench.suites import data_roots

    roots = data_roots(check_data(args.data), Path.cwd())
    facts = _show(args.suite, roots) if args.action == "show" else _list(roots)
    if args.json:
        console.json_out(facts)
    elif args.action == "show":
        _print_suite(facts[0])
    else:
        _print_list(facts)
    return 0


def _list(roots: list[Path]) -> list[SuiteFacts]:
    from pointbench.suites import read_suite, suite_names

    suites: dict[str, SuiteFacts] = {}
    for root in roots:
        for name in suite_names(root):
            if name not in suites:
                suite, faults = read_suite(root, name)
                suites[name] = _facts(suite) if suite else {"name": name}
                suites[name]["faults"] = len(faults)
    return [suites[name] for name in sorted(suites)]


def _show(name: str, roots: list[Path]) -> list[SuiteFacts]:
    from pointbench.suites import find_suite

    suite = find_suite(name, roots)
    facts = _facts(suite)
    targets = [target for _, target in suite.targets()]
    facts["license"] = suite.info.license
    facts["authors"] = list(suite.info.authors)
    facts["description"] = suite.info.description
    facts["kinds"] = dict(Counter(target.kind or "none" for target in targets).most_common())
    facts["apps"] = dict(Counter(target.app or "none" for target in targets).most_common())
    facts["sizes"] = dict(
        Counter(f"{shot.width}x{shot.height}" for shot in suite.screenshots).most_common()
    )
    facts["reworded"] = sum(1 for target in targets if target.rewordings)
    facts["files"] = [
        {
            "screenshot": shot.screenshot,
            "width": shot.width,
            "height": shot.height,
            "targets": len(shot.targets),
        }
        for shot in suite.screenshots
    ]
    return [facts]


def _facts(suite: Suite) -> SuiteFacts:
    targets = [target for _, target in suite.targets()]
    return {
        "name": suite.name,
        "version": suite.info.version,
        "title": suite.info.title,
        "digest": suite.digest,
        "screenshots": len(suite.screenshots),
        "targets": len(targets),
        "present": sum(1 for target in targets if not target.absent),
        "absent": sum(1 for target in targets if target.absent),
    }


def _print_list(suites: list[SuiteFacts]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("suite")
    table.add_column("version")
    for column in ("screenshots", "targets", "absent"):
        table.add_column(column, justify="right")
    table.add_column("title", overflow="fold")
    for suite in suites:
        faults = (
            f" [{count_of(suite['faults'], 'fault')}: see `pointbench validate`]"
            if suite["faults"]
            else ""
        )
        table.add_row(
            suite["name"],
            Text(suite.get("version", "–")),
            str(suite.get("screenshots", "–")),
            str(suite.get("targets", "–")),
            str(suite.get("absent", "–")),
            Text(suite.get("title", "") + faults),
        )
    console.rich(table)


def _print_suite(facts: SuiteFacts) -> None:
    from rich.text import Text

    lines = [
        f"{facts['name']} {facts['version']}, digest {facts['digest'][:16]}…",
        facts["description"].strip(),
        f"license {facts['license']}; by {', '.join(facts['authors'])}",
        f"{count_of(facts['targets'], 'target')} on "
        f"{count_of(facts['screenshots'], 'screenshot')}; "
        f"{facts['absent']} absent, {facts['reworded']} with rewordings",
    ]
    for title, counts in (
        ("kinds", facts["kinds"]),
        ("apps", facts["apps"]),
        ("sizes", facts["sizes"]),
    ):
        lines.append(f"{title}: " + ", ".join(f"{key} {n}" for key, n in counts.items()))
    lines += [
        f"  {file['screenshot']}  {file['width']}x{file['height']}, "
        f"{count_of(file['targets'], 'target')}"
        for file in facts["files"]
    ]
    console.rich(Text(facts["title"], style="bold"), *map(Text, lines))
