"""``pointbench suites [list|show SUITE]``: which suites there are, and what is in one."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from pointbench.cli.shared.options import add_data, add_json, check_data
from pointbench.cli.shared.terminal import count_of


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
    shown = _show(args.suite, roots) if args.action == "show" else _list(roots)
    if args.json:
        sys.stdout.write(json.dumps(shown, indent=1, ensure_ascii=False) + "\n")
    elif args.action == "show":
        _print_suite(shown[0])
    else:
        _print_list(shown)
    return 0


def _list(roots: list[Path]) -> list[dict[str, Any]]:
    from pointbench.suites import read_suite, suite_names

    found: dict[str, dict[str, Any]] = {}
    for root in roots:
        for name in suite_names(root):
            if name not in found:
                suite, faults = read_suite(root, name)
                found[name] = _facts(suite) if suite else {"name": name}
                found[name]["faults"] = len(faults)
    return [found[name] for name in sorted(found)]


def _show(name: str, roots: list[Path]) -> list[dict[str, Any]]:
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


def _facts(suite: Any) -> dict[str, Any]:
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


def _print_list(suites: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

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
            escape(suite.get("version", "–")),
            *(str(suite.get(key, "–")) for key in ("screenshots", "targets", "absent")),
            escape(suite.get("title", "") + faults),
        )
    Console(soft_wrap=False).print(table)


def _print_suite(facts: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    console.print(f"[bold]{escape(facts['title'])}[/bold]")
    console.print(f"{facts['name']} {escape(facts['version'])}, digest {facts['digest'][:16]}…")
    console.print(escape(facts["description"].strip()))
    console.print(f"license {escape(facts['license'])}; by {escape(', '.join(facts['authors']))}")
    console.print(
        f"{count_of(facts['targets'], 'target')} on "
        f"{count_of(facts['screenshots'], 'screenshot')}; "
        f"{facts['absent']} absent, {facts['reworded']} with rewordings"
    )
    for key in ("kinds", "apps", "sizes"):
        console.print(
            f"{key}: " + ", ".join(f"{escape(name)} {n}" for name, n in facts[key].items())
        )
    for file in facts["files"]:
        console.print(
            f"  {escape(file['screenshot'])}  {file['width']}x{file['height']}, "
            f"{count_of(file['targets'], 'target')}"
        )
