"""What a resumed run's folder may decide: it may come from a stranger, so nothing that costs its reader.

Targets and pictures are the suite's. A key goes only where the reader's own settings send it, and code
that comes with a model runs only if the reader types its setting again.
"""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from pointbench.adapters.catalog import base_urls, catalog_entry, services
from pointbench.adapters.http.hosts import is_vendors_own
from pointbench.adapters.registry import Model, code_settings
from pointbench.adapters.setting_specs import WIRE, wire_settings
from pointbench.engine.planning.plan import targets_of
from pointbench.engine.planning.selection import select_targets
from pointbench.errors import RunError, UsageError, one_line
from pointbench.runs import RunInfo, RunModel, read_targets
from pointbench.settings import Config, from_env_file
from pointbench.suites import AskedTarget, Suite, dump_for_digest

SHOWN = 3
"""Targets that a message names; the others are counted."""

# --- targets ------------------------------------------------------------------------------------


def suite_targets(
    folder: Path, info: RunInfo, suites: Sequence[Suite]
) -> tuple[list[AskedTarget], list[AskedTarget] | None]:
    """The suites' own targets, in the order of the run's ``targets.jsonl``, and those of its whole plan.

    The second is None except for a shard. RunError, naming what differs, if that file is not what the
    suites and the run's ``--where``, ``--limit`` and ``--shard`` make of it.
    """
    stored = read_targets(folder)
    asked = {(t.suite, t.id): t for suite in suites for t in suite.asked()}
    try:
        selected = select_targets(asked.values(), info.where, info.limit, info.seed)
    except UsageError as error:
        raise _not_resumed(folder, f"its run.json is damaged: {error}") from error
    own = selected
    if info.shard is not None:
        own = targets_of(selected, info.repeats, info.variants, info.seed, info.shard)
    chosen = {(target.suite, target.id) for target in own}
    if info.merged and chosen - {(target.suite, target.id) for target in stored}:
        raise _not_resumed(
            folder,
            "it was merged without some shards of its plan; run those with --shard, and merge all",
        )
    found: list[str] = []
    for (name, identity), count in Counter((t.suite, t.id) for t in stored).items():
        if count > 1:
            found.append(f"{identity} of {name} is in it {count} times")
    for target in stored:
        place = (target.suite, target.id)
        if place not in asked:
            found.append(f"{target.id} is not in suite {target.suite}")
        elif differing := _differing(target, asked[place]):
            found.append(f"{target.id} has another {', '.join(differing)}")
        elif place not in chosen:
            found.append(f"{target.id} is not chosen by {_options(info)} of its run.json")
    found += _missing(info, stored)
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        shown = "; ".join(f"{text:.160}" for text in found[:SHOWN])
        raise _not_resumed(
            folder,
            f"its targets.jsonl differs from the suite: {shown}{more}; put the file back as it was, or "
            f"start a new run",
        )
    found_digests = {(t.suite, t.screenshot): t.sha256 for t in stored}
    digested = {
        place: _with_digest(target, found_digests.get((target.suite, target.screenshot)))
        for place, target in asked.items()
    }
    targets = [digested[target.suite, target.id] for target in stored]
    whole = [digested[target.suite, target.id] for target in selected]
    return targets, None if info.shard is None else whole


def _options(info: RunInfo) -> str:
    return "--where and --limit" if info.shard is None else "--where, --limit and --shard"


def _with_digest(own: AskedTarget, sha256: str | None) -> AskedTarget:
    """The suite's target, with the digest that the run knows of its picture where the suite knows none."""
    if own.sha256 is not None or sha256 is None:
        return own
    return own.model_copy(update={"sha256": sha256})


_PICTURE = {"screenshot", "sha256", "width", "height"}


def _differing(stored: AskedTarget, own: AskedTarget) -> list[str]:
    """What decides an outcome and differs; a digest that one of them does not know is no difference."""
    if stored == own:
        return []
    before, after = dump_for_digest(stored), dump_for_digest(own)
    unknown = {"sha256"} if None in (stored.sha256, own.sha256) else set()
    names = [name for name in {*before, *after} - unknown if before.get(name) != after.get(name)]
    return sorted({"picture" if name in _PICTURE else name for name in names})


def _missing(info: RunInfo, stored: Sequence[AskedTarget]) -> list[str]:
    lines = []
    for suite in info.suites:
        there = sum(1 for target in stored if target.suite == suite.name)
        expected = suite.present + suite.absent
        if there < expected:
            lines.append(f"{expected - there} of {expected} targets of {suite.name} are missing")
    return lines


# --- keys and code ------------------------------------------------------------------------------


def trusted_wire(
    stored: RunModel, model: Model, typed: Model | None, config: Config, run: str
) -> dict[str, object]:
    """The settings of a resumed model that change no answer: stored, from pointbench.toml, and typed.

    The later ones win. ``typed`` is the model as ``-m`` names it again. RunError where ``run.json``
    alone would send the value of a variable to a host that is not its vendor's, or has a setting that
    is none of these.
    """
    label = stored.label
    own = {**model.wire, **(typed.wire if typed else {})}
    unknown = sorted(set(stored.wire) - set(WIRE))
    if unknown:
        raise RunError(
            one_line(
                f"run {run} cannot be resumed: {unknown[0]!r:.60} in `wire` of {label} in its run.json "
                f"is no such setting; delete it, or start a new run"
            )
        )
    wire = wire_settings(
        f"run {run} cannot be resumed: correct `wire` of {label} in its run.json, or start a new run",
        {**stored.wire, **own},
    )
    variable = wire.get("key_env")
    if variable is None or {"key_env", "base_url"} <= set(own):
        return wire
    urls = base_urls(wire)
    if not urls:
        service = catalog_entry(model.adapter, model.name, wire).service
        if "key_env" in own or variable == service.key_variable:
            return wire
        raise _lent(run, label, str(variable), "a vendor that it is not the key of", [])
    for url in urls:
        if not (
            is_vendors_own(url, str(variable))
            or _named_by_environment(url, str(variable))
            or _stand_together(config, url, str(variable))
        ):
            raise _lent(run, label, str(variable), "a host that is not its vendor's", urls)
    return wire


def _lent(run: str, label: str, variable: str, where: str, urls: Sequence[str]) -> RunError:
    base, _, query = label.partition("?")
    settings = [query] if query else []
    settings += [f"base_url={urls[0]}"] if len(urls) == 1 else []
    again = f"{base}?{'&'.join([*settings, f'key_env={variable}'])}"
    mend = f"type the model again if you mean that: -m {shlex.quote(again)}"
    if len(urls) > 1:
        mend = "name the model in pointbench.toml, with base_url and key_env, if you mean that"
    return RunError(
        one_line(
            f"run {run} cannot be resumed: its run.json would send {variable} of {label} to {where}; {mend}"
        )
    )


def _stand_together(config: Config, url: str, variable: str) -> bool:
    """Whether a model of pointbench.toml has both this address and this variable."""
    return any(
        entry.get("key_env") == variable and url in base_urls(entry)
        for entry in config.models.values()
    )


def _named_by_environment(url: str, variable: str) -> bool:
    """Whether ``url`` is on the host that the ``_BASE_URL`` variable of the key's vendor names."""
    names = {
        service.base_url_variable
        for service in services().values()
        if service.key_variable == variable
    }
    return any(
        _origin(os.environ.get(name, "")) == _origin(url)
        and (not from_env_file(name) or from_env_file(variable))
        for name in names
    )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return (parts.scheme, parts.hostname, parts.port)
    except ValueError:
        return ("", None, None)


def refuse_smuggled(stored: RunModel, run: str) -> None:
    """RunError for a label with settings that a label never shows: a ``base_url`` there looks typed."""
    shown = [key for key, _ in parse_qsl(stored.label.partition("?")[2], keep_blank_values=True)]
    smuggled = [key for key in shown if key in WIRE]
    if smuggled:
        raise RunError(
            one_line(
                f"run {run} cannot be resumed: the label {stored.label!r:.120} in its run.json has "
                f"{smuggled[0]}, which no label shows; start a new run"
            )
        )


def refuse_untyped_code(model: Model, typed: Model | None, run: str) -> None:
    """RunError if ``run.json`` alone would make the model run code that comes with it."""
    confirmed = code_settings(typed) if typed else []
    for key in code_settings(model):
        if key not in confirmed:
            raise RunError(
                one_line(
                    f"run {run} cannot be resumed: {key} of {model.label} runs code that comes with the "
                    f"model; read the code, then type the model again: -m {shlex.quote(model.label)}"
                )
            )


def typed_models(typed: Sequence[Model], info: RunInfo, run: str) -> Mapping[str, Model]:
    """The models named again with ``-m``, by label; UsageError for one that the run does not have."""
    labels = [model.label for model in info.models]
    for model in typed:
        if model.label not in labels:
            raise UsageError(
                one_line(
                    f"--resume continues the run's own models, and -m only confirms one of them: run {run} "
                    f"has no {model.label}; it has {', '.join(labels)}"
                )
            )
    return {model.label: model for model in typed}


def _not_resumed(folder: Path, why: str) -> RunError:
    return RunError(one_line(f"run {folder.name} cannot be resumed: {why}"))
