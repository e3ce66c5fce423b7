"""``pointbench models [list|show MODEL|check MODEL...|calibrate MODEL...]``: facts about models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, final

from pointbench.adapters.describe import describe_model
from pointbench.cli.shared import console
from pointbench.cli.shared.asking import read_environment
from pointbench.cli.shared.options import add_config, add_json

if TYPE_CHECKING:
    from pointbench.adapters.registry import Model
    from pointbench.settings import Config


class Needs(TypedDict):
    """Variables and packages that a model needs on this machine."""

    env: list[str]
    packages: list[str]


@final
class ModelFacts(TypedDict):
    """A model as ``models show --json`` prints it."""

    model: str
    """As typed."""
    label: str
    adapter: str
    name: str
    description: str
    profile: dict[str, object]
    settings: dict[str, object]
    wire: dict[str, object]
    needs: Needs
    missing: list[str]
    floor: bool
    evidence: str | None
    """How its profile is known to be its own: published, measured, guess or unknown; null if typed."""
    words: list[str]


@final
class UnresolvedFacts(TypedDict):
    """An adapter whose model could not be resolved, as ``models list --json`` prints it."""

    model: str
    adapter: str
    description: str
    profile: None
    missing: list[str]


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
    check.add_argument(
        "--refresh",
        action="store_true",
        help="ask no model: compare the catalog with the lists of OpenAI, Anthropic and Google, or "
        "of those that serve MODEL",
    )
    calibrate = actions.add_parser(
        "calibrate", help="ask for a dozen marks, to find bias, scale and swapped axes"
    )
    check.add_argument("models", nargs="*", metavar="MODEL")
    calibrate.add_argument("models", nargs="+", metavar="MODEL")
    for command in (parser, listing, show, check, calibrate):
        add_config(command)
        add_json(command)


def run(args: argparse.Namespace) -> int:
    from pointbench.settings import read_config

    named = getattr(args, "models", None) or getattr(args, "model", None) or ()
    read_environment([named] if isinstance(named, str) else named)
    config = read_config(args.config, Path.cwd())
    if args.action in ("check", "calibrate"):
        from pointbench.cli import models_check

        if args.action == "check" and args.refresh:
            return models_check.refresh(args.models, config, args.json)

        action = models_check.check if args.action == "check" else models_check.calibrate
        return action(args.models, config, args.json)
    if args.action == "show":
        return _show(args.model, config, as_json=args.json)
    rows = _list(config)
    if args.json:
        _write_json(rows)
    else:
        _print_list(rows)
    return 0


def _show(text: str, config: Config, *, as_json: bool) -> int:
    from pointbench.adapters import registry

    model = registry.resolve(text, config)
    facts = _facts(text, model)
    if as_json:
        _write_json(facts)
    else:
        _print_model(model, facts)
    return 0


def _write_json(facts: object) -> None:
    console.json_out(facts)


def _list(config: Config) -> list[ModelFacts | UnresolvedFacts]:
    from pointbench.adapters import registry

    names = [*registry.DEFAULT_MODELS, *registry.SHORT_NAMES, *config.models]
    rows: list[ModelFacts | UnresolvedFacts] = [
        _facts(name, registry.resolve(name, config)) for name in names
    ]
    known = {row["adapter"] for row in rows}
    others = [name for name in sorted(registry.entry_points()) if name not in known]
    return rows + [_adapter_row(name, config) for name in others]


def _adapter_row(adapter: str, config: Config) -> ModelFacts | UnresolvedFacts:
    from pointbench.adapters import registry
    from pointbench.errors import UsageError

    text = f"{adapter}/NAME"
    try:
        return _facts(text, registry.resolve(text, config))
    except UsageError as error:
        return {
            "model": text,
            "adapter": adapter,
            "description": "",
            "profile": None,
            "missing": [str(error)],
        }


def _facts(text: str, model: Model) -> ModelFacts:
    from pointbench.adapters import registry

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
        "evidence": model.evidence,
        "words": describe_model(model),
    }


_NAME, _STANDS_FOR = 19, 38
"""Cells of a model's name in the list, and of what it stands for."""


def _print_list(rows: list[ModelFacts | UnresolvedFacts]) -> None:
    from pointbench.cli.shared.terminal import style
    from pointbench.report.plain_text import wrapped

    width = style()[0]
    lines = [f"{'model':<{_NAME}}  {'stands for':<{_STANDS_FOR}}  missing here"]
    for row in rows:
        full = f"{row['adapter']}/{row['name']}" if "name" in row else row["model"]
        about = _about(row["description"])
        if full == row["model"]:
            full, about = about, ""
        line = f"{row['model']:<{_NAME}}  {full:<{_STANDS_FOR}}  {_missing(row)}"
        if len(line) > width and not about:
            about, line = full, f"{row['model']:<{_NAME}}  {'':<{_STANDS_FOR}}  {_missing(row)}"
        lines += [line.rstrip(), *([f"    {about}"] if about else [])]
    console.out("\n".join(wrapped(line, width, "    ") for line in lines))


def _about(description: str) -> str:
    """What a list says of a model besides its name; who serves it is in the name."""
    served, _, more = description.partition("; ")
    text = more if served.startswith("served by") else description
    return text.partition(": its vendor reroutes")[0]


def _missing(row: ModelFacts | UnresolvedFacts) -> str:
    """Names of the missing variables and packages; ``models show`` tells where to get them."""
    import os

    from pointbench.extras import importable

    names = []
    if "needs" in row:
        names = [name for name in row["needs"]["env"] if not os.environ.get(name)]
        names += [name for name in row["needs"]["packages"] if not importable(name)]
    return ", ".join(names) or "; ".join(row["missing"]) or "–"


def _print_model(model: Model, facts: ModelFacts) -> None:
    lines = [facts["label"], facts["description"], *facts["words"]]
    profile = model.profile
    lines.append(f"Profile {profile.name}: {profile.description}")
    if profile.system:
        lines += ["System prompt:", *_indented(profile.system)]
    lines += ["Prompt:", *_indented(profile.prompt)]
    lines += [f"Missing here: {line}" for line in facts["missing"]] or ["Nothing is missing here."]
    console.out("\n".join(line for line in lines if line))


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.strip().splitlines()]
