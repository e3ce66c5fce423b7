"""The plan: order, repeats, variants, shifts, --where and --limit."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointbench.engine.planning.plan import (
    LARGER,
    SMALLER,
    count,
    jitter,
    slots,
    stated_size,
    trial_of,
)
from pointbench.engine.planning.selection import parse_condition, select_targets
from pointbench.errors import UsageError
from pointbench.geometry import Point, Size
from pointbench.profiles import find_profile
from pointbench.suites import AskedTarget, load_suite
from pointbench.trials import Trial
from tests.conftest import DataRoot, small_suite


@pytest.fixture
def targets(small: DataRoot) -> list[AskedTarget]:
    return load_suite(small.path, "small").asked()


def test_repeat_zero_of_every_target_comes_first_then_repeat_one_in_another_order(
    targets: list[AskedTarget],
) -> None:
    plan = list(slots(targets, 2, ["as-is"], seed=0))
    assert [slot.order for slot in plan] == list(range(22))
    first, second = plan[:11], plan[11:]
    assert {slot.repeat for slot in first} == {0}
    assert {slot.repeat for slot in second} == {1}
    ids = [[slot.target.id for slot in half] for half in (first, second)]
    assert sorted(ids[0]) == sorted(ids[1]) == sorted(target.id for target in targets)
    assert ids[0] != ids[1]


def test_the_order_follows_the_seed_alone(targets: list[AskedTarget]) -> None:
    def order(seed: int, asked: list[AskedTarget]) -> list[str]:
        return [slot.target.id for slot in slots(asked, 1, ["as-is"], seed)]

    assert order(3, targets) == order(3, targets[::-1])
    assert order(3, targets) != order(4, targets)


def test_other_variants_add_repeats_trials_each(targets: list[AskedTarget]) -> None:
    variants = ["as-is", "jittered", "reworded"]
    plan = list(slots(targets, 3, variants, seed=0))
    assert len(plan) == count(targets, 3, variants)
    # 6 of the 11 targets have a rewording; the others have no reworded trial.
    assert Counter(slot.variant for slot in plan) == {"as-is": 33, "jittered": 33, "reworded": 18}
    assert all(slot.target.rewordings for slot in plan if slot.variant == "reworded")


def test_rewording_r_is_taken_modulo_their_number(targets: list[AskedTarget]) -> None:
    target = next(t for t in targets if t.rewordings).model_copy(
        update={"rewordings": ("one", "two")}
    )
    asked = [
        _trial(slot.target, slot.repeat, slot.variant).instruction
        for slot in slots([target], 3, ["reworded"], 0)
    ]
    assert asked == ["one", "two", "one"]


def _trial(target: AskedTarget, repeat: int = 0, variant: str = "as-is", seed: int = 0) -> Trial:
    (slot,) = [s for s in slots([target], repeat + 1, [variant], seed) if s.repeat == repeat]
    return trial_of(
        slot,
        model="local/center",
        profile=find_profile("pixel"),
        sampling={},
        seed=seed,
        screenshot_sha256=target.sha256,
    )


def test_a_key_is_of_one_trial_alone(targets: list[AskedTarget]) -> None:
    keys = [
        _trial(target, repeat, variant).key
        for target in targets
        for repeat in (0, 1)
        for variant in ("as-is", "jittered")
    ]
    assert len(set(keys)) == len(keys)
    assert _trial(targets[0]).key == _trial(targets[0]).key


def test_a_key_is_of_one_shift_alone(targets: list[AskedTarget]) -> None:
    one, two = (_trial(targets[0], 0, "jittered", seed) for seed in (1, 2))
    assert one.shift != two.shift
    assert one.key != two.key
    # An as-is question is the same one whatever the seed.
    assert _trial(targets[0], seed=1).key == _trial(targets[0], seed=2).key


def test_a_blind_model_is_asked_the_same_under_every_shift(targets: list[AskedTarget]) -> None:
    (slot,) = slots(targets[:1], 1, ["jittered"], 0)
    one, two = (
        trial_of(
            slot,
            model="local/random?profile=blind",
            profile=find_profile("blind"),
            sampling={},
            seed=seed,
            screenshot_sha256=None,
        )
        for seed in (1, 2)
    )
    assert one.shift is two.shift is None
    assert one.key == two.key


def test_two_repeats_of_one_reworded_target_have_two_keys(targets: list[AskedTarget]) -> None:
    target = next(t for t in targets if t.rewordings)
    assert _trial(target, 0, "reworded").key != _trial(target, 1, "reworded").key


def test_trial_seeds_differ_between_repeats_and_not_between_models(
    targets: list[AskedTarget],
) -> None:
    assert _trial(targets[0], 0).seed != _trial(targets[0], 1).seed
    assert _trial(targets[0], 0, seed=1).seed != _trial(targets[0], 0, seed=2).seed


sides = st.integers(200, 4000)
ends = st.tuples(st.integers(0, 100), st.integers(1, 100))


def target_at(width: int, height: int, box: list[float] | None, name: str = "t") -> AskedTarget:
    return AskedTarget.model_validate(
        {
            "suite": "s",
            "id": name,
            "instruction": "Click it.",
            "screenshot": "s/a.png",
            "width": width,
            "height": height,
            **({"absent": True} if box is None else {"box": box}),
        }
    )


@given(st.integers(0, 50), st.sampled_from([0, 2, 4]), sides, sides)
def test_an_even_shift_keeps_the_whole_screenshot_in_sight(
    seed: int, repeat: int, width: int, height: int
) -> None:
    shift = jitter(seed, target_at(width, height, None), repeat)
    assert SMALLER[0] <= shift.scale <= SMALLER[1]
    low, high = shift.to_shown(Point(0, 0)), shift.to_shown(Point(width, height))
    assert min(low) >= 0
    assert high.x <= width + 1e-6
    assert high.y <= height + 1e-6


@given(st.integers(0, 50), st.sampled_from([1, 3]), sides, sides, ends, ends)
def test_an_odd_shift_is_a_crop_without_a_gap_that_holds_the_target(
    seed: int, repeat: int, width: int, height: int, across: tuple[int, int], down: tuple[int, int]
) -> None:
    left, top = width * across[0] / 102, height * down[0] / 102
    box = [left, top, left + (width - left) * across[1] / 101, top + (height - top) * down[1] / 101]
    shift = jitter(seed, target_at(width, height, box), repeat)
    assert LARGER[0] <= shift.scale <= LARGER[1]
    shown = [*shift.to_shown(Point(*box[:2])), *shift.to_shown(Point(*box[2:]))]
    assert min(shown[:2]) >= -0.002
    assert shown[2] <= width + 0.002
    assert shown[3] <= height + 0.002
    assert shift.to_shown(Point(0, 0)).x <= 0
    assert shift.to_shown(Point(width, height)).x >= width - 0.002


def test_shifts_differ_between_repeats_and_targets() -> None:
    one, other = (target_at(1920, 1080, [10, 10, 50, 50], name) for name in ("a", "b"))
    assert len({jitter(0, one, repeat) for repeat in range(6)}) == 6
    assert jitter(0, one, 0) == jitter(0, other, 0)  # one picture for all targets of a screenshot
    assert jitter(0, one, 1) != jitter(0, other, 1)


def test_a_blind_model_is_not_shown_a_shift(targets: list[AskedTarget]) -> None:
    (slot,) = slots(targets[:1], 1, ["jittered"], 0)
    shifts = [
        trial_of(
            slot,
            model="m/x",
            profile=find_profile(name),
            sampling={},
            seed=0,
            screenshot_sha256=None,
        ).shift
        for name in ("pixel", "blind")
    ]
    assert shifts[0] is not None
    assert shifts[1] is None


def test_a_system_turn_is_part_of_the_key(targets: list[AskedTarget]) -> None:
    (slot,) = slots(targets[:1], 1, ["as-is"], 0)
    plain = find_profile("pixel")
    keys = {
        trial_of(
            slot, model="m/x", profile=profile, sampling={}, seed=0, screenshot_sha256=None
        ).key
        for profile in (plain, plain.model_copy(update={"system": "You are a pointer."}))
    }
    assert len(keys) == 2


def test_a_blind_model_is_told_the_size_of_the_screen() -> None:
    assert stated_size(find_profile("blind"), Size(3840, 2160)) == Size(3840, 2160)


# --- --where and --limit ---------------------------------------------------------------------


def ids(targets: list[AskedTarget], *where: str) -> set[str]:
    return {target.id for target in select_targets(targets, where, None, 0)}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (["kind=icon"], {f"shot{n}/t{i}" for n in (0, 1) for i in (1, 3)}),
        (["kind=icon", "app=app0"], {"shot0/t1", "shot0/t3"}),
        (["kind!=icon", "app=app1"], {"shot1/t0", "shot1/t2", "shot1/t4"}),
        (["absent=true"], {"shot0/gone"}),
        (["id=shot0/t*", "kind!=text"], {"shot0/t1", "shot0/t3"}),
        (["id=*gone"], {"shot0/gone"}),
        (["app="], {"shot0/gone"}),  # no app at all
        (["instruction=*square 4*", "screenshot=small/shot1.png"], {"shot1/t4"}),
    ],
)
def test_where(targets: list[AskedTarget], where: list[str], expected: set[str]) -> None:
    assert ids(targets, *where) == expected


def test_where_reads_dotted_parts_and_lists(root: DataRoot) -> None:
    box = {"instruction": "x", "box": [1, 1, 9, 9]}
    root.screenshot(
        "s",
        "dark",
        [{"id": "a", "tags": ["panel", "tray"], **box}, {"id": "b", "extra": {"level": 2}, **box}],
        environment={"theme": "dark", "scale": 1},
    )
    root.screenshot("s", "light", [{"id": "c", **box}], environment={"theme": "light", "scale": 2})
    asked = load_suite(root.path, "s").asked()
    assert ids(asked, "environment.theme=dark") == {"a", "b"}
    assert ids(asked, "environment.scale=2") == {"c"}
    assert ids(asked, "tags=tray") == {"a"}
    assert ids(asked, "tags!=tray") == {"b", "c"}
    assert ids(asked, "extra.level=2") == {"b"}


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("kind", "FIELD=VALUE"),
        ("=icon", "FIELD=VALUE"),
        ("color=red", "no field 'color'"),
        ("box=1", "no field 'box'"),
        ("environment=dark", "no field 'environment'"),
        ("kind.x=1", "no field 'kind.x'"),
        ("kind!=\udcff", "not valid UTF-8"),
    ],
)
def test_a_condition_that_is_none(where: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        parse_condition(where)


def test_nothing_left_is_said(targets: list[AskedTarget]) -> None:
    with pytest.raises(UsageError, match="no target is left after --where kind=nothing"):
        select_targets(targets, ["kind=nothing"], None, 0)


def test_a_value_is_text_and_no_pattern(targets: list[AskedTarget]) -> None:
    with pytest.raises(UsageError, match="no target is left"):
        select_targets(targets, ["id=shot./t."], None, 0)


def test_limit_draws_so_many_of_each_suite(tmp_path: Path) -> None:
    root = DataRoot(tmp_path / "data")
    small_suite(root, "one", screenshots=4)
    small_suite(root, "two", screenshots=1)
    asked = [t for name in ("one", "two") for t in load_suite(root.path, name).asked()]
    chosen = select_targets(asked, (), 8, seed=0)
    assert Counter(target.suite for target in chosen) == {"one": 8, "two": 6}
    assert chosen == select_targets(asked[::-1], (), 8, seed=0)
    assert chosen != select_targets(asked, (), 8, seed=1)
    # A larger limit includes the targets of a smaller one.
    assert {t.id for t in chosen} <= {t.id for t in select_targets(asked, (), 10, seed=0)}


@given(done=st.sets(st.integers(0, 45)))
def test_places_that_are_done_leave_the_others_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, done: set[int]
) -> None:
    asked = _small(tmp_path_factory.getbasetemp())
    whole = list(slots(asked, 2, ["as-is", "jittered"], 7))
    left = list(slots(asked, 2, ["as-is", "jittered"], 7, done))
    assert left == [slot for slot in whole if slot.order not in done]


@cache
def _small(folder: Path) -> tuple[AskedTarget, ...]:
    root = DataRoot(folder / "plan")
    small_suite(root)
    return tuple(load_suite(root.path, "small").asked())
