"""``pointbench models [list|show MODEL|check MODEL...|calibrate MODEL...]``: facts about models."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointbench.adapters.describe import words
from pointbench.cli.shared.options import add_config, add_json

if TYPE_CHECKING:
    from pointbench.settings import Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|show|check|calibrate")
    listing = actions.add_parser(
        "list", help="list every known model and adapter, and what it lacks on this machine"
    )
    show = actions.add_parser("show", help="show how a model is asked and how its answers are read")
    show.add_argument("model", metavar="MODEL")
    check = actions.add_parser(
        "check", help="make one small live call per model, on a picture with one mark"
    )
    calibrate = actions.add_parser(
        "calibrate", help="ask for a dozen marks, to find bias, scale and swapped axes"
    )
    for live in (check, calibrate):
        live.add_argument("models", nargs="+", metavar="MODEL")
    for command in (parser, listing, show, check, calibrate):
        add_config(command)
        add_json(command)


def run(args: argparse.Namespace) -> int:
    from pointbench.settings import load_env_file, read_config

    load_env_file(Path.cwd())
    config = read_config(args.config, Path.cwd())
    if args.action in ("check", "calibrate"):
        from pointbench.cli import models_check

        action = models_check.check if args.action == "check" else models_check.calibrate
        return action(args.models, config, args.json)
    facts = _facts(args.model, config) if args.action == "show" else _list(config)
    if args.json:
        sys.stdout.write(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    elif isinstance(facts, dict):
        _print_model(facts)
    else:
        _print_list(facts)
    return 0


def _list(config: Config) -> list[dict[str, Any]]:
    from pointbench.adapters import registry

    names = [*registry.DEFAULT_MODELS, *registry.SHORT_NAMES, *config.models]
    rows = [_facts(name, config) for name in names]
    known = {row["adapter"] for row in rows}
    others = [name for name in sorted(registry.entry_points()) if name not in known]
    return rows + [_adapter_row(name, config) for name in others]


def _adapter_row(adapter: str, config: Config) -> dict[str, Any]:
    from pointbench.errors import UsageError

    try:
        return {**_facts(f"{adapter}/NAME", config), "model": f"{adapter}/NAME"}
    except UsageError as error:
        return {
            "model": f"{adapter}/NAME",
            "adapter": adapter,
            "description": "",
            "profile": None,
            "missing": [str(error)],
        }


def _facts(text: str, config: Config) -> dict[str, Any]:
    from pointbench.adapters import registry

    model = registry.resolve(text, config)
    facts = registry.facts_of(model.adapter, model.name, model.settings)
    return {
        "model": text,
        "label": model.label,
        "adapter": model.adapter,
        "name": model.name,
        "description": facts.description,
        "profile": model.profile.model_dump(mode="json"),
        "settings": dict(model.sampling),
        "wire": dict(model.wire),
        "needs": {"env": list(facts.env), "packages": list(facts.packages)},
        "missing": registry.missing(model),
        "floor": facts.floor,
        "words": words(model),
    }


def _print_list(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("model", no_wrap=True)
    table.add_column("what it is")
    table.add_column("missing here")
    for row in rows:
        table.add_row(escape(row["model"]), escape(row["description"]), escape(_missing(row)))
    Console().print(table)


def _missing(row: dict[str, Any]) -> str:
    """The names of what is missing; ``models show`` says where to get it."""
    import os

    from pointbench.adapters.registry import importable

    needs = row.get("needs", {"env": [], "packages": []})
    names = [name for name in needs["env"] if not os.environ.get(name)]
    names += [name for name in needs["packages"] if not importable(name)]
    return ", ".join(names) or "; ".join(row["missing"]) or "–"


def _print_model(facts: dict[str, Any]) -> None:
    lines = [facts["label"], facts["description"], *facts["words"]]
    profile = facts["profile"]
    lines.append(f"Profile {profile['name']}: {profile['description']}")
    if profile["system"]:
        lines += ["System prompt:", *_indented(profile["system"])]
    lines += ["Prompt:", *_indented(profile["prompt"])]
    lines += [f"Missing here: {line}" for line in facts["missing"]] or ["Nothing is missing here."]
    sys.stdout.write("\n".join(line for line in lines if line) + "\n")


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.strip().splitlines()]
