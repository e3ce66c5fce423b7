"""The headline's warnings: what a reader must know before trusting a figure. None is ever left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointbench import numbers
from pointbench.profiles import nothing_known
from pointbench.runs import RunModel

MOST_NAMES = 5
"""Models named with a figure of their own in one sentence; the others are named without one."""
WIDER = 1.5
"""An interval for other apps that is so many times as wide is worth a warning."""
LARGEST_HIDDEN = 0.01
"""Failed calls that leave more than this open of a hit rate are worth a warning below the run's limit."""


@dataclass(frozen=True)
class Contender:
    """A model that was asked; its figures are its block of summary.json over these targets."""

    label: str
    model: RunModel
    facts: Mapping[str, Any]
    ranked: bool = True
    """False for one whose rate must not be compared, such as a gate's that stopped early."""
    error_limit: float = 1.0
    """The run's ``--max-error-rate``."""

    @property
    def rate(self) -> Mapping[str, Any]:
        return self.facts.get("hit_rate") or {"value": None}

    @property
    def value(self) -> float | None:
        value: float | None = self.rate["value"]
        return value

    @property
    def targets(self) -> int:
        """Present targets of which an answer was scored."""
        return int(self.rate.get("targets") or self.rate.get("n") or 0)


def above_guessing(each: Contender, best_guess: float) -> bool:
    """Whether the lower end of a model's hit rate is above what the best fixed point hits."""
    low = each.rate.get("low")
    floor = each.value if low is None else low
    return floor is not None and floor > best_guess


def warnings(
    contenders: Sequence[Contender],
    leader: Contender | None,
    best_guess: float | None,
    apps: int,
) -> list[str]:
    """Every warning about these models, the most important first."""
    found: list[str | None] = [
        _errors(contenders),
        *(served_sentence(each.label, each.facts) for each in contenders),
        _clicked_absent(contenders),
        _not_above_guessing(contenders, best_guess),
        *(f"{each.label}: {_of(each, 'misfit')}." for each in contenders if _of(each, "misfit")),
        *(
            f"{each.label}: {_of(each, 'pictures')}."
            for each in contenders
            if _of(each, "pictures")
        ),
        _unknown_frame(contenders),
        *(empty_answers(each.label, each.facts) for each in contenders),
        *(_cut_off(each) for each in contenders),
        _prompt_example(contenders),
        _missing(contenders),
        _uneven(contenders),
        _partial(contenders),
        _few_screens(contenders),
        _other_apps(leader, apps),
        _elsewhere(contenders),
    ]
    return [sentence for sentence in found if sentence]


def _errors(contenders: Sequence[Contender]) -> str | None:
    """Failed calls over the run's limit, or so many that they leave a hit rate open."""
    said = []
    for each in contenders:
        rate, hidden = each.facts.get("error_rate"), each.facts.get("errors_hide") or {}
        worst, best = hidden.get("all_wrong"), hidden.get("all_right")
        open_ = best - worst if worst is not None and best is not None else 0.0
        if not rate or (rate <= each.error_limit and open_ <= LARGEST_HIDDEN):
            continue
        ends = f" (with them {numbers.ends(worst, best)} %)" if open_ > 0 else ""
        said.append(f"{numbers.percent(rate)} of the calls of {each.label}{ends}")
    if not said:
        return None
    return f"Failed calls may hide hits or misses: {'; '.join(said)}."


def served_sentence(label: str, facts: Mapping[str, Any]) -> str | None:
    """Says that another model than the one asked answered, or that several did; None if neither."""
    served = facts.get("served")
    if not isinstance(served, Mapping):
        return None
    names: Mapping[str, int] = served.get("models") or {}
    others = [name for name in served.get("others") or () if name in names]
    if names and served.get("several"):
        alien = f"; {not_asked(others)}" if others else ""
        return (
            f"{label} was answered by several models, mixed in these figures: "
            f"{answers_by(names, list(names))}{alien}."
        )
    if not others:
        return None
    return f"{label} was answered by another model than the one asked: {answers_by(names, others)}."


def answers_by(counts: Mapping[str, int], names: Sequence[str]) -> str:
    """``gpt-4o-2024-11-20 (8 answers), gpt-4o (1 answer)``."""
    shown = [f"{_short(name)} ({numbers.counted(counts[name], 'answer')})" for name in names[:5]]
    left = len(names) - len(shown)
    return ", ".join(shown) + (f" and {numbers.count(left)} more" if left else "")


def not_asked(others: Sequence[str]) -> str:
    """``gpt-4o-mini is not the model asked``."""
    shown = [_short(name) for name in others[:5]]
    left = len(others) - len(shown)
    shown += [f"{numbers.count(left)} more"] if left else []
    return f"{listed(shown)} {'is' if len(others) == 1 else 'are'} not the model asked"


def _short(name: str) -> str:
    """A name that a server gave, without its middle if it is very long."""
    return name if len(name) <= 100 else f"{name[:49]}…{name[-50:]}"


def _clicked_absent(contenders: Sequence[Contender]) -> str | None:
    """Things that are not on the screen, and were clicked all the same."""
    found = [
        (each, int(share["clicked"]), int(share["n"]))
        for each in contenders
        if (share := each.facts.get("false_clicks")) and share.get("clicked")
    ]
    if not found:
        return None
    found.sort(key=lambda item: (-item[1] / item[2], item[0].label))
    (first, clicked, n), *others = found
    what = "things that are not there" if n != 1 else "thing that is not there"
    text = f"{first.label} clicked on {_of_all(clicked, n)} {what}"
    said = [
        f"{each.label} on {_of_all(clicks, asked)}"
        for each, clicks, asked in others[: MOST_NAMES - 1]
    ]
    rest = [each.label for each, _, _ in others[MOST_NAMES - 1 :]]
    said += [f"so did {listed(rest)}"] if rest else []
    return "; ".join([text, *said]) + "."


def _of_all(clicked: int, n: int) -> str:
    return (
        f"all {numbers.count(n)}"
        if clicked == n > 1
        else f"{numbers.count(clicked)} of {numbers.count(n)}"
    )


def _not_above_guessing(contenders: Sequence[Contender], best_guess: float | None) -> str | None:
    if best_guess is None:
        return None
    known = [each for each in contenders if each.value is not None]
    below = [each.label for each in known if not above_guessing(each, best_guess)]
    if not below:
        return None
    be = "is" if len(below) == 1 else "are"
    return (
        f"{listed(below)} {be} not above guessing: the best fixed point hits "
        f"{numbers.percent(best_guess)}."
    )


def _of(each: Contender, name: str) -> str | None:
    """The sentence of a block that has one: another frame fits better, pictures were shrunk."""
    block = each.facts.get(name)
    sentence = block.get("sentence") if isinstance(block, Mapping) else None
    return str(sentence).removesuffix(".") if sentence else None


def _unknown_frame(contenders: Sequence[Contender]) -> str | None:
    """Models that were asked in pixels because nothing is known of how they point."""
    labels = [each.label for each in contenders if each.model.evidence == "unknown"]
    if not labels:
        return None
    line = nothing_known(", ".join(labels), len(labels)).replace("`", "")
    return f"{line[0].upper()}{line[1:]}."


def empty_answers(label: str, facts: Mapping[str, Any]) -> str | None:
    """Says that most answers of a model are empty although it did write something; None if not."""
    flags, outcomes = facts.get("flags") or {}, facts.get("outcomes") or {}
    answers = sum(outcomes.values()) - outcomes.get("error", 0)
    thought, billed = flags.get("reasoning-only", 0), flags.get("empty", 0)
    if 2 * (thought + billed) <= answers:
        return None
    what = "the model wrote reasoning" if thought >= billed else "its server counted output tokens"
    return (
        f"{label}: {numbers.count(thought + billed)} of {numbers.count(answers)} answers were "
        f"empty although {what}; its server's reasoning parser may hold the answers."
    )


def _cut_off(each: Contender) -> str | None:
    count = _flagged(each, "cut-off")
    if not count:
        return None
    limit = each.model.cut_off_at
    words = f" of {numbers.count(limit)} tokens" if limit else ""
    return (
        f"{each.label}: {numbers.counted(count, 'answer')} {'was' if count == 1 else 'were'} cut off at "
        f"the output limit{words}; "
        f"max_tokens=N gives more room."
    )


def _prompt_example(contenders: Sequence[Contender]) -> str | None:
    found = [(each, count) for each in contenders if (count := _flagged(each, "prompt-example"))]
    if not found:
        return None
    said = [f"{numbers.counted(count, 'answer')} of {each.label}" for each, count in found]
    verb = "repeats" if len(found) == 1 and found[0][1] == 1 else "repeat"
    return f"{listed(said)} {verb} the example of the prompt."


def _flagged(each: Contender, flag: str) -> int:
    return int((each.facts.get("flags") or {}).get(flag, 0))


def _missing(contenders: Sequence[Contender]) -> str | None:
    """Targets of which a model has no reply, so that its rate is over fewer than the others'."""
    by_count: dict[tuple[int, int], list[str]] = {}
    for each in contenders:
        missing = int(each.facts.get("missing") or 0)
        if missing and each.ranked:
            by_count.setdefault((missing, each.targets), []).append(each.label)
    if not by_count:
        return None
    said = []
    for (missing, targets), labels in by_count.items():
        verb = "has" if missing == 1 else "have"
        rates = "its rate is" if len(labels) == 1 else "their rates are"
        over = f": {rates} over {numbers.count(targets)}" if targets else ""
        said.append(
            f"{numbers.counted(missing, 'target')} {verb} no reply of {listed(labels)}{over}"
        )
    return "; ".join(said) + "."


def _uneven(contenders: Sequence[Contender]) -> str | None:
    labels = [each.label for each in contenders if each.rate.get("uneven_repeats")]
    if not labels:
        return None
    whose = "its" if len(labels) == 1 else "their"
    return (
        f"{listed(labels)}: some targets were answered more often than others, and weigh more in {whose} "
        f"hit rate."
    )


def _partial(contenders: Sequence[Contender]) -> str | None:
    labels = [each.label for each in contenders if not each.ranked]
    if not labels:
        return None
    return (
        f"{listed(labels)} {'has' if len(labels) == 1 else 'have'} no rank: a gate stops asking where the "
        f"answers decide, which says nothing of the other targets."
    )


def _few_screens(contenders: Sequence[Contender]) -> str | None:
    labels = [each.label for each in contenders if each.rate.get("approximate")]
    if not labels:
        return None
    whose = "" if len(labels) == len(contenders) else f" of {listed(labels)}"
    plural = "interval" if len(labels) == 1 else "intervals"
    them = "it" if len(labels) == 1 else "them"
    return (
        f"The {plural}{whose} ({numbers.APPROXIMATE}) rest{'s' if len(labels) == 1 else ''} on too few "
        f"screens: take {them} as wider."
    )


def _other_apps(leader: Contender | None, apps: int) -> str | None:
    """An interval for other apps that is much wider than the one for other screenshots."""
    if leader is None:
        return None
    own, other = leader.rate, leader.rate.get("by_app") or {}
    ends = (own.get("low"), own.get("high"), other.get("low"), other.get("high"))
    low, high, app_low, app_high = ends
    if low is None or high is None or app_low is None or app_high is None or apps < 2:
        return None
    if app_high - app_low < WIDER * (high - low):
        return None
    return (
        f"For apps other than these {numbers.count(apps)} the interval of {leader.label} is "
        f"{numbers.ends(app_low, app_high)}, not {numbers.ends(low, high)}."
    )


def _elsewhere(contenders: Sequence[Contender]) -> str | None:
    """What nobody knows of replies that were made elsewhere."""
    found = [each for each in contenders if each.model.adapter == "replies"]
    if not found:
        return None
    unknown = _unknown(found)
    whose = "" if len(found) == len(contenders) else f" ({listed([each.label for each in found])})"
    text = f"Replies from elsewhere{whose}"
    if unknown:
        text += f": {listed(unknown)} {'is' if len(unknown) == 1 else 'are'} not known"
    points = [each for each in found if _given(each) == "points"]
    if not points:
        return f"{text}."
    if len(points) == len(found):
        kept = "only points were kept, no answers"
    else:
        kept = f"of {numbers.counted(len(points), 'model')} only the point was kept"
    return f"{text}{'; ' if unknown else ': '}{kept}."


def _unknown(found: Sequence[Contender]) -> list[str]:
    tests: Sequence[tuple[str, Callable[[Contender], bool]]] = (
        ("sampling", lambda each: bool(each.model.settings)),
        ("time", lambda each: (each.facts.get("latency_s") or {}).get("p50") is not None),
        ("cost", lambda each: each.facts.get("cost_usd") is not None),
    )
    return [what for what, known in tests if not all(known(each) for each in found)]


def _given(each: Contender) -> str | None:
    """What the file of replies held: points, replies or both; None where the summary does not say."""
    given = (each.facts.get("display") or {}).get("elsewhere")
    return str(given) if given else None


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
