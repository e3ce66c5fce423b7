"""``run --dry-run``: the plan and its expected cost, on stdout."""

from __future__ import annotations

from dataclasses import asdict

from pointbench.cli.shared import console
from pointbench.cli.shared.asking import write_cautions, write_key_destinations
from pointbench.cli.shared.terminal import count_of
from pointbench.engine.planning.forecast import Forecast, forecasts
from pointbench.engine.planning.setup import PreparedRun


def print_plan(prepared: PreparedRun, *, as_json: bool) -> None:
    """Print the whole plan of a new or a resumed run; nothing is asked."""
    info = prepared.info
    models = forecasts(prepared)
    absent = sum(1 for target in prepared.targets if target.absent)
    if as_json:
        plan = {
            "suites": {suite.name: suite.version for suite in info.suites},
            "targets": len(prepared.targets),
            "absent": absent,
            "repeats": info.repeats,
            "variants": list(info.variants),
            "seed": info.seed,
            "models": [
                {**asdict(model), "evidence": stored.evidence}
                for model, stored in zip(models, info.models, strict=True)
            ],
            "calls": sum(model.calls for model in models),
            "cost_usd": _total(models),
        }
        console.json_out(plan)
        return
    console.out(
        f"{count_of(len(prepared.targets), 'target')} ({absent} absent) of "
        f"{', '.join(f'{suite.name} {suite.version}' for suite in info.suites)}; "
        f"{info.repeats} x {', '.join(info.variants)}; seed {info.seed}"
    )
    for model in models:
        console.out(_line(model))
    write_cautions(info.models)
    write_key_destinations(prepared.models)
    if len(models) > 1:
        total = _total(models)
        cost = "cost unknown for some models" if total is None else f"about ${total:,.2f}"
        console.out(f"together {count_of(sum(model.calls for model in models), 'call')}, {cost}")
    console.out("nothing was asked (--dry-run)")


def _line(model: Forecast) -> str:
    blind = ", blind" if model.blind else ""
    line = f"{model.model}: {count_of(model.calls, 'call')}, profile {model.profile}{blind}"
    if model.image_tokens:
        line += f", {count_of(model.image_tokens, 'image token')}"
    if model.cost_usd is None or model.most_usd is None:
        return f"{line}, price unknown"
    if not model.most_usd:
        return f"{line}, free"
    return f"{line}, about ${model.cost_usd:,.2f} (at most ${model.most_usd:,.2f})"


def _total(models: list[Forecast]) -> float | None:
    costs = [model.cost_usd for model in models if model.cost_usd is not None]
    return sum(costs) if len(costs) == len(models) else None
