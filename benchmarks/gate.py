"""Error rate and cost of the verdict of `gate`, by simulation and on public pairs of runs.

    nice -n 10 python benchmarks/gate.py LOGS > benchmarks/gate.txt

LOGS is the folder of the public logs (docs/public-logs.md). Every run of a cell is a gate over the same
verdicts in a random order of its own, decided by `pointbench.statistics.gate`. Without a public pair the
stored run's verdicts are made up: of N targets a stated share are hits, ``lost`` of these are misses of
the new model, and ``won`` of the misses are hits of it.

At the margin the net loss is the largest that passes (then "fail" is wrong) or one target more (then
"pass" is wrong). Up to 5 % may be wrong at confidence 0.95.

Two designs of fixed size stand beside the clicks. They have a power of 80 % at one-sided 5 %, for the
truth and the flips of the cell, which a user would have to know in advance:
paired    (f - D^2) z^2 / (D + m)^2 pairs, reduced for a bank of N: n / (1 + n / N)
unpaired  (p q + p' q') z^2 / (D + m)^2 clicks a side, from an endless bank
with D the difference, f the share of targets that flip, m the margin, p and p' the hit rates,
q = 1 - p, and z = 1.645 + 0.842.
"""

from __future__ import annotations

import heapq
import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pointbench import __version__
from pointbench.statistics.gate import (
    GateClaim,
    GateTest,
    decide_orders,
    need_for_margin,
    unchanged_fails,
)

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED = 20261129
Z = 1.6448536269514722 + 0.8416212335729143
SIZES = (470, 1264, 2500)
MARGINS = (0.01, 0.02, 0.05)
AT_A_TIME = 1000
"""Runs that are simulated at once; more need more memory and are no faster."""

MAI = "mai_ui_results/output_{}/{}"
DIMO = "dimo_gui_results/{}.json"
ATLAS, UGROUND, UGROUND_V1 = (
    DIMO.format(f"pro/{name}-dimo-5-0.05") for name in ("osatlas-7b", "uground", "ugroundv1")
)
PAIRS = {
    "MAI-UI-8B local, server: ScreenSpot-Pro": (
        MAI.format("local", "SSPro.json"),
        MAI.format("server", "SSPro.jsonl"),
    ),
    "MAI-UI-8B local, server: ScreenSpot-v2": (
        MAI.format("local", "SSV2.json"),
        MAI.format("server", "SSV2.jsonl"),
    ),
    "MAI-UI-8B local, server: OSWorld-G": (
        MAI.format("local", "OS_G.json"),
        MAI.format("server", "OS_G.jsonl"),
    ),
    "MAI-UI-8B local, server: OSWorld-G refined": (
        MAI.format("local", "OS_G_Refine.json"),
        MAI.format("server", "OS_G_Refine.jsonl"),
    ),
    "OS-Atlas-7B, UGround-V1-7B: ScreenSpot-Pro": (ATLAS, UGROUND_V1),
    "OS-Atlas-7B, UGround-V1-7B: ScreenSpot-v2": (
        DIMO.format("v2/osatlas-7b-dimo-3-0.05"),
        DIMO.format("v2/ugroundv1-dimo-1-0.05"),
    ),
    "UGround-7B, UGround-V1-7B: ScreenSpot-Pro": (UGROUND, UGROUND_V1),
}


class Pair(NamedTuple):
    """Verdicts of two runs on the same targets."""

    old: Floats
    new: Floats

    @property
    def n(self) -> int:
        return len(self.old)

    @property
    def difference(self) -> float:
        return float((self.new - self.old).mean())

    @property
    def flips(self) -> float:
        return float((self.new != self.old).mean())

    def back(self) -> Pair:
        return Pair(self.new, self.old)


class Result(NamedTuple):
    """Shares of the runs that pass and fail, and the clicks of each run."""

    passed: float
    failed: float
    clicks: NDArray[np.int64]

    @property
    def cost(self) -> str:
        return f"{self.clicks.mean():,.0f} / {np.quantile(self.clicks, 0.9):,.0f}"


def simulated(n: int, rate: float, lost: int, won: int) -> Pair | None:
    """Verdicts with these flips; None if there are too few hits or misses for them."""
    hits = round(rate * n)
    if lost > hits or won > n - hits or won < 0:
        return None
    old = np.zeros(n)
    old[:hits] = 1
    new = old.copy()
    new[:lost] = 0
    new[hits : hits + won] = 1
    return Pair(old, new)


def flips_of(n: int, truth: float, share: float) -> tuple[int, int]:
    """Losses and wins for a difference of ``truth`` with this share of flips."""
    net = round(-truth * n)
    lost = max(round((share * n + net) / 2), net, 0)
    return lost, lost - net


def random_orders(pair: Pair, runs: int, rng: Generator) -> Iterator[NDArray[np.int64]]:
    """Random orders of asking, a batch at a time."""
    for start in range(0, runs, AT_A_TIME):
        count = min(AT_A_TIME, runs - start)
        yield rng.permuted(np.tile(np.arange(pair.n), (count, 1)), axis=1)


def decide(pair: Pair, margin: float, orders: Iterator[NDArray[np.int64]]) -> Result:
    """Gates of one pair in these orders."""
    claim = GateClaim.of_margin(pair.old.tolist(), margin)
    done = [
        decide_orders(pair.old[order], pair.new[order], claim.need, claim.unit) for order in orders
    ]
    verdicts = np.concatenate([verdicts for verdicts, _ in done])
    clicks = np.concatenate([clicks for _, clicks in done])
    return Result(float((verdicts == 1).mean()), float((verdicts == -1).mean()), clicks)


def gates(pair: Pair, margin: float, runs: int, rng: Generator) -> Result:
    return decide(pair, margin, random_orders(pair, runs, rng))


def passes(pair: Pair, margin: float) -> bool:
    return bool(pair.new.sum() >= need_for_margin(pair.old.tolist(), margin))


def wrong(pair: Pair, margin: float, result: Result) -> float:
    return result.failed if passes(pair, margin) else result.passed


def per_cent(share: float, runs: int) -> str:
    """A share with its simulation error (one standard error, at least one run)."""
    error = max(np.sqrt(share * (1 - share) / runs), 1 / runs)
    return f"{100 * share:.2f} +- {100 * error:.2f}"


def print_errors(runs: int, rng: Generator) -> None:
    print(f"\n== 1. Wrong verdicts at the margin, %; {runs:,} runs a cell, allowed 5")
    print(f"{'N':>6} {'rate':>5} {'margin':>7} {'flips':>10} {'wrong pass':>16} {'wrong fail':>16}")
    shares = []
    for n in SIZES:
        for rate in (0.66, 0.95):
            for margin in MARGINS:
                for flips in (0.0, 0.05, 0.15):
                    if flips and flips <= margin:
                        continue
                    cells = []
                    for beyond in (1, 0):
                        net = int(margin * n + 1e-9) + beyond
                        lost, won = flips_of(n, -net / n, flips)
                        pair = simulated(n, rate, lost, won)
                        if pair is None:
                            break
                        result = gates(pair, margin, runs, rng)
                        cells.append(wrong(pair, margin, result))
                    if len(cells) == 2:
                        shares += cells
                        named = f"{100 * flips:.0f} %" if flips else "one-sided"
                        first, second = (per_cent(share, runs) for share in cells)
                        print(
                            f"{n:>6,} {rate:>5} {margin:>7} {named:>10} {first:>16} {second:>16}",
                            flush=True,
                        )
    all_of_them = f"{len(shares)} figures: mean {100 * np.mean(shares):.2f}"
    print(f"{all_of_them}, highest {per_cent(max(shares), runs)}")


def print_errors_again(runs: int, rng: Generator) -> None:
    print(f"\n== 2. The same for some cells, {runs:,} runs each")
    print(f"{'N':>6} {'rate':>5} {'margin':>7} {'lost':>5} {'won':>4} {'wrong':>5} {'%':>16}")
    for n, rate, margin, lost, won in (
        (470, 0.66, 0.02, 10, 0),
        (470, 0.66, 0.02, 17, 8),
        (470, 0.66, 0.05, 24, 0),
        (1264, 0.66, 0.02, 45, 19),
        (1264, 0.66, 0.02, 44, 19),
    ):
        pair = simulated(n, rate, lost, won)
        assert pair is not None
        share = wrong(pair, margin, gates(pair, margin, runs, rng))
        which = "fail" if passes(pair, margin) else "pass"
        print(
            f"{n:>6,} {rate:>5} {margin:>7} {lost:>5} {won:>4} {which:>5} "
            f"{per_cent(share, runs):>16}",
            flush=True,
        )


def fixed_designs(pair: Pair, margin: float) -> tuple[str, str]:
    """Clicks of the paired and the unpaired design of fixed size."""
    distance = pair.difference + margin
    old, new = float(pair.old.mean()), float(pair.new.mean())
    paired = (pair.flips - pair.difference**2) * Z**2 / distance**2
    unpaired = (old * (1 - old) + new * (1 - new)) * Z**2 / distance**2
    return f"{paired / (1 + paired / pair.n):,.0f}", f"{unpaired:,.0f}"


def print_clicks(runs: int, rng: Generator) -> None:
    print(
        f"\n== 3. Clicks, mean / 90 % quantile; rate 0.66, {runs:,} runs a cell. "
        "Truth in points, flips in % of\n   targets. "
        "Paired, unpaired: the designs of fixed size; at 1 % flips and fewer the paired one is too\n"
        "   small to be true, since a handful of flips is far from normal (see section 9)"
    )
    print(
        f"{'N':>6} {'margin':>7} {'truth':>6} {'flips':>6} {'verdict':>8} {'wrong %':>8} "
        f"{'clicks':>15} {'paired':>7} {'unpaired':>9}"
    )
    truths = ((0, 0.005), (0, 0.01), (0, 0.05), (0, 0.15), (-0.01, 0.05), (-0.03, 0.05),
              (-0.05, 0.07), (-0.10, 0.12), (0.03, 0.05))  # fmt: skip
    for n in SIZES:
        for margin in MARGINS:
            for truth, flips in truths:
                pair = simulated(n, 0.66, *flips_of(n, truth, flips))
                assert pair is not None
                result = gates(pair, margin, runs, rng)
                at_margin = abs(truth + margin) < 1e-9
                paired, unpaired = ("-", "-") if at_margin else fixed_designs(pair, margin)
                verdict = "pass" if passes(pair, margin) else "fail"
                print(
                    f"{n:>6,} {margin:>7} {100 * truth:>+6.0f} {100 * flips:>5.1f}% {verdict:>8} "
                    f"{100 * wrong(pair, margin, result):>8.2f} {result.cost:>15} {paired:>7} "
                    f"{unpaired:>9}",
                    flush=True,
                )


def verdicts(path: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows of a result file by the target's id or, without one, by what is asked."""
    text = path.read_text(encoding="utf-8")
    try:
        rows = json.loads(text)["details"]
    except ValueError:
        rows = [json.loads(line) for line in text.split("\n") if line.strip()]
    if "id" in rows[0]:
        return {(row["id"],): row for row in rows}
    by_question: dict[tuple[Any, ...], dict[str, Any]] = {}
    asked: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        question = (Path(row["img_path"]).name, row["prompt_to_evaluate"], *row["bbox"])
        asked[question] += 1  # one question occurs twice
        by_question[*question, asked[question]] = row
    return by_question


def right(row: dict[str, Any]) -> float:
    return float(row["correctness"] == "correct")


def public_pair(logs: Path, files: tuple[str, str]) -> tuple[Pair, list[dict[str, Any]]]:
    """Verdicts of two result files on the present targets, and the first one's rows."""
    first, second = (verdicts(logs / file) for file in files)
    both = [key for key, row in first.items() if any(row["bbox"])]  # absent targets have no box
    if first.keys() != second.keys():
        raise SystemExit(f"{files[0]} and {files[1]} are not about the same targets")
    old = np.array([right(first[key]) for key in both])
    new = np.array([right(second[key]) for key in both])
    return Pair(old, new), [first[key] for key in both]


def print_public(logs: Path, runs: int, rng: Generator) -> None:
    print(
        f"\n== 4. Public pairs, whole: verdict, mean clicks (wrong %); {runs:,} runs. D in points"
    )
    print(f"{'':45}{'N':>6} {'D':>7} {'flips':>7}" + "".join(f"{m:>20}" for m in MARGINS))
    for name, files in PAIRS.items():
        there, _ = public_pair(logs, files)
        for pair, way in ((there, name), (there.back(), "    back")):
            line = f"{way:45}{pair.n:>6,} {100 * pair.difference:>+7.2f} {100 * pair.flips:>6.1f}%"
            for margin in MARGINS:
                result = gates(pair, margin, runs, rng)
                verdict = "pass" if passes(pair, margin) else "fail"
                share = f"({100 * wrong(pair, margin, result):.1f})"
                line += f"{verdict:>7} {result.clicks.mean():>6,.0f} {share:>5}"
            print(line, flush=True)


def with_difference(pair: Pair, truth: float, rng: Generator) -> Pair:
    """The pair with agreed hits made misses, or agreed misses hits, until D is ``truth``."""
    new = pair.new.copy()
    change = round(truth * pair.n) - round(float((pair.new - pair.old).sum()))
    agreed = np.flatnonzero((pair.old == pair.new) & (pair.old == (change < 0)))
    new[rng.permutation(agreed)[: abs(change)]] = float(change > 0)
    return Pair(pair.old, new)


def print_losses(logs: Path, subsets: int, runs: int, rng: Generator) -> None:
    print(
        f"\n== 5. MAI-UI-8B local, server with a loss put in; {subsets} random subsets of "
        f"ScreenSpot-Pro and v2,\n   {runs} runs each, margin 0.02: clicks, mean / 90 % (wrong %)"
    )
    both = [public_pair(logs, files)[0] for files in list(PAIRS.values())[:2]]
    bank = Pair(np.concatenate([p.old for p in both]), np.concatenate([p.new for p in both]))
    print(f"{'truth':>6}" + "".join(f"{f'N {n:,}':>24}" for n in SIZES))
    for truth in (0, -0.01, -0.03, -0.05, -0.10, 0.03):
        line = f"{100 * truth:>+6.0f}"
        for n in SIZES:
            clicks, shares = [], []
            for _ in range(subsets):
                which = rng.permutation(bank.n)[:n]
                pair = with_difference(Pair(bank.old[which], bank.new[which]), truth, rng)
                result = gates(pair, 0.02, runs, rng)
                clicks.append(result.clicks)
                shares.append(wrong(pair, 0.02, result))
            whole = Result(0, 0, np.concatenate(clicks))
            line += f"{f'{whole.cost} ({100 * np.mean(shares):.1f})':>24}"
        print(line, flush=True)


def in_blocks(blocks: NDArray[np.int64], runs: int, rng: Generator) -> Iterator[NDArray[np.int64]]:
    """Orders that ask one block after the other, both blocks and their targets in random order."""
    n = len(blocks)
    for start in range(0, runs, AT_A_TIME):
        count = min(AT_A_TIME, runs - start)
        keys = rng.random((count, int(blocks.max()) + 1))[:, blocks]
        yield np.lexsort((rng.random((count, n)), keys), axis=1)


def arrival(pair: Pair, order: NDArray[np.int64], workers: int, slow: float, rng: Generator) -> Any:
    """The order in which answers arrive when misses of the new model take ``slow`` times as long."""
    takes = rng.lognormal(0, 0.3, pair.n) * np.where(pair.new == 0, slow, 1.0)
    flying: list[tuple[float, int]] = []
    arrived = []
    for target in order.tolist():
        now = 0.0
        if len(flying) == workers:
            now, done = heapq.heappop(flying)
            arrived.append(done)
        heapq.heappush(flying, (now + takes[target], target))
    return np.array([*arrived, *(target for _, target in sorted(flying))])


def in_planned_order(pair: Pair, order: NDArray[np.int64], arrived: NDArray[np.int64]) -> GateTest:
    """A gate that looks at each answer as soon as all before it in ``order`` have arrived."""
    claim = GateClaim.of_margin(pair.old.tolist(), 0.02)
    gate = GateTest(GateClaim(pair.old[order].tolist(), claim.need, claim.unit))
    here = np.zeros(pair.n, dtype=bool)
    for target in arrived:
        here[target] = True
        while gate.verdict is None and gate.clicks < pair.n and here[order[gate.clicks]]:
            gate.add(int(pair.new[order[gate.clicks]]))
        if gate.verdict is not None:
            break
    return gate


def print_orders(logs: Path, runs: int, rng: Generator) -> None:
    print("\n== 6. Orders of asking and of reading; margin 0.02, the truth one target beyond it")
    pair, rows = public_pair(logs, PAIRS["MAI-UI-8B local, server: ScreenSpot-Pro"])
    n = pair.n
    apps = np.unique([row["application"] for row in rows], return_inverse=True)[1]
    net = int(0.02 * n) + 1
    spread = with_difference(pair, -net / n, rng)
    new = pair.old.copy()
    for app in rng.permutation(apps.max() + 1):
        hits = np.flatnonzero((apps == app) & (new == 1))
        new[hits[: max(0, net - int((pair.old - new).sum()))]] = 0
    few = Pair(pair.old, new)
    print(f"ScreenSpot-Pro, {runs:,} runs: wrong pass %")
    for name, case in (("loss spread", spread), ("loss in few applications", few)):
        one = gates(case, 0.02, runs, rng).passed
        block = decide(case, 0.02, in_blocks(apps, runs, rng)).passed
        print(
            f"  {name:26} random order {per_cent(one, runs):>14}   "
            f"applications as blocks {per_cent(block, runs):>14}",
            flush=True,
        )
    made = simulated(1264, 0.66, 45, 19)
    assert made is not None
    few_runs = 400
    print(
        f"N 1,264, lost 45, won 19, misses slower by a factor, {few_runs} runs: wrong pass %, read in "
        "planned\norder, as gate does, and as answers arrive, which it never does. "
        "In 20 of the runs answers were handed\nover as they arrived, and read when their turn had come"
    )
    claim = GateClaim.of_margin(made.old.tolist(), 0.02)
    for workers in (64, 16, 8):
        for slow in (1, 1.5, 2, 3, 5):
            orders = next(random_orders(made, few_runs, rng))
            arrived = np.array([arrival(made, order, workers, slow, rng) for order in orders])
            planned, after = decide_orders(
                made.old[orders], made.new[orders], claim.need, claim.unit
            )
            same = 0
            for run in range(20):
                gate = in_planned_order(made, orders[run], arrived[run])
                same += (gate.verdict == "pass") == (planned[run] == 1) and gate.clicks == after[
                    run
                ]
            as_read = decide(made, 0.02, iter([arrived])).passed
            print(
                f"  {workers:>2} at once, x {slow:<3}  planned "
                f"{per_cent(float((planned == 1).mean()), few_runs):>14} ({same} of 20 the same)   "
                f"as they arrive {per_cent(as_read, few_runs):>14}",
                flush=True,
            )


def print_failed_answers(runs: int, rng: Generator) -> None:
    print(f"\n== 7. Answers in error; N 1,264, margin 0.02, {runs:,} runs")
    print(
        "on the lost targets of a model one target beyond the margin (lost 108, won 82), %; pass is wrong"
    )
    pair = simulated(1264, 0.66, 108, 82)
    assert pair is not None
    for errors in (13, 25, 63):
        new = pair.new.copy()
        new[:errors] = np.nan
        kept = gates(Pair(pair.old, new), 0.02, runs, rng)
        dropped = gates(Pair(pair.old[errors:], pair.new[errors:]), 0.02, runs, rng)
        print(
            f"  {errors:>2} errors: counted against both verdicts: pass "
            f"{per_cent(kept.passed, runs):>14}, fail {100 * kept.failed:6.2f}; "
            f"dropped: pass {100 * dropped.passed:6.2f}",
            flush=True,
        )
    print("anywhere, of an unchanged model (lost 12, won 12): clicks, mean / 90 %")
    pair = simulated(1264, 0.66, 12, 12)
    assert pair is not None
    for share in (0.0, 0.01, 0.02, 0.05):
        claim = GateClaim.of_margin(pair.old.tolist(), 0.02)
        order = np.concatenate(list(random_orders(pair, runs, rng)))
        new = pair.new[order]
        failed = rng.random(new.shape).argsort(axis=1) < round(share * pair.n)
        verdict, clicks = decide_orders(
            pair.old[order], np.where(failed, np.nan, new), claim.need, claim.unit
        )
        result = Result(float((verdict == 1).mean()), float((verdict == -1).mean()), clicks)
        print(
            f"  {100 * share:.0f} %: {result.cost:>13}, pass {100 * result.passed:6.2f} %, "
            f"fail {100 * result.failed:.2f} %",
            flush=True,
        )


def print_unchanged(runs: int, rng: Generator) -> None:
    print(
        "\n== 8. How often an unchanged model fails a full comparison, %: simulated (formula). Unstable\n"
        f"   targets hit with a chance uniform between 0.1 and 0.9; {runs:,} pairs of runs"
    )
    print(f"{'differ':>7} {'repeats':>8} {'N':>6}" + "".join(f"{m:>16}" for m in MARGINS))
    for differ in (0.012, 0.049, 0.15):
        for repeats in (1, 5):
            for n in SIZES:
                # 2 p (1 - p) has the mean 0.393 for p uniform between 0.1 and 0.9.
                chance = rng.uniform(0.1, 0.9, (runs, n))
                chance[rng.random((runs, n)) >= differ / (2 * (0.25 - 0.64 / 12))] = 1.0
                loss = (rng.binomial(repeats, chance) / repeats).sum(axis=1)
                loss -= rng.binomial(1, chance).sum(axis=1)
                line = f"{100 * differ:>6.1f}% {repeats:>8} {n:>6,}"
                for margin in MARGINS:
                    seen = 100 * float((loss > margin * n + 1e-9).mean())
                    said = 100 * unchanged_fails(n, margin, differ, repeats)
                    line += f"{f'{seen:.1f} ({said:.1f})':>16}"
                print(line, flush=True)


def print_first(rng: Generator) -> None:
    print(
        "\n== 9. The first verdict: clicks without a single flip (mean over 100 orders), all lost"
    )
    print(f"{'N':>6}" + "".join(f"{m:>14}" for m in MARGINS))
    for n in SIZES:
        line = f"{n:>6,}"
        for margin in MARGINS:
            same, lost = simulated(n, 0.66, 0, 0), simulated(n, 0.66, round(0.66 * n), 0)
            assert same is not None
            assert lost is not None
            both = (gates(pair, margin, 100, rng).clicks.mean() for pair in (same, lost))
            line += f"{' / '.join(f'{clicks:.0f}' for clicks in both):>14}"
        print(line, flush=True)


def main(logs: Path) -> None:
    started = time.process_time()
    rng = np.random.default_rng(SEED)
    print("nice -n 10 python benchmarks/gate.py LOGS > benchmarks/gate.txt")
    print(
        f"pointbench {__version__}, Python {platform.python_version()}, numpy {np.__version__}; "
        f"seed {SEED}; confidence 0.95; +-: one standard error"
    )
    print_errors(4000, rng)
    print_errors_again(20_000, rng)
    print_clicks(2000, rng)
    print_public(logs, 1000, rng)
    print_losses(logs, 40, 25, rng)
    print_orders(logs, 2000, rng)
    print_failed_answers(1000, rng)
    print_unchanged(1000, rng)
    print_first(rng)
    print(f"\n{(time.process_time() - started) / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
